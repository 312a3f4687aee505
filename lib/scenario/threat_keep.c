/*
 * threat_keep.c - the threats of a file, before any step and after each, or after those that they
 * name.  What does not hold is told once, as an expectation of that step; what holds, with the
 * last.
 */
#include <inttypes.h>
#include <string.h>

#include "scenario/run.h"
#include "scenario/threat_blocks.h"
#include "xen/internal.h"

static const struct threat_blocks *blocks_of(const struct world *w)
{
    return w->scope->blocks;
}

bool threats_begin(struct world *w)
{
    const struct threat_blocks *b = blocks_of(w);

    if (!b || !b->nr)
        return true;
    w->threats = doc_alloc(w->out, b->nr * THREAT_CLAIMS_MAX * sizeof(*w->threats));
    return w->threats;
}

/* --- Telling ------------------------------------------------------------------------------- */

struct keeping_threat {
    struct world *w;
    const struct threat_block *b;
    const struct xenpt_threat *t;
    bool last;
    struct xenpt_run_step *step;
    struct xenpt_run_cell *cell;
    bool failed; /* No memory. */
};

static void add(struct keeping_threat *k, struct xenpt_run_expectation one)
{
    struct xenpt_run_step *to = k->step;
    struct xenpt_run_expectation *all = doc_alloc(k->w->out,
                                                  (to->nr_expectations + 1) * sizeof(*all));

    if (!all || !one.text) {
        k->failed = true;
        return;
    }
    if (to->nr_expectations)
        memcpy(all, to->expectations, to->nr_expectations * sizeof(*all));
    one.place = result_place(k->w->out, &k->b->node->at);
    one.because = one.verdict == XENPT_RUN_FAILED && k->b->because
                      ? world_text(k->w, "%s", k->b->because)
                      : NULL;
    all[to->nr_expectations++] = one;
    to->expectations = all;
    if (one.verdict > to->verdict && one.verdict != XENPT_RUN_SKIPPED)
        to->verdict = one.verdict;
    k->cell->held += one.verdict == XENPT_RUN_HELD;
    k->cell->failed += one.verdict == XENPT_RUN_FAILED;
    k->cell->errors += one.verdict == XENPT_RUN_ERROR;
}

static const char *claim_text(struct keeping_threat *k, const char *claim, const char *what)
{
    return world_text(k->w, "threat: %s, %s: %s", k->b->name, claim, what);
}

static const char *names_text(struct keeping_threat *k)
{
    const struct name_list *names = &k->b->becomes_not;
    const char *text = "";

    for (size_t i = 0; text && i < names->nr; i++)
        text = world_text(k->w, "%s%s%s", text, i ? ", " : "", names->word[i]);
    return text ? text : "";
}

/* Of a claim that was checked now. */
static void tell(struct keeping_threat *k, struct threat_kept *kept, const char *claim,
                 const char *what, const char *expected, const char *found)
{
    kept->checks++;
    if (found) {
        kept->broken = true;
        add(k, (struct xenpt_run_expectation){ .verdict = XENPT_RUN_FAILED,
                                               .text = claim_text(k, claim, what),
                                               .asked = 1,
                                               .failed = 1,
                                               .expected = expected,
                                               .found = found });
    }
}

/* With the last step, of one that was not broken. */
static void tell_kept(struct keeping_threat *k, const struct threat_kept *kept, const char *claim,
                      const char *what)
{
    struct xenpt_run_expectation one = { .verdict = XENPT_RUN_HELD,
                                         .text = claim_text(k, claim, what),
                                         .asked = 1 };

    if (!k->last || kept->broken || !kept->checks)
        return;
    if (!kept->met) {
        one.verdict = XENPT_RUN_FAILED;
        one.failed = 1;
        one.expected = "some such frames, after some step";
        one.found = "there are none, so that this says nothing";
    }
    add(k, one);
}

/* --- What holds ---------------------------------------------------------------------------- */

/* The domain that a target names is not there now. */
static bool is_gone(const struct world *w)
{
    return w->problem.code == XENPT_ESTATE;
}

static bool ask_target(struct keeping_threat *k, enum threat_claim claim,
                       const struct threat_target *target, struct threat_kept *kept)
{
    unsigned int rights = threat_claim_rights[claim];
    const char *found = NULL, *expected = NULL;
    struct threat_asked q;
    struct threat_found f;

    if (!threat_asked_of(k->w, target->to, target->what, &q)) {
        kept->checks += is_gone(k->w);
        return is_gone(k->w);
    }
    q.no_granted = k->b->except == EXCEPT_GRANTED;
    f = threat_find(k->t, &q, rights, false);
    kept->met |= f.with + f.without != 0;
    if (f.with) {
        expected = world_text(k->w, "no way to %s", threat_rights_text(k->w, rights));
        found = threat_first_found(k->w, k->t, &f);
    }
    tell(k, kept, threat_claim_words[claim].name, target->text, expected, found);
    return true;
}

