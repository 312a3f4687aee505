/*
 * test_pv_multicall.c - hypercalls one behind the other, and XSA-213: common/multicall.c and
 * pv/hypercall.c of Xen 4.17; what 4.8.1 did behind an iret.
 */
#include "pv_control.h"

#include <stdio.h>

#include "xen/internal.h"
#include "xenpt/hvm.h"

#include "xen/internal.h"

#define RUN(d, list) multicall(d, list, sizeof(list) / sizeof((list)[0]))

static struct vcpu *vcpu(void)
{
    return &p.w.machine->domains[1].vcpus[0];
}

static uint64_t cr3(void)
{
    struct xenpt_cpu_state s;

    assert_true(xenpt_machine_cpu(p.w.machine, vcpu()->cpu, &s));
    return (s.mode == XENPT_RUN_XEN ? s.cr3 : s.host_cr3) & ~(XENPT_CR3_NOFLUSH | 0xfff);
}

/* Each has its own result, and those behind one that is refused are made all the same. */
static void test_results(void **state)
{
    (void)state;
    begin("multicall-nested");
    {
        const struct entry list[] = {
            { ENTRY_EXT, XENPT_PV_UNPIN, l3 },
            { ENTRY_MMU, at(l1, 1), page << 12 | PAGE },
            { ENTRY_EXT, 14, 0 },
            { ENTRY_MULTICALL, 0, 0 },
            { ENTRY_MMU, at(l4, 300), 1 },
            { ENTRY_EXT, XENPT_PV_TLB_LOCAL, 0 },
        };
        static const char *const is[] = { "EINVAL", "ok", "ENOSYS", "EINVAL", "EINVAL", "ok" };

        must(RUN(1, list));
        assert_int_equal(p.r.done, 6);
        for (size_t i = 0; i < 6; i++)
            assert_string_equal(results[i].name, is[i]);
        assert_string_equal(results[3].rule->name, "multicall-nested");
    }
    assert_int_equal(mem(&p, at(l1, 1)), page << 12 | 0x67 | UINT64_C(1) << 52);
    assert_int_equal(p.nr_flushes, 1);
    counts_hold(&p);
    must(multicall(1, NULL, 0));
    assert_int_equal(p.r.done, 0);
    pv_finish(&p);
}

/* What fails on our own side ends it. */
static enum xenpt_code fails(void *ctx, size_t i, const struct xenpt_pv_caller *c,
                             struct xenpt_pv_result *ret, struct xenpt_error *err)
{
    size_t *made = ctx;

    assert_true(c->entry);
    *ret = (struct xenpt_pv_result){ .error = 0, .name = "ok" };
    ++*made;
    return i ? xenpt_fail(err, XENPT_ENOMEM, "no memory") : XENPT_OK;
}

static void test_failing(void **state)
{
    struct xenpt_pv_caller c;
    struct xenpt_pv_result r;
    size_t made = 0;

    (void)state;
    begin("multicall-nested");
    c = pv_caller(&p, 1);
    assert_int_equal(xenpt_pv_multicall(p.w.machine, &c, 5, fails, &made, &r, NULL), XENPT_ENOMEM);
    assert_int_equal(made, 2);
    assert_int_equal(r.done, 1);
    c.domain = 77;
    assert_int_equal(xenpt_pv_multicall(p.w.machine, &c, 5, fails, &made, &r, NULL), XENPT_ERANGE);
    pv_finish(&p);
}

static void test_roots(void **state)
{
    (void)state;
    begin("multicall-nested");
    {
        const struct entry list[] = {
            { ENTRY_EXT, XENPT_PV_NEW_BASE, l4 },
            { ENTRY_VA, 0, page << 12 | 0x25 }, /* By the new root... */
            { ENTRY_EXT, XENPT_PV_NEW_BASE, vcpu()->kernel_l4 >> 12 },
            { ENTRY_VA, 0, 0 }, /* ...which is not there any more. */
        };

        must(RUN(1, list));
        assert_string_equal(results[1].name, "ok");
        assert_string_equal(results[3].rule->name, "va-l1");
    }
    assert_int_equal(mem(&p, at(l1, 0)), page << 12 | 0x125); /* The guest's pages are global. */
    counts_hold(&p);
    pv_finish(&p);
}

