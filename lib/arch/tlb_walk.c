/*
 * tlb_walk.c - the walk for what no TLB had, through one stage or two.
 *
 * It begins at the lowest table that a paging-structure cache knows.  Through two stages such an
 * entry holds the table's machine address, so neither the upper levels are read nor their
 * addresses translated.
 */
#include "arch/judge_record.h"
#include "arch/tlb.h"
#include "arch/walk_core.h"

/* A walk of the first stage, from wherever it begins. */
struct descent {
    struct trail t;
    struct xenpt_walk walk; /* The steps made; their addresses are the guest's. */
    uint64_t above;         /* What was granted before the first of them. */
    bool machine;           /* t.table is a machine address, though there are two stages. */
    struct body table;      /* If so: what the second stage said of it. */
    struct {
        uint64_t at;        /* Machine address of the entry. */
        struct body second; /* What the second stage said of the table it is in. */
    } step[XENPT_TOP_MAX];
};

static bool cached_in_register(const struct walking *w, unsigned int level)
{
    const struct xenpt_tlb_context *c = w->context;

    return c->second ? in_register(c->first, c->second, level)
                     : c->first->format.level[level].in_register;
}

/* Begins at the lowest table that is known. */
static unsigned int begin(struct walking *w, struct descent *d)
{
    const struct xenpt_format *f = &w->context->first->format;
    const struct xenpt_tlb_part *part = w->tlb->part;

    for (unsigned int l = 2; l <= f->top; l++) {
        for (unsigned int i = 0; i < part->nr_units; i++) {
            struct slot s = { NULL, NULL };

            if (part->unit[i].tables & 1u << l)
                s = unit_find(&w->tlb->unit[i], what_is(w->in, f->level[l].shift, TAG_TABLE),
                              &w->linear);
            if (!s.tag)
                continue;
            touch(w->tlb, &s);
            d->t.table = s.body->out;
            d->t.granted = d->above = s.body->granted;
            d->machine = true;
            d->table = *s.body;
            return l - 1;
        }
    }
    return f->top;
}

/* The second stage's part of a body moves to where both stages are kept. */
static void as_second(struct body *b)
{
    b->second_granted = b->granted;
    b->second_above = b->above;
    b->second_leaf = b->leaf;
    b->second_level = b->level;
}

/* Without a second stage none refuses: AMD's tags do not tell whether there was one. */
static void no_second(struct body *b)
{
    b->second_granted = b->second_above = b->second_leaf = ~UINT64_C(0);
    b->second_level = 1;
}

/* Where an entry of the guest's is in the machine, by what is cached or by the second stage. */
static bool reach(struct walking *w, unsigned int level, struct descent *d)
{
    const struct xenpt_tlb_context *c = w->context;
    struct xenpt_step *s = &d->walk.step[d->walk.nr_steps];
    struct body *second = &d->step[d->walk.nr_steps].second;
    uint64_t at = entry_at(&c->first->format, level, d->t.table, w->in);
    struct second_access access;

    s->at = at;
    d->step[d->walk.nr_steps].at = at;
    if (!c->second)
        return true;
    if (d->machine) {
        s->at = d->table.gaddr | (at & ones(XENPT_PAGE_SHIFT));
        *second = d->table;
        d->machine = false;
        return true;
    }
    access = table_access(c->first, c->second, level, false);
    if (!tlb_second(w, at, &access, !in_register(c->first, c->second, level), second))
        return false;
    as_second(second);
    d->step[d->walk.nr_steps].at = second->out | (at & ones(second->shift));
    return true;
}

/* One level.  False: the second stage refused, or something failed on our side. */
static bool go_down(struct walking *w, unsigned int level, struct descent *d)
{
    const struct xenpt_paging *pg = w->context->first;
    const struct xenpt_format *f = &pg->format;
    const struct xenpt_reader *mem = w->context->memory;
    struct xenpt_step *s = &d->walk.step[d->walk.nr_steps];

    if (!reach(w, level, d))
        return false;
    s->level = (uint8_t)level;
    w->ret->references += !cached_in_register(w, level);
    if (!mem_load(mem->held, false, mem, d->step[d->walk.nr_steps++].at, f->entry_size,
                  &d->t.entry)) {
        d->t.entry = 0;
        d->t.level = level;
        d->walk.outcome = XENPT_NO_MEMORY;
    } else {
        d->walk.outcome = weigh(f, pg, level, w->in, &d->t);
    }
    s->entry = d->t.entry;
    s->role = d->walk.outcome == XENPT_NO_MEMORY ? XENPT_HOLE : role_of(f, level, s->entry);
    return true;
}

static bool descend_all(struct walking *w, struct descent *d)
{
    const struct xenpt_format *f = &w->context->first->format;
    unsigned int level = 0;

    d->t = trail_from(w->context->first->root);
    d->t.out = w->in;
    d->above = ~UINT64_C(0);
    d->machine = false;
    d->walk = (struct xenpt_walk){ .in = w->in, .outcome = GOES_ON };
    if (!fits(f, w->in))
        d->walk.outcome = f->sign_extended ? XENPT_NON_CANONICAL : XENPT_TOO_WIDE;
    else if (!f->top)
        d->walk.outcome = XENPT_MAPPED;
    else
        level = begin(w, d);
    w->ret->level = (uint8_t)level;
    for (; d->walk.outcome == GOES_ON; level--)
        if (!go_down(w, level, d))
            return false;
    d->walk.granted = d->t.granted;
    return true;
}

/*
 * The first stage's own A and D.  To set one is to write to a table, which the second stage may
 * refuse although it let the table be read.
 */
