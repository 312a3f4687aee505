/*
 * live.c - what refers to each frame, counted from nothing but tables as they are in memory, what
 * vCPUs are on, and which tables are pinned.
 *
 * It is how counts begin, and what they are held to: invariant I5.  It shares nothing with the
 * functions that take and drop references.
 */
#include "pv/op.h"

#include <stdlib.h>

#include "mem/store_index.h"
#include "xen/events.h"
#include "xen/grants.h"
#include "xen/p2m.h"
#include "xen/sharing.h"

#define ORDER_FIRST 8

struct counting {
    const struct xenpt_machine *m;
    struct lives *all;
    uint64_t *todo; /* Tables to go through: frame, and the level in the low bits above 52. */
    size_t nr_todo, max_todo;
    const struct domain *near; /* Whose tables are gone through, or NULL. */
    bool failed;
};

/* --- The hash ------------------------------------------------------------------------------ */

static size_t slot_of(const struct lives *all, uint64_t frame)
{
    size_t mask = ((size_t)1 << all->order) - 1, at = (size_t)store_mix(frame, all->order);

    while (all->key[at] && all->key[at] != frame + 1)
        at = (at + 1) & mask;
    return at;
}

static bool room(struct lives *all, unsigned int order)
{
    uint64_t *key = calloc((size_t)1 << order, sizeof(*key));
    struct live *live = calloc((size_t)1 << order, sizeof(*live));
    struct lives larger = { .key = key, .live = live, .order = order, .nr = all->nr };

    if (!key || !live) {
        free(key);
        free(live);
        return false;
    }
    for (size_t i = 0; all->key && i < (size_t)1 << all->order; i++)
        if (all->key[i]) {
            size_t at = slot_of(&larger, all->key[i] - 1);

            key[at] = all->key[i];
            live[at] = all->live[i];
        }
    free(all->key);
    free(all->live);
    all->key = key;
    all->live = live;
    all->order = order;
    return true;
}

void lives_free(struct lives *all)
{
    free(all->key);
    free(all->live);
    all->key = NULL;
    all->live = NULL;
}

const struct live *lives_find(const struct lives *all, uint64_t frame)
{
    size_t at = slot_of(all, frame);

    return all->key[at] ? &all->live[at] : NULL;
}

/* NULL: no memory. */
static struct live *of(struct counting *c, uint64_t frame)
{
    struct lives *all = c->all;
    size_t at = slot_of(all, frame);
    struct frame_info first;

    if (!all->key[at]) {
        if (4 * (all->nr + 1) > 3 * ((size_t)1 << all->order)) {
            if (!room(all, all->order + 1)) {
                c->failed = true;
                return NULL;
            }
            at = slot_of(all, frame);
        }
        all->key[at] = frame + 1;
        first = info_at_first(c->m, c->near, frame);
        all->live[at] = (struct live){ .count = first.count };
        all->live[at].as[first.type] = first.type_count;
        all->nr++;
    }
    return &all->live[at];
}

/* --- References ---------------------------------------------------------------------------- */

static void go_through_later(struct counting *c, uint64_t frame, unsigned int level)
{
    if (c->nr_todo == c->max_todo) {
        size_t max = c->max_todo ? 2 * c->max_todo : 64;
        uint64_t *list = realloc(c->todo, max * sizeof(*list));

        if (!list) {
            c->failed = true;
            return;
        }
        c->todo = list;
        c->max_todo = max;
    }
    c->todo[c->nr_todo++] = frame << 3 | level;
}

static void refer(struct counting *c, uint64_t frame, enum frame_type as, bool pae_xen_l2)
{
    struct live *l = of(c, frame);

    if (!l)
        return;
    l->count++;
    l->pae_xen_l2 |= pae_xen_l2;
    if (as == FRAME_NONE)
        return;
    l->as[as]++;
    if (as <= FRAME_L4 && !(l->met >> as & 1)) {
        l->met |= (uint8_t)(1u << as);
        go_through_later(c, frame, as);
    }
}

static void refer_page(struct counting *c, uint64_t entry, const struct domain *d, uint64_t frame)
{
    struct domain *owner;
    bool counts = pv_owner_near(c->m, d, frame, &owner) != PV_MMIO;
    bool writable = entry & ENTRY_RW && (!owner || owner == d || !is_external(owner));

    if (counts)
        refer(c, frame, writable ? FRAME_WRITABLE : FRAME_NONE, false);
}

/* An entry that leads to a table of its own level, as far as that is in use as one. */
static bool is_linear(struct counting *c, unsigned int level, uint64_t to)
{
    const struct frame_info *info = frames_find(c->m->frames, to);
    const struct live *l = lives_find(c->all, to);

    return (info && info->type_count && info->type == level) || (l && l->as[level]);
}

static void refer_linear(struct counting *c, uint64_t frame, unsigned int level, uint64_t to)
{
    struct live *l = of(c, to);

    if (!l)
        return;
    l->count++;
    l->as[level]++;
    l->uses++;
    l->led |= (uint8_t)(1u << level);
    l = of(c, frame);
    if (l)
        l->entries++;
}

