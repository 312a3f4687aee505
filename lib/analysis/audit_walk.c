/* audit_walk.c - from a root down: each table once, for each set of rights that lead to it. */
#include <string.h>

#include "analysis/audit.h"
#include "analysis/entries.h"

/* How a table is reached, in the bits that its address leaves. */
#define RIGHTS_SHIFT 3
#define GUEST        XENPT_BIT(8)
#define PART_SHIFT   9

bool audit_follows(const struct xenpt_audit_root *root, unsigned int slot)
{
    const struct xenpt_audit_slot *s = root->slots ? &root->slots[slot] : NULL;

    return !s || (!s->self && !(root->part == XENPT_AUDIT_OF_CPU && s->guest));
}

static void go_down(struct auditing *a, const struct audit_entry *from, uint64_t table);

static void refused(struct auditing *a, const struct audit_entry *e)
{
    const struct xenpt_audit_facts *o = a->facts;

    a->results[XENPT_AUDIT_LEGAL].looked++;
    if (o->is_meant && o->is_meant(o->ctx, e->root, e->level, e->entry))
        return;
    audit_found(a, XENPT_AUDIT_LEGAL, e, 0, "legal",
                "no processor accepts it: a reserved bit is set, or it is misconfigured");
}

static void follow(struct auditing *a, const struct audit_entry *e)
{
    switch (xenpt_entry_role(e->pg, e->level, e->entry)) {
    case XENPT_MALFORMED:
        if (audit_asks(a, XENPT_AUDIT_LEGAL))
            refused(a, e);
        break;
    case XENPT_TABLE:
        a->results[XENPT_AUDIT_LEGAL].looked++;
        audit_link(a, e);
        go_down(a, e, xenpt_entry_target(e->pg, e->level, e->entry));
        break;
    case XENPT_PAGE:
        a->results[XENPT_AUDIT_LEGAL].looked++;
        audit_page(a, e);
        break;
    default:
        break;
    }
}

static void each_entry(struct auditing *a, const struct audit_entry *from, uint64_t table,
                       unsigned int level, const uint8_t *page)
{
    const struct xenpt_format *f = &from->pg->format;
    bool top = level == f->top;

    for (unsigned int i = 0; i < AUDIT_ENTRIES && !a->no_memory && !a->stopped; i++) {
        const struct xenpt_audit_slot *slot = top && from->root->slots ? &from->root->slots[i]
                                                                       : NULL;
        struct audit_entry e = *from;
        uint64_t granted;

        memcpy(&e.entry, page + i * sizeof(e.entry), sizeof(e.entry));
        e.table = table;
        e.level = level;
        e.nr = i;
        e.in = entry_input(f, level, from->in, i);
        if (slot) {
            e.guest = slot->guest;
            audit_slot(a, &e);
        }
        if (!(e.entry & f->present) || (top && !audit_follows(from->root, i)))
            continue;
        granted = (e.entry ^ f->inverted) | f->level[level].silent;
        e.rights = from->rights & xenpt_rights(e.pg, granted);
        follow(a, &e);
    }
}

static void missing(struct auditing *a)
{
    for (unsigned int i = 0; i < XENPT_NR_AUDITS; i++)
        if (i != XENPT_AUDIT_M2P)
            a->results[i].unread++;
}

static void go_down(struct auditing *a, const struct audit_entry *from, uint64_t table)
{
    uint8_t copy[XENPT_PAGE_SIZE] __attribute__((aligned(8)));
    unsigned int level = from->level - 1;
    const uint8_t *page;
    bool fresh = false;
    uint64_t how = level | (uint64_t)from->rights << RIGHTS_SHIFT | (from->guest ? GUEST : 0) |
                   (uint64_t)from->root->part << PART_SHIFT;

    if (!frame_set_add(&a->seen, table | how, &fresh)) {
        a->no_memory = true;
        return;
    }
    if (!fresh)
        return;
    page = xenpt_read_page(a->view->mem, table, copy);
    if (!page)
        missing(a);
    else
        each_entry(a, from, table, level, page);
    audit_flush(a);
}

void audit_root(struct auditing *a, const struct xenpt_audit_root *root)
{
    const struct xenpt_paging *pg = &root->context->paging;
    struct audit_entry above = {
        .root = root,
        .pg = pg,
        .level = pg->format.top + 1u,
        .rights = (1u << XENPT_NR_RIGHTS) - 1,
        .guest = !root->slots,
    };

    go_down(a, &above, pg->root & ~ones(XENPT_PAGE_SHIFT));
}
