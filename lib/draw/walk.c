/*
 * walk.c - the picture of a walk: a box for each entry that is read, numbered as a processor reads
 * them.  One stage is a row; with a second, a row is the second-stage walk that finds an entry of
 * the guest's, and that entry at its end: 24 references for four levels over four.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "analysis/rights.h"
#include "draw/draw.h"
#include "report/state.h"
#include "report/words.h"
#include "xenpt/nested.h"

#define WALKS_MAX 6
#define BOX_WIDTH 176
#define BOX       64
#define ROW       88
#define GAP       26
#define LABEL     196

/* A walk of one address in one context. */
struct told {
    const struct xenpt_context *context;
    uint64_t in;
    struct xenpt_walk2 walk; /* Of one stage: guest alone. */
    char others[160];        /* Contexts whose walk is the same, but for where its root is. */
};

struct walks {
    struct told list[WALKS_MAX];
    size_t nr, left_out;
};

/* --- Walking ------------------------------------------------------------------------------- */

static void follow(const struct xenpt_view *view, struct told *t)
{
    const struct xenpt_context *c = t->context;

    memset(&t->walk, 0, sizeof(t->walk));
    if (c->has_second) {
        xenpt_walk2(&c->paging, &c->second, view->mem, t->in, &t->walk);
        return;
    }
    t->walk.outcome = xenpt_walk(&c->paging, view->mem, t->in, &t->walk.guest);
    t->walk.out = t->walk.guest.out;
    t->walk.span = t->walk.guest.span;
    t->walk.references = t->walk.guest.references;
}

/* The first entry may be a copy in another root. */
static bool same_steps(const struct xenpt_walk *a, const struct xenpt_walk *b)
{
    if (a->nr_steps != b->nr_steps || a->outcome != b->outcome)
        return false;
    for (unsigned int i = 0; i < a->nr_steps; i++)
        if (a->step[i].entry != b->step[i].entry || (i && a->step[i].at != b->step[i].at))
            return false;
    return true;
}

static void add_name(struct told *t, const char *name)
{
    size_t used = strlen(t->others);

    if (used + strlen(name) + 12 < sizeof(t->others))
        snprintf(t->others + used, sizeof(t->others) - used, ", %s", name);
    else if (t->others[used - 1] != '.')
        snprintf(t->others + used, sizeof(t->others) - used, ", ...");
}

static bool same_walk(const struct told *a, const struct told *b)
{
    return a->in == b->in && a->context->has_second == b->context->has_second &&
           a->context->paging.id == b->context->paging.id &&
           (!a->context->has_second || a->context->second.root == b->context->second.root) &&
           same_steps(&a->walk.guest, &b->walk.guest);
}

static void collect(struct walks *w, const struct drawing *d)
{
    for (size_t i = 0; i < d->opt->nr_in; i++)
        for (size_t c = 0; c < d->opt->nr_contexts; c++) {
            struct told told = { .context = d->opt->contexts[c], .in = d->opt->in[i] };
            size_t k = 0;

            follow(d->view, &told);
            while (k < w->nr && !same_walk(&w->list[k], &told))
                k++;
            if (k < w->nr)
                add_name(&w->list[k], told.context->name);
            else if (w->nr < WALKS_MAX)
                w->list[w->nr++] = told;
            else
                w->left_out++;
        }
}

/* --- Boxes --------------------------------------------------------------------------------- */

static enum fill fill_of(const struct xenpt_step *s, bool second, bool guest)
{
    if (s->role == XENPT_HOLE)
        return FILL_PAPER;
    if (s->role == XENPT_MALFORMED)
        return FILL_BAD;
    return second ? FILL_SECOND : guest ? FILL_GUEST : FILL_SYSTEM;
}

/* An entry, with the number of its reference; 0: it is in a register. */
static void entry(struct drawing *d, const struct xenpt_paging *pg, const struct xenpt_step *step,
                  uint64_t in, enum fill fill, unsigned int number, bool unread, int x, int y)
{
    static const char *const roles[] = { "", "", "a page", "illegal" };
    const struct xenpt_format *f = &pg->format;
    struct spot at = { x + 7, y + 15, BOX_WIDTH - 14, 11, ANCHOR_START, FACE_BOLD };
    char flags[XENPT_FLAGS_MAX], no[16] = "";
    const char *role = roles[step->role];

    if (number)
        snprintf(no, sizeof(no), "%u  ", number);
    xenpt_entry_words(f, step->level, step->entry, false, flags);
    scene_box(&d->scene, x, y, BOX_WIDTH, BOX, fill, step->role == XENPT_TABLE ? 1 : 2);
    scene_hint(&d->scene, "%s at 0x%" PRIx64 ": 0x%" PRIx64 ", %s", f->level[step->level].name,
               step->at, step->entry, flags);
    if (unread)
        role = "";
    scene_text(&d->scene, at, "%sL%u slot %u%s%s", no, step->level, xenpt_slot(f, step->level, in),
               *role ? ", " : "", role);
    at.face = FACE_MONO;
    at.size = 10;
    at.y += 14;
    if (!unread)
        scene_text(&d->scene, at, "%0*" PRIx64, f->entry_size * 2, step->entry);
    at.face = FACE_PLAIN;
    at.y += 14;
    if (unread)
        scene_text(&d->scene, at, "not in this memory");
    else if (step->role == XENPT_HOLE)
        scene_text(&d->scene, at, "not present%s%s", *flags ? ": " : "", flags);
    else
        scene_text(&d->scene, at, "%s", flags);
    at.face = FACE_FAINT;
    at.y += 13;
    scene_text(&d->scene, at, "at 0x%" PRIx64, step->at);
}

