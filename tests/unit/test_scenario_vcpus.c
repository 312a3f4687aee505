/*
 * test_scenario_vcpus.c - single vCPUs that are created, brought up and down, and destroyed: which
 * tables appear and disappear, and what cannot be.
 *
 * What Xen has for a vCPU: pv/domain.c, pv_vcpu_initialise and pv_vcpu_destroy, setup_compat_l4;
 * x86_64/mm.c, setup_compat_arg_xlat; mm.c, destroy_perdomain_mapping, which empties entries and
 * keeps their tables; mm/hap/hap.c, hap_make_monitor_table.
 */
#include "fail_alloc.h"
#include "machine_fixture.h"
#include "scenario_fixture.h"
#include "xen/internal.h"

#define MODEL                                                                                      \
    "host: { ram: 4G, cpus: 2, processor: rome }\n"                                                \
    "xen: { release: \"4.17\", pv32: yes }\n"                                                      \
    "domains:\n"                                                                                   \
    "  d0: { type: pv64, memory: 64M, privileged: yes }\n"                                         \
    "  d1: { type: pv64, memory: 64M, max-vcpus: 20, frames: { a: any }, tables: { k: { level: "   \
    "4, "                                                                                          \
    "slots: { 5: { name: l3, slots: {} } } }, u: { level: 4, slots: { 6: { to: l3 } } } } }\n"     \
    "  d2: { type: pv32, memory: 64M, vcpus: 2, max-vcpus: 3 }\n"                                  \
    "  d3: { type: pvh, memory: 64M, vcpus: 2 }\n"                                                 \
    "  d4: { type: hvm, memory: 64M, vcpus: 2, paging: shadow }\n"                                 \
    "  d5: { type: hvm, memory: 64M, vcpus: 2, paging: shadow, mode: pae }\n"                      \
    "  d6: { type: pv64, memory: 64M, vcpus: 2, max-vcpus: 3, paging: shadow }\n"

static void check(const struct whole_row *row)
{
    whole_is(MODEL, row);
}

/* The part of the per-domain area of a vCPU with another L1 than those before it. */
#define GDT_16              "'xen.gdt-ldt + 16 * 0x20000'"
#define ARGS(n)             "'xen.argument-translation + " n " * 0x4000'"
#define STEPS(text, expect) "steps: [ " text ", { pause: d0.v0, expect: [ " expect " ] } ]\n"

