/*
 * notes_qemu.c - the CPU state in a core by QEMU: owner "QEMU", one note for each CPU.
 */
#include <stdio.h>
#include <string.h>

#include "image/internal.h"
#include "image/qemu_state.h"

#define SIZE_MIN offsetof(struct qemu_state, kernel_gs_base)

static struct image_cpu to_cpu(const struct qemu_state *s, bool first_is_long)
{
    struct image_cpu cpu = {
        .cr0 = s->cr[0],
        .cr3 = s->cr[3],
        .cr4 = s->cr[4],
        .rip = s->rip,
        .rflags = s->rflags,
        .wide = s->gdt.base | s->idt.base | s->ldt.base | s->tr.base | s->fs.base | s->gs.base |
                s->kernel_gs_base,
        .running = true,
    };

    if (s->cs.flags & DESC_L)
        cpu.ia32e = "CS.L";
    if (first_is_long)
        cpu.perhaps = "the core is of machine x86-64, by its first CPU";
    /* SS.DPL is the CPL, whatever was loaded into SS; real mode has none. */
    if (s->cr[0] & XENPT_CR0_PE)
        cpu.cpl = DESC_DPL(s->ss.flags);
    return cpu;
}

enum xenpt_code image_add_qemu_cpu(struct xenpt_image *image, const struct xenpt_image_options *opt,
                                   unsigned int index, const struct image_note *note, bool is_64bit,
                                   struct xenpt_error *err)
{
    struct qemu_state s = { 0 };
    struct image_cpu cpu;
    char name[XENPT_NAME_MAX];

    if (index >= IMAGE_MAX_CPUS)
        return XENPT_OK;
    memcpy(&s, note->desc, min_u64(note->size, sizeof(s)));
    if (s.version != QEMU_STATE_VERSION || s.size < SIZE_MIN || note->size < SIZE_MIN)
        return image_warn(&image->warnings, err,
                          "cpu%u is left out: its note (offset 0x%llx) is of version %u and %zu "
                          "bytes, and version 1 of %zu is known",
                          index, (unsigned long long)note->offset, s.version, note->size, SIZE_MIN);
    if (s.size < sizeof(s))
        s.kernel_gs_base = 0;
    snprintf(name, sizeof(name), "cpu%u", index);
    /* QEMU writes a core for x86-64 where its first CPU is in IA-32e mode, and only there. */
    cpu = to_cpu(&s, is_64bit && index == 0);
    return image_add_cpu(image, opt, name, &cpu, err);
}
