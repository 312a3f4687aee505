/* run_json.c - what came of a scenario as objects, one for each cell; docs/json.md has the schema.
 */
#include "report/json_keys.h"
#include "report/run.h"

static void optional(struct json *j, const char *key, const char *value)
{
    if (value)
        key_text(j, key, value);
}

static void place(struct json *j, const struct xenpt_run_place *p)
{
    key_text(j, "file", p->file);
    key_number(j, "line", p->line);
    key_number(j, "column", p->column);
}

/* --- Walks --------------------------------------------------------------------------------- */

static void entry(struct json *j, const struct xenpt_run_entry *e)
{
    json_open(j, '{');
    key_text(j, "stage", e->second ? "second" : "first");
    key_number(j, "level", e->level);
    key_number(j, "slot", e->slot);
    key_hex(j, "at", e->at);
    key_hex(j, "entry", e->entry);
    key_text(j, "flags", e->flags);
    optional(j, "owner", e->owner);
    optional(j, "rule", e->rule);
    json_close(j, '}');
}

static void walks(struct json *j, const struct xenpt_run_expectation *e)
{
    json_key(j, "walks");
    json_open(j, '[');
    for (size_t i = 0; i < e->nr_walks; i++) {
        const struct xenpt_run_walk *w = &e->walks[i];

        json_open(j, '{');
        key_text(j, "context", w->context);
        key_hex(j, "va", w->in);
        optional(j, "area", w->area);
        key_text(j, "ended", w->ended);
        json_key(j, "steps");
        json_open(j, '[');
        for (size_t k = 0; k < w->nr_entries; k++)
            entry(j, &w->entries[k]);
        json_close(j, ']');
        json_close(j, '}');
    }
    json_close(j, ']');
}

/* --- Expectations and steps ---------------------------------------------------------------- */

static void expectation(struct json *j, const struct xenpt_run_step *s,
                        const struct xenpt_run_expectation *e)
{
    json_line(j);
    json_open(j, '{');
    key_text(j, "verdict", xenpt_run_verdict_name(e->verdict));
    key_number(j, "step", s->number);
    key_text(j, "text", e->text);
    place(j, &e->place);
    optional(j, "because", e->because);
    optional(j, "subject", e->subject);
    optional(j, "expected", e->expected);
    optional(j, "found", e->found);
    key_number(j, "asked", e->asked);
    key_number(j, "failed", e->failed);
    if (e->nr_walks)
        walks(j, e);
    json_close(j, '}');
}

static void changes(struct json *j, const struct xenpt_run_step *s)
{
    json_key(j, "changes");
    json_open(j, '[');
    for (size_t i = 0; i < s->nr_changes; i++) {
        const struct xenpt_run_change *c = &s->changes[i];

        json_line(j);
        json_open(j, '{');
        key_hex(j, "at", c->at);
        key_hex(j, "before", c->before);
        key_hex(j, "after", c->after);
        optional(j, "table", c->table);
        if (c->table) {
            key_number(j, "level", c->level);
            key_number(j, "slot", c->slot);
        }
        optional(j, "flags", c->flags);
        optional(j, "place", c->place);
        optional(j, "name", c->name);
        optional(j, "to", c->to);
        optional(j, "why", c->why);
        json_key(j, "poke");
        json_bool(j, c->poke);
        json_close(j, '}');
    }
    json_close(j, ']');
}

static void touch(struct json *j, const struct xenpt_run_touch *one)
{
    const struct xenpt_touch *t = one->touch;

    json_line(j);
    json_open(j, '{');
    key_text(j, "by", xenpt_touch_by_word((enum xenpt_touch_by)t->by)->name);
    optional(j, "whom", one->whom);
    if (t->cpu != XENPT_TOUCH_NOBODY)
        key_number(j, "cpu", t->cpu);
    key_text(j, "why", xenpt_touch_why_word((enum xenpt_touch_why)t->why)->name);
    key_text(j, "through", xenpt_touch_through_word((enum xenpt_touch_through)t->through)->name);
    key_text(j, "access", t->write ? "write" : "read");
    json_key(j, "writable");
    json_bool(j, t->writable);
    key_text(j, "domain", one->domain);
    json_key(j, "xens");
    json_bool(j, t->xens);
    if (t->va != XENPT_TOUCH_UNKNOWN)
        key_hex(j, "va", t->va);
    if (t->gfn != XENPT_TOUCH_UNKNOWN)
        key_hex(j, "gfn", t->gfn);
    if (t->maddr != XENPT_TOUCH_UNKNOWN)
        key_hex(j, "maddr", t->maddr);
    optional(j, "frame", one->frame);
    key_number(j, "length", t->length);
    key_number(j, "times", t->times);
    key_text(j, "consent", xenpt_touch_consent_word((enum xenpt_touch_consent)t->consent)->name);
    key_text(j, "text", one->text);
    json_close(j, '}');
}

