/*
 * steal.c - a frame is taken from a domain, and becomes another's: mm.c, steal_page;
 * common/grant_table.c, gnttab_transfer.
 *
 * Nothing may refer to it but that it is allocated.  So its type has the count 0, and yet can be
 * one that was validated: descriptors are, until the frame becomes something else.
 */
#include "pv/devices.h"

int steal(struct op *op, uint64_t frame, struct domain *d, struct stolen *ret)
{
    struct frame_info *info;
    struct domain *real;
    uint64_t gfn;
    int rc;

    if (pv_owner_of(op->m, frame, &real) != PV_DOMAIN || real != d) {
        rc = refused(op, RULE_STEAL_OWNER, frame, NO_SLOT_OF_IT);
        return rc ? rc : NOTHING;
    }
    info = op_info(op, frame);
    if (!info)
        return BROKEN;
    if (info->count != 1 || info->flags & FRAME_DROPPED) {
        rc = refused(op, RULE_STEAL_REFERENCES, frame, NO_SLOT_OF_IT);
        if (rc)
            return rc;
    }
    gfn = domain_pfn(d, frame);
    *ret = (struct stolen){ frame, gfn == NO_TABLE ? NO_GFN : gfn, *info };
    info->count = 0;
    if (in_force(op, RULE_STEAL_TYPE))
        *info = (struct frame_info){ .count = 0 };
    rc = op_commit(op);
    if (!rc)
        op->code = memory_lose(d, frame, op->err);
    if (!rc && !op->code)
        rc = devices_lose(op, d, frame);
    return rc || op->code ? BROKEN : 0;
}

int unsteal(struct op *op, struct domain *d, const struct stolen *s, bool wholly)
{
    enum xenpt_code was = op->code;
    struct frame_info *info = frames_edit(op->m->frames, s->frame);

    op->info = NULL;
    op->code = memory_gain(d, s->frame, 1, s->gfn, NULL);
    if (wholly && info)
        *info = s->info;
    else if (info)
        info->count = 1;
    if (!op->code && devices_gain(op, d, s->frame, 1) && was)
        return BROKEN;
    if (was)
        op->code = was;
    return op->code ? BROKEN : 0;
}

/* Of what cannot be done whatever rules are in force. */
static int needs(struct op *op, enum rule rule, uint64_t frame)
{
    int rc = refused(op, rule, frame, NO_SLOT_OF_IT);

    return rc ? rc : NOTHING;
}

/* A frame that the other one could not name is copied to one that it can. */
static int copy_below(struct op *op, const struct transfer *t, uint64_t *frame)
{
    unsigned int bits = clamp_bits(op, t->to, t->bits);
    uint64_t entry[ENTRIES], other;
    enum xenpt_code code;

    if (!bits || !(*frame >> (bits - XENPT_PAGE_SHIFT)))
        return 0;
    if (!allocate(op, t->to, 0, bits, &other))
        return op->code ? BROKEN : needs(op, t->free, *frame);
    if (!op_read_table(op, *frame, entry))
        return op_broken(op, XENPT_ESTATE, "a page lies outside memory");
    op->code = xenpt_store_write(op->m->store, other << XENPT_PAGE_SHIFT, entry, sizeof(entry),
                                 op->err);
    if (op->code) {
        code = xenpt_alloc_give(op->m->alloc, xenpt_mfn(other), 0, NULL);
        (void)code; /* There is room. */
        return BROKEN;
    }
    if (free_stolen(op, *frame))
        return BROKEN;
    *frame = other;
    return 0;
}

/* Whether a frame that was taken can be the other's. */
static int can_be_his(struct op *op, const struct transfer *t, uint64_t *frame)
{
    int rc;

    if (!t->to)
        return needs(op, t->exists, *frame);
    rc = copy_below(op, t, frame);
    if (!rc && !has_room(t->to, 1))
        rc = refused(op, t->room, *frame, NO_SLOT_OF_IT);
    return !rc && t->accept ? t->accept(op, t) : rc;
}

int transfer(struct op *op, uint64_t frame, const struct transfer *t, uint64_t *ret)
{
    struct stolen s;
    int rc = set_aside(op, op->d, 4);

    *ret = frame;
    if (!rc && t->to)
        rc = set_aside(op, t->to, 4);
    if (!rc)
        rc = steal(op, frame, op->d, &s);
    if (rc)
        return rc;
    op_flush_domain(op, op->d, XENPT_PV_FLUSH_TLB, 0, NULL); /* gnttab_flush_tlb */
    rc = can_be_his(op, t, ret);
    if (rc == BROKEN)
        return unsteal(op, op->d, &s, true);
    op->d->nr_frames--;
    if (rc && free_stolen(op, *ret))
        return BROKEN;
    return rc ? rc : assign(op, t->to, *ret, 1, t->gfn);
}

enum xenpt_code xenpt_pv_transfer(struct xenpt_machine *m, const struct xenpt_pv_caller *caller,
                                  uint64_t frame, uint32_t domain, uint64_t gfn, uint64_t *got,
                                  struct xenpt_pv_result *ret, struct xenpt_error *err)
{
    const struct transfer t = { .to = domain_there(m, domain),
                                .gfn = gfn,
                                .exists = RULE_UNKNOWN_DOMAIN,
                                .free = RULE_TRANSFER_FREE,
                                .room = RULE_TRANSFER_ROOM };
    enum xenpt_code code;
    struct op op;
    int rc;

    *got = frame;
    if (t.to && !is_pv(t.to))
        return xenpt_fail(err, XENPT_EUNSUPPORTED,
                          "%s is not paravirtual: what it is given is not modelled", t.to->name);
    if (domain_there(m, caller->domain) && !is_pv(&m->domains[caller->domain]))
        return xenpt_fail(err, XENPT_EUNSUPPORTED,
                          "%s is not paravirtual: what it gives is found in its physical memory "
                          "by grant-transfer alone",
                          m->domains[caller->domain].name);
    code = op_begin(&op, m, caller, err);
    if (code)
        return code;
    rc = transfer(&op, frame, &t, got);
    *ret = (struct xenpt_pv_result){ .done = !rc };
    return op_end(&op, rc == NOTHING ? 0 : rc, ret);
}
