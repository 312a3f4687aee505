/*
 * grant_entry.c - an entry of a domain's grant table that somebody uses: what it says in memory,
 * what Xen checks of that and notes there; common/grant_table.c, _set_status_v1, _set_status_v2,
 * get_paged_frame.
 *
 * Model: entries are as they are; none changes while Xen looks, as one that a guest keeps changing
 * does, which is general_error.
 */
#include "pv/grant.h"
#include "xen/logdirty.h"
#include "xen/p2m.h"
#include "xen/pod.h"
#include "xen/sharing.h"

/* A grant table is made to be shared. */
static void tell_entry(const struct op *op, const struct domain *owner, struct grant_place at,
                       uint64_t length, bool write)
{
    struct xenpt_touch t = { TOUCH(XENPT_TOUCH_GRANT_ENTRY, XENPT_TOUCH_DIRECTMAP),
                             .consent = XENPT_TOUCH_SHARED, .length = length, .write = write,
                             .xens = true };

    if (!touch_heard(op->m))
        return;
    t.maddr = (at.frame << XENPT_PAGE_SHIFT) + 8 * (uint64_t)at.slot + at.shift / 8;
    t.domain = owner->id;
    op_tell_slowly(op, &t);
}

int grant_find(struct op *op, struct domain *owner, uint64_t ref, struct granted *ret)
{
    struct grants *g = grants_of(owner);

    if (!g || !grants_room(g, ref))
        return grant_no_memory(op);
    *ret = (struct granted){
        .owner = owner, .ref = ref, .user = op->d->id, .active = &g->active[ref]
    };
    tell_entry(op, owner, grants_place(owner, ref), grants_version(owner) == 1 ? 8 : 16, false);
    return 0;
}

static int refused_entry(struct op *op, const struct granted *g, enum rule rule)
{
    struct grant_place at = grants_place(g->owner, g->ref);

    return refused(op, rule, at.frame, at.slot);
}

int grant_check_use(struct op *op, const struct granted *g, uint64_t pins, bool mapping)
{
    /* The last bit of each count that one is added to. */
    uint64_t full = in_force(op, RULE_GRANT_PIN_OWN) ? pins << 7 : PIN_NEARLY_FULL;
    const struct grant_active *a = g->active;
    int rc = 0;

    if (!a->pin)
        return 0;
    if (a->domain != g->user)
        rc = refused_entry(op, g, RULE_GRANT_PINNED_BY);
    if (!rc && a->pin & full)
        rc = refused_entry(op, g, RULE_GRANT_PIN_FULL);
    if (!rc && mapping && a->sub_page)
        rc = refused_entry(op, g, RULE_GRANT_SUB_PAGE);
    return rc;
}

void grant_mark_dirty(const struct op *op, struct domain *d, uint64_t frame)
{
    uint64_t gfn = contents_gfn(&op->m->contents, frame);

    if (gfn != UINT64_MAX)
        dirty_mark(d, gfn);
}

/* --- Status -------------------------------------------------------------------------------- */

static int check_entry(struct op *op, const struct granted *g, const struct xenpt_grant_entry *e,
                       bool mapping)
{
    unsigned int type = e->flags & XENPT_GRANT_TYPE;
    bool transitive = type == XENPT_GRANT_TRANSITIVE && grants_version(g->owner) == 2;
    int rc = 0;

    if (type != XENPT_GRANT_PERMIT_ACCESS && (mapping || !transitive))
        rc = refused_entry(op, g, RULE_GRANT_TYPE);
    if (!rc && mapping && e->flags & XENPT_GRANT_SUB_PAGE)
        rc = refused_entry(op, g, RULE_GRANT_SUB_PAGE);
    if (!rc && e->domain != g->user)
        rc = refused_entry(op, g, RULE_GRANT_DOMID);
    return rc;
}

static int change_status(struct op *op, const struct granted *g, uint64_t set, uint64_t clear)
{
    struct grant_place at = grants_status_place(g->owner, g->ref);
    uint64_t word = op_read(op, at.frame, at.slot);

    tell_entry(op, g->owner, at, 2, true);
    return op_write(op, at.frame, at.slot, (word | set << at.shift) & ~(clear << at.shift));
}