static void refer_upper(struct counting *c, uint64_t frame, const struct domain *d,
                        unsigned int level, unsigned int slot, uint64_t entry)
{
    uint64_t to = ENTRY_FRAME(entry);

    if (to == frame)
        return;
    if (level < 4 && entry & ENTRY_PS) {
        for (uint64_t i = 0; i < ENTRIES; i++)
            refer_page(c, entry, d, (to & ~(uint64_t)(ENTRIES - 1)) + i);
        return;
    }
    if (is_linear(c, level, to))
        refer_linear(c, frame, level, to);
    else
        refer(c, to, (enum frame_type)(level - 1), level == 3 && is_pv32(d) && slot == 3);
}

/* --- Tables -------------------------------------------------------------------------------- */

static bool is_guests(const struct counting *c, uint64_t frame, const struct domain *d,
                      unsigned int level, unsigned int slot)
{
    const struct live *l = lives_find(c->all, frame);

    if (level == 4)
        return is_guest_l4_slot(c->m, d, slot);
    if (level == 3)
        return !is_pv32(d) || slot < 4;
    return level == 1 || !l || !l->pae_xen_l2 || slot < first_xen_l2_slot(c->m);
}

/* How many of its entries have references; and whether the next has one, and to no table. */
static unsigned int validated(struct counting *c, uint64_t frame, bool *held)
{
    const struct frame_info *info = frames_find(c->m->frames, frame);

    *held = info && info->flags & FRAME_PARTIAL && info->flags & FRAME_ENTRY_HELD;
    return info && info->flags & FRAME_PARTIAL ? info->validated : ENTRIES;
}

static void go_through(struct counting *c, uint64_t frame, unsigned int level)
{
    uint64_t entry[ENTRIES];
    struct domain *d;
    bool held;
    unsigned int nr = validated(c, frame, &held);

    pv_owner_near(c->m, c->near, frame, &d);
    c->near = d;
    if (!d || !xenpt_read(xenpt_store_reader(c->m->store), frame << XENPT_PAGE_SHIFT, entry,
                          sizeof(entry)))
        return;
    if (held && nr < ENTRIES)
        refer(c, ENTRY_FRAME(entry[nr]), FRAME_NONE, false);
    for (unsigned int i = 0; i < nr; i++) {
        if (!(entry[i] & ENTRY_P) || !is_guests(c, frame, d, level, i))
            continue;
        if (level == 1)
            refer_page(c, entry[i], d, ENTRY_FRAME(entry[i]));
        else
            refer_upper(c, frame, d, level, i, entry[i]);
    }
}

/* --- What it begins with ------------------------------------------------------------------- */

bool perdomain_l1(const struct xenpt_machine *m, const struct domain *d, uint64_t va,
                  uint64_t *table, unsigned int *slot)
{
    uint64_t at = d->perdomain;

    for (unsigned int level = 3; level > 1; level--) {
        uint64_t entry = entry_read(m, at, slot_at(level, va));

        if (!(entry & ENTRY_P) || entry & ENTRY_PS)
            return false;
        at = entry & ENTRY_ADDR;
    }
    *table = at >> XENPT_PAGE_SHIFT;
    *slot = slot_at(1, va);
    return true;
}

/* Descriptors that are mapped for a vCPU: its GDT's, and what it has used of its LDT. */
static void descriptors(struct counting *c, const struct domain *d, uint32_t vcpu, const char *name)
{
    const struct xenpt_area *area = xenpt_layout_area(c->m->layout, "gdt-ldt");
    const struct xenpt_part *part = area ? xenpt_area_part(area, name) : NULL;
    uint64_t first = part ? xenpt_area_piece(area, vcpu) : 0;

    for (uint64_t at = part ? part->first : 1; part && at <= part->last; at += XENPT_PAGE_SIZE) {
        uint64_t table, entry;
        struct domain *owner;
        unsigned int slot;

        if (!perdomain_l1(c->m, d, first + at, &table, &slot))
            continue;
        entry = entry_read(c->m, table << XENPT_PAGE_SHIFT, slot);
        pv_owner_of(c->m, ENTRY_FRAME(entry), &owner);
        if (entry & ENTRY_P && owner == d)
            refer(c, ENTRY_FRAME(entry), FRAME_SEG_DESC, false);
    }
}

/* What a vCPU has yet to take apart. */
static void old_table(struct counting *c, const struct vcpu *v)
{
    const struct frame_info *info = frames_find(c->m->frames, v->old.frame);

    if (v->old.frame && info)
        refer(c, v->old.frame, v->old.partial ? FRAME_NONE : (enum frame_type)info->type, false);
}

static void vcpus(struct counting *c, const struct domain *d)
{
    for (uint32_t i = 0; i < d->nr_vcpus; i++) {
        const struct vcpu *v = &d->vcpus[i];

        if (is_pv32(d)) {
            uint64_t entry = v->monitor != NO_TABLE ? entry_read(c->m, v->monitor, 0) : 0;

            if (entry & ENTRY_P)
                refer(c, ENTRY_FRAME(entry), FRAME_L3, false);
        } else {
            if (v->kernel_l4 != NO_TABLE)
                refer(c, v->kernel_l4 >> XENPT_PAGE_SHIFT, FRAME_L4, false);
            if (v->user_l4 != NO_TABLE)
                refer(c, v->user_l4 >> XENPT_PAGE_SHIFT, FRAME_L4, false);
        }
        descriptors(c, d, i, "gdt");
        descriptors(c, d, i, "ldt");
        old_table(c, v);
    }
}

