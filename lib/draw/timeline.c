/*
 * timeline.c - the picture of a scenario: its steps from top to bottom; beside each what it
 * changed, table by table, and what was expected after it.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "draw/draw.h"

#define ROWS_MAX     48
#define LINES_MAX    5 /* Of one step. */
#define LINE         15
#define STEP_X       54
#define STEP_WIDTH   370
#define CHANGE_WIDTH 330
#define WIDTH        (STEP_X + STEP_WIDTH + CHANGE_WIDTH + 330 + 3 * EDGE)

/* Words that changed in one table, or in one frame that is none. */
struct changed {
    const char *table, *name, *place;
    uint64_t frame;
    size_t entries, pokes;
    uint8_t level;
};

struct changes {
    struct changed list[LINES_MAX];
    size_t nr, more, entries; /* More: tables that have no line. */
};

/* Steps that are one row: alone, or a run of them that changed nothing and held. */
struct moment {
    const struct xenpt_run_step *first, *last;
};

/* --- What happened ------------------------------------------------------------------------- */

static bool same_text(const char *a, const char *b)
{
    return a == b || (a && b && !strcmp(a, b));
}

static void add(struct changes *all, const struct xenpt_run_change *c)
{
    uint64_t frame = c->at >> XENPT_PAGE_SHIFT;
    size_t i = 0;

    all->entries++;
    while (i < all->nr && (all->list[i].frame != frame || !same_text(all->list[i].table, c->table)))
        i++;
    if (i == LINES_MAX) {
        all->more++;
        return;
    }
    if (i == all->nr)
        all->list[all->nr++] = (struct changed){
            c->table, c->name, c->place, frame, 0, 0, c->level
        };
    all->list[i].entries++;
    all->list[i].pokes += c->poke;
}

static void count(const struct xenpt_run_step *step, struct changes *ret)
{
    *ret = (struct changes){ 0 };
    for (size_t i = 0; i < step->nr_changes; i++)
        add(ret, &step->changes[i]);
}

static bool quiet(const struct xenpt_run_step *s)
{
    return !s->nr_changes && s->verdict == XENPT_RUN_HELD && !s->said && !s->nr_expectations;
}

/* --- Drawing ------------------------------------------------------------------------------- */

static int what_changed(struct drawing *d, const struct xenpt_run_step *step, int x, int y)
{
    struct changes all;
    struct spot at = { x, y + 14, CHANGE_WIDTH - 10, 11, ANCHOR_START, FACE_PLAIN };
    int lines = 0;

    count(step, &all);
    for (size_t i = 0; i < all.nr; i++, lines++) {
        const struct changed *c = &all.list[i];
        int n = (int)(c->entries < 54 ? c->entries : 54);

        scene_box(&d->scene, x, at.y - 9, n + 6, 10, c->pokes ? FILL_USER : FILL_SYSTEM, 1);
        scene_hint(&d->scene, "%zu words of frame 0x%" PRIx64, c->entries, c->frame);
        at.x = x + 70;
        at.room = CHANGE_WIDTH - 80;
        if (c->table)
            scene_text(&d->scene, at, "%zu  %s", c->entries, c->table);
        else if (c->place) /* Which frame; which member of it, a trace tells. */
            scene_text(&d->scene, at, "%zu  %.*s", c->entries, (int)strcspn(c->place, ","),
                       c->place);
        else
            scene_text(&d->scene, at, "%zu  %s%sframe 0x%" PRIx64, c->entries,
                       c->name ? c->name : "", c->name ? ", " : "", c->frame);
        at.y += LINE;
    }
    if (all.more) {
        at.face = FACE_FAINT;
        scene_text(&d->scene, at, "and %zu words of other frames", all.more);
        lines++;
    }
    return lines;
}

static int what_was_expected(struct drawing *d, const struct xenpt_run_step *step, int x, int y)
{
    struct spot at = { x, y + 14, WIDTH - EDGE - x, 11, ANCHOR_START, FACE_PLAIN };
    size_t held = 0, shown = 0;
    int lines = 0;

    for (size_t i = 0; i < step->nr_expectations; i++)
        held += step->expectations[i].verdict == XENPT_RUN_HELD;
    if (step->nr_expectations) {
        at.face = FACE_BOLD;
        scene_text(&d->scene, at,
                   held == step->nr_expectations ? "%zu of %zu hold" : "%zu of %zu hold:", held,
                   step->nr_expectations);
        at.y += LINE;
        lines++;
    }
    at.face = FACE_PLAIN;
    for (size_t i = 0; i < step->nr_expectations; i++) {
        const struct xenpt_run_expectation *e = &step->expectations[i];

        if ((held < step->nr_expectations && e->verdict == XENPT_RUN_HELD) ||
            shown == LINES_MAX - 1)
            continue;
        scene_text(&d->scene, at, "%s%s", e->verdict == XENPT_RUN_HELD ? "" : "fails: ", e->text);
        at.y += LINE;
        shown++;
        lines++;
    }
    return lines;
}

static int the_step(struct drawing *d, const struct moment *m, int y)
{
    const struct xenpt_run_step *step = m->first;
    struct spot at = { STEP_X + 10, y + 14, STEP_WIDTH - 30, 11, ANCHOR_START, FACE_BOLD };
    char text[512];
    int lines;

    if (m->first != m->last) {
        scene_text(&d->scene, at, "steps %u-%u: nothing changed, nothing was expected",
                   m->first->number, m->last->number);
        return 1;
    }
    if (!step->number)
        snprintf(text, sizeof(text), "before any step");
    else
        snprintf(text, sizeof(text), "%s%s%s", step->name ? step->name : "", step->name ? ": " : "",
                 step->text ? step->text : "");
    lines = (int)scene_paragraph(&d->scene, at, LINE, 3, text);
    at.y += lines * LINE;
    at.face = FACE_FAINT;
    if (step->said)
        lines += (int)scene_paragraph(&d->scene, at, LINE, 2, step->said);
    return lines;
}

