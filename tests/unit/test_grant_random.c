/*
 * test_grant_random.c - grants at random, between guests of all kinds that change their tables
 * meanwhile: after each request what is counted is what is live, an entry is pinned as often as it
 * is mapped, and one that is refused leaves everything as it was.
 *
 * With an argument: the seed; a second one: how many steps.
 */
#include "grant_fixture.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "xen/internal.h"

#define POOL  6
#define REFS  4
#define FIRST 6 /* Two of those that are kept when the version changes. */

static uint64_t state, seed = 1;
static unsigned long steps = 400, refused_ones, done_ones;
static uint64_t pool[4][POOL], tables[3];

/* xorshift64*. */
static uint64_t below(uint64_t n)
{
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    return state * UINT64_C(0x2545f4914f6cdd1d) % n;
}

static uint32_t some_ref(void)
{
    return FIRST + (uint32_t)below(REFS);
}

/* --- Requests ------------------------------------------------------------------------------ */

static void some_offer(char *text)
{
    static const uint16_t flags[] = { 1, 1, 1, 1, 5, 0, 2, 0x101, 3 };
    uint32_t d = (uint32_t)below(4), ref = some_ref();
    struct xenpt_grant_entry e = { .flags = flags[below(sizeof(flags) / sizeof(flags[0]))],
                                   .domain = (uint16_t)below(4),
                                   .frame = pool[below(8) ? d : below(4)][below(POOL)],
                                   .start = 16,
                                   .length = (uint16_t)below(4096),
                                   .from_domain = (uint16_t)below(5),
                                   .from_ref = some_ref() };
    enum xenpt_code code = xenpt_grant_offer(p.w.machine, d, ref, &e, NULL);

    sprintf(text, "d%u offers %u to d%u, flags 0x%x: %d", d, ref, e.domain, e.flags, code);
}

/* An address, the place of an entry, or a frame of the PVH guest's. */
static uint64_t some_where(uint32_t d, uint32_t *flags)
{
    if (d == 3)
        return gfn_of_d3(below(4)) << 12;
    if (below(3))
        return va_of(d, 5 + below(4));
    *flags |= BY_PTE;
    return at(tables[below(16) ? d : below(3)], (unsigned int)below(4)) + (below(20) ? 0 : 4);
}

static const char *some_map(char *text)
{
    static const uint32_t kinds[] = { CPU_MAP, CPU_MAP, CPU_MAP, DEV_MAP, CPU_MAP | DEV_MAP };
    uint32_t d = (uint32_t)below(4), owner = (uint32_t)below(4), ref = some_ref();
    uint32_t flags = kinds[below(d == 3 ? 3 : 5)] | (below(2) ? READ_ONLY : 0);
    uint64_t where = some_where(d, &flags);

    sprintf(text, "d%u maps %u of d%u at 0x%" PRIx64 ", flags 0x%x", d, ref, owner, where, flags);
    return grant_map(d, where, flags, owner, ref);
}

static const char *some_unmap(char *text)
{
    uint32_t d = (uint32_t)below(4), flags = 0, which = (uint32_t)below(24);
    uint64_t where = below(5) ? some_where(d, &flags) : 0, device = 0;
    struct xenpt_grant_mapping map;
    struct xenpt_grant_use use;

    if (below(2) && xenpt_grant_mapping(p.w.machine, d, which, &map) &&
        xenpt_grant_use(p.w.machine, map.domain, map.ref, &use))
        device = use.frame << 12;
    sprintf(text, "d%u unmaps %u at 0x%" PRIx64 ", for devices 0x%" PRIx64, d, which, where,
            device);
    return grant_unmap(d, where, device, 0, which);
}

static struct xenpt_grant_side some_side(uint32_t d)
{
    if (below(2))
        return (struct xenpt_grant_side){ false, SELF, pool[d][below(POOL)], 0 };
    return (struct xenpt_grant_side){ true, (uint32_t)below(4), some_ref(), (uint16_t)below(4096) };
}

/* Requests of d's own about its tables and frames. */
static const char *some_table(char *text)
{
    uint32_t d = (uint32_t)below(3);
    uint64_t frame = pool[d][below(POOL)];

    switch (below(4)) {
    case 0:
        sprintf(text, "d%u pins 0x%" PRIx64, d, frame);
        return ext(&p, d, XENPT_PV_PIN_L1, frame, 0, SELF);
    case 1:
        sprintf(text, "d%u unpins 0x%" PRIx64, d, frame);
        return ext(&p, d, XENPT_PV_UNPIN, frame, 0, SELF);
    case 2:
        sprintf(text, "d%u writes over an entry", d);
        return mmu(&p, d, at(tables[d], (unsigned int)below(4)), below(2) ? frame << 12 | PAGE : 0,
                   SELF);
    default:
        sprintf(text, "d%u writes over an address", d);
        return va_map(&p, d, va_of(d, 5 + below(4)), below(2) ? frame << 12 | RO : 0, SELF);
    }
}

