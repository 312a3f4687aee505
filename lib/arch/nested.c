/*
 * nested.c - two-dimensional walks, with their full record, and the verdict on them.
 *
 *          first stage:     L4         L3         L2         L1        page
 *        guest-physical:   g4         g3         g2         g1         g0
 *                           |          |          |          |          |
 *        second stage:   second[0]  second[1]  second[2]  second[3]  second[4]
 *        machine:        m4: entry  m3: entry  m2: entry  m1: entry  m0 = out
 *
 * Both dimensions are walked by the same functions as one: the second stage by xenpt_walk(),
 * the first by descend(), a level at a time, from where the second put the table.
 */
#include "xenpt/nested.h"

#include "arch/decide.h"
#include "arch/format_tables.h"
#include "arch/judge_record.h"
#include "arch/walk_core.h"

static bool is_npt(const struct xenpt_paging *second)
{
    return second->format.cache == XENPT_CACHE_PAT;
}

/*
 * APM vol. 2, 15.25.10: under nested paging a PAE guest's PDPTEs are not loaded with CR3, but
 * read at each walk.
 */
bool in_register(const struct xenpt_paging *guest, const struct xenpt_paging *second,
                 unsigned int level)
{
    return guest->format.level[level].in_register && !is_npt(second);
}

/* Whether the second stage lets the processor at a guest's table. */
static bool lets_at_table(const struct xenpt_paging *guest, const struct xenpt_paging *second,
                          unsigned int level, const struct xenpt_walk *w)
{
    struct second_access access = table_access(guest, second, level, false);
    struct ending e = ending_of(second, w);

    return !decide_second(second, &e, &access).rule;
}

static enum xenpt_outcome end(struct xenpt_walk2 *ret, enum xenpt_outcome outcome)
{
    ret->outcome = outcome;
    return outcome;
}

/* The second stage's walk of one guest-physical address, entered in the record. */
static const struct xenpt_walk *second_walk(const struct xenpt_paging *second,
                                            const struct xenpt_reader *mem, uint64_t gaddr,
                                            bool counted, struct xenpt_walk2 *ret)
{
    struct xenpt_walk *w = &ret->second[ret->nr_second++];

    xenpt_walk(second, mem, gaddr, w);
    if (counted)
        ret->references += w->references;
    return w;
}

/* One level of the guest: the second stage finds its entry, then it is read and weighed. */
static enum xenpt_outcome guest_step(const struct xenpt_paging *guest,
                                     const struct xenpt_paging *second,
                                     const struct xenpt_reader *mem, unsigned int level,
                                     struct trail *t, struct xenpt_walk2 *ret)
{
    const struct xenpt_format *f = &guest->format;
    struct xenpt_walk *g = &ret->guest;
    struct xenpt_step *s = &g->step[g->nr_steps];
    bool counted = !in_register(guest, second, level);
    const struct xenpt_walk *w;
    enum xenpt_outcome outcome;

    s->at = entry_at(f, level, t->table, g->in);
    s->level = (uint8_t)level;
    w = second_walk(second, mem, s->at, counted, ret);
    if (!lets_at_table(guest, second, level, w))
        return w->outcome == XENPT_NO_MEMORY ? XENPT_NO_MEMORY : XENPT_SECOND_STAGE;

    g->nr_steps++;
    g->span = XENPT_BIT(f->level[level].shift);
    g->references += counted;
    ret->references += counted;
    if (!mem_load(mem->held, false, mem, w->out, f->entry_size, &s->entry)) {
        s->entry = 0;
        return XENPT_NO_MEMORY;
    }
    t->entry = s->entry;
    outcome = weigh(f, guest, level, g->in, t);
    s->role = role_of(f, level, s->entry);
    return outcome;
}

enum xenpt_outcome xenpt_walk2(const struct xenpt_paging *guest, const struct xenpt_paging *second,
                               const struct xenpt_reader *mem, uint64_t in, struct xenpt_walk2 *ret)
{
    const struct xenpt_format *f = &guest->format;
    struct trail t = trail_from(guest->root);
    struct xenpt_walk *g = &ret->guest;
    const struct xenpt_walk *final;

    *ret = (struct xenpt_walk2){ .guest = { .in = in, .outcome = XENPT_MAPPED } };
    t.out = in;
    if (!fits(f, in))
        g->outcome = f->sign_extended ? XENPT_NON_CANONICAL : XENPT_TOO_WIDE;
    else if (f->top)
        g->outcome = GOES_ON;
    for (unsigned int l = f->top; g->outcome == GOES_ON; l--)
        g->outcome = guest_step(guest, second, mem, l, &t, ret);
    g->granted = t.granted;
    if (g->outcome != XENPT_MAPPED)
        return end(ret, g->outcome);
    g->out = t.out;
    g->rights = xenpt_rights(guest, t.granted);

    final = second_walk(second, mem, g->out, true, ret);
    if (final->outcome != XENPT_MAPPED)
        return end(ret, final->outcome == XENPT_NO_MEMORY ? XENPT_NO_MEMORY : XENPT_SECOND_STAGE);
    ret->out = final->out;
    ret->span = g->span ? min_u64(g->span, final->span) : final->span;
    return end(ret, XENPT_MAPPED);
}

/* --- The verdict --------------------------------------------------------------------------- */

/* What is weighed, and the verdict as far as it has got. */
struct weighing {
    const struct xenpt_paging *guest, *second;
    const struct xenpt_walk2 *walk;
    struct xenpt_verdict2 *ret;
};

