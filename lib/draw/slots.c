/*
 * slots.c - the picture of root tables side by side: a column for each root, a row for each band of
 * slots that look alike, and one box across columns that lead to the same tables.
 */
#include "draw/slots.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "draw/draw.h"

#define AXIS         178 /* Width of what names slots. */
#define COLUMN_LEAST 150
#define COLUMN_MOST  230
#define GAP          6 /* Between columns. */
#define HEAD_HEIGHT  62

static const enum fill fills[NR_LOOKS] = {
    [LOOK_EMPTY] = FILL_PAPER,   [LOOK_SYSTEM] = FILL_SYSTEM, [LOOK_USER] = FILL_USER,
    [LOOK_SECOND] = FILL_SECOND, [LOOK_SELF] = FILL_SELF,     [LOOK_AGAIN] = FILL_AGAIN,
    [LOOK_BAD] = FILL_BAD,       [LOOK_MIXED] = FILL_MIXED,
};

/* A panel being drawn. */
struct page {
    struct drawing *d;
    struct panel *panel;
    int x, width; /* Of the first column; of each. */
};

static int column_x(const struct page *p, unsigned int c)
{
    return p->x + (int)c * (p->width + GAP);
}

/* --- Heads --------------------------------------------------------------------------------- */

static void head(const struct page *p, unsigned int c, int y)
{
    const struct column *column = &p->panel->columns[c];
    const struct seen_root *r = column->root;
    struct scene *s = &p->d->scene;
    int x = column_x(p, c), room = p->width - 12;
    char purpose[64];

    scene_box(s, x, y, p->width, HEAD_HEIGHT - 6, FILL_HEAD, 1);
    scene_hint(s, "%s", r->names);
    scene_text(s, (struct spot){ x + 6, y + 16, room, 12, ANCHOR_START, FACE_BOLD }, "%zu  %s",
               column->number, r->names);
    scene_text(s, (struct spot){ x + 6, y + 32, room, 11, ANCHOR_START, FACE_PLAIN }, "%s",
               root_purpose(r, purpose));
    if (column->nr > 1)
        scene_text(s, (struct spot){ x + 6, y + 48, room, 11, ANCHOR_START, FACE_BOLD },
                   "%zu look alike", column->nr);
    else
        scene_text(s, (struct spot){ x + 6, y + 48, room, 11, ANCHOR_START, FACE_FAINT },
                   "root 0x%" PRIx64, r->paging->root);
}

/* --- Bands --------------------------------------------------------------------------------- */

static unsigned int log2_of(unsigned int n)
{
    unsigned int bits = 0;

    while (n >>= 1)
        bits++;
    return bits;
}

static int band_height(const struct panel *p, const struct band *b)
{
    unsigned int n = b->last - b->first + 1;

    if (b->empty)
        return 16 + 2 * (int)log2_of(n);
    return (p->nr_bands > 28 ? 34 : 50) + 4 * (int)log2_of(n);
}

static void axis(const struct page *p, const struct band *b, int y, int h)
{
    const struct seen_root *r = p->panel->columns[0].root;
    const struct xenpt_format *f = &r->paging->format;
    uint64_t size = (uint64_t)(b->last - b->first + 1) << f->level[f->top].shift;
    struct scene *s = &p->d->scene;
    char amount[AMOUNT_MAX], slots[32];
    struct spot at = { EDGE, y + 12, AXIS - 10, 11, ANCHOR_START, FACE_BOLD };

    if (b->first == b->last)
        snprintf(slots, sizeof(slots), "%u", b->first);
    else
        snprintf(slots, sizeof(slots), "%u-%u", b->first, b->last);
    scene_line(s, EDGE, y, p->x - 4, y, 1, false);
    if (b->empty) {
        at.face = FACE_FAINT;
        scene_text(s, at, "%s   %s", slots, amount_text(size, amount));
        return;
    }
    scene_text(s, at, "%s", slots);
    at.face = FACE_FAINT;
    at.room = AXIS - 10 - text_width(slots, 11, FACE_BOLD) - 8;
    at.x = EDGE + AXIS - 10;
    at.anchor = ANCHOR_END;
    scene_text(s, at, "%s", amount_text(size, amount));
    at.face = FACE_MONO;
    at.anchor = ANCHOR_START;
    at.x = EDGE;
    at.room = AXIS - 10;
    at.y += 15;
    if (h >= 30)
        scene_text(s, at, "%0*" PRIx64, f->input_bits > 32 ? 16 : 8, root_slot_first(r, b->first));
}

