/* walk_json.c - a walk as an element of "walks"; docs/json.md has the schema. */
#include "report/answer.h"
#include "report/state.h"
#include "report/words.h"

static const char *const fault_keys[XENPT_NR_FAULT_KINDS] = {
    [XENPT_FAULT_EPT_VIOLATION] = "exit_qualification",
    [XENPT_FAULT_NPF] = "exit_info1",
};

static void fault(struct json *j, const struct xenpt_fault *f)
{
    char names[WORDS_MAX];

    json_key(j, "fault");
    if (f->kind == XENPT_FAULT_NONE) {
        json_nothing(j);
        return;
    }
    json_open(j, '{');
    json_key(j, "kind");
    json_text(j, xenpt_fault_name(f->kind));
    json_key(j, "vector");
    if (f->vector)
        json_number(j, f->vector);
    else
        json_nothing(j);
    json_key(j, "error_code");
    if (f->vector)
        json_number(j, f->code);
    else
        json_nothing(j);
    json_key(j, "cr2");
    if (f->kind == XENPT_FAULT_PF)
        json_hex(j, f->address);
    else
        json_nothing(j);
    if (!f->vector) {
        json_key(j, "gaddr");
        json_hex(j, f->address);
    }
    if (fault_keys[f->kind]) {
        json_key(j, fault_keys[f->kind]);
        json_hex(j, f->code);
    }
    json_key(j, "code_words");
    json_text(j, code_names(f, names));
    json_close(j, '}');
}

static void steps(struct json *j, const struct xenpt_view *view, const struct answer *a)
{
    struct reference refs[REFERENCES_MAX];
    unsigned int n = answer_references(a, refs);

    json_key(j, "steps");
    json_open(j, '[');
    for (unsigned int i = 0; i < n; i++) {
        const struct xenpt_paging *pg = refs[i].second ? &a->context->second : &a->context->paging;

        json_line(j);
        json_open(j, '{');
        json_key(j, "level");
        json_number(j, refs[i].step->level);
        json_key(j, "at");
        json_hex(j, refs[i].at);
        json_key(j, "entry");
        if (refs[i].unread)
            json_nothing(j);
        else
            json_hex(j, refs[i].step->entry);
        json_key(j, "flags");
        flags_json(j, &pg->format, refs[i].step->level, refs[i].step->entry);
        if (a->context->has_second) {
            json_key(j, "stage");
            json_text(j, refs[i].second ? "second" : "guest");
        }
        if (a->context->has_second && !refs[i].second) {
            json_key(j, "gaddr");
            json_hex(j, refs[i].gaddr);
        }
        why_json(j, view, a, &refs[i]);
        json_close(j, '}');
    }
    json_close(j, ']');
}

static void access(struct json *j, const struct xenpt_access *access)
{
    json_key(j, "access");
    json_open(j, '{');
    json_key(j, "kind");
    json_text(j, access_name(access->kind));
    json_key(j, "cpl");
    json_number(j, access->cpl);
    json_key(j, "ac");
    json_bool(j, access->ac);
    json_key(j, "implicit");
    json_bool(j, access->implicit);
    json_key(j, "shadow_stack");
    json_bool(j, access->shadow_stack);
    json_close(j, '}');
}

static void updates(struct json *j, const struct answer *a)
{
    json_key(j, "updates");
    json_open(j, '[');
    for (unsigned int i = 0; i < a->verdict.nr_updates; i++) {
        const struct xenpt_update2 *u = &a->verdict.update[i];
        const struct xenpt_paging *pg = u->second ? &a->context->second : &a->context->paging;

        json_open(j, '{');
        json_key(j, "level");
        json_number(j, u->update.level);
        json_key(j, "at");
        json_hex(j, u->update.at);
        json_key(j, "set");
        json_open(j, '[');
        if (u->update.set & pg->format.accessed)
            json_text(j, "A");
        if (u->update.set & pg->format.dirty)
            json_text(j, "D");
        json_close(j, ']');
        if (a->context->has_second) {
            json_key(j, "stage");
            json_text(j, u->second ? "second" : "guest");
        }
        json_close(j, '}');
    }
    json_close(j, ']');
}

static void decided(struct json *j, const struct answer *a)
{
    const struct xenpt_step *s = answer_decider(a);

    json_key(j, "rule");
    json_text(j, a->verdict.rule ? xenpt_rule(a->verdict.rule)->name : NULL);
    json_key(j, "decided_by");
    if (!s) {
        json_nothing(j);
        return;
    }
    json_open(j, '{');
    json_key(j, "level");
    json_number(j, s->level);
    json_key(j, "at");
    json_hex(j, s->at);
    json_key(j, "bits");
    json_hex(j, a->verdict.bits);
    if (a->context->has_second) {
        json_key(j, "stage");
        json_text(j, a->verdict.second ? "second" : "guest");
    }
    json_close(j, '}');
}

/* Where the source knows of memory: what is there, or null. */
static void holds(struct json *j, const struct xenpt_view *view, const struct answer *a)
{
    const struct xenpt_explainer *e = view->explainer;
    struct xenpt_memory_explanation x = { 0 };

    if (!e || !e->memory)
        return;
    json_key(j, "holds");
    if (a->walk.outcome != XENPT_MAPPED || !e->memory(e, a->walk.out, &x)) {
        json_nothing(j);
        return;
    }
    json_open(j, '{');
    json_key(j, "owner");
    json_text(j, x.owner);
    json_key(j, "use");
    json_text(j, x.use);
    json_key(j, "what");
    json_text(j, x.what);
    json_key(j, "offset");
    json_hex(j, x.into);
    json_close(j, '}');
}

static void found(struct json *j, const struct answer *a)
{
    bool mapped = a->walk.outcome == XENPT_MAPPED;
    char rights[RIGHTS_TEXT_MAX];

    json_key(j, "outcome");
    json_text(j, xenpt_outcome_name(a->walk.outcome));
    json_key(j, "maddr");
    if (mapped)
        json_hex(j, a->walk.out);
    else
        json_nothing(j);
    if (a->context->has_second) {
        json_key(j, "gaddr");
        if (a->walk.guest.outcome == XENPT_MAPPED)
            json_hex(j, a->walk.guest.out);
        else
            json_nothing(j);
    }
    json_key(j, "page");
    json_text(j, a->page);
    json_key(j, "rights");
    json_text(j, rights_text(a->rights, rights));
    json_key(j, "memory_type");
    json_text(j, mapped ? xenpt_memtype_name(a->memtype) : NULL);
}

void walk_json(struct xenpt_report *r, const struct xenpt_view *view,
               const struct xenpt_question *question, const struct answer *a)
{
    struct json *j = &r->json;

    json_line(j);
    json_open(j, '{');
    json_key(j, "context");
    json_text(j, a->context->name);
    json_key(j, "va");
    json_hex(j, question->in);
    area_json(j, view, a->context, question->in);
    access(j, &a->access);
    found(j, a);
    holds(j, view, a);
    json_key(j, "allowed");
    json_bool(j, a->verdict.allowed);
    fault(j, &a->verdict.fault);
    decided(j, a);
    json_key(j, "references");
    json_number(j, a->walk.references);
    updates(j, a);
    steps(j, view, a);
    json_close(j, '}');
    r->items++;
}
