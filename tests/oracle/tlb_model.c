/* tlb_model.c - a list of all that may be kept; see tlb_model.h. */
#include "oracle/tlb_model.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* --- The list ------------------------------------------------------------------------------- */

unsigned int model_live(const struct model *m)
{
    unsigned int n = 0;

    for (unsigned int i = 0; i < m->nr; i++)
        n += m->fact[i].live;
    return n;
}

static void keep(struct model *m, struct fact f)
{
    unsigned int i = 0;

    while (i < m->nr && m->fact[i].live)
        i++;
    assert_true(i < MODEL_FACTS);
    m->nr = i == m->nr ? i + 1 : m->nr;
    f.live = true;
    m->fact[i] = f;
}

/* What a context may use: its own, and global translations of any PCID. */
static bool usable(const struct model_on *on, const struct fact *f, bool guest)
{
    if (guest)
        return f->kind == GUEST && (on->amd ? f->vpid == on->vpid : f->root == on->root);
    if (f->kind == GUEST || f->vpid != on->vpid || (f->pcid != on->pcid && !f->global))
        return false;
    if (on->amd)
        return true;
    return on->two_stages ? f->kind == COMBINED && f->root == on->root : f->kind == LINEAR;
}

/* Of two that serve, one that is not global: the manuals leave it open. */
static struct fact *look_up(struct model *m, const struct model_on *on, bool guest, bool table,
                            unsigned int shift, uint64_t in)
{
    struct fact *found = NULL;

    for (unsigned int i = 0; i < m->nr; i++) {
        struct fact *f = &m->fact[i];

        if (f->live && f->table == table && f->shift == shift && f->number == in >> shift &&
            usable(on, f, guest) && (!found || found->global))
            found = f;
    }
    return found;
}

/* A fact of this context, its content still to be filled in. */
static struct fact of(const struct model_on *on, bool guest, bool table, unsigned int shift,
                      uint64_t in)
{
    struct fact f = { .table = table, .shift = shift, .number = in >> shift };

    if (guest) {
        f.kind = GUEST;
        f.vpid = on->amd ? on->vpid : 0;
        f.root = on->amd ? 0 : on->root;
        return f;
    }
    f.kind = on->two_stages && !on->amd ? COMBINED : LINEAR;
    f.vpid = on->vpid;
    f.pcid = on->pcid;
    f.root = f.kind == COMBINED ? on->root : 0;
    return f;
}

static uint64_t *word(struct model *m, uint64_t at)
{
    return at < MODEL_FRAMES * 4096 ? &m->memory[at / 8] : NULL;
}

/* --- The second stage ----------------------------------------------------------------------- */

struct second {
    enum { FINE, REFUSED, NO_MEMORY } end;
    uint64_t out;
    unsigned int shift;
    bool r, w, x, dirty;
};

struct want {
    bool r, w, x;
};

static bool suits(const struct model_on *on, const struct second *s, struct want want)
{
    /* Nested paging: every access is a user's, and needs U/S. */
    return !(want.r && !s->r) && !(want.w && !s->w) && !(want.x && !s->x) && !(on->amd && !s->r);
}

static struct second from_second(const struct fact *f, uint64_t in)
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

static struct second walk_second(struct model *m, const struct model_on *on, struct want want,
                                 uint64_t in, struct model_answer *a)
{
    struct second s = { .r = true, .w = true, .x = true, .dirty = true };
    uint64_t table = on->root, *step[4];
    unsigned int level = 4, n = 0;
    struct fact found[4];
    bool flags = on->amd || on->ept_flags;

    for (unsigned int l = 2; l <= 4; l++) {
        struct fact *f = look_up(m, on, true, true, 12 + 9 * (l - 1), in);

        if (!f)
            continue;
        table = f->base;
        s = (struct second){ .r = f->r2, .w = f->w2, .x = f->x2, .dirty = true };
        level = l - 1;
        break;
    }
    for (;; level--) {
        unsigned int shift = 12 + 9 * (level - 1);
        uint64_t *p = word(m, table + 8 * (in >> shift & 511)), e;

        a->references++;
        if (!p) {
            s.end = NO_MEMORY;
            return s;
        }
        e = *p;
        if (on->amd ? !bit(e, 0) : !bits(e, 2, 0)) {
            s.end = REFUSED;
            return s;
        }
        s.r &= on->amd ? bit(e, 2) : bit(e, 0);
        s.w &= on->amd ? bit(e, 1) && bit(e, 2) : bit(e, 1);
        s.x &= on->amd ? !bit(e, 63) && bit(e, 2) : bit(e, 2);
        step[n] = p;
        found[n] = of(on, true, true, shift, in);
        found[n].base = in_place(e, 51, 12);
        found[n].r2 = s.r;
        found[n].w2 = s.w;
        found[n].x2 = s.x;
        n++;
        if (level == 1 || bit(e, 7)) {
            s.shift = shift;
            s.out = in_place(e, 51, shift) + bits(in, shift - 1, 0);
            break;
        }
        table = in_place(e, 51, 12);
    }
    if (!suits(on, &s, want)) {
        s.end = REFUSED;
        return s;
    }
    for (unsigned int i = 0; i < n && flags; i++) {
        uint64_t set = on->amd ? 1 << 5 : 1 << 8;

        if (i == n - 1 && want.w)
            set |= on->amd ? 1 << 6 : 1 << 9;
        a->updates += (*step[i] & set) != set;
        *step[i] |= set;
    }
    s.dirty = !flags || bit(*step[n - 1], on->amd ? 6 : 9);
    found[n - 1] = of(on, true, false, s.shift, in);
    found[n - 1].base = in_place(s.out, 63, s.shift);
    found[n - 1].page = s.shift;
    found[n - 1].r2 = s.r;
    found[n - 1].w2 = s.w;
    found[n - 1].x2 = s.x;
    found[n - 1].dirty2 = s.dirty;
    for (unsigned int i = 0; i < n; i++)
        keep(m, found[i]);
    return s;
}