static const char *one(char *text)
{
    uint32_t d;

    switch (below(12)) {
    case 0:
    case 1:
        some_offer(text);
        return "";
    case 2:
    case 3:
    case 4:
    case 5:
        return some_map(text);
    case 6:
    case 7:
    case 8:
        return some_unmap(text);
    case 9:
        d = (uint32_t)below(4);
        sprintf(text, "d%u copies", d);
        return grant_copy(d, some_side(d), some_side(d), (uint16_t)below(64));
    case 10:
        if (below(4))
            return some_table(text);
        d = (uint32_t)below(4);
        sprintf(text, "d%u changes its version", d);
        return grant_version(d, 1 + (uint32_t)below(2));
    default:
        return some_table(text);
    }
}

/* --- What holds ---------------------------------------------------------------------------- */

static unsigned int pins_of(uint32_t flags)
{
    unsigned int read_only = flags & READ_ONLY ? 1 : 0;

    return (flags & CPU_MAP ? 0x1000u >> 4 * read_only : 0) +
           (flags & DEV_MAP ? 0x10u >> 4 * read_only : 0);
}

static unsigned int mapped(uint32_t owner, uint32_t ref)
{
    struct xenpt_grant_mapping map;
    unsigned int nr = 0;

    for (uint32_t d = 0; d < 4; d++)
        for (uint32_t i = 0; i < 256; i++)
            if (xenpt_grant_mapping(p.w.machine, d, i, &map) && map.domain == owner &&
                map.ref == ref)
                nr += pins_of(map.flags);
    return nr;
}

static void check(unsigned long step, const char *text)
{
    char wrong[XENPT_PV_WRONG_MAX];
    uint64_t frame;

    assert_int_equal(xenpt_pv_check_counts(p.w.machine, wrong, &frame, NULL), XENPT_OK);
    if (*wrong)
        fail_msg("seed %" PRIu64 ", step %lu: %s: mfn 0x%" PRIx64 ": %s", seed, step, text, frame,
                 wrong);
    for (uint32_t d = 0; d < 4; d++)
        for (uint32_t ref = FIRST; ref < FIRST + REFS; ref++) {
            unsigned int status = status_of(d, ref), is = pins(d, ref);

            if (is != mapped(d, ref))
                fail_msg("seed %" PRIu64 ", step %lu: %s: grant %u of d%u has pins 0x%x, and is "
                         "mapped 0x%x",
                         seed, step, text, ref, d, is, mapped(d, ref));
            /* A guest that changes an entry which is in use may lose what Xen noted there. */
            if ((status & XENPT_GRANT_READING && !is) ||
                (status & XENPT_GRANT_WRITING && !(is & 0xf0f0)))
                fail_msg("seed %" PRIu64 ", step %lu: %s: grant %u of d%u has pins 0x%x, and its "
                         "guest sees 0x%x",
                         seed, step, text, ref, d, is, status);
        }
}

static void go(const char *machine)
{
    char text[200] = "";
    uint64_t before;

    state = seed * UINT64_C(0x9e3779b97f4a7c15);
    pv_begin(&p, machine);
    run_d3();
    for (uint32_t d = 0; d < 4; d++)
        for (unsigned int i = 0; i < POOL; i++)
            pool[d][i] = d < 3 ? fresh(&p, d) : gfn_of_d3(8 + i);
    for (uint32_t d = 0; d < 3; d++) {
        tables[d] = fresh(&p, d);
        must(ext(&p, d, XENPT_PV_PIN_L1, tables[d], 0, SELF));
    }
    before = pv_fingerprint(&p);
    for (unsigned long i = 0; i < steps; i++) {
        const char *error = one(text);
        bool ok = !strcmp(error, "ok");
        uint64_t after = pv_fingerprint(&p);

        if (*error && !ok && after != before)
            fail_msg("seed %" PRIu64 ", step %lu: %s: %s (%s), and something has changed", seed, i,
                     text, error, pv_rule(&p));
        check(i, text);
        refused_ones += *error && !ok;
        done_ones += ok;
        before = after;
    }
    pv_finish(&p);
}

static void test_now(void **unused)
{
    (void)unused;
    go(PV_HOST PV_XEN("4.17") PV_DOMAINS);
    /* Both happen, or nothing was tested. */
    assert_true(refused_ones > steps / 10 && done_ones > steps / 10);
}

static void test_nested_paging(void **unused)
{
    (void)unused;
    go("host: { ram: 2G, cpus: 4, processor: rome }\n" PV_XEN("4.22") PV_DOMAINS);
}

/* All on shadows, the guest with physical memory of its own as well. */
static void test_shadows(void **unused)
{
    (void)unused;
    go(PV_HOST PV_XEN("4.17") "domains:\n"
                              "  d0: { type: pv64, memory: 16M, privileged: yes, paging: shadow }\n"
                              "  d1: { type: pv64, memory: 16M, paging: shadow }\n"
                              "  d2: { type: pv32, memory: 16M, paging: shadow }\n"
                              "  d3: { type: pvh, memory: 16M, paging: shadow }\n"
                              "running: { cpu0: d0.v0.kernel, cpu1: d1.v0.kernel, cpu2: "
                              "d2.v0.kernel }\n");
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_now),
        cmocka_unit_test(test_nested_paging),
        cmocka_unit_test(test_shadows),
    };

    const char *wanted = getenv("XENPT_PV_STEPS");

    if (wanted)
        steps = strtoul(wanted, NULL, 0);
    if (argc > 1)
        seed = strtoull(argv[1], NULL, 0);
    if (argc > 2)
        steps = strtoul(argv[2], NULL, 0);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
