/* test_pv_shadow.c - paravirtual domains on shadows, while a log of written pages is kept. */
#include <stdio.h>

#include "fail_alloc.h"
#include "guest_fixture.h"

static uint64_t leaf_of(const struct world *w, const char *name, uint64_t va)
{
    struct xenpt_walk walk;

    xenpt_walk(&context(w, name)->paging, w->view->mem, va, &walk);
    return walk.nr_steps ? walk.step[walk.nr_steps - 1].entry : 0;
}

#define KERNEL_64 UINT64_C(0xffffffff80000000)

/* pv.c: a kernel's pages have A and not D; frame 0 is at its base. */
static void test_pv64(void **state)
{
    static const char *const options[] = { "xpti=no", "xpti=yes" };
    struct xenpt_cpu_state cpu;
    char text[512];

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct world w;
        uint64_t kernel, user, self, tables;

        snprintf(text, sizeof(text),
                 HOST("skylake-server") "xen: { release: \"4.17\", options: %s }\n"
                                        "domains: { d0: { type: pv64, memory: 64M } }\n",
                 options[i]);
        build(&w, text);
        kernel = context(&w, "d0.v0.xen")->paging.root;
        user = context(&w, "d0.v0.xen-user")->paging.root;
        tables = xenpt_machine_stats(w.machine).tables;
        log_dirty(&w, XENPT_LOG_ENABLE);
        self = context(&w, "d0.v0.xen")->paging.root;
        assert_int_not_equal(self, kernel);
        assert_string_equal(context(&w, "d0.v0.xen")->kind, "pv64-shadow");
        /* Trap: the linear slot leads to the guest's L4, the next one to the shadow. */
        assert_int_equal(slot(&w, "d0.v0.xen", 258), kernel | UINT64_C(0x8000000000000063));
        assert_int_equal(slot(&w, "d0.v0.xen", 259), self | UINT64_C(0x8000000000000063));
        assert_int_equal(slot(&w, "d0.v0.xen-user", 258) & ADDR, user);
        assert_int_equal(slot(&w, "d0.v0.xen", 261), slot(&w, "idle", 261));
        assert_true(slot(&w, "d0.v0.xen", 256) & P);
        assert_false(slot(&w, "d0.v0.xen-user", 256) & P);
        assert_int_equal(slot(&w, "d0.v0.xen", 511), 0);

        assert_int_equal(xenpt_machine_run(w.machine, 0, 0, 0, XENPT_RUN_KERNEL, NULL), XENPT_OK);
        assert_true(xenpt_machine_cpu(w.machine, 0, &cpu));
        if (i) {
            assert_int_equal(cpu.cr3 & ADDR, context(&w, "cpu0.xpti")->paging.root);
            assert_int_equal(slot(&w, "cpu0.xpti", 259), slot(&w, "d0.v0.xen", 259));
        } else {
            assert_int_equal(cpu.cr3, self);
        }
        /* Read-only until it is written; what Xen says of whose the page is has gone. */
        assert_int_equal(touch_as(&w, 0, 3, KERNEL_64, XENPT_READ).exits, 1);
        assert_int_equal(leaf_of(&w, "d0.v0.xen", KERNEL_64) & ~ADDR, 0x25);
        assert_false(xenpt_machine_is_dirty(w.machine, 0, 0));
        assert_int_equal(touch_as(&w, 0, 3, KERNEL_64, XENPT_WRITE).exits, 1);
        assert_int_equal(leaf_of(&w, "d0.v0.xen", KERNEL_64) & ~ADDR, 0x67);
        assert_true(xenpt_machine_is_dirty(w.machine, 0, 0));
        assert_int_equal(touch_as(&w, 0, 3, KERNEL_64, XENPT_WRITE).exits, 0);
        /* What the guest may not do it still may not. */
        assert_int_equal(touch_as(&w, 0, 3, 0x7000000000, XENPT_READ).outcome, XENPT_GUEST_FAULT);
        log_dirty(&w, XENPT_LOG_CLEAN);
        assert_int_equal(xenpt_machine_nr_dirty(w.machine, 0), 0);
        assert_int_equal(touch_as(&w, 0, 3, KERNEL_64, XENPT_WRITE).exits, 1);
        assert_true(xenpt_machine_is_dirty(w.machine, 0, 0));

        log_dirty(&w, XENPT_LOG_DISABLE);
        assert_int_equal(context(&w, "d0.v0.xen")->paging.root, kernel);
        assert_int_equal(xenpt_machine_stats(w.machine).tables, tables);
        assert_int_equal(xenpt_machine_run(w.machine, 0, 0, 0, XENPT_RUN_KERNEL, NULL), XENPT_OK);
        if (i)
            assert_int_equal(slot(&w, "cpu0.xpti", 259), 0);
        assert_int_equal(touch_as(&w, 0, 3, KERNEL_64, XENPT_WRITE).exits, 0);
        end(&w);
    }
}

