/*
 * test_machine_snapshot.c - a machine that is made what it was is that in every byte and
 * register, and goes on as it did the first time.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fail_alloc.h"
#include "xenpt/model.h"

static const char model_text[] = "host: { ram: 2G, cpus: 2, processor: skylake-server }\n"
                                 "xen: { release: \"4.17\", pv32: yes }\n"
                                 "domains:\n"
                                 "  d0: { type: pv64, memory: 64M, vcpus: 2, privileged: yes }\n"
                                 "  d1: { type: pv32, memory: 64M, vcpus: 2 }\n"
                                 "  d2: { type: hvm, memory: 64M, paging: shadow }\n"
                                 "  d3: { type: pvh, memory: 64M }\n"
                                 "running: { cpu0: d0.v0.kernel }\n";

struct world {
    struct xenpt_model *model;
    struct xenpt_machine *machine;
};

static int build(void **state)
{
    static struct world w;
    struct xenpt_error err = { 0 };

    if (xenpt_model_parse("model", model_text, strlen(model_text), NULL, NULL, &w.model, &err) ||
        xenpt_model_build(w.model, &w.machine, &err))
        fail_msg("%s", err.text);
    *state = &w;
    return 0;
}

static int end(void **state)
{
    struct world *w = *state;

    xenpt_machine_destroy(w->machine);
    xenpt_model_close(w->model);
    return 0;
}

static bool add_words(void *ctx, uint64_t first, const uint8_t *bytes, uint64_t size)
{
    uint64_t *sum = ctx, word;

    for (uint64_t i = 0; i < size; i += 8) {
        memcpy(&word, bytes + i, 8);
        if (word)
            *sum = (*sum ^ word ^ (first + i)) * UINT64_C(0x100000001b3);
    }
    return true;
}

/* Something that depends on all of memory, on all registers and on the counts. */
static uint64_t fingerprint(struct xenpt_machine *m)
{
    const struct xenpt_view *view;
    struct xenpt_machine_stats stats = xenpt_machine_stats(m);
    uint64_t sum = stats.tables + 7 * stats.root_copies + 11 * stats.guest_exits;

    assert_int_equal(xenpt_machine_view(m, &view, NULL), XENPT_OK);
    assert_int_equal(xenpt_each_stretch(view->mem, add_words, &sum, NULL), XENPT_OK);
    for (size_t i = 0; i < view->nr_contexts; i++)
        sum = (sum ^ view->contexts[i].paging.root ^ view->contexts[i].second.root) * 31;
    for (uint32_t cpu = 0; cpu < 2; cpu++) {
        struct xenpt_cpu_state s;

        assert_true(xenpt_machine_cpu(m, cpu, &s));
        sum = (sum ^ s.cr3 ^ s.host_cr3 ^ s.pv_cr3 ^ s.cr4 ^ s.second) * 37;
        sum += s.idle + s.domain * 3 + s.vcpu * 5 + (uint64_t)s.mode * 7;
    }
    return sum;
}

static void run(struct xenpt_machine *m, uint32_t domain, uint32_t vcpu, uint32_t cpu,
                enum xenpt_run_mode mode)
{
    struct xenpt_error err = { 0 };

    if (xenpt_machine_run(m, domain, vcpu, cpu, mode, &err))
        fail_msg("%s", err.text);
}

/* All kinds of guests, on both CPUs, and through Xen. */
static void go(struct xenpt_machine *m)
{
    run(m, 1, 0, 1, XENPT_RUN_KERNEL);
    run(m, 0, 1, 0, XENPT_RUN_USER);
    run(m, 2, 0, 1, XENPT_RUN_GUEST);
    run(m, 3, 0, 0, XENPT_RUN_GUEST);
    run(m, 0, 0, 1, XENPT_RUN_USER);
    run(m, 0, 0, 1, XENPT_RUN_XEN);
}

static void test_restored(void **state)
{
    struct xenpt_machine *m = ((struct world *)*state)->machine;
    struct xenpt_machine_snapshot *snap;
    uint64_t before = fingerprint(m), after;

    assert_int_equal(xenpt_machine_snapshot_take(m, &snap, NULL), XENPT_OK);
    assert_int_equal(fingerprint(m), before);
    go(m);
    after = fingerprint(m);
    assert_int_not_equal(after, before);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(xenpt_machine_snapshot_restore(snap, NULL), XENPT_OK);
        assert_int_equal(fingerprint(m), before);
        go(m);
        assert_int_equal(fingerprint(m), after);
    }
    xenpt_machine_snapshot_drop(snap);
    assert_int_equal(fingerprint(m), after);
}

/* Of three, the middle one is dropped, the first restored, which takes the last with it. */
static void test_several(void **state)
{
    struct xenpt_machine *m = ((struct world *)*state)->machine;
    struct xenpt_machine_snapshot *snap[3];
    uint64_t was[3];

    for (uint32_t i = 0; i < 3; i++) {
        was[i] = fingerprint(m);
        assert_int_equal(xenpt_machine_snapshot_take(m, &snap[i], NULL), XENPT_OK);
        run(m, i, 0, i % 2, i < 2 ? XENPT_RUN_KERNEL : XENPT_RUN_GUEST);
    }
    xenpt_machine_snapshot_drop(snap[1]);
    assert_int_equal(xenpt_machine_snapshot_restore(snap[2], NULL), XENPT_OK);
    assert_int_equal(fingerprint(m), was[2]);
    assert_int_equal(xenpt_machine_snapshot_restore(snap[0], NULL), XENPT_OK);
    assert_int_equal(fingerprint(m), was[0]);
    xenpt_machine_snapshot_drop(NULL);
}

static void test_no_memory(void **state)
{
    struct xenpt_machine *m = ((struct world *)*state)->machine;
    struct xenpt_machine_snapshot *snap = NULL;
    uint64_t before = fingerprint(m), after;
    struct xenpt_error err = { 0 };
    enum xenpt_code code;

    for (unsigned long n = 0;; n++) {
        fail_alloc_after(n);
        code = xenpt_machine_snapshot_take(m, &snap, &err);
        if (!fail_alloc_stop())
            break;
        assert_int_equal(code, XENPT_ENOMEM);
        assert_int_equal(fingerprint(m), before);
    }
    assert_int_equal(code, XENPT_OK);
    go(m);
    after = fingerprint(m);
    for (unsigned long n = 0;; n++) {
        fail_alloc_after(n);
        code = xenpt_machine_snapshot_restore(snap, &err);
        if (!fail_alloc_stop())
            break;
        assert_int_equal(code, XENPT_ENOMEM);
        assert_int_equal(fingerprint(m), after);
    }
    assert_int_equal(code, XENPT_OK);
    assert_int_equal(fingerprint(m), before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_restored, build, end),
        cmocka_unit_test_setup_teardown(test_several, build, end),
        cmocka_unit_test_setup_teardown(test_no_memory, build, end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
