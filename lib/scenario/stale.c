/* stale.c - what a CPU remembers of an address, beside what memory says of it by now. */
#include "scenario/stale.h"

#include "xenpt/memtype.h"

static unsigned int second_type(const struct xenpt_paging *pg, unsigned int level, uint64_t leaf)
{
    return pg->format.cache == XENPT_CACHE_EPT ? (unsigned int)(leaf >> 3 & 15)
                                               : (unsigned int)xenpt_pat_type(pg, level, leaf);
}

static void say_first(const struct xenpt_paging *pg, const struct xenpt_walk *walk,
                      struct said *ret)
{
    const struct xenpt_step *leaf = walk->nr_steps ? &walk->step[walk->nr_steps - 1] : NULL;

    ret->rights = walk->rights;
    ret->type = leaf ? (unsigned int)xenpt_pat_type(pg, leaf->level, leaf->entry) : XENPT_MT_WB;
    ret->pkey = leaf ? (unsigned int)((leaf->entry & pg->format.pkey) >> 59) : 0;
}

static void say_second(const struct xenpt_paging *pg, const struct xenpt_walk *walk,
                       struct said *ret)
{
    const struct xenpt_step *leaf = &walk->step[walk->nr_steps - 1];

    ret->second_rights = walk->rights;
    ret->second_type = second_type(pg, leaf->level, leaf->entry);
}

/* What memory says of a linear address. */
struct said said_by_memory(const struct stale_context *c, uint64_t in)
{
    struct said ret = { .span = XENPT_PAGE_SIZE };
    struct followed f;

    follow_address(c->w, c->c, in, &f);
    ret.mapped = f.walk.outcome == XENPT_MAPPED;
    if (!ret.mapped)
        return ret;
    ret.out = f.walk.out;
    ret.span = f.walk.span > XENPT_PAGE_SIZE ? f.walk.span : XENPT_PAGE_SIZE;
    say_first(c->tlb.first, &f.walk.guest, &ret);
    if (c->tlb.second)
        say_second(c->tlb.second, &f.walk.second[f.walk.nr_second - 1], &ret);
    return ret;
}

struct said said_by_second(const struct stale_context *c, uint64_t gaddr)
{
    struct said ret = { .span = XENPT_PAGE_SIZE };
    struct xenpt_walk walk;

    ret.mapped = xenpt_walk(c->tlb.second, c->tlb.memory, gaddr, &walk) == XENPT_MAPPED;
    if (!ret.mapped)
        return ret;
    ret.out = walk.out;
    ret.span = walk.span;
    say_second(c->tlb.second, &walk, &ret);
    return ret;
}

struct said said_by_cache(const struct stale_context *c, const struct body *b, uint64_t in)
{
    const struct xenpt_paging *first = c->tlb.first, *second = c->tlb.second;

    return (struct said){
        .mapped = true,
        .out = b->out | (in & ones(b->shift)),
        .rights = xenpt_rights(first, b->granted),
        .second_rights = second ? xenpt_rights(second, b->second_granted) : 0,
        .type = b->pat,
        .second_type = b->ept_type,
        .pkey = (unsigned int)((b->leaf & first->format.pkey) >> 59),
    };
}

enum xenpt_tlb_stale_id said_wrong(const struct said *used, const struct said *fresh, bool first,
                                   bool second)
{
    if (!fresh->mapped)
        return XENPT_STALE_GONE;
    if (used->out != fresh->out)
        return XENPT_STALE_FRAME;
    if ((first && used->rights & ~fresh->rights) ||
        (second && used->second_rights & ~fresh->second_rights))
        return XENPT_STALE_GRANTS;
    if ((first && used->type != fresh->type) || (second && used->second_type != fresh->second_type))
        return XENPT_STALE_TYPE;
    return first && used->pkey != fresh->pkey ? XENPT_STALE_PKEY : XENPT_NR_STALE;
}

bool said_table(const struct xenpt_paging *pg, const struct xenpt_walk *walk, unsigned int shift,
                uint64_t *out, unsigned int *rights)
{
    uint64_t granted = ~UINT64_C(0);

    for (unsigned int i = 0; i < walk->nr_steps; i++) {
        const struct xenpt_step *s = &walk->step[i];
        const struct xenpt_level *level = &pg->format.level[s->level];

        granted &= (s->entry ^ pg->format.inverted) | level->silent;
        if (level->shift != shift)
            continue;
        *out = xenpt_entry_target(pg, s->level, s->entry);
        *rights = xenpt_rights(pg, granted);
        return s->role == XENPT_TABLE;
    }
    return false;
}