static void where(const struct page *p, const struct band *b, unsigned int c, char *buf, size_t n)
{
    const struct column *column = &p->panel->columns[c];
    const struct cell *cell = &column->cells[b->first];
    unsigned int level = column->root->paging->format.top - 1u, slots = b->last - b->first + 1;

    if (b->look[c] == LOOK_MIXED || b->mixed)
        snprintf(buf, n, "%u runs, folded", b->runs);
    else if (b->look[c] == LOOK_BAD)
        snprintf(buf, n, "%s", cell->role == XENPT_MALFORMED ? "illegal" : "not in memory");
    else if (b->look[c] == LOOK_SELF)
        snprintf(buf, n, "this table itself");
    else if (b->look[c] == LOOK_AGAIN)
        snprintf(buf, n, "as slot %u", cell->twin);
    else if (column->each[b->first])
        snprintf(buf, n, "%zu tables, one for each", column->nr);
    else if (cell->role == XENPT_PAGE)
        snprintf(buf, n, "page%s at 0x%" PRIx64, slots > 1 ? "s" : "", cell->target);
    else if (slots > 1)
        snprintf(buf, n, "%u L%u, first 0x%" PRIx64, slots, level,
                 cell->target >> XENPT_PAGE_SHIFT);
    else
        snprintf(buf, n, "L%u 0x%" PRIx64, level, cell->target >> XENPT_PAGE_SHIFT);
}

/* What a box says, in as many lines as it has room for. */
static void say(const struct page *p, const struct band *b, unsigned int c, struct spot at, int h)
{
    const struct column *column = &p->panel->columns[c];
    const struct extent *e = &b->extent[c];
    struct scene *s = &p->d->scene;
    char areas[EXTENT_TEXT_MAX], extent[EXTENT_TEXT_MAX], to[80];
    const char *name = extent_areas(e, areas);

    where(p, b, c, to, sizeof(to));
    extent_text(e, extent);
    if (!*name && column->cells[b->first].area)
        name = column->cells[b->first].area;
    scene_hint(s, "slots %u-%u: %s%s%s; %s", b->first, b->last, name, *name ? ": " : "",
               b->look[c] == LOOK_SELF ? "linear page table" : extent, to);
    if (*name) {
        at.face = FACE_BOLD;
        scene_text(s, at, "%s", name);
        at.y += 14;
    }
    at.face = FACE_PLAIN;
    if (b->look[c] == LOOK_SELF || b->look[c] == LOOK_BAD) {
        scene_text(s, at, "%s", to);
        return;
    }
    scene_text(s, at, "%s%s", column->each[b->first] ? "first: " : "", extent);
    at.y += 14;
    if (h >= 48 || !*name)
        scene_text(s, at, "%s", to);
}

/* A box from column c to `last`, which lead to the same. */
static void box(const struct page *p, const struct band *b, unsigned int c, unsigned int last,
                int y, int h)
{
    struct scene *s = &p->d->scene;
    int x = column_x(p, c), w = column_x(p, last) + p->width - x;
    bool again = b->group[c] != c;
    struct spot at = { x + 7, y + 15, w - 14, 11, ANCHOR_START, FACE_PLAIN };

    scene_box(s, x, y + 1, w, h - 2, fills[b->look[c]], last > c || again ? 2 : 1);
    if (!again) {
        say(p, b, c, at, h);
        return;
    }
    scene_hint(s, "slots %u-%u: the same as in %zu", b->first, b->last,
               p->panel->columns[b->group[c]].number);
    scene_text(s, at, "the same as in %zu", p->panel->columns[b->group[c]].number);
}

