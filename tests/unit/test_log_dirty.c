/* test_log_dirty.c - the log of written pages: under nested paging, EPT, and shadow paging. */
#include <stdio.h>

#include "guest_fixture.h"

#define PVH "domains: { d0: { type: pvh, memory: 64M, vcpus: 2 } }\n"

static uint64_t flags(const struct world *w, uint32_t view, uint64_t gfn)
{
    return look(w, view, gfn).entry & ~ADDR;
}

/* --- The log of written pages -------------------------------------------------------------- */

/* Types are worked out when a page is touched; until then the processor finds no way there. */
static void test_log_dirty_exits(void **state)
{
    static const struct {
        const char *processor, *options;
        uint64_t pending, logged, writable;
    } rows[] = {
        { "haswell", "ept=no-pml", UINT64_C(0x9c0000000000053f), UINT64_C(0x9c20000000000175),
          UINT64_C(0x9c00000000000377) },
        { "rome", "", 0x63, UINT64_C(0x0020000000000065), 0x67 },
    };
    char text[256];

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct world w;

        snprintf(
            text, sizeof(text),
            "host: { ram: 4G, processor: %s }\nxen: { release: \"4.17\", options: \"%s\" }\n" PVH,
            rows[i].processor, rows[i].options);
        build(&w, text);
        log_dirty(&w, XENPT_LOG_ENABLE);
        assert_int_equal(slot(&w, "d0.p2m", 0) & ~ADDR, rows[i].pending);
        assert_int_equal(flags(&w, HOST_P2M, 0x20), rows[i].writable);
        assert_int_equal(touch(&w, 0x20000, XENPT_READ).outcome, XENPT_GUEST_DONE);
        assert_int_equal(flags(&w, HOST_P2M, 0x20), rows[i].logged);
        /* EPT: all that the table has; nested paging: this page alone. */
        assert_int_equal(look(&w, HOST_P2M, 0x21).pending, i == 1);
        assert_false(xenpt_machine_is_dirty(w.machine, 0, 0x20));
        assert_int_equal(touch(&w, 0x20000, XENPT_WRITE).exits, 1);
        assert_int_equal(flags(&w, HOST_P2M, 0x20), rows[i].writable);
        assert_true(xenpt_machine_is_dirty(w.machine, 0, 0x20));
        assert_int_equal(touch(&w, 0x20000, XENPT_WRITE).exits, 0);
        /* A larger page is split by its first write. */
        assert_int_equal(touch(&w, 0x205000, XENPT_WRITE).outcome, XENPT_GUEST_DONE);
        assert_int_equal(look(&w, HOST_P2M, 0x205).level, 1);
        assert_true(xenpt_machine_is_dirty(w.machine, 0, 0x205));
        assert_false(xenpt_machine_is_dirty(w.machine, 0, 0x206));
        log_dirty(&w, XENPT_LOG_CLEAN);
        assert_int_equal(xenpt_machine_nr_dirty(w.machine, 0), 0);
        assert_true(touch(&w, 0x20000, XENPT_WRITE).exits > 1);
        assert_true(xenpt_machine_is_dirty(w.machine, 0, 0x20));
        log_dirty(&w, XENPT_LOG_DISABLE);
        assert_int_equal(touch(&w, 0x206000, XENPT_WRITE).outcome, XENPT_GUEST_DONE);
        assert_int_equal(flags(&w, HOST_P2M, 0x206), rows[i].writable);
        assert_int_equal(xenpt_machine_nr_dirty(w.machine, 0), 0);
        end(&w);
    }
}

/* The processor notes writes in D of EPT, and nothing exits for them. */
static void test_log_dirty_pml(void **state)
{
    struct xenpt_cpu_state cpu;
    struct world w;

    (void)state;
    build(&w, HOST("haswell") XEN("4.17", "") PVH);
    log_dirty(&w, XENPT_LOG_ENABLE);
    assert_int_equal(xenpt_machine_run(w.machine, 0, 0, 0, XENPT_RUN_GUEST, NULL), XENPT_OK);
    assert_true(xenpt_machine_cpu(w.machine, 0, &cpu));
    assert_int_equal(cpu.second, context(&w, "d0.p2m")->paging.root | 0x5e);
    touch(&w, 0x20000, XENPT_READ);
    assert_int_equal(flags(&w, HOST_P2M, 0x20), UINT64_C(0x9c20000000000177));
    assert_false(xenpt_machine_is_dirty(w.machine, 0, 0x20));
    assert_int_equal(touch(&w, 0x20000, XENPT_WRITE).exits, 0);
    assert_int_equal(flags(&w, HOST_P2M, 0x20), UINT64_C(0x9c20000000000377));
    assert_true(xenpt_machine_is_dirty(w.machine, 0, 0x20));
    /* With A and D in EPT, the processor's walk of the guest's tables counts as writes. */
    assert_true(xenpt_machine_is_dirty(w.machine, 0, 0x10));
    /* A larger page is read-only all the same, to be split. */
    touch(&w, 0x205000, XENPT_READ);
    assert_int_equal(flags(&w, HOST_P2M, 0x205), UINT64_C(0x9c200000000001f1));
    touch(&w, 0x205000, XENPT_WRITE);
    assert_int_equal(look(&w, HOST_P2M, 0x205).level, 1);
    assert_true(xenpt_machine_is_dirty(w.machine, 0, 0x205));
    log_dirty(&w, XENPT_LOG_CLEAN);
    touch(&w, 0x20000, XENPT_READ);
    assert_int_equal(flags(&w, HOST_P2M, 0x20), UINT64_C(0x9c20000000000177));
    log_dirty(&w, XENPT_LOG_DISABLE);
    assert_true(xenpt_machine_cpu(w.machine, 0, &cpu));
    assert_int_equal(cpu.second & 0xfff, 0x1e);
    end(&w);
}

