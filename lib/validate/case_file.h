/*
 * case_file.h - one access as text, with what has to come of it: a case to keep.
 *
 *     # Whatever was found, and which manual decides.
 *     suite 4level
 *     ...                             the processor, see below
 *     cr0 0x80010031
 *     cr3 0x2000000
 *     cr4 0x20
 *     efer 0x500
 *     word 0x2000000 0x2001007
 *     word32 0x2001000 0x7 unwatched
 *     access write cpl 3 ac 0 size 8 at 0x123456
 *     expect fault 14 0x7 0x123456
 *     change 0x2000000 0x2001027
 *
 * Registers that are not named are 0; PAT is as after reset.  The processor is
 *
 *     vendor amd
 *     maxphyaddr 40
 *     has nx smep smap
 *
 * and lacks whatever `has` does not name.  `suite`, `vendor`, `maxphyaddr`, `access` and `expect`
 * are needed; a line that begins with # is a comment, and `change` comes after the words.
 */
#ifndef XENPT_VALIDATE_CASE_FILE_H
#define XENPT_VALIDATE_CASE_FILE_H

#include "validate/mmu.h"

struct case_file {
    enum suite suite;
    struct xenpt_cpu cpu;
    struct case_draft draft; /* Of one state and one access. */
    struct result expect;    /* What the manuals say comes of it... */
    unsigned int nr_changed;
    struct result_changed changed[CASE_WORDS]; /* ...and which words change, in their order. */
};

/*
 * Parses @n bytes of text.  XENPT_EPARSE: err->line and err->column say where, the text what was
 * found and what was expected.
 */
XENPT_CHECK enum xenpt_code case_file_parse(const char *text, size_t n, struct case_file *ret,
                                            struct xenpt_error *err);

#define CASE_FILE_TEXT 16384

/* The same as text.  @return @buf. */
const char *case_file_write(const struct case_file *c, char buf[CASE_FILE_TEXT]);

#endif
