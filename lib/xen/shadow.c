/*
 * shadow.c - HVM and PVH domains under shadow paging: the monitor tables that Xen runs on, and
 * the shadows of a guest's tables that the guest runs on; mm/shadow/hvm.c,
 * sh_make_monitor_table, and mm/shadow/multi.c, _sh_propagate.
 *
 * A domain has one shadow of each of its tables, whichever vCPU uses it.  Shadows have no
 * larger pages: one of the guest's becomes a table of small ones.
 *
 *     guest             shadow
 *     4-level           4-level                       CR3: the L4
 *     PAE               four L2, L3 in struct vcpu    CR3: that L3
 *     2-level, unpaged  the same: each entry becomes two, each table two or four
 */
#include "xen/guest.h"

/* Where in the page that stands for struct vcpu its four L3 entries are; seen in 4.17.5. */
#define L3_IN_VCPU UINT64_C(0xc00)

/* Without long mode CR3 has 32 bits, so struct vcpu is below this frame. */
#define FOUR_GB (UINT64_C(1) << (32 - XENPT_PAGE_SHIFT))

#define KEPT  (ENTRY_P | ENTRY_RW | ENTRY_US | ENTRY_A)
#define XEN_T (ENTRY_P | ENTRY_RW | ENTRY_A | ENTRY_D | ENTRY_NX)

/* A guest under shadow paging, while its shadows are made. */
struct shadowing {
    struct xenpt_machine *m;
    struct domain *d;
    struct vcpu *v;
    unsigned int size;       /* Of the guest's entries. */
    uint64_t block;          /* Guest frames that were looked up last... */
    uint64_t maddr[ENTRIES]; /* ...and where they are. */
};

static uint64_t where(struct shadowing *s, uint64_t gfn)
{
    uint64_t block = gfn / ENTRIES * ENTRIES;

    if (block != s->block)
        guest_maddrs(s->m, s->d, block, s->maddr);
    s->block = block;
    return s->maddr[gfn % ENTRIES];
}

/* --- From a guest's entry to its shadow ---------------------------------------------------- */

/* What of an entry is kept; 0: the processor is to fault on it. */
static uint64_t kept(uint64_t guest, bool maps_page)
{
    uint64_t flags = guest & (KEPT | ENTRY_NX);

    if (!(guest & ENTRY_P) || !(guest & ENTRY_A))
        return 0;
    if (maps_page && !(guest & ENTRY_D))
        flags &= ~ENTRY_RW; /* So that the first write is seen, and D set. */
    return flags;
}

static uint64_t leaf(struct shadowing *s, uint64_t gfn, uint64_t guest)
{
    uint64_t flags = kept(guest, true), maddr = where(s, gfn);

    if (!flags || maddr == NO_TABLE)
        return 0;
    if (guest_is_table(s->d, gfn))
        flags &= ~ENTRY_RW; /* Writes to tables that have shadows are Xen's to see. */
    return maddr | flags;
}

/* A shadow L1 of 512 entries of a guest's, or of a piece of a larger page. */
static enum xenpt_code lowest(struct shadowing *s, uint64_t table_gfn, unsigned int first,
                              uint64_t page, uint64_t *ret, struct xenpt_error *err)
{
    uint64_t entry[ENTRIES];
    enum xenpt_code code = table_new(s->m, ret, err);

    if (!page)
        guest_entries(s->m, s->d, table_gfn, first, ENTRIES, s->size, entry);
    for (unsigned int i = 0; i < ENTRIES; i++) {
        uint64_t guest = page ? page : entry[i];
        uint64_t gfn = page ? (page >> XENPT_PAGE_SHIFT) + first + i
                            : (guest & ENTRY_ADDR) >> XENPT_PAGE_SHIFT;

        entry[i] = leaf(s, gfn, guest);
    }
    return code ? code : entries_write(s->m, *ret, 0, ENTRIES, entry, err);
}

/* Entries above L1 have A and D, whatever the guest's have. */
static uint64_t upper(uint64_t guest, uint64_t table)
{
    return table | (guest & (KEPT | ENTRY_NX)) | ENTRY_A | ENTRY_D;
}

