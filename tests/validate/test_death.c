/*
 * test_death.c - an access that no machine survives: which one it was is known, and those before
 * and after it have their results.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "validate/harness.h"
#include "validate/mmu.h"

#define TABLE(level) (PROBE_WINDOW + (level)*0x1000u)
#define DATA         (PROBE_WINDOW + 0x100000u)
#define VA           UINT64_C(0x0000123440000000)
#define UD2          0x0b0fu

enum { BEFORE = 700, AFTER = 5 };

/* Reads; in the one that is deadly the tables have no image: it cannot take the exception. */
static void add(struct blob *blob, unsigned int nr, bool deadly)
{
    static struct case_draft c;
    const struct blob_state state = {
        .cr0 = 0x80010031, .cr3 = TABLE(4), .cr4 = 0x20, .efer = 0xd00
    };
    const struct blob_access access = { .va = VA, .size = 4 };
    struct blob_word harness;

    case_begin(&c);
    for (unsigned int level = 4; level >= 1; level--) {
        uint64_t slot = VA >> (12 + 9 * (level - 1)) & 511;

        assert_true(
            case_word(&c, TABLE(level) + 8 * slot, (level > 1 ? TABLE(level - 1) : DATA) | 0x67));
    }
    assert_true(harness_native(MODE_4LEVEL, TABLE(4), &harness));
    assert_true(case_word(&c, harness.at, deadly ? 0 : harness.value));
    assert_true(case_word(&c, DATA, UD2));
    assert_true(case_state(&c, &state));
    for (unsigned int i = 0; i < nr && i < CASE_ACCESSES; i++)
        assert_true(case_access(&c, &access));
    assert_int_equal(blob_add(blob, &c, NULL), XENPT_OK);
}

static const struct mmu *find(const char *name)
{
    const struct mmu *mmu;

    for (unsigned int i = 0; (mmu = mmu_row(i)); i++)
        if (!strcmp(mmu->name, name))
            return mmu;
    fail_msg("there is no row %s", name);
    return NULL;
}

static void dies_and_goes_on(const char *name)
{
    static const struct mmu_options options;
    const struct mmu *mmu = find(name);
    struct mmu_session session;
    struct xenpt_error err = { 0 };
    struct results results;
    struct blob blob;

    if (mmu->open(mmu, &options, &session, &err) == XENPT_EUNSUPPORTED)
        skip();
    blob_init(&blob, 0);
    add(&blob, CASE_ACCESSES, false);
    add(&blob, BEFORE - CASE_ACCESSES, false);
    add(&blob, 1, true);
    add(&blob, AFTER, false);
    assert_int_equal(blob_finish(&blob, NULL), XENPT_OK);
    if (mmu->run(&session, &blob, &results, &err))
        fail_msg("%s", err.text);
    assert_int_equal(results.head.nr_results, BEFORE + 1 + AFTER);
    for (unsigned int i = 0; i < BEFORE + 1 + AFTER; i++) {
        const struct result *r = results_get(&results, i);

        assert_int_equal(r->outcome, i == BEFORE ? RESULT_DIED : RESULT_DONE);
        assert_int_equal(r->value, i == BEFORE ? 0 : UD2);
    }
    results_free(&results);
    blob_free(&blob);
    mmu->close(&session);
}

static void on_qemu(void **state)
{
    (void)state;
    dies_and_goes_on("qemu:max");
}

static void on_bochs(void **state)
{
    (void)state;
    dies_and_goes_on("bochs:skylake");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(on_qemu),
        cmocka_unit_test(on_bochs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