static void touches(struct json *j, const struct xenpt_run_step *s)
{
    json_key(j, "touches");
    json_open(j, '[');
    for (size_t i = 0; i < s->nr_touches; i++)
        touch(j, &s->touches[i]);
    json_close(j, ']');
}

static void steps(struct json *j, const struct xenpt_run_cell *c)
{
    json_key(j, "steps");
    json_open(j, '[');
    for (size_t i = 1; i < c->nr_steps; i++) {
        const struct xenpt_run_step *s = &c->steps[i];

        json_line(j);
        json_open(j, '{');
        key_number(j, "step", s->number);
        key_text(j, "verdict", xenpt_run_verdict_name(s->verdict));
        optional(j, "name", s->name);
        key_text(j, "text", s->text);
        place(j, &s->place);
        optional(j, "said", s->said);
        if (s->changes)
            changes(j, s);
        if (s->touches)
            touches(j, s);
        json_close(j, '}');
    }
    json_close(j, ']');
}

/* --- Invariants ---------------------------------------------------------------------------- */

static void invariants(struct json *j, const struct xenpt_run_cell *c)
{
    key_number(j, "checks", c->checks);
    json_key(j, "invariants");
    json_open(j, '[');
    for (size_t i = 0; i < c->nr_invariants; i++) {
        const struct xenpt_run_invariant *one = &c->invariants[i];

        json_line(j);
        json_open(j, '{');
        key_text(j, "invariant", one->name);
        optional(j, "number", one->number);
        key_text(j, "verdict", xenpt_run_verdict_name(one->verdict));
        if (one->verdict == XENPT_RUN_FAILED)
            key_number(j, "step", one->step);
        json_key(j, "declared");
        json_bool(j, one->declared);
        json_close(j, '}');
    }
    json_close(j, ']');
}

/* --- Cells and files ----------------------------------------------------------------------- */

static void head(struct json *j, const struct xenpt_run_result *r, const char *name,
                 enum xenpt_run_verdict verdict)
{
    json_line(j);
    json_open(j, '{');
    key_text(j, "file", r->file);
    optional(j, "name", r->name);
    key_text(j, "cell", name);
    key_text(j, "verdict", xenpt_run_verdict_name(verdict));
}

static void cell(struct json *j, const struct xenpt_run_result *r, const struct xenpt_run_cell *c)
{
    head(j, r, c->name, c->verdict);
    optional(j, "error", c->error);
    key_number(j, "held", c->held);
    key_number(j, "failed", c->failed);
    key_number(j, "errors", c->errors);
    if (c->nr_steps && c->steps[0].touches)
        touches(j, &c->steps[0]);
    steps(j, c);
    json_key(j, "expectations");
    json_open(j, '[');
    for (size_t i = 0; i < c->nr_steps; i++)
        for (size_t k = 0; k < c->steps[i].nr_expectations; k++)
            expectation(j, &c->steps[i], &c->steps[i].expectations[k]);
    json_close(j, ']');
    if (c->checks)
        invariants(j, c);
    json_close(j, '}');
}

static void mistakes(struct json *j, const struct xenpt_run_result *r)
{
    head(j, r, "", r->verdict);
    json_key(j, "mistakes");
    json_open(j, '[');
    for (size_t i = 0; i < r->nr_mistakes; i++) {
        json_line(j);
        json_open(j, '{');
        key_text(j, "file", r->mistakes[i].file);
        key_number(j, "line", r->mistakes[i].line);
        key_number(j, "column", r->mistakes[i].column);
        key_text(j, "text", r->mistakes[i].text);
        json_close(j, '}');
    }
    json_close(j, ']');
    json_key(j, "expectations");
    json_open(j, '[');
    json_close(j, ']');
    json_close(j, '}');
}

void run_json(struct xenpt_report *r, const struct xenpt_run_result *result)
{
    if (!result->nr_cells)
        mistakes(&r->json, result);
    for (size_t i = 0; i < result->nr_cells; i++)
        cell(&r->json, result, &result->cells[i]);
}
