/*
 * test_machine_running.c - what a CPU of a machine has loaded, and what XPTI gives it.
 *
 * Expectations are what was read in the memory of real machines, or in Xen's sources: values
 * of CR3, what XPTI copies.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "machine_fixture.h"
#include "xenpt/map.h"

/* --- CR3 ----------------------------------------------------------------------------------- */

static struct xenpt_cpu_state run(struct world *w, uint32_t d, uint32_t v, uint32_t cpu,
                                  enum xenpt_run_mode mode)
{
    struct xenpt_cpu_state s;

    assert_int_equal(xenpt_machine_run(w->machine, d, v, cpu, mode, NULL), XENPT_OK);
    assert_true(xenpt_machine_cpu(w->machine, cpu, &s));
    return s;
}

#define NOFLUSH XENPT_BIT(63)

/* Seen under Bochs in 4.17.5: PCID 0 and 1 in Xen, 2 and 3 on the XPTI root. */
static void test_pcid(void **state)
{
    struct xenpt_cpu_state s;
    uint64_t kernel, user, root;
    struct world w;

    (void)state;
    build(&w, HOST("skylake-server") XEN("4.17", "") ALL_KINDS);
    kernel = context(&w, "d0.v0.xen")->paging.root;
    user = context(&w, "d0.v0.xen-user")->paging.root;
    root = context(&w, "cpu1.xpti")->paging.root;
    s = run(&w, 0, 0, 1, XENPT_RUN_KERNEL);
    assert_int_equal(s.cr3, root | 2);
    assert_int_equal(s.host_cr3, kernel | NOFLUSH);
    assert_int_equal(s.pv_cr3, root | 2 | NOFLUSH);
    assert_true(s.cr4 & XENPT_CR4_PCIDE);
    assert_false(s.cr4 & XENPT_CR4_PGE);
    s = run(&w, 0, 0, 1, XENPT_RUN_USER);
    assert_int_equal(s.cr3, root | 3);
    assert_int_equal(s.host_cr3, user | 1 | NOFLUSH);
    s = run(&w, 0, 0, 1, XENPT_RUN_KERNEL);
    s = run(&w, 0, 0, 1, XENPT_RUN_XEN);
    assert_int_equal(s.cr3, kernel);
    /* A 32-bit guest has one table for all, and no PCID. */
    s = run(&w, 2, 0, 1, XENPT_RUN_USER);
    assert_int_equal(s.cr3, context(&w, "d2.v0.xen")->paging.root);
    assert_false(s.cr4 & XENPT_CR4_PCIDE);
    /* EPTP: WB, four levels, no A and D flags. */
    s = run(&w, 3, 0, 0, XENPT_RUN_GUEST);
    assert_int_equal(s.second, context(&w, "d3.p2m")->paging.root | 0x1e);
    end(&w);

    build(&w, HOST("skylake-server") XEN("4.17", "xpti=no pcid=yes") ALL_KINDS);
    user = context(&w, "d0.v0.xen-user")->paging.root;
    assert_int_equal(run(&w, 0, 0, 0, XENPT_RUN_USER).cr3, user | 1);
    end(&w);
    /* Bochs, docs/real-xen.md: for guests without XPTI. */
    build(&w, HOST("skylake-server") XEN("4.17", "xpti=no pcid=no-xpti") ALL_KINDS);
    user = context(&w, "d0.v0.xen-user")->paging.root;
    assert_int_equal(run(&w, 0, 0, 0, XENPT_RUN_USER).cr3, user | 1);
    end(&w);
    build(&w, HOST("skylake-server") XEN("4.17", "xpti=yes pcid=xpti=no") ALL_KINDS);
    s = run(&w, 0, 0, 0, XENPT_RUN_USER);
    assert_int_equal(s.cr3, context(&w, "cpu0.xpti")->paging.root);
    end(&w);
    build(&w, HOST("skylake-server") XEN("4.17", "xpti=yes pcid=no") ALL_KINDS);
    s = run(&w, 0, 0, 0, XENPT_RUN_USER);
    assert_int_equal(s.cr3, context(&w, "cpu0.xpti")->paging.root);
    end(&w);
}