static bool set_first_flags(struct walking *w, struct descent *d)
{
    const struct xenpt_tlb_context *c = w->context;
    bool write = w->access->kind == XENPT_WRITE;

    for (unsigned int i = 0; i < d->walk.nr_steps; i++) {
        const struct xenpt_step *s = &d->walk.step[i];
        uint64_t set = flags_to_set(c->first, s->level, s->role, s->entry, write);

        if (!set)
            continue;
        if (c->second) {
            const struct body *b = &d->step[i].second;
            struct second_access access = table_access(c->first, c->second, s->level, true);
            struct ending e = { XENPT_MAPPED, b->second_level, b->second_leaf, b->second_granted,
                                b->second_above };
            struct decision no = decide_second(c->second, &e, &access);

            if (no.rule) {
                answer_refused(&w->ret->used, XENPT_MAPPED, &no, s->at, true);
                return false;
            }
        }
        if (!flags_set(w, d->step[i].at, c->first->format.entry_size, set))
            return false;
    }
    return true;
}

/* Remembers where the tables are that the walk passed. */
static bool keep_tables(struct walking *w, const struct descent *d)
{
    const struct xenpt_format *f = &w->context->first->format;
    uint64_t granted = d->above;

    for (unsigned int i = 0; i + 1 < d->walk.nr_steps; i++) {
        const struct xenpt_step *s = &d->walk.step[i];
        const struct xenpt_level *lv = &f->level[s->level];
        struct body b = { 0 };

        granted &= (s->entry ^ f->inverted) | lv->silent;
        if (cached_in_register(w, s->level))
            continue;
        if (w->context->second)
            b = d->step[i + 1].second;
        else
            no_second(&b);
        b.out = d->step[i + 1].at & ~ones(XENPT_PAGE_SHIFT);
        b.gaddr = s->entry & f->address;
        b.granted = granted;
        b.shift = lv->shift;
        for (unsigned int u = 0; u < w->tlb->part->nr_units; u++) {
            if (!(w->tlb->part->unit[u].tables & 1u << s->level))
                continue;
            w->code = unit_fill(w->tlb, u, what_is(w->in, lv->shift, TAG_TABLE), &w->linear, false,
                                &b, w->err);
            if (w->code)
                return false;
        }
    }
    return true;
}

/* What the walk found, as it is to be remembered; `second`: what the second stage said. */
static struct body body_of(const struct walking *w, const struct descent *d, const struct ending *e,
                           const struct body *second)
{
    const struct xenpt_paging *pg = w->context->first;
    const struct xenpt_step *leaf = &d->walk.step[d->walk.nr_steps - 1];
    unsigned int page = pg->format.level[leaf->level].shift;
    unsigned int shift = second && second->shift < page ? second->shift : page;
    uint64_t out = second ? second->out | (d->t.out & ones(second->shift)) : d->t.out;
    struct body b = {
        .out = out & ~ones(shift),
        .gaddr = d->t.out & ~ones(page),
        .granted = d->t.granted,
        .above = e->above,
        .leaf = leaf->entry | flags_to_set(pg, leaf->level, leaf->role, leaf->entry,
                                           w->access->kind == XENPT_WRITE),
        .shift = (uint8_t)shift,
        .page = (uint8_t)page,
        .level = leaf->level,
        .pat = (uint8_t)xenpt_pat_type(pg, leaf->level, leaf->entry),
    };

    no_second(&b);
    if (second) {
        b.second_granted = second->granted;
        b.second_above = second->above;
        b.second_leaf = second->leaf;
        b.second_level = second->level;
        b.ept_type = second->ept_type;
    }
    return b;
}

/* A guest without paging: the second stage is all there is. */
static struct body unpaged(const struct walking *w, const struct body *second)
{
    struct body b = second ? *second
                           : (struct body){ .out = w->in & ~ones(XENPT_PAGE_SHIFT),
                                            .shift = XENPT_PAGE_SHIFT };

    as_second(&b);
    b.granted = b.above = ~UINT64_C(0);
    b.leaf = 0;
    b.level = 0;
    b.page = b.shift;
    b.pat = XENPT_MT_WB;
    return b;
}

static bool is_global(const struct walking *w, const struct body *b)
{
    return w->context->first->regs.cr4 & XENPT_CR4_PGE && b->leaf & XENPT_BIT(8);
}

static void remember(struct walking *w, const struct descent *d, const struct body *b)
{
    bool global = is_global(w, b);

    if (!d->walk.nr_steps || !keep_tables(w, d))
        return;
    w->code = tlb_fill(w->tlb, &w->tlb->data[w->access->kind], 0, w->in, &w->linear, global, b,
                       w->err);
}

void tlb_walk(struct walking *w)
{
    const struct xenpt_tlb_context *c = w->context;
    struct second_access page;
    struct body second, found;
    struct decision no;
    struct descent d;
    struct ending e;

    if (!descend_all(w, &d))
        return;
    e = ending_of(c->first, &d.walk);
    e.above &= d.above;
    no = c->second ? decide_guest(c->first, c->second, &e, w->access)
                   : decide_first(c->first, &e, w->access);
    if (no.rule) {
        answer_refused(&w->ret->used, d.walk.outcome, &no, w->in, false);
        return;
    }
    if (!set_first_flags(w, &d))
        return;
    if (c->second) {
        page = page_access(c->first, c->second, w->access, d.t.granted);
        if (!tlb_second(w, d.t.out, &page, true, &second))
            return;
    }
    found = d.walk.nr_steps ? body_of(w, &d, &e, c->second ? &second : NULL)
                            : unpaged(w, c->second ? &second : NULL);
    answer_from(w, &found, is_global(w, &found));
    remember(w, &d, &found);
}
