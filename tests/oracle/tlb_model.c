/* tlb_model.c - an access to the list of all that may be kept; see tlb_model.h. */
#include "oracle/tlb_model_list.h"

static void exits(struct model *m, const struct model_on *on, const struct second *s,
                  uint64_t address, uint64_t in, struct model_answer *a)
{
    struct xenpt_tlb_event event = {
        .id = XENPT_TLB_EPT_VIOLATION, .gaddr = address, .address = in, .linear = true
    };

    if (s->end == NO_MEMORY)
        return;
    a->fault = on->amd ? XENPT_FAULT_NPF : XENPT_FAULT_EPT_VIOLATION;
    a->address = address;
    a->dropped = model_event(m, on, &event);
}

static void faults(struct model *m, const struct model_on *on, enum xenpt_access_kind kind,
                   bool user, bool present, uint64_t in, struct model_answer *a)
{
    struct xenpt_tlb_event event = { .id = XENPT_TLB_PAGE_FAULT, .address = in };

    a->fault = XENPT_FAULT_PF;
    a->address = in;
    a->code = (present ? 1u : 0) | (kind == XENPT_WRITE ? 2u : 0) | (user ? 4u : 0) |
              (kind == XENPT_FETCH ? 16u : 0);
    a->dropped = model_event(m, on, &event);
}

/* CR0.WP set, CR4.SMEP and SMAP clear. */
static bool permits(const struct fact *f, enum xenpt_access_kind kind, bool user)
{
    return !(user && !f->u) && !(kind == XENPT_WRITE && !f->w) && !(kind == XENPT_FETCH && !f->x);
}

static struct want of_kind(enum xenpt_access_kind kind)
{
    return (struct want){ kind == XENPT_READ, kind == XENPT_WRITE, kind == XENPT_FETCH };
}

/* Answers with a fact. */
static void use(struct model *m, const struct model_on *on, const struct fact *f,
                enum xenpt_access_kind kind, bool user, uint64_t in, struct model_answer *a)
{
    struct second s = model_from_second(f, in);

    if (!permits(f, kind, user)) {
        faults(m, on, kind, user, true, in, a);
        return;
    }
    if (on->two_stages && !model_suits(on, &s, of_kind(kind))) {
        s.end = REFUSED;
        exits(m, on, &s, f->guest_base + (in & ((UINT64_C(1) << f->page) - 1)), in, a);
        return;
    }
    a->allowed = true;
    a->out = s.out;
}

/* One entry met on the way. */
struct met {
    uint64_t *at;
    uint64_t address; /* In the space of the tables. */
    unsigned int level;
    bool w2, r2, x2, leaf;
    struct fact fact;
};

/* The entry of this level: where it is, by the second stage if there is one. */
static bool reach(struct model *m, const struct model_on *on, const struct fact *known,
                  uint64_t table, uint64_t in, struct met *e, struct model_answer *a)
{
    uint64_t slot = 8 * (in >> (12 + 9 * (e->level - 1)) & 511), where = table + slot;
    struct want want = { !on->amd, on->amd || on->ept_flags, false };
    struct second s;

    e->address = where;
    e->w2 = e->r2 = e->x2 = true;
    if (on->two_stages && known) {
        e->address = known->guest_base + slot;
        e->r2 = known->r2;
        e->w2 = known->w2;
        e->x2 = known->x2;
    } else if (on->two_stages) {
        s = model_second(m, on, want, where, a);
        if (s.end != FINE) {
            exits(m, on, &s, where, in, a);
            return false;
        }
        e->r2 = s.r;
        e->w2 = s.w;
        e->x2 = s.x;
        where = s.out;
    }
    a->references++;
    e->at = model_word(m, where);
    e->fact.base = where / 4096 * 4096;
    return e->at;
}

/* A and D of the first stage.  False: the second stage does not let them be written. */
static bool mark(struct model *m, const struct model_on *on, struct met *met, unsigned int n,
                 bool write, uint64_t in, struct model_answer *a)
{
    for (unsigned int i = 0; i < n; i++) {
        uint64_t set = 1 << 5 | (met[i].leaf && write ? 1 << 6 : 0);

        if ((*met[i].at & set) == set)
            continue;
        if (on->two_stages && !(met[i].w2 && met[i].r2)) {
            struct second s = { .end = REFUSED };

            exits(m, on, &s, met[i].address, in, a);
            return false;
        }
        *met[i].at |= set;
        a->updates++;
    }
    return true;
}