/* seen.md, an idle CPU after a vCPU with XPTI: the guest's L4 stays, and so does pv_cr3. */
static void test_idle(void **state)
{
    struct xenpt_cpu_state s;
    struct world w;

    (void)state;
    build(&w, HOST("skylake-server") XEN("4.17", "") ALL_KINDS);
    run(&w, 0, 0, 0, XENPT_RUN_KERNEL);
    assert_int_equal(xenpt_machine_idle(w.machine, 0, NULL), XENPT_OK);
    assert_true(xenpt_machine_cpu(w.machine, 0, &s));
    assert_true(s.idle);
    assert_int_equal(s.cr3, context(&w, "d0.v0.xen")->paging.root);
    assert_int_equal(s.pv_cr3, context(&w, "cpu0.xpti")->paging.root | 2 | NOFLUSH);
    /* It goes on where it was: nothing has to be copied. */
    s = run(&w, 0, 0, 0, XENPT_RUN_KERNEL);
    assert_int_equal(xenpt_machine_stats(w.machine).root_copies, 1);
    /* Its state is taken over by another CPU: the first has Xen's own table then. */
    assert_int_equal(xenpt_machine_idle(w.machine, 0, NULL), XENPT_OK);
    run(&w, 0, 0, 1, XENPT_RUN_KERNEL);
    assert_true(xenpt_machine_cpu(w.machine, 0, &s));
    assert_int_equal(s.cr3, context(&w, "idle")->paging.root);
    /* HVM: Xen is on the monitor table, which is the vCPU's. */
    s = run(&w, 3, 1, 0, XENPT_RUN_GUEST);
    assert_int_equal(s.host_cr3, context(&w, "d3.v1.xen")->paging.root);
    assert_int_equal(xenpt_machine_idle(w.machine, 0, NULL), XENPT_OK);
    assert_true(xenpt_machine_cpu(w.machine, 0, &s));
    assert_int_equal(s.cr3, context(&w, "d3.v1.xen")->paging.root);
    assert_int_equal(s.second, 0);
    assert_int_equal(xenpt_machine_idle(w.machine, 9, NULL), XENPT_ERANGE);
    end(&w);
}

/* --- XPTI ---------------------------------------------------------------------------------- */

/* A root has what was copied on the last way out, and a copy is 497 entries: 259, and the
 * guest's 496. */
static void test_xpti_copy(void **state)
{
    struct world w;

    (void)state;
    build(&w, HOST("skylake-server") XEN("4.17", "") ALL_KINDS);
    assert_false(slot(&w, "cpu0.xpti", 260)); /* It has run no PV guest. */
    run(&w, 0, 0, 0, XENPT_RUN_KERNEL);
    assert_int_equal(slot(&w, "cpu0.xpti", 511), slot(&w, "d0.v0.xen", 511));
    assert_int_equal(slot(&w, "cpu0.xpti", 260), slot(&w, "d0.v0.xen", 260));
    assert_int_equal(xenpt_machine_stats(w.machine).entries_copied, 497);
    run(&w, 0, 0, 0, XENPT_RUN_XEN);
    run(&w, 0, 0, 0, XENPT_RUN_KERNEL); /* Nothing has changed: no copy. */
    assert_int_equal(xenpt_machine_stats(w.machine).root_copies, 1);
    run(&w, 0, 0, 0, XENPT_RUN_USER);
    assert_int_equal(xenpt_machine_stats(w.machine).root_copies, 2);
    assert_false(slot(&w, "cpu0.xpti", 511));
    assert_true(slot(&w, "cpu0.xpti", 256)); /* M2P, in user mode as well. */
    /* A 32-bit guest on the CPU leaves the copy, and sets the per-domain slot. */
    run(&w, 2, 0, 0, XENPT_RUN_KERNEL);
    assert_int_equal(slot(&w, "cpu0.xpti", 0), slot(&w, "d0.v0.xen-user", 0));
    assert_int_equal(slot(&w, "cpu0.xpti", 260), slot(&w, "d2.v0.xen", 260));
    end(&w);
}

struct leaves {
    size_t pages, executable;
};

static bool leaf(void *ctx, const struct xenpt_map_range *r)
{
    struct leaves *l = ctx;

    l->pages++;
    l->executable += (r->rights >> XENPT_XS & 1) || (r->rights >> XENPT_XU & 1);
    return true;
}

/* What is left of Xen: 3 pages of code, 2 stubs, IDT and TSS; a stack of 8 pages. */
static void test_xpti_remains(void **state)
{
    struct xenpt_map_options opt = { .first = UINT64_C(0xffff828000000000),
                                     .last = UINT64_C(0xffff82ffffffffff),
                                     .leaves = true };
    struct leaves l = { 0 };
    struct world w;

    (void)state;
    build(&w, HOST("skylake-server") XEN("4.17", "") ALL_KINDS);
    assert_int_equal(xenpt_map(w.view, context(&w, "cpu0.xpti"), &opt, leaf, &l, NULL, NULL), 0);
    assert_int_equal(l.pages, 3 + 2 + 2);
    assert_int_equal(l.executable, 3 + 2);
    l = (struct leaves){ 0 };
    opt.first = opt.last + 1;
    opt.last = UINT64_C(0xffff87ffffffffff);
    assert_int_equal(xenpt_map(w.view, context(&w, "cpu0.xpti"), &opt, leaf, &l, NULL, NULL), 0);
    assert_int_equal(l.pages, 8);
    assert_int_equal(xenpt_map(w.view, context(&w, "cpu1.xpti"), &opt, leaf, &l, NULL, NULL), 0);
    assert_int_equal(l.pages, 8 + 8 + 2); /* The other CPU's IDT and TSS are on the heap. */
    assert_int_equal(l.executable, 0);
    end(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pcid),
        cmocka_unit_test(test_idle),
        cmocka_unit_test(test_xpti_copy),
        cmocka_unit_test(test_xpti_remains),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
