/*
 * share.c - which tables contexts have in common, slot by slot.
 *
 * Nothing is known here but the tables.  Two roots with the same entry in a slot share all that
 * lies behind it; two with different ones may meet further down, which meet.c finds out.
 */
#include "xenpt/share.h"

#include <stdlib.h>
#include <string.h>

#include "analysis/guest_memory.h"
#include "analysis/meet.h"
#include "base/bits.h"

/* A few tables can lead to one another in so many ways that nobody waits for the end. */
#define MOST_PAIRS (1u << 18)

/* A context with an entry in the slot at hand. */
struct place {
    uint64_t bare;
    size_t context;
};

struct sharing {
    const struct xenpt_context *const *contexts;
    size_t nr;
    const struct xenpt_paging *pg; /* The first's: format, and what it was narrowed to. */
    struct guest_memory memory;
    const struct xenpt_reader *mem;
    struct meet_budget budget;
    unsigned int slots;
    uint64_t *entry; /* nr x slots. */
    /* Of the slot at hand. */
    struct place *place;
    struct xenpt_share_group *groups;
    size_t *member; /* All groups' members, one after the other. */
    size_t *absent;
    struct xenpt_share_meeting *meetings;
};

static uint64_t entry_of(const struct sharing *s, size_t context, unsigned int slot)
{
    return s->entry[context * s->slots + slot];
}

static bool present(const struct sharing *s, size_t context, unsigned int slot)
{
    return xenpt_entry_role(s->pg, s->pg->format.top, entry_of(s, context, slot)) != XENPT_HOLE;
}

/* Entries that the processor alone may have made different are the same. */
static uint64_t bare(const struct sharing *s, uint64_t entry)
{
    return entry & ~(s->pg->format.accessed | s->pg->format.dirty);
}

/* --- Reading ------------------------------------------------------------------------------- */

static enum xenpt_code check(const struct xenpt_context *const contexts[], size_t nr,
                             struct xenpt_error *err)
{
    const struct xenpt_context *a = contexts[0];

    for (size_t i = 0; i < nr; i++) {
        const struct xenpt_context *b = contexts[i];

        if (!b->paging.format.top)
            return xenpt_fail(err, XENPT_ESTATE, "%s has no tables to share", b->name);
        if (a->paging.id != b->paging.id)
            return xenpt_fail(err, XENPT_ESTATE, "%s is %s, and %s is %s: no table can be both's",
                              a->name, a->paging.format.name, b->name, b->paging.format.name);
        if (a->has_second != b->has_second || (a->has_second && a->second.root != b->second.root))
            return xenpt_fail(err, XENPT_ESTATE,
                              "%s and %s are under different second stages: their tables' "
                              "addresses say nothing to each other",
                              a->name, b->name);
    }
    return XENPT_OK;
}

static enum xenpt_code read_roots(struct sharing *s, struct xenpt_error *err)
{
    unsigned int size = s->pg->format.entry_size;

    for (size_t c = 0; c < s->nr; c++)
        for (unsigned int i = 0; i < s->slots; i++) {
            uint64_t at = s->contexts[c]->paging.root + (uint64_t)i * size;
            uint64_t *entry = &s->entry[c * s->slots + i];

            if (!xenpt_read(s->mem, at, entry, size))
                return xenpt_fail(err, XENPT_ESTATE, "%s: its root at 0x%llx is not in memory",
                                  s->contexts[c]->name,
                                  (unsigned long long)s->contexts[c]->paging.root);
        }
    return XENPT_OK;
}

/* --- One slot ------------------------------------------------------------------------------ */

/* An earlier slot in which all of a group's contexts lead to the same. */
static bool find_twin(const struct sharing *s, const struct xenpt_share_group *g, unsigned int slot,
                      unsigned int *ret)
{
    for (unsigned int i = 0; i < slot && g->role == XENPT_TABLE; i++) {
        size_t same = 0;

        while (same < g->nr_members &&
               bare(s, entry_of(s, g->members[same], i)) == bare(s, g->entry))
            same++;
        if (same == g->nr_members) {
            *ret = i;
            return true;
        }
    }
    return false;
}

static struct xenpt_share_group new_group(const struct sharing *s, size_t context,
                                          unsigned int slot)
{
    unsigned int top = s->pg->format.top;
    uint64_t entry = entry_of(s, context, slot);
    struct xenpt_share_group g = {
        .entry = entry,
        .role = xenpt_entry_role(s->pg, top, entry),
    };

    if (g.role != XENPT_MALFORMED)
        g.target = xenpt_entry_target(s->pg, top, entry);
    g.itself = g.role == XENPT_TABLE && g.target == s->contexts[context]->paging.root;
    return g;
}

static int by_size(const void *a, const void *b)
{
    const struct xenpt_share_group *x = a, *y = b;

    if (x->nr_members != y->nr_members)
        return x->nr_members < y->nr_members ? 1 : -1;
    return (x->members[0] > y->members[0]) - (x->members[0] < y->members[0]);
}

