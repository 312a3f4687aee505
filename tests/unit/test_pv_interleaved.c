/*
 * test_pv_interleaved.c - two vCPUs make hypercalls at random, are pre-empted at random and run
 * inside of each other's: what is counted is what there is, whenever nobody is at work, and in the
 * end all is as it was.
 */
#include <stdio.h>
#include <stdlib.h>

#include "pv_tree.h"

#define TABLES   12
#define LEVELS   4
#define IN_ROUND 24

/* Rounds; XENPT_PV_STEPS is how many, likewise. */
static unsigned long rounds = 300;

static uint64_t seed;

static uint32_t any(uint32_t below)
{
    seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
    return (uint32_t)((seed >> 33) % below);
}

/* Frames, of which each may become whatever the guest makes of it: mostly tables of level 1 for the
 * first, 2 for the second, and so on. */
static uint64_t frame[TABLES];

static unsigned int level_of(unsigned int i)
{
    return any(12) ? i % LEVELS + 1 : 1 + any(4);
}

/* One that a table of a level leads to: below that, now and then a linear one. */
static uint64_t below(unsigned int level)
{
    unsigned int i = any(TABLES / LEVELS) * LEVELS;

    return any(12) ? frame[i + (any(6) ? (level + 2) % LEVELS : level - 1)] : frame[any(TABLES)];
}

/* What a vCPU is in the middle of. */
static struct unfinished {
    bool any, ext;
    struct xenpt_pv_mmuext op;
    struct xenpt_pv_mmu_update req;
    size_t nr;
} of[2];

static unsigned int depth, stops, insides, waits;

static bool meet(void *ctx, enum xenpt_pv_point point, uint64_t at);

static void make(uint32_t v, struct unfinished *u, bool to_the_end)
{
    struct xenpt_pv_caller c = { .domain = 1, .vcpu = v, .rules = &p.rules };
    struct xenpt_pv_result r;
    struct xenpt_error err = { 0 };
    enum xenpt_code code;

    if (!to_the_end && any(2))
        c.preempt = 1 + any(any(2) ? 1600 : 20);
    if (!to_the_end && !depth && any(3) == 0)
        c.at = meet;
    c.ctx = &v;
    code = u->ext ? xenpt_pv_mmuext(p.w.machine, &c, &u->op, u->nr, SELF, &r, &err)
                  : xenpt_pv_mmu_update(p.w.machine, &c, &u->req, u->nr, SELF, &r, &err);
    /* Inside of another's it may have to wait for that, and then does not get on. */
    if (code) {
        if (!depth || code != XENPT_ESTATE)
            fail_msg("%s", err.text);
        waits++;
        u->any = to_the_end;
        return;
    }
    u->any = r.preempted;
    u->nr = r.settled ? 0 : u->nr - r.done;
    stops += r.preempted;
}

static void begin_one(uint32_t v)
{
    /* Not the first: test_pv_meanwhile.c, test_first_entry. */
    static const unsigned int slots[] = { 1, 2, 3, 100, 255 };
    static const uint64_t flags[] = { 0x67, 0x67, 0x67, 0x65, 0x25, 0 };
    struct unfinished *u = &of[v];
    unsigned int i = any(TABLES), level = level_of(i);
    uint64_t f = flags[any(6)];

    *u = (struct unfinished){ .any = true, .nr = 1, .ext = any(2) };
    if (!u->ext)
        u->req = (struct xenpt_pv_mmu_update){ at(frame[i], slots[any(5)]),
                                               f ? below(level) << 12 | f : 0 };
    else if (any(10) == 0)
        u->op = (struct xenpt_pv_mmuext){ XENPT_PV_NEW_USER_BASE, any(3) ? frame[i] : 0, 0 };
    else
        u->op = (struct xenpt_pv_mmuext){ any(2) ? XENPT_PV_UNPIN : XENPT_PV_PIN_L1 + level - 1,
                                          frame[i], 0 };
}

static void step(uint32_t v)
{
    if (!of[v].any)
        begin_one(v);
    make(v, &of[v], false);
}

static bool meet(void *ctx, enum xenpt_pv_point point, uint64_t at_frame)
{
    uint32_t v = *(const uint32_t *)ctx;

    (void)point;
    (void)at_frame;
    if (any(3))
        return true;
    depth++;
    insides++;
    step(1 - v);
    depth--;
    return true;
}

/* All that is under way ends, and nothing is referred to any more. */
static void take_down(void)
{
    for (uint32_t v = 0; v < 2; v++) {
        for (unsigned int i = 0; of[v].any && i < 10; i++)
            make(v, &of[v], true);
        assert_false(of[v].any);
        of[v] = (struct unfinished){ .ext = true, .op = { XENPT_PV_NEW_USER_BASE, 0, 0 }, .nr = 1 };
        make(v, &of[v], true);
    }
    for (int i = 0; i < TABLES; i++) {
        of[0] = (struct unfinished){ .ext = true, .op = { XENPT_PV_UNPIN, frame[i], 0 }, .nr = 1 };
        make(0, &of[0], true);
    }
    counts_hold(&p);
    /* Tables that lead to one another, linear, are left by nobody else. */
    for (int i = 0; i < TABLES; i++)
        for (unsigned int slot = 0; slot < 256; slot++) {
            if (!mem(&p, at(frame[i], slot)))
                continue;
            of[0] = (struct unfinished){ .req = { at(frame[i], slot), 0 }, .nr = 1 };
            make(0, &of[0], true);
        }
    counts_hold(&p);
    for (int i = 0; i < TABLES; i++) {
        assert_int_equal(frame_is(&p, frame[i]).count, 1);
        assert_int_equal(frame_is(&p, frame[i]).type_count, 0);
        assert_false(frame_is(&p, frame[i]).partial);
    }
}

static void run(const char *release)
{
    char text[1000];

    seed = 1;
    stops = insides = waits = 0;
    snprintf(text, sizeof(text), "%sxen: { release: \"%s\", pv32: yes }\n%s", PV_HOST, release,
             PV_DOMAINS);
    pv_begin(&p, text);
    for (int i = 0; i < TABLES; i++)
        frame[i] = fresh(&p, 1);
    for (unsigned long round = 0; round < rounds; round++) {
        for (int i = 0; i < IN_ROUND; i++)
            step(any(2));
        counts_hold(&p);
        if (round % 40 == 39)
            take_down();
    }
    take_down();
    assert_true(stops > rounds / 6 && insides > rounds / 6);
    pv_finish(&p);
}

static void test_conserved(void **state)
{
    (void)state;
    run("4.13");
    run("4.17");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_conserved),
    };

    const char *wanted = getenv("XENPT_PV_STEPS");

    if (wanted && strtoul(wanted, NULL, 0) < rounds)
        rounds = strtoul(wanted, NULL, 0) / 4 + 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
