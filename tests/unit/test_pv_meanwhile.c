/*
 * test_pv_meanwhile.c - what other vCPUs do inside of a hypercall: XSA-401, whose fix (758f40d7fa)
 * has the steps in its message; XSA-408 (221f6a97b5); XSA-242 (0e9967d528); XSA-310 (173e805a1d).
 */
#include <stdio.h>

#include "pv_tree.h"

/* What is done at a point, once. */
static struct {
    enum xenpt_pv_point at;
    uint64_t frame; /* 0: of any. */
    bool (*fn)(void);
    bool met;
    size_t flushes; /* That were done before. */
} inside;

static bool meet(void *ctx, enum xenpt_pv_point point, uint64_t frame)
{
    struct pv_world *w = ctx;

    if (inside.met || point != inside.at || (inside.frame && frame != inside.frame))
        return true;
    inside.met = true;
    inside.flushes = w->nr_flushes;
    return inside.fn();
}

static void plan(enum xenpt_pv_point point, uint64_t frame, bool (*fn)(void))
{
    inside.at = point;
    inside.frame = frame;
    inside.fn = fn;
    inside.met = false;
}

/* The other vCPU of d1's, whose results are its own. */
static struct xenpt_pv_result other;
static struct xenpt_error other_err;

static bool update_of_other(uint64_t ptr, uint64_t val)
{
    struct xenpt_pv_caller c = { .domain = 1, .vcpu = 1, .rules = &p.rules };
    struct xenpt_pv_mmu_update req = { ptr, val };

    return !xenpt_pv_mmu_update(p.w.machine, &c, &req, 1, SELF, &other, &other_err);
}

static bool ext_of_other(uint32_t cmd, uint64_t frame, size_t nr)
{
    struct xenpt_pv_caller c = { .domain = 1, .vcpu = 1, .rules = &p.rules };
    struct xenpt_pv_mmuext op = { cmd, frame, 0 };

    return !xenpt_pv_mmuext(p.w.machine, &c, &op, nr, SELF, &other, &other_err);
}

static struct xenpt_error err;
static enum xenpt_code code;

static const char *update(uint64_t ptr, uint64_t val)
{
    struct xenpt_pv_caller c = pv_caller(&p, 1);
    struct xenpt_pv_mmu_update req = { ptr, val };

    c.at = meet;
    code = xenpt_pv_mmu_update(p.w.machine, &c, &req, 1, SELF, &p.r, &err);
    return code ? "broken" : p.r.name;
}

static const char *wrong(void)
{
    static char text[XENPT_PV_WRONG_MAX];
    uint64_t frame;

    assert_int_equal(xenpt_pv_check_counts(p.w.machine, text, &frame, NULL), XENPT_OK);
    return text;
}

static void with(const char *release)
{
    char text[1000];

    snprintf(text, sizeof(text), "%sxen: { release: \"%s\", pv32: yes }\n%s", PV_HOST, release,
             PV_DOMAINS);
    pv_begin(&p, text);
    tree_of_d1();
}

/* --- XSA-401 ------------------------------------------------------------------------------- */

/* Steps 3 to 5: it is mapped writable, and no more. */
static bool map_and_unmap(void)
{
    if (!update_of_other(at(l1, 7), page << 12 | PAGE) || strcmp(other.name, "ok") != 0)
        return false;
    return update_of_other(at(l1, 7), 0) && !strcmp(other.name, "ok");
}

/* How many flushes are done after that. */
static size_t flushes_after(const char *release)
{
    with(release);
    /* It was writable: step 1. */
    must(mmu(&p, 1, at(l1, 0), 0, SELF));
    assert_int_equal(frame_is(&p, page).type, XENPT_FRAME_WRITABLE);
    plan(XENPT_PV_POINT_TYPE_FLUSH, page, map_and_unmap);
    must(update(at(l2, 5), page << 12 | TABLE));
    assert_true(inside.met);
    assert_int_equal(frame_is(&p, page).type, XENPT_FRAME_L1);
    counts_hold(&p);
    pv_finish(&p);
    for (size_t i = inside.flushes; i < p.nr_flushes; i++)
        if (!strcmp(p.flush[i].rule->name, "type-flush"))
            return p.nr_flushes - i;
    return 0;
}

static void test_flush_after(void **state)
{
    (void)state;
    assert_int_equal(flushes_after("4.14"), 0);
    assert_true(flushes_after("4.17") > 0);
}

/* It is mapped writable, and stays so: the type is not changed, and what was counted is undone. */
static bool map(void)
{
    return update_of_other(at(l1, 7), page << 12 | PAGE);
}

static void test_undone_after_others(void **state)
{
    static const char *const releases[] = { "4.14", "4.17" };

    (void)state;
    for (int i = 0; i < 2; i++) {
        with(releases[i]);
        must(mmu(&p, 1, at(l1, 0), 0, SELF));
        plan(XENPT_PV_POINT_TYPE_FLUSH, page, map);
        assert_string_equal(update(at(l2, 5), page << 12 | TABLE), "EINVAL");
        assert_string_equal(pv_rule(&p), "table-type");
        assert_true(inside.met);
        assert_int_equal(frame_is(&p, page).count, 2);
        assert_int_equal(frame_is(&p, page).type, XENPT_FRAME_WRITABLE);
        assert_int_equal(mem(&p, at(l2, 5)), 0);
        counts_hold(&p);
        pv_finish(&p);
    }
}

/* --- XSA-242 ------------------------------------------------------------------------------- */

static bool drop_l1(void)
{
    return update_of_other(at(l2, 0), 0);
}

