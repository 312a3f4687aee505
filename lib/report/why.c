/* why.c - what the view's explainer says of the entries that a walk read. */
#include <stdio.h>
#include <string.h>

#include "report/answer.h"
#include "report/state.h"
#include "report/words.h"

/* Columns that the area of an entry takes, and those before what is said of it. */
#define AREA_WIDTH 22
#define WHY_COLUMN 42

static const struct xenpt_paging *paging_of(const struct answer *a, const struct reference *ref)
{
    return ref->second ? &a->context->second : &a->context->paging;
}

/* An entry speaks for an aligned stretch; the question names its first address. */
static bool ask(const struct xenpt_view *view, const struct answer *a, const struct reference *ref,
                struct xenpt_entry_explanation *ret)
{
    const struct xenpt_explainer *e = view->explainer;
    const struct xenpt_paging *pg = paging_of(a, ref);
    uint64_t in = ref->second ? a->walk.second[ref->which].in : a->walk.guest.in;
    struct xenpt_entry_question question = {
        .context = a->context,
        .second = ref->second,
        .level = ref->step->level,
        .in = in & ~((UINT64_C(1) << pg->format.level[ref->step->level].shift) - 1),
        .at = ref->at,
        .entry = ref->step->entry,
    };

    *ret = (struct xenpt_entry_explanation){ 0 };
    return e && e->entry && !ref->unread && e->entry(e, &question, ret) && ret->rule;
}

void why_text(struct text *t, const struct xenpt_view *view, const struct answer *a)
{
    struct reference refs[REFERENCES_MAX];
    unsigned int n = answer_references(a, refs);
    struct xenpt_entry_explanation x;
    const char *shared = NULL;
    bool begun = false;
    char level[16];

    for (unsigned int i = 0; i < n; i++) {
        if (!ask(view, a, &refs[i], &x))
            continue;
        if (!begun)
            text_put(t, HEAD, "\n  entry      owner  area                  why\n");
        begun = true;
        snprintf(level, sizeof(level), "%s%sL%u",
                 a->context->has_second ? stage_name(a->context, refs[i].second) : "",
                 a->context->has_second ? " " : "", refs[i].step->level);
        out_text(t->out, "  ");
        text_cell(t, HEAD, level, 11);
        text_cell(t, PLAIN, x.owner ? x.owner : "", 7);
        text_cell(t, PLAIN, x.area ? x.area : "", AREA_WIDTH);
        if (x.area && strlen(x.area) >= AREA_WIDTH)
            out_char(t->out, ' ');
        text_wrap(t, x.rule->text, WHY_COLUMN, WHY_COLUMN);
        /* What is said of several entries in a row is said once. */
        if (x.shared && x.shared != shared) {
            out_blanks(t->out, WHY_COLUMN);
            text_wrap(t, x.shared, WHY_COLUMN, WHY_COLUMN);
        }
        shared = x.shared;
    }
}

void why_json(struct json *j, const struct xenpt_view *view, const struct answer *a,
              const struct reference *ref)
{
    struct xenpt_entry_explanation x;
    bool known;

    if (!view->explainer || !view->explainer->entry)
        return;
    known = ask(view, a, ref, &x);
    json_key(j, "area");
    json_text(j, known ? x.area : NULL);
    json_key(j, "owner");
    json_text(j, known ? x.owner : NULL);
    json_key(j, "why");
    if (!known) {
        json_nothing(j);
        return;
    }
    json_open(j, '{');
    json_key(j, "rule");
    json_text(j, x.rule->name);
    json_key(j, "text");
    json_text(j, x.rule->text);
    json_key(j, "source");
    json_text(j, x.rule->source);
    json_key(j, "shared");
    json_text(j, x.shared);
    json_close(j, '}');
}
