/* cases_pager.c - what a pager asks of d2's memory: dom0 is it. */
#include "cases.h"

#define RING_PARAM 27u
#define RING       UINT64_C(0xfeff8) /* One of d2's special frames. */

static void pager(uint32_t domain, unsigned int what, uint64_t gfn)
{
    said(ask_pager(domain, what, gfn));
}
static void foreign(uint64_t gfn)
{
    mmu_of(at(l1, 5), gfn << 12 | PAGE, D2);
    mmu(at(l1, 5), 0);
}

static void whose(void)
{
    pager(77, PAGER_ENABLE, 0);
    pager(77, PAGER_NOMINATE, 0);
    pager(who(), PAGER_ENABLE, 0);
    pager(who(), PAGER_NOMINATE, 0);
    pager(who() == D0 ? D1 : D0, PAGER_ENABLE, 0);
    pager(who() == D0 ? D1 : D0, PAGER_DISABLE, 0);
    pager(who() == D0 ? D1 : D0, PAGER_NOMINATE, 0);
    pager(SELF, PAGER_NOMINATE, 0);
}
static void of_d2_without(void)
{
    uint64_t waits = nothing_of_d2();

    said(ask_set_param(D2, RING_PARAM, 0));
    for (unsigned int what = PAGER_ENABLE; what <= PAGER_RESUME; what++)
        pager(D2, what, fresh_of_d2());
    said(ask_set_param(D2, RING_PARAM, RING));
    said_number((uint64_t)ask_on_demand(D2, 0, waits));
    pager(D2, PAGER_ENABLE, 0);
    said_number((uint64_t)ask_memory(DECREASE, D2, 0, 0, &waits, 1));
}
static void enabled(void)
{
    pager(D2, PAGER_ENABLE, 0);
    pager(D2, PAGER_ENABLE, 0);
}
static void frames(void)
{
    uint64_t gfn = fresh_of_d2(), held = fresh_of_d2();

    pager(D2, PAGER_NOMINATE, nothing_of_d2());
    mmu_of(at(l1, 6), held << 12 | PAGE, D2);
    pager(D2, PAGER_NOMINATE, held);
    mmu(at(l1, 6), 0);
    pager(D2, PAGER_EVICT, gfn);
    pager(D2, PAGER_PREPARE, gfn);
    pager(D2, PAGER_NOMINATE, gfn);
    pager(D2, PAGER_NOMINATE, gfn);
    pager(D2, PAGER_PREPARE, gfn);
    pager(D2, PAGER_EVICT, gfn);
    pager(D2, PAGER_EVICT, gfn);
    pager(D2, PAGER_NOMINATE, gfn);
    pager(D2, PAGER_PREPARE, gfn);
    pager(D2, PAGER_PREPARE, gfn);
    foreign(gfn);
}
static void touched(void)
{
    uint64_t gfn = fresh_of_d2();

    pager(D2, PAGER_NOMINATE, gfn);
    foreign(gfn);
    pager(D2, PAGER_EVICT, gfn);
    pager(D2, PAGER_NOMINATE, gfn);
    pager(D2, PAGER_EVICT, gfn);
    foreign(gfn);
    foreign(gfn);
    pager(D2, PAGER_PREPARE, gfn);
    foreign(gfn);
}
static void no_room(void)
{
    uint64_t gfn = fresh_of_d2(), first = nothing_of_d2(), more = first;
    unsigned int nr = 0;

    pager(D2, PAGER_NOMINATE, gfn);
    pager(D2, PAGER_EVICT, gfn);
    while (nr < 600 && ask_memory(POPULATE, D2, 0, 0, &more, 1) == 1) {
        more = nothing_of_d2();
        nr++;
    }
    said_text(nr < 600 ? " full" : " not full");
    pager(D2, PAGER_PREPARE, gfn);
    for (unsigned int i = 0; i < nr; i++) {
        uint64_t one = first + i;

        ask_memory(DECREASE, D2, 0, 0, &one, 1);
    }
    pager(D2, PAGER_PREPARE, gfn);
}
static void disabled(void)
{
    pager(D2, PAGER_DISABLE, 0);
    pager(D2, PAGER_DISABLE, 0);
    pager(D2, PAGER_NOMINATE, fresh_of_d2());
}

/* Before d2 has a device's frames: none of its own wait from then on. */
static const struct xen_case first_cases[] = {
    { "paging-self", "whose memory", whose, ALL },
    { "paging-ring-page", "before there is one", of_d2_without, BY_D0 },
};
const struct xen_cases first_pager_cases = CASES_WITH(first_cases, PAGING);

static const struct xen_case cases[] = {
    { "paging-enabled", "a second one", enabled, BY_D0 },
    { "paging-held", "frames", frames, BY_D0 },
    { "foreign-paged", "frames that are touched", touched, BY_D0 },
    { "paging-free", "of one that has all it may have", no_room, BY_D0 },
    { "paging-off", "and once more", disabled, BY_D0 },
};
const struct xen_cases pager_cases = CASES_WITH(cases, PAGING);
