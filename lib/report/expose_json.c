/* expose_json.c - exposures as elements of "exposures"; docs/json.md has the schema. */
#include "report/answer.h"
#include "report/expose.h"
#include "report/json_keys.h"

static const char *const kinds[XENPT_EXPOSE_KINDS] = { "read", "write", "execute" };

static void owner(struct json *j, const struct expose_writer *w, uint32_t nr)
{
    key_text(j, "owner", nr == XENPT_OWNER_NONE ? NULL : expose_owner_name(w, nr));
}

static void owners(struct json *j, const struct xenpt_owners *o)
{
    key_list(j, "owners");
    for (size_t i = 0; i < o->nr_names; i++) {
        uint64_t bytes = 0;

        for (size_t p = 0; p < o->nr_pieces; p++)
            if (o->pieces[p].owner == i)
                bytes += o->pieces[p].last - o->pieces[p].first + 1;
        json_line(j);
        json_open(j, '{');
        key_text(j, "name", o->names[i]);
        key_number(j, "bytes", bytes);
        json_close(j, '}');
    }
    json_close(j, ']');
}

void expose_json_begin(struct expose_writer *w)
{
    const struct xenpt_fear_row *row = xenpt_fear_row(w->opt->threat);
    struct json *j = &w->r->json;

    json_line(j);
    json_open(j, '{');
    key_text(j, "threat", row->name);
    key_bool(j, "immune", w->opt->immune);
    owners(j, w->opt->owners);
    key_list(j, "rows");
}

static void cell(struct json *j, const struct expose_writer *w, const struct xenpt_expose_cell *c)
{
    json_line(j);
    json_open(j, '{');
    owner(j, w, c->owner);
    for (int k = 0; k < XENPT_EXPOSE_KINDS; k++) {
        json_key(j, kinds[k]);
        json_open(j, '{');
        key_number(j, "bytes", c->bytes[k]);
        key_number(j, "ranges", c->ranges[k]);
        json_close(j, '}');
    }
    for (int s = 0; s < XENPT_NR_SIGHTS; s++)
        key_number(j, xenpt_sight_name((enum xenpt_sight)s), c->sight[s]);
    json_close(j, '}');
}

static void pieces(struct json *j, const struct expose_writer *w,
                   const struct xenpt_expose_row *row)
{
    char can[CAN_TEXT_MAX];

    key_list(j, "ranges");
    for (size_t i = 0; i < row->nr_pieces; i++) {
        const struct xenpt_expose_piece *p = &row->pieces[i];

        json_line(j);
        json_open(j, '{');
        key_hex(j, "first", p->first);
        key_hex(j, "last", p->last);
        key_text(j, "can", expose_can_text(p->can, can));
        owner(j, w, p->owner);
        key_text(j, "sight", xenpt_sight_name(p->sight));
        json_close(j, '}');
    }
    json_close(j, ']');
}

static void context(struct json *j, const struct xenpt_context *c, enum xenpt_executor by)
{
    json_key(j, "context");
    json_open(j, '{');
    context_json(j, c);
    key_text(j, "kind", c->kind);
    key_text(j, "domain", *c->domain ? c->domain : NULL);
    json_close(j, '}');
    key_text(j, "by", xenpt_executor_name(by));
}

void expose_json_row(struct expose_writer *w, const struct xenpt_expose_row *row)
{
    struct json *j = &w->r->json;

    json_line(j);
    json_open(j, '{');
    context(j, row->context, row->by);
    key_list(j, "cells");
    for (size_t i = 0; i < row->nr_cells; i++)
        cell(j, w, &row->cells[i]);
    json_close(j, ']');
    key_bool(j, "incomplete", row->incomplete);
    if (w->ranges)
        pieces(j, w, row);
    json_close(j, '}');
}

void expose_json_end(struct expose_writer *w)
{
    json_close(&w->r->json, ']');
    json_close(&w->r->json, '}');
}

/* --- Policies ------------------------------------------------------------------------------ */

void expose_json_policies(struct expose_writer *w)
{
    struct json *j = &w->r->json;

    json_line(j);
    json_open(j, '{');
    key_list(j, "findings");
}

static void step(struct json *j, const struct xenpt_context *c, const struct reference *ref)
{
    const struct xenpt_paging *pg = ref->second ? &c->second : &c->paging;

    json_open(j, '{');
    key_text(j, "stage", ref->second ? "second" : "first");
    key_number(j, "level", ref->step->level);
    key_hex(j, "at", ref->at);
    key_hex(j, "entry", ref->step->entry);
    json_key(j, "flags");
    flags_json(j, &pg->format, ref->step->level, ref->step->entry);
    json_close(j, '}');
}

static void walk(struct json *j, const struct expose_writer *w,
                 const struct xenpt_policy_finding *f)
{
    struct reference refs[REFERENCES_MAX];
    struct answer a;
    unsigned int nr = answer_entries(&a, w->view, f->context, f->in, refs);

    key_list(j, "walk");
    for (unsigned int i = 0; i < nr; i++)
        if (!refs[i].unread)
            step(j, f->context, &refs[i]);
    json_close(j, ']');
}

void expose_json_finding(struct expose_writer *w, const struct xenpt_policy_finding *f)
{
    struct json *j = &w->r->json;
    char can[CAN_TEXT_MAX];

    json_line(j);
    json_open(j, '{');
    key_text(j, "policy", xenpt_policy_row(f->policy)->name);
    context(j, f->context, f->by);
    key_number(j, "slot", f->slot);
    key_number(j, "bytes", f->bytes);
    key_hex(j, "va", f->in);
    key_hex(j, "maddr", f->maddr);
    key_text(j, "can", expose_can_text(f->can, can));
    owner(j, w, f->owner);
    area_json(j, w->view, f->context, f->in);
    walk(j, w, f);
    json_close(j, '}');
}
