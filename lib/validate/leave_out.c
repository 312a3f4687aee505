/* leave_out.c - a blob without the accesses that a machine would not survive. */
#include <stdlib.h>
#include <string.h>

#include "validate/errata.h"

/* What is left of a case stays together. */
static enum xenpt_code leave_out_of(const struct case_view *c, struct case_draft *draft,
                                    const struct erratum_of *of, uint64_t *counts,
                                    struct blob *blob, struct xenpt_error *err)
{
    case_begin(draft);
    memcpy(draft->state, c->states, c->head->nr_states * sizeof(*c->states));
    memcpy(draft->word, c->words, c->head->nr_words * sizeof(*c->words));
    draft->nr_states = c->head->nr_states;
    draft->nr_words = c->head->nr_words;
    for (uint32_t i = 0; i < c->head->nr_accesses; i++) {
        const struct blob_access *access = &c->accesses[i];
        int row = errata_exclude(of->cpu, &c->states[access->state], of->mmu, of->version,
                                 of->suite);

        if (row < 0)
            case_access(draft, access);
        else if (counts)
            counts[row]++;
    }
    return draft->nr_accesses ? blob_add(blob, draft, err) : XENPT_OK;
}

enum xenpt_code errata_leave_out(const struct erratum_of *of, const struct blob *all,
                                 uint64_t *counts, struct blob *ret, struct xenpt_error *err)
{
    struct case_draft *draft = malloc(sizeof(*draft));
    enum xenpt_code code = XENPT_OK;
    struct case_view c;
    size_t at = 0;

    blob_init(ret, all->flags);
    if (!draft)
        return xenpt_fail(err, XENPT_ENOMEM, "no memory for a case");
    while (!code && blob_next(all, &at, &c))
        code = leave_out_of(&c, draft, of, counts, ret, err);
    free(draft);
    return code ? code : blob_finish(ret, err);
}
