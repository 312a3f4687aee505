/* brief.c - the short form of an answer: no words, no values, no freedoms, and fast. */
#include "validate/asking.h"

#define GP 13
#define PF 14

static bool brief_native(struct model *m, struct readied *r, const struct xenpt_ask *ask,
                         uint64_t va, struct brief *ret)
{
    struct xenpt_translation t;
    bool allowed = xenpt_translate(&r->first, &m->flat, ask, va, &t);

    ret->target = t.out;
    ret->code = t.code;
    ret->outcome = allowed ? RESULT_DONE : RESULT_FAULT;
    ret->vector = allowed ? 0 : t.rule == XENPT_RULE_NON_CANONICAL ? GP : PF;
    return allowed;
}

static bool brief_guest(struct model *m, struct readied *r, const struct xenpt_ask *ask,
                        uint64_t va, struct brief *ret)
{
    static const uint8_t vectors[] = { [XENPT_FAULT_GP] = GP, [XENPT_FAULT_PF] = PF };
    struct xenpt_translation2 t;
    bool allowed = xenpt_translate2(&r->first, &r->second, &m->flat, ask, NULL, va, &t);

    ret->target = t.out;
    ret->code = t.code;
    ret->outcome = allowed ? RESULT_DONE : t.second ? RESULT_EXIT : RESULT_FAULT;
    ret->vector = 0;
    if (!allowed && !t.second && t.fault < ARRAY_SIZE(vectors))
        ret->vector = vectors[t.fault];
    return allowed;
}

static inline bool brief_part(struct model *m, struct readied *r, const struct xenpt_ask *ask,
                              uint64_t va, struct brief *ret)
{
    return r->state.stage == STAGE_NATIVE ? brief_native(m, r, ask, va, ret)
                                          : brief_guest(m, r, ask, va, ret);
}

/* Bytes in two pages.  Apart, so that what all the others go through is short. */
static __attribute__((noinline)) void brief_two(struct model *m, struct readied *r,
                                                const struct blob_access *a, struct brief *ret)
{
    const struct xenpt_ask *ask = ask_of(r, a);
    uint64_t last = a->va + size_of(a) - 1, target;

    if (non_canonical(r, last)) {
        *ret = (struct brief){ .outcome = RESULT_FAULT, .vector = GP };
        return;
    }
    if (!brief_part(m, r, ask, a->va, ret))
        return;
    target = ret->target;
    if (brief_part(m, r, ask, last & ~(PAGE - 1), ret))
        ret->target = target;
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

void model_brief(struct model *m, unsigned int i, struct brief *ret)
{
    const struct blob_access *a = &m->c.accesses[i];
    struct readied *r = readied_of(m, a->state);

    if (unlikely(m->late || may_refuse_load(r)) && brief_load(m, r, ret))
        return;
    if (unlikely(crosses(a->va, size_of(a))))
        brief_two(m, r, a, ret);
    else
        (void)brief_part(m, r, ask_of(r, a), a->va, ret);
}
