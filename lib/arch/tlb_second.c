/*
 * tlb_second.c - the second stage of an access: guest-physical addresses, through what is
 * cached of them or by a walk of EPT or nested tables that begins as low as it can.
 */
#include "arch/judge_record.h"
#include "arch/tlb.h"
#include "arch/walk_core.h"

bool flags_set(struct walking *w, uint64_t at, unsigned int size, uint64_t set)
{
    uint64_t entry = 0;

    w->ret->updates++;
    if (!w->context->store)
        return true;
    if (xenpt_read(w->context->memory, at, &entry, size)) {
        entry |= set;
        w->code = xenpt_store_write(w->context->store, at, &entry, size, w->err);
    }
    return !w->code;
}

/* A walk of the second stage, from wherever it begins. */
struct climb {
    struct xenpt_walk walk; /* The steps made. */
    struct trail t;
    uint64_t above; /* What was granted before the first of them. */
};

/* Begins at the lowest table that is known. */
static unsigned int begin(struct walking *w, uint64_t gaddr, struct climb *c)
{
    const struct xenpt_format *f = &w->context->second->format;
    const struct xenpt_tlb_part *part = w->tlb->part;

    c->t = trail_from(w->context->second->root);
    c->above = ~UINT64_C(0);
    for (unsigned int l = 2; l <= f->top; l++) {
        for (unsigned int i = 0; i < part->nr_units; i++) {
            struct slot s = { NULL, NULL };

            if (part->unit[i].guest_tables & 1u << l)
                s = unit_find(&w->tlb->unit[i], what_is(gaddr, f->level[l].shift, TAG_TABLE),
                              &w->guest);
            if (!s.tag)
                continue;
            touch(w->tlb, &s);
            c->t.table = s.body->out;
            c->t.granted = c->above = s.body->granted;
            return l - 1;
        }
    }
    return f->top;
}

static void climb(struct walking *w, uint64_t gaddr, bool counted, struct climb *c)
{
    const struct xenpt_paging *pg = w->context->second;
    const struct xenpt_format *f = &pg->format;
    const struct xenpt_reader *mem = w->context->memory;
    enum xenpt_outcome outcome = GOES_ON;

    c->walk = (struct xenpt_walk){ .in = gaddr };
    if (!fits(f, gaddr))
        outcome = f->sign_extended ? XENPT_NON_CANONICAL : XENPT_TOO_WIDE;
    for (unsigned int l = outcome == GOES_ON ? begin(w, gaddr, c) : 0; outcome == GOES_ON; l--) {
        struct xenpt_step *s = &c->walk.step[c->walk.nr_steps++];

        s->at = entry_at(f, l, c->t.table, gaddr);
        s->level = (uint8_t)l;
        outcome = descend(any_kind(pg, mem), pg, mem, l, gaddr, &c->t);
        s->entry = c->t.entry;
        s->role = outcome == XENPT_NO_MEMORY ? XENPT_HOLE : role_of(f, l, c->t.entry);
        w->ret->references += counted;
    }
    c->walk.outcome = outcome;
    c->walk.granted = c->t.granted;
}

/* Remembers where the tables are that the walk passed. */
static bool keep_tables(struct walking *w, uint64_t gaddr, const struct climb *c)
{
    const struct xenpt_paging *pg = w->context->second;
    uint64_t granted = c->above;

    for (unsigned int i = 0; i + 1 < c->walk.nr_steps; i++) {
        const struct xenpt_step *s = &c->walk.step[i];
        const struct xenpt_level *lv = &pg->format.level[s->level];
        struct body b = { .out = s->entry & pg->format.address };

        granted &= (s->entry ^ pg->format.inverted) | lv->silent;
        b.granted = granted;
        b.shift = lv->shift;
        for (unsigned int u = 0; u < w->tlb->part->nr_units; u++) {
            if (!(w->tlb->part->unit[u].guest_tables & 1u << s->level))
                continue;
            w->code = unit_fill(w->tlb, u, what_is(gaddr, lv->shift, TAG_TABLE), &w->guest, false,
                                &b, w->err);
            if (w->code)
                return false;
        }
    }
    return true;
}