static int by_entry(const void *a, const void *b)
{
    const struct place *x = a, *y = b;

    if (x->bare != y->bare)
        return x->bare < y->bare ? -1 : 1;
    return (x->context > y->context) - (x->context < y->context);
}

/* Puts each context with an entry into a group; @return how many groups. */
static size_t group(struct sharing *s, unsigned int slot, size_t *nr_absent)
{
    size_t nr = 0, used = 0;

    *nr_absent = 0;
    for (size_t c = 0; c < s->nr; c++) {
        if (present(s, c, slot))
            s->place[used++] = (struct place){ bare(s, entry_of(s, c, slot)), c };
        else
            s->absent[(*nr_absent)++] = c;
    }
    qsort(s->place, used, sizeof(*s->place), by_entry);
    for (size_t i = 0; i < used; i++) {
        s->member[i] = s->place[i].context;
        if (i && s->place[i].bare == s->place[i - 1].bare) {
            s->groups[nr - 1].nr_members++;
            continue;
        }
        s->groups[nr] = new_group(s, s->member[i], slot);
        s->groups[nr].members = &s->member[i];
        s->groups[nr++].nr_members = 1;
    }
    for (size_t g = 0; g < nr; g++)
        s->groups[g].has_twin = find_twin(s, &s->groups[g], slot, &s->groups[g].twin);
    qsort(s->groups, nr, sizeof(*s->groups), by_size);
    return nr;
}

static size_t meetings(struct sharing *s, size_t nr_groups)
{
    unsigned int below = s->pg->format.top - 1u;
    size_t nr = 0;

    for (size_t b = 1; b < nr_groups && b < XENPT_SHARE_PAIRS; b++)
        for (size_t a = 0; a < b; a++) {
            const struct xenpt_share_group *x = &s->groups[a], *y = &s->groups[b];
            struct xenpt_share_meeting *m = &s->meetings[nr];

            if (x->role != XENPT_TABLE || y->role != XENPT_TABLE || x->itself || y->itself)
                continue;
            *m = (struct xenpt_share_meeting){ .a = a, .b = b };
            if (x->target == y->target) { /* With other rights. */
                m->level = below;
                m->tables = m->of = 1;
                nr++;
            } else {
                nr += meet(s->pg, s->mem, below, x->target, y->target, &s->budget, m);
            }
        }
    return nr;
}

static bool report(struct sharing *s, unsigned int slot, xenpt_share_fn fn, void *ctx)
{
    const struct xenpt_format *f = &s->pg->format;
    struct xenpt_share_slot found = { .slot = slot, .groups = s->groups, .absent = s->absent };

    found.nr_groups = group(s, slot, &found.nr_absent);
    if (!found.nr_groups)
        return true;
    found.first = (uint64_t)slot << f->level[f->top].shift;
    if (f->sign_extended && found.first >> (f->input_bits - 1))
        found.first |= ~ones(f->input_bits);
    found.last = found.first + ones(f->level[f->top].shift);
    found.meetings = s->meetings;
    found.nr_meetings = meetings(s, found.nr_groups);
    return fn(ctx, &found);
}

/* --- All slots ----------------------------------------------------------------------------- */

static void fini(struct sharing *s)
{
    free(s->entry);
    free(s->place);
    free(s->groups);
    free(s->member);
    free(s->absent);
    free(s->meetings);
}

static bool init(struct sharing *s)
{
    size_t pairs = (size_t)XENPT_SHARE_PAIRS * XENPT_SHARE_PAIRS;

    s->entry = calloc(s->nr * s->slots, sizeof(*s->entry));
    s->place = calloc(s->nr, sizeof(*s->place));
    s->groups = calloc(s->nr, sizeof(*s->groups));
    s->member = calloc(s->nr, sizeof(*s->member));
    s->absent = calloc(s->nr, sizeof(*s->absent));
    s->meetings = calloc(pairs, sizeof(*s->meetings));
    return s->entry && s->place && s->groups && s->member && s->absent && s->meetings;
}

enum xenpt_code xenpt_share(const struct xenpt_view *view,
                            const struct xenpt_context *const contexts[], size_t nr_contexts,
                            xenpt_share_fn fn, void *ctx, struct xenpt_error *err)
{
    struct sharing s = { .contexts = contexts, .nr = nr_contexts, .budget = { MOST_PAIRS } };
    enum xenpt_code code;

    if (!nr_contexts)
        return XENPT_OK;
    code = check(contexts, nr_contexts, err);
    if (code)
        return code;
    s.pg = &contexts[0]->paging;
    s.slots = 1u << s.pg->format.level[s.pg->format.top].bits;
    guest_memory_init(&s.memory, contexts[0], view->mem);
    s.mem = contexts[0]->has_second ? &s.memory.reader : view->mem;
    if (!init(&s))
        code = xenpt_fail(err, XENPT_ENOMEM, "no memory for the slots of %zu roots", nr_contexts);
    if (!code)
        code = read_roots(&s, err);
    for (unsigned int i = 0; !code && i < s.slots; i++)
        if (!report(&s, i, fn, ctx))
            code = xenpt_fail(err, XENPT_ESTOPPED, "stopped at slot %u", i);
    fini(&s);
    return code;
}
