/* left_out.c - contexts of a view that an MMU is not asked about. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "validate/campaign.h"

static void note(struct xenpt_validation *v, const char *text)
{
    char(*more)[256] = realloc(v->left_out, (v->nr_left_out + 1) * sizeof(*more));

    if (!more)
        return;
    v->left_out = more;
    snprintf(more[v->nr_left_out++], sizeof(*more), "%s", text);
}

void leave_out_context(struct asker *a, const char *context, const char *why)
{
    char text[256];

    snprintf(text, sizeof(text), "%.48s, on %s: %s", context, a->mmu->name, why);
    pthread_mutex_lock(&a->campaign->lock);
    note(a->campaign->validation, text);
    pthread_mutex_unlock(&a->campaign->lock);
}

void leave_out_rest(struct campaign *c)
{
    unsigned int asked = 0;

    for (unsigned int i = 0; i < c->nr_askers; i++)
        asked |= c->asker[i].result->suites;
    for (size_t i = 0; i < c->view->nr_contexts; i++) {
        const struct xenpt_context *context = &c->view->contexts[i];
        const char *why;
        enum suite suite = suite_of(context, &why);
        char text[256], none[96];

        if (suite < NR_SUITES && asked >> suite & 1)
            continue;
        snprintf(none, sizeof(none), "no MMU that was asked does %s",
                 suite < NR_SUITES ? suite_name(suite) : "");
        snprintf(text, sizeof(text), "%.48s: %s", context->name, why ? why : none);
        note(c->validation, text);
    }
}
