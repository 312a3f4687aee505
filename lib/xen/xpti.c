/*
 * xpti.c - the roots that CPUs run 64-bit PV guests on when page-table isolation is on:
 * smpboot.c, setup_cpu_root_pgt and clone_mapping; x86_64/entry.S, restore_all_guest.
 */
#include "xen/internal.h"

/* What is taken from an entry of Xen's own table when it is cloned. */
static enum xenpt_code clone(struct xenpt_machine *m, uint64_t table, unsigned int top, uint64_t va,
                             struct xenpt_error *err)
{
    unsigned int level;
    uint64_t entry = entry_of(m, m->idle, 4, va, &level), flags = entry & ~ENTRY_ADDR;
    struct stretch s = {
        .first = va,
        .last = va + XENPT_PAGE_SIZE - 1,
        .pages = 1u << 1,
    };

    if (!(entry & ENTRY_P))
        return XENPT_OK;
    for (unsigned int l = 2; l <= 4; l++)
        s.table[l] = m->layout->xpti.table;
    if (level > 1)
        flags &= ~ENTRY_PS;
    s.leaf = flags & ~m->layout->xpti.drops;
    s.maddr = (entry & ENTRY_ADDR & ~(level_size(level) - 1)) | (va & (level_size(level) - 1));
    return stretch_map(m, table, top, &s, err);
}

/* --- What all CPUs share ------------------------------------------------------------------- */

static enum xenpt_code text(struct xenpt_machine *m, const struct xenpt_area *image,
                            struct xenpt_error *err)
{
    const struct xenpt_layout_xpti *x = &m->layout->xpti;
    uint64_t size = (uint64_t)x->text_pages * XENPT_PAGE_SIZE;
    uint64_t first = m->layout->image.start + x->text_offset;
    enum xenpt_code code = XENPT_OK;

    if (m->image.d.entry_first)
        first = m->image.d.entry_first;
    else if (x->text_at_end)
        first = m->image.d.text_end - size;
    for (uint64_t at = first; !code && at < first + size; at += XENPT_PAGE_SIZE)
        code = clone(m, m->xpti_l3, 3, image->first + at, err);
    return code;
}

static enum xenpt_code common(struct xenpt_machine *m, struct xenpt_error *err)
{
    const struct xenpt_area *image = xenpt_layout_filled(m->layout, XENPT_FILL_IMAGE);
    const struct xenpt_area *stubs = xenpt_layout_area(m->layout, "stubs");
    enum xenpt_code code = table_new(m, &m->xpti_l3, err);

    if (!code)
        code = text(m, image, err);
    for (uint32_t i = 0; !code && stubs && i < m->nr_cpus; i++)
        code = clone(m, m->xpti_l3, 3, xenpt_area_piece(stubs, i), err);
    if (!code)
        code = clone(m, m->xpti_l3, 3, image->first + m->image.d.boot_idt, err);
    return code ? code : clone(m, m->xpti_l3, 3, image->first + m->image.d.boot_tss, err);
}

/* --- What a CPU has for itself ------------------------------------------------------------- */

/* Aliases in the directmap of a CPU's stack, and of what is on the heap for it. */
static enum xenpt_code aliases(struct xenpt_machine *m, uint32_t i, struct xenpt_error *err)
{
    const struct xenpt_area *map = xenpt_layout_filled(m->layout, XENPT_FILL_RAM);
    const struct xenpt_layout_stack *s = &m->layout->stack;
    const struct cpu *c = &m->cpus[i];
    enum xenpt_code code = XENPT_OK;

    for (uint32_t p = 0; !code && p < s->pages; p++)
        if (m->layout->xpti.guards || !(s->guards >> p & 1))
            code = clone(m, c->root, 4, map->first + c->stack + p * XENPT_PAGE_SIZE, err);
    if (!code && i > 0)
        code = clone(m, c->root, 4, map->first + c->idt, err);
    if (!code && i > 0)
        code = clone(m, c->root, 4, map->first + c->tss, err);
    return code;
}

static enum xenpt_code root(struct xenpt_machine *m, uint32_t i, struct xenpt_error *err)
{
    const struct xenpt_area *image = xenpt_layout_filled(m->layout, XENPT_FILL_IMAGE);
    const struct root_of of = {
        .kind = XENPT_ROOT_XPTI,
        .shadow = NO_TABLE,
        .perdomain = NO_TABLE,
    };
    struct cpu *c = &m->cpus[i];
    enum xenpt_code code = table_new(m, &c->root, err);

    if (!code)
        code = root_fill(m, c->root, &of, err);
    if (!code)
        code = entry_write(m, c->root, xenpt_layout_slot_of(m->layout, image->first),
                           m->xpti_l3 | m->layout->xpti.table, err);
    return code ? code : aliases(m, i, err);
}

enum xenpt_code xpti_build(struct xenpt_machine *m, struct xenpt_error *err)
{
    enum xenpt_code code = common(m, err);

    for (uint32_t i = 0; !code && i < m->nr_cpus; i++)
        code = root(m, i, err);
    return code;
}

/* --- The copy on the way out --------------------------------------------------------------- */

/* Slots that are copied: the guest's, and the shadow's linear table. */
static bool copied(const struct xenpt_machine *m, unsigned int nr)
{
    struct xenpt_layout_slot slot = xenpt_layout_slot(m->layout, XENPT_ROOT_XPTI, m->conditions,
                                                      nr);

    return slot.guest || (slot.area && slot.area->fill == XENPT_FILL_SHADOW);
}

enum xenpt_code xpti_copy(struct xenpt_machine *m, struct cpu *c, uint64_t l4,
                          struct xenpt_error *err)
{
    uint64_t from[ENTRIES], to[ENTRIES];
    const struct xenpt_reader *mem = xenpt_store_reader(m->store);
    uint64_t n = 0;

    if (!xenpt_read(mem, l4, from, sizeof(from)) || !xenpt_read(mem, c->root, to, sizeof(to)))
        return xenpt_fail(err, XENPT_ESTATE, "a root table lies outside memory");
    for (unsigned int nr = 0; nr < ENTRIES; nr++) {
        if (!copied(m, nr))
            continue;
        to[nr] = from[nr];
        n++;
    }
    m->stats.root_copies++;
    m->stats.entries_copied += n;
    c->copied = l4;
    c->changed = false;
    return entries_write(m, c->root, 0, ENTRIES, to, err);
}

enum xenpt_code xpti_sync(struct xenpt_machine *m, struct xenpt_error *err)
{
    enum xenpt_code code = XENPT_OK;

    for (uint32_t i = 0; !code && i < m->nr_cpus; i++) {
        struct cpu *c = &m->cpus[i];
        const struct domain *d = c->loaded ? &m->domains[c->domain] : NULL;

        if (!d || c->idle || !d->xpti || !c->changed || c->mode == XENPT_RUN_XEN)
            continue;
        code = xpti_copy(m, c, pv_root(d, &d->vcpus[c->vcpu], d->vcpus[c->vcpu].user), err);
    }
    return code;
}