static void test_pv64(void **state)
{
    static const struct whole_row rows[] = {
        /* Created: tables, and nothing in them. */
        { "",
          "expect: [ { entry: " GDT_16 ", in: d1.v0.xen, level: 2, is: present }, { entry: " GDT_16
          ", in: d1.v0.xen, level: 1, is: absent } ]\n",
          HELD, NULL, 0 },
        { "", "expect: [ { mapped: 0x400000, in: d1.v1.user } ]\n", ERROR,
          "no context d1.v1.user now", 0 },
        { "", "expect: [ { root: v.xen, is: v.xen.root, for: v in every vcpu of d1 } ]\n", HELD,
          NULL, 0 },
        /* Initialised: roots like the others', a GDT, and Xen's slots. */
        { "", STEPS("{ up: d1.v16 }", "{ mapped: " GDT_16 ", in: d1.v0.xen, page: 4K }"), HELD,
          NULL, 0 },
        { "", STEPS("{ up: d1.v16 }", "{ mapped: 0x400000, in: d1.v16.user, page: 4K }"), HELD,
          NULL, 0 },
        { "",
          STEPS("{ up: d1.v1 }",
                "{ mapped: 0xffffffff80005000, in: d1.v1.kernel, frame: d1.gfn(5) }"),
          HELD, NULL, 0 },
        { "", STEPS("{ up: d1.v1 }", "{ root: d1.v1.kernel, differs-from: d1.v0.kernel }"), HELD,
          NULL, 0 },
        { "", STEPS("{ up: d1.v1 }", "{ owner: d1.v1.root, is: d1 }"), HELD, NULL, 0 },
        { "", STEPS("{ up: d1.v1 }", "{ invariant: xen-slots, in: every guest context of d1 }"),
          HELD, NULL, 0 },
        { "",
          STEPS("{ up: d1.v1 }, { run: d1.v1.user, on: cpu1 }",
                "{ root: cpu1, same-as: d1.v1.user }"),
          HELD, NULL, 0 },
        /* On roots that are said. */
        { "", STEPS("{ up: d1.v1, kernel: d1.k, user: d1.u }", "{ root: d1.v1.kernel, is: d1.k }"),
          HELD, NULL, 0 },
        { "",
          STEPS("{ up: d1.v1, kernel: d1.k, user: d1.u }",
                "{ slot: 6, in: d1.v1.user, frame: d1.l3 }"),
          HELD, NULL, 0 },
        { "",
          STEPS("{ up: d1.v1, kernel: d1.a, user: d1.u }",
                "{ slot: 258, in: d1.v1.kernel, is: self }"),
          HELD, NULL, 0 },
        /* Down: it keeps them, and does not run. */
        { "",
          STEPS(
              "{ up: d1.v1 }, { run: d1.v1.kernel, on: cpu1 }, { let: r, be: d1.v1.root }, { down: "
              "d1.v1 }",
              "{ root: cpu1, is: r }"),
          HELD, NULL, 0 },
        { "", "steps: [ { up: d1.v1 }, { down: d1.v1 }, { run: d1.v1.user } ]\n", ERROR,
          "d1.v1 is down", 0 },
        { "",
          STEPS("{ up: d1.v1 }, { down: d1.v1 }, { up: d1.v1 }, { run: d1.v1.user }",
                "{ mapped: 0x400000, in: d1.v1.user }"),
          HELD, NULL, 0 },
        /* Destroyed: its entries are gone, the table is not, its roots are its domain's memory. */
        { "",
          STEPS("{ up: d1.v16 }, { let: r, be: d1.v16.root }, { destroy: d1.v16 }",
                "{ owner: r, is: d1 }, { entry: " GDT_16
                ", in: d1.v0.xen, level: 2, is: present }, { "
                "unmapped: " GDT_16 ", in: d1.v0.xen }"),
          HELD, NULL, 0 },
        { "",
          STEPS("{ up: d1.v1 }, { run: d1.v1.user, on: cpu1 }, { destroy: d1.v1 }",
                "{ root: cpu1, same-as: idle }"),
          HELD, NULL, 0 },
        { "",
          STEPS("{ up: d1.v1 }, { destroy: d1.v1 }, { create: d1.v1 }, { up: d1.v1 }",
                "{ mapped: 0x400000, in: d1.v1.user }"),
          HELD, NULL, 0 },
        /* On shadows. */
        { "",
          STEPS("{ up: d6.v2 }, { run: d6.v2.user }",
                "{ mapped: 0x400000, in: d6.v2.user }, { root: d6.v2.user, differs-from: "
                "d6.v0.user }, { "
                "owner: d6.v2.user.root, is: xen }"),
          HELD, NULL, 0 },
        { "", STEPS("{ destroy: d6.v1 }", "{ mapped: 0x400000, in: d6.v0.user }"), HELD, NULL, 0 },
    };

    (void)state;
    CHECK(check, rows);
}