static void band(const struct page *p, const struct band *b, int y, int h)
{
    struct scene *s = &p->d->scene;
    unsigned int last;

    axis(p, b, y, h);
    if (b->empty) {
        int w = column_x(p, p->panel->nr_columns - 1) + p->width - p->x;

        scene_text(s, (struct spot){ p->x + 7, y + 12, w, 11, ANCHOR_START, FACE_FAINT }, "empty");
        return;
    }
    for (unsigned int c = 0; c < p->panel->nr_columns; c = last + 1) {
        last = c;
        while (last + 1 < p->panel->nr_columns && b->group[last + 1] == b->group[c])
            last++;
        if (b->look[c] == LOOK_EMPTY)
            scene_text(s,
                       (struct spot){ column_x(p, c) + 7, y + 15, p->width - 14, 11, ANCHOR_START,
                                      FACE_FAINT },
                       "empty");
        else
            box(p, b, c, last, y, h);
    }
}

/* --- The page ------------------------------------------------------------------------------ */

static int draw_panel(struct drawing *d, struct panel *panel, int y)
{
    const struct xenpt_format *f = &panel->columns[0].root->paging->format;
    struct page p = { d, panel, EDGE + AXIS, 0 };
    unsigned int nr = panel->nr_columns;
    char amount[AMOUNT_MAX];

    p.width = (d->scene.width - 2 * EDGE - AXIS) / (int)(nr ? nr : 1) - GAP;
    p.width = p.width > COLUMN_MOST ? COLUMN_MOST : p.width;
    scene_text(&d->scene, (struct spot){ EDGE, y + 16, AXIS - 10, 12, ANCHOR_START, FACE_BOLD },
               "%s%s", f->name, panel->columns[0].root->guest ? ", a guest's" : "");
    scene_text(&d->scene, (struct spot){ EDGE, y + 32, AXIS - 10, 11, ANCHOR_START, FACE_FAINT },
               "%u slots of %s", panel->slots,
               amount_text(XENPT_BIT(f->level[f->top].shift), amount));
    for (unsigned int c = 0; c < panel->nr_columns; c++)
        head(&p, c, y);
    y += HEAD_HEIGHT;
    for (unsigned int i = 0; i < panel->nr_bands; i++) {
        int h = band_height(panel, &panel->bands[i]);

        band(&p, &panel->bands[i], y, h);
        y += h;
    }
    scene_line(&d->scene, EDGE, y, p.x - 4, y, 1, false);
    return y + 18;
}

/* Roots of one format stand side by side; a table that is not in memory has nothing to show. */
static bool belongs(const struct seen_root *a, const struct seen_root *b)
{
    return a->paging->id == b->paging->id && a->guest == b->guest;
}

static bool is_there(const struct seen_root *r)
{
    uint64_t entry;

    return seen_entry(r, r->paging->root, 0, &entry);
}

struct folding {
    size_t left_out, alike, bands;
    char missing[160]; /* Contexts whose roots are not in memory. */
};

static enum xenpt_code one_panel(struct drawing *d, const struct seen_roots *roots, size_t *number,
                                 struct folding *fold, int *y, struct xenpt_error *err)
{
    struct panel *panel = calloc(1, sizeof(*panel));
    enum xenpt_code code;

    if (!panel)
        return xenpt_fail(err, XENPT_ENOMEM, "no memory for a picture");
    code = panel_begin(panel, d->view, roots, err);
    if (!code) {
        for (unsigned int c = 0; c < panel->nr_columns; c++) {
            panel->columns[c].number = ++*number;
            fold->alike += panel->columns[c].nr - 1;
        }
        fold->left_out += panel->left_out;
        fold->bands += panel->folded;
        *y = draw_panel(d, panel, *y);
    }
    panel_end(panel);
    free(panel);
    return code;
}