int grant_set_status(struct op *op, const struct granted *g, bool read_only, bool mapping)
{
    struct xenpt_grant_entry e = grant_read(op->m, g->owner, g->ref);
    int rc = g->active->pin ? 0 : check_entry(op, g, &e, mapping);

    if (!rc && !read_only && e.flags & XENPT_GRANT_READONLY)
        rc = refused_entry(op, g, RULE_GRANT_READ_ONLY);
    return rc ? rc
              : change_status(op, g, XENPT_GRANT_READING | (read_only ? 0 : XENPT_GRANT_WRITING),
                              0);
}

int grant_clear_status(struct op *op, const struct granted *g, bool read_only)
{
    uint64_t clear = 0;

    if (!read_only && !(g->active->pin & PIN_WRITES))
        clear |= XENPT_GRANT_WRITING;
    if (!g->active->pin)
        clear |= XENPT_GRANT_READING;
    return clear ? change_status(op, g, 0, clear) : 0;
}

int grant_first_use(struct op *op, const struct granted *g, const struct grant_active *is)
{
    struct grant_active *a = g->active;
    const struct {
        uint64_t *to, value;
    } list[] = { { &a->domain, g->user },        { &a->frame, is->frame },
                 { &a->sub_page, is->sub_page }, { &a->start, is->start },
                 { &a->length, is->length },     { &a->from_domain, is->from_domain },
                 { &a->from_ref, is->from_ref } };
    int rc = 0;

    for (size_t i = 0; !rc && i < ARRAY_SIZE(list); i++)
        rc = op_set(op, list[i].to, list[i].value);
    return rc;
}

/* --- Frames -------------------------------------------------------------------------------- */

/* Of an HVM or PVH guest: what it has there; memory that waits comes, what is gone is asked for,
 * and what is shared becomes its own, if it is to be written. */
static int translate(struct op *op, struct domain *d, uint64_t gfn, bool read_only, uint64_t *ret)
{
    struct xenpt_p2m_entry p2m = { .type = NULL };
    bool done;

    op->code = pod_populate(op->m, d, gfn, &done, op->err);
    if (!op->code && !read_only)
        op->code = sharing_unshare(op->m, d, op->v, gfn, &done, op->err);
    op->info = NULL; /* What is known of frames may have moved. */
    if (op->code)
        return BROKEN;
    if (!xenpt_machine_p2m(op->m, d->id, XENPT_VIEW_HOST, gfn, &p2m) || !p2m.type)
        return grant_needs(op, RULE_GRANT_FRAME, 0, NO_SLOT_OF_IT);
    if (p2m_is_paging((enum p2m_type)p2m.type->number)) {
        op->code = p2m_page_in(op->m, d, gfn, op->err);
        return op->code ? BROKEN : grant_needs(op, RULE_GRANT_PAGED, 0, NO_SLOT_OF_IT);
    }
    if (p2m.type->number == P2M_RAM_SHARED && !read_only)
        return grant_needs(op, RULE_GRANT_SHARED, 0, NO_SLOT_OF_IT);
    *ret = p2m.maddr >> XENPT_PAGE_SHIFT;
    return p2m.type->present ? 0 : grant_needs(op, RULE_GRANT_FRAME, 0, NO_SLOT_OF_IT);
}

/*
 * Model: a frame that is no RAM has no struct page_info, and Xen refuses it as it does one of
 * another domain; since 4.11 none is granted (before, with the rights to it).
 */
int grant_get_frame(struct op *op, const struct domain *d, uint64_t frame, bool read_only,
                    uint64_t *ret)
{
    int rc;

    *ret = frame;
    rc = is_external(d) ? translate(op, &op->m->domains[d->id], frame, read_only, ret) : 0;
    if (rc)
        return rc;
    if (get_page_or_shared(op, *ret, d))
        return 0;
    return op->code ? BROKEN : grant_needs(op, RULE_GRANT_FRAME, *ret, NO_SLOT_OF_IT);
}