static void test_pv32(void **state)
{
    static const struct whole_row rows[] = {
        /* Created: an L4 of Xen's without the guest's slot, and pages for arguments. */
        { "",
          "expect: [ { owner: d2.v2.root, is: xen }, { mapped: " ARGS("2") ", in: d2.v0.xen } ]\n",
          HELD, NULL, 0 },
        { "",
          STEPS("{ let: r, be: d2.v2.root }, { up: d2.v2 }",
                "{ mapped: 0xc0005000, in: d2.v2.kernel, frame: d2.gfn(5) }, { root: d2.v2.xen, "
                "is: r }"),
          HELD, NULL, 0 },
        { "",
          STEPS("{ let: r, be: d2.v1.root }, { let: a, be: "
                "'d2.v0.xen.frame(xen.argument-translation + "
                "0x4000)' }, { destroy: d2.v1 }",
                "{ owner: r, is: free }, { owner: a, is: free }, { unmapped: " ARGS(
                    "1") ", in: d2.v0.xen }, { mapped: " ARGS("0") ", in: d2.v0.xen }"),
          HELD, NULL, 0 },
        { "",
          STEPS("{ destroy: d2.v1 }, { create: d2.v1 }",
                "{ owner: d2.v1.root, is: xen }, { mapped: " ARGS("1") ", in: d2.v0.xen }"),
          HELD, NULL, 0 },
        { "",
          /* Xen would refuse it: up takes whatever frame it is given, and this one is a page. */
          "invariants: none\n" STEPS(
              "{ up: d2.v2, kernel: d2.v0.kernel.frame(0xc0000000) }",
              "{ entry: 0xc0000000, in: d2.v2.kernel, level: 4, frame: d2.gfn(0) }"),
          HELD, NULL, 0 },
        { "", "steps: [ { up: d2.v2, kernel: d2.gfn(5), user: d2.gfn(5) } ]\n", ERROR,
          "one root for its kernel and its user mode", 0 },
    };

    (void)state;
    CHECK(check, rows);
}

static void test_hvm(void **state)
{
    static const struct whole_row rows[] = {
        { "",
          STEPS("{ let: m, be: d3.v1.root }, { destroy: d3.v1 }",
                "{ owner: m, is: free }, { unmapped: " ARGS(
                    "1") ", in: d3.v0.xen }, { mapped: 0x5000, in: "
                         "d3.v0.guest }"),
          HELD, NULL, 0 },
        { "",
          STEPS("{ destroy: d3.v1 }, { create: d3.v1 }",
                "{ owner: d3.v1.root, is: xen }, { slot: 258, in: d3.v1.xen, is: self }"),
          HELD, NULL, 0 },
        { "",
          STEPS("{ destroy: d3.v1 }, { create: d3.v1 }, { up: d3.v1 }, { run: d3.v1.guest }",
                "{ mapped: 0x5000, in: d3.v1.guest }"),
          HELD, NULL, 0 },
        { "", "steps: [ { destroy: d3.v1 }, { create: d3.v1 }, { run: d3.v1.guest } ]\n", ERROR,
          "d3.v1 is down", 0 },
        { "", "steps: [ { destroy: d3.v1 }, { load: d3.v1, cr3: 0x5000 } ]\n", ERROR, NULL, 0 },
        { "", "steps: [ { destroy: d3.v1 }, { let: x, be: d3.v1.cr3 } ]\n", ERROR, "registers", 0 },
        /* Shadow paging: the monitor table, and the shadow of its root if nobody else is on it. */
        { "",
          STEPS("{ let: m, be: d4.v1.root }, { destroy: d4.v1 }",
                "{ owner: m, is: free }, { mapped: 0x5000, in: d4.v0.guest }"),
          HELD, NULL, 0 },
        { "",
          STEPS("{ destroy: d5.v1 }, { create: d5.v1 }, { up: d5.v1 }, { access: read, in: "
                "d5.v1.guest, "
                "at: 0x5000 }",
                "{ mapped: 0x5000, in: d5.v1.guest }"),
          HELD, NULL, 0 },
        /* What the others do goes on: a table goes out of sync, as it would not beside one that
           does not page. */
        { "",
          STEPS(
              "{ destroy: d4.v1 }, { access: write, in: d4.v0.guest, at: 0x13280, data: 0x50003 }",
              "{ outcome: done }"),
          HELD, NULL, 0 },
    };

    (void)state;
    CHECK(check, rows);
}

