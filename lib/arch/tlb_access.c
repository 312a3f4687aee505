/* tlb_access.c - one access: what is cached answers it, or a walk does. */
#include "arch/judge_record.h"
#include "arch/tlb.h"

struct asker asks_linear(const struct xenpt_tlb_context *c)
{
    /* An ASID is all that AMD tells guests apart by; see APM vol. 2, 15.16. */
    if (is_amd(c) || !c->second)
        return (struct asker){ whose(XENPT_TLB_LINEAR, c->vpid, 0), c->first->pcid };
    return (struct asker){ whose(XENPT_TLB_COMBINED, c->vpid, c->second->root), c->first->pcid };
}

struct asker asks_guest(const struct xenpt_tlb_context *c)
{
    if (is_amd(c))
        return (struct asker){ whose(XENPT_TLB_GUEST, c->vpid, 0), 0 };
    return (struct asker){ whose(XENPT_TLB_GUEST, 0, c->second ? c->second->root : 0), 0 };
}

/* --- Answers ------------------------------------------------------------------------------- */

void answer_refused(struct xenpt_tlb_answer *ret, enum xenpt_outcome outcome,
                    const struct decision *d, uint64_t address, bool second)
{
    *ret = (struct xenpt_tlb_answer){
        .outcome = outcome,
        .rule = d->rule,
        .second = second,
        .fault = fault_from(d, address),
    };
}

/* Whether the entries that map a page have their D flag, in stages that keep it. */
static bool is_dirty(const struct xenpt_tlb_context *c, const struct body *b)
{
    const struct xenpt_paging *second = c->second;

    return (!b->level || !(c->first->format.dirty & ~b->leaf)) &&
           (!second || !(second->format.dirty & ~b->second_leaf));
}

void answer_from(struct walking *w, const struct body *b, bool global)
{
    const struct xenpt_tlb_context *c = w->context;
    const struct xenpt_paging *first = c->first, *second = c->second;
    struct ending e = { XENPT_MAPPED, b->level, b->leaf, b->granted, b->above };
    struct ending e2 = { XENPT_MAPPED, b->second_level, b->second_leaf, b->second_granted,
                         b->second_above };
    struct decision d = decide_first(first, &e, w->access);
    struct second_access page;

    if (d.rule) {
        answer_refused(&w->ret->used, XENPT_MAPPED, &d, w->in, false);
        return;
    }
    if (second) {
        page = page_access(first, second, w->access, b->granted);
        d = decide_second(second, &e2, &page);
    }
    if (d.rule) {
        answer_refused(&w->ret->used, XENPT_MAPPED, &d, b->gaddr | (w->in & ones(b->page)), true);
        return;
    }
    w->ret->used = (struct xenpt_tlb_answer){
        .outcome = XENPT_MAPPED,
        .allowed = true,
        .out = b->out | (w->in & ones(b->shift)),
        .span = XENPT_BIT(b->shift),
        .rights = xenpt_rights(first, b->granted),
        .second_rights = second ? xenpt_rights(second, b->second_granted) : 0,
        .pkey = (uint8_t)((b->leaf & first->format.pkey) >> 59),
        .pat = b->pat,
        .ept_type = b->ept_type,
        .global = global,
        .accessed = true,
        .dirty = is_dirty(c, b),
    };
}

/* --- What is cached ------------------------------------------------------------------------ */

/* Whether an access may go through a cached translation: a write, once D is set. */
static bool serves(const struct walking *w, const struct body *b)
{
    const struct xenpt_tlb_context *c = w->context;

    if (w->access->kind != XENPT_WRITE)
        return true;
    return !flags_to_set(c->first, b->level, XENPT_PAGE, b->leaf, true) &&
           (!c->second ||
            !flags_to_set(c->second, b->second_level, XENPT_PAGE, b->second_leaf, true));
}

