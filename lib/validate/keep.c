/*
 * keep.c - disagreements: the first of each kind in full, and what the other MMUs say to them.
 *
 * Two are of one kind if they are of one MMU and suite, differ in the same, and the same rule
 * decided.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "validate/campaign.h"
#include "validate/describe.h"

static struct kept *find(struct campaign *c, unsigned int asker, enum suite suite,
                         unsigned int differs, enum xenpt_rule_id rule)
{
    for (size_t i = 0; i < c->nr_kept; i++) {
        struct kept *k = &c->kept[i];

        if (k->asker == asker && k->suite == suite && k->differs == differs && k->rule == rule)
            return k;
    }
    return NULL;
}

/* The case with one access; NULL: no memory, and it is only counted. */
static struct case_draft *draft_of(const struct difference *d)
{
    struct case_draft *draft = malloc(sizeof(*draft));

    if (!draft)
        return NULL;
    case_begin(draft);
    memcpy(draft->state, d->c->states, d->c->head->nr_states * sizeof(*d->c->states));
    memcpy(draft->word, d->c->words, d->c->head->nr_words * sizeof(*d->c->words));
    draft->nr_states = d->c->head->nr_states;
    draft->nr_words = d->c->head->nr_words;
    case_access(draft, d->access);
    return draft;
}

void keep_difference(struct asker *a, const struct difference *d, unsigned int differs)
{
    struct campaign *c = a->campaign;
    unsigned int index = (unsigned int)(a - c->asker);
    struct kept *k;

    pthread_mutex_lock(&c->lock);
    k = find(c, index, a->suite, differs, d->answer->rule);
    if (k)
        k->like++;
    else if (c->nr_kept < c->keep)
        c->kept[c->nr_kept++] = (struct kept){ .asker = index,
                                               .suite = a->suite,
                                               .differs = differs,
                                               .rule = d->answer->rule,
                                               .like = 1,
                                               .draft = draft_of(d) };
    pthread_mutex_unlock(&c->lock);
}

void keep_told(struct asker *a, const struct xenpt_validate_difference *told)
{
    struct campaign *c = a->campaign;
    bool room;

    pthread_mutex_lock(&c->lock);
    room = c->nr_kept < c->keep;
    if (room)
        c->kept[c->nr_kept++] = (struct kept){ .asker = (unsigned int)(a - c->asker),
                                               .suite = a->suite,
                                               .rule = told->rule,
                                               .like = 1,
                                               .told = *told };
    pthread_mutex_unlock(&c->lock);
    if (!room)
        free(told->text);
}

/* --- What the MMUs say --------------------------------------------------------------------- */

/* An MMU's answers to the kept cases of a suite. */
struct polling {
    struct asker *asker;
    enum suite suite;
    size_t of[XENPT_VALIDATE_KEEP_MAX]; /* Which of the kept are asked about, in order. */
    size_t nr;
    struct results results;
};

static const char *text_of(const struct result *result, char ret[256])
{
    char buf[DESCRIBE_TEXT];

    snprintf(
        ret, 256, "%.255s",
        describe_result(result, (const struct result_changed *)(const void *)(result + 1), buf));
    return ret;
}

static bool write_down(void *ctx, const struct case_view *c, unsigned int i,
                       const struct answer *answer)
{
    struct polling *p = ctx;
    struct campaign *campaign = p->asker->campaign;
    struct xenpt_validate_difference *d;
    const struct result *result = results_get(&p->results, (uint32_t)p->nr);
    size_t which = p->of[p->nr++];
    struct comparison comparison;
    char buf[DESCRIBE_TEXT];

    d = &campaign->validation->difference[which];
    if (!result)
        return true;
    compare(c, i, answer, result, &comparison);
    if (campaign->kept[which].asker == (unsigned int)(p->asker - campaign->asker)) {
        text_of(result, d->answer);
        snprintf(d->model, sizeof(d->model), "%.255s",
                 describe_result(&answer->result, answer->changed, buf));
        free(d->text);
        d->text = strdup(describe(&p->asker->session.cpu, c, i, buf));
    } else if (d->nr_votes < XENPT_VALIDATE_VOTES_MAX) {
        struct xenpt_validate_vote *vote = &d->vote[d->nr_votes++];

        vote->mmu = p->asker->mmu->name;
        vote->agrees = !comparison.differs;
        text_of(result, vote->answer);
    }
    return true;
}

/* One MMU, one suite: all that was kept of it in one blob. */
static enum xenpt_code poll(struct campaign *c, struct asker *a, enum suite suite,
                            struct xenpt_error *err)
{
    struct polling p = { .asker = a, .suite = suite };
    struct blob blob;
    enum xenpt_code code = XENPT_OK;

    blob_init(&blob, suite_flags(suite));
    for (size_t i = 0; !code && i < c->nr_kept; i++) {
        if (!c->kept[i].draft || c->kept[i].suite != suite ||
            errata_exclude(&a->session.cpu,
                           &c->kept[i].draft->state[c->kept[i].draft->access[0].state],
                           a->mmu->name, a->session.version, suite) >= 0)
            continue;
        p.of[p.nr++] = i;
        code = blob_add(&blob, c->kept[i].draft, err);
    }
    if (!code && p.nr) {
        p.nr = 0;
        code = blob_finish(&blob, err);
        if (!code)
            code = a->mmu->run(&a->session, &blob, &p.results, err);
        if (!code)
            code = answer_blob(&a->session.cpu, &blob, write_down, &p, err);
    }
    results_free(&p.results);
    blob_free(&blob);
    return code;
}

/* A machine that wrote its results down, or one that fails now, has no vote. */
static enum xenpt_code poll_all(struct campaign *c, struct xenpt_error *err)
{
    for (unsigned int i = 0; i < c->nr_askers; i++) {
        struct asker *a = &c->asker[i];

        for (enum suite s = 0; a->open && s < NR_SUITES; s++) {
            enum xenpt_code code = a->session.suites >> s & 1 ? poll(c, a, s, err) : XENPT_OK;

            if (code == XENPT_ENOMEM || code == XENPT_ESTOPPED)
                return code;
        }
    }
    return XENPT_OK;
}

enum xenpt_code keep_finish(struct campaign *c, struct xenpt_error *err)
{
    struct xenpt_validation *v = c->validation;
    char buf[DIFFERS_TEXT];

    if (!c->nr_kept)
        return XENPT_OK;
    v->difference = calloc(c->nr_kept, sizeof(*v->difference));
    if (!v->difference)
        return xenpt_fail(err, XENPT_ENOMEM, "no memory for disagreements");
    v->nr_differences = c->nr_kept;
    for (size_t i = 0; i < c->nr_kept; i++) {
        struct kept *k = &c->kept[i];
        struct xenpt_validate_difference *d = &v->difference[i];

        if (!k->draft) {
            *d = k->told;
            k->told.text = NULL;
        }
        if (!d->what[0])
            snprintf(d->what, sizeof(d->what), "%s", differs_text(k->differs, buf));
        d->mmu = c->asker[k->asker].mmu->name;
        d->suite = d->suite ? d->suite : suite_name(k->suite);
        d->rule = k->rule;
        d->like = k->like;
    }
    return poll_all(c, err);
}

void keep_free(struct campaign *c)
{
    for (size_t i = 0; i < c->nr_kept; i++) {
        free(c->kept[i].draft);
        free(c->kept[i].told.text);
    }
    free(c->kept);
}