static void test_cannot_be(void **state)
{
#define STEP(text) "steps: [ " text " ]\n"
    static const struct whole_row rows[] = {
        { "", STEP("{ up: d1.v0 }"), ERROR, "d1.v0 is up already", 0 },
        { "", STEP("{ up: d3.v0, kernel: d3.gfn(5), user: d3.gfn(5) }"), ERROR, "is up already",
          0 },
        { "", STEP("{ down: d1.v0 }"), ERROR, "the last that is up: Xen shuts the domain down", 0 },
        { "", STEP("{ down: d1.v1 }"), ERROR, "d1.v1 is created", 0 },
        { "", STEP("{ run: d1.v1.user }"), ERROR, "d1.v1 is down", 0 },
        { "", STEP("{ create: d1.v1 }"), ERROR, "d1.v1 is created: it is there already", 0 },
        { "", STEP("{ destroy: d1.v1 }, { destroy: d1.v1 }"), ERROR, "was destroyed", 0 },
        { "", STEP("{ destroy: d1.v0 }, { run: d1.v0.user }"), ERROR, "was destroyed", 0 },
        { "", STEP("{ destroy: d1.v0 }, { pause: d1.v0 }"), ERROR, "was destroyed", 0 },
        { "", STEP("{ destroy: d1.v0 }, { up: d1.v0 }"), ERROR, "was destroyed", 0 },
        { "", STEP("{ destroy: d1.v0 }, { down: d1.v0 }"), ERROR, "was destroyed", 0 },
        { "", STEP("{ destroy: d1.v0 }, { let: x, be: d1.v0.root }"), ERROR, "it is not there", 0 },
        { "", STEP("{ let: x, be: d1.v1.root }"), ERROR, "has not been initialised", 0 },
        { "", STEP("{ destroy: d1.v0 }, { up: d1.v1 }"), ERROR, "no vCPU whose roots", 0 },
        { "", STEP("{ destroy: d1 }, { up: d1.v1 }"), ERROR, "there is no such vCPU now", 0 },
        { "", STEP("{ destroy: d1 }, { create: d1.v1 }"), ERROR, "there is no d1.v1", 0 },
        { "", STEP("{ up: d1.v1, kernel: d1.k }"), ERROR, "go together", 0 },
        { "", STEP("{ up: d1.v1, user: d1.k }"), ERROR, "go together", 0 },
        { "", STEP("{ up: d1.v1, kernel: d0.gfn(5), user: d1.u }"), ERROR, "no frame of d1's", 0 },
        { "", STEP("{ up: d1.v1, kernel: d1.k, user: d0.gfn(5) }"), ERROR, "no frame of d1's", 0 },
        { "", STEP("{ up: d1.v1 }, { down: d1.v1 }, { up: d1.v1, kernel: d1.k, user: d1.u }"),
          ERROR, "EEXIST", 0 },
        { "", STEP("{ down: d3.v1 }, { up: d3.v1, kernel: d3.gfn(5), user: d3.gfn(5) }"), ERROR,
          "loads its roots itself", 0 },
        /* Mistakes, told before anything runs. */
        { "", STEP("{ up: d1.v20 }"), ERROR, "d1 has 20 vCPUs, from v0 on", 11 },
        { "", STEP("{ up: d1 }"), ERROR, "and a vCPU was expected", 11 },
        { "", STEP("{ up: d1.v1, kernal: d1.k }"), ERROR, "did you mean 'kernel'?", 11 },
        { "", STEP("{ down: cpu0 }"), ERROR, "and a vCPU was expected", 11 },
        { "", STEP("{ destroy: cpu0 }"), ERROR, "a vCPU or a domain was expected", 11 },
        { "", STEP("{ create: d9 }"), ERROR, "a new domain has `as`", 11 },
        { "", STEP("{ create: d1.vv }"), ERROR, "has no 'vv'", 11 },
        { "", STEP("{ create: d1.k }"), ERROR, "and a vCPU was expected", 11 },
        { "  d7: { type: pv64, memory: 64M, vcpus: 2, max-vcpus: 1 }\n", "", ERROR,
          "max-vcpus: d7 has 2 vCPUs, and may have 1", 11 },
        { "  d7: { type: pv64, memory: 64M, max-vcpus: 9999 }\n", "", ERROR, "vCPUs at most", 0 },
    };

    (void)state;
    CHECK(check, rows);
}

