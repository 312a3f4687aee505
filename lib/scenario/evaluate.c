/* evaluate.c - an expression of a scenario that somebody asks about, after its run. */
#include <stdlib.h>
#include <string.h>

#include "scenario/run.h"

static const enum value_type types[] = {
    [XENPT_RUN_ADDRESS] = VALUE_ADDRESS,
    [XENPT_RUN_MADDR] = VALUE_MADDR,
    [XENPT_RUN_MFN] = VALUE_MFN,
    [XENPT_RUN_GFN] = VALUE_GFN,
};

/* It is of no file, and has no place in one. */
static const struct expr *parse(struct scope *s, struct doc *doc, const char *text,
                                enum value_type want)
{
    struct node *node = doc_alloc(doc, sizeof(*node));

    if (!node)
        return NULL;
    *node = (struct node){ .kind = NODE_TEXT, .at = { .file = "" } };
    node->text = doc_text(doc, text, strlen(text));
    return node->text ? expr_parse_range(s, node, want) : NULL;
}

/* On the machine as it is. */
static enum xenpt_code evaluate(struct xenpt_run *run, const struct expr *e, struct value *ret,
                                struct xenpt_error *err)
{
    struct world *w = calloc(1, sizeof(*w));
    enum xenpt_code code = XENPT_OK;

    if (!w)
        return xenpt_fail(err, XENPT_ENOMEM, "no memory for an expression");
    w->machine = run->machine;
    w->scope = run->cells[0].scope;
    w->out = run->out;
    memcpy(w->lets, run->lets, sizeof(w->lets));
    if (!expr_eval(w, e, ret)) {
        *err = w->problem;
        code = err->code;
    }
    free(w);
    return code;
}

enum xenpt_code xenpt_run_evaluate(struct xenpt_run *run, const char *text,
                                   enum xenpt_run_value want, uint64_t *first, uint64_t *last,
                                   struct xenpt_error *err)
{
    struct value v = { .v = 0 };
    enum xenpt_code code;
    const struct expr *e;
    struct scope *s;

    if (!xenpt_run_machine(run))
        return xenpt_fail(err, XENPT_ESTATE, "there is no machine on which it could be told");
    s = run->cells[0].scope;
    s->m = (struct mistakes){ .fn = NULL };
    e = parse(s, run->doc, text, types[want]);
    code = mistakes_end(&s->m, err);
    if (!e && !code)
        code = xenpt_fail(err, XENPT_ENOMEM, "no memory for an expression");
    if (!code)
        code = evaluate(run, e, &v, err);
    *first = v.v;
    *last = v.last;
    return code;
}
