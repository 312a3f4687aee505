/* share_json.c - a slot as an element of "slots"; docs/json.md has the schema. */
#include "report/share.h"

static void names(struct json *j, const struct share_writer *w, const size_t *members, size_t nr)
{
    json_open(j, '[');
    for (size_t i = 0; i < nr; i++)
        json_text(j, w->contexts[members[i]]->name);
    json_close(j, ']');
}

static const char *leads_to(const struct xenpt_share_group *g)
{
    if (g->itself)
        return "itself";
    return g->role == XENPT_TABLE ? "table" : g->role == XENPT_PAGE ? "page" : "malformed";
}

static void group(struct json *j, const struct share_writer *w, const struct xenpt_share_group *g)
{
    json_open(j, '{');
    json_key(j, "entry");
    json_hex(j, g->entry);
    json_key(j, "leads_to");
    json_text(j, leads_to(g));
    json_key(j, "maddr");
    json_hex(j, g->target);
    json_key(j, "same_as_slot");
    if (g->has_twin)
        json_number(j, g->twin);
    else
        json_nothing(j);
    json_key(j, "contexts");
    names(j, w, g->members, g->nr_members);
    json_close(j, '}');
}

static void meeting(struct json *j, const struct xenpt_share_meeting *m)
{
    json_open(j, '{');
    json_key(j, "groups");
    json_open(j, '[');
    json_number(j, m->a);
    json_number(j, m->b);
    json_close(j, ']');
    json_key(j, "level");
    json_number(j, m->level);
    json_key(j, "tables");
    json_number(j, m->tables);
    json_key(j, "of");
    json_number(j, m->of);
    json_key(j, "pages");
    json_number(j, m->pages);
    json_key(j, "others");
    json_number(j, m->others);
    json_key(j, "cut");
    json_bool(j, m->cut);
    json_close(j, '}');
}

static void context(struct json *j, const struct xenpt_context *c)
{
    json_line(j);
    json_open(j, '{');
    context_json(j, c);
    json_key(j, "kind");
    json_text(j, c->kind);
    json_key(j, "domain");
    json_text(j, *c->domain ? c->domain : NULL);
    json_close(j, '}');
}

void share_json_begin(const struct share_writer *w)
{
    struct json *j = &w->r->json;

    json_key(j, "contexts");
    json_open(j, '[');
    for (size_t i = 0; i < w->nr; i++)
        context(j, w->contexts[i]);
    json_close(j, ']');
    json_key(j, "slots");
    json_open(j, '[');
}

void share_json_end(const struct share_writer *w)
{
    json_close(&w->r->json, ']');
}

void share_json(const struct share_writer *w, const struct xenpt_share_slot *slot)
{
    const struct xenpt_context *c = w->contexts[slot->groups[0].members[0]];
    struct json *j = &w->r->json;

    json_line(j);
    json_open(j, '{');
    json_key(j, "slot");
    json_number(j, slot->slot);
    json_key(j, "first");
    json_hex(j, slot->first);
    json_key(j, "last");
    json_hex(j, slot->last);
    area_json(j, w->view, c, slot->first);
    json_key(j, "groups");
    json_open(j, '[');
    for (size_t i = 0; i < slot->nr_groups; i++)
        group(j, w, &slot->groups[i]);
    json_close(j, ']');
    json_key(j, "absent");
    names(j, w, slot->absent, slot->nr_absent);
    json_key(j, "meet");
    json_open(j, '[');
    for (size_t i = 0; i < slot->nr_meetings; i++)
        meeting(j, &slot->meetings[i]);
    json_close(j, ']');
    json_close(j, '}');
}