/* Shadows are made without RW until a page is written; the guest's D is not what counts. */
static void test_log_dirty_shadow(void **state)
{
    struct world w;
    struct xenpt_walk walk;

    (void)state;
    build(&w, HOST("rome")
                  XEN("4.17", "") "domains: { d0: { type: hvm, memory: 64M, paging: shadow } }\n");
    assert_int_equal(touch(&w, 0x20000, XENPT_WRITE).exits, 0);
    log_dirty(&w, XENPT_LOG_ENABLE);
    touch(&w, 0x20000, XENPT_READ);
    xenpt_walk(&context(&w, "d0.v0.guest")->paging, w.view->mem, 0x20000, &walk);
    assert_int_equal(walk.step[3].entry & ~ADDR, 0x21);
    assert_false(xenpt_machine_is_dirty(w.machine, 0, 0x20));
    assert_int_equal(touch(&w, 0x20000, XENPT_WRITE).exits, 1);
    assert_true(xenpt_machine_is_dirty(w.machine, 0, 0x20));
    assert_int_equal(xenpt_machine_nr_dirty(w.machine, 0), 1);
    /* Setting A and D in a guest's table is a write to it. */
    touch(&w, 0x31000, XENPT_WRITE);
    assert_true(xenpt_machine_is_dirty(w.machine, 0, 0x13));
    log_dirty(&w, XENPT_LOG_CLEAN);
    assert_int_equal(xenpt_machine_nr_dirty(w.machine, 0), 0);
    assert_int_equal(touch(&w, 0x20000, XENPT_WRITE).exits, 1);
    log_dirty(&w, XENPT_LOG_DISABLE);
    assert_int_equal(touch(&w, 0x21000, XENPT_WRITE).exits, 1);
    assert_int_equal(xenpt_machine_nr_dirty(w.machine, 0), 0);
    end(&w);
}

static void test_why(void **state)
{
    struct world w;

    (void)state;
    build(&w, HOST("haswell") XEN("4.17", "") PVH);
    assert_string_equal(why(&w, "d0.p2m", 0, 4), "p2m-table");
    assert_string_equal(why(&w, "d0.p2m", 0x20000, 1), "p2m");
    set_access(&w, HOST_P2M, 0x20, XENPT_ACCESS_R);
    assert_string_equal(why(&w, "d0.p2m", 0x20000, 1), "p2m-access");
    log_dirty(&w, XENPT_LOG_ENABLE);
    assert_string_equal(why(&w, "d0.p2m", 0, 4), "p2m-pending");
    touch(&w, 0x21000, XENPT_READ);
    assert_string_equal(why(&w, "d0.p2m", 0, 4), "p2m-table");
    assert_string_equal(why(&w, "d0.p2m", 0x21000, 1), "p2m-log");
    end(&w);
}

static void test_log_dirty_refused(void **state)
{
    struct xenpt_error err = { 0 };
    struct world w;

    (void)state;
    build(&w, HOST("rome") XEN("4.17", "") PVH);
    assert_int_equal(xenpt_machine_log_dirty(w.machine, 0, XENPT_LOG_CLEAN, &err), XENPT_ESTATE);
    assert_int_equal(xenpt_machine_log_dirty(w.machine, 3, XENPT_LOG_ENABLE, &err), XENPT_ERANGE);
    log_dirty(&w, XENPT_LOG_ENABLE);
    assert_int_equal(xenpt_machine_log_dirty(w.machine, 0, XENPT_LOG_ENABLE, &err), XENPT_ESTATE);
    assert_non_null(strstr(err.text, "-EINVAL"));
    end(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_log_dirty_exits),   cmocka_unit_test(test_log_dirty_pml),
        cmocka_unit_test(test_log_dirty_shadow),  cmocka_unit_test(test_why),
        cmocka_unit_test(test_log_dirty_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
