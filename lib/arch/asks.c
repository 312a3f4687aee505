/* asks.c - many questions about one address, through one tree; see asks.h. */
#include "arch/asks.h"

#include "arch/asked.h"
#include "arch/instances.h"

typedef enum xenpt_outcome walk_fn(const struct xenpt_paging *, const struct xenpt_reader *,
                                   uint64_t, struct trail *);

/* Specialised for flat memory alone, which is where there are many questions to ask. */
#define EACH_FLAT(X)                                                                               \
    X(XENPT_2LEVEL)                                                                                \
    X(XENPT_PAE)                                                                                   \
    X(XENPT_4LEVEL)                                                                                \
    X(XENPT_5LEVEL)

#define INSTANCE(id)                                                                               \
    static enum xenpt_outcome walk_##id(const struct xenpt_paging *pg,                             \
                                        const struct xenpt_reader *mem, uint64_t in,               \
                                        struct trail *t)                                           \
    {                                                                                              \
        return follow((struct kind){ &formats[id], XENPT_HELD_FLAT, false, CERTAIN }, pg, mem, in, \
                      t);                                                                          \
    }
EACH_FLAT(INSTANCE)

#define ROW(id) [id] = walk_##id,
static walk_fn *const instances[XENPT_NR_FORMATS] = { EACH_FLAT(ROW) };

static enum xenpt_outcome walk(const struct xenpt_paging *pg, const struct xenpt_reader *mem,
                               uint64_t in, struct trail *t)
{
    if (likely(mem->held == XENPT_HELD_FLAT && instances[pg->id]))
        return instances[pg->id](pg, mem, in, t);
    return follow(any_kind(pg, mem), pg, mem, in, t);
}

/* What a shadow stack is depends on more entries than the last. */
static struct asked by_record(const struct xenpt_paging *pg, const struct xenpt_reader *mem,
                              uint64_t in, const struct xenpt_ask *ask)
{
    struct xenpt_walk walk;
    struct xenpt_verdict verdict;

    xenpt_walk(pg, mem, in, &walk);
    xenpt_judge(pg, &walk, &ask->access, &verdict);
    return (struct asked){ .code = verdict.fault.code,
                           .rule = (uint8_t)verdict.rule,
                           .fault = (uint8_t)verdict.fault.kind };
}

static __attribute__((noinline)) struct asked the_long_way(const struct xenpt_paging *pg,
                                                           const struct xenpt_reader *mem,
                                                           uint64_t in, const struct ending *e,
                                                           const struct xenpt_ask *ask)
{
    struct decision d;

    if (ask->access.shadow_stack)
        return by_record(pg, mem, in, ask);
    d = decide_first(pg, e, &ask->access);
    return asked_from(&d, false);
}

uint64_t translate_asks(const struct xenpt_paging *pg, const struct xenpt_reader *mem, uint64_t in,
                        size_t n, const struct xenpt_ask *const ask[], struct asked ret[])
{
    struct trail t;
    enum xenpt_outcome outcome = walk(pg, mem, in, &t);
    struct ending e = { outcome, t.level, t.entry, t.granted, ~UINT64_C(0) };

    if (outcome == XENPT_NOT_PRESENT ||
        (outcome == XENPT_RESERVED && !pg->format.level[t.level].in_register)) {
        for (size_t i = 0; i < n; i++)
            ret[i] = asked_at_entry(outcome, ask[i]);
        return 0;
    }
    for (size_t i = 0; i < n; i++) {
        if (likely(ask[i]->simple && outcome == XENPT_MAPPED))
            ret[i] = asked_by_rights(t.granted, ask[i]);
        else
            ret[i] = the_long_way(pg, mem, in, &e, ask[i]);
    }
    return t.out;
}
