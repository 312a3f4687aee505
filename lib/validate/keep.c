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

static const char *text_of(const struct result *result, char ret[256])
{
    char buf[DESCRIBE_TEXT];

    snprintf(
        ret, 256, "%.255s",
        describe_result(result, (const struct result_changed *)(const void *)(result + 1), buf));
    return ret;
}

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
    if (k) {
        k->like++;
    } else if (c->nr_kept < c->keep) {
        k = &c->kept[c->nr_kept++];
        *k = (struct kept){ .asker = index,
                            .suite = a->suite,
                            .differs = differs,
                            .rule = d->answer->rule,
                            .like = 1,
                            .draft = draft_of(d) };
        text_of(d->result, k->told.answer);
    }
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

/* What the MMU whose disagreement it is says to it by itself, as small as it is now. */
static void write_own(struct polling *p, const struct difference *d,
                      struct xenpt_validate_difference *told)
{
    char buf[DESCRIBE_TEXT];

    told->alone = !d->comparison->differs;
    if (!told->alone)
        text_of(d->result, told->answer);
    snprintf(told->model, sizeof(told->model), "%.255s",
             describe_result(&d->answer->result, d->answer->changed, buf));
    free(told->text);
    told->text = strdup(
        describe(&p->asker->session.cpu, d->c, (unsigned int)(d->access - d->c->accesses), buf));
}

static void write_vote(struct polling *p, const struct difference *d,
                       struct xenpt_validate_difference *told)
{
    const struct asker *a = p->asker;
    struct xenpt_validate_vote *vote = &told->vote[told->nr_votes++];
    uint32_t rows;

    vote->mmu = a->mmu->name;
    vote->agrees = !d->comparison->differs;
    vote->known = !vote->agrees &&
                  !errata_explain(d, a->mmu->name, a->session.version, p->suite, &rows);
    text_of(d->result, vote->answer);
}

static bool write_down(void *ctx, const struct case_view *c, unsigned int i,
                       const struct answer *answer)
{
    struct polling *p = ctx;
    struct campaign *campaign = p->asker->campaign;
    const struct result *result = results_get(&p->results, (uint32_t)p->nr);
    size_t which = p->of[p->nr++];
    struct xenpt_validate_difference *told = &campaign->validation->difference[which];
    struct comparison comparison;
    const struct difference d = { .cpu = &p->asker->session.cpu,
                                  .c = c,
                                  .access = &c->accesses[i],
                                  .state = &c->states[c->accesses[i].state],
                                  .answer = answer,
                                  .result = result,
                                  .comparison = &comparison };

    if (!result)
        return true;
    compare(c, i, answer, result, &comparison);
    if (campaign->kept[which].asker == (unsigned int)(p->asker - campaign->asker))
        write_own(p, &d, told);
    else if (told->nr_votes < XENPT_VALIDATE_VOTES_MAX)
        write_vote(p, &d, told);
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

        /* Of the MMU "cpu" all of it; of others what was seen in the run. */
        *d = k->told;
        k->told.text = NULL;
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
