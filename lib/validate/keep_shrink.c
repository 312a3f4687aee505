/* keep_shrink.c - a kept disagreement, made as small as its MMU lets it be. */
#include <stdlib.h>

#include "validate/campaign.h"
#include "validate/shrink.h"

/* The answers of one blob of trials. */
struct trials {
    struct asker *asker;
    const struct kept *kept;
    struct results results;
    bool *still;
    uint32_t next;
};

static bool weigh(void *ctx, const struct case_view *c, unsigned int i, const struct answer *answer)
{
    struct trials *t = ctx;
    struct comparison comparison;
    struct difference d = { .cpu = &t->asker->session.cpu,
                            .c = c,
                            .access = &c->accesses[i],
                            .state = &c->states[c->accesses[i].state],
                            .answer = answer,
                            .comparison = &comparison,
                            .result = results_get(&t->results, t->next) };
    bool *still = &t->still[t->next++];
    uint32_t rows;

    *still = false;
    if (!d.result)
        return true;
    compare(c, i, answer, d.result, &comparison);
    /* Of the same rule and difference: another one may hide behind it. */
    if (comparison.differs && !comparison.open && answer->rule == t->kept->rule)
        *still = errata_explain(&d, t->asker->mmu->name, t->asker->session.version, t->kept->suite,
                                &rows) == t->kept->differs;
    return true;
}

static enum xenpt_code ask(void *ctx, const struct blob *blob, bool *still, struct xenpt_error *err)
{
    struct trials *t = ctx;
    enum xenpt_code code = t->asker->mmu->run(&t->asker->session, blob, &t->results, err);

    if (code)
        return code;
    t->still = still;
    t->next = 0;
    code = answer_blob(&t->asker->session.cpu, blob, weigh, t, err);
    results_free(&t->results);
    return code;
}

static enum xenpt_code shrink_one(struct campaign *c, struct kept *k, struct xenpt_error *err)
{
    struct trials trials = { .asker = &c->asker[k->asker], .kept = k };
    const struct shrink_options options = { .ask = ask,
                                            .ctx = &trials,
                                            .flags = suite_flags(k->suite) };
    struct case_draft *smaller = malloc(sizeof(*smaller));
    struct case_view view;
    struct blob blob;
    enum xenpt_code code;
    size_t at = 0;

    blob_init(&blob, suite_flags(k->suite));
    code = smaller ? blob_add(&blob, k->draft, err)
                   : xenpt_fail(err, XENPT_ENOMEM, "no memory for a case");
    if (!code)
        code = blob_finish(&blob, err);
    if (!code && blob_next(&blob, &at, &view))
        code = shrink(&options, &view, 0, smaller, err);
    if (!code) {
        free(k->draft);
        k->draft = smaller;
        smaller = NULL;
    }
    free(smaller);
    blob_free(&blob);
    return code;
}

enum xenpt_code keep_shrink(struct campaign *c, struct xenpt_error *err)
{
    for (size_t i = 0; i < c->nr_kept; i++) {
        struct kept *k = &c->kept[i];
        enum xenpt_code code = XENPT_OK;

        /* What a machine died of is left as it was: each trial would be a death. */
        if (k->draft && !(k->differs & DIFFERS_OUTCOME))
            code = shrink_one(c, k, err);
        if (code == XENPT_ENOMEM || code == XENPT_ESTOPPED)
            return code;
    }
    return XENPT_OK;
}
