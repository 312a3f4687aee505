/*
 * settle2.c - what refuses an access through two stages, leaving no record; and many questions
 * about one address.
 *
 * The order is that of xenpt_judge2(): each of the guest's tables as it is reached, the guest's
 * own verdict, the page.  What the plain way cannot tell comes here, so refusals cost little
 * more than answers.
 */
#include "arch/asked.h"
#include "arch/cache.h"
#include "arch/decide.h"
#include "arch/instances.h"
#include "arch/judge_record.h"
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
    uint64_t in;
    follow_fn *follow;   /* Of the second stage. */
    uint64_t need_table; /* Who grants this at a guest's table refuses nothing there. */
    struct trail t;      /* Of the guest. */
    enum xenpt_outcome outcome;
    bool unwritable; /* A table cannot be written: setting A or D in it is not for us to weigh. */
    bool ended;      /* The second stage has refused a table, whatever is asked. */
    struct leg page;
    struct xenpt_translation2 common; /* What is so of all answers. */
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
static bool refuses(struct xenpt_translation2 *ret, const struct decision *d, uint64_t gaddr,
                    bool second)
{
    ret->gaddr = gaddr;
    ret->rule = (uint8_t)d->rule;
    ret->fault = (uint8_t)d->fault;
    ret->code = d->code;
    ret->second = second && d->rule != XENPT_RULE_NONE;
    return d->rule != XENPT_RULE_NONE;
}

/* --- The walk, which is the same whatever is asked ------------------------------------------ */

/* What the second stage says of a guest's table, where it does not simply let it be read and
 * written.  True: it refuses. */
static __attribute__((noinline)) bool table_refuses(struct settling *s, unsigned int level,
                                                    const struct leg *leg)
{
    struct second_access access = table_access(s->guest, s->second, level, false);
    const struct ending e = ending_at(leg->outcome, &leg->t);
    struct decision d = decide_second(s->second, &e, &access);

    s->unwritable = true;
    if (!refuses(&s->common, &d, leg->gaddr, true))
        return false;
    s->common.outcome = leg->outcome == XENPT_NO_MEMORY ? XENPT_NO_MEMORY : XENPT_SECOND_STAGE;
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
static void take_page(struct settling *s)
{
    struct leg *page = &s->page;

    walk_leg(s, s->t.out, page);
    s->common.outcome = XENPT_MAPPED;
    if (page->outcome == XENPT_MAPPED)
        s->common.out = page->t.out;
    else
        s->common.outcome = page->outcome == XENPT_NO_MEMORY ? XENPT_NO_MEMORY : XENPT_SECOND_STAGE;
}

static void walk_all(const struct xenpt_paging *guest, const struct xenpt_paging *second,
                     const struct xenpt_reader *mem, uint64_t in, struct settling *ret)
{
    const uint64_t *right = second->format.right;
    follow_fn *open = instances[second->id][mem->held];

    *ret = (struct settling){ .guest = guest,
                              .second = second,
                              .mem = mem,
                              .in = in,
                              .follow = open ? open : follow_any,
                              .need_table = right[XENPT_R] | right[XENPT_W] };
    ret->ended = !take_guest(ret);
    if (ret->ended)
        return;
    ret->common.outcome = (uint8_t)ret->outcome;
    if (ret->outcome == XENPT_MAPPED)
        take_page(ret);
}

/* --- What each question comes to ------------------------------------------------------------ */

/* The guest's decision. */
static __attribute__((noinline)) struct decision guest_decides(const struct settling *s,
                                                               const struct xenpt_ask *ask)
{
    const struct ending e = ending_at(s->outcome, &s->t);

    return decide_guest(s->guest, s->second, &e, &ask->access);
}

/* The second stage's decision on the page. */
static __attribute__((noinline)) struct decision page_decides(const struct settling *s,
                                                              const struct xenpt_access *access)
{
    const struct ending e = ending_at(s->page.outcome, &s->page.t);
    struct second_access final = page_access(s->guest, s->second, access, s->t.granted);

    return decide_second(s->second, &e, &final);
}

enum settled settle2(const struct xenpt_paging *guest, const struct xenpt_paging *second,
                     const struct xenpt_reader *mem, const struct xenpt_ask *ask, uint64_t in,
                     struct xenpt_translation2 *ret)
{
    struct settling s;
    struct decision d;

    walk_all(guest, second, mem, in, &s);
    *ret = s.common;
    if (s.ended)
        return SETTLED_REFUSED;
    d = guest_decides(&s, ask);
    if (refuses(ret, &d, s.outcome == XENPT_MAPPED ? s.t.out : 0, false))
        return SETTLED_REFUSED;
    if (s.unwritable)
        return SETTLED_NOT;
    d = page_decides(&s, &ask->access);
    return refuses(ret, &d, s.page.gaddr, true) ? SETTLED_REFUSED : SETTLED_ALLOWED;
}

/* --- Many questions ------------------------------------------------------------------------- */

#define NR_KINDS (XENPT_FETCH + 1)

/*
 * What the second stage says of the page to each kind of access: of a question it asks nothing
 * else, shadow stacks apart.
 */
static void page_answers(const struct settling *s, struct asked ret[NR_KINDS])
{
    for (unsigned int kind = 0; kind < NR_KINDS; kind++) {
        const struct xenpt_access access = { .kind = (enum xenpt_access_kind)kind };
        uint64_t need = need_final(&s->guest->format, s->guest, s->second, access.kind,
                                   s->t.granted);
        struct decision d = { 0 };

        if (unlikely(s->page.outcome != XENPT_MAPPED || (s->page.t.granted & need) != need))
            d = page_decides(s, &access);
        ret[kind] = asked_from(&d, true);
    }
}

/* A question to which nobody has the answer ready. */
static __attribute__((noinline)) struct asked by_itself(const struct settling *s,
                                                        const struct xenpt_ask *ask)
{
    struct xenpt_translation2 t;

    (void)xenpt_translate2(s->guest, s->second, s->mem, ask, NULL, s->in, &t);
    return (struct asked){ t.code, t.rule, t.fault, t.second };
}

static always_inline struct asked guest_answers(const struct settling *s,
                                                const struct xenpt_ask *ask)
{
    struct decision d;

    if (likely(ask->simple && s->outcome == XENPT_MAPPED))
        return asked_by_rights(s->t.granted, ask);
    d = guest_decides(s, ask);
    return asked_from(&d, false);
}

uint64_t translate2_asks(const struct xenpt_paging *guest, const struct xenpt_paging *second,
                         const struct xenpt_reader *mem, uint64_t in, size_t n,
                         const struct xenpt_ask *const ask[], struct asked ret[])
{
    struct asked page[NR_KINDS];
    struct settling s;

    walk_all(guest, second, mem, in, &s);
    if (s.outcome == XENPT_MAPPED && !s.ended)
        page_answers(&s, page);
    for (size_t i = 0; i < n; i++) {
        if (unlikely(s.ended)) {
            ret[i] = (struct asked){ s.common.code, s.common.rule, s.common.fault, true };
        } else if (unlikely(ask[i]->access.shadow_stack)) {
            ret[i] = by_itself(&s, ask[i]);
        } else {
            struct asked a = guest_answers(&s, ask[i]);

            if (a.rule == XENPT_RULE_NONE)
                a = unlikely(s.unwritable) ? by_itself(&s, ask[i]) : page[ask[i]->access.kind];
            ret[i] = a;
        }
    }
    return s.common.out;
}
