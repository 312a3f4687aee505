/*
 * shadow.c - shadows of a guest's tables: what an entry of the guest's becomes, and how its
 * changes are followed; mm/shadow/multi.c, _sh_propagate, and sh_validate_guest_pt_write.
 *
 * Shadows have no larger pages: one of the guest's becomes a table of small ones.
 *
 *     guest             shadow
 *     4-level           4-level                       CR3: the L4
 *     PAE               four L2, L3 in struct vcpu    CR3: that L3
 *     2-level, unpaged  the same: each entry becomes two, each table two or four
 */
#include "xen/shadow.h"
#include "xen/guest.h"
#include "xen/logdirty.h"
#include "xen/own_rules.h"
#include "xen/touch.h"

#define KEPT  (ENTRY_P | ENTRY_RW | ENTRY_US | ENTRY_A)
#define CACHE (ENTRY_PWT | ENTRY_PCD | ENTRY_PS)

/* In the lower half of these, bit 12 of a 4 MiB page's entry is PAT. */
#define MB2 (UINT64_C(2) << 20)
#define MB4 (UINT64_C(4) << 20)

/* --- From a guest's entry to its shadow ---------------------------------------------------- */

uint64_t shadow_guest_entry(const struct shadowing *s, enum shadow_type type, uint64_t of,
                            unsigned int index)
{
    const struct shadow_row *row = &shadow_rows[type];
    uint64_t entry = 0;

    /* All rights: those that the guest gave are in the entry that leads here. */
    if (row->made_up)
        return (of + ((uint64_t)index << XENPT_PAGE_SHIFT)) | KEPT | ENTRY_D;
    if (!xenpt_read(xenpt_store_reader(s->m->store), of + (uint64_t)index * row->size, &entry,
                    row->size))
        return 0;
    return entry;
}

static uint64_t nx_of(const struct shadowing *s, uint64_t guest)
{
    if (is_pv(s->d))
        return guest & ENTRY_NX;
    return s->v->guest.efer & XENPT_EFER_NXE ? guest & ENTRY_NX : 0;
}

/* What of an entry is kept; 0: the processor is to fault on it. */
static uint64_t kept(const struct shadowing *s, uint64_t guest, bool maps_page)
{
    uint64_t flags = (guest & KEPT) | nx_of(s, guest);

    if (!(guest & ENTRY_P) || !(guest & ENTRY_A))
        return 0;
    if (maps_page && !(guest & ENTRY_D))
        flags &= ~ENTRY_RW; /* So that the first write is seen, and D set. */
    if (s->d->desc->type == XENPT_DOMAIN_PV64)
        flags |= ENTRY_US;
    return flags;
}

static bool is_page(const struct shadowing *s, enum shadow_type type, uint64_t guest)
{
    if (shadow_rows[type].level != 2 || !(guest & ENTRY_PS))
        return false;
    return type != SH_L2_32 || guest_mode(s->v) == XENPT_GUEST_UNPAGED ||
           s->v->guest.cr4 & XENPT_CR4_PSE;
}

/* What a device model answers for: an entry that the processor faults on as reserved. */
static uint64_t device(const struct shadowing *s, uint64_t guest, uint64_t gfn)
{
    bool big = is_bigmem(s->m);
    uint64_t magic = big ? UINT64_C(0xfffff00000000000) : UINT64_C(0xfffffff000000000);

    if (s->m->processor->cpu.maxphyaddr >= XENPT_MADDR_BITS)
        return 0; /* There are no reserved bits to use. */
    return magic | gfn << 4 | ENTRY_P | (guest & (ENTRY_US | ENTRY_RW));
}

/* Where an entry leads: a paravirtual guest's has a frame of the machine's. */
uint64_t shadow_where(const struct shadowing *s, uint64_t guest)
{
    if (is_pv(s->d))
        return guest & ENTRY_ADDR;
    return guest_maddr(s->m, s->d, (guest & ENTRY_ADDR) >> XENPT_PAGE_SHIFT);
}

