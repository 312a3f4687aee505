/*
 * descriptors.c - pages of segment descriptors: what may be in them, GDTs that are made of them,
 * and one descriptor that changes; pv/descriptor-tables.c.
 */
#include "pv/argument.h"

/* A descriptor's upper half; asm/x86-defs. */
#define DESC_TYPE  (UINT64_C(0xf) << 40)
#define DESC_S     XENPT_BIT(44)
#define DESC_DPL   (UINT64_C(3) << 45)
#define DESC_P     XENPT_BIT(47)
#define DESC_LIMIT (UINT64_C(0xf) << 48)
#define DESC_L     XENPT_BIT(53)
#define DESC_G     XENPT_BIT(55)
#define CALL_GATE  (UINT64_C(0xc) << 40)

#define FIRST_RESERVED_ENTRY 7168u /* 0xe000 / 8: Xen's are behind. */
#define GDT_PAGES            14u
#define KERNEL_CS_64         0xe033u /* FLAT_RING3_CS64... */
#define KERNEL_CS_32         0xe019u /* ...and FLAT_COMPAT_RING1_CS. */

/* --- One descriptor ------------------------------------------------------------------------ */

/* A code or data segment: of a 32-bit guest all of the M2P is to be reached. */
static bool segment(const struct op *op, const struct domain *d, uint64_t *desc)
{
    const struct xenpt_area *window = xenpt_layout_area(op->m->layout, "compat-m2p-window");
    uint64_t base, limit;

    if (!is_pv32(d))
        return true;
    if (*desc & DESC_L)
        return false;
    base = (*desc >> 16 & 0xffffff) | (*desc >> 56) << 24;
    limit = ((*desc & 0xffff) | (*desc & DESC_LIMIT) >> 32) + 1;
    if (*desc & DESC_G)
        limit <<= 12;
    if (!base && window && limit > window->first)
        *desc |= 0xffff | DESC_LIMIT;
    return true;
}

static bool call_gate(const struct domain *d, uint64_t *desc, uint64_t dpl)
{
    uint64_t cs = *desc >> 16 & 0xffff;

    if (cs >> 3 >= FIRST_RESERVED_ENTRY && !(cs & 4) &&
        cs != (is_pv32(d) ? KERNEL_CS_32 : KERNEL_CS_64))
        return false;
    /* Whoever uses it faults, and Xen does what it says; its DPL is kept in the selector. */
    *desc = (*desc & ~(DESC_DPL | UINT64_C(0xffff) << 16)) | ((cs & ~UINT64_C(3)) | dpl) << 16;
    return !(*desc >> 32 & (is_pv32(d) ? 0xe0 : 0xff));
}

/* Whether a guest may have it, and what Xen makes of it. */
static bool check_descriptor(const struct op *op, const struct domain *d, uint64_t *desc)
{
    uint64_t dpl = *desc >> 45 & 3, least = is_pv32(d) ? 1 : 3, fixed = *desc;
    bool ok;

    if (!(*desc & DESC_P))
        return true;
    if (dpl < least)
        dpl = least;
    fixed = (fixed & ~DESC_DPL) | dpl << 45;
    if (fixed & DESC_S)
        ok = segment(op, d, &fixed);
    else if (!(fixed & DESC_TYPE))
        return true; /* The second half of a call gate, or nothing. */
    else
        ok = (fixed & DESC_TYPE) == CALL_GATE && call_gate(d, &fixed, dpl);
    if (ok)
        *desc = fixed;
    return ok;
}

int promote_descriptors(struct op *op, uint64_t frame, const struct domain *d)
{
    uint64_t entry[ENTRIES];
    int rc = 0;

    if (!op_read_table(op, frame, entry))
        return op_broken(op, XENPT_ESTATE, "descriptors lie outside memory");
    op_tell(op, XENPT_TOUCH_DESCRIPTORS, false, frame, 0, XENPT_PAGE_SIZE);
    for (unsigned int i = 0; !rc && i < ENTRIES; i++) {
        if (!check_descriptor(op, d, &entry[i]))
            rc = refused(op, RULE_DESCRIPTOR, frame, i);
        if (!rc)
            rc = op_write(op, frame, i, entry[i]);
    }
    op_tell(op, XENPT_TOUCH_DESCRIPTORS, true, frame, 0, XENPT_PAGE_SIZE);
    return rc;
}

/* --- set_gdt ------------------------------------------------------------------------------- */

struct gdt {
    const struct xenpt_area *area;
    const struct xenpt_part *part, *unused;
    uint64_t first; /* Of the vCPU's. */
};

static uint64_t gdt_entry(const struct op *op, const struct gdt *g, uint64_t frame)
{
    if (frame)
        return frame << XENPT_PAGE_SHIFT | g->part->leaf;
    return g->unused && g->unused->leaf ? op->m->zero_page | g->unused->leaf : 0;
}

