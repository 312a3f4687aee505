/*
 * layout.c - what blob.h says, as symbols: for assembly, and for the linker to compare with.
 *
 * Nobody calls the function here, and it has no code.
 */
#include <stddef.h>

#include "fixed.h"
#include "validate/blob.h"

#define SYMBOL(name, value) __asm__ volatile(".globl " #name "\n.set " #name ", %c0" : : "i"(value))

void layout(void);

void layout(void)
{
    SYMBOL(blob_magic, (int)BLOB_MAGIC);
    SYMBOL(blob_magic_at, PROBE_BLOB + offsetof(struct blob_header, magic));
    SYMBOL(blob_flags_at, PROBE_BLOB + offsetof(struct blob_header, flags));
    SYMBOL(blob_la57, BLOB_LA57);
    SYMBOL(probe_image, PROBE_IMAGE);
    SYMBOL(probe_entry, PROBE_ENTRY);
    SYMBOL(probe_fixed, PROBE_L4);
    SYMBOL(probe_blob, PROBE_BLOB);
#ifdef __x86_64__
    SYMBOL(probe_high, PROBE_HIGH);
#endif
}
