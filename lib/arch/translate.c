/* translate.c - walk and judge one address, leaving no record; see translate.h. */
#include "arch/translate.h"

#include "arch/decide.h"
#include "arch/instances.h"
#include "arch/judge_record.h"

/* With CR0.WP clear, supervisors may write anything that is mapped. */
static bool may_write_all(const struct xenpt_paging *pg, const struct xenpt_access *access)
{
    return !pg->format.second_stage && !is_user(access) && !(pg->regs.cr0 & XENPT_CR0_WP);
}

/* Bits of `granted` that an access needs at every level, if nothing else forbids it. */
static uint64_t needed(const struct xenpt_paging *pg, const struct xenpt_access *access)
{
    const uint64_t *right = pg->format.right;
    bool user = is_user(access);
    uint64_t need = user && !pg->format.second_stage ? right[XENPT_U] : right[XENPT_R];

    if (access->kind == XENPT_FETCH)
        /* EPT asks for no R to fetch: execute-only pages exist. */
        return (pg->format.cache == XENPT_CACHE_EPT ? 0 : need) | right[user ? XENPT_XU : XENPT_XS];
    if (access->kind == XENPT_WRITE && pg->format.cache == XENPT_CACHE_EPT)
        return right[XENPT_W];
    /* With shadow stacks, D is a special case where W is missing: not to be allowed at once. */
    if (access->kind == XENPT_WRITE && (!may_write_all(pg, access) || pg->cpu.cet_ss))
        need |= right[XENPT_W];
    return need;
}

/* Which rule refuses, where need and shun say it all; the order is decide.c's. */
static enum xenpt_rule_id simple_rule(const struct xenpt_ask *ask, uint64_t granted)
{
    uint64_t missing = ask->need & ~granted;

    if (missing & US)
        return XENPT_RULE_USER;
    if (granted & ask->shun)
        return ask->access.kind == XENPT_FETCH ? XENPT_RULE_SMEP : XENPT_RULE_SMAP;
    if (missing & RW)
        return XENPT_RULE_WRITE;
    return missing ? XENPT_RULE_EXECUTE : XENPT_RULE_NONE;
}

static void list_refusals(struct xenpt_ask *ask)
{
    for (unsigned int bits = 0; bits < 16; bits++) {
        uint64_t granted = (bits & 1 ? NX : 0) | (bits & 2 ? P : 0) | (bits & 4 ? RW : 0) |
                           (bits & 8 ? US : 0);

        ask->refusing[rights_index(granted)] = (uint8_t)simple_rule(ask, granted);
    }
}

void xenpt_ask_init(struct xenpt_ask *ret, const struct xenpt_paging *pg,
                    const struct xenpt_access *access)
{
    const struct xenpt_format *f = &pg->format;
    struct second_access final = final_access(pg, access, is_user(access));

    *ret = (struct xenpt_ask){ .accessed = f->accessed, .access = *access };
    if (access->kind == XENPT_WRITE)
        ret->dirty = f->dirty;
    if (f->second_stage) {
        ret->code = second_access_code(pg, &final);
    } else {
        ret->code = pf_access_code(pg, access);
        if (!f->top)
            return;
        if (smap_applies(pg, access) ||
            (access->kind == XENPT_FETCH && !is_user(access) && pg->regs.cr4 & XENPT_CR4_SMEP))
            ret->shun = US;
    }
    ret->need = needed(pg, access);
    ret->simple = !f->second_stage && !access->shadow_stack && !keys_matter(pg, access) &&
                  !(ret->need & f->right[XENPT_W] && may_write_all(pg, access));
    if (ret->simple)
        list_refusals(ret);
    ret->refused = ret->code | XENPT_PF_P;
    ret->mask = ret->need | ret->shun; /* They have none in common: only users need US. */
    ret->value = ret->need;
    /* Shadow stacks and protection keys look at more than what all levels grant. */
    if (access->shadow_stack || (!f->second_stage && keys_matter(pg, access))) {
        ret->mask = 0;
        ret->value = 1; /* Which no bits have. */
    }
}

/* A shadow-stack access depends on more entries than the last: have the record tell. */
static void settle_by_record(const struct xenpt_paging *pg, const struct xenpt_reader *mem,
                             const struct xenpt_ask *ask, uint64_t in,
                             struct xenpt_translation *ret)
{
    struct xenpt_walk walk;
    struct xenpt_verdict verdict;

