/*
 * judge.c - the verdict on a walk: which rule decided, in which entry and by which of its
 * bits, what software is told, and which A and D flags the access sets.
 *
 * judge reads no memory: all it needs stands in the record.
 */
#include "xenpt/judge.h"

#include "arch/decide.h"
#include "arch/format_tables.h"
#include "arch/judge_record.h"
#include "base/bits.h"

struct ending ending_of(const struct xenpt_paging *pg, const struct xenpt_walk *w)
{
    const struct xenpt_format *f = &pg->format;
    struct ending e = { .outcome = w->outcome, .granted = w->granted, .above = ~UINT64_C(0) };

    for (unsigned int i = 0; i < w->nr_steps; i++) {
        const struct xenpt_step *s = &w->step[i];

        if (i + 1 < w->nr_steps)
            e.above &= (s->entry ^ f->inverted) | f->level[s->level].silent;
        e.level = s->level;
        e.entry = s->entry;
    }
    return e;
}

/* The first entry, from the root, that does not grant all of these bits. */
static const struct xenpt_step *withholder(const struct xenpt_paging *pg,
                                           const struct xenpt_walk *w, uint64_t bits)
{
    const struct xenpt_format *f = &pg->format;

    for (unsigned int i = 0; i < w->nr_steps; i++) {
        const struct xenpt_step *s = &w->step[i];

        if (~((s->entry ^ f->inverted) | f->level[s->level].silent) & bits)
            return s;
    }
    return NULL;
}

/* Which bits a rule looks for in every entry; 0: it looks at the last one alone. */
static uint64_t bits_of_rule(const struct xenpt_paging *pg, enum xenpt_rule_id rule)
{
    const uint64_t *right = pg->format.right;

    switch (rule) {
    case XENPT_RULE_USER:
        return right[XENPT_U];
    case XENPT_RULE_WRITE:
        return right[XENPT_W];
    case XENPT_RULE_EXECUTE:
        return right[XENPT_XS] | right[XENPT_XU];
    case XENPT_RULE_READ:
    case XENPT_RULE_NPT_USER:
        return right[XENPT_R];
    default:
        return 0;
    }
}

/* The bits of the last entry that decided, for rules that no other entry has a say in. */
static uint64_t bits_of_last(const struct xenpt_paging *pg, const struct xenpt_step *last,
                             enum xenpt_rule_id rule)
{
    switch (rule) {
    case XENPT_RULE_NOT_PRESENT:
        return pg->format.present;
    case XENPT_RULE_RESERVED:
    case XENPT_RULE_PDPTE:
    case XENPT_RULE_EPT_MISCONFIG:
        return xenpt_entry_offence(pg, last->level, last->entry);
    case XENPT_RULE_SMEP:
    case XENPT_RULE_SMAP:
        return US;
    case XENPT_RULE_PKEY:
        return pg->format.pkey;
    case XENPT_RULE_SHADOW_STACK:
        return pg->format.second_stage ? EPT_SSS : RW | D;
    default:
        return 0;
    }
}

void point_out(const struct xenpt_paging *pg, const struct xenpt_walk *w, enum xenpt_rule_id rule,
               uint8_t *level, uint64_t *bits)
{
    uint64_t wanted = bits_of_rule(pg, rule);
    const struct xenpt_step *s = wanted ? withholder(pg, w, wanted) : NULL;

    *level = 0;
    *bits = 0;
    if (!rule || !w->nr_steps)
        return;
    if (s) {
        *bits = wanted & ~((s->entry ^ pg->format.inverted) | pg->format.level[s->level].silent);
    } else {
        s = &w->step[w->nr_steps - 1];
        *bits = bits_of_last(pg, s, rule);
    }
    *level = s->level;
}

/*
 * SDM vol. 3, "Accessed and Dirty Flags": a processor that has shadow stacks never sets D in
 * an entry whose R/W is 0, or it would make one.  Only a write with CR0.WP clear could.
 */
static bool takes_dirty(const struct xenpt_paging *pg, uint64_t entry)
{
    return pg->format.second_stage || !pg->cpu.cet_ss || entry & RW;
}

uint64_t flags_to_set(const struct xenpt_paging *pg, unsigned int level, enum xenpt_role role,
                      uint64_t entry, bool write)
{
    const struct xenpt_format *f = &pg->format;
    uint64_t set = f->accessed & ~f->level[level].silent & ~entry;

    if (role == XENPT_PAGE && write && takes_dirty(pg, entry))
        set |= f->dirty & ~entry;
    return set;
}

unsigned int list_updates(const struct xenpt_paging *pg, const struct xenpt_walk *w, bool write,
                          struct xenpt_update *ret)
{
    unsigned int n = 0;

    for (unsigned int i = 0; i < w->nr_steps; i++) {
        const struct xenpt_step *s = &w->step[i];
        uint64_t set = flags_to_set(pg, s->level, s->role, s->entry, write);

        if (set)
            ret[n++] = (struct xenpt_update){ .at = s->at, .set = set, .level = s->level };
    }
    return n;
}

struct xenpt_fault fault_from(const struct decision *d, uint64_t address)
{
    static const uint8_t vectors[XENPT_NR_FAULT_KINDS] = {
        [XENPT_FAULT_PF] = 14,
        [XENPT_FAULT_GP] = 13,
        [XENPT_FAULT_SS] = 12,
    };
    bool told = d->fault != XENPT_FAULT_NONE && d->fault != XENPT_FAULT_GP &&
                d->fault != XENPT_FAULT_SS;

    return (struct xenpt_fault){
        .kind = d->fault,
        .vector = vectors[d->fault],
        .code = d->code,
        .address = told ? address : 0,
    };
}

void xenpt_judge(const struct xenpt_paging *pg, const struct xenpt_walk *walk,
                 const struct xenpt_access *access, struct xenpt_verdict *ret)
{
    struct ending e = ending_of(pg, walk);
    struct second_access final = final_access(pg, access, is_user(access));
    struct decision d = pg->format.second_stage ? decide_second(pg, &e, &final)
                                                : decide_first(pg, &e, access);

    *ret = (struct xenpt_verdict){ .allowed = !d.rule, .rule = d.rule };
    ret->fault = fault_from(&d, walk->in);
    point_out(pg, walk, d.rule, &ret->level, &ret->bits);
    if (ret->allowed)
        ret->nr_updates = list_updates(pg, walk, access->kind == XENPT_WRITE, ret->update);
}
