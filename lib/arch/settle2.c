/*
 * settle2.c - what refuses an access through two stages, leaving no record.
 *
 * The order is that of xenpt_judge2(): each of the guest's tables as it is reached, the guest's
 * own verdict, the page.  What the plain way cannot tell comes here, so refusals cost little
 * more than answers.
 */
#include "arch/decide.h"
#include "arch/instances.h"
#include "arch/judge_record.h"
#include "arch/translate.h"
#include "xenpt/nested.h"

static enum xenpt_outcome follow_any(const struct xenpt_paging *pg, const struct xenpt_reader *mem,
                                     uint64_t in, struct trail *t)
{
    return follow(any_kind(pg, mem), pg, mem, in, t);
}

typedef enum xenpt_outcome follow_fn(const struct xenpt_paging *, const struct xenpt_reader *,
                                     uint64_t, struct trail *);

/* The second stages that matter are specialised for each way of holding memory. */
#define EACH_HOT(X)                                                                                \
    EACH_OPEN(X, XENPT_EPT4)                                                                       \
    EACH_OPEN(X, XENPT_NPT4)

#define INSTANCE(id, held)                                                                         \
    static enum xenpt_outcome follow_##id##_##held(const struct xenpt_paging *pg,                  \
                                                   const struct xenpt_reader *mem, uint64_t in,    \
                                                   struct trail *t)                                \
    {                                                                                              \
        return follow((struct kind){ &formats[id], held, false, CERTAIN }, pg, mem, in, t);        \
    }
EACH_HOT(INSTANCE)

#define ROW(id, held) [id][held] = follow_##id##_##held,
static follow_fn *const instances[XENPT_NR_FORMATS][XENPT_NR_HELD] = { EACH_HOT(ROW) };

/* One walk of the second stage, for an access of its own. */
struct leg {
    uint64_t gaddr;
    enum xenpt_outcome outcome;
    struct trail t;
};

struct settling {
    const struct xenpt_paging *guest, *second;
    const struct xenpt_reader *mem;
    const struct xenpt_ask *ask;
    uint64_t in;
    follow_fn *follow;   /* Of the second stage. */
    uint64_t need_table; /* Who grants this at a guest's table refuses nothing there. */
    struct trail t;      /* Of the guest. */
    enum xenpt_outcome outcome;
    bool unwritable; /* A table cannot be written: setting A or D in it is not for us to weigh. */
    struct xenpt_translation2 *ret;
};

static void walk_leg(const struct settling *s, uint64_t gaddr, struct leg *ret)
{
    ret->gaddr = gaddr;
    ret->outcome = s->follow(s->second, s->mem, gaddr, &ret->t);
}

static struct ending ending_at(enum xenpt_outcome outcome, const struct trail *t)
{
    return (struct ending){
        .outcome = outcome, .level = t->level, .entry = t->entry, .granted = t->granted
    };
}

/* Notes a decision.  @return Whether it refuses. */
static bool refuses(struct settling *s, const struct decision *d, uint64_t gaddr, bool second)
{
    s->ret->gaddr = gaddr;
    s->ret->rule = (uint8_t)d->rule;
    s->ret->fault = (uint8_t)d->fault;
    s->ret->code = d->code;
    s->ret->second = second && d->rule != XENPT_RULE_NONE;
    return d->rule != XENPT_RULE_NONE;
}

static bool leg_refuses(struct settling *s, const struct leg *leg,
                        const struct second_access *access)
{
    const struct ending e = ending_at(leg->outcome, &leg->t);
    struct decision d = decide_second(s->second, &e, access);

    return refuses(s, &d, leg->gaddr, true);
}

/* What the second stage says of a guest's table, where it does not simply let it be read and
 * written.  True: it refuses. */
static __attribute__((noinline)) bool table_refuses(struct settling *s, unsigned int level,
                                                    const struct leg *leg)
{
    struct second_access access = table_access(s->guest, s->second, level, false);

    s->unwritable = true;
    if (!leg_refuses(s, leg, &access))
        return false;
    s->ret->outcome = leg->outcome == XENPT_NO_MEMORY ? XENPT_NO_MEMORY : XENPT_SECOND_STAGE;
    return true;
}

/* One level of the guest.  False: the second stage refuses its table. */
static bool take_level(struct settling *s, unsigned int level)
{
    const struct xenpt_format *f = &s->guest->format;
    struct leg leg;

    walk_leg(s, entry_at(f, level, s->t.table, s->in), &leg);
    if (unlikely(leg.outcome != XENPT_MAPPED || (leg.t.granted & s->need_table) != s->need_table) &&
        table_refuses(s, level, &leg))
        return false;
    s->outcome = XENPT_NO_MEMORY;
    if (likely(mem_load(s->mem->held, false, s->mem, leg.t.out, f->entry_size, &s->t.entry))) {
        s->outcome = weigh(f, s->guest, level, s->in, &s->t);
    } else {
        s->t.level = level;
        s->t.entry = 0;
    }
    return true;
}

/* The guest's walk.  False: the second stage ends it. */
static bool take_guest(struct settling *s)
{
    const struct xenpt_format *f = &s->guest->format;

    s->t = trail_from(s->guest->root);
    s->t.out = s->in;
    s->t.level = 0;
    s->t.entry = 0;
    s->outcome = f->top ? GOES_ON : XENPT_MAPPED;
    if (!fits(f, s->in))
        s->outcome = f->sign_extended ? XENPT_NON_CANONICAL : XENPT_TOO_WIDE;
    for (unsigned int l = f->top; s->outcome == GOES_ON; l--)
        if (!take_level(s, l))
            return false;
    return true;
}

/* The page's own walk, which is made whatever the guest says of the access. */
static void take_page(struct settling *s, struct leg *page)
{
    walk_leg(s, s->t.out, page);
    s->ret->outcome = XENPT_MAPPED;
    if (page->outcome == XENPT_MAPPED)
        s->ret->out = page->t.out;
    else
        s->ret->outcome = page->outcome == XENPT_NO_MEMORY ? XENPT_NO_MEMORY : XENPT_SECOND_STAGE;
}

enum settled settle2(const struct xenpt_paging *guest, const struct xenpt_paging *second,
                     const struct xenpt_reader *mem, const struct xenpt_ask *ask, uint64_t in,
                     struct xenpt_translation2 *ret)
{
    const uint64_t *right = second->format.right;
    follow_fn *open = instances[second->id][mem->held];
    struct settling s = {
        guest,     second, mem, ask, in, open ? open : follow_any, right[XENPT_R] | right[XENPT_W],
        .ret = ret
    };
    struct second_access final;
    struct decision d;
    struct ending e;
    struct leg page;

    *ret = (struct xenpt_translation2){ 0 };
    if (!take_guest(&s))
        return SETTLED_REFUSED;
    e = ending_at(s.outcome, &s.t);
    d = decide_guest(guest, second, &e, &ask->access);
    if (s.outcome != XENPT_MAPPED) {
        ret->outcome = (uint8_t)s.outcome;
        (void)refuses(&s, &d, 0, false);
        return SETTLED_REFUSED;
    }
    take_page(&s, &page);
    if (refuses(&s, &d, s.t.out, false))
        return SETTLED_REFUSED;
    if (s.unwritable)
        return SETTLED_NOT;
    final = page_access(guest, second, &ask->access, s.t.granted);
    return leg_refuses(&s, &page, &final) ? SETTLED_REFUSED : SETTLED_ALLOWED;
}