/* One entry of a guest's L2: one of the shadow's, or of a 2-level guest two neighbours. */
static enum xenpt_code second_entry(struct shadowing *s, uint64_t guest, uint64_t l2,
                                    unsigned int slot, struct xenpt_error *err)
{
    unsigned int nr = s->size == 4 ? 2 : 1;
    bool page = guest & ENTRY_PS;
    enum xenpt_code code = XENPT_OK;

    if (!kept(guest, page))
        return XENPT_OK;
    for (unsigned int i = 0; !code && i < nr; i++) {
        uint64_t l1;

        code = lowest(s, (guest & ENTRY_ADDR) >> XENPT_PAGE_SHIFT, i * ENTRIES,
                      page ? guest & ~ENTRY_PS : 0, &l1, err);
        if (!code)
            code = entry_write(s->m, l2, slot + i, upper(guest, l1), err);
    }
    return code;
}

/* A shadow L2: of a guest's table from some entry on. */
static enum xenpt_code second(struct shadowing *s, uint64_t table_gfn, unsigned int first,
                              uint64_t *ret, struct xenpt_error *err)
{
    unsigned int per = s->size == 4 ? 2 : 1;
    uint64_t guest[ENTRIES];
    enum xenpt_code code = table_new(s->m, ret, err);

    guest_entries(s->m, s->d, table_gfn, first, ENTRIES / per, s->size, guest);
    for (unsigned int i = 0; !code && i < ENTRIES / per; i++)
        code = second_entry(s, guest[i], *ret, i * per, err);
    return code;
}

/* --- Tops ---------------------------------------------------------------------------------- */

static enum xenpt_code third(struct shadowing *s, uint64_t table_gfn, uint64_t *ret,
                             struct xenpt_error *err)
{
    uint64_t guests[ENTRIES];
    enum xenpt_code code = table_new(s->m, ret, err);

    guest_entries(s->m, s->d, table_gfn, 0, ENTRIES, 8, guests);
    for (unsigned int i = 0; !code && i < ENTRIES; i++) {
        uint64_t guest = guests[i], l2;

        if (!kept(guest, false))
            continue;
        code = second(s, (guest & ENTRY_ADDR) >> XENPT_PAGE_SHIFT, 0, &l2, err);
        if (!code)
            code = entry_write(s->m, *ret, i, upper(guest, l2), err);
    }
    return code;
}

static enum xenpt_code fourth(struct shadowing *s, uint64_t table_gfn, struct xenpt_error *err)
{
    uint64_t guests[ENTRIES];
    enum xenpt_code code = table_new(s->m, &s->v->shadow, err);

    guest_entries(s->m, s->d, table_gfn, 0, ENTRIES, 8, guests);
    for (unsigned int i = 0; !code && i < ENTRIES; i++) {
        uint64_t guest = guests[i], l3;

        if (!kept(guest, false))
            continue;
        code = third(s, (guest & ENTRY_ADDR) >> XENPT_PAGE_SHIFT, &l3, err);
        if (!code)
            code = entry_write(s->m, s->v->shadow, i, upper(guest, l3), err);
    }
    return code;
}

/* The first vCPU's L2s are all vCPUs'; each has an L3 of its own. */
static enum xenpt_code quarters(struct shadowing *s, struct xenpt_error *err)
{
    uint64_t root = s->v->guest_cr3 >> XENPT_PAGE_SHIFT, guests[4];
    enum xenpt_code code = XENPT_OK;

    guest_entries(s->m, s->d, root, 0, 4, 8, guests);
    for (unsigned int i = 0; !code && i < 4; i++) {
        uint64_t guest = guests[i];

        s->v->shadow_l2[i] = NO_TABLE;
        if (s->d->desc->mode == XENPT_GUEST_2LEVEL)
            code = second(s, root, i * ENTRIES / 2, &s->v->shadow_l2[i], err);
        else if (s->d->desc->mode == XENPT_GUEST_UNPAGED)
            code = table_new(s->m, &s->v->shadow_l2[i], err);
        else if (guest & ENTRY_P)
            code = second(s, (guest & ENTRY_ADDR) >> XENPT_PAGE_SHIFT, 0, &s->v->shadow_l2[i], err);
    }
    return code;
}

