/*
 * shape.c - what roots look like, frames apart: to tell at once which are the same.
 *
 * Every table that a root of a side leads to is visited once, and what it holds becomes a number:
 * flags, by where they stand.  A table that the roots of one domain alone lead to counts for
 * that domain, whatever CPUs' roots lead there as well; one that one root alone leads to, for it.
 * What a domain and a CPU have in common then counts for the domain: which CPU it is, since CPUs'
 * roots are known by what they hold.
 *
 *     idle ----+------> directmap      two domains: nobody's
 *     d0 ------+
 *     d1 ------+------> per-domain     d1's, and cpu2's shape counts in d1's
 *     cpu2 ----+
 *
 * Equal shapes do not prove that contexts correspond, and different ones not that they do not:
 * they say what to try first.
 */
#include <stdlib.h>

#include "analysis/entries.h"
#include "analysis/frame_map.h"
#include "analysis/pairing.h"

#define MANY (NOBODY - 1)

/* A table, as it was met first; whose all is, goes down from table to table. */
struct met {
    size_t parent;      /* NOBODY: it is a root. */
    size_t party, lone; /* Who leads to it: NOBODY, one, or MANY. */
    uint64_t shape;
};

struct looking {
    const struct xenpt_view *model;
    struct sides *sides;
    struct side *side;
    size_t root;                         /* Whose tables are visited. */
    const struct xenpt_context *context; /* It, and one of the model that is of its kind. */
    const struct xenpt_context *like;
    struct frame_half number; /* Of a table, in `met`. */
    struct met *met;
    size_t nr, max;
};

/* --- Numbers ------------------------------------------------------------------------------- */

static uint64_t mix(uint64_t a, uint64_t b)
{
    a = (a ^ b) * UINT64_C(0xff51afd7ed558ccd);
    return a ^ a >> 32;
}

/* What walks set is no difference. */
static uint64_t set_by_walks(const struct xenpt_paging *pg)
{
    const struct xenpt_format *f = xenpt_format(pg->id);

    return f->accessed | f->dirty;
}

/* --- Tables -------------------------------------------------------------------------------- */

/* A guest's entries say nothing of what Xen made. */
static bool is_opaque(const struct looking *l, unsigned int level, uint64_t in, uint64_t at,
                      uint64_t entry)
{
    struct xenpt_entry_question q = {
        .context = l->like, .level = level, .in = in, .at = at, .entry = entry
    };
    struct xenpt_entry_explanation x;

    return !l->model->explainer->entry(l->model->explainer, &q, &x) || x.opaque;
}

static void join(size_t *who, size_t id)
{
    *who = *who == NOBODY || *who == id ? id : MANY;
}

/* The table's number.  *fresh: it had none.  NOBODY: no memory. */
static size_t meet(struct looking *l, uint64_t table, unsigned int level, size_t parent,
                   bool *fresh)
{
    const struct side_root *root = &l->side->roots[l->root];
    uint64_t *number = frame_half_at(&l->number, table | level, fresh);
    struct met *met;

    if (!number)
        return NOBODY;
    if (*fresh) {
        if (l->nr == l->max) {
            size_t max = l->max ? 2 * l->max : 256;
            struct met *more = realloc(l->met, max * sizeof(*more));

            if (!more)
                return NOBODY;
            l->met = more;
            l->max = max;
        }
        *number = l->nr;
        l->met[l->nr++] = (struct met){ parent, NOBODY, NOBODY, 0 };
    }
    met = &l->met[*number];
    if (root->party == NOBODY)
        join(&met->lone, l->root);
    else
        join(&met->party, root->party);
    return *number;
}

