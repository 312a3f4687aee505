/*
 * test_pv_callers.c - which of these hypercalls HVM and PVH domains have, and what a PVH dom0 does
 * to tables of a PV domain: hvm/hypercall.c of Xen 4.14, hypercall-defs.c and mm.c of 4.17.
 */
#include "pv_control.h"

#include "xen/internal.h"

static void begin_hvm(void)
{
    begin("hvm-pins");
    run_hvm();
}

/* A PVH dom0 pins tables of the domain that it builds. */
static void test_pins(void **state)
{
    uint64_t frame;

    (void)state;
    begin_hvm();
    frame = fresh(&p, 1);
    must(ext(&p, 3, XENPT_PV_PIN_L2, frame, 0, 1));
    assert_int_equal(frame_is(&p, frame).type, XENPT_FRAME_L2);
    assert_true(frame_is(&p, frame).pinned);
    counts_hold(&p);
    assert_string_equal(ext(&p, 3, XENPT_PV_PIN_L2, frame, 0, 1), "EINVAL");
    assert_string_equal(pv_rule(&p), "pin-twice");
    must(ext(&p, 3, XENPT_PV_UNPIN, frame, 0, 1));
    assert_int_equal(frame_is(&p, frame).type_count, 0);
    counts_hold(&p);
    /* Its own tables are none of these. */
    assert_string_equal(ext(&p, 3, XENPT_PV_PIN_L1, 5, 0, SELF), "EINVAL");
    assert_string_equal(pv_rule(&p), "mmuext-pv");
    pv_finish(&p);
}

static void test_commands(void **state)
{
    (void)state;
    begin_hvm();
    for (uint32_t cmd = XENPT_PV_NEW_BASE; cmd <= XENPT_PV_UNMARK_SUPER + 1; cmd++) {
        assert_string_equal(ext(&p, 3, cmd, page, 0, 1), "EOPNOTSUPP");
        assert_string_equal(pv_rule(&p), "hvm-pins");
    }
    counts_hold(&p);
    pv_finish(&p);
}

/* Those that the table of HVM domains has not. */
static void test_none(void **state)
{
    struct xenpt_pv_va_update u = { .va = 0, .domain = SELF };
    struct xenpt_pv_iret to = { .cs = 0 };
    struct xenpt_pv_caller c;
    uint64_t frames[1] = { 5 };

    (void)state;
    begin_hvm();
    c = pv_caller(&p, 3);
    assert_string_equal(mmu(&p, 3, at(l1, 1), 0, TABLES_OF(1)), "ENOSYS");
    for (int i = 0; i < 4; i++) {
        enum xenpt_code code = i == 0   ? xenpt_pv_update_va(p.w.machine, &c, &u, &p.r, NULL)
                               : i == 1 ? xenpt_pv_set_gdt(p.w.machine, &c, frames, 1, &p.r, NULL)
                               : i == 2
                                   ? xenpt_pv_update_descriptor(p.w.machine, &c, 0, 0, &p.r, NULL)
                                   : xenpt_pv_iret(p.w.machine, &c, &to, &p.r, NULL);

        assert_int_equal(code, XENPT_OK);
        assert_string_equal(p.r.name, "ENOSYS");
        assert_string_equal(pv_rule(&p), "hvm-hypercall");
    }
    /* What they would do is not modelled; nor what there is of vm_assist. */
    xenpt_pv_rules_switch(&p.rules, "hvm-hypercall", false);
    assert_int_equal(xenpt_pv_update_va(p.w.machine, &c, &u, &p.r, NULL), XENPT_EUNSUPPORTED);
    assert_int_equal(xenpt_pv_iret(p.w.machine, &c, &to, &p.r, NULL), XENPT_EUNSUPPORTED);
    assert_int_equal(xenpt_pv_vm_assist(p.w.machine, &c, 0, 5, &p.r, NULL), XENPT_EUNSUPPORTED);
    assert_int_equal(xenpt_pv_write_table(p.w.machine, &c, 0, 5, 8, &p.r, NULL),
                     XENPT_EUNSUPPORTED);
    counts_hold(&p);
    pv_finish(&p);
}

/* Since 4.16 they have multicalls: of what else they have. */
static void test_multicall(void **state)
{
    static const struct entry list[] = {
        { ENTRY_MMU, 0, 0 },
        { ENTRY_EXT, XENPT_PV_PIN_L1, 5 },
        { ENTRY_IRET, 3, 0 },
        { ENTRY_VA, 0, 0 },
    };
    static const char *const is[] = { "ENOSYS", "EINVAL", "ENOSYS", "ENOSYS" };

    (void)state;
    begin_hvm();
    must(multicall(3, list, 4));
    assert_int_equal(p.r.done, 4);
    for (size_t i = 0; i < 4; i++)
        assert_string_equal(results[i].name, is[i]);
    pv_finish(&p);
}

/* Shadows of its own tables have nothing to do with that. */
static void test_shadow(void **state)
{
    uint64_t frame;

    (void)state;
    pv_begin(&p, "host: { ram: 2G, cpus: 4 }\n" PV_XEN("4.17")
                     PV_DOMAINS_OF(", privileged: yes, paging: shadow"));
    run_hvm();
    assert_non_null(p.w.machine->domains[3].shadows);
    frame = fresh(&p, 1);
    must(ext(&p, 3, XENPT_PV_PIN_L2, frame, 0, 1));
    must(ext(&p, 3, XENPT_PV_UNPIN, frame, 0, 1));
    counts_hold(&p);
    pv_finish(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pins),   cmocka_unit_test(test_commands),
        cmocka_unit_test(test_none),   cmocka_unit_test(test_multicall),
        cmocka_unit_test(test_shadow),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