/* Behind an iret nothing is made, if the rule is there. */
static void test_iret(void **state)
{
    static const struct entry list[] = {
        { ENTRY_IRET, 0xe033, 0 },
        { ENTRY_EXT, XENPT_PV_TLB_LOCAL, 0 },
    };
    static const struct entry to_kernel[] = {
        { ENTRY_IRET, 0xe030, 0 },
        { ENTRY_EXT, XENPT_PV_TLB_LOCAL, 0 },
    };

    (void)state;
    for (int on = 1; on >= 0; on--) {
        begin("multicall-nested");
        xenpt_pv_rules_switch(&p.rules, "multicall-iret", on);
        must(RUN(1, list));
        assert_int_equal(p.r.done, on ? 1 : 2);
        assert_true(vcpu()->user);
        assert_int_equal(cr3(), vcpu()->user_l4);
        assert_int_equal(p.w.machine->cpus[vcpu()->cpu].mode, XENPT_RUN_USER);
        counts_hold(&p);
        pv_finish(&p);

        /* Wherever it leads. */
        begin("multicall-nested");
        xenpt_pv_rules_switch(&p.rules, "multicall-iret", on);
        must(RUN(1, to_kernel));
        assert_int_equal(p.r.done, on ? 1 : 2);
        assert_false(vcpu()->user);
        pv_finish(&p);
    }
    /* Without rules given, those of the machine's release. */
    begin("multicall-nested");
    {
        struct xenpt_pv_rules before = p.rules;

        xenpt_pv_rules_switch(&p.rules, "multicall-iret", false);
        must(RUN(1, list));
        assert_int_equal(p.r.done, 2);
        p.rules = before;
    }
    pv_finish(&p);
}

static void test_crash(void **state)
{
    static const struct entry list[] = {
        { ENTRY_EXT, XENPT_PV_NEW_USER_BASE, 0 },
        { ENTRY_IRET, 0xe033, 0 },
        { ENTRY_EXT, XENPT_PV_TLB_LOCAL, 0 },
    };

    (void)state;
    begin("multicall-nested");
    xenpt_pv_rules_switch(&p.rules, "multicall-iret", false);
    assert_string_equal(RUN(1, list), "crash");
    assert_string_equal(pv_rule(&p), "iret-user-table");
    assert_int_equal(p.r.done, 2);
    assert_true(vcpu()->paused);
    pv_finish(&p);
}

/* XSA-213: a table that is loaded is replaced, and then it is none; with XPTI, and without. */
static void old_root(const char *options)
{
    uint64_t root, other;
    char text[1024];

    snprintf(text, sizeof(text),
             PV_HOST "xen: { release: \"4.12\", pv32: yes, options: \"%s\" }\n%s", options,
             PV_DOMAINS);
    pv_begin(&p, text);
    xenpt_pv_rules_switch(&p.rules, "multicall-iret", false);
    root = vcpu()->user_l4;
    other = fresh(&p, 1);
    {
        const struct entry list[] = {
            { ENTRY_EXT, XENPT_PV_PIN_L4, other },
            { ENTRY_EXT, XENPT_PV_UNPIN, root >> 12 },
            { ENTRY_IRET, 0xe033, 0 },
            { ENTRY_EXT, XENPT_PV_NEW_USER_BASE, other },
        };

        must(RUN(1, list));
    }
    assert_int_equal(vcpu()->user_l4, other << 12);
    assert_int_equal(cr3(), root);
    assert_int_equal(frame_is(&p, root >> 12).type_count, 0);
    counts_hold(&p);
    if (p.w.machine->domains[1].xpti)
        assert_int_equal(p.w.machine->cpus[vcpu()->cpu].copied, root);
    /* It stays until CR3 is written again: into Xen and back it is not. */
    assert_int_equal(xenpt_machine_run(p.w.machine, 1, 0, 1, XENPT_RUN_XEN, NULL), XENPT_OK);
    assert_int_equal(cr3(), root);
    assert_int_equal(xenpt_machine_run(p.w.machine, 1, 0, 1, XENPT_RUN_USER, NULL), XENPT_OK);
    assert_int_equal(cr3(), root);
    assert_int_equal(xenpt_machine_run(p.w.machine, 1, 0, 1, XENPT_RUN_KERNEL, NULL), XENPT_OK);
    assert_int_equal(xenpt_machine_run(p.w.machine, 1, 0, 1, XENPT_RUN_USER, NULL), XENPT_OK);
    assert_int_equal(cr3(), other << 12);
    pv_finish(&p);
}