static bool visit(struct looking *l, uint64_t table, unsigned int level, uint64_t in, size_t parent)
{
    const struct xenpt_paging *pg = &l->context->paging;
    const struct xenpt_format *f = &pg->format;
    uint8_t copy[XENPT_PAGE_SIZE] __attribute__((aligned(8)));
    uint64_t ignored = set_by_walks(pg), shape = mix(level, in);
    const uint8_t *page;
    bool fresh;
    size_t number = meet(l, table, level, parent, &fresh);

    if (number == NOBODY || !fresh)
        return number != NOBODY;
    page = xenpt_read_page(l->side->mem, table - table % XENPT_PAGE_SIZE, copy);
    for (unsigned int i = 0; page && i < 1u << f->level[level].bits; i++) {
        uint64_t entry = table_entry(page + table % XENPT_PAGE_SIZE, i, f->entry_size);
        enum xenpt_role role;
        uint64_t to, at;

        if (!entry || (role = xenpt_entry_role(pg, level, entry)) == XENPT_HOLE)
            continue;
        to = entry_input(f, level, in, i);
        at = table + (uint64_t)i * f->entry_size;
        if (level > 1 && is_opaque(l, level, to, at, entry))
            continue;
        shape = mix(shape, mix(i, entry_flags(pg, level, entry, role) & ~ignored));
        if (role != XENPT_TABLE || xenpt_entry_target(pg, level, entry) == pg->root)
            continue;
        if (!visit(l, xenpt_entry_target(pg, level, entry), level - 1, to, number))
            return false;
    }
    l->met[number].shape = shape;
    return true;
}

/* --- Roots --------------------------------------------------------------------------------- */

/* A root of the model's that is of a kind; NULL: not both sides have such. */
static const struct xenpt_context *model_of_kind(const struct sides *s, size_t kind)
{
    struct span span = side_all(&s->of_model, kind);

    if (!span.nr || !side_all(&s->of_image, kind).nr)
        return NULL;
    return s->of_model.roots[s->of_model.sorted[span.first]].context;
}

static bool visit_all(struct looking *l)
{
    bool ok = true;

    for (l->root = 0; ok && l->root < l->side->nr; l->root++) {
        struct side_root *root = &l->side->roots[l->root];

        l->context = root->context;
        l->like = model_of_kind(l->sides, root->kind);
        if (l->like && l->like->paging.id == l->context->paging.id)
            ok = visit(l, l->context->paging.root, l->context->paging.format.top, 0, NOBODY);
    }
    return ok;
}

/* Parents were met before what they lead to. */
static void attribute(struct looking *l)
{
    for (size_t i = 0; i < l->nr; i++) {
        struct met *met = &l->met[i];
        const struct met *up = met->parent == NOBODY ? NULL : &l->met[met->parent];

        if (up && up->party != NOBODY)
            join(&met->party, up->party);
        if (up && up->lone != NOBODY)
            join(&met->lone, up->lone);
        if (met->party == NOBODY && met->lone < MANY)
            l->side->roots[met->lone].shape += met->shape;
        else if (met->party < MANY)
            l->side->parties[met->party].shape += met->shape;
    }
}

/* Who leads to a table that a lone root leads to: a party's number, or more than that. */
static size_t party_at(struct looking *l, uint64_t table, unsigned int level)
{
    const uint64_t *number = frame_half_find(&l->number, table | level);

    return number ? l->met[*number].party : NOBODY;
}

/* What a lone root leads to that is a party's: the party is the one of that root. */
static void link(struct looking *l, const struct side_root *root)
{
    const struct xenpt_paging *pg = &root->context->paging;
    uint8_t copy[XENPT_PAGE_SIZE] __attribute__((aligned(8)));
    const uint8_t *page = xenpt_read_page(l->side->mem, pg->root, copy);

    for (unsigned int i = 0; page && i < 1u << pg->format.level[pg->format.top].bits; i++) {
        uint64_t entry = table_entry(page, i, pg->format.entry_size);
        size_t party;

        if (!entry || xenpt_entry_role(pg, pg->format.top, entry) != XENPT_TABLE)
            continue;
        party = party_at(l, xenpt_entry_target(pg, pg->format.top, entry), pg->format.top - 1);
        if (party < MANY)
            l->side->parties[party].shape += mix(root->shape, i);
    }
}

static bool look(struct sides *sides, struct side *side)
{
    struct looking l = { .model = sides->model, .sides = sides, .side = side };
    bool ok = visit_all(&l);

    if (ok && l.met) {
        attribute(&l);
        for (size_t i = 0; i < side->nr; i++)
            if (side->roots[i].party == NOBODY)
                link(&l, &side->roots[i]);
    }
    free(l.number.slot);
    free(l.met);
    return ok;
}

enum xenpt_code shapes_find(struct sides *sides, struct xenpt_error *err)
{
    if (look(sides, &sides->of_model) && look(sides, &sides->of_image))
        return XENPT_OK;
    return xenpt_fail(err, XENPT_ENOMEM, "no memory for the shapes of tables");
}
