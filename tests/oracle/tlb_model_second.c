/* tlb_model_second.c - the second stage of an access to the list; see tlb_model.h. */
#include "oracle/tlb_model_list.h"

bool model_suits(const struct model_on *on, const struct second *s, struct want want)
{
    /* Nested paging: every access is a user's, and needs U/S. */
    return !(want.r && !s->r) && !(want.w && !s->w) && !(want.x && !s->x) && !(on->amd && !s->r);
}

struct second model_from_second(const struct fact *f, uint64_t in)
{
    return (struct second){
        .end = FINE,
        .out = f->base + (in & ((UINT64_C(1) << f->shift) - 1)),
        .shift = f->shift,
        .r = f->r2,
        .w = f->w2,
        .x = f->x2,
        .dirty = f->dirty2,
    };
}

/* A walk under way. */
struct climb {
    struct second so_far;
    uint64_t table, *step[4];
    unsigned int level, n;
    struct fact found[4];
};

/* From the lowest table that is known, else from the root. */
static struct climb begin(struct model *m, const struct model_on *on, uint64_t in)
{
    struct climb c = { { .r = true, .w = true, .x = true }, .table = on->root, .level = 4 };

    for (unsigned int l = 2; l <= 4; l++) {
        struct fact *f = model_look_up(m, on, true, true, 12 + 9 * (l - 1), in);

        if (!f)
            continue;
        c.table = f->base;
        c.so_far = (struct second){ .r = f->r2, .w = f->w2, .x = f->x2 };
        c.level = l - 1;
        break;
    }
    return c;
}

/* EPT: bits 2:0 are R, W and X.  Nested paging: P, R/W, U/S and NX, and all need U/S. */
static bool is_present(const struct model_on *on, uint64_t e)
{
    return on->amd ? bit(e, 0) : bits(e, 2, 0) != 0;
}

static void narrow(const struct model_on *on, struct second *s, uint64_t e)
{
    s->r &= on->amd ? bit(e, 2) : bit(e, 0);
    s->w &= on->amd ? bit(e, 1) && bit(e, 2) : bit(e, 1);
    s->x &= on->amd ? !bit(e, 63) && bit(e, 2) : bit(e, 2);
}

static struct fact fact_of(const struct model_on *on, const struct second *s, bool table,
                           unsigned int shift, uint64_t base, uint64_t in)
{
    struct fact f = model_fact(on, true, table, shift, in);

    f.base = base;
    f.page = shift;
    f.r2 = s->r;
    f.w2 = s->w;
    f.x2 = s->x;
    f.dirty2 = s->dirty;
    return f;
}

/* One level.  False: the walk ends here, and how is in so_far. */
static bool climb(struct model *m, const struct model_on *on, struct climb *c, uint64_t in,
                  struct model_answer *a)
{
    unsigned int shift = 12 + 9 * (c->level - 1);
    uint64_t *p = model_word(m, c->table + 8 * (in >> shift & 511));

    a->references++;
    if (!p || !is_present(on, *p)) {
        c->so_far.end = p ? REFUSED : NO_MEMORY;
        return false;
    }
    narrow(on, &c->so_far, *p);
    c->table = in_place(*p, 51, 12);
    c->found[c->n] = fact_of(on, &c->so_far, true, shift, c->table, in);
    c->step[c->n++] = p;
    if (c->level-- > 1 && !bit(*p, 7))
        return true;
    c->so_far.shift = shift;
    c->so_far.out = in_place(*p, 51, shift) + bits(in, shift - 1, 0);
    return false;
}

/* A and D, where they are kept. */
static void mark(const struct model_on *on, struct climb *c, bool write, struct model_answer *a)
{
    unsigned int accessed = on->amd ? 5 : 8;

    c->so_far.dirty = true;
    if (!on->amd && !on->ept_flags)
        return;
    for (unsigned int i = 0; i < c->n; i++) {
        uint64_t set = UINT64_C(1) << accessed;

        if (i == c->n - 1 && write)
            set |= set << 1;
        a->updates += (*c->step[i] & set) != set;
        *c->step[i] |= set;
    }
    c->so_far.dirty = bit(*c->step[c->n - 1], accessed + 1);
}

static struct second walk_second(struct model *m, const struct model_on *on, struct want want,
                                 uint64_t in, struct model_answer *a)
{
    struct climb c = begin(m, on, in);
    struct second *s = &c.so_far;

    while (climb(m, on, &c, in, a))
        ;
    if (s->end == FINE && !model_suits(on, s, want))
        s->end = REFUSED;
    if (s->end != FINE)
        return *s;
    mark(on, &c, want.w, a);
    c.found[c.n - 1] = fact_of(on, s, false, s->shift, in_place(s->out, 63, s->shift), in);
    for (unsigned int i = 0; i < c.n; i++)
        model_keep(m, c.found[i]);
    return *s;
}

struct second model_second(struct model *m, const struct model_on *on, struct want want,
                           uint64_t in, struct model_answer *a)
{
    for (unsigned int shift = 12; shift <= 30; shift += 9) {
        struct fact *f = model_look_up(m, on, true, false, shift, in);
        struct second s;

        if (!f)
            continue;
        if (want.w && !f->dirty2) {
            f->live = false;
            continue;
        }
        s = model_from_second(f, in);
        if (!model_suits(on, &s, want))
            s.end = REFUSED;
        return s;
    }
    return walk_second(m, on, want, in, a);
}
