/*
 * shrink.c - the smallest case that still shows a disagreement.
 *
 * Starting a machine is dear, and a thousand cases more are not.  So each round asks about all
 * single steps at once; then about the first n of those that were possible, for every n; and
 * takes the largest n at which the disagreement is still there.
 */
#include "validate/shrink.h"

#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "xenpt/cpu.h"

#define STEPS_MAX 1024

/* One way to make a case smaller. */
struct step {
    enum { STEP_REGISTER, STEP_ACCESS, STEP_BIT, STEP_WORD } kind;
    unsigned int which; /* Register, way of access, or word... */
    uint64_t bits;      /* ...and its bits that go. */
};

/* Bits of registers that a case can do without. */
static const struct {
    size_t at;
    uint64_t bit;
} optional[] = {
    { offsetof(struct blob_state, cr0), XENPT_CR0_WP },
    { offsetof(struct blob_state, cr4), XENPT_CR4_PSE },
    { offsetof(struct blob_state, cr4), XENPT_CR4_PGE },
    { offsetof(struct blob_state, cr4), XENPT_CR4_SMEP },
    { offsetof(struct blob_state, cr4), XENPT_CR4_SMAP },
    { offsetof(struct blob_state, cr4), XENPT_CR4_PKE },
    { offsetof(struct blob_state, cr4), XENPT_CR4_PCIDE },
    { offsetof(struct blob_state, efer), XENPT_EFER_NXE },
    { offsetof(struct blob_state, second), XENPT_BIT(6) },
};

static uint64_t *register_at(struct case_draft *c, unsigned int which)
{
    return (uint64_t *)(void *)((char *)&c->state[0] + optional[which].at);
}

enum { EASIER_AC, EASIER_CPL, EASIER_KIND, EASIER_SIZE, EASIER_PKRU, NR_EASIER };

/* Makes the access simpler in one way.  False: it is as simple as that already. */
static bool ease(struct case_draft *c, unsigned int how)
{
    struct blob_access *a = &c->access[0];
    struct blob_access before = *a;
    uint32_t pkru = c->state[0].pkru;

    switch (how) {
    case EASIER_AC:
        a->ac = 0;
        break;
    case EASIER_CPL:
        a->cpl = 0;
        break;
    case EASIER_KIND:
        a->kind = a->kind == ACCESS_RMW ? ACCESS_WRITE : ACCESS_READ;
        break;
    case EASIER_SIZE:
        a->size = a->size > 1 ? a->size / 2 : 1;
        break;
    default:
        c->state[0].pkru = 0;
        break;
    }
    return memcmp(&before, a, sizeof(before)) != 0 || pkru != c->state[0].pkru;
}

/* False: the step changes nothing. */
static bool take(struct case_draft *c, const struct step *s)
{
    struct blob_word *w = &c->word[s->which];
    uint64_t before;

    switch (s->kind) {
    case STEP_REGISTER:
        before = *register_at(c, s->which);
        *register_at(c, s->which) &= ~s->bits;
        return before != *register_at(c, s->which);
    case STEP_ACCESS:
        return ease(c, s->which);
    case STEP_BIT:
        before = w->value;
        w->value &= ~s->bits;
        return before != w->value;
    default: /* Marked, to be left out when the case is written: indices must not move. */
        before = w->at;
        w->at = UINT64_MAX;
        return before != w->at;
    }
}

/* A word that is gone. */
static bool gone(const struct blob_word *w)
{
    return w->at == UINT64_MAX;
}

static void compact(struct case_draft *c)
{
    unsigned int n = 0;

    for (unsigned int i = 0; i < c->nr_words; i++)
        if (!gone(&c->word[i]))
            c->word[n++] = c->word[i];
    c->nr_words = n;
}

