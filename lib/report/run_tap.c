/*
 * run_tap.c - what came of scenarios by the Test Anything Protocol, version 13: a test point an
 * expectation; of what did not hold a YAML block tells more.
 */
#include <inttypes.h>
#include <stdio.h>

#include "report/run.h"

void run_tap_begin(struct xenpt_report *r)
{
    out_text(&r->out, "TAP version 13\n");
}

void run_tap_end(struct xenpt_report *r)
{
    char plan[32];

    snprintf(plan, sizeof(plan), "1..%" PRIu64 "\n", r->points);
    out_text(&r->out, plan);
}

/* A description: # begins a directive, and lines are lines. */
static void described(struct out *o, const char *s)
{
    for (; *s; s++) {
        if (*s == '#' || *s == '\\')
            out_char(o, '\\');
        out_char(o, (unsigned char)*s < ' ' ? ' ' : *s);
    }
}

static void point(struct xenpt_report *r, bool ok, const char *of, const char *name)
{
    char head[48];

    snprintf(head, sizeof(head), "%s %" PRIu64 " - ", ok ? "ok" : "not ok", ++r->points);
    out_text(&r->out, head);
    described(&r->out, of);
    out_text(&r->out, ": ");
    described(&r->out, name);
}

/* A text in YAML, in double quotes. */
static void quoted(struct out *o, const char *s)
{
    char code[8];

    out_char(o, '"');
    for (; *s; s++) {
        if ((unsigned char)*s < ' ') {
            snprintf(code, sizeof(code), "\\x%02x", (unsigned int)(unsigned char)*s);
            out_text(o, code);
            continue;
        }
        if (*s == '"' || *s == '\\')
            out_char(o, '\\');
        out_char(o, *s);
    }
    out_text(o, "\"\n");
}

static void row(struct out *o, const char *key, const char *value)
{
    if (!value)
        return;
    out_text(o, "  ");
    out_text(o, key);
    out_text(o, ": ");
    quoted(o, value);
}

static void at(struct out *o, const struct xenpt_run_place *p)
{
    char line[64];

    snprintf(line, sizeof(line), "  line: %u\n  column: %u\n", p->line, p->column);
    row(o, "file", p->file);
    out_text(o, line);
}

static void put_line(void *ctx, const char *text)
{
    out_text(ctx, "    - ");
    quoted(ctx, text);
}

static void expectation(struct xenpt_report *r, const char *of, const struct xenpt_run_step *s,
                        const struct xenpt_run_expectation *e)
{
    struct out *o = &r->out;
    char name[RUN_NAME_MAX];
    bool bad = e->verdict == XENPT_RUN_FAILED || e->verdict == XENPT_RUN_ERROR;

    point(r, !bad, of, run_step_words(s, e->text, name));
    out_text(o, e->verdict == XENPT_RUN_SKIPPED ? " # SKIP not reached\n" : "\n");
    if (!bad)
        return;
    out_text(o, "  ---\n");
    at(o, &e->place);
    row(o, "because", e->because);
    row(o, "in", e->subject);
    row(o, "expected", e->expected);
    row(o, e->verdict == XENPT_RUN_ERROR ? "error" : "found", e->found);
    if (e->nr_walks)
        out_text(o, "  walk:\n");
    for (size_t i = 0; i < e->nr_walks; i++)
        run_walk_lines(&e->walks[i], put_line, o);
    out_text(o, "  ...\n");
}

static void error_point(struct xenpt_report *r, const char *of, const char *name,
                        const struct xenpt_run_place *p, const char *why)
{
    point(r, false, of, name);
    out_text(&r->out, "\n  ---\n");
    at(&r->out, p);
    row(&r->out, "error", why);
    out_text(&r->out, "  ...\n");
}

static void cell(struct xenpt_report *r, const struct xenpt_run_result *result,
                 const struct xenpt_run_cell *c)
{
    char of[RUN_NAME_MAX], name[RUN_NAME_MAX];

    run_cell_words(result, c, of);
    if (c->error)
        error_point(r, of, "the machine", &c->place, c->error);
    for (size_t i = 0; i < c->nr_steps; i++) {
        const struct xenpt_run_step *s = &c->steps[i];

        if (s->undone)
            error_point(r, of, run_step_words(s, s->text, name), &s->place, s->said);
        for (size_t k = 0; k < s->nr_expectations; k++)
            expectation(r, of, s, &s->expectations[k]);
    }
}

void run_tap(struct xenpt_report *r, const struct xenpt_run_result *result)
{
    for (size_t i = 0; i < result->nr_mistakes; i++) {
        const struct xenpt_error *m = &result->mistakes[i];
        struct xenpt_run_place place = { m->file, m->line, m->column };

        error_point(r, result->file, "is a scenario", &place, m->text);
    }
    for (size_t i = 0; i < result->nr_cells; i++)
        cell(r, result, &result->cells[i]);
}
