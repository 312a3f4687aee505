/* merge.c - when two neighbours are one range. */
#include "analysis/merge.h"

#include "base/bits.h"

/* The flags of a leaf that a reader would tell apart: not A, D, nor what software owns. */
static void bits_that_matter(const struct xenpt_format *f, uint64_t ret[XENPT_TOP_MAX + 1])
{
    const struct xenpt_flag *flags[64];

    for (unsigned int l = 1; l <= f->top; l++) {
        size_t n = xenpt_entry_flags(f, l, ~UINT64_C(0), false, flags, ARRAY_SIZE(flags));

        ret[l] = f->pkey;
        while (n--)
            ret[l] |= flags[n]->mask;
        ret[l] &= ~(f->accessed | f->dirty);
    }
}

void merge_init(struct merge *ret, const struct xenpt_context *context,
                const struct xenpt_map_options *opt)
{
    *ret = (struct merge){ .opt = opt, .second = context->has_second };
    bits_that_matter(&context->paging.format, ret->matter);
    if (context->has_second)
        bits_that_matter(&context->second.format, ret->matter2);
}

static bool alike(const struct xenpt_map_leaf *a, const struct xenpt_map_leaf *b,
                  const uint64_t matter[])
{
    return a->level == b->level && !((a->entry ^ b->entry) & matter[a->level]);
}

/* Whether b leads to what follows a's memory, in either stage. */
static bool leads_on(const struct merge *m, const struct xenpt_map_range *a,
                     const struct xenpt_map_range *b)
{
    uint64_t distance = b->first - a->first;

    if (a->kind == XENPT_MAP_PAGES && a->maddr + distance != b->maddr)
        return false;
    return !m->second || a->gaddr + distance == b->gaddr;
}

/* Whether b leads to the one page that all of a leads to. */
static bool leads_back(const struct xenpt_map_range *a, const struct xenpt_map_range *b)
{
    return (a->repeated || a->leaves == 1) && a->maddr == b->maddr && a->gaddr == b->gaddr;
}

/* Joins what the pages of two ranges lead to, if that may be one. */
static bool join_targets(const struct merge *m, struct xenpt_map_range *a,
                         const struct xenpt_map_range *b)
{
    if (!a->repeated && leads_on(m, a, b))
        return true;
    if (m->opt->repeats && leads_back(a, b)) {
        a->repeated = true;
        return true;
    }
    if (!m->opt->scatter)
        return false;
    a->repeated = false;
    a->scattered = true;
    return true;
}

/* Whether b, which is of a's kind and begins where a ends, is more of the same. */
static bool more_of(const struct merge *m, struct xenpt_map_range *a,
                    const struct xenpt_map_range *b)
{
    switch (a->kind) {
    case XENPT_MAP_PAGES:
        return a->rights == b->rights && alike(&a->leaf, &b->leaf, m->matter) &&
               (!m->second || alike(&a->second, &b->second, m->matter2)) && join_targets(m, a, b);
    case XENPT_MAP_NO_SECOND:
        return alike(&a->leaf, &b->leaf, m->matter) && leads_on(m, a, b);
    case XENPT_MAP_SHARED:
        return a->rights == b->rights && a->same_as == b->same_as && a->leaf.level == b->leaf.level;
    case XENPT_MAP_MALFORMED:
    case XENPT_MAP_NO_MEMORY:
        return a->leaf.level == b->leaf.level;
    default:
        return false;
    }
}

bool merge_join(struct merge *m, const struct xenpt_map_range *r)
{
    struct xenpt_map_range *a = &m->range;

    if (!m->pending || a->kind != r->kind || a->last + 1 != r->first || !more_of(m, a, r))
        return false;
    a->last = r->last;
    a->leaves += r->leaves;
    a->leaf.all &= r->leaf.all;
    a->leaf.any |= r->leaf.any;
    a->second.all &= r->second.all;
    a->second.any |= r->second.any;
    return true;
}
