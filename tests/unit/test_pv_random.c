/*
 * test_pv_random.c - hypercalls at random: one that is refused leaves everything as it was, and
 * what is counted is what is live after each.
 *
 * With an argument: the seed; a second one: how many steps.
 */
#include "pv_fixture.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "xen/shadow.h"

#define POOL 14

static struct pv_world p;
static uint64_t state, seed = 1;
static unsigned long steps = 600;
static uint64_t pool[3][POOL];
static unsigned long refused, done;

/* xorshift64*. */
static uint64_t any(void)
{
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    return state * UINT64_C(0x2545f4914f6cdd1d);
}

static uint64_t below(uint64_t n)
{
    return any() % n;
}

/* Of the three PV domains: mostly the caller's own. */
static uint32_t other(uint32_t d)
{
    return below(8) ? d : (uint32_t)below(3);
}

static uint64_t some_frame(uint32_t d)
{
    const struct domain *dom = &p.w.machine->domains[d];

    switch (below(12)) {
    case 0:
        return dom->at.pt_first ? mfn_of(&p, d, dom->at.pt_first + below(dom->at.nr_pt)) : 0;
    case 1:
        return mfn_of(&p, d, below(dom->nr_frames));
    case 2:
        return below(2) ? dom->gdt >> 12 : 0xfee00;
    case 3:
        return dom->built.frames[0].mfn; /* shared_info */
    default:
        return pool[d][below(POOL)];
    }
}

static uint64_t some_entry(uint32_t d)
{
    static const uint64_t flags[] = { 0x67,       0x65,        0x63,  0x61,
                                      0x25,       0x27,        0,     0x66,
                                      0xe7,       0x77,        0x167, UINT64_C(1) << 63 | 0x67,
                                      0x9 | 0x62, 0x200 | 0x67 };

    return some_frame(other(d)) << 12 | flags[below(sizeof(flags) / sizeof(flags[0]))];
}

static unsigned int some_slot(void)
{
    static const unsigned int slots[] = { 0, 1, 2, 3, 4, 5, 255, 256, 258, 272, 428, 510, 511 };

    return slots[below(sizeof(slots) / sizeof(slots[0]))];
}

static uint32_t foreign(uint32_t d)
{
    if (below(6))
        return XENPT_DOMID_SELF;
    switch (below(4)) {
    case 0:
        return XENPT_DOMID_IO;
    case 1:
        return (uint32_t)below(5);
    case 2:
        return (uint32_t)(below(5) + 1) << 16 | XENPT_DOMID_SELF;
    default:
        return (other(d) + 1) << 16 | XENPT_DOMID_SELF;
    }
}

/* An address that has an L1, or not. */
static uint64_t some_va(uint32_t d)
{
    const struct domain *dom = &p.w.machine->domains[d];

    return below(4) ? dom->at.base + below(dom->nr_frames) * 4096 : below(2) ? 0x400000 : any();
}

/* Those that are not of tables alone. */
static const char *rarer(uint32_t d, char *text)
{
    struct xenpt_pv_caller c = { .domain = d, .rules = &p.rules };
    uint64_t frames[16], a = some_frame(other(d)), b = any();
    unsigned int what = (unsigned int)below(4);
    enum xenpt_code code;

    for (int i = 0; i < 16; i++)
        frames[i] = some_frame(d);
    sprintf(text, "d%u rarer %u 0x%" PRIx64 " 0x%" PRIx64, d, what, a, b);
    switch (what) {
    case 0:
        code = xenpt_pv_set_gdt(p.w.machine, &c, frames, (uint32_t)below(1200), &p.r, NULL);
        break;
    case 1:
        code = xenpt_pv_update_descriptor(p.w.machine, &c, a << 12 | below(512) * 8,
                                          below(2) ? b : UINT64_C(0x00cffb000000ffff), &p.r, NULL);
        break;
    case 2:
        code = xenpt_pv_vm_assist(p.w.machine, &c, (uint32_t)below(3), below(4) ? 2 : 32, &p.r,
                                  NULL);
        break;
    default:
        code = xenpt_pv_write_table(p.w.machine, &c, some_va(d) + below(4096), some_entry(d),
                                    1u << below(4), &p.r, NULL);
        break;
    }
    assert_int_equal(code, XENPT_OK);
    return p.r.name;
}