static bool may_write(const struct shadowing *s, uint64_t guest, bool writing)
{
    uint64_t frame = (guest & ENTRY_ADDR) >> XENPT_PAGE_SHIFT;

    if (!is_pv(s->d))
        return guest_may_write(s->m, s->d, frame, writing);
    frame = domain_pfn(s->d, frame);
    return writing || frame == NO_TABLE || !s->d->dirty || dirty_is(s->d, frame);
}

static uint64_t leaf(struct shadowing *s, uint64_t guest, enum touch touch)
{
    uint64_t gfn = (guest & ENTRY_ADDR) >> XENPT_PAGE_SHIFT, maddr = shadow_where(s, guest);
    uint64_t flags = kept(s, guest, true);
    const struct oos *o;

    if (!(guest & ENTRY_P))
        return 0;
    if (maddr == NO_TABLE)
        return device(s, guest, gfn);
    if (!flags)
        return 0;
    if (!may_write(s, guest, touch == TOUCH_WRITE))
        flags &= ~ENTRY_RW;
    if (is_pv(s->d) && !ram_any(s->m, gfn, gfn))
        flags |= guest & CACHE;
    o = oos_of(s->d, maddr);
    if (shadow_is_table(s->all, maddr) && !(o && touch == TOUCH_WRITE))
        flags &= ~ENTRY_RW; /* Writes to tables that have shadows are Xen's to see. */
    return maddr | flags;
}

enum xenpt_code shadow_leaf(struct shadowing *s, uint32_t id, unsigned int index, enum touch touch)
{
    const struct shadow *one = &s->all->list[id];
    uint64_t guest = shadow_guest_entry(s, one->type, one->of, index);
    uint64_t entry = leaf(s, guest, touch), at = one->page[index / ENTRIES];
    unsigned int slot = index % ENTRIES;
    struct oos *o = shadow_rows[one->type].made_up ? NULL : oos_of(s->d, one->of), *target;
    enum xenpt_code code = shadow_set(s, id, index / ENTRIES, slot, entry);

    if (!code && o)
        code = oos_note(s, o, index, shadow_rows[one->type].size);
    target = entry & ENTRY_RW && entry & ENTRY_P ? oos_of(s->d, entry & ENTRY_ADDR) : NULL;
    return code || !target ? code : oos_fixup(s, target, at + slot * sizeof(entry));
}

enum xenpt_code shadow_upper(struct shadowing *s, uint32_t id, unsigned int index, uint64_t guest,
                             uint32_t child)
{
    enum shadow_type type = s->all->list[id].type;
    unsigned int nr = type == SH_L2_32 ? 2 : 1;
    enum xenpt_code code = XENPT_OK;

    for (unsigned int i = 0; !code && i < nr; i++) {
        unsigned int slot = index * nr + i;
        uint64_t flags = kept(s, guest, is_page(s, type, guest)), entry = 0;

        /* Entries above L1 have A and D, whatever the guest's have. */
        if (child != NO_SHADOW && flags)
            entry = s->all->list[child].page[i] | flags | ENTRY_A | ENTRY_D;
        code = shadow_set(s, id, slot / ENTRIES, slot % ENTRIES, entry);
    }
    return code;
}

/* --- What an entry leads to ---------------------------------------------------------------- */

bool shadow_below(const struct shadowing *s, uint32_t id, unsigned int index, uint64_t guest,
                  enum shadow_type *ret, uint64_t *of)
{
    enum shadow_type type = s->all->list[id].type;
    bool page = is_page(s, type, guest);
    uint64_t size = type == SH_L2_32 ? MB4 : MB2;

    *ret = page ? shadow_rows[type].page : shadow_rows[type].table;
    *of = guest & ENTRY_ADDR & ~(size - 1);
    if (page)
        return true;
    /* The L2 of a 32-bit guest's last GiB, where slots are Xen's. */
    if (type == SH_L3_64 && index == 3 && s->d->desc->type == XENPT_DOMAIN_PV32)
        *ret = SH_L2H_64;
    *of = shadow_where(s, guest);
    return *of != NO_TABLE &&
           !(shadow_rows[type].level > 2 && guest & ENTRY_PS && machine_does(s->m, OWN_WALK_PS));
}

/* Of a paravirtual guest's tables, some slots are Xen's own. */
static bool is_xens(const struct shadowing *s, uint32_t id, unsigned int index)
{
    return is_pv(s->d) && pv_shadow_is_xens(s, s->all->list[id].type, index);
}

