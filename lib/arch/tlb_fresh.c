/* tlb_fresh.c - what memory says of an access, and in what a cached answer differs from it. */
#include "arch/judge_record.h"
#include "arch/tlb.h"

/* Whether every entry of a walk has a flag, in formats and at levels that keep it. */
static bool all_have(const struct xenpt_paging *pg, const struct xenpt_walk *w, uint64_t flag)
{
    for (unsigned int i = 0; i < w->nr_steps; i++)
        if (flag & ~pg->format.level[w->step[i].level].silent & ~w->step[i].entry)
            return false;
    return true;
}

static uint64_t leaf_of(const struct xenpt_walk *w)
{
    return w->nr_steps ? w->step[w->nr_steps - 1].entry : 0;
}

/* A translation that is allowed, as far as the first stage has a say. */
static void first_answer(const struct xenpt_paging *pg, const struct xenpt_walk *w,
                         struct xenpt_tlb_answer *ret)
{
    uint64_t leaf = leaf_of(w);
    unsigned int level = w->nr_steps ? w->step[w->nr_steps - 1].level : 0;

    ret->outcome = XENPT_MAPPED;
    ret->allowed = true;
    ret->rights = w->rights;
    ret->pkey = (uint8_t)((leaf & pg->format.pkey) >> 59);
    ret->pat = (uint8_t)xenpt_pat_type(pg, level, leaf);
    ret->global = pg->regs.cr4 & XENPT_CR4_PGE && leaf & XENPT_BIT(8);
    ret->accessed = all_have(pg, w, pg->format.accessed);
    ret->dirty = !level || !(pg->format.dirty & ~leaf);
}

static void fresh1(const struct xenpt_tlb_context *c, const struct xenpt_access *access,
                   uint64_t in, struct xenpt_tlb_answer *ret)
{
    struct xenpt_verdict verdict;
    struct xenpt_walk walk;

    xenpt_walk(c->first, c->memory, in, &walk);
    xenpt_judge(c->first, &walk, access, &verdict);
    if (!verdict.allowed) {
        ret->outcome = walk.outcome;
        ret->rule = verdict.rule;
        ret->fault = verdict.fault;
        return;
    }
    first_answer(c->first, &walk, ret);
    ret->out = walk.out;
    ret->span = walk.nr_steps ? walk.span : XENPT_PAGE_SIZE;
}

/* How the walk ended that a verdict is about, in the terms of both stages. */
static enum xenpt_outcome ended(const struct xenpt_walk2 *walk,
                                const struct xenpt_verdict2 *verdict)
{
    enum xenpt_outcome second;

    if (!verdict->second)
        return walk->guest.outcome;
    second = walk->second[verdict->which].outcome;
    return second == XENPT_MAPPED || second == XENPT_NO_MEMORY ? second : XENPT_SECOND_STAGE;
}

static void fresh2(const struct xenpt_tlb_context *c, const struct xenpt_access *access,
                   uint64_t in, struct xenpt_tlb_answer *ret)
{
    const struct xenpt_paging *pg = c->second;
    const struct xenpt_walk *page;
    struct xenpt_verdict2 verdict;
    struct xenpt_walk2 walk;
    uint64_t leaf;

    xenpt_walk2(c->first, pg, c->memory, in, &walk);
    xenpt_judge2(c->first, pg, &walk, access, &verdict);
    if (!verdict.allowed) {
        ret->outcome = ended(&walk, &verdict);
        ret->rule = verdict.rule;
        ret->second = verdict.second;
        ret->fault = verdict.fault;
        return;
    }
    first_answer(c->first, &walk.guest, ret);
    page = &walk.second[walk.nr_second - 1];
    leaf = leaf_of(page);
    ret->out = walk.out;
    ret->span = walk.span;
    ret->second_rights = page->rights;
    ret->ept_type = pg->format.cache == XENPT_CACHE_EPT
                        ? leaf >> 3 & 15
                        : (uint8_t)xenpt_pat_type(pg, page->step[page->nr_steps - 1].level, leaf);
    for (unsigned int i = 0; i < walk.nr_second; i++)
        ret->accessed &= all_have(pg, &walk.second[i], pg->format.accessed);
    ret->dirty &= !(pg->format.dirty & ~leaf);
}