static struct second translate_second(struct model *m, const struct model_on *on, struct want want,
                                      uint64_t in, struct model_answer *a)
{
    for (unsigned int shift = 12; shift <= 30; shift += 9) {
        struct fact *f = look_up(m, on, true, false, shift, in);
        struct second s;

        if (!f)
            continue;
        if (want.w && !f->dirty2) {
            f->live = false;
            continue;
        }
        s = from_second(f, in);
        if (!suits(on, &s, want))
            s.end = REFUSED;
        return s;
    }
    return walk_second(m, on, want, in, a);
}

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

/* --- The first stage ------------------------------------------------------------------------ */

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
    struct second s = from_second(f, in);

    if (!permits(f, kind, user)) {
        faults(m, on, kind, user, true, in, a);
        return;
    }
    if (on->two_stages && !suits(on, &s, of_kind(kind))) {
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
        s = translate_second(m, on, want, where, a);
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
    e->at = word(m, where);
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

static void walk(struct model *m, const struct model_on *on, enum xenpt_access_kind kind, bool user,
                 uint64_t in, struct model_answer *a)
{
    struct fact so_far = { .w = true, .u = true, .x = true }, *known = NULL, start;
    uint64_t table = on->cr3, e = 0, gpa;
    struct second s = { .r = true, .w = true, .x = true, .dirty = true };
    unsigned int level = 4, n = 0, shift;
    struct met met[4];

    for (unsigned int l = 2; l <= 4 && !known; l++) {
        known = look_up(m, on, false, true, 12 + 9 * (l - 1), in);
        if (known) {
            start = so_far = *known;
            known = &start;
            table = start.base;
            level = l - 1;
        }
    }
    for (;; level--, known = NULL) {
        met[n].level = level;
        if (!reach(m, on, known, table, in, &met[n], a))
            return;
        e = *met[n].at;
        if (!bit(e, 0)) {
            faults(m, on, kind, user, false, in, a);
            return;
        }
        so_far.w &= bit(e, 1);
        so_far.u &= bit(e, 2);
        so_far.x &= !bit(e, 63);
        met[n].leaf = level == 1 || bit(e, 7);
        so_far.base = met[n].fact.base;
        met[n].fact = so_far;
        n++;
        table = in_place(e, 51, 12);
        if (met[n - 1].leaf)
            break;
    }
    if (!permits(&so_far, kind, user)) {
        faults(m, on, kind, user, true, in, a);
        return;
    }
    if (!mark(m, on, met, n, kind == XENPT_WRITE, in, a))
        return;
    shift = 12 + 9 * (level - 1);
    gpa = in_place(e, 51, shift) + bits(in, shift - 1, 0);
    s.out = gpa;
    s.shift = shift;
    if (on->two_stages) {
        s = translate_second(m, on, of_kind(kind), gpa, a);
        if (s.end != FINE) {
            exits(m, on, &s, gpa, in, a);
            return;
        }
    }
    a->allowed = true;
    a->out = s.out;
    for (unsigned int i = 0; i + 1 < n; i++) {
        struct fact f = of(on, false, true, 12 + 9 * (met[i].level - 1), in);

        f.w = met[i].fact.w;
        f.u = met[i].fact.u;
        f.x = met[i].fact.x;
        f.base = met[i + 1].fact.base;
        f.guest_base = met[i + 1].address / 4096 * 4096;
        f.r2 = met[i + 1].r2;
        f.w2 = met[i + 1].w2;
        f.x2 = met[i + 1].x2;
        keep(m, f);
    }
    so_far = of(on, false, false, s.shift < shift ? s.shift : shift, in);
    so_far.w = met[n - 1].fact.w;
    so_far.u = met[n - 1].fact.u;
    so_far.x = met[n - 1].fact.x;
    so_far.dirty = bit(*met[n - 1].at, 6);
    so_far.global = bit(e, 8); /* CR4.PGE is set. */
    so_far.base = in_place(s.out, 63, so_far.shift);
    so_far.guest_base = in_place(gpa, 63, shift);
    so_far.page = shift;
    so_far.r2 = s.r;
    so_far.w2 = s.w;
    so_far.x2 = s.x;
    so_far.dirty2 = s.dirty;
    keep(m, so_far);
}

struct model_answer model_access(struct model *m, const struct model_on *on,
                                 enum xenpt_access_kind kind, bool user, uint64_t in)
{
    struct model_answer a = { 0 };

    for (unsigned int shift = 12; shift <= 30; shift += 9) {
        struct fact *f = look_up(m, on, false, false, shift, in);

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