static void add_updates(struct weighing *v, const struct xenpt_paging *pg,
                        const struct xenpt_walk *w, bool write)
{
    struct xenpt_update found[XENPT_TOP_MAX];
    unsigned int n = list_updates(pg, w, write, found);

    for (unsigned int i = 0; i < n; i++)
        v->ret->update[v->ret->nr_updates++] = (struct xenpt_update2){ found[i], true };
}

/* The second stage refuses, or does not, one access to guest-physical memory. */
static bool second_refuses(struct weighing *v, unsigned int which,
                           const struct second_access *access)
{
    const struct xenpt_walk *w = &v->walk->second[which];
    struct ending e = ending_of(v->second, w);
    struct decision d = decide_second(v->second, &e, access);

    if (!d.rule)
        return false;
    v->ret->rule = d.rule;
    v->ret->second = true;
    v->ret->which = which;
    v->ret->fault = fault_from(&d, w->in);
    point_out(v->second, w, d.rule, &v->ret->level, &v->ret->bits);
    return true;
}

/* Every access to a guest's table, in order.  False: the second stage refused one. */
static bool reach_tables(struct weighing *v)
{
    const struct xenpt_walk *g = &v->walk->guest;
    unsigned int top = v->guest->format.top;

    for (unsigned int i = 0; i < v->walk->nr_second && i < top; i++) {
        struct second_access access = table_access(v->guest, v->second, top - i, false);

        if (g->outcome == XENPT_MAPPED && i >= g->nr_steps)
            break; /* The page's own. */
        if (second_refuses(v, i, &access))
            return false;
        add_updates(v, v->second, &v->walk->second[i], access.write);
    }
    return true;
}

/*
 * The guest's own A and D.  Setting one is a write to its table, which the second stage may
 * refuse although it let the table be read; nested paging has asked for W already.
 */
static bool set_guest_flags(struct weighing *v, bool write)
{
    const struct xenpt_walk *g = &v->walk->guest;

    for (unsigned int i = 0; i < g->nr_steps; i++) {
        const struct xenpt_step *s = &g->step[i];
        const struct xenpt_walk *w = &v->walk->second[i];
        uint64_t set = flags_to_set(v->guest, s->level, s->role, s->entry, write);
        struct second_access access = table_access(v->guest, v->second, s->level, true);

        if (!set)
            continue;
        if (second_refuses(v, i, &access))
            return false;
        v->ret->update[v->ret->nr_updates++] = (struct xenpt_update2){
            { .at = w->out, .set = set, .level = s->level }, false
        };
    }
    return true;
}

/* The qualification's bits on the linear address, where the processor gives them. */
static uint64_t advanced_info(const struct xenpt_paging *guest, const struct xenpt_paging *second,
                              uint64_t granted)
{
    uint64_t info = 0;

    if (is_npt(second) || !second->cpu.ept_advanced_info)
        return 0;
    if (!guest->format.top)
        return XENPT_EPTV_LINEAR_U | XENPT_EPTV_LINEAR_W;
    if (granted & US)
        info |= XENPT_EPTV_LINEAR_U;
    if (granted & RW)
        info |= XENPT_EPTV_LINEAR_W;
    if (!(granted & NX))
        info |= XENPT_EPTV_LINEAR_NX;
    return info;
}

struct second_access page_access(const struct xenpt_paging *guest,
                                 const struct xenpt_paging *second,
                                 const struct xenpt_access *access, uint64_t granted)
{
    /* With paging off, every address counts as a user-mode one: SDM, mode-based execute. */
    bool user_address = !guest->format.top || granted & US;
    struct second_access final = final_access(second, access, user_address);

    final.info |= advanced_info(guest, second, granted);
    return final;
}

struct decision decide_guest(const struct xenpt_paging *guest, const struct xenpt_paging *second,
                             const struct ending *e, const struct xenpt_access *access)
{
    struct decision d = decide_first(guest, e, access);

    /* A PDPTE that is read at each walk is an entry like others; see in_register(). */
    if (d.rule == XENPT_RULE_PDPTE && is_npt(second))
        d = (struct decision){ XENPT_RULE_RESERVED, XENPT_FAULT_PF,
                               pf_access_code(guest, access) | XENPT_PF_P | XENPT_PF_RSVD };
    return d;
}

/* The guest's side: an exception, if it refuses. */
static bool guest_refuses(struct weighing *v, const struct xenpt_access *access)
{
    struct ending e = ending_of(v->guest, &v->walk->guest);
    struct decision d = decide_guest(v->guest, v->second, &e, access);

    v->ret->rule = d.rule;
    v->ret->fault = fault_from(&d, v->walk->guest.in);
    point_out(v->guest, &v->walk->guest, d.rule, &v->ret->level, &v->ret->bits);
    return d.rule != XENPT_RULE_NONE;
}

void xenpt_judge2(const struct xenpt_paging *guest, const struct xenpt_paging *second,
                  const struct xenpt_walk2 *walk, const struct xenpt_access *access,
                  struct xenpt_verdict2 *ret)
{
    struct weighing v = { guest, second, walk, ret };
    bool write = access->kind == XENPT_WRITE;
    unsigned int last = walk->nr_second - 1;
    struct second_access final;

    *ret = (struct xenpt_verdict2){ 0 };
    if (!reach_tables(&v) || guest_refuses(&v, access) || !set_guest_flags(&v, write))
        return;
    final = page_access(guest, second, access, walk->guest.granted);
    if (second_refuses(&v, last, &final))
        return;
    add_updates(&v, second, &walk->second[last], write);
    ret->allowed = true;
}