/* A new table for the kernel has CR3 written, too; and a second iret leads back. */
static void test_ways_back(void **state)
{
    uint64_t root, other;

    (void)state;
    begin("multicall-nested");
    xenpt_pv_rules_switch(&p.rules, "multicall-iret", false);
    root = vcpu()->kernel_l4;
    other = fresh(&p, 1);
    {
        const struct entry list[] = {
            { ENTRY_IRET, 0xe033, 0 },
            { ENTRY_EXT, XENPT_PV_NEW_USER_BASE, other },
            { ENTRY_EXT, XENPT_PV_NEW_BASE, l4 },
        };

        must(RUN(1, list));
        assert_int_equal(cr3(), other << 12);
    }
    pv_finish(&p);

    begin("multicall-nested");
    xenpt_pv_rules_switch(&p.rules, "multicall-iret", false);
    {
        const struct entry list[] = {
            { ENTRY_IRET, 0xe033, 0 },
            { ENTRY_EXT, XENPT_PV_NEW_USER_BASE, fresh(&p, 1) },
            { ENTRY_IRET, 0xe033, 0 },
        };

        must(RUN(1, list));
        assert_false(vcpu()->user);
        assert_int_equal(cr3(), root);
    }
    counts_hold(&p);
    pv_finish(&p);
}

/* It is the first that stays loaded, and where none comes after it, too. */
static void test_held(void **state)
{
    struct xenpt_guest_done done = { .outcome = XENPT_GUEST_DONE };
    struct xenpt_access read = { .kind = XENPT_READ, .cpl = 3 };
    const struct xenpt_view *view;
    uint64_t root;
    size_t i = 0;

    (void)state;
    begin("multicall-nested");
    xenpt_pv_rules_switch(&p.rules, "multicall-iret", false);
    root = vcpu()->user_l4;
    must(mmu(&p, 1, at(root >> 12, 7), l3 << 12 | TABLE, SELF));
    {
        const struct entry list[] = {
            { ENTRY_IRET, 0xe033, 0 },
            { ENTRY_EXT, XENPT_PV_NEW_USER_BASE, fresh(&p, 1) },
            { ENTRY_EXT, XENPT_PV_NEW_USER_BASE, 0 },
        };

        must(RUN(1, list));
    }
    assert_int_equal(vcpu()->user_l4, NO_TABLE);
    assert_int_equal(cr3(), root);
    assert_int_equal(xenpt_machine_run(p.w.machine, 1, 0, 1, XENPT_RUN_XEN, NULL), XENPT_OK);
    assert_int_equal(xenpt_machine_run(p.w.machine, 1, 0, 1, XENPT_RUN_USER, NULL), XENPT_OK);
    assert_int_equal(cr3(), root);
    /* What it reads, and what there is to see of it. */
    assert_int_equal(xenpt_machine_touch(p.w.machine, 1, 0, UINT64_C(7) << 39, &read, &done, NULL),
                     XENPT_OK);
    assert_int_equal(done.outcome, XENPT_GUEST_DONE);
    assert_int_equal(done.maddr, page << 12);
    assert_int_equal(xenpt_machine_view(p.w.machine, &view, NULL), XENPT_OK);
    while (i < view->nr_contexts && strcmp(view->contexts[i].name, "d1.v0.xen-user") != 0)
        i++;
    assert_true(i < view->nr_contexts);
    assert_int_equal(view->contexts[i].paging.root, root);
    counts_hold(&p);
    pv_finish(&p);
}

static void test_old_roots(void **state)
{
    (void)state;
    old_root("xpti=no");
    old_root("xpti=yes");
    old_root("xpti=yes pcid=yes");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_results),   cmocka_unit_test(test_failing),
        cmocka_unit_test(test_roots),     cmocka_unit_test(test_iret),
        cmocka_unit_test(test_crash),     cmocka_unit_test(test_old_roots),
        cmocka_unit_test(test_ways_back), cmocka_unit_test(test_held),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