static void test_lock(void **state)
{
    (void)state;
    with("4.9");
    plan(XENPT_PV_POINT_LOCKED, l1, drop_l1);
    must(update(at(l1, 9), page << 12 | PAGE));
    assert_string_equal(other.name, "ok");
    assert_int_equal(frame_is(&p, l1).type_count, 0);
    /* What it leads to is referred to for ever. */
    assert_int_equal(frame_is(&p, page).type_count, 2);
    assert_string_not_equal(wrong(), "");
    pv_finish(&p);

    with("4.10");
    plan(XENPT_PV_POINT_LOCKED, l1, drop_l1);
    must(update(at(l1, 9), page << 12 | PAGE));
    /* It waits, and is pre-empted meanwhile. */
    assert_true(other.preempted && other.settled);
    assert_int_equal(mem(&p, at(l2, 0)), 0);
    counts_hold(&p);
    assert_int_equal(frame_is(&p, l1).type_count, 1);
    assert_true(ext_of_other(XENPT_PV_TLB_LOCAL, 0, 0));
    assert_string_equal(other.name, "ok");
    assert_int_equal(frame_is(&p, l1).type_count, 0);
    assert_int_equal(frame_is(&p, page).type_count, 0);
    counts_hold(&p);
    pv_finish(&p);
}

static bool change_l1(void)
{
    return update_of_other(at(l1, 8), page << 12 | PAGE);
}

/* Who waits for a lock is not pre-empted. */
static void test_waits_for_ever(void **state)
{
    (void)state;
    with("4.17");
    plan(XENPT_PV_POINT_LOCKED, l1, change_l1);
    assert_string_equal(update(at(l1, 9), page << 12 | PAGE), "broken");
    assert_int_equal(code, XENPT_ESTOPPED);
    assert_int_equal(other_err.code, XENPT_ESTATE);
    assert_non_null(strstr(other_err.text, "waits for ever"));
    assert_int_equal(mem(&p, at(l1, 9)), 0);
    assert_false(frame_is(&p, l1).locked);
    counts_hold(&p);
    pv_finish(&p);
}

static bool same_vcpu(void)
{
    struct xenpt_pv_caller c = { .domain = 1, .rules = &p.rules };
    struct xenpt_pv_mmu_update req = { at(l1, 8), 0 };

    return !xenpt_pv_mmu_update(p.w.machine, &c, &req, 1, SELF, &other, &other_err);
}

static void test_one_at_a_time(void **state)
{
    (void)state;
    with("4.17");
    plan(XENPT_PV_POINT_LOCKED, 0, same_vcpu);
    assert_string_equal(update(at(l1, 9), page << 12 | PAGE), "broken");
    assert_non_null(strstr(other_err.text, "d1.v0 is at work"));
    must(update(at(l1, 9), page << 12 | PAGE)); /* And no more. */
    pv_finish(&p);
}

/* --- XSA-310 ------------------------------------------------------------------------------- */

/* upper leads to mid, and is validated up to within mid, by vCPU 1. */
static uint64_t upper, mid, low;

static bool go_on(void)
{
    return ext_of_other(XENPT_PV_PIN_L3, upper, 1) && other.preempted;
}

static void half(const char *release, unsigned int slot)
{
    struct xenpt_pv_caller c = { .domain = 1, .vcpu = 1, .rules = &p.rules, .preempt = 5 };
    struct xenpt_pv_mmuext op = { XENPT_PV_PIN_L3, 0, 0 };

    with(release);
    upper = fresh(&p, 1);
    mid = fresh(&p, 1);
    low = fresh(&p, 1);
    must(mmu(&p, 1, at(upper, slot), mid << 12 | TABLE, SELF));
    must(mmu(&p, 1, at(mid, 100), low << 12 | TABLE, SELF));
    op.arg = upper;
    assert_int_equal(xenpt_pv_mmuext(p.w.machine, &c, &op, 1, SELF, &other, NULL), XENPT_OK);
    assert_true(other.preempted && frame_is(&p, mid).partial && frame_is(&p, upper).partial);
    counts_hold(&p);
}

/* vCPU 0 goes on with mid, and vCPU 1 has to wait for that; then it goes on. */
static void wait_for_it(void)
{
    struct xenpt_pv_caller c = pv_caller(&p, 1);
    struct xenpt_pv_mmuext op = { XENPT_PV_PIN_L2, mid, 0 };

    plan(XENPT_PV_POINT_TYPED, low, go_on);
    c.at = meet;
    assert_int_equal(xenpt_pv_mmuext(p.w.machine, &c, &op, 1, SELF, &p.r, &err), XENPT_OK);
    assert_true(inside.met);
    assert_string_equal(p.r.name, "ok");
    assert_true(ext_of_other(XENPT_PV_PIN_L3, upper, 1));
    assert_string_equal(other.name, "ok");
}

static void test_kept(void **state)
{
    (void)state;
    half("4.13", 1);
    wait_for_it();
    counts_hold(&p);
    pv_finish(&p);
    half("4.13", 1);
    xenpt_pv_rules_switch(&p.rules, "partial-kept", false);
    wait_for_it();
    assert_string_not_equal(wrong(), "");
    pv_finish(&p);
}

/*
 * mm.c of 4.17, promote_l3_table: a table keeps what it has where an entry has to wait, but for its
 * first (`rc == -EINTR && i`): that entry's reference is left over.  Read, and not seen on a
 * machine.
 */
static void test_first_entry(void **state)
{
    (void)state;
    half("4.17", 0);
    wait_for_it();
    assert_int_equal(frame_is(&p, mid).count, 4);
    assert_string_not_equal(wrong(), "");
    pv_finish(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_flush_after),   cmocka_unit_test(test_undone_after_others),
        cmocka_unit_test(test_lock),          cmocka_unit_test(test_waits_for_ever),
        cmocka_unit_test(test_one_at_a_time), cmocka_unit_test(test_kept),
        cmocka_unit_test(test_first_entry),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
