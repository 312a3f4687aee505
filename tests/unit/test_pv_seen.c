/*
 * test_pv_seen.c - what a real Xen, Debian's 4.17.7, was seen to answer otherwise than its sources
 * of other releases had said; tests/xen asks it.
 */
#include "grant_fixture.h"
#include "pv_control.h"
#include "pv_memory.h"

#include <stdio.h>

#include "xen/internal.h"

#define REF 8

/* --- Grants -------------------------------------------------------------------------------- */

static const char *map(uint32_t flags)
{
    return grant_map(0, va_of(0, 5), flags, 1, REF);
}

/* 128 uses of one kind leave room for the others. */
static void test_pins(void **state)
{
    (void)state;
    begin("grant-ref");
    offer(1, REF, 0, page, 0);
    for (int i = 0; i < 128; i++)
        must(map(DEV_MAP | READ_ONLY));
    assert_string_equal(map(DEV_MAP | READ_ONLY), "general_error");
    assert_string_equal(map(DEV_MAP | CPU_MAP | READ_ONLY), "general_error");
    assert_string_equal(map(CPU_MAP | READ_ONLY), "ok");
    assert_string_equal(map(CPU_MAP), "ok");
    assert_true(xenpt_pv_rules_switch(&p.rules, "grant-pin-own", false));
    assert_string_equal(map(CPU_MAP), "general_error");
    assert_string_equal(pv_rule(&p), "grant-pin-full");
    counts_hold(&p);
    pv_finish(&p);
}

/* What was mapped for CPUs alone has no bus address that could be wrong. */
static void test_bus(void **state)
{
    (void)state;
    begin("grant-ref");
    offer(1, REF, 0, page, 0);
    must(map(CPU_MAP));
    assert_string_equal(grant_unmap(0, va_of(0, 5), 0x5000, 0, handle), "ok");
    must(map(CPU_MAP | DEV_MAP));
    assert_string_equal(grant_unmap(0, va_of(0, 5), 0x5000, 0, handle), "bad_dev_addr");
    counts_hold(&p);
    pv_finish(&p);
}

static const char *copy_of(uint32_t domain)
{
    struct xenpt_grant_side from = { false, domain, fresh(&p, 0), 0 };
    struct xenpt_grant_side to = { false, SELF, fresh(&p, 0), 0 };

    return grant_copy(0, from, to, 16);
}

static void test_copy(void **state)
{
    (void)state;
    begin("grant-ref");
    assert_string_equal(copy_of(0), "permission_denied");
    assert_string_equal(copy_of(1), "permission_denied");
    /* 4.17.5 was seen as well. */
    assert_string_equal(copy_of(77), "permission_denied");
    assert_true(xenpt_pv_rules_switch(&p.rules, "grant-copy-domain", true));
    assert_string_equal(copy_of(77), "bad_domain");
    pv_finish(&p);
}

/* --- Tables -------------------------------------------------------------------------------- */

static const char *wants(uint32_t d, uint32_t cmd)
{
    struct xenpt_pv_caller c = pv_caller(&p, d);

    assert_int_equal(
        xenpt_pv_vm_assist(p.w.machine, &c, cmd, XENPT_PV_WRITABLE_PAGETABLES, &p.r, NULL),
        XENPT_OK);
    return p.r.name;
}

/* Its own L1 of that address, where it can be read, and a write there. */
static const char *write_l1(uint32_t d)
{
    struct xenpt_pv_caller c = pv_caller(&p, d);
    uint64_t table = fresh(&p, d), va = va_of(d, 5);

    must(ext(&p, d, XENPT_PV_PIN_L1, table, 0, SELF));
    must(va_map(&p, d, va, table << 12 | 0x25, SELF));
    c = pv_caller(&p, d);
    assert_int_equal(xenpt_pv_write_table(p.w.machine, &c, va, 0, 8, &p.r, NULL), XENPT_OK);
    return p.r.name;
}

/* Nobody but dom0 has to ask. */
static void test_ptwr(void **state)
{
    (void)state;
    begin("ptwr-asked");
    must(wants(0, 1));
    must(wants(1, 1));
    assert_string_equal(write_l1(0), "ok");
    assert_string_equal(write_l1(1), "EFAULT");
    assert_true(xenpt_pv_rules_switch(&p.rules, "ptwr-dom0", false));
    assert_string_equal(write_l1(0), "EFAULT");
    assert_string_equal(pv_rule(&p), "ptwr-asked");
    pv_finish(&p);
}

/* DOMID_IO and DOMID_XEN are domains like others to mmuext_op. */
static void test_system_domains(void **state)
{
    static const uint32_t named[] = { XENPT_DOMID_IO, XENPT_DOMID_XEN };

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        begin("foreign-right");
        assert_string_equal(ext(&p, 1, XENPT_PV_PIN_L1, page, 0, named[i]), "EPERM");
        assert_string_equal(ext(&p, 1, XENPT_PV_TLB_LOCAL, 0, 0, named[i]), "EPERM");
        assert_string_equal(pv_rule(&p), "foreign-right");
        assert_string_equal(ext(&p, 0, XENPT_PV_PIN_L1, fresh(&p, 0), 0, named[i]), "EINVAL");
        assert_string_equal(ext(&p, 0, XENPT_PV_PIN_L4, fresh(&p, 0), 0, named[i]), "EINVAL");
        assert_string_equal(pv_rule(&p), "pin-frame");
        assert_string_equal(ext(&p, 0, XENPT_PV_TLB_LOCAL, 0, 0, named[i]), "EPERM");
        assert_string_equal(pv_rule(&p), "mmuext-own");
        assert_string_equal(ext(&p, 0, 14, 0, 0, named[i]), "ENOSYS");
        pv_finish(&p);
    }
}