static struct ending ending_from(const struct body *b)
{
    return (struct ending){
        .outcome = XENPT_MAPPED,
        .level = b->level,
        .entry = b->leaf,
        .granted = b->granted,
        .above = b->above,
    };
}

static bool refuse(struct walking *w, enum xenpt_outcome outcome, const struct decision *d,
                   uint64_t gaddr)
{
    answer_refused(&w->ret->used, outcome, d, gaddr, true);
    return false;
}

/* A cached translation.  False: there is none that serves. */
static bool remembered(struct walking *w, uint64_t gaddr, const struct second_access *access,
                       struct body *ret)
{
    const struct xenpt_paging *pg = w->context->second;

    for (unsigned int i = 0; i < w->tlb->guest.n; i++) {
        const struct probe *p = &w->tlb->guest.probe[i];
        struct unit *u = &w->tlb->unit[p->unit];
        struct slot s = unit_find(u, what_is(gaddr, p->shift, 0), &w->guest);
        struct xenpt_tlb_dropped gone = { 0 };

        if (!s.tag)
            continue;
        if (!flags_to_set(pg, s.body->level, XENPT_PAGE, s.body->leaf, access->write)) {
            touch(w->tlb, &s);
            *ret = *s.body;
            return true;
        }
        /* D is clear in it, and has to be set in memory. */
        unit_drop(w->tlb, u, (size_t)(s.tag - u->tag), NULL, NULL, &gone);
    }
    return false;
}

/* What a walk found, as it is to be remembered. */
static struct body body_of(const struct xenpt_paging *pg, const struct climb *c,
                           const struct ending *e, bool write)
{
    const struct xenpt_step *leaf = &c->walk.step[c->walk.nr_steps - 1];
    unsigned int shift = pg->format.level[leaf->level].shift;
    bool ept = pg->format.cache == XENPT_CACHE_EPT;

    return (struct body){
        .out = c->t.out & ~ones(shift),
        .granted = c->t.granted,
        .above = e->above,
        .leaf = leaf->entry | flags_to_set(pg, leaf->level, leaf->role, leaf->entry, write),
        .shift = (uint8_t)shift,
        .page = (uint8_t)shift,
        .level = leaf->level,
        .ept_type = ept ? leaf->entry >> 3 & 15
                        : (uint8_t)xenpt_pat_type(pg, leaf->level, leaf->entry),
    };
}

bool tlb_second(struct walking *w, uint64_t gaddr, const struct second_access *access, bool counted,
                struct body *ret)
{
    const struct xenpt_paging *pg = w->context->second;
    struct xenpt_update update[XENPT_TOP_MAX];
    struct decision d;
    struct ending e;
    struct climb c;
    unsigned int n;

    if (remembered(w, gaddr, access, ret)) {
        w->ret->guest_hits++;
        e = ending_from(ret);
        d = decide_second(pg, &e, access);
        return d.rule ? refuse(w, XENPT_MAPPED, &d, gaddr) : true;
    }
    climb(w, gaddr, counted, &c);
    e = ending_of(pg, &c.walk);
    e.above &= c.above;
    d = decide_second(pg, &e, access);
    if (d.rule)
        return refuse(w,
                      c.walk.outcome == XENPT_MAPPED      ? XENPT_MAPPED
                      : c.walk.outcome == XENPT_NO_MEMORY ? XENPT_NO_MEMORY
                                                          : XENPT_SECOND_STAGE,
                      &d, gaddr);
    n = list_updates(pg, &c.walk, access->write, update);
    for (unsigned int i = 0; i < n; i++)
        if (!flags_set(w, update[i].at, pg->format.entry_size, update[i].set))
            return false;
    *ret = body_of(pg, &c, &e, access->write);
    if (!keep_tables(w, gaddr, &c))
        return false;
    w->code = tlb_fill(w->tlb, &w->tlb->guest, 0, gaddr, &w->guest, false, ret, w->err);
    return !w->code;
}
