/*
 * panel.c - the slots of roots of one format, side by side.
 *
 *      cells     what each slot of each root is
 *      columns   roots that look alike are one, if there are too many
 *      bands     neighbouring slots that look alike in all columns
 */
#include <stdlib.h>
#include <string.h>

#include "draw/slots.h"

/* --- Cells --------------------------------------------------------------------------------- */

static bool leads(const struct cell *c)
{
    return c->look == LOOK_SYSTEM || c->look == LOOK_USER || c->look == LOOK_SECOND;
}

static struct cell look_at(const struct xenpt_view *view, const struct seen_root *root,
                           const struct cell *before, unsigned int slot)
{
    const struct xenpt_paging *pg = root->paging;
    unsigned int top = pg->format.top;
    struct cell c = { .look = LOOK_BAD };
    uint64_t entry;

    if (!seen_entry(root, pg->root, slot, &entry))
        return c;
    c.role = (uint8_t)xenpt_entry_role(pg, top, entry);
    if (c.role == XENPT_HOLE) {
        c.look = LOOK_EMPTY;
        return c;
    }
    if (!root->second)
        c.area = area_of(view, root->context, root_slot_first(root, slot));
    if (c.role == XENPT_MALFORMED)
        return c;
    c.target = xenpt_entry_target(pg, top, entry);
    c.look = pg->format.second_stage                          ? LOOK_SECOND
             : entry_rights(root, top, entry) & 1u << XENPT_U ? LOOK_USER
                                                              : LOOK_SYSTEM;
    if (c.role == XENPT_TABLE && c.target == pg->root)
        c.look = LOOK_SELF;
    for (unsigned int k = 0; c.role == XENPT_TABLE && leads(&c) && k < slot; k++)
        if (leads(&before[k]) && before[k].role == XENPT_TABLE && before[k].target == c.target) {
            c.look = LOOK_AGAIN;
            c.twin = (uint16_t)k;
        }
    return c;
}

static bool same_area(const char *a, const char *b)
{
    return a == b || (a && b && !strcmp(a, b));
}

/* But for where they lead. */
static bool alike(const struct cell *a, const struct cell *b)
{
    return a->look == b->look && a->role == b->role && a->twin == b->twin &&
           same_area(a->area, b->area);
}

/* --- Columns ------------------------------------------------------------------------------- */

static const struct cell *cells_of(const struct panel *p, size_t root)
{
    return p->cells + root * p->slots;
}

static bool all_alike(const struct panel *p, const struct cell *a, const struct cell *b)
{
    for (unsigned int i = 0; i < p->slots; i++)
        if (!alike(&a[i], &b[i]))
            return false;
    return true;
}

/* A guest's addresses are one memory's under one second stage alone. */
static bool one_memory(const struct seen_root *a, const struct seen_root *b)
{
    return !a->guest || a->context->second.root == b->context->second.root;
}

static bool joins(struct panel *p, size_t root)
{
    const struct cell *cells = cells_of(p, root);

    for (unsigned int c = 0; c < p->nr_columns; c++) {
        struct column *column = &p->columns[c];

        if (!all_alike(p, column->cells, cells))
            continue;
        for (unsigned int i = 0; i < p->slots; i++)
            column->each[i] |= column->cells[i].target != cells[i].target ||
                               !one_memory(column->root, &p->roots.list[root]);
        column->nr++;
        return true;
    }
    return false;
}

static bool same_word(const char *a, const char *b)
{
    return a == b || (a && b && !strcmp(a, b));
}

/* Whether some root of this kind and domain has a column. */
static bool has_kind(const struct panel *p, const struct seen_root *root)
{
    for (unsigned int c = 0; c < p->nr_columns; c++) {
        const struct xenpt_context *o = p->columns[c].root->context;

        if (same_word(o->kind, root->context->kind) && !strcmp(o->domain, root->context->domain))
            return true;
    }
    return false;
}

static void add_column(struct panel *p, size_t root)
{
    unsigned int at = p->nr_columns++;

    /* In the order of the roots. */
    for (; at && p->columns[at - 1].root > &p->roots.list[root]; at--)
        p->columns[at] = p->columns[at - 1];
    p->columns[at] = (struct column){ .root = &p->roots.list[root],
                                      .cells = cells_of(p, root),
                                      .nr = 1 };
}

/* If there are too many roots: those that look alike are one, and one of each kind comes first. */
static void make_columns(struct panel *p, bool placed[])
{
    bool fold = p->roots.nr > COLUMNS_MAX;

    for (unsigned int pass = 0; pass <= fold; pass++)
        for (size_t r = 0; r < p->roots.nr; r++) {
            if (placed[r] || (fold && !pass && has_kind(p, &p->roots.list[r])))
                continue;
            if (fold && joins(p, r)) {
                placed[r] = true;
            } else if (p->nr_columns < COLUMNS_MAX) {
                placed[r] = true;
                add_column(p, r);
            } else {
                p->left_out += pass;
            }
        }
}

/* --- Bands --------------------------------------------------------------------------------- */

static bool empty(const struct panel *p, unsigned int slot)
{
    for (unsigned int c = 0; c < p->nr_columns; c++)
        if (p->columns[c].cells[slot].look != LOOK_EMPTY)
            return false;
    return true;
}

