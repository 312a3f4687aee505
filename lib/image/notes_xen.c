/*
 * notes_xen.c - what Xen leaves of each CPU when it crashes into a kdump kernel.
 *
 * crash_xen_core_t, xen/arch/x86/include/asm/elf.h: CR0, CR2, CR3 and CR4, each as wide as
 * Xen itself.  The general registers are in the NT_PRSTATUS before it.
 */
#include <stdio.h>
#include <string.h>

#include "image/internal.h"

enum { CR0, CR2, CR3, CR4, NR_CRS };

/* False: of neither width. */
static bool read_crs(const struct image_note *note, uint64_t cr[NR_CRS])
{
    size_t width = note->size / NR_CRS;

    if (note->size != NR_CRS * sizeof(uint64_t) && note->size != NR_CRS * sizeof(uint32_t))
        return false;
    for (size_t i = 0; i < NR_CRS; i++) {
        cr[i] = 0;
        memcpy(&cr[i], note->desc + i * width, width);
    }
    return true;
}

enum xenpt_code image_add_xen_cpu(struct xenpt_image *image, const struct xenpt_image_options *opt,
                                  unsigned int index, const struct image_note *note,
                                  const struct image_prstatus *prstatus, struct xenpt_error *err)
{
    char name[XENPT_NAME_MAX];
    struct image_cpu cpu;
    uint64_t cr[NR_CRS];

    if (index >= IMAGE_MAX_CPUS)
        return XENPT_OK;
    if (!read_crs(note, cr))
        return image_warn(&image->warnings, err,
                          "cpu%u is left out: the note of its control "
                          "registers (offset 0x%llx) has %zu bytes, not 32 or 16",
                          index, (unsigned long long)note->offset, note->size);
    /* The notes are made at boot; a CPU that did not come to fill in its own left zeros. */
    if (!cr[CR0])
        return image_warn(&image->warnings, err,
                          "cpu%u is left out: it wrote no control registers when Xen crashed",
                          index);
    cpu = (struct image_cpu){
        .cr0 = cr[CR0],
        .cr3 = cr[CR3],
        .cr4 = cr[CR4],
        .rip = prstatus->rip,
        .rflags = prstatus->rflags,
        .pat = PAT_XEN,
        .system = "Xen",
        .ia32e = note->size == NR_CRS * sizeof(uint64_t) ? "Xen is 64-bit" : NULL,
        .cpl = prstatus->cs & 3,
        .running = true,
    };
    snprintf(name, sizeof(name), "cpu%u", index);
    return image_add_cpu(image, opt, name, &cpu, err);
}
