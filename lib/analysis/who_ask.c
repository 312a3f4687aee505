/*
 * who_ask.c - who reaches a piece of memory: a question to an index; see xenpt/who.h.
 *
 *      one stage     climb in the space of its tables
 *      two           climb in that of the second stage, list what the guest calls the memory,
 *                    and climb from each piece of that in the space of the guest's tables
 */
#include "analysis/who.h"

#include <stdlib.h>

#include "analysis/rights.h"
#include "base/bits.h"

/* What a guest calls a piece of memory by: more names than this are not followed. */
#define NAMES_MAX ((size_t)1 << 20)

/* --- A question ---------------------------------------------------------------------------- */

/* What a guest calls a piece of the memory that is asked for. */
struct name {
    uint64_t gaddr, maddr, size;
    unsigned int rights;
    uint8_t level;
};

/* Those of a second stage, ascending. */
struct names {
    size_t space;
    uint32_t root; /* WHO_NONE: none yet. */
    struct name *list;
    size_t nr, max;
};

struct asking {
    const struct xenpt_who *who;
    const struct xenpt_who_question *q;
    xenpt_reach_fn fn;
    void *ctx;
    struct who_climb *climbs; /* Of each space in machine memory, when it was needed. */
    struct names names;       /* Those that were made last. */
    const struct who_member *member;
    const struct who_space *space; /* Of its own tables... */
    const struct name *name;       /* ...and what is looked for there; NULL: the memory itself. */
    struct xenpt_reach *found;     /* Of the member. */
    size_t nr_found, max_found;
    uint64_t nr_told;
    bool too_many, no_memory;
};

/* --- What was found of a context ----------------------------------------------------------- */

static bool found(struct asking *a, const struct xenpt_reach *r)
{
    struct xenpt_reach *to;

    if (!who_room(&a->found, a->nr_found, &a->max_found, sizeof(*a->found))) {
        a->no_memory = true;
        return false;
    }
    to = &a->found[a->nr_found++];
    *to = *r;
    to->context = a->member->context;
    if (a->name) {
        const struct xenpt_context *c = a->member->context;

        to->gaddr = to->maddr;
        to->maddr = a->name->maddr + (to->gaddr - a->name->gaddr);
        to->rights = rights_under(to->rights, a->name->rights);
        if (!to->level ||
            c->second.format.level[a->name->level].shift < c->paging.format.level[to->level].shift)
            to->page = xenpt_page_name(&c->second.format, a->name->level);
    }
    return true;
}

static int by_address(const void *x, const void *y)
{
    const struct xenpt_reach *a = x, *b = y;

    return (a->first > b->first) - (a->first < b->first);
}

/* Whether two are of one slot of the root, and alike. */
static bool alike(const struct xenpt_reach *a, const struct xenpt_reach *b)
{
    const struct xenpt_format *f = &a->context->paging.format;

    return a->rights == b->rights && a->page == b->page &&
           (!f->top || xenpt_slot(f, f->top, a->first) == xenpt_slot(f, f->top, b->first));
}

/* Pieces of what a guest calls its memory were asked about one by one. */
static void fold(struct asking *a)
{
    size_t nr = 0;

    for (size_t i = 0; i < a->nr_found; i++) {
        struct xenpt_reach *r = &a->found[i];
        size_t k = 0;

        while (k < nr && !alike(&a->found[k], r))
            k++;
        if (k == nr) {
            a->found[nr++] = *r;
            continue;
        }
        a->found[k].last = max_u64(a->found[k].last, r->last);
        a->found[k].count += r->count;
        if (a->found[k].count < r->count)
            a->found[k].count = UINT64_MAX;
    }
    a->nr_found = nr;
}