/* Tables that were passed. */
static void keep_tables(struct model *m, const struct model_on *on, const struct met *met,
                        unsigned int n, uint64_t in)
{
    for (unsigned int i = 0; i + 1 < n; i++) {
        struct fact f = model_fact(on, false, true, 12 + 9 * (met[i].level - 1), in);

        f.w = met[i].fact.w;
        f.u = met[i].fact.u;
        f.x = met[i].fact.x;
        f.base = met[i + 1].fact.base;
        f.guest_base = met[i + 1].address / 4096 * 4096;
        f.r2 = met[i + 1].r2;
        f.w2 = met[i + 1].w2;
        f.x2 = met[i + 1].x2;
        model_keep(m, f);
    }
}

/* The translation: of a page of 2^shift bytes, by this leaf, through this second stage. */
static void keep_page(struct model *m, const struct model_on *on, const struct met *leaf,
                      unsigned int shift, uint64_t gpa, const struct second *s, uint64_t in)
{
    struct fact f = model_fact(on, false, false, s->shift < shift ? s->shift : shift, in);

    f.w = leaf->fact.w;
    f.u = leaf->fact.u;
    f.x = leaf->fact.x;
    f.dirty = bit(*leaf->at, 6);
    f.global = bit(*leaf->at, 8); /* CR4.PGE is set. */
    f.base = in_place(s->out, 63, f.shift);
    f.guest_base = in_place(gpa, 63, shift);
    f.page = shift;
    f.r2 = s->r;
    f.w2 = s->w;
    f.x2 = s->x;
    f.dirty2 = s->dirty;
    model_keep(m, f);
}

/* The entries from the lowest table that is known on.  0: one of them could not be used. */
static unsigned int meet(struct model *m, const struct model_on *on, enum xenpt_access_kind kind,
                         bool user, uint64_t in, struct met met[4], struct model_answer *a)
{
    struct fact so_far = { .w = true, .u = true, .x = true }, *known = NULL, start;
    uint64_t table = on->cr3, e;
    unsigned int level = 4;

    for (unsigned int l = 2; l <= 4 && !known; l++) {
        known = model_look_up(m, on, false, true, 12 + 9 * (l - 1), in);
        if (known) {
            start = so_far = *known;
            known = &start;
            table = start.base;
            level = l - 1;
        }
    }
    for (unsigned int n = 0;; level--, known = NULL) {
        met[n].level = level;
        if (!reach(m, on, known, table, in, &met[n], a))
            return 0;
        e = *met[n].at;
        if (!bit(e, 0)) {
            faults(m, on, kind, user, false, in, a);
            return 0;
        }
        so_far.w &= bit(e, 1);
        so_far.u &= bit(e, 2);
        so_far.x &= !bit(e, 63);
        so_far.base = met[n].fact.base;
        met[n].fact = so_far;
        met[n].leaf = level == 1 || bit(e, 7);
        table = in_place(e, 51, 12);
        if (met[n++].leaf)
            return n;
    }
}

static void walk(struct model *m, const struct model_on *on, enum xenpt_access_kind kind, bool user,
                 uint64_t in, struct model_answer *a)
{
    struct second s = { .r = true, .w = true, .x = true, .dirty = true };
    struct met met[4];
    unsigned int n = meet(m, on, kind, user, in, met, a), shift;
    uint64_t gpa;

    if (!n)
        return;
    if (!permits(&met[n - 1].fact, kind, user)) {
        faults(m, on, kind, user, true, in, a);
        return;
    }
    if (!mark(m, on, met, n, kind == XENPT_WRITE, in, a))
        return;
    shift = 12 + 9 * (met[n - 1].level - 1);
    gpa = in_place(*met[n - 1].at, 51, shift) + bits(in, shift - 1, 0);
    s.out = gpa;
    s.shift = shift;
    if (on->two_stages)
        s = model_second(m, on, of_kind(kind), gpa, a);
    if (s.end != FINE) {
        exits(m, on, &s, gpa, in, a);
        return;
    }
    a->allowed = true;
    a->out = s.out;
    keep_tables(m, on, met, n, in);
    keep_page(m, on, &met[n - 1], shift, gpa, &s, in);
}

struct model_answer model_access(struct model *m, const struct model_on *on,
                                 enum xenpt_access_kind kind, bool user, uint64_t in)
{
    struct model_answer a = { 0 };

    for (unsigned int shift = 12; shift <= 30; shift += 9) {
        struct fact *f = model_look_up(m, on, false, false, shift, in);

        if (!f)
            continue;
        if (kind == XENPT_WRITE && !(f->dirty && (!on->two_stages || f->dirty2))) {
            f->live = false;
            shift -= 9; /* There may be another. */
            continue;
        }
        a.hit = true;
        use(m, on, f, kind, user, in, &a);
        return a;
    }
    walk(m, on, kind, user, in, &a);
    return a;
}