/* The first column that leads to the same in this slot. */
static unsigned int group_of(const struct panel *p, unsigned int column, unsigned int slot)
{
    const struct column *c = &p->columns[column];
    const struct cell *cell = &c->cells[slot];

    for (unsigned int o = 0; o < column; o++) {
        const struct column *other = &p->columns[o];

        if (one_memory(c->root, other->root) && (leads(cell) || cell->look == LOOK_AGAIN) &&
            !c->each[slot] && !other->each[slot] && other->cells[slot].look == cell->look &&
            other->cells[slot].target == cell->target && other->cells[slot].twin == cell->twin)
            return o;
    }
    return column;
}

static bool continues(const struct panel *p, unsigned int slot)
{
    /* Between them are the addresses that are not canonical. */
    if (slot == p->slots / 2 && p->columns[0].root->paging->format.sign_extended)
        return false;
    for (unsigned int c = 0; c < p->nr_columns; c++) {
        const struct cell *a = &p->columns[c].cells[slot - 1], *b = &p->columns[c].cells[slot];

        if (a->look != b->look || a->role != b->role || !same_area(a->area, b->area) ||
            p->columns[c].each[slot] != p->columns[c].each[slot - 1] ||
            group_of(p, c, slot) != group_of(p, c, slot - 1))
            return false;
        if (a->look == LOOK_AGAIN && b->twin != a->twin && b->twin != a->twin + 1)
            return false;
    }
    return true;
}

static void make_bands(struct panel *p)
{
    for (unsigned int i = 0; i < p->slots; i++) {
        struct band *b;

        if (i && continues(p, i)) {
            p->bands[p->nr_bands - 1].last = i;
            continue;
        }
        b = &p->bands[p->nr_bands++];
        *b = (struct band){ .first = i, .last = i, .runs = 1, .empty = empty(p, i) };
        for (unsigned int c = 0; c < p->nr_columns; c++) {
            b->look[c] = p->columns[c].cells[i].look;
            b->group[c] = (uint8_t)group_of(p, c, i);
        }
    }
}

static void mix(const struct panel *p, struct band *a, const struct band *b)
{
    for (unsigned int c = 0; c < p->nr_columns; c++) {
        if (a->look[c] != b->look[c])
            a->look[c] = LOOK_MIXED;
        a->group[c] = (uint8_t)c;
    }
    a->last = b->last;
    a->runs += b->runs;
    a->empty = false;
    a->mixed = true;
}

/* Neighbours become one until there are as few as a page has room for. */
static void fold_bands(struct panel *p)
{
    unsigned int per = (p->nr_bands + BANDS_MAX - 1) / BANDS_MAX, n = 0;

    if (per <= 1)
        return;
    for (unsigned int i = 0; i < p->nr_bands; i += per) {
        p->bands[n] = p->bands[i];
        for (unsigned int k = i + 1; k < p->nr_bands && k < i + per; k++)
            mix(p, &p->bands[n], &p->bands[k]);
        if (p->bands[n].mixed)
            p->folded += p->bands[n].runs;
        n++;
    }
    p->nr_bands = n;
}

static enum xenpt_code measure(struct panel *p, const struct xenpt_view *view, struct band *b,
                               struct xenpt_error *err)
{
    enum xenpt_code code = XENPT_OK;

    for (unsigned int c = 0; !code && c < p->nr_columns; c++) {
        const struct seen_root *r = p->columns[c].root;
        uint64_t shift = r->paging->format.level[r->paging->format.top].shift;

        if (b->look[c] == LOOK_EMPTY || b->look[c] == LOOK_SELF)
            continue;
        if (b->group[c] != c && !r->guest)
            b->extent[c] = b->extent[b->group[c]];
        else
            code = extent_measure(view, r, root_slot_first(r, b->first),
                                  root_slot_first(r, b->last) | (XENPT_BIT(shift) - 1),
                                  &b->extent[c], err);
    }
    return code;
}

enum xenpt_code panel_begin(struct panel *p, const struct xenpt_view *view,
                            const struct seen_roots *roots, struct xenpt_error *err)
{
    enum xenpt_code code = XENPT_OK;
    bool *placed;

    *p = (struct panel){ .roots = *roots, .slots = roots->list[0].slots };
    p->cells = calloc(roots->nr * p->slots, sizeof(*p->cells));
    if (!p->cells)
        return xenpt_fail(err, XENPT_ENOMEM, "no memory for the slots of %zu roots", roots->nr);
    for (size_t r = 0; r < roots->nr; r++)
        for (unsigned int i = 0; i < p->slots; i++)
            p->cells[r * p->slots + i] = look_at(view, &roots->list[r], cells_of(p, r), i);
    placed = calloc(roots->nr, sizeof(*placed));
    if (!placed)
        return xenpt_fail(err, XENPT_ENOMEM, "no memory for the columns of %zu roots", roots->nr);
    make_columns(p, placed);
    free(placed);
    make_bands(p);
    fold_bands(p);
    for (unsigned int b = 0; !code && b < p->nr_bands; b++)
        if (!p->bands[b].empty)
            code = measure(p, view, &p->bands[b], err);
    return code;
}

void panel_end(struct panel *p)
{
    free(p->cells);
    p->cells = NULL;
}