/* Round and round: what was taken is given back, and nothing else is. */
static void test_frames(void **state)
{
    static const uint32_t domains[] = { 2, 3, 4, 5 };
    struct world w;

    (void)state;
    build(&w, MODEL);
    for (size_t i = 0; i < sizeof(domains) / sizeof(domains[0]); i++) {
        uint64_t tables = 0, frames = 0;

        for (int times = 0; times < 4; times++) {
            assert_int_equal(xenpt_machine_vcpu_destroy(w.machine, domains[i], 1, NULL), XENPT_OK);
            assert_int_equal(xenpt_machine_vcpu_create(w.machine, domains[i], 1, NULL), XENPT_OK);
            if (times) {
                assert_int_equal(xenpt_machine_stats(w.machine).tables, tables);
                assert_int_equal(xenpt_alloc_nr_free(w.machine->alloc), frames);
            }
            tables = xenpt_machine_stats(w.machine).tables;
            frames = xenpt_alloc_nr_free(w.machine->alloc);
        }
    }
    end(&w);
}

static void test_states(void **state)
{
    enum xenpt_vcpu_state s;
    struct world w;

    (void)state;
    build(&w, MODEL);
    assert_true(xenpt_machine_vcpu(w.machine, 1, 0, &s));
    assert_int_equal(s, XENPT_VCPU_UP);
    assert_true(xenpt_machine_vcpu(w.machine, 1, 19, &s));
    assert_string_equal(xenpt_vcpu_state_word(s)->name, "created");
    assert_false(xenpt_machine_vcpu(w.machine, 1, 20, &s));
    assert_false(xenpt_machine_vcpu(w.machine, 9, 0, &s));
    assert_int_equal(xenpt_machine_vcpu_down(w.machine, 2, 1, NULL), XENPT_OK);
    assert_true(xenpt_machine_vcpu(w.machine, 2, 1, &s));
    assert_int_equal(s, XENPT_VCPU_DOWN);
    assert_int_equal(xenpt_machine_vcpu_up(w.machine, 9, 0, NULL, NULL, NULL), XENPT_ERANGE);
    assert_int_equal(xenpt_machine_vcpu_down(w.machine, 1, 99, NULL), XENPT_ERANGE);
    assert_int_equal(xenpt_machine_vcpu_destroy(w.machine, 1, 99, NULL), XENPT_ERANGE);
    end(&w);
}

/* On failure nothing was changed. */
static void test_no_memory(void **state)
{
    struct world w;
    unsigned long n = 0;

    (void)state;
    build(&w, MODEL);
    for (uint32_t domain = 1; domain < 7; domain++)
        for (int what = 0; what < 3; what++)
            for (n = 0;; n++) {
                uint64_t tables = xenpt_machine_stats(w.machine).tables;
                uint64_t frames = xenpt_alloc_nr_free(w.machine->alloc);
                enum xenpt_vcpu_state before, after;
                enum xenpt_code code;
                bool failed;

                assert_true(xenpt_machine_vcpu(w.machine, domain, 1, &before));
                fail_alloc_after(n);
                code = what == 0   ? xenpt_machine_vcpu_destroy(w.machine, domain, 1, NULL)
                       : what == 1 ? xenpt_machine_vcpu_create(w.machine, domain, 1, NULL)
                                   : xenpt_machine_vcpu_up(w.machine, domain, 1, NULL, NULL, NULL);
                failed = fail_alloc_stop();
                if (!failed) {
                    assert_int_equal(code, XENPT_OK);
                    break;
                }
                assert_int_equal(code, XENPT_ENOMEM);
                assert_true(xenpt_machine_vcpu(w.machine, domain, 1, &after));
                assert_int_equal(before, after);
                assert_int_equal(xenpt_machine_stats(w.machine).tables, tables);
                assert_int_equal(xenpt_alloc_nr_free(w.machine->alloc), frames);
            }
    assert_true(n > 5);
    end(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pv64),      cmocka_unit_test(test_pv32),
        cmocka_unit_test(test_hvm),       cmocka_unit_test(test_cannot_be),
        cmocka_unit_test(test_frames),    cmocka_unit_test(test_states),
        cmocka_unit_test(test_no_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
