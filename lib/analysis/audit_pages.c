/*
 * audit_pages.c - what is asked of an entry that maps a page: whether it leads to a table and can
 * be written, to memory of Xen's, and whether M2P knows of it.
 */
#include <inttypes.h>

#include "analysis/audit.h"
#include "analysis/expose.h"
#include "base/bits.h"

struct stretch {
    uint64_t first, last;
};

/* Whether a guest's code gets through such an entry. */
static bool is_guests(const struct audit_entry *e)
{
    if (e->root->part == XENPT_AUDIT_OF_XEN)
        return false;
    return e->root->user_only ? e->rights >> XENPT_U & 1 : e->guest;
}

/* --- I1 ------------------------------------------------------------------------------------ */

/* A GDT or LDT of PV guests, whose types count as much as those of tables. */
static const struct xenpt_audit_page *first_page(const struct auditing *a, struct stretch s)
{
    for (size_t i = 0; i < a->facts->nr_pages; i++)
        if (a->facts->pages[i].at >= s.first && a->facts->pages[i].at <= s.last)
            return &a->facts->pages[i];
    return NULL;
}

static void may_write(struct auditing *a, const struct audit_entry *e, struct stretch s)
{
    const struct xenpt_audit_page *page;
    uint64_t at;

    a->results[XENPT_AUDIT_TABLES].looked++;
    if (audit_first_table(a, s.first, s.last, &at)) {
        struct audit_table t = audit_table_at(a, at);
        const struct xenpt_context *of = a->facts->roots[t.of].context;

        audit_found(a, XENPT_AUDIT_TABLES, e, at, "table",
                    "mfn 0x%" PRIx64 " can be written: it is a page table, an L%u of %s%s",
                    at >> XENPT_PAGE_SHIFT, t.level, t.guest ? "" : "Xen's for ",
                    *of->domain ? of->domain : of->name);
        return;
    }
    if (e->root->part != XENPT_AUDIT_OF_GUEST)
        return;
    page = first_page(a, s);
    if (page)
        audit_found(a, XENPT_AUDIT_TABLES, e, page->at, "descriptors",
                    "mfn 0x%" PRIx64 " can be written: it is in a %s", page->at >> XENPT_PAGE_SHIFT,
                    page->what);
}

/* --- I2 ------------------------------------------------------------------------------------ */

static void whose(struct auditing *a, const struct audit_entry *e, struct stretch s)
{
    uint64_t last;

    a->results[XENPT_AUDIT_MEMORY].looked++;
    for (uint64_t at = s.first;; at = last + 1) {
        if (expose_owner(a->facts->owners, at, &last) == a->xen) {
            audit_found(a, XENPT_AUDIT_MEMORY, e, at, "xen",
                        "mfn 0x%" PRIx64 " can be %s: it is Xen's", at >> XENPT_PAGE_SHIFT,
                        e->rights >> XENPT_W & 1 ? "written" : "read");
            return;
        }
        if (last >= s.last)
            return;
    }
}

/* --- I7 ------------------------------------------------------------------------------------ */

static void is_named(struct auditing *a, const struct audit_entry *e, struct stretch s)
{
    struct xenpt_audit_result *r = &a->results[XENPT_AUDIT_M2P];
    uint64_t mfn = s.first >> XENPT_PAGE_SHIFT, gfn = e->in >> XENPT_PAGE_SHIFT;

    for (uint64_t i = 0; i <= (s.last - s.first) >> XENPT_PAGE_SHIFT; i++) {
        uint64_t is = 0;

        if (!a->facts->m2p(a->facts->ctx, mfn + i, &is)) {
            r->unread++;
            continue;
        }
        r->looked++;
        if (is == gfn + i)
            continue;
        audit_found(a, XENPT_AUDIT_M2P, e, (mfn + i) << XENPT_PAGE_SHIFT, "m2p",
                    "mfn 0x%" PRIx64 " is guest frame 0x%" PRIx64 ", and M2P says 0x%" PRIx64,
                    mfn + i, gfn + i, is);
        return;
    }
}

/* A guest's own, at its own level: behind a linear entry are tables, and what Xen's have lets a
 * guest read M2P and the tables of it, as pages. */
static bool decides(const struct auditing *a, const struct audit_entry *e)
{
    struct audit_table t = audit_table_at(a, e->table);

    if (a->facts->is_xens && a->facts->is_xens(a->facts->ctx, e->root, e->in))
        return false;
    return e->guest && (e->root->part != XENPT_AUDIT_OF_GUEST || (t.guest && t.level == e->level));
}

void audit_page(struct auditing *a, const struct audit_entry *e)
{
    const struct xenpt_audit_facts *o = a->facts;
    struct stretch s = { .first = xenpt_entry_target(e->pg, e->level, e->entry) };

    s.last = s.first + ones(e->pg->format.level[e->level].shift);
    if (is_guests(e) && e->rights >> XENPT_W & 1 && audit_asks(a, XENPT_AUDIT_TABLES))
        may_write(a, e, s);
    if (is_guests(e) && audit_asks(a, XENPT_AUDIT_MEMORY) && decides(a, e))
        whose(a, e, s);
    if (e->root->part == XENPT_AUDIT_OF_MEMORY && audit_asks(a, XENPT_AUDIT_M2P) &&
        (!o->is_ram || o->is_ram(o->ctx, e->root->context, e->entry)))
        is_named(a, e, s);
}
