/*
 * test_pv_iret.c - iret of PV guests: the mode, the table that is loaded, and what crashes the
 * domain; from pv/iret.c and pv/domain.c of Xen 4.17.
 */
#include "pv_control.h"

#include "xen/internal.h"

static const struct cpu *cpu_of(uint32_t d)
{
    return &p.w.machine->cpus[p.w.machine->domains[d].vcpus[0].cpu];
}

static struct vcpu *vcpu_of(uint32_t d)
{
    return &p.w.machine->domains[d].vcpus[0];
}

/* CR3 while Xen is at work for it: of what was switched to. */
static uint64_t host_cr3(uint32_t d)
{
    struct xenpt_cpu_state s;

    assert_true(xenpt_machine_cpu(p.w.machine, vcpu_of(d)->cpu, &s));
    return s.host_cr3 & ~(XENPT_CR3_NOFLUSH | 0xfff);
}

static void test_64(void **state)
{
    static const struct {
        uint16_t cs;
        bool user;
    } rows[] = { { 0xe033, true },  { 0xe02b, true },  { 0x7, true }, { 0xe030, false },
                 { 0xe031, false }, { 0xe032, false }, { 0, false },  { 0xffff, true } };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        begin("iret-frame");
        must(iret(1, rows[i].cs));
        assert_true(p.r.left);
        assert_int_equal(p.r.done, 1);
        assert_int_equal(vcpu_of(1)->user, rows[i].user);
        assert_int_equal(cpu_of(1)->mode, rows[i].user ? XENPT_RUN_USER : XENPT_RUN_KERNEL);
        assert_int_equal(host_cr3(1), rows[i].user ? vcpu_of(1)->user_l4 : vcpu_of(1)->kernel_l4);
        counts_hold(&p);
        pv_finish(&p);
    }
}

/* The guest's CS says it all, and its L3 stays loaded. */
static void test_32(void **state)
{
    static const struct {
        uint16_t cs;
        const char *result;
        bool user;
    } rows[] = { { 0xe019, "ok", false },
                 { 0xe023, "ok", true },
                 { 0x62, "ok", true },
                 { 0xe018, "crash", false } };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uint64_t cr3;

        begin("iret-frame");
        cr3 = host_cr3(2);
        assert_string_equal(iret(2, rows[i].cs), rows[i].result);
        assert_int_equal(vcpu_of(2)->user, rows[i].user);
        assert_int_equal(host_cr3(2), cr3);
        assert_int_equal(vcpu_of(2)->paused, p.r.error != 0);
        pv_finish(&p);
    }
}

/* A kernel has no hypercalls in user mode; and an iret from there is none. */
static void test_once(void **state)
{
    struct xenpt_pv_caller c;
    struct xenpt_pv_iret to_user = { .cs = 0xe033 };
    struct xenpt_pv_result r;

    (void)state;
    begin("iret-frame");
    must(iret(1, 0xe033));
    c = pv_caller(&p, 1);
    assert_int_equal(xenpt_pv_iret(p.w.machine, &c, &to_user, &r, NULL), XENPT_ESTATE);
    c.domain = 77;
    assert_int_equal(xenpt_pv_iret(p.w.machine, &c, &to_user, &r, NULL), XENPT_ERANGE);
    pv_finish(&p);
}

/* The frame: rax r11 rcx flags rip cs rflags rsp ss; eax eip cs eflags esp ss. */
static void test_frame(void **state)
{
    uint64_t base, frame;

    (void)state;
    begin("iret-frame");
    base = p.w.machine->domains[1].at.base;
    frame = mfn_of(&p, 1, 0) << 12;
    must(mmu(&p, 1, frame + 40, 0xe033, SELF));
    assert_string_equal(iret_from(1, base + 1), "crash"); /* Not aligned: Model's own. */
    pv_finish(&p);

    begin("iret-frame");
    must(mmu(&p, 1, frame + 40, 0xe033, SELF));
    must(iret_from(1, base));
    assert_true(vcpu_of(1)->user);
    pv_finish(&p);

    begin("iret-frame");
    must(mmu(&p, 1, frame + 40, 0xe030, SELF));
    must(iret_from(1, base));
    assert_false(vcpu_of(1)->user);
    /* Xen's own memory is not read for a guest. */
    assert_string_equal(iret_from(1, UINT64_C(0xffff830000000000)), "crash");
    assert_string_equal(pv_rule(&p), "iret-frame");
    pv_finish(&p);

    /* Nothing is mapped behind a page's last words. */
    begin("iret-frame");
    must(va_map(&p, 1, base + 0x1000, 0, SELF));
    must(mmu(&p, 1, frame + 0xfc0 + 40, 0xe033, SELF));
    assert_string_equal(iret_from(1, base + 0xfc0), "crash");
    pv_finish(&p);
}

static void test_frame_32(void **state)
{
    uint64_t base, frame;

    (void)state;
    begin("iret-frame");
    base = p.w.machine->domains[2].at.base;
    frame = mfn_of(&p, 2, 0) << 12;
    /* ESP and SS are there for rings 2 and 3 alone. */
    must(va_map(&p, 2, base + 0x1000, 0, SELF));
    must(mmu(&p, 2, frame + 0xff8, 0xe019, SELF));
    must(iret_from(2, base + 0xff0));
    assert_false(vcpu_of(2)->user);
    must(mmu(&p, 2, frame + 0xff8, 0xe023, SELF));
    assert_string_equal(iret_from(2, base + 0xff0), "crash");
    pv_finish(&p);

    begin("iret-frame");
    must(mmu(&p, 2, frame + 8, 0xe023, SELF));
    must(iret_from(2, base));
    assert_true(vcpu_of(2)->user);
    pv_finish(&p);
}

/* Nothing of the domain runs any more, and nothing else has changed. */
static void test_crash(void **state)
{
    struct xenpt_error err = { 0 };

    (void)state;
    begin("iret-user-table");
    must(ext(&p, 1, XENPT_PV_NEW_USER_BASE, 0, 0, SELF));
    assert_string_equal(iret(1, 0xe033), "crash");
    assert_string_equal(pv_rule(&p), "iret-user-table");
    assert_false(p.r.left);
    assert_int_equal(xenpt_machine_run(p.w.machine, 1, 0, 1, XENPT_RUN_KERNEL, &err), XENPT_ESTATE);
    assert_non_null(strstr(err.text, "paused"));
    assert_int_equal(xenpt_machine_run(p.w.machine, 1, 1, 3, XENPT_RUN_KERNEL, &err), XENPT_ESTATE);
    assert_true(cpu_of(1)->idle && p.w.machine->cpus[3].idle && !cpu_of(2)->idle);
    counts_hold(&p);
    pv_finish(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_64),    cmocka_unit_test(test_32),       cmocka_unit_test(test_once),
        cmocka_unit_test(test_frame), cmocka_unit_test(test_frame_32), cmocka_unit_test(test_crash),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
