/*
 * sharing.c - the picture of who leads to which tables, drawn as circuits are: a root's line goes
 * to its own rail, a table's line begins at the first rail that leads to it, and a dot joins them;
 * where there is none, lines only cross.
 */
#include <inttypes.h>
#include <stdio.h>

#include "draw/draw.h"
#include "draw/links.h"

#define SOURCE_WIDTH 290
#define TABLE_WIDTH  430
#define RAIL         15 /* From one to the next. */
#define ROW          42
#define BOX          36

struct board {
    struct drawing *d;
    const struct links *l;
    int top, rails, tables; /* Where the first row, the first rail and the tables are. */
};

static int rail_x(const struct board *b, size_t source)
{
    /* The first root has the rail that is farthest, so that lines to rails do not cross them. */
    return b->rails + (int)(b->l->nr_sources - 1 - source) * RAIL;
}

/* Lines of roots leave a little above those of tables, so that none lies on another. */
static int source_y(const struct board *b, size_t source)
{
    return b->top + (int)source * ROW + BOX / 2 - 5;
}

static int table_y(const struct board *b, size_t table)
{
    return b->top + (int)table * ROW + BOX / 2 + 5;
}

static void source(const struct board *b, size_t i)
{
    const struct link_source *from = &b->l->sources[i];
    struct scene *s = &b->d->scene;
    int y = b->top + (int)i * ROW, low = source_y(b, i), high = low;
    char purpose[64], many[40] = "";

    if (from->nr > 1)
        snprintf(many, sizeof(many), ", one of %zu alike", from->nr);
    scene_box(s, EDGE, y, SOURCE_WIDTH, BOX, FILL_HEAD, 1);
    scene_hint(s, "%s, root 0x%" PRIx64, from->root->names, from->root->paging->root);
    scene_text(s, (struct spot){ EDGE + 7, y + 15, SOURCE_WIDTH - 14, 11, ANCHOR_START, FACE_BOLD },
               "%s", from->root->names);
    scene_text(
        s, (struct spot){ EDGE + 7, y + 29, SOURCE_WIDTH - 14, 11, ANCHOR_START, FACE_PLAIN },
        "%s%s, 0x%" PRIx64, root_purpose(from->root, purpose), many, from->root->paging->root);
    for (size_t t = 0; t < b->l->nr_tables; t++) {
        if (!link_has(b->l, t, i))
            continue;
        low = table_y(b, t) < low ? table_y(b, t) : low;
        high = table_y(b, t) > high ? table_y(b, t) : high;
    }
    scene_line(s, EDGE + SOURCE_WIDTH, source_y(b, i), rail_x(b, i), source_y(b, i), 1, false);
    scene_line(s, rail_x(b, i), low, rail_x(b, i), high, 1, false);
}

static void table(const struct board *b, size_t i)
{
    const struct link_table *t = &b->l->tables[i];
    struct scene *s = &b->d->scene;
    int y = b->top + (int)i * ROW, from = b->tables;
    char name[LINK_TEXT_MAX], text[LINK_TEXT_MAX];
    enum fill fill = t->own                                 ? FILL_PAPER
                     : t->root->paging->format.second_stage ? FILL_SECOND
                     : t->extent.any & 1u << XENPT_U        ? FILL_USER
                                                            : FILL_SYSTEM;

    link_name(b->l, t, name);
    link_text(b->l, t, text);
    scene_box(s, b->tables, y, TABLE_WIDTH, BOX, fill, t->own ? 1 : 2);
    scene_hint(s, "%s: %s", name, text);
    scene_text(
        s, (struct spot){ b->tables + 7, y + 15, TABLE_WIDTH - 14, 11, ANCHOR_START, FACE_BOLD },
        "%s", name);
    scene_text(
        s, (struct spot){ b->tables + 7, y + 29, TABLE_WIDTH - 14, 11, ANCHOR_START, FACE_PLAIN },
        "%s", text);
    for (size_t r = 0; r < b->l->nr_sources; r++) {
        if (!link_has(b->l, i, r))
            continue;
        from = rail_x(b, r) < from ? rail_x(b, r) : from;
        scene_box(s, rail_x(b, r) - 3, table_y(b, i) - 3, 6, 6, FILL_DOT, 0);
    }
    scene_line(s, from, table_y(b, i), b->tables, table_y(b, i), t->own ? 1 : 2, false);
}

static void finish(struct drawing *d, const struct links *l, int y)
{
    size_t alike = 0;

    for (size_t i = 0; i < l->nr_sources; i++)
        alike += l->sources[i].nr - 1;
    if (!alike && !l->sources_left && !l->tables_left)
        draw_end(d, y,
                 "Tables in slots next to each other that the same roots lead to are one box.");
    else if (!l->sources_left && !l->tables_left)
        draw_end(d, y, "Folded: %zu roots have the same tables as one that is shown.", alike);
    else
        draw_end(d, y,
                 "Folded: %zu roots have the same tables as one that is shown; %zu roots and %zu "
                 "tables are left out; --context chooses.",
                 alike, l->sources_left, l->tables_left);
}

enum xenpt_code draw_sharing(struct drawing *d, struct xenpt_error *err)
{
    static const struct legend legend[] = {
        { FILL_SYSTEM, "shared, for the supervisor alone" },
        { FILL_USER, "shared, user mode reaches some of it" },
        { FILL_SECOND, "shared, of a second stage" },
        { FILL_PAPER, "not shared" },
    };
    struct links l;
    struct board b = { .d = d, .l = &l };
    enum xenpt_code code = links_make(&l, d->view, d->opt, err);
    size_t rows;

    if (!code) {
        b.rails = EDGE + SOURCE_WIDTH + 24;
        b.tables = b.rails + (int)l.nr_sources * RAIL + 18;
        d->scene.width = b.tables + TABLE_WIDTH + EDGE;
        b.top = draw_heading(d, "Sharing",
                             "Which roots lead to which tables, linear page tables left out. A dot "
                             "joins lines; where there is none they only cross.");
        b.top += draw_legend(&d->scene, EDGE, b.top, legend, sizeof(legend) / sizeof(legend[0]));
        b.top += 10;
        for (size_t i = 0; i < l.nr_sources; i++)
            source(&b, i);
        for (size_t i = 0; i < l.nr_tables; i++)
            table(&b, i);
        rows = l.nr_sources > l.nr_tables ? l.nr_sources : l.nr_tables;
        finish(d, &l, b.top + (int)rows * ROW + 6);
    }
    links_free(&l);
    return code;
}
