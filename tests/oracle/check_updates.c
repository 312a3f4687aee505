/*
 * check_updates.c - two lists of A and D updates.
 */
#include "oracle/check.h"

/* Takes from each update what an earlier one of the same entry has set; drops empty ones. */
static unsigned int without_repeats(unsigned int n, struct check_update u[])
{
    unsigned int kept = 0;

    for (unsigned int i = 0; i < n; i++) {
        struct check_update next = u[i];

        for (unsigned int j = 0; j < kept; j++)
            if (u[j].at == next.at)
                next.set &= ~u[j].set;
        if (next.set)
            u[kept++] = next;
    }
    return kept;
}

/* All that a list sets in one entry. */
static uint64_t set_at(unsigned int n, const struct check_update u[], uint64_t at)
{
    uint64_t set = 0;

    for (unsigned int i = 0; i < n; i++)
        set |= u[i].at == at ? u[i].set : 0;
    return set;
}

static uint64_t free_at(const struct oracle_verdict *o, uint64_t at)
{
    uint64_t free = 0;

    for (unsigned int i = 0; i < o->nr_updates; i++)
        free |= o->update[i].at == at ? o->update[i].free : 0;
    return free;
}

/* With free bits about, order says little: what is set where has to agree. */
static void check_sets(const struct check *c, const struct oracle_verdict *o, unsigned int n,
                       const struct check_update want[], unsigned int nr_found,
                       const struct check_update found[])
{
    for (unsigned int i = 0; i < n; i++) {
        uint64_t free = free_at(o, want[i].at);

        check_same(c, "updates of an entry", set_at(n, want, want[i].at) & ~free,
                   set_at(nr_found, found, want[i].at) & ~free);
    }
    for (unsigned int i = 0; i < nr_found; i++) {
        uint64_t known = free_at(o, found[i].at) | set_at(n, want, found[i].at);

        check_same(c, "an entry's update", 0, found[i].set & ~known);
    }
}

void check_updates(const struct check *c, const struct oracle_verdict *o, unsigned int n,
                   struct check_update found[])
{
    struct check_update want[ORACLE_UPDATES_MAX];
    unsigned int nr_want = 0;
    bool any_free = false;

    for (unsigned int i = 0; i < o->nr_updates; i++) {
        const struct oracle_update *u = &o->update[i];

        any_free = any_free || u->free;
        want[nr_want++] = (struct check_update){ u->at, u->set, u->second };
    }
    nr_want = without_repeats(nr_want, want);
    n = without_repeats(n, found);
    if (any_free) {
        check_sets(c, o, nr_want, want, n, found);
        return;
    }
    check_same(c, "nr_updates", nr_want, n);
    for (unsigned int i = 0; i < n && i < nr_want; i++) {
        check_same(c, "update.at", want[i].at, found[i].at);
        check_same(c, "update.set", want[i].set, found[i].set);
        check_same(c, "update.second", want[i].second, found[i].second);
    }
}
