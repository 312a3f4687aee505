/*
 * write_cpus.c - the notes of a core's CPUs, as QEMU orders them: NT_PRSTATUS of each, and then
 * its own of each.
 *
 * Model: a context tells of paging, not of segments.  They are flat, their selectors hold the
 * privilege level and nothing else, and code is 64-bit code in IA-32e mode.
 */
#include <elf.h>
#include <string.h>

#include "image/qemu_state.h"
#include "image/write.h"

/* The longest name, its end included, padded as names of notes are. */
#define NAME_SIZE 8

static const struct prstatus_layout layout64 = PRSTATUS_64, layout32 = PRSTATUS_32;

/* RFLAGS bit 1 is always set. */
#define EFLAGS_FIXED XENPT_BIT(1)

#define TYPE_CODE 0xb /* Execute and read, accessed. */
#define TYPE_DATA 0x3 /* Read and write, accessed. */

static bool is_ia32e(const struct xenpt_context *c)
{
    return c->paging.regs.efer & XENPT_EFER_LMA;
}

static uint64_t rflags(const struct xenpt_context *c)
{
    return EFLAGS_FIXED | (c->ac ? XENPT_EFLAGS_AC : 0);
}

static struct qemu_segment segment(const struct xenpt_context *c, unsigned int type, uint32_t width)
{
    return (struct qemu_segment){
        .selector = c->cpl,
        .limit = UINT32_MAX,
        .flags = DESC_G | width | DESC_P | (uint32_t)c->cpl << DESC_DPL_SHIFT | DESC_S |
                 DESC_TYPE(type),
    };
}

static struct qemu_state state_of(const struct xenpt_context *c)
{
    struct qemu_segment data = segment(c, TYPE_DATA, DESC_DB);

    return (struct qemu_state){
        .version = QEMU_STATE_VERSION,
        .size = sizeof(struct qemu_state),
        .rip = c->ip,
        .rflags = rflags(c),
        .cs = segment(c, TYPE_CODE, is_ia32e(c) ? DESC_L : DESC_DB),
        .ds = data,
        .es = data,
        .fs = data,
        .gs = data,
        .ss = data,
        .cr = { [0] = c->paging.regs.cr0, [3] = c->paging.regs.cr3, [4] = c->paging.regs.cr4 },
    };
}

/* --- Notes --------------------------------------------------------------------------------- */

static size_t note_size(size_t desc)
{
    return sizeof(Elf64_Nhdr) + NAME_SIZE + desc;
}

size_t write_notes_size(bool is_64bit, size_t nr_cpus)
{
    size_t prstatus = is_64bit ? layout64.size : layout32.size;

    return nr_cpus * (note_size(prstatus) + note_size(sizeof(struct qemu_state)));
}

/* Head and name of a note; where its contents go. */
static uint8_t *begin(uint8_t *to, const char *name, uint32_t type, size_t desc)
{
    Elf64_Nhdr head = {
        .n_namesz = (uint32_t)strlen(name) + 1,
        .n_descsz = (uint32_t)desc,
        .n_type = type,
    };

    memcpy(to, &head, sizeof(head));
    memcpy(to + sizeof(head), name, head.n_namesz);
    return to + sizeof(head) + NAME_SIZE;
}

static void prstatus(const struct xenpt_context *c, size_t index,
                     const struct prstatus_layout *layout, uint8_t *desc)
{
    uint32_t pid = (uint32_t)index + 1; /* As QEMU counts: a process 0 there is not. */
    uint64_t selector = c->cpl, flags = rflags(c);

    memcpy(desc + layout->pid, &pid, sizeof(pid));
    memcpy(desc + layout->ip, &c->ip, layout->width);
    memcpy(desc + layout->cs, &selector, layout->width);
    memcpy(desc + layout->flags, &flags, layout->width);
    memcpy(desc + layout->ss, &selector, layout->width);
}

bool write_is_64bit(const struct xenpt_context *const cpus[], size_t nr)
{
    return !nr || is_ia32e(cpus[0]);
}

void write_notes(const struct xenpt_context *const cpus[], size_t nr, bool is_64bit, uint8_t *ret)
{
    const struct prstatus_layout *layout = is_64bit ? &layout64 : &layout32;

    for (size_t i = 0; i < nr; i++) {
        prstatus(cpus[i], i, layout, begin(ret, "CORE", NT_PRSTATUS, layout->size));
        ret += note_size(layout->size);
    }
    for (size_t i = 0; i < nr; i++) {
        struct qemu_state state = state_of(cpus[i]);

        memcpy(begin(ret, "QEMU", 0, sizeof(state)), &state, sizeof(state));
        ret += note_size(sizeof(state));
    }
}