/* Without paging, addresses are mapped as they are touched: the first 2 MiB have been. */
static enum xenpt_code unpaged(struct shadowing *s, struct xenpt_error *err)
{
    return second_entry(s, ENTRY_P | ENTRY_RW | ENTRY_US | ENTRY_A | ENTRY_D | ENTRY_PS,
                        s->v->shadow_l2[0], 0, err);
}

static enum xenpt_code pae_l3(struct shadowing *s, struct xenpt_error *err)
{
    uint64_t page;
    enum xenpt_code code = frames_below(s->m, 0, FOUR_GB, &page, err);

    s->v->shadow = page + L3_IN_VCPU;
    for (unsigned int i = 0; !code && i < 4; i++)
        if (s->v->shadow_l2[i] != NO_TABLE)
            code = xenpt_store_write64(s->m->store, s->v->shadow + 8 * i,
                                       s->v->shadow_l2[i] | ENTRY_P, err);
    return code;
}

/* --- Monitor tables ------------------------------------------------------------------------ */

/* For fewer than 4 levels the shadow-linear slot leads to two tables of Xen's, then to the L2s. */
static enum xenpt_code linear(struct shadowing *s, struct xenpt_error *err)
{
    struct vcpu *v = s->v;
    enum xenpt_code code = table_new(s->m, &v->linear_l3, err);

    if (!code)
        code = table_new(s->m, &v->linear_l2, err);
    if (!code)
        code = entry_write(s->m, v->linear_l3, 0, v->linear_l2 | XEN_T, err);
    for (unsigned int i = 0; !code && i < 4; i++)
        if (v->shadow_l2[i] != NO_TABLE)
            code = entry_write(s->m, v->linear_l2, i, v->shadow_l2[i] | XEN_T, err);
    return code;
}

static enum xenpt_code shadows(struct shadowing *s, bool first, struct xenpt_error *err)
{
    struct vcpu *v = s->v, *v0 = &s->d->vcpus[0];
    enum xenpt_code code = XENPT_OK;

    if (s->d->desc->mode == XENPT_GUEST_4LEVEL) {
        if (first)
            return fourth(s, v->guest_cr3 >> XENPT_PAGE_SHIFT, err);
        v->shadow = v0->shadow;
        return XENPT_OK;
    }
    if (first)
        code = quarters(s, err);
    else
        for (unsigned int i = 0; i < 4; i++)
            v->shadow_l2[i] = v0->shadow_l2[i];
    if (!code && first && s->d->desc->mode == XENPT_GUEST_UNPAGED)
        code = unpaged(s, err);
    if (!code)
        code = pae_l3(s, err);
    return code ? code : linear(s, err);
}

enum xenpt_code shadow_build(struct xenpt_machine *m, struct domain *d, struct vcpu *v,
                             struct xenpt_error *err)
{
    bool four = d->desc->mode == XENPT_GUEST_4LEVEL;
    bool small = d->desc->mode == XENPT_GUEST_2LEVEL || d->desc->mode == XENPT_GUEST_UNPAGED;
    struct shadowing s = {
        .m = m,
        .d = d,
        .v = v,
        .size = small ? 4 : 8,
        .block = NO_TABLE,
    };
    struct root_of of = { .kind = XENPT_ROOT_SHADOW, .perdomain = d->perdomain };
    enum xenpt_code code = shadows(&s, v == d->vcpus, err);

    if (!code)
        code = table_new(m, &v->monitor, err);
    of.self = v->monitor;
    of.shadow = four ? v->shadow : v->linear_l3;
    return code ? code : root_fill(m, v->monitor, &of, err);
}

/* --- As a context -------------------------------------------------------------------------- */

void shadow_registers(const struct domain *d, struct xenpt_regs *regs)
{
    if (d->desc->mode == XENPT_GUEST_4LEVEL)
        return;
    regs->efer &= ~(XENPT_EFER_LME | XENPT_EFER_LMA); /* PAE paging, whatever the guest's is. */
    regs->cr4 &= ~XENPT_CR4_PCIDE;
}
