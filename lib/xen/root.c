/*
 * root.c - Xen's slots of a root table; mm.c, init_xen_l4_slots.
 *
 * Which slots there are, and with which flags, is the layout's.  Tables that all roots share
 * are those of Xen's own table.  What a kind of root has is worked out once, and kept.
 */
#include <stdlib.h>

#include "xen/internal.h"

enum source {
    FROM_NOWHERE, /* Not Xen's to write. */
    FROM_NOTHING, /* Xen's, and empty. */
    FROM_IDLE,
    FROM_SELF,
    FROM_SHADOW,
    FROM_DOMAIN,
};

struct template
{
    enum xenpt_root_kind kind;
    xenpt_conditions conditions;
    struct {
        enum source from;
        uint64_t entry; /* Complete if from Xen's own table, else its flags. */
    } slot[XENPT_ROOT_SLOTS];
};

static enum source source_of(const struct xenpt_layout_slot *slot)
{
    enum xenpt_fill fill = slot->area->fill;

    if (fill == XENPT_FILL_MIRROR)
        fill = slot->area->mirrors->fill;
    switch (fill) {
    case XENPT_FILL_SELF:
        return FROM_SELF;
    case XENPT_FILL_SHADOW:
        return FROM_SHADOW;
    case XENPT_FILL_DOMAIN:
        return FROM_DOMAIN;
    default:
        return slot->sharing == XENPT_SHARED_MACHINE ? FROM_IDLE : FROM_NOWHERE;
    }
}

static bool is_pv_kind(enum xenpt_root_kind kind)
{
    return kind == XENPT_ROOT_PV64_KERNEL || kind == XENPT_ROOT_PV64_USER ||
           kind == XENPT_ROOT_PV64_SHADOW || kind == XENPT_ROOT_PV32;
}

/*
 * With highmem-start the directmap of a PV root ends early: whole slots are left out, and one
 * that is cut has a table of its own; x86_64/mm.c, split_l4e.
 */
static uint64_t cut_short(const struct xenpt_machine *m, const struct template *t,
                          const struct xenpt_layout_slot *slot, unsigned int nr, uint64_t entry)
{
    uint64_t end = m->options.highmem_start, from;

    if (!end || slot->area->fill != XENPT_FILL_RAM || !is_pv_kind(t->kind))
        return entry;
    from = xenpt_layout_slot_first(m->layout, nr) - slot->area->first;
    if (from >= end)
        return 0;
    return end - from < level_size(4) ? m->cut_l3 | slot->table : entry;
}

static void work_out(const struct xenpt_machine *m, struct template *t)
{
    for (unsigned int nr = 0; nr < XENPT_ROOT_SLOTS; nr++) {
        struct xenpt_layout_slot slot = xenpt_layout_slot(m->layout, t->kind, t->conditions, nr);
        uint64_t shared;

        if (!slot.area || slot.guest || !slot.mapped)
            continue;
        t->slot[nr].from = source_of(&slot);
        t->slot[nr].entry = slot.table;
        if (t->slot[nr].from != FROM_IDLE)
            continue;
        shared = entry_read(m, m->idle, nr) & ENTRY_ADDR;
        t->slot[nr].entry = cut_short(m, t, &slot, nr, shared ? shared | slot.table : 0);
    }
}

static const struct template *template_for(struct xenpt_machine *m, enum xenpt_root_kind kind,
                                           xenpt_conditions conditions)
{
    struct template *grown;

    for (size_t i = 0; i < m->nr_templates; i++)
        if (m->templates[i].kind == kind && m->templates[i].conditions == conditions)
            return &m->templates[i];
    grown = realloc(m->templates, (m->nr_templates + 1) * sizeof(*grown));
    if (!grown)
        return NULL;
    m->templates = grown;
    grown += m->nr_templates++;
    *grown = (struct template){ .kind = kind, .conditions = conditions };
    work_out(m, grown);
    return grown;
}

static uint64_t to(uint64_t table, uint64_t flags)
{
    return table == NO_TABLE ? 0 : table | flags;
}

enum xenpt_code root_entries(struct xenpt_machine *m, const struct root_of *of,
                             uint64_t entry[ENTRIES], struct xenpt_error *err)
{
    xenpt_conditions conditions = m->conditions | of->when |
                                  (of->perdomain != NO_TABLE ? 1u << XENPT_IF_RAN_PV : 0);
    const struct template *t = template_for(m, of->kind, conditions);

    if (!t)
        return xenpt_fail(err, XENPT_ENOMEM, "no memory for what a root has");
    for (unsigned int nr = 0; nr < ENTRIES; nr++) {
        uint64_t flags = t->slot[nr].entry;

        switch (t->slot[nr].from) {
        case FROM_NOWHERE:
            break;
        case FROM_NOTHING:
            entry[nr] = 0;
            break;
        case FROM_IDLE:
            entry[nr] = flags;
            break;
        case FROM_SELF:
            entry[nr] = to(of->self, flags);
            break;
        case FROM_SHADOW:
            entry[nr] = to(of->shadow, flags);
            break;
        case FROM_DOMAIN:
            entry[nr] = to(of->perdomain, flags);
            break;
        }
    }
    return XENPT_OK;
}

enum xenpt_code root_fill(struct xenpt_machine *m, uint64_t root, const struct root_of *of,
                          struct xenpt_error *err)
{
    uint64_t entry[ENTRIES];
    enum xenpt_code code;

    if (!xenpt_read(xenpt_store_reader(m->store), root, entry, sizeof(entry)))
        return xenpt_fail(err, XENPT_ESTATE, "a root table lies outside memory");
    code = root_entries(m, of, entry, err);
    return code ? code : entries_write(m, root, 0, ENTRIES, entry, err);
}

/* The flags of a root's entry that leads to the per-domain tables. */
uint64_t root_perdomain_flags(const struct xenpt_machine *m, enum xenpt_root_kind kind)
{
    const struct xenpt_area *area = xenpt_layout_filled(m->layout, XENPT_FILL_DOMAIN);
    struct xenpt_layout_slot slot = xenpt_layout_slot(m->layout, kind,
                                                      m->conditions | 1u << XENPT_IF_RAN_PV,
                                                      xenpt_layout_slot_of(m->layout, area->first));

    return slot.table;
}

enum xenpt_code root_cut(struct xenpt_machine *m, struct xenpt_error *err)
{
    const struct xenpt_area *area = xenpt_layout_filled(m->layout, XENPT_FILL_RAM);
    uint64_t end = m->options.highmem_start, keep = end % level_size(4) / level_size(3);
    unsigned int nr = xenpt_layout_slot_of(m->layout, area->first + end);
    uint64_t from = entry_read(m, m->idle, nr) & ENTRY_ADDR, entry[ENTRIES];
    enum xenpt_code code;

    if (!end || !keep || !from)
        return XENPT_OK;
    if (!xenpt_read(xenpt_store_reader(m->store), from, entry, sizeof(entry)))
        return xenpt_fail(err, XENPT_ESTATE, "a table lies outside memory");
    code = table_new(m, &m->cut_l3, err);
    return code ? code : entries_write(m, m->cut_l3, 0, (unsigned int)keep, entry, err);
}