static const char *one(char *text)
{
    static const uint32_t commands[] = { 0, 0, 0, 1,  1,  2,  2,  3,  3,  4,  4,  4,  5,
                                         5, 6, 9, 10, 13, 15, 15, 16, 17, 18, 19, 14, 21 };
    uint32_t d = (uint32_t)below(3), cmd, named;
    uint64_t a, b;

    switch (below(9)) {
    case 8:
        return rarer(d, text);
    case 0:
    case 1:
    case 2:
    case 3: {
        uint32_t of = other(d);

        a = some_frame(of) << 12 | (uint64_t)some_slot() * 8 | (below(5) ? 0 : below(5));
        b = some_entry(d);
        named = foreign(d);
        sprintf(text, "d%u mmu_update 0x%" PRIx64 " 0x%" PRIx64 " 0x%x", d, a, b, named);
        return mmu(&p, d, a, b, named);
    }
    case 4:
        a = some_va(d);
        b = some_entry(d);
        named = below(6) ? XENPT_DOMID_SELF : (uint32_t)below(4);
        sprintf(text, "d%u update_va 0x%" PRIx64 " 0x%" PRIx64 " 0x%x", d, a, b, named);
        return va_map(&p, d, a, b, named);
    default:
        cmd = commands[below(sizeof(commands) / sizeof(commands[0]))];
        a = below(20) ? some_frame(other(d)) : 0;
        b = some_frame(d);
        named = below(8) ? XENPT_DOMID_SELF : (uint32_t)below(5);
        sprintf(text, "d%u mmuext_op %u 0x%" PRIx64 " 0x%" PRIx64 " 0x%x", d, cmd, a, b, named);
        return ext(&p, d, cmd, a, b, named);
    }
}

/* What shadows lead to is what the guest's tables do, and no shadow gives more. */
static void shadows_hold(unsigned long step, const char *text)
{
    for (uint32_t i = 0; i < 3; i++) {
        const struct domain *d = &p.w.machine->domains[i];
        struct shadowing s = { .m = p.w.machine, .d = &p.w.machine->domains[i], .all = d->shadows };

        for (uint32_t id = 0; d->shadows && id < d->shadows->nr; id++) {
            const struct shadow *one = &d->shadows->list[id];
            unsigned int level = one->type ? shadow_rows[one->type].level : 0;

            for (unsigned int slot = 0; level && slot < 512; slot++) {
                uint64_t is = mem(&p, one->page[0] + 8 * slot), was = mem(&p, one->of + 8 * slot);
                uint64_t to = is & ADDR;
                unsigned int nr;
                uint32_t below_id;

                if (!(is & 1) || pv_shadow_is_xens(&s, one->type, slot))
                    continue;
                if (level > 1 && shadow_of_page(d->shadows, to, &below_id, &nr))
                    to = d->shadows->list[below_id].of;
                if (!(was & 1) || to != (was & ADDR) || (is & ~was & 2))
                    fail_msg("seed %" PRIu64
                             ", step %lu: %s: d%u, a shadow of level %u, slot %u: 0x%" PRIx64
                             ", and the guest has 0x%" PRIx64,
                             seed, step, text, i, level, slot, is, was);
            }
        }
    }
}

static void go(const char *machine)
{
    char text[200] = "";
    uint64_t before;

    state = seed * UINT64_C(0x9e3779b97f4a7c15);
    pv_begin(&p, machine);
    for (uint32_t d = 0; d < 3; d++)
        for (unsigned int i = 0; i < POOL; i++)
            pool[d][i] = fresh(&p, d);
    counts_hold(&p);
    before = pv_fingerprint(&p);
    for (unsigned long i = 0; i < steps; i++) {
        const char *error = one(text);
        bool ok = !strcmp(error, "ok");
        uint64_t after = pv_fingerprint(&p), frame;
        char wrong[XENPT_PV_WRONG_MAX];

        shadows_hold(i, text);
        /* What L1TF leads to is that the domain goes on shadows. */
        if (!ok && after != before && strcmp(pv_rule(&p), "l1tf-safe") != 0)
            fail_msg("seed %" PRIu64 ", step %lu: %s: %s (%s), and something has changed", seed, i,
                     text, error, pv_rule(&p));
        assert_true(ok == !p.r.rule);
        assert_int_equal(xenpt_pv_check_counts(p.w.machine, wrong, &frame, NULL), XENPT_OK);
        if (*wrong)
            fail_msg("seed %" PRIu64 ", step %lu: %s: %s: mfn 0x%" PRIx64 ": %s", seed, i, text,
                     error, frame, wrong);
        refused += !ok;
        done += ok;
        before = after;
    }
    pv_finish(&p);
}

static void test_now(void **unused)
{
    (void)unused;
    go(PV_HOST PV_XEN("4.17") PV_DOMAINS);
    /* Both happen, or nothing was tested. */
    assert_true(refused > steps / 10 && done > steps / 10);
}

static void test_last(void **unused)
{
    (void)unused;
    go(PV_HOST PV_XEN("4.22") PV_DOMAINS);
}

static void test_shadows(void **unused)
{
    (void)unused;
    go("host: { ram: 2G, cpus: 4, processor: rome }\n" PV_XEN(
        "4.17") "domains:\n"
                "  d0: { type: pv64, memory: 16M, privileged: yes, paging: shadow }\n"
                "  d1: { type: pv64, memory: 16M, paging: shadow }\n"
                "  d2: { type: pv32, memory: 16M, paging: shadow }\n"
                "running: { cpu0: d0.v0.kernel, cpu1: d1.v0.kernel, cpu2: d2.v0.kernel }\n");
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_now),
        cmocka_unit_test(test_last),
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