/* The shadow is of Xen's own L4; the last L2 has Xen's M2P as before. */
static void test_pv32(void **state)
{
    uint64_t m2p, monitor;
    struct world w;

    (void)state;
    build(&w, HOST("rome") XEN("4.17", "") "domains: { d0: { type: pv32, memory: 64M } }\n");
    monitor = context(&w, "d0.v0.xen")->paging.root;
    m2p = leaf_of(&w, "d0.v0.xen", 0xf5800000);
    assert_int_equal(m2p & ~ADDR, 0x81);
    log_dirty(&w, XENPT_LOG_ENABLE);
    assert_int_equal(slot(&w, "d0.v0.xen", 258) & ADDR, monitor);
    assert_int_equal(slot(&w, "d0.v0.xen", 259) & ADDR, context(&w, "d0.v0.xen")->paging.root);
    assert_int_equal(slot(&w, "d0.v0.xen", 4), slot(&w, "d0.v0.xen", 260));
    assert_int_equal(touch_as(&w, 0, 1, 0xc0000000, XENPT_WRITE).exits, 1);
    assert_int_equal(leaf_of(&w, "d0.v0.xen", 0xc0000000) & ~ADDR, 0x63);
    assert_int_equal(leaf_of(&w, "d0.v0.xen", 0xf5800000), m2p);
    /* Its user mode has the same table. */
    assert_int_equal(xenpt_machine_run(w.machine, 0, 0, 0, XENPT_RUN_USER, NULL), XENPT_OK);
    assert_int_equal(touch_as(&w, 0, 1, 0xc0001000, XENPT_WRITE).exits, 1);
    assert_int_equal(touch_as(&w, 0, 3, 0xc0001000, XENPT_READ).outcome, XENPT_GUEST_FAULT);
    assert_true(xenpt_machine_is_dirty(w.machine, 0, 0));
    log_dirty(&w, XENPT_LOG_DISABLE);
    assert_int_equal(context(&w, "d0.v0.xen")->paging.root, monitor);
    end(&w);
}

/* The same from a model; and a domain that is on shadows for another reason stays on them. */
static void test_described(void **state)
{
    struct world w;
    uint64_t root;

    (void)state;
    build(&w,
          HOST("haswell") XEN(
              "4.17",
              "altp2m") "domains: { d0: { type: pvh, memory: 64M, views: 3, log-dirty: yes } }\n");
    context(&w, "d0.view2");
    assert_null(xenpt_view_context(w.view, "d0.view3"));
    touch(&w, 0x20000, XENPT_WRITE);
    assert_true(xenpt_machine_is_dirty(w.machine, 0, 0x20));
    end(&w);
    build(&w, HOST("rome")
                  XEN("4.17", "") "domains: { d0: { type: pv64, memory: 64M, paging: shadow } }\n");
    root = context(&w, "d0.v0.xen")->paging.root;
    assert_int_equal(slot(&w, "d0.v0.xen", 259) & ADDR, root);
    /* It has read everything, and written nothing: none of its entries has D. */
    assert_int_equal(leaf_of(&w, "d0.v0.kernel", KERNEL_64) & ~ADDR, 0x25);
    assert_int_equal(touch_as(&w, 0, 3, KERNEL_64, XENPT_WRITE).exits, 1);
    log_dirty(&w, XENPT_LOG_ENABLE);
    assert_int_equal(touch_as(&w, 0, 3, KERNEL_64, XENPT_WRITE).exits, 1);
    assert_true(xenpt_machine_is_dirty(w.machine, 0, 0));
    log_dirty(&w, XENPT_LOG_DISABLE);
    assert_int_equal(slot(&w, "d0.v0.xen", 259) & ADDR, context(&w, "d0.v0.xen")->paging.root);
    end(&w);
}

/* Whichever allocation is the first that fails, it is said, and nothing leaks. */
static void test_no_memory(void **state)
{
    enum xenpt_code code = XENPT_OK;

    (void)state;
    for (unsigned long n = 0; n < 4000; n++) {
        struct xenpt_access write = { .kind = XENPT_WRITE, .cpl = 3 };
        struct xenpt_guest_done done;
        struct world w;
        bool failed;

        build(&w, HOST("rome") XEN("4.17", "") "domains: { d0: { type: pv64, memory: 64M } }\n");
        fail_alloc_after(n);
        code = xenpt_machine_log_dirty(w.machine, 0, XENPT_LOG_ENABLE, NULL);
        if (!code)
            code = xenpt_machine_touch(w.machine, 0, 0, KERNEL_64, &write, &done, NULL);
        if (!code)
            code = xenpt_machine_log_dirty(w.machine, 0, XENPT_LOG_DISABLE, NULL);
        failed = fail_alloc_stop();
        end(&w);
        if (!failed)
            break;
        assert_int_equal(code, XENPT_ENOMEM);
    }
    assert_int_equal(code, XENPT_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pv64),
        cmocka_unit_test(test_pv32),
        cmocka_unit_test(test_described),
        cmocka_unit_test(test_no_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
