/*
 * grant_copy.c - Xen copies from one page to another, each the caller's own or granted to it;
 * common/grant_table.c, acquire_grant_for_copy, gnttab_copy_claim_buf, gnttab_copy_buf.
 *
 * While it does, entries are in use as if they were mapped.  A transitive grant leads to another
 * domain's, which is used as well, and to none further.
 */
#include "pv/argument.h"
#include "pv/grant.h"

#include <string.h>

/* One side while it is copied. */
struct side {
    struct domain *d;
    bool read_only, by_ref, has_type;
    struct granted used[2]; /* The entry, and that to which it leads. */
    unsigned int nr_used;
    uint64_t held;                 /* The frame that is referred to... */
    uint64_t frame, start, length; /* ...and that of the entry, which is copied. */
};

/* --- Using entries ------------------------------------------------------------------------- */

static int acquire(struct op *op, struct side *s, struct domain *owner, uint64_t ref,
                   uint32_t user);

/* The entry leads to one of another domain's, which is used first. */
static int acquire_other(struct op *op, struct side *s, const struct granted *g,
                         const struct xenpt_grant_entry *e, struct grant_active *is)
{
    struct domain *other = domain_there(op->m, e->from_domain);
    int rc = 0;

    if (s->nr_used)
        rc = grant_needs(op, RULE_GRANT_TRANSITIVE, 0, NO_SLOT_OF_IT);
    if (!rc && op->m->options.gnttab_transitive == SET_OFF)
        rc = refused(op, RULE_GRANT_TRANSITIVE_SWITCH, 0, NO_SLOT_OF_IT);
    if (!rc && e->from_domain == g->owner->id)
        rc = grant_needs(op, RULE_GRANT_TRANSITIVE_SELF, 0, NO_SLOT_OF_IT);
    if (!rc && !other)
        rc = grant_needs(op, RULE_GRANT_TRANSITIVE_DOMAIN, 0, NO_SLOT_OF_IT);
    s->used[s->nr_used++] = *g;
    if (!rc)
        rc = acquire(op, s, other, e->from_ref, g->owner->id);
    /* Whatever it is, it is taken for a part of a page, so that it is not mapped. */
    *is = (struct grant_active){ .frame = s->frame,
                                 .sub_page = true,
                                 .start = s->start,
                                 .length = s->length,
                                 .from_domain = e->from_domain,
                                 .from_ref = e->from_ref };
    return rc;
}

static int acquire_frame(struct op *op, struct side *s, const struct granted *g,
                         const struct xenpt_grant_entry *e, struct grant_active *is)
{
    bool part = e->flags & XENPT_GRANT_SUB_PAGE && grants_version(g->owner) == 2;

    *is = (struct grant_active){ .sub_page = part,
                                 .start = part ? e->start : 0,
                                 .length = part ? e->length : XENPT_PAGE_SIZE,
                                 .from_domain = g->owner->id,
                                 .from_ref = g->ref };
    int rc;

    s->used[s->nr_used++] = *g;
    rc = grant_get_frame(op, g->owner, e->frame, s->read_only, &is->frame);
    s->held = is->frame;
    return rc;
}

/* The frame that is in use already.  Who has it mapped may have written over its entry, and the
 * frame been given back since. */
static int acquire_same(struct op *op, struct side *s, const struct granted *g)
{
    s->used[s->nr_used++] = *g;
    s->held = g->active->frame;
    if (get_page_or_shared(op, s->held, g->owner))
        return 0;
    return op->code ? BROKEN : grant_needs(op, RULE_GRANT_DOMAIN, s->held, NO_SLOT_OF_IT);
}

static bool is_same(const struct grant_active *a, const struct grant_active *is)
{
    return a->frame == is->frame && a->start == is->start && a->length == is->length &&
           a->from_domain == is->from_domain && a->from_ref == is->from_ref && a->sub_page;
}

/*
 * What the entry says now counts if nobody uses it yet, or nobody to write.
 * Model: how XSA-500 was mended is known by what it says alone: here the frame in use is what is
 * referred to.
 */
