/* validate_json.c - a validation as the element of "validations"; docs/json.md has the schema. */
#include "report/json_keys.h"
#include "report/state.h"

static void suite(struct json *j, const char *name, const struct xenpt_validate_counts *c)
{
    json_open(j, '{');
    key_text(j, "suite", name);
    key_number(j, "cases", c->cases);
    key_number(j, "accesses", c->accesses);
    key_number(j, "agreed", c->agreed);
    key_number(j, "free", c->free);
    key_number(j, "errata", c->errata);
    key_number(j, "open", c->open);
    key_number(j, "disagreed", c->disagreed);
    key_number(j, "died", c->died);
    key_number(j, "milliseconds", (uint64_t)(c->seconds * 1000));
    key_number(j, "model_microseconds", (uint64_t)(c->model_seconds * 1e6));
    json_close(j, '}');
}

static void result(struct json *j, const struct xenpt_validation *v,
                   const struct xenpt_validate_result *r)
{
    struct xenpt_validate_suite s;

    json_line(j);
    json_open(j, '{');
    key_text(j, "mmu", r->mmu.name);
    key_bool(j, "skipped", r->skipped);
    key_bool(j, "missed", r->missed);
    key_text(j, "why", r->why[0] ? r->why : NULL);
    key_text(j, "version", r->version);
    key_text(j, "kind", r->kind);
    key_text(j, "processor", r->processor);
    key_text(j, "note", r->note);
    key_list(j, "suites");
    for (unsigned int i = 0; xenpt_validate_suite(i, &s); i++)
        if (r->suites >> i & 1)
            suite(j, s.name, &r->counts[i]);
    json_close(j, ']');
    json_key(j, "rules");
    json_open(j, '{');
    for (unsigned int i = 0; i < XENPT_NR_RULES; i++)
        if (r->rules[i])
            key_number(j, xenpt_rule(i)->name, r->rules[i]);
    json_close(j, '}');
    key_list(j, "freedoms");
    for (size_t i = 0; i < v->nr_freedoms; i++) {
        if (!r->freedoms[i])
            continue;
        json_open(j, '{');
        key_text(j, "text", v->freedom[i].text);
        key_text(j, "source", v->freedom[i].source);
        key_number(j, "accesses", r->freedoms[i]);
        json_close(j, '}');
    }
    json_close(j, ']');
    json_close(j, '}');
}

static void erratum(struct json *j, const struct xenpt_validate_erratum *e)
{
    json_line(j);
    json_open(j, '{');
    key_text(j, "mmu", e->mmu);
    key_text(j, "name", e->name);
    key_text(j, "text", e->text);
    key_text(j, "source", e->source);
    key_number(j, "seen", e->seen);
    json_close(j, '}');
}

static void difference(struct json *j, const struct xenpt_validate_difference *d)
{
    json_line(j);
    json_open(j, '{');
    key_text(j, "mmu", d->mmu);
    key_text(j, "suite", d->suite);
    key_text(j, "what", d->what);
    key_number(j, "like", d->like);
    key_text(j, "case", d->text);
    key_text(j, "model", d->model);
    key_text(j, "answer", d->answer);
    key_bool(j, "alone", d->alone);
    key_text(j, "rule", d->rule ? xenpt_rule(d->rule)->name : NULL);
    key_text(j, "source", d->rule ? xenpt_rule(d->rule)->source : NULL);
    key_list(j, "votes");
    for (unsigned int i = 0; i < d->nr_votes; i++) {
        json_open(j, '{');
        key_text(j, "mmu", d->vote[i].mmu);
        key_bool(j, "agrees", d->vote[i].agrees);
        key_bool(j, "known", d->vote[i].known);
        key_text(j, "answer", d->vote[i].answer);
        json_close(j, '}');
    }
    json_close(j, ']');
    json_close(j, '}');
}

void validate_json(struct xenpt_report *r, const struct xenpt_validation *v)
{
    struct json *j = &r->json;

    json_line(j);
    json_open(j, '{');
    key_number(j, "seed", v->seed);
    key_number(j, "accesses", v->accesses);
    key_text(j, "source", v->source[0] ? v->source : NULL);
    key_number(j, "asked", v->asked);
    key_number(j, "disagreed", v->disagreed);
    key_bool(j, "missed", v->missed);
    key_list(j, "mmus");
    for (size_t i = 0; i < v->nr_results; i++)
        result(j, v, &v->result[i]);
    json_close(j, ']');
    key_list(j, "errata");
    for (size_t i = 0; i < v->nr_errata; i++)
        erratum(j, &v->erratum[i]);
    json_close(j, ']');
    key_list(j, "left_out");
    for (size_t i = 0; i < v->nr_left_out; i++)
        json_text(j, v->left_out[i]);
    json_close(j, ']');
    key_list(j, "differences");
    for (size_t i = 0; i < v->nr_differences; i++)
        difference(j, &v->difference[i]);
    json_close(j, ']');
    json_close(j, '}');
}