static bool tell(struct asking *a)
{
    if (a->nr_found)
        qsort(a->found, a->nr_found, sizeof(*a->found), by_address);
    if (!a->q->unfold)
        fold(a);
    for (size_t i = 0; i < a->nr_found; i++) {
        if (a->q->limit && a->nr_told == a->q->limit) {
            a->too_many = true;
            return false;
        }
        a->nr_told++;
        if (!a->fn(a->ctx, &a->found[i]))
            return false;
    }
    a->nr_found = 0;
    return true;
}

/* --- Tables -------------------------------------------------------------------------------- */

static bool take_piece(void *ctx, const struct who_piece *p)
{
    struct asking *a = ctx;
    const struct xenpt_paging *pg = &a->member->context->paging;
    struct xenpt_reach r = {
        .first = p->in,
        .last = p->in + ((p->out + p->size - 1) & ~ones(XENPT_PAGE_SHIFT)) -
                (p->out & ~ones(XENPT_PAGE_SHIFT)),
        .count = ((p->out + p->size - 1) >> XENPT_PAGE_SHIFT) - (p->out >> XENPT_PAGE_SHIFT) + 1,
        .maddr = p->out,
        .at = p->at,
        .entry = p->entry,
        .level = p->level,
        .rights = xenpt_rights(pg, p->granted),
        .page = xenpt_page_name(&pg->format, p->level),
    };

    if (r.last > r.first)
        r.last &= ~ones(XENPT_PAGE_SHIFT);
    a->too_many |= a->q->limit && a->nr_told + a->nr_found == a->q->limit;
    return !a->too_many && found(a, &r);
}

static bool take_state(struct asking *a, const struct who_climb *c, const struct who_state *s)
{
    const struct who_space *space = c->space;
    const struct xenpt_paging *pg = &a->member->context->paging;
    struct xenpt_reach r = {
        .first = who_address(space, s->lo),
        .last = who_address(space, s->hi),
        .count = s->count,
        .maddr = s->out,
        .at = space->nodes[s->leaf].base + (uint64_t)s->leaf_slot * pg->format.entry_size,
        .level = s->level,
        .rights = xenpt_rights(pg, s->granted),
        .page = xenpt_page_name(&pg->format, s->level),
    };

    return xenpt_read(space->mem, r.at, &r.entry, pg->format.entry_size) && found(a, &r);
}

static bool ask_tables(struct asking *a, const struct who_climb *c)
{
    if (a->q->unfold)
        return who_list(c, a->member->root, take_piece, a);
    for (uint32_t i = who_climb_states(c, a->member->root); i != WHO_NONE; i = c->states[i].next)
        if (!take_state(a, c, &c->states[i]))
            return false;
    return true;
}

/* A climb in machine memory is made once. */
static const struct who_climb *climb_of(struct asking *a, size_t space)
{
    struct who_climb *c = &a->climbs[space];

    if (!c->space && !who_climb(c, a->who->spaces[space], a->who->pages, a->q->first, a->q->last)) {
        a->no_memory = true;
        return NULL;
    }
    return c;
}

/* --- Two stages ---------------------------------------------------------------------------- */

static bool take_name(void *ctx, const struct who_piece *p)
{
    struct asking *a = ctx;
    const struct xenpt_paging *pg = &a->member->context->second;
    unsigned int rights = xenpt_rights(pg, p->granted);
    struct names *n = &a->names;
    struct name *last = n->nr ? &n->list[n->nr - 1] : NULL;

    if (last && last->gaddr + last->size == p->in && last->maddr + last->size == p->out &&
        last->rights == rights && last->level == p->level) {
        last->size += p->size;
        return true;
    }
    a->too_many |= n->nr >= NAMES_MAX;
    if (a->too_many)
        return false;
    if (!who_room(&n->list, n->nr, &n->max, sizeof(*n->list))) {
        a->no_memory = true;
        return false;
    }
    n->list[n->nr++] = (struct name){ p->in, p->out, p->size, rights, p->level };
    return true;
}

