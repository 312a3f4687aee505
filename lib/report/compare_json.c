/* compare_json.c - a comparison as one object; docs/json.md has the schema. */
#include "report/compare.h"

static void inferred(struct json *j, const struct xenpt_report_comparison *c)
{
    json_key(j, "inferred");
    json_open(j, '[');
    for (size_t i = 0; i < c->nr_inferred; i++) {
        json_line(j);
        json_open(j, '{');
        json_key(j, "what");
        json_text(j, c->inferred[i].what);
        json_key(j, "value");
        json_text(j, c->inferred[i].value);
        json_key(j, "from");
        json_text(j, c->inferred[i].from);
        json_close(j, '}');
    }
    json_close(j, ']');
}

static void names(struct json *j, const char *key, const struct xenpt_context *const *contexts,
                  size_t nr)
{
    json_key(j, key);
    json_open(j, '[');
    for (size_t i = 0; i < nr; i++)
        json_text(j, contexts[i]->name);
    json_close(j, ']');
}

static void pairs(struct json *j, const struct xenpt_pairing *p)
{
    json_key(j, "pairs");
    json_open(j, '[');
    for (size_t i = 0; i < p->nr_pairs; i++) {
        json_line(j);
        json_open(j, '{');
        json_key(j, "model");
        json_text(j, p->pairs[i].model->name);
        json_key(j, "image");
        json_text(j, p->pairs[i].image->name);
        json_key(j, "kind");
        json_text(j, p->pairs[i].model->kind);
        json_close(j, '}');
    }
    json_close(j, ']');
    names(j, "only_model", p->lone_model, p->nr_lone_model);
    names(j, "only_image", p->lone_image, p->nr_lone_image);
}

static void counts(struct json *j, const uint64_t entries[XENPT_NR_COMPARED])
{
    for (unsigned int k = 0; k < XENPT_NR_COMPARED; k++) {
        json_key(j, xenpt_compared_name((enum xenpt_compared)k));
        json_number(j, entries[k]);
    }
}

static void areas(struct json *j, const struct xenpt_comparison *r)
{
    json_key(j, "areas");
    json_open(j, '[');
    for (size_t i = 0; i < r->nr_areas; i++) {
        json_line(j);
        json_open(j, '{');
        json_key(j, "area");
        json_text(j, r->areas[i].area);
        counts(j, r->areas[i].entries);
        json_close(j, '}');
    }
    json_close(j, ']');
}

static void entry(struct json *j, const struct xenpt_difference *d, const char *key,
                  const char *flags_key, uint64_t value)
{
    json_key(j, key);
    json_hex(j, value);
    json_key(j, flags_key);
    flags_json(j, &d->pair->image->paging.format, d->level, value);
}

static void difference(struct json *j, const struct xenpt_difference *d)
{
    json_line(j);
    json_open(j, '{');
    json_key(j, "kind");
    json_text(j, xenpt_compared_name(d->compared));
    json_key(j, "model");
    json_text(j, d->pair->model->name);
    json_key(j, "image");
    json_text(j, d->pair->image->name);
    json_key(j, "area");
    json_text(j, d->why.area);
    json_key(j, "owner");
    json_text(j, d->why.owner);
    json_key(j, "rule");
    json_text(j, d->why.rule ? d->why.rule->name : NULL);
    json_key(j, "level");
    json_number(j, d->level);
    json_key(j, "va");
    json_hex(j, d->in);
    json_key(j, "at");
    json_hex(j, d->at);
    entry(j, d, "found", "found_flags", d->found);
    entry(j, d, "expected", "expected_flags", d->expected);
    json_key(j, "reason");
    json_text(j, d->reason);
    json_close(j, '}');
}

void compare_json(struct xenpt_report *r, const struct xenpt_report_comparison *c)
{
    struct json *j = &r->json;

    json_key(j, "summary");
    json_open(j, '{');
    counts(j, c->result->entries);
    json_close(j, '}');
    inferred(j, c);
    pairs(j, c->pairing);
    areas(j, c->result);
    json_key(j, "differences");
    json_open(j, '[');
    for (size_t i = 0; i < c->nr_differences; i++)
        difference(j, &c->difference[i]);
    json_close(j, ']');
}
