/*
 * run_text.c - what came of a scenario, for people: a line for what held, and of what did not all
 * that it takes to see why.
 */
#include <inttypes.h>

#include "report/run.h"

static enum style style_of(enum xenpt_run_verdict v)
{
    static const enum style styles[] = { GOOD, BAD, BAD, FAINT };

    return styles[v];
}

static void place(struct text *t, const struct xenpt_run_place *p)
{
    text_format(t, FAINT, "%s:%u:%u: ", p->file, p->line, p->column);
}

/* "expected  not mapped" */
static void row(struct text *t, const char *what, const char *says)
{
    if (!says)
        return;
    out_text(t->out, "        ");
    text_cell(t, FAINT, what, 10);
    text_wrap(t, says, 18, 18);
}

/* --- Walks --------------------------------------------------------------------------------- */

static void entry(struct text *t, const struct xenpt_run_entry *e, bool two_stages)
{
    out_text(t->out, "          ");
    if (two_stages)
        text_cell(t, FAINT, e->second ? "host" : "guest", 6);
    text_format(t, HEAD, "L%u", e->level);
    out_dec(t->out, e->slot, 5);
    text_format(t, PLAIN, "  %016" PRIx64 "  ", e->entry);
    if (e->owner || e->rule) {
        text_cell(t, PLAIN, e->flags, 24);
        text_format(t, FAINT, "  %s%s%s", e->owner ? e->owner : "", e->owner && e->rule ? ": " : "",
                    e->rule ? e->rule : "");
    } else {
        out_text(t->out, e->flags);
    }
    out_char(t->out, '\n');
}

static void walk(struct text *t, const struct xenpt_run_walk *w)
{
    bool two_stages = false;

    for (size_t i = 0; i < w->nr_entries; i++)
        two_stages |= w->entries[i].second;
    out_text(t->out, "        ");
    text_cell(t, FAINT, "the walk", 10);
    text_format(t, PLAIN, "of 0x%" PRIx64 "%s%s%s in %s: %s\n", w->in, w->area ? " <" : "",
                w->area ? w->area : "", w->area ? ">" : "", w->context, w->ended);
    for (size_t i = 0; i < w->nr_entries; i++)
        entry(t, &w->entries[i], two_stages);
}

/* --- Expectations and steps ---------------------------------------------------------------- */

/* What held is told when each step is. */
static void holds(struct text *t, const struct xenpt_run_expectation *e)
{
    row(t, "holds", e->text);
    row(t, "because", e->because);
}

static void expectation(struct text *t, const struct xenpt_run_expectation *e, bool trace)
{
    if (trace && e->verdict == XENPT_RUN_HELD)
        holds(t, e);
    if (e->verdict == XENPT_RUN_HELD || e->verdict == XENPT_RUN_SKIPPED)
        return;
    out_text(t->out, "      ");
    place(t, &e->place);
    text_put(t, BAD, e->text);
    out_char(t->out, '\n');
    row(t, "because", e->because);
    if (e->asked > 1 && e->failed)
        text_format(t, PLAIN, "        %-10s%s, and %" PRIu64 " of %" PRIu64 " in all\n", "of",
                    e->subject ? e->subject : "", e->failed, e->asked);
    else
        row(t, "of", e->subject);
    row(t, "expected", e->expected);
    row(t, e->verdict == XENPT_RUN_ERROR ? "cannot be" : "found", e->found);
    for (size_t i = 0; i < e->nr_walks; i++)
        walk(t, &e->walks[i]);
}

static void change(struct text *t, const struct xenpt_run_change *c)
{
    text_format(t, PLAIN, "        %s0x%" PRIx64 " ", c->poke ? "poke " : "", c->at);
    if (c->name)
        text_format(t, HEAD, "%s%s", c->name, c->table ? ", " : " ");
    if (c->table)
        text_format(t, FAINT, "%s ", c->table);
    if (c->place)
        text_format(t, FAINT, "%s: ", c->place);
    else if (c->name || c->table)
        text_format(t, FAINT, "slot %u: ", c->slot);
    text_format(t, PLAIN, "%016" PRIx64 " -> %016" PRIx64, c->before, c->after);
    if (c->flags && *c->flags)
        text_format(t, PLAIN, "  %s", c->flags);
    if (c->to)
        text_format(t, PLAIN, " to %s", c->to);
    out_char(t->out, '\n');
    if (!c->why)
        return;
    out_text(t->out, "            ");
    text_wrap(t, c->why, 12, 12);
}

static void touch(struct text *t, const struct xenpt_run_touch *touch)
{
    text_format(t, PLAIN, "        %s%s%s%s\n", touch->text, touch->frame ? " (" : "",
                touch->frame ? touch->frame : "", touch->frame ? ")" : "");
}