/* What a row begins with: where its walk starts. */
static void label(struct drawing *d, int y, const char *what, uint64_t root)
{
    scene_text(&d->scene, (struct spot){ EDGE, y + 26, LABEL - 8, 11, ANCHOR_START, FACE_BOLD },
               "%s", what);
    scene_text(&d->scene, (struct spot){ EDGE, y + 42, LABEL - 8, 10, ANCHOR_START, FACE_MONO },
               "0x%" PRIx64, root);
}

/* The entries of one walk in a row.  @return Where the next box goes. */
static int row(struct drawing *d, const struct xenpt_paging *pg, const struct xenpt_walk *w,
               bool second, unsigned int *number, int x, int y)
{
    for (unsigned int i = 0; i < w->nr_steps; i++) {
        const struct xenpt_step *s = &w->step[i];
        bool counts = !pg->format.level[s->level].in_register;

        scene_arrow(&d->scene, x - GAP + 2, y + BOX / 2, x - 1, y + BOX / 2);
        *number += counts;
        entry(d, pg, s, w->in, fill_of(s, second, false), counts ? *number : 0,
              w->outcome == XENPT_NO_MEMORY && i == w->nr_steps - 1, x, y);
        x += BOX_WIDTH + GAP;
    }
    return x;
}

static void ending(struct drawing *d, const struct told *t, int x, int y)
{
    const struct xenpt_walk2 *w = &t->walk;
    unsigned int rights = w->guest.rights;
    char buf[RIGHTS_TEXT_MAX], amount[AMOUNT_MAX];
    struct spot at = { x + 7, y + 15, BOX_WIDTH - 14, 11, ANCHOR_START, FACE_BOLD };

    scene_arrow(&d->scene, x - GAP + 2, y + BOX / 2, x - 1, y + BOX / 2);
    scene_box(&d->scene, x, y, BOX_WIDTH, BOX, w->outcome == XENPT_MAPPED ? FILL_HEAD : FILL_PAPER,
              2);
    scene_text(&d->scene, at, "%s", xenpt_outcome_name(w->outcome));
    if (w->outcome != XENPT_MAPPED)
        return;
    at.y += 14;
    at.face = FACE_MONO;
    at.size = 10;
    scene_text(&d->scene, at, "0x%" PRIx64, w->out);
    at.y += 14;
    at.face = FACE_PLAIN;
    if (w->span)
        scene_text(&d->scene, at, "in a page of %s", amount_text(w->span, amount));
    at.y += 13;
    if (w->nr_second)
        rights = rights_under(rights, w->second[w->nr_second - 1].rights);
    scene_text(&d->scene, at, "rights %s", rights_text(rights, buf));
}

/* --- Walks --------------------------------------------------------------------------------- */

/* How the address falls into slots. */
static int fields(struct drawing *d, const struct told *t, int y)
{
    const struct xenpt_format *f = &t->context->paging.format;
    int x = EDGE + LABEL;

    for (unsigned int l = f->top; l >= 1; l--) {
        scene_box(&d->scene, x, y, 118, 20, FILL_NONE, 1);
        scene_text(&d->scene, (struct spot){ x + 59, y + 14, 112, 11, ANCHOR_MIDDLE, FACE_PLAIN },
                   "%u:%u  L%u slot %u", f->level[l].shift + f->level[l].bits - 1u,
                   f->level[l].shift, l, xenpt_slot(f, l, t->in));
        x += 118;
    }
    if (!f->top)
        return y;
    scene_box(&d->scene, x, y, 118, 20, FILL_NONE, 1);
    scene_text(&d->scene, (struct spot){ x + 59, y + 14, 112, 11, ANCHOR_MIDDLE, FACE_PLAIN },
               "%u:0  0x%" PRIx64, f->level[1].shift - 1u,
               t->in & (XENPT_BIT(f->level[1].shift) - 1));
    return y + 34;
}

