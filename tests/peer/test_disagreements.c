/* test_disagreements.c - where other walkers differ from the hardware, xenpt does not. */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "disagreements.h"

static void check(const struct disagreement *row, const struct xenpt_paging *pg,
                  const struct xenpt_walk *walk, struct xenpt_access access, uint64_t want)
{
    struct xenpt_verdict v;

    xenpt_judge(pg, walk, &access, &v);
    if (v.allowed != (want == ALLOWED))
        fail_msg("%s: access %d is %s", row->claim, access.kind, v.allowed ? "allowed" : "refused");
    if (want == ALLOWED) {
        assert_int_equal(v.fault.kind, XENPT_FAULT_NONE);
        return;
    }
    if (v.fault.kind != row->fault || v.fault.code != want)
        fail_msg("%s: access %d gives %s with code 0x%" PRIx64 ", not %s with 0x%" PRIx64,
                 row->claim, access.kind, xenpt_fault_name(v.fault.kind), v.fault.code,
                 xenpt_fault_name(row->fault), want);
    if (row->fault == XENPT_FAULT_PF)
        assert_int_equal(v.fault.address, row->in); /* CR2 */
    assert_int_equal(v.nr_updates, 0);
}

static void test_disagreements(void **state)
{
    static uint64_t memory[DISAGREEMENT_BYTES / 8];
    struct xenpt_reader mem = xenpt_reader_flat(memory, 0, sizeof(memory));

    (void)state;
    for (size_t i = 0; i < NR_DISAGREEMENTS; i++) {
        const struct disagreement *row = &disagreements[i];
        struct xenpt_paging pg = disagreement_paging(row);
        struct xenpt_access access = { .cpl = 3 };
        struct xenpt_walk walk;

        disagreement_build(row, memory);
        if (xenpt_walk(&pg, &mem, row->in, &walk) != row->outcome)
            fail_msg("%s: %s, not %s", row->claim, xenpt_outcome_name(walk.outcome),
                     xenpt_outcome_name(row->outcome));
        if (walk.outcome == XENPT_MAPPED)
            assert_int_equal(walk.out, UINT64_C(0x1234567000));
        access.kind = XENPT_READ;
        check(row, &pg, &walk, access, row->user_read);
        access.kind = XENPT_WRITE;
        check(row, &pg, &walk, access, row->user_write);
        access.kind = XENPT_FETCH;
        check(row, &pg, &walk, access, row->user_fetch);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_disagreements) };

    return cmocka_run_group_tests_name("disagreements", tests, NULL, NULL);
}