/* --- Following ----------------------------------------------------------------------------- */

static enum xenpt_code follow(struct shadowing *s, uint32_t id, unsigned int index)
{
    const struct shadow *one = &s->all->list[id];
    uint64_t guest, of;
    enum shadow_type type;
    uint32_t child = NO_SHADOW;

    if (shadow_rows[one->type].level == 1)
        return shadow_leaf(s, id, index, TOUCH_PREFETCH);
    if (is_xens(s, id, index))
        return XENPT_OK;
    guest = shadow_guest_entry(s, one->type, one->of, index);
    /* A table without a shadow gets one when it is used. */
    if (!kept(s, guest, false) || !shadow_below(s, id, index, guest, &type, &of) ||
        !shadow_find(s->all, type, of, &child))
        child = NO_SHADOW;
    return shadow_upper(s, id, index, guest, child);
}

/* An entry of the guest's is read to have its shadow follow it. */
static void tell_entry(struct shadowing *s, uint64_t maddr, unsigned int size)
{
    struct xenpt_touch t = { TOUCH(XENPT_TOUCH_SHADOW, XENPT_TOUCH_TRANSIENT), .maddr = maddr,
                             .length = size };

    touch_by_xen(s->m, s->d, s->v, &t);
}

enum xenpt_code shadow_validate(struct shadowing *s, uint64_t maddr, unsigned int size)
{
    uint64_t of = maddr & ~(uint64_t)(XENPT_PAGE_SIZE - 1), offset = maddr - of;
    enum xenpt_code code = XENPT_OK;
    uint32_t id;

    for (enum shadow_type t = SH_L1_32; !code && t < NR_SH_TYPES; t++) {
        unsigned int each = shadow_rows[t].size;

        if (shadow_rows[t].made_up)
            continue;
        for (uint64_t at = offset / each; !code && at * each < offset + size; at++)
            if (shadow_find(s->all, t, of, &id)) {
                if (touch_heard(s->m))
                    tell_entry(s, of + at * each, each);
                code = follow(s, id, (unsigned int)at);
            }
    }
    return code;
}

/* Of the first entry of a root, its first 2 MiB. */
enum xenpt_code shadow_fill_first(struct shadowing *s, uint32_t id)
{
    const struct shadow *one = &s->all->list[id];
    uint64_t guest = shadow_guest_entry(s, one->type, one->of, 0), of;
    enum shadow_type type;
    uint32_t child;
    enum xenpt_code code;

    if (!shadow_below(s, id, 0, guest, &type, &of))
        return XENPT_OK;
    code = shadow_get(s, type, of, &child, NULL);
    if (!code)
        code = shadow_upper(s, id, 0, guest, child);
    return code ? code : shadow_fill(s, child, 1);
}

/* --- What has been used -------------------------------------------------------------------- */

static enum xenpt_code fill_entry(struct shadowing *s, uint32_t id, unsigned int index)
{
    const struct shadow *one = &s->all->list[id];
    uint64_t guest, of;
    enum shadow_type type;
    enum xenpt_code code;
    uint32_t child;
    bool made;

    if (shadow_rows[one->type].level == 1)
        return shadow_leaf(s, id, index, TOUCH_PREFETCH);
    if (is_xens(s, id, index))
        return XENPT_OK;
    guest = shadow_guest_entry(s, one->type, one->of, index);
    if (!kept(s, guest, false) || !shadow_below(s, id, index, guest, &type, &of))
        return XENPT_OK;
    code = shadow_get(s, type, of, &child, &made);
    if (!code)
        code = shadow_upper(s, id, index, guest, child);
    return code || !made ? code : shadow_fill(s, child, shadow_rows[type].pages);
}

enum xenpt_code shadow_fill(struct shadowing *s, uint32_t id, unsigned int pages)
{
    unsigned int nr = pages * ENTRIES / (s->all->list[id].type == SH_L2_32 ? 2 : 1);
    enum xenpt_code code = XENPT_OK;

    for (unsigned int i = 0; !code && i < nr; i++)
        code = fill_entry(s, id, i);
    return code;
}