/* --- Memory -------------------------------------------------------------------------------- */

/* A guest may give back what Xen shares with it, and then maps it no more. */
static void test_shared_info(void **state)
{
    uint64_t frame;

    (void)state;
    begin("memory-own");
    frame = frames_of(&p.w.machine->domains[1], XENPT_SPECIAL_SHARED_INFO)->mfn;
    must(mmu(&p, 1, at(l1, 1), frame << 12 | PAGE, SELF));
    must(give_back(1, frame));
    counts_hold(&p);
    must(mmu(&p, 1, at(l1, 2), frame << 12 | PAGE, SELF));
    must(mmu(&p, 1, at(l1, 1), 0, SELF));
    must(mmu(&p, 1, at(l1, 2), 0, SELF));
    counts_hold(&p);
    assert_string_equal(mmu(&p, 1, at(l1, 1), frame << 12 | PAGE, SELF), "EBUSY");
    assert_string_equal(pv_rule(&p), "l1-owner");
    assert_string_equal(give_back(1, frame), "short");
    assert_string_equal(pv_rule(&p), "memory-own");
    counts_hold(&p);
    pv_finish(&p);
}

/* --- What Xen maps for a guest ------------------------------------------------------------- */

static uint64_t may_differ(const char *release, const char *name, uint64_t found,
                           uint64_t *expected)
{
    char text[600];
    struct xenpt_entry_question q = { .in = UINT64_C(0xffff820000010000), .level = 1 };
    struct xenpt_entry_explanation x;

    snprintf(text, sizeof(text),
             "host: { ram: 2G, cpus: 2, processor: naples }\n"
             "xen: { release: \"%s\", pv32: yes }\n"
             "domains: { d0: { type: pv64, memory: 16M, privileged: yes, ldt: yes },\n"
             "           d1: { type: pv32, memory: 16M, ldt: yes } }\n",
             release);
    pv_begin(&p, text);
    q.context = context(&p.w, name);
    q.entry = found | p.w.machine->domains[0].ldt;
    assert_true(p.w.view->explainer->entry(p.w.view->explainer, &q, &x));
    *expected = x.entry & 0xfff;
    pv_finish(&p);
    return x.may_differ;
}

/* Until 4.20 the LDT is mapped by the guest's own entry with RW: G is of a page of user mode, bit
 * 52 of one of the kernel's. */
static void test_ldt(void **state)
{
    uint64_t entry, free;

    (void)state;
    free = may_differ("4.17", "d0.v0.xen", 0x167, &entry);
    assert_int_equal(entry, 0x67);
    assert_int_equal(free & (XENPT_BIT(52) | 0x1ff), XENPT_BIT(52) | 0x1f8);
    assert_true(free >> 63);
    free = may_differ("4.17", "d1.v0.xen", 0x67, &entry);
    assert_int_equal(entry, 0x63);
    assert_int_equal(free & 0x1ff, 0x1fc);
    free = may_differ("4.20", "d0.v0.xen", 0x67, &entry);
    assert_int_equal(entry, 0x63);
    assert_int_equal(free, 0);
}

static bool may_be_absent(const char *name, uint64_t in)
{
    struct xenpt_entry_question q = { .in = in, .level = 1, .context = context(&p.w, name) };
    struct xenpt_entry_explanation x;

    assert_true(p.w.view->explainer->entry(p.w.view->explainer, &q, &x));
    assert_int_equal(x.entry & 0xfff, 0x63);
    return x.may_be_absent;
}

/* Xen's page of a GDT is mapped when its vCPU runs for the first time. */
static void test_gdt_of_none(void **state)
{
    (void)state;
    pv_begin(&p, "host: { ram: 2G, cpus: 2, processor: naples }\n"
                 "xen: { release: \"4.17\" }\n"
                 "domains: { d0: { type: pv64, memory: 16M, vcpus: 2 } }\n"
                 "running: { cpu0: d0.v0.kernel }\n");
    assert_false(may_be_absent("d0.v0.xen", UINT64_C(0xffff82000000e000)));
    assert_true(may_be_absent("d0.v0.xen", UINT64_C(0xffff82000002e000)));
    pv_finish(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pins),
        cmocka_unit_test(test_bus),
        cmocka_unit_test(test_copy),
        cmocka_unit_test(test_ptwr),
        cmocka_unit_test(test_system_domains),
        cmocka_unit_test(test_shared_info),
        cmocka_unit_test(test_ldt),
        cmocka_unit_test(test_gdt_of_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