/* A step, beside the line of time.  @return Where the next one goes. */
static int moment(struct drawing *d, const struct moment *m, int y, bool last)
{
    static const enum fill fills[XENPT_NR_RUN_VERDICTS] = { FILL_SECOND, FILL_BAD, FILL_BAD,
                                                            FILL_PAPER };
    struct scene *s = &d->scene;
    int a = the_step(d, m, y), b = what_changed(d, m->first, STEP_X + STEP_WIDTH + EDGE, y);
    int c = what_was_expected(d, m->first, STEP_X + STEP_WIDTH + CHANGE_WIDTH + 2 * EDGE, y);
    int lines = a > b ? a : b, h;

    lines = lines > c ? lines : c;
    h = (lines ? lines : 1) * LINE + 12;
    if (!last)
        scene_line(s, STEP_X - 20, y + 10, STEP_X - 20, y + h + 10, 2, false);
    scene_box(s, STEP_X - 33, y + 1, 26, 18, fills[m->first->verdict], 2);
    scene_hint(s, "%s", xenpt_run_verdict_name(m->first->verdict));
    scene_text(s, (struct spot){ STEP_X - 20, y + 14, 24, 10, ANCHOR_MIDDLE, FACE_BOLD }, "%u",
               m->first->number);
    scene_line(s, STEP_X, y + h - 4, WIDTH - EDGE, y + h - 4, 1, true);
    return y + h;
}

/* Rows: what is quiet and next to each other is one. */
static size_t moments(const struct xenpt_run_cell *cell, struct moment list[ROWS_MAX], size_t *left)
{
    size_t n = 0;

    *left = 0;
    for (size_t i = 0; i < cell->nr_steps; i++) {
        const struct xenpt_run_step *s = &cell->steps[i];

        if (n && i > 1 && quiet(s) && quiet(list[n - 1].last))
            list[n - 1].last = s;
        else if (n < ROWS_MAX)
            list[n++] = (struct moment){ s, s };
        else
            ++*left;
    }
    return n;
}

static void columns(struct drawing *d, int y)
{
    struct spot at = { STEP_X + 10, y + 12, STEP_WIDTH, 11, ANCHOR_START, FACE_BOLD };

    scene_text(&d->scene, at, "step");
    at.x = STEP_X + STEP_WIDTH + EDGE;
    scene_text(&d->scene, at, "words of memory that it changed");
    at.x += CHANGE_WIDTH + EDGE;
    at.room = WIDTH - EDGE - at.x;
    scene_text(&d->scene, at, "what was expected after it");
    scene_line(&d->scene, EDGE, y + 18, WIDTH - EDGE, y + 18, 1, false);
}

static void finish(struct drawing *d, const struct xenpt_run_result *r, size_t left, int y)
{
    const struct xenpt_run_cell *cell = &r->cells[0];
    char broken[200] = "", more[200] = "";
    size_t used = 0;

    for (size_t i = 0; i < cell->nr_invariants && used < sizeof(broken) - 40; i++)
        if (cell->invariants[i].verdict == XENPT_RUN_FAILED)
            used += (size_t)snprintf(broken + used, sizeof(broken) - used,
                                     "Invariant %.20s is broken from step %u on. ",
                                     cell->invariants[i].name, cell->invariants[i].step);
    if (left)
        snprintf(more, sizeof(more), " Folded: the last %zu steps are left out.", left);
    if (r->nr_cells > 1)
        snprintf(more + strlen(more), sizeof(more) - strlen(more),
                 " Of %zu combinations of parameters this is the first; --set chooses.",
                 r->nr_cells);
    draw_end(d, y, "%s%zu steps; %" PRIu64 " expectations hold, %" PRIu64 " fail.%s", broken,
             cell->nr_steps ? cell->nr_steps - 1 : 0, cell->held, cell->failed, more);
}

enum xenpt_code draw_timeline(struct drawing *d, struct xenpt_error *err)
{
    static const struct legend legend[] = {
        { FILL_SECOND, "held" },
        { FILL_BAD, "failed, or could not be done" },
        { FILL_PAPER, "not reached" },
        { FILL_SYSTEM, "changed by a CPU, a guest or Xen" },
        { FILL_USER, "written there by the file" },
    };
    const struct xenpt_run_result *r = d->opt->run;
    struct moment list[ROWS_MAX];
    size_t n, left;
    int y;

    if (!r || !r->nr_cells)
        return xenpt_fail(err, XENPT_ESTATE, "there is no scenario to draw");
    if (r->cells[0].error)
        return xenpt_fail(err, XENPT_ESTATE, "%s", r->cells[0].error);
    d->scene.width = WIDTH;
    y = draw_heading(d, "Timeline", r->name ? r->name : "A scenario, step by step.");
    if (*r->cells[0].name) {
        scene_text(&d->scene,
                   (struct spot){ EDGE, y + 4, WIDTH - 2 * EDGE, 11, ANCHOR_START, FACE_PLAIN },
                   "%s", r->cells[0].name);
        y += 16;
    }
    y += draw_legend(&d->scene, EDGE, y, legend, sizeof(legend) / sizeof(legend[0])) + 6;
    columns(d, y);
    y += 26;
    n = moments(&r->cells[0], list, &left);
    for (size_t i = 0; i < n; i++)
        y = moment(d, &list[i], y, i + 1 == n);
    finish(d, r, left, y);
    return XENPT_OK;
}