/* Whether another TLB of the same stage has the address too, in a page of another size. */
static bool another(struct walking *w, const struct probes *in, unsigned int found)
{
    const struct xenpt_tlb_unit *row = w->tlb->part->unit;
    unsigned int stage = row[in->probe[found].unit].stage;

    for (unsigned int i = found + 1; i < in->n; i++) {
        const struct probe *p = &in->probe[i];

        if (row[p->unit].stage == stage && p->shift != in->probe[found].shift &&
            unit_find(&w->tlb->unit[p->unit], what_is(w->in, p->shift, 0), &w->linear).tag)
            return true;
    }
    return false;
}

/* Answers from a TLB.  False: none has the address, or not so that it serves. */
static bool remembered(struct walking *w)
{
    struct xenpt_tlb *tlb = w->tlb;
    const struct probes *in = &tlb->data[w->access->kind];

    for (unsigned int i = 0; i < in->n; i++) {
        const struct probe *p = &in->probe[i];
        struct unit *u = &tlb->unit[p->unit];
        struct slot s = unit_find(u, what_is(w->in, p->shift, 0), &w->linear);
        struct xenpt_tlb_dropped gone = { 0 };
        struct body b;

        if (!s.tag)
            continue;
        if (!serves(w, s.body)) {
            unit_drop(tlb, u, (size_t)(s.tag - u->tag), NULL, NULL, &gone);
            i--; /* A global one of another PCID may be there too. */
            continue;
        }
        touch(tlb, &s);
        w->ret->unit = p->unit;
        w->ret->several = another(w, in, i);
        answer_from(w, s.body, s.tag->global);
        tlb->stats.hits++;
        if (u->row->stage == 1)
            return true;
        tlb->stats.later_hits++;
        b = *s.body;
        w->code = tlb_fill(tlb, in, 1, w->in, &w->linear, s.tag->global, &b, w->err);
        return true;
    }
    return false;
}

/* --- Faults -------------------------------------------------------------------------------- */

/* What was refused is not to be refused again for what is cached alone. */
static void drop_what_refused(struct walking *w)
{
    const struct xenpt_tlb_answer *a = &w->ret->used;
    struct xenpt_tlb_event event = { .address = w->in, .linear = true };
    struct xenpt_tlb_dropped gone;

    switch (a->fault.kind) {
    case XENPT_FAULT_PF:
        event.id = XENPT_TLB_PAGE_FAULT;
        break;
    case XENPT_FAULT_EPT_VIOLATION:
    case XENPT_FAULT_NPF:
        event.id = XENPT_TLB_EPT_VIOLATION;
        event.gaddr = a->fault.address;
        break;
    default:
        return;
    }
    gone = xenpt_tlb_apply(w->tlb, w->context, &event, NULL, NULL);
    w->ret->dropped = (unsigned int)(gone.translations + gone.tables);
}

enum xenpt_code xenpt_tlb_access(struct xenpt_tlb *tlb, const struct xenpt_tlb_context *context,
                                 const struct xenpt_access *access, uint64_t in, bool compare,
                                 struct xenpt_tlb_result *ret, struct xenpt_error *err)
{
    struct walking w = {
        .tlb = tlb,
        .context = context,
        .access = access,
        .in = in,
        .linear = asks_linear(context),
        .guest = asks_guest(context),
        .ret = ret,
        .err = err,
    };

    *ret = (struct xenpt_tlb_result){ .unit = XENPT_TLB_WALKED };
    tlb->stats.accesses++;
    if (!remembered(&w))
        tlb_walk(&w);
    tlb->stats.references += ret->references;
    if (w.code)
        return w.code;
    if (!ret->used.allowed) {
        tlb->stats.faults++;
        drop_what_refused(&w);
    }
    if (compare) {
        xenpt_tlb_fresh(context, access, in, &ret->fresh);
        ret->stale = stale_between(context, &ret->used, &ret->fresh);
        tlb->stats.stale += !!ret->stale;
    }
    return XENPT_OK;
}
