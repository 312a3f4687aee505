/* audit_json.c - an audit as an element of "checks"; docs/json.md has the schema. */
#include "report/answer.h"
#include "report/audit.h"
#include "report/json_keys.h"

void audit_json_begin(struct audit_writer *w)
{
    struct json *j = &w->r->json;

    json_line(j);
    json_open(j, '{');
    key_list(j, "broken");
}

static void step(struct json *j, const struct xenpt_context *c, const struct reference *ref,
                 const struct xenpt_audit_finding *f)
{
    json_line(j);
    json_open(j, '{');
    key_number(j, "level", ref->step->level);
    key_hex(j, "at", ref->at);
    key_hex(j, "entry", ref->step->entry);
    json_key(j, "flags");
    flags_json(j, &c->paging.format, ref->step->level, ref->step->entry);
    key_bool(j, "found", ref->at == f->at && ref->step->level == f->level);
    json_close(j, '}');
}

static void walk(struct json *j, const struct audit_writer *w, const struct xenpt_audit_finding *f)
{
    struct reference refs[REFERENCES_MAX];
    struct answer a;
    unsigned int nr = answer_entries(&a, w->view, f->context, f->in, refs);

    key_list(j, "walk");
    for (unsigned int i = 0; i < nr; i++)
        if (!refs[i].unread)
            step(j, f->context, &refs[i], f);
    json_close(j, ']');
}

void audit_json_finding(struct audit_writer *w, const struct xenpt_audit_finding *f)
{
    const struct xenpt_audit_row *row = xenpt_audit_row(f->which);
    struct json *j = &w->r->json;

    json_line(j);
    json_open(j, '{');
    key_text(j, "invariant", row->name);
    key_text(j, "number", row->number);
    json_key(j, "context");
    json_open(j, '{');
    context_json(j, f->context);
    key_text(j, "kind", f->context->kind);
    key_text(j, "domain", *f->context->domain ? f->context->domain : NULL);
    json_close(j, '}');
    key_hex(j, "va", f->in);
    key_number(j, "level", f->level);
    key_hex(j, "at", f->at);
    key_hex(j, "entry", f->entry);
    key_number(j, "entries", f->nr);
    if (f->maddr)
        key_hex(j, "maddr", f->maddr);
    else
        key_text(j, "maddr", NULL);
    key_text(j, "text", f->text);
    area_json(j, w->view, f->context, f->in);
    walk(j, w, f);
    json_close(j, '}');
}

static void result(struct json *j, const struct xenpt_audit_row *row,
                   const struct xenpt_audit_result *r)
{
    json_line(j);
    json_open(j, '{');
    key_text(j, "name", row->name);
    key_text(j, "number", row->number);
    key_text(j, "text", row->text);
    key_text(j, "verdict", r->findings ? "broken" : r->judged ? "holds" : "not-judged");
    key_text(j, "why_not", r->why_not);
    key_text(j, "unseen", row->unseen);
    key_number(j, "looked", r->looked);
    key_number(j, "unread", r->unread);
    key_number(j, "findings", r->findings);
    json_close(j, '}');
}

void audit_json_results(struct audit_writer *w, const struct xenpt_audit_result *results,
                        size_t left_out)
{
    struct json *j = &w->r->json;

    json_close(j, ']');
    key_list(j, "invariants");
    for (unsigned int i = 0; i < XENPT_NR_AUDITS; i++)
        if (results[i].asked)
            result(j, xenpt_audit_row((enum xenpt_audit_invariant)i), &results[i]);
    json_close(j, ']');
    key_number(j, "left_out", left_out);
    json_close(j, '}');
}