static void miss(struct folding *fold, const struct seen_root *r)
{
    size_t used = strlen(fold->missing);

    if (used + strlen(r->context->name) + 12 < sizeof(fold->missing))
        snprintf(fold->missing + used, sizeof(fold->missing) - used, "%s%s", used ? ", " : "",
                 r->context->name);
    else if (fold->missing[used - 1] != '.')
        snprintf(fold->missing + used, sizeof(fold->missing) - used, ", ...");
}

static enum xenpt_code all_panels(struct drawing *d, const struct seen_roots *roots,
                                  struct folding *fold, int *y, struct xenpt_error *err)
{
    struct seen_roots some = { calloc(roots->nr, sizeof(struct seen_root)), 0 };
    bool *done = calloc(roots->nr, sizeof(*done));
    enum xenpt_code code = XENPT_OK;
    size_t number = 0;

    if (!some.list || !done) {
        free(some.list);
        free(done);
        return xenpt_fail(err, XENPT_ENOMEM, "no memory for %zu roots", roots->nr);
    }
    for (size_t i = 0; !code && i < roots->nr; i++) {
        if (done[i])
            continue;
        if (!is_there(&roots->list[i])) {
            miss(fold, &roots->list[i]);
            continue;
        }
        some.nr = 0;
        for (size_t k = i; k < roots->nr; k++)
            if (!done[k] && belongs(&roots->list[i], &roots->list[k]) &&
                is_there(&roots->list[k])) {
                some.list[some.nr++] = roots->list[k];
                done[k] = true;
            }
        code = one_panel(d, &some, &number, fold, y, err);
    }
    free(some.list);
    free(done);
    return code;
}

/* How many roots the widest panel is of. */
static size_t largest(const struct seen_roots *roots)
{
    size_t most = 0;

    for (size_t i = 0; i < roots->nr; i++) {
        size_t n = 0;

        for (size_t k = i; k < roots->nr && n < 4; k++)
            n += belongs(&roots->list[i], &roots->list[k]) && is_there(&roots->list[k]);
        most = n > most ? n : most;
    }
    return most;
}

static void finish(struct drawing *d, const struct folding *f, int y)
{
    char said[560];
    size_t used = 0;

    if (*f->missing)
        used += (size_t)snprintf(said, sizeof(said), "Not in memory: the root of %s. ", f->missing);

    if (f->alike)
        used += (size_t)snprintf(said + used, sizeof(said) - used,
                                 "Roots that look as one that is shown, slot by slot: %zu. ",
                                 f->alike);
    if (f->left_out)
        used += (size_t)snprintf(said + used, sizeof(said) - used,
                                 "Roots that are not shown: %zu; --context chooses. ", f->left_out);
    if (f->bands)
        used += (size_t)snprintf(said + used, sizeof(said) - used,
                                 "%zu runs of slots are folded into fewer. ", f->bands);
    draw_end(d, y, "%sNothing else was folded but slots next to each other that look alike.",
             used ? said : "");
}

enum xenpt_code draw_slots(struct drawing *d, struct xenpt_error *err)
{
    static const struct legend legend[] = {
        { FILL_SYSTEM, "for the supervisor alone" },
        { FILL_USER, "user mode may pass" },
        { FILL_SECOND, "second stage" },
        { FILL_SELF, "linear: the table itself" },
        { FILL_AGAIN, "as a slot before" },
        { FILL_BAD, "illegal" },
    };
    struct folding fold = { 0 };
    struct seen_roots roots;
    enum xenpt_code code = roots_see(&roots, d->view, d->opt, err);
    int y;

    if (code)
        return code;
    d->scene.width = EDGE * 2 + AXIS + COLUMNS_MAX * (COLUMN_LEAST + GAP);
    if (largest(&roots) < 4)
        d->scene.width = 900;
    y = draw_heading(d, "Slots",
                     "The root table of each context. A box across columns is one and the same "
                     "table; its border is thick. Heights grow with the logarithm of the number of "
                     "slots.");
    y += draw_legend(&d->scene, EDGE, y, legend, sizeof(legend) / sizeof(legend[0])) + 10;
    code = all_panels(d, &roots, &fold, &y, err);
    if (!code)
        finish(d, &fold, y);
    roots_forget(&roots);
    return code;
}