    xenpt_walk(pg, mem, in, &walk);
    xenpt_judge(pg, &walk, &ask->access, &verdict);
    ret->rule = (uint8_t)verdict.rule;
    ret->code = verdict.fault.code;
}

/* The long way, for any access and any ending. */
static bool settle_fully(const struct xenpt_paging *pg, const struct xenpt_reader *mem,
                         const struct xenpt_ask *ask, uint64_t in, struct xenpt_translation *ret)
{
    struct ending e = {
        .outcome = (enum xenpt_outcome)ret->outcome,
        .level = ret->level,
        .entry = ret->entry,
        .granted = ret->granted,
    };
    bool write = ask->access.kind == XENPT_WRITE;

    if (ask->access.shadow_stack) {
        settle_by_record(pg, mem, ask, in, ret);
    } else {
        struct decision d;

        if (pg->format.second_stage) {
            struct second_access final = final_access(pg, &ask->access, is_user(&ask->access));

            d = decide_second(pg, &e, &final);
        } else {
            d = decide_first(pg, &e, &ask->access);
        }

        ret->rule = (uint8_t)d.rule;
        ret->code = d.code;
    }
    if (ret->outcome != XENPT_MAPPED)
        ret->out = 0;
    if (ret->rule != XENPT_RULE_NONE)
        return false;
    ret->set = (uint16_t)(ask->accessed & ~e.granted);
    if (e.level)
        ret->set |= (uint16_t)(flags_to_set(pg, e.level, XENPT_PAGE, e.entry, write) &
                               pg->format.dirty);
    return true;
}

/* A reserved bit too is a refusal whose code is known beforehand. */
static bool settle_simply(const struct xenpt_paging *pg, const struct xenpt_ask *ask,
                          struct xenpt_translation *ret)
{
    if (!ask->simple || ret->outcome != XENPT_RESERVED || pg->format.level[ret->level].in_register)
        return false;
    ret->rule = XENPT_RULE_RESERVED;
    ret->code = ask->code | XENPT_PF_P | XENPT_PF_RSVD;
    return true;
}

bool settle(const struct xenpt_paging *pg, const struct xenpt_reader *mem,
            const struct xenpt_ask *ask, uint64_t in, struct xenpt_translation *ret)
{
    return !settle_simply(pg, ask, ret) && settle_fully(pg, mem, ask, in, ret);
}

/* The same with every entry asked for by a call. */
static __attribute__((noinline)) bool translate_by_call(const struct xenpt_paging *pg,
                                                        const struct xenpt_reader *mem,
                                                        const struct xenpt_ask *ask, uint64_t in,
                                                        struct xenpt_translation *ret)
{
    struct trail t;
    enum xenpt_outcome outcome = follow(by_call(pg), pg, mem, in, &t);

    return answer(pg, mem, ask, in, outcome, &t, ret);
}

static always_inline bool translate(struct kind k, const struct xenpt_paging *pg,
                                    const struct xenpt_reader *mem, const struct xenpt_ask *ask,
                                    uint64_t in, struct xenpt_translation *ret)
{
    struct trail t;
    enum xenpt_outcome outcome = follow(k, pg, mem, in, &t);

    if (k.glance && unlikely(outcome == XENPT_NO_MEMORY))
        return translate_by_call(pg, mem, ask, in, ret);
    return answer(pg, mem, ask, in, outcome, &t, ret);
}

typedef bool translate_fn(const struct xenpt_paging *, const struct xenpt_reader *,
                          const struct xenpt_ask *, uint64_t, struct xenpt_translation *);

#define INSTANCE(id, held)                                                                         \
    static bool translate_##id##_##held(                                                           \
        const struct xenpt_paging *pg, const struct xenpt_reader *mem,                             \
        const struct xenpt_ask *ask, uint64_t in, struct xenpt_translation *ret)                   \
    {                                                                                              \
        struct kind k = { &formats[id], held, held != XENPT_HELD_FLAT, CERTAIN };                  \
                                                                                                   \
        return translate(k, pg, mem, ask, in, ret);                                                \
    }
EACH_INSTANCE(INSTANCE)

#define ROW(id, held) [id][held] = translate_##id##_##held,
static translate_fn *const instances[XENPT_NR_FORMATS][XENPT_NR_HELD] = { EACH_INSTANCE(ROW) };

bool xenpt_translate(const struct xenpt_paging *pg, const struct xenpt_reader *mem,
                     const struct xenpt_ask *ask, uint64_t in, struct xenpt_translation *ret)
{
    return instances[pg->id][mem->held](pg, mem, ask, in, ret);
}