static void step(struct text *t, const struct xenpt_run_step *s, bool trace)
{
    bool bad = s->verdict == XENPT_RUN_FAILED || s->verdict == XENPT_RUN_ERROR;

    if (!bad && !s->nr_touches && !(trace && s->number && s->verdict != XENPT_RUN_SKIPPED))
        return;
    out_text(t->out, "    ");
    if (s->number)
        text_format(t, HEAD, "step %u%s%s", s->number, s->name ? " " : "", s->name ? s->name : "");
    else
        text_put(t, HEAD, "before any step");
    if (s->number)
        text_format(t, PLAIN, "  %s", s->text);
    out_char(t->out, '\n');
    if (s->undone) {
        out_text(t->out, "      ");
        place(t, &s->place);
        text_put(t, BAD, "this cannot be done: ");
        out_text(t->out, s->said);
        out_char(t->out, '\n');
    } else if (s->said) {
        row(t, "", s->said);
    }
    for (size_t i = 0; s->changes && i < s->nr_changes; i++)
        change(t, &s->changes[i]);
    for (size_t i = 0; i < s->nr_touches; i++)
        touch(t, &s->touches[i]);
    for (size_t i = 0; i < s->nr_expectations; i++)
        expectation(t, &s->expectations[i], trace);
}

/* --- Cells and files ----------------------------------------------------------------------- */

static void count(struct text *t, uint64_t n, const char *what)
{
    if (n)
        text_format(t, PLAIN, ", %" PRIu64 " %s", n, what);
}

static uint64_t not_reached(const struct xenpt_run_cell *c)
{
    uint64_t n = 0;

    for (size_t i = 0; i < c->nr_steps; i++)
        for (size_t k = 0; k < c->steps[i].nr_expectations; k++)
            n += c->steps[i].expectations[k].verdict == XENPT_RUN_SKIPPED;
    return n;
}

/* Invariants, where they were asked after every step; of those that do not hold there is more. */
static void kept(struct text *t, const struct xenpt_run_cell *c)
{
    uint64_t held = 0, declared = 0;

    for (size_t i = 0; i < c->nr_invariants; i++) {
        held += c->invariants[i].verdict == XENPT_RUN_HELD;
        declared += c->invariants[i].declared;
    }
    if (c->checks < 2)
        return;
    count(t, held, held == 1 ? "invariant holds" : "invariants hold");
    count(t, declared, "broken as it says");
    text_format(t, FAINT, " in %" PRIu64 " checks", c->checks);
}

static void cell(struct text *t, const struct xenpt_run_result *r, const struct xenpt_run_cell *c,
                 bool trace)
{
    uint64_t all = c->held + c->failed + c->errors;

    text_cell(t, style_of(c->verdict), xenpt_run_verdict_name(c->verdict), 8);
    text_format(t, PLAIN, "%s%s%s%s%s", r->file, r->name ? " " : "", r->name ? r->name : "",
                *c->name ? " " : "", c->name);
    if (all)
        text_format(t, FAINT, ": %" PRIu64 " of %" PRIu64 " hold", c->held, all);
    else
        text_put(t, ODD, ": nothing is expected");
    count(t, c->errors, c->errors == 1 ? "error" : "errors");
    count(t, not_reached(c), "not reached");
    kept(t, c);
    out_char(t->out, '\n');
    if (c->error) {
        out_text(t->out, "    ");
        place(t, &c->place);
        text_format(t, BAD, "there is no such machine: %s\n", c->error);
    }
    for (size_t i = 0; i < c->nr_steps; i++)
        step(t, &c->steps[i], trace);
}

void run_text(struct xenpt_report *r, const struct xenpt_run_result *result)
{
    struct text *t = &r->text;
    bool trace = false;

    for (size_t i = 0; i < result->nr_cells; i++)
        for (size_t k = 0; k < result->cells[i].nr_steps; k++)
            trace |= result->cells[i].steps[k].changes || result->cells[i].steps[k].touches;
    if (result->nr_mistakes) {
        text_cell(t, BAD, "error", 8);
        text_format(t, PLAIN, "%s: %zu mistake%s\n", result->file, result->nr_mistakes,
                    result->nr_mistakes == 1 ? "" : "s");
    }
    for (size_t i = 0; i < result->nr_mistakes; i++) {
        char line[sizeof(result->mistakes[i].text) + sizeof(result->mistakes[i].file) + 64];

        xenpt_error_format(&result->mistakes[i], line, sizeof(line));
        text_format(t, PLAIN, "    %s\n", line);
    }
    for (size_t i = 0; i < result->nr_cells; i++)
        cell(t, result, &result->cells[i], trace);
}