static int heading(struct drawing *d, const struct told *t, int y)
{
    const struct xenpt_walk2 *w = &t->walk;
    char area[AREA_TEXT_MAX];

    area_text(d->view, t->context, t->in, area);
    scene_line(&d->scene, EDGE, y, d->scene.width - EDGE, y, 1, false);
    scene_text(
        &d->scene,
        (struct spot){ EDGE, y + 20, d->scene.width - 2 * EDGE, 13, ANCHOR_START, FACE_BOLD },
        "0x%" PRIx64 "%s%s%s in %s%s", t->in, *area ? " <" : "", area, *area ? ">" : "",
        t->context->name, t->others);
    scene_text(
        &d->scene,
        (struct spot){ EDGE, y + 37, d->scene.width - 2 * EDGE, 11, ANCHOR_START, FACE_FAINT },
        "%s%s%s, %u reference%s to memory", t->context->paging.format.name,
        w->nr_second ? " over " : "", w->nr_second ? t->context->second.format.name : "",
        w->references, w->references == 1 ? "" : "s");
    return fields(d, t, y + 48);
}

static int one_stage(struct drawing *d, const struct told *t, int y)
{
    unsigned int number = 0;
    int x;

    label(d, y, t->context->paging.format.top ? "root" : "not paged", t->context->paging.root);
    x = row(d, &t->context->paging, &t->walk.guest, false, &number, EDGE + LABEL, y);
    ending(d, t, x, y);
    return y + ROW;
}

/*
 * Row i: the second stage finds the guest's entry i, which is read then; the last one finds
 * the page.  The number of a guest's entry follows those of the walk that found it.
 */
static int two_stages(struct drawing *d, const struct told *t, int y)
{
    const struct xenpt_context *c = t->context;
    const struct xenpt_walk2 *w = &t->walk;
    unsigned int number = 0;
    int last_x = EDGE + LABEL + c->second.format.top * (BOX_WIDTH + GAP);

    for (unsigned int i = 0; i < w->nr_second; i++) {
        bool page = i == w->guest.nr_steps;
        char what[40];
        int x;

        if (page)
            snprintf(what, sizeof(what), "guest address of the page");
        else
            snprintf(what, sizeof(what), "guest's L%u entry at", w->guest.step[i].level);
        label(d, y, what, w->second[i].in);
        x = row(d, &c->second, &w->second[i], true, &number, EDGE + LABEL, y);
        if (w->second[i].outcome != XENPT_MAPPED || page) {
            ending(d, t, x, y);
        } else if (i < w->guest.nr_steps) {
            const struct xenpt_step *s = &w->guest.step[i];
            bool counts = !c->paging.format.level[s->level].in_register;

            number += counts;
            scene_arrow(&d->scene, x - GAP + 2, y + BOX / 2, last_x - 1, y + BOX / 2);
            entry(d, &c->paging, s, t->in, fill_of(s, false, true), counts ? number : 0,
                  w->guest.outcome == XENPT_NO_MEMORY && s == &w->guest.step[w->guest.nr_steps - 1],
                  last_x, y);
            if (i + 1 < w->nr_second) { /* Down, and back to where the next row begins. */
                int middle = last_x + BOX_WIDTH / 2, under = y + BOX + (ROW - BOX) / 2;

                scene_line(&d->scene, middle, y + BOX, middle, under, 1, false);
                scene_line(&d->scene, EDGE + LABEL - GAP + 2, under, middle, under, 1, false);
                scene_arrow(&d->scene, EDGE + LABEL - GAP + 2, under, EDGE + LABEL - GAP + 2,
                            y + ROW + BOX / 2);
            } else {
                ending(d, t, last_x + BOX_WIDTH + GAP, y);
            }
        }
        y += ROW;
    }
    return y;
}

static int boxes_across(const struct walks *w)
{
    int most = 5;

    for (size_t i = 0; i < w->nr; i++) {
        const struct xenpt_context *c = w->list[i].context;
        int n = (c->has_second ? c->second.format.top + 1 : c->paging.format.top) + 1;

        most = n > most ? n : most;
    }
    return most;
}

enum xenpt_code draw_walk(struct drawing *d, struct xenpt_error *err)
{
    static const struct legend legend[] = {
        { FILL_SYSTEM, "an entry" },
        { FILL_GUEST, "a guest's entry" },
        { FILL_SECOND, "the second stage's" },
        { FILL_PAPER, "not present" },
        { FILL_BAD, "illegal" },
    };
    struct walks w = { 0 };
    int y;

    collect(&w, d);
    if (!w.nr)
        return xenpt_fail(err, XENPT_ESTATE, "there is no walk to draw");
    d->scene.width = EDGE * 2 + LABEL + boxes_across(&w) * (BOX_WIDTH + GAP) - GAP;
    y = draw_heading(
        d, "Walk",
        "The entries that a processor reads, numbered in their order. Contexts whose walks differ "
        "in nothing but where their root is share one.");
    y += draw_legend(&d->scene, EDGE, y, legend, sizeof(legend) / sizeof(legend[0])) + 10;
    for (size_t i = 0; i < w.nr; i++) {
        y = heading(d, &w.list[i], y);
        y = w.list[i].walk.nr_second ? two_stages(d, &w.list[i], y) : one_stage(d, &w.list[i], y);
    }
    if (w.left_out)
        draw_end(d, y,
                 "Folded: %zu further walks differ from these and are left out; --context "
                 "chooses.",
                 w.left_out);
    else
        draw_end(d, y, "Nothing was folded.");
    return XENPT_OK;
}
