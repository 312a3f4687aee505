/* matrix_access.c - accesses of a case, by number. */
#include "validate/matrix_make.h"

#include "base/bits.h"

static const unsigned int sizes[] = { 1, 2, 4, 8 };

unsigned int accesses_nr(unsigned int by, unsigned int nr_sizes)
{
    return (by & BY_KIND ? 4u : 1u) * (by & BY_CPL ? 2u : 1u) * (by & BY_AC ? 2u : 1u) *
           (by & BY_SIZE ? nr_sizes : 1u);
}

static unsigned int digit(struct maker *k, bool listed, unsigned int n, unsigned int *i)
{
    unsigned int value;

    if (!listed)
        return maker_pick(k, n);
    value = *i % n;
    *i /= n;
    return value;
}

/* A table's entry that is marked as a page, or a page's that is not any more. */
static bool path_astray(const struct shape *s, const struct path *p)
{
    uint64_t present = s->full_leaf ? 7 : 1;

    for (unsigned int l = 2; l <= s->biggest; l++)
        if (l >= p->leaf && p->flip[l] & s->large && (p->flags[l] ^ p->flip[l]) & present)
            return true;
    return false;
}

static bool goes_astray(const struct maker *k)
{
    const struct plan *p = &k->plan;

    return path_astray(k->s, &p->page) || path_astray(k->s, &p->next) ||
           path_astray(k->s2, &p->tables) || path_astray(k->s2, &p->pages) ||
           path_astray(k->s2, &p->next_page) || path_astray(k->s2, &p->odd);
}

enum prune access_make(struct maker *k, unsigned int by, unsigned int i, struct blob_access *ret)
{
    unsigned int nr_sizes = k->plan.mode >= MODE_4LEVEL ? 4 : 3, size;

    *ret = (struct blob_access){ .va = k->plan.va };
    ret->kind = (uint8_t)digit(k, by & BY_KIND, 4, &i);
    ret->cpl = digit(k, by & BY_CPL, 2, &i) ? 3 : 0;
    ret->ac = (uint8_t)digit(k, by & BY_AC, 2, &i);
    size = digit(k, by & BY_SIZE, nr_sizes, &i);
    if (k->no_fetch && ret->kind == ACCESS_FETCH)
        return PRUNE_FETCH_EDGE;
    if (ret->kind != ACCESS_READ && goes_astray(k))
        return PRUNE_ASTRAY;
    ret->size = (uint8_t)sizes[size];
    if (ret->kind == ACCESS_FETCH) {
        if (by & BY_SIZE && size)
            return PRUNE_FETCH_SIZE;
        ret->size = 2;
    }
    /* Of an access that is to cross, at least one byte is in the next page. */
    if (k->plan.first && ret->size <= k->plan.first) {
        if (by & BY_SIZE || ret->kind == ACCESS_FETCH)
            return PRUNE_BOUNDARY;
        ret->size = (uint8_t)sizes[nr_sizes - 1];
        if (ret->size <= k->plan.first)
            return PRUNE_BIG_IN_32_BIT;
    }
    return PRUNE_NONE;
}
