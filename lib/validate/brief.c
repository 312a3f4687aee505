/* brief.c - the short form of an answer: no words, no values, no freedoms, and fast. */
#include "validate/asking.h"

static bool brief_part(struct model *m, struct readied *r, const struct xenpt_ask *ask, uint64_t va,
                       struct brief *ret)
{
    static const uint8_t vectors[] = { [XENPT_FAULT_GP] = 13, [XENPT_FAULT_PF] = 14 };

    if (r->state.stage == STAGE_NATIVE) {
        struct xenpt_translation t;

        if (xenpt_translate(&r->first, &m->flat, ask, va, &t)) {
            *ret = (struct brief){ .outcome = RESULT_DONE, .target = t.out };
            return true;
        }
        *ret = (struct brief){ .outcome = RESULT_FAULT,
                               .code = t.code,
                               .vector = t.rule == XENPT_RULE_NON_CANONICAL ? 13 : 14 };
    } else {
        struct xenpt_translation2 t;

        if (xenpt_translate2(&r->first, &r->second, &m->flat, ask, NULL, va, &t)) {
            *ret = (struct brief){ .outcome = RESULT_DONE, .target = t.out };
            return true;
        }
        *ret = (struct brief){ .outcome = t.second ? RESULT_EXIT : RESULT_FAULT, .code = t.code };
        if (!t.second && t.fault < ARRAY_SIZE(vectors))
            ret->vector = vectors[t.fault];
    }
    return false;
}

void model_brief(struct model *m, unsigned int i, struct brief *ret)
{
    const struct blob_access *a = &m->c.accesses[i];
    struct readied *r = readied_of(m, a->state);
    const struct xenpt_ask *ask;
    uint64_t last = a->va + size_of(a) - 1, first = a->va, target;

    if (refuses_load(m, r, ret))
        return;
    ask = ask_of(r, a);
    if (unlikely((first ^ last) >= PAGE) && non_canonical(r, last)) {
        *ret = (struct brief){ .outcome = RESULT_FAULT, .vector = 13 };
        return;
    }
    if (!brief_part(m, r, ask, first, ret) || (first ^ last) < PAGE)
        return;
    target = ret->target;
    if (brief_part(m, r, ask, last & ~(PAGE - 1), ret))
        ret->target = target;
}