/* One page of it: another frame, or none. */
static int set_gdt_page(struct op *op, const struct gdt *g, unsigned int i, uint64_t frame)
{
    uint64_t table, old;
    unsigned int slot;
    int rc = 0;

    if (!perdomain_l1(op->m, op->d, g->first + i * XENPT_PAGE_SIZE, &table, &slot))
        return op_broken(op, XENPT_ESTATE, "the vCPU has no room for a GDT");
    old = op_read(op, table, slot);
    if (old & ENTRY_P && (old & ENTRY_ADDR) != op->m->zero_page)
        rc = put_page_and_type(op, ENTRY_FRAME(old));
    return rc ? rc : op_write(op, table, slot, gdt_entry(op, g, frame));
}

static int set_gdt(struct op *op, const uint64_t *frames, uint32_t entries)
{
    struct gdt g = { .area = xenpt_layout_area(op->m->layout, "gdt-ldt") };
    unsigned int nr = (entries + 511) / 512, taken = 0;
    int rc = 0;

    if (entries > FIRST_RESERVED_ENTRY)
        rc = refused(op, RULE_GDT_SIZE, 0, NO_SLOT_OF_IT);
    if (nr > GDT_PAGES)
        nr = GDT_PAGES;
    for (unsigned int i = 0; !rc && i < nr; i++) {
        rc = get_page_and_type(op, frames[i], FRAME_SEG_DESC, false, op->d);
        if (rc && rc != BROKEN && op->rule != xenpt_pv_rule(RULE_DESCRIPTOR))
            rc = refused(op, RULE_GDT_FRAME, frames[i], NO_SLOT_OF_IT);
        taken += !rc;
    }
    while (is_to_undo(op, rc) && taken-- > 0)
        if (put_page_and_type(op, frames[taken]))
            return BROKEN;
    if (rc)
        return rc;
    g.part = xenpt_area_part(g.area, "gdt");
    g.unused = xenpt_area_part(g.area, "gdt-unused");
    g.first = xenpt_area_piece(g.area, op->caller->vcpu) + g.part->first;
    for (unsigned int i = 0; !rc && i < GDT_PAGES; i++)
        rc = set_gdt_page(op, &g, i, i < nr ? frames[i] : 0);
    if (!rc)
        op_flush_cpu(op, XENPT_PV_FLUSH_TLB, op->cpu, 0, NULL);
    return rc;
}

enum xenpt_code xenpt_pv_set_gdt(struct xenpt_machine *m, const struct xenpt_pv_caller *caller,
                                 const uint64_t *frames, uint32_t entries,
                                 struct xenpt_pv_result *ret, struct xenpt_error *err)
{
    struct op op;
    enum xenpt_code code = op_begin(&op, m, caller, err);
    int rc;

    if (code)
        return code;
    rc = no_hvm(&op, RULE_HVM_HYPERCALL);
    if (!rc && entries <= FIRST_RESERVED_ENTRY)
        rc = argument_whole(&op, ARGUMENT_GDT_FRAMES, (entries + 511) / 512);
    if (!rc)
        rc = set_gdt(&op, frames, entries);
    return op_end_one(&op, rc, ret);
}

/* --- update_descriptor --------------------------------------------------------------------- */

static int update_descriptor(struct op *op, uint64_t at, uint64_t desc)
{
    uint64_t frame = at >> XENPT_PAGE_SHIFT;
    unsigned int slot = (unsigned int)(at % XENPT_PAGE_SIZE / 8);
    const struct frame_info *info;
    enum frame_type type;
    struct domain *real;
    int rc = at % 8 ? refused(op, RULE_DESCRIPTOR_ALIGNED, frame, NO_SLOT_OF_IT) : 0;

    if (!rc && !check_descriptor(op, op->d, &desc))
        rc = refused(op, RULE_DESCRIPTOR, frame, slot);
    if (rc)
        return rc;
    if (pv_owner_of(op->m, frame, &real) == PV_MMIO || real != op->d)
        return refused(op, RULE_DESCRIPTOR_FRAME, frame, NO_SLOT_OF_IT);
    info = frames_find(op->m->frames, frame);
    type = info && info->type == FRAME_SEG_DESC ? FRAME_SEG_DESC : FRAME_WRITABLE;
    rc = get_type(op, frame, type, false, RULE_DESCRIPTOR_FRAME);
    if (!rc)
        op_tell(op, XENPT_TOUCH_DESCRIPTORS, true, frame, 8 * (uint64_t)slot, 8);
    if (!rc)
        rc = op_write(op, frame, slot, desc);
    if (!rc && frames_find(op->m->frames, frame)->type == type)
        rc = put_type(op, frame, NO_TABLE);
    return rc;
}

enum xenpt_code xenpt_pv_update_descriptor(struct xenpt_machine *m,
                                           const struct xenpt_pv_caller *caller, uint64_t at,
                                           uint64_t desc, struct xenpt_pv_result *ret,
                                           struct xenpt_error *err)
{
    struct op op;
    enum xenpt_code code = op_begin(&op, m, caller, err);
    int rc;

    if (code)
        return code;
    rc = no_hvm(&op, RULE_HVM_HYPERCALL);
    if (!rc)
        rc = update_descriptor(&op, at, desc);
    return op_end_one(&op, rc, ret);
}