static void refer_type(struct counting *c, uint64_t frame, enum frame_type as)
{
    struct live *l = of(c, frame);

    if (l)
        l->as[as]++;
}

/* Tables that are validated in part, which is a reference, and those that are locked. */
static void half_done(struct counting *c, const struct domain *only)
{
    for (size_t i = 0; i < frames_slots(c->m->frames); i++) {
        uint64_t frame;
        const struct frame_info *info = frames_at(c->m->frames, i, &frame);
        struct domain *d;

        if (!info || !(info->flags & (FRAME_PARTIAL | FRAME_LOCKED)))
            continue;
        pv_owner_of(c->m, frame, &d);
        if (!d || (only && d != only))
            continue;
        if (info->flags & FRAME_PARTIAL)
            refer(c, frame, (enum frame_type)info->type, info->flags & FRAME_PAE_XEN_L2);
        else
            refer_type(c, frame, (enum frame_type)info->type);
    }
}

static void pins(struct counting *c, const struct domain *only)
{
    for (size_t i = 0; i < frames_slots(c->m->frames); i++) {
        uint64_t frame;
        const struct frame_info *info = frames_at(c->m->frames, i, &frame);
        struct domain *d;

        if (!info || !(info->flags & FRAME_PINNED))
            continue;
        pv_owner_of(c->m, frame, &d);
        if (d && (!only || d == only))
            refer(c, frame, (enum frame_type)info->type, false);
    }
}

/*
 * Tables that linear entries alone lead to: out of use besides, and not pinned, they stay tables
 * while that is so.  They come last, as it is others who say what a table is.  False: there are
 * none.
 */
static bool led_to(struct counting *c)
{
    for (size_t i = 0; i < (size_t)1 << c->all->order; i++) {
        struct live *l = &c->all->live[i];

        for (unsigned int level = 1; c->all->key[i] && level <= FRAME_L4; level++)
            if ((l->led & ~l->met) >> level & 1) {
                l->met |= (uint8_t)(1u << level);
                go_through_later(c, c->all->key[i] - 1, level);
            }
    }
    return c->nr_todo;
}

/* What is mapped by grants, and in no page table of a guest's. */
static void by_grant(void *ctx, uint64_t frame, bool writable)
{
    refer(ctx, frame, writable ? FRAME_WRITABLE : FRAME_NONE, false);
}

/* Another's frames in a p2m, without a grant, and what it shares: each entry of these types is a
 * reference. */
static void foreign_below(struct counting *c, const struct domain *d, uint64_t table,
                          unsigned int level)
{
    uint64_t entry[ENTRIES];

    if (!xenpt_read(xenpt_store_reader(c->m->store), table, entry, sizeof(entry)))
        return;
    for (unsigned int i = 0; i < ENTRIES; i++) {
        struct p2m_slot s = { .table = table, .slot = i, .level = level, .entry = entry[i] };

        if (p2m_is_table(&s))
            foreign_below(c, d, entry[i] & ENTRY_ADDR, level - 1);
        else if (p2m_is_page(&s) && p2m_type_of(c->m, d, entry[i]) == P2M_FOREIGN)
            refer(c, ENTRY_FRAME(entry[i]), FRAME_NONE, false);
        else if (p2m_is_page(&s) && p2m_type_of(c->m, d, entry[i]) == P2M_RAM_SHARED)
            refer(c, ENTRY_FRAME(entry[i]), FRAME_SHARED, false);
    }
}

static void foreign(struct counting *c, const struct domain *only)
{
    for (size_t i = 0; i < c->m->nr_domains; i++) {
        const struct domain *d = &c->m->domains[i];

        bool has = d->has_foreign || (c->m->sharing && d->sharing_ever);

        if (d->nr_vcpus && has && (!only || d == only))
            foreign_below(c, d, d->p2m, 4);
    }
}

bool lives_count(const struct xenpt_machine *m, const struct domain *only, struct lives *ret)
{
    struct counting c = { .m = m, .all = ret };

    *ret = (struct lives){ .key = NULL };
    if (!room(ret, ORDER_FIRST))
        return false;
    for (size_t i = 0; i < m->nr_domains; i++)
        if (m->domains[i].nr_vcpus && is_pv(&m->domains[i]) && (!only || only == &m->domains[i]))
            vcpus(&c, &m->domains[i]);
    pins(&c, only);
    half_done(&c, only);
    grants_each(m, only, by_grant, &c);
    fifo_each(m, only, by_grant, &c);
    foreign(&c, only);
    while (!c.failed && (c.nr_todo || led_to(&c))) {
        uint64_t next = c.todo[--c.nr_todo];

        go_through(&c, next >> 3, next & 7);
    }
    free(c.todo);
    if (c.failed)
        lives_free(ret);
    return !c.failed;
}
