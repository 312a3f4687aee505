/*
 * brief.c - the short form of an answer: no words, no values, no freedoms, and fast.
 *
 * Accesses of a case that follow each other often differ in nothing but what they are: a read, a
 * write, a fetch, by whom.  State and address are the same, and so is all that is in memory, as
 * the words of a case are planted anew for each.  Such a row of accesses is walked for once, and
 * each of them judged by itself.
 */
#include "arch/asks.h"
#include "validate/asking.h"

#define GP  13
#define PF  14
#define ROW 64 /* Accesses at most that are answered by one walk. */

static const uint8_t vectors[XENPT_NR_FAULT_KINDS] = {
    [XENPT_FAULT_GP] = GP,
    [XENPT_FAULT_PF] = PF,
};

_Static_assert(RESULT_DONE == 0 && RESULT_FAULT == 1 && RESULT_EXIT == 2, "see answer_row()");

/* @n questions about one address in one state. */
static inline void answer_row(struct model *m, struct readied *r, uint64_t va, unsigned int n,
                              const struct xenpt_ask *const ask[], struct brief ret[])
{
    struct asked asked[ROW];
    uint64_t target;

    if (r->state.stage == STAGE_NATIVE)
        target = translate_asks(&r->first, &m->flat, va, n, ask, asked);
    else
        target = translate2_asks(&r->first, &r->second, &m->flat, va, n, ask, asked);
    for (unsigned int i = 0; i < n; i++) {
        bool refused = asked[i].rule != XENPT_RULE_NONE;

        ret[i] = (struct brief){ .target = target,
                                 .code = asked[i].code,
                                 .outcome = (uint8_t)(refused + asked[i].second),
                                 .vector = vectors[asked[i].fault] };
    }
}

/*
 * Bytes in two pages, after the first has been answered for: those of accesses @a, with their
 * answers in @ret, that reach into the page at @next.
 */
static __attribute__((noinline)) void answer_next(struct model *m, struct readied *r, uint64_t next,
                                                  const struct blob_access *a, unsigned int n,
                                                  struct brief *ret)
{
    const struct xenpt_ask *ask[ROW];
    struct brief second[ROW];
    unsigned int which[ROW], nr = 0;

    for (unsigned int i = 0; i < n; i++) {
        if (!crosses(a[i].va, size_of(&a[i])))
            continue;
        if (non_canonical(r, next)) {
            ret[i] = (struct brief){ .outcome = RESULT_FAULT, .vector = GP };
        } else if (ret[i].outcome == RESULT_DONE) {
            ask[nr] = ask_of(r, &a[i]);
            which[nr++] = i;
        }
    }
    if (!nr)
        return;
    answer_row(m, r, next, nr, ask, second);
    for (unsigned int i = 0; i < nr; i++)
        if (second[i].outcome != RESULT_DONE)
            ret[which[i]] = second[i];
}

/* What may be the matter before the access.  True: it is, and @ret says what. */
static __attribute__((noinline)) bool brief_load(struct model *m, struct readied *r,
                                                 struct brief *ret)
{
    if (m->late)
        model_unload(m);
    if (refuses_load(m, r, ret))
        return true;
    if (m->late)
        model_load(m, r, false);
    return false;
}

/* @n accesses in one state to one address. */
static void brief_row(struct model *m, const struct blob_access *a, unsigned int n,
                      struct brief *ret)
{
    struct readied *r = readied_of(m, a->state);
    const struct xenpt_ask *ask[ROW];
    bool two = false;

    if (unlikely(m->late || may_refuse_load(r)) && brief_load(m, r, ret)) {
        for (unsigned int i = 1; i < n; i++)
            ret[i] = ret[0];
        return;
    }
    for (unsigned int i = 0; i < n; i++) {
        ask[i] = ask_of(r, &a[i]);
        two |= crosses(a[i].va, size_of(&a[i]));
    }
    answer_row(m, r, a->va, n, ask, ret);
    if (unlikely(two))
        answer_next(m, r, (a->va | (PAGE - 1)) + 1, a, n, ret);
}

void model_brief(struct model *m, unsigned int i, struct brief *ret)
{
    brief_row(m, &m->c.accesses[i], 1, ret);
}

void model_briefs(struct model *m, struct brief ret[])
{
    const struct blob_access *a = m->c.accesses;
    uint32_t nr = m->c.head->nr_accesses;

    for (uint32_t i = 0, n; i < nr; i += n) {
        for (n = 1; n < ROW && i + n < nr; n++)
            if (a[i + n].va != a[i].va || a[i + n].state != a[i].state)
                break;
        brief_row(m, &a[i], n, &ret[i]);
    }
}