static int acquire_new(struct op *op, struct side *s, const struct granted *g,
                       const struct xenpt_grant_entry *e)
{
    bool transitive = grants_version(g->owner) == 2 &&
                      (e->flags & XENPT_GRANT_TYPE) == XENPT_GRANT_TRANSITIVE;
    bool first = !g->active->pin;
    bool looked_at = first || (!s->read_only && !(g->active->pin & PIN_WRITES));
    struct grant_active is;
    int rc = looked_at ? grant_set_status(op, g, s->read_only, false) : 0;

    if (rc)
        return rc;
    if (!transitive && (!looked_at || (!first && in_force(op, RULE_GRANT_COPY_HELD))))
        return acquire_same(op, s, g);
    rc = transitive ? acquire_other(op, s, g, e, &is) : acquire_frame(op, s, g, e, &is);
    if (!rc && transitive && !first && !is_same(g->active, &is))
        rc = refused(op, RULE_GRANT_TRANSITIVE_SAME, g->active->frame, NO_SLOT_OF_IT);
    return !rc && first ? grant_first_use(op, g, &is) : rc;
}

static int acquire(struct op *op, struct side *s, struct domain *owner, uint64_t ref, uint32_t user)
{
    struct xenpt_grant_entry e;
    struct granted g;
    int rc = 0;

    if (ref >= grants_nr_entries(owner))
        rc = grant_needs(op, RULE_GRANT_REF, 0, NO_SLOT_OF_IT);
    if (!rc)
        rc = grant_find(op, owner, ref, &g);
    if (rc)
        return rc;
    g.user = user;
    e = grant_read(op->m, owner, ref);
    rc = grant_check_use(op, &g, s->read_only ? PIN_HOST_RO : PIN_HOST_RW, false);
    if (!rc)
        rc = acquire_new(op, s, &g, &e);
    if (rc)
        return rc;
    s->frame = g.active->frame;
    s->start = g.active->start;
    s->length = g.active->length;
    return op_set(op, &g.active->pin, g.active->pin + (s->read_only ? PIN_HOST_RO : PIN_HOST_RW));
}

static int release(struct op *op, const struct side *s)
{
    int rc = s->has_type ? put_type(op, s->held, NO_TABLE) : 0;

    for (unsigned int i = 0; !rc && i < s->nr_used; i++) {
        const struct granted *g = &s->used[i];

        rc = op_set(op, &g->active->pin,
                    g->active->pin - (s->read_only ? PIN_HOST_RO : PIN_HOST_RW));
        if (!rc)
            rc = grant_clear_status(op, g, s->read_only);
    }
    return rc ? rc : put_page(op, s->held);
}

/* --- Sides --------------------------------------------------------------------------------- */

static int find_domain(struct op *op, const struct xenpt_grant_side *side, struct side *s)
{
    int rc = 0;

    s->d = side->domain == XENPT_DOMID_SELF ? op->d : domain_there(op->m, side->domain);
    s->by_ref = side->by_ref;
    if (!side->by_ref && side->domain != XENPT_DOMID_SELF &&
        (s->d || !in_force(op, RULE_GRANT_COPY_DOMAIN)))
        rc = refused(op, RULE_GRANT_COPY_FRAME, 0, NO_SLOT_OF_IT);
    if (rc)
        return rc;
    return s->d ? 0 : grant_needs(op, RULE_GRANT_DOMAIN, 0, NO_SLOT_OF_IT);
}

/* Pointers into what is known of grants are good as long as nothing is added to it. */
static int make_room(struct op *op, const struct xenpt_grant_side *side, const struct side *s)
{
    struct grants *g = grants_of(s->d);
    struct xenpt_grant_entry e;

    if (!g)
        return grant_no_memory(op);
    if (!side->by_ref || side->what >= grants_nr_entries(s->d))
        return 0;
    if (!grants_room(g, side->what))
        return grant_no_memory(op);
    e = grant_read(op->m, s->d, side->what);
    if ((e.flags & XENPT_GRANT_TYPE) == XENPT_GRANT_TRANSITIVE) {
        struct domain *other = domain_there(op->m, e.from_domain);

        if (other && e.from_ref < grants_nr_entries(other) &&
            (!grants_of(other) || !grants_room(grants_of(other), e.from_ref)))
            return grant_no_memory(op);
    }
    return 0;
}

