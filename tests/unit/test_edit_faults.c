/*
 * test_edit_faults.c - running out of host memory, and of frames, at each step of an edit:
 * it is done wholly or not at all.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/bits.h"
#include "fail_alloc.h"
#include "tree_machine.h"

/* Edits that take, give back and write tables of several levels, in this order. */
static const struct {
    const char *claim;
    struct call call;
} steps[] = {
    { "small pages in an empty tree", { MAP, MIB(2) - PAGE, MIB(6) + PAGE - 1, 0, P | US, 1 } },
    { "large pages over small ones", { MAP, 0, MIB(24) - 1, 0, P | US, 0 } },
    { "a mapping that cuts at both ends", { MAP, MIB(3), MIB(13) - 1, MIB(3), P | RW, 1 } },
    { "a change that cuts", { CHANGE, MIB(2) + PAGE, MIB(15) - 1, A, 0, 0 } },
    { "a split", { SPLIT, MIB(21) + PAGE, 0, 0, 0, 1 } },
    { "an entry under new tables", { SET, MIB(65) + PAGE, 0, 0x77, 0, 1 } },
    { "unmapping that cuts and frees", { UNMAP, PAGE, MIB(14) + PAGE - 1, 0, 0, 0 } },
    { "a stretch of many tables", { MAP, GIB(1), GIB(1) + MIB(64) - 1, 0, P | RW, 1 } },
    { "unmapping many tables", { UNMAP, GIB(1), GIB(1) + MIB(64) - 1, 0, 0, 0 } },
    { "a destroyed tree", { DESTROY, 0, 0, 0, 0, 0 } },
};

/* Every form's own flags in place of P, RW and US, which are EPT's R, W and X. */
static const char *const names[] = { "4-level", "5-level", "PAE", "2-level", "2-level without PSE",
                                     "EPT",     "NPT" };

/* Frames that do not read as zeros, as the allocator's may. */
static void soil(const struct machine *m)
{
    static uint64_t noise[512];
    struct xenpt_error err = { 0 };

    memset(noise, 0xa5, sizeof(noise));
    for (uint64_t n = 1; n < m->nr_frames; n += 2)
        must(xenpt_store_write(m->store, (FIRST_FRAME + n) * PAGE, noise, sizeof(noise), &err),
             &err, "noise");
}

/* A machine on which all steps before this one are done. */
static void init(struct machine *m, const char *name, size_t step)
{
    machine_init(m, form_named(name), 80);
    soil(m);
    for (size_t i = 0; i < step; i++)
        machine_do(m, steps[i].call);
}

/* Lets one allocation after the other be the first, or the only one, to fail. */
static void sweep(const char *name, size_t step, void (*fail_after)(unsigned long n))
{
    const struct call *call = &steps[step].call;
    struct xenpt_error err = { 0 };
    enum xenpt_code code;
    struct machine m;

    init(&m, name, step);
    for (unsigned long n = 0;; n++) {
        struct machine_state *was = machine_save(&m);

        fail_after(n);
        code = machine_call(&m, call, &err);
        if (!fail_alloc_stop()) {
            assert_true(n > 0 || !form_has_pages(m.form, 2)); /* There is always a note to make. */
            free(was);
            break;
        }
        if (code != XENPT_ENOMEM || err.code != code || !err.text[0])
            fail_msg("%s, %s, after %lu allocations: %s: %s", name, steps[step].claim, n,
                     xenpt_code_name(code), err.text);
        machine_check_unchanged(&m, was, steps[step].claim);
    }
    must(code, &err, steps[step].claim);
    machine_fini(&m);
}

static void test_no_memory(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(names); i++)
        for (size_t step = 0; step < ARRAY_SIZE(steps); step++) {
            sweep(names[i], step, fail_alloc_after);
            sweep(names[i], step, fail_alloc_once_after);
        }
}

/* One frame more each time, until there are enough. */
static void test_no_frames(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(names); i++)
        for (size_t step = 0; step < ARRAY_SIZE(steps); step++) {
            struct xenpt_error err = { 0 };
            xenpt_mfn_t kept[80];
            enum xenpt_code code;
            struct machine m;
            size_t nr = 0;

            init(&m, names[i], step);
            while (!xenpt_alloc_take(m.alloc, (struct xenpt_alloc_want){ 0 }, &kept[nr], NULL))
                nr++;
            for (;;) {
                struct machine_state *was = machine_save(&m);

                code = machine_call(&m, &steps[step].call, &err);
                if (!code) {
                    free(was);
                    break;
                }
                if (code != XENPT_ERANGE || !strstr(err.text, "no frame for a table"))
                    fail_msg("%s, %s: %s: %s", names[i], steps[step].claim, xenpt_code_name(code),
                             err.text);
                machine_check_unchanged(&m, was, steps[step].claim);
                assert_true(nr > 0);
                must(xenpt_alloc_give(m.alloc, kept[--nr], 0, &err), &err, "one frame more");
            }
            machine_fini(&m);
        }
}

/* A frame that the allocator knows, where the store has no RAM. */
static void test_frame_outside_memory(void **state)
{
    static const struct call call = { MAP, 0, PAGE - 1, 0, P | RW, 0 };
    struct xenpt_error err = { 0 };
    struct machine_state *was;
    struct machine m;

    (void)state;
    machine_init(&m, form_named("4-level"), 4);
    must(xenpt_alloc_add(m.alloc, xenpt_mfn(0x100), xenpt_mfn(0x100), &err), &err, "a frame");
    was = machine_save(&m);
    assert_int_equal(machine_call(&m, &call, &err), XENPT_ERANGE);
    assert_non_null(strstr(err.text, "0x100000"));
    machine_check_unchanged(&m, was, "a frame outside memory");
    assert_int_equal(xenpt_alloc_nr_free(m.alloc), 4);
    machine_fini(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_memory),
        cmocka_unit_test(test_no_frames),
        cmocka_unit_test(test_frame_outside_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