static bool ask_becomes(struct keeping_threat *k, struct threat_kept *kept)
{
    struct name_list there = { .nr = 0 };
    struct threat_terms named = { .who = k->b->becomes_not }, is;
    struct xenpt_party parties[NAMES_MAX];
    struct xenpt_threat_way way;
    const char *found = NULL, *expected = NULL;

    kept->met = true;
    if (threat_terms_there(k->w, &named, &is))
        there = is.who;
    if (!threat_parties_of(k->w, &there, parties))
        return false;
    for (size_t i = 0; !found && i < there.nr; i++)
        if (xenpt_threat_way_to(k->t, parties[i], &way)) {
            expected = world_text(k->w, "does not become %s", there.word[i]);
            found = threat_way_text(k->w, k->t, &way);
        }
    tell(k, kept, "becomes-not", names_text(k), expected, found);
    return true;
}

/* Every claim of a block; without a threat that was worked out, what came of them. */
static bool each_claim(struct keeping_threat *k, struct threat_kept *kept)
{
    size_t n = 0;

    for (unsigned int c = 0; c < NR_THREAT_CLAIMS; c++)
        for (size_t i = 0; i < k->b->claims[c].nr; i++, n++) {
            const struct threat_target *target = &k->b->claims[c].target[i];

            k->w->problem = (struct xenpt_error){ .code = XENPT_OK };
            if (k->t && !kept[n].broken && !ask_target(k, (enum threat_claim)c, target, &kept[n]))
                return false;
            tell_kept(k, &kept[n], threat_claim_words[c].name, target->text);
        }
    if (k->b->becomes_not.nr) {
        if (k->t && !kept[n].broken && !ask_becomes(k, &kept[n]))
            return false;
        tell_kept(k, &kept[n], "becomes-not", names_text(k));
    }
    return true;
}

static void cannot(struct keeping_threat *k)
{
    struct world *w = k->w;

    w->no_memory |= w->problem.code == XENPT_ENOMEM;
    add(k, (struct xenpt_run_expectation){ .verdict = XENPT_RUN_ERROR,
                                           .text = world_text(w, "threat: %s", k->b->name),
                                           .found = world_text(w, "%s", w->problem.text) });
}

/* Whether it is to be asked now. */
static bool is_due(const struct threat_block *b, size_t step, const struct verb *verb)
{
    return b->at ? b->at[step] : !verb || !verb->quiet;
}

/* What they reach, to be destroyed; NULL: nobody is there, or it was not asked, or cannot be told.
 */
static struct xenpt_threat *check_block(struct keeping_threat *k, bool due,
                                        struct threat_kept *kept)
{
    struct xenpt_threat *t = NULL;
    struct threat_terms there;
    bool ok = true;

    k->w->problem = (struct xenpt_error){ .code = XENPT_OK };
    /* Who is not there does nothing. */
    if (due && threat_terms_there(k->w, &k->b->terms, &there)) {
        t = threat_work_out(k->w, &there);
        ok = t;
    }
    k->t = t;
    if (!ok || !each_claim(k, kept))
        cannot(k);
    return t;
}

bool threat_now(struct world *w, const struct threat_block *b, struct xenpt_threat **ret,
                struct xenpt_run_step *step)
{
    struct threat_kept kept[THREAT_CLAIMS_MAX] = { { .broken = false } };
    struct xenpt_run_cell cell = { .held = 0 };
    struct keeping_threat k = { .w = w, .b = b, .last = true, .step = step, .cell = &cell };

    *ret = check_block(&k, true, kept);
    return !k.failed;
}

bool threats_check(struct world *w, size_t i, const struct verb *verb, bool last,
                   struct xenpt_run_step *step, struct xenpt_run_cell *cell)
{
    const struct threat_blocks *all = blocks_of(w);
    struct keeping_threat k = { .w = w, .last = last, .step = step, .cell = cell };

    for (size_t n = 0; w->threats && n < all->nr && !k.failed; n++) {
        bool due = is_due(&all->list[n], i, verb);

        k.b = &all->list[n];
        if (due || last)
            xenpt_threat_destroy(check_block(&k, due, &w->threats[n * THREAT_CLAIMS_MAX]));
    }
    return !k.failed;
}