static int claim(struct op *op, const struct xenpt_grant_side *side, struct side *s)
{
    int rc;

    s->length = XENPT_PAGE_SIZE;
    rc = s->by_ref ? acquire(op, s, s->d, side->what, op->d->id)
                   : grant_get_frame(op, s->d, side->what, s->read_only, &s->frame);
    if (!s->by_ref)
        s->held = s->frame;
    if (rc || s->read_only)
        return rc;
    rc = get_type(op, s->held, FRAME_WRITABLE, false, RULE_GRANT_WRITABLE);
    s->has_type = !rc;
    return rc;
}

/* --- Copying ------------------------------------------------------------------------------- */

static int check_part(struct op *op, const struct side *s, uint64_t offset, uint64_t length)
{
    if (offset >= s->start && offset + length <= s->start + s->length)
        return 0;
    return refused(op, RULE_GRANT_COPY_PART, s->frame, NO_SLOT_OF_IT);
}

static void tell_side(struct op *op, const struct side *s, uint64_t offset, uint64_t length,
                      bool write)
{
    if (touch_heard(op->m))
        op_tell_slowly(op, &(struct xenpt_touch){
                               TOUCH(XENPT_TOUCH_GRANT_COPY, XENPT_TOUCH_TRANSIENT),
                               .consent = s->by_ref ? XENPT_TOUCH_BY_GRANT : XENPT_TOUCH_ASKED,
                               .maddr = (s->frame << XENPT_PAGE_SHIFT) + offset,
                               .length = length,
                               .write = write,
                           });
}

static int copy_bytes(struct op *op, const struct xenpt_grant_copy *req, const struct side *from,
                      const struct side *to)
{
    uint64_t source[ENTRIES], dest[ENTRIES];
    int rc = 0;

    if (!op_read_table(op, from->frame, source) || !op_read_table(op, to->frame, dest))
        return op_broken(op, XENPT_ERANGE, "what is copied is in no memory");
    tell_side(op, from, req->from.offset, req->length, false);
    tell_side(op, to, req->to.offset, req->length, true);
    memcpy((uint8_t *)dest + req->to.offset, (const uint8_t *)source + req->from.offset,
           req->length);
    for (unsigned int i = req->to.offset / 8;
         !rc && req->length && i <= (req->to.offset + req->length - 1u) / 8; i++)
        rc = op_write(op, to->frame, i, dest[i]);
    return rc;
}

static int copy_one(struct op *op, const struct xenpt_grant_copy *req)
{
    struct side from = { .read_only = true }, to = { .read_only = false };
    int rc = find_domain(op, &req->from, &from);

    if (!rc)
        rc = find_domain(op, &req->to, &to);
    if (!rc)
        rc = make_room(op, &req->from, &from);
    if (!rc)
        rc = make_room(op, &req->to, &to);
    if (!rc)
        rc = claim(op, &req->from, &from);
    if (!rc)
        rc = claim(op, &req->to, &to);
    if (!rc && (req->from.offset + req->length > (int)XENPT_PAGE_SIZE ||
                req->to.offset + req->length > (int)XENPT_PAGE_SIZE))
        rc = grant_needs(op, RULE_GRANT_COPY_PAGE, 0, NO_SLOT_OF_IT);
    if (!rc)
        rc = check_part(op, &from, req->from.offset, req->length);
    if (!rc)
        rc = check_part(op, &to, req->to.offset, req->length);
    if (!rc)
        rc = copy_bytes(op, req, &from, &to);
    if (!rc)
        rc = release(op, &from);
    if (!rc)
        rc = release(op, &to);
    if (!rc)
        grant_mark_dirty(op, to.d, to.frame);
    return rc;
}

enum xenpt_code xenpt_grant_copy(struct xenpt_machine *m, const struct xenpt_pv_caller *caller,
                                 const struct xenpt_grant_copy *req, struct xenpt_pv_result *ret,
                                 struct xenpt_error *err)
{
    struct op op;
    enum xenpt_code code = op_begin(&op, m, caller, err);
    int rc;

    if (code)
        return code;
    rc = argument_whole(&op, ARGUMENT_GRANT_COPY, 1);
    if (!rc) {
        rc = copy_one(&op, req);
        if (rc && rc != BROKEN)
            op_undo(&op, 0);
        rc = grant_return(&op, rc, ARGUMENT_GRANT_COPY, 36, 2);
    }
    return grant_end(&op, rc, ret);
}