void xenpt_tlb_fresh(const struct xenpt_tlb_context *context, const struct xenpt_access *access,
                     uint64_t in, struct xenpt_tlb_answer *ret)
{
    *ret = (struct xenpt_tlb_answer){ 0 };
    if (context->second)
        fresh2(context, access, in, ret);
    else
        fresh1(context, access, in, ret);
}

/* --- Differences --------------------------------------------------------------------------- */

static const struct xenpt_tlb_stale stales[XENPT_NR_STALE] = {
    [XENPT_STALE_GONE] = { "gone", "memory has no translation any more" },
    [XENPT_STALE_APPEARED] = { "appeared", "memory has a translation by now" },
    [XENPT_STALE_FRAME] = { "frame", "in memory it leads elsewhere" },
    [XENPT_STALE_GRANTS] = { "grants", "a right is used that memory does not grant" },
    [XENPT_STALE_DENIES] = { "denies", "a right is denied that memory grants" },
    [XENPT_STALE_SIZE] = { "size", "in memory the page has another size" },
    [XENPT_STALE_TYPE] = { "type", "in memory it selects another memory type" },
    [XENPT_STALE_PKEY] = { "pkey", "in memory it has another protection key" },
    [XENPT_STALE_GLOBAL] = { "global", "whether it is global differs from memory" },
    [XENPT_STALE_ACCESSED] = { "accessed", "an A flag was cleared, and no access will set it" },
    [XENPT_STALE_DIRTY] = { "dirty", "a D flag was cleared, and no write will set it" },
};

const struct xenpt_tlb_stale *xenpt_tlb_stale(enum xenpt_tlb_stale_id id)
{
    return id < XENPT_NR_STALE ? &stales[id] : NULL;
}

#define IF(condition, id) ((condition) ? 1u << (id) : 0)

/* Where one of them refuses. */
static unsigned int refusals_differ(const struct xenpt_tlb_answer *used,
                                    const struct xenpt_tlb_answer *fresh)
{
    if (used->allowed)
        return 1u << (fresh->outcome == XENPT_MAPPED ? XENPT_STALE_GRANTS : XENPT_STALE_GONE);
    if (fresh->allowed)
        return 1u << (used->outcome == XENPT_MAPPED ? XENPT_STALE_DENIES : XENPT_STALE_APPEARED);
    return 0;
}

unsigned int stale_between(const struct xenpt_tlb_context *context,
                           const struct xenpt_tlb_answer *used,
                           const struct xenpt_tlb_answer *fresh)
{
    unsigned int mine = used->rights, theirs = fresh->rights;
    unsigned int mine2 = used->second_rights, theirs2 = fresh->second_rights;

    if (!used->allowed || !fresh->allowed)
        return refusals_differ(used, fresh);
    return IF(used->out != fresh->out, XENPT_STALE_FRAME) |
           IF(mine & ~theirs || mine2 & ~theirs2, XENPT_STALE_GRANTS) |
           IF(theirs & ~mine || theirs2 & ~mine2, XENPT_STALE_DENIES) |
           IF(used->span != fresh->span, XENPT_STALE_SIZE) |
           IF(used->pat != fresh->pat || used->ept_type != fresh->ept_type, XENPT_STALE_TYPE) |
           IF(used->pkey != fresh->pkey, XENPT_STALE_PKEY) |
           IF(used->global != fresh->global, XENPT_STALE_GLOBAL) |
           IF(context->store && !fresh->accessed, XENPT_STALE_ACCESSED) |
           IF(context->store && used->dirty && !fresh->dirty, XENPT_STALE_DIRTY);
}