static bool make_names(struct asking *a, const struct who_member *m)
{
    const struct who_climb *c;

    if (a->names.root == m->second_root && a->names.space == m->second)
        return true;
    a->names.space = m->second;
    a->names.root = m->second_root;
    a->names.nr = 0;
    c = climb_of(a, m->second);
    return c && who_list(c, m->second_root, take_name, a);
}

/* Memory that is reached by its own address. */
static bool ask_unpaged(struct asking *a, uint64_t first, uint64_t size)
{
    const struct xenpt_paging *pg = &a->member->context->paging;
    uint64_t last = (first + size - 1) & ~ones(XENPT_PAGE_SHIFT);
    struct xenpt_reach r = {
        .first = first,
        .last = max_u64(first, last),
        .count = ((first + size - 1) >> XENPT_PAGE_SHIFT) - (first >> XENPT_PAGE_SHIFT) + 1,
        .maddr = first,
        .rights = xenpt_rights(pg, ~UINT64_C(0)),
        .page = "",
    };

    return found(a, &r);
}

static bool ask_guest(struct asking *a)
{
    const struct who_member *m = a->member;
    bool ok = make_names(a, m);

    for (size_t i = 0; ok && i < a->names.nr; i++) {
        const struct name *n = &a->names.list[i];
        struct who_climb c = { 0 };

        a->name = n;
        if (m->root == WHO_NONE) {
            ok = ask_unpaged(a, n->gaddr, n->size);
            continue;
        }
        ok = who_climb(&c, a->space, a->who->pages, n->gaddr, n->gaddr + n->size - 1);
        a->no_memory |= !ok;
        ok = ok && ask_tables(a, &c);
        who_climb_fini(&c);
    }
    a->name = NULL;
    return ok;
}

/* --- All contexts -------------------------------------------------------------------------- */

static bool ask_member(struct asking *a, const struct who_member *m)
{
    const struct who_climb *c;

    a->member = m;
    a->space = m->root == WHO_NONE ? NULL : a->who->spaces[m->space];
    if (m->second_root != WHO_NONE)
        return ask_guest(a);
    if (m->root == WHO_NONE)
        return ask_unpaged(a, a->q->first, a->q->last - a->q->first + 1);
    c = climb_of(a, m->space);
    return c && ask_tables(a, c);
}

static void fini(struct asking *a)
{
    for (size_t i = 0; a->climbs && i < a->who->nr_spaces; i++)
        who_climb_fini(&a->climbs[i]);
    free(a->climbs);
    free(a->names.list);
    free(a->found);
}

enum xenpt_code xenpt_who(const struct xenpt_who *who, const struct xenpt_who_question *question,
                          xenpt_reach_fn fn, void *ctx, struct xenpt_error *err)
{
    struct asking a = { .who = who, .q = question, .fn = fn, .ctx = ctx };
    enum xenpt_code code = XENPT_OK;
    bool ok = true;

    if (question->last < question->first)
        return xenpt_fail(err, XENPT_ERANGE, "0x%llx to 0x%llx ends before it begins",
                          (unsigned long long)question->first, (unsigned long long)question->last);
    a.names.root = WHO_NONE;
    a.climbs = calloc(who->nr_spaces + 1, sizeof(*a.climbs));
    a.no_memory = !a.climbs;
    for (size_t i = 0; ok && !a.no_memory && i < who->nr_members; i++)
        ok = ask_member(&a, &who->members[i]) && tell(&a);
    fini(&a);
    if (a.no_memory)
        code = xenpt_fail(err, XENPT_ENOMEM, "no memory for who reaches 0x%llx",
                          (unsigned long long)question->first);
    else if (a.too_many)
        code = xenpt_fail(err, XENPT_ERANGE, "more than the limit of %llu addresses",
                          (unsigned long long)(question->limit ? question->limit : NAMES_MAX));
    else if (!ok)
        code = xenpt_fail(err, XENPT_ESTOPPED, "who reaches it was stopped by its caller");
    return code;
}
