/*
 * qemu_state.h - the note that QEMU writes for each CPU, and the one that goes before it.
 *
 * Its layout is that of struct QEMUCPUState, target/i386/arch_dump.c, of which there is
 * version 1; it got one more member, at its end, without a new number.
 */
#ifndef XENPT_IMAGE_QEMU_STATE_H
#define XENPT_IMAGE_QEMU_STATE_H

#include <assert.h>

#include "base/bits.h"

struct qemu_segment {
    uint32_t selector, limit, flags, pad;
    uint64_t base;
};

struct qemu_state {
    uint32_t version, size;
    uint64_t general[16];
    uint64_t rip, rflags;
    struct qemu_segment cs, ds, es, fs, gs, ss;
    struct qemu_segment ldt, tr, gdt, idt;
    uint64_t cr[5];
    uint64_t kernel_gs_base; /* Absent from the notes of older releases. */
};

static_assert(sizeof(struct qemu_state) == 440, "QEMUCPUState has 440 bytes");

#define QEMU_STATE_VERSION 1

/* Segment flags are the second word of a descriptor; SDM vol. 3, "Segment Descriptors". */
#define DESC_TYPE(type) ((uint32_t)(type) << 8)
#define DESC_S          ((uint32_t)1 << 12)
#define DESC_DPL_SHIFT  13
#define DESC_P          ((uint32_t)1 << 15)
#define DESC_L          ((uint32_t)1 << 21)
#define DESC_DB         ((uint32_t)1 << 22)
#define DESC_G          ((uint32_t)1 << 23)
#define DESC_DPL(f)     ((f) >> DESC_DPL_SHIFT & 3)

/* Linux, struct elf_prstatus of each width: where the registers are that are used here. */
struct prstatus_layout {
    size_t size, pid, ip, cs, flags, ss, width;
};

#define PRSTATUS_64                                                                                \
    {                                                                                              \
        336, 32, 112 + 16 * 8, 112 + 17 * 8, 112 + 18 * 8, 112 + 20 * 8, 8                         \
    }
#define PRSTATUS_32                                                                                \
    {                                                                                              \
        144, 24, 72 + 12 * 4, 72 + 13 * 4, 72 + 14 * 4, 72 + 16 * 4, 4                             \
    }

#endif