static unsigned int list_steps(const struct case_draft *c, struct step *steps)
{
    unsigned int n = 0;

    /* The image needs its own words, wherever the MMU is that is asked next. */
    for (unsigned int i = 0; i < c->nr_words; i++)
        if (!(c->word[i].at & WORD_UNWATCHED))
            steps[n++] = (struct step){ STEP_WORD, i, 0 };
    for (unsigned int i = 0; i < ARRAY_SIZE(optional); i++)
        steps[n++] = (struct step){ STEP_REGISTER, i, optional[i].bit };
    for (unsigned int i = 0; i < NR_EASIER; i++)
        steps[n++] = (struct step){ STEP_ACCESS, i, 0 };
    /* Bits of entries; an address is no ornament, and stays. */
    for (unsigned int i = 0; i < c->nr_words; i++)
        for (unsigned int b = 0; b < 64 && n < STEPS_MAX; b++)
            if (c->word[i].value & XENPT_BIT(b) && (b < 12 || b >= 40) &&
                !(c->word[i].at & WORD_UNWATCHED))
                steps[n++] = (struct step){ STEP_BIT, i, XENPT_BIT(b) };
    return n;
}

/* What a round works with. */
struct round {
    const struct shrink_options *o;
    struct case_draft *now, *tried;
    struct step steps[STEPS_MAX];
    bool still[STEPS_MAX];
};

/* Asks about the steps: each by itself, or all up to each. */
static enum xenpt_code ask_about(struct round *r, unsigned int n, bool together,
                                 struct xenpt_error *err)
{
    enum xenpt_code code = XENPT_OK;
    struct blob blob;

    blob_init(&blob, r->o->flags);
    memset(r->still, 0, sizeof(r->still));
    for (unsigned int i = 0; !code && i < n; i++) {
        *r->tried = *r->now;
        for (unsigned int k = together ? 0 : i; k <= i; k++)
            (void)take(r->tried, &r->steps[k]);
        compact(r->tried);
        code = blob_add(&blob, r->tried, err);
    }
    if (!code)
        code = blob_finish(&blob, err);
    if (!code && n)
        code = r->o->ask(r->o->ctx, &blob, r->still, err);
    blob_free(&blob);
    return code;
}

/* @return Steps taken, in *ret. */
static enum xenpt_code go_round(struct round *r, unsigned int *ret, struct xenpt_error *err)
{
    unsigned int n = list_steps(r->now, r->steps), possible = 0, most = 0;
    enum xenpt_code code;

    *ret = 0;
    for (unsigned int i = 0; i < n; i++) {
        *r->tried = *r->now;
        if (take(r->tried, &r->steps[i]))
            r->steps[possible++] = r->steps[i];
    }
    n = possible;
    if ((code = ask_about(r, n, false, err)))
        return code;
    possible = 0;
    for (unsigned int i = 0; i < n; i++)
        if (r->still[i])
            r->steps[possible++] = r->steps[i];
    if ((code = ask_about(r, possible, true, err)))
        return code;
    for (unsigned int i = 0; i < possible; i++)
        if (r->still[i])
            most = i + 1;
    for (unsigned int i = 0; i < most; i++)
        (void)take(r->now, &r->steps[i]);
    compact(r->now);
    *ret = most;
    return XENPT_OK;
}

static void one_access(const struct case_view *c, unsigned int access, struct case_draft *ret)
{
    case_begin(ret);
    for (uint32_t i = 0; i < c->head->nr_words; i++)
        (void)case_word(ret, c->words[i].at, c->words[i].value);
    (void)case_state(ret, &c->states[c->accesses[access].state]);
    (void)case_access(ret, &c->accesses[access]);
    ret->access[0].state = 0;
}

enum xenpt_code shrink(const struct shrink_options *options, const struct case_view *c,
                       unsigned int access, struct case_draft *ret, struct xenpt_error *err)
{
    struct round *r = calloc(1, sizeof(*r));
    enum xenpt_code code = XENPT_OK;

    one_access(c, access, ret);
    if (r)
        r->tried = malloc(sizeof(*r->tried));
    if (!r || !r->tried) {
        free(r);
        return xenpt_fail(err, XENPT_ENOMEM, "no memory to shrink a case");
    }
    r->o = options;
    r->now = ret;
    for (unsigned int i = 0; !code && i < (options->rounds ? options->rounds : 8); i++) {
        unsigned int taken;

        code = go_round(r, &taken, err);
        if (!taken)
            break;
    }
    free(r->tried);
    free(r);
    return code;
}
