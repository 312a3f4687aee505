/*
 * test_oracle_numbers.c - how many entries a walk reads: figures that others have published.
 *
 * For g entries of the guest and h of the second stage a two-dimensional walk reads
 * (g + 1)(h + 1) - 1 entries: 24 for 4 and 4 (Bhargava et al., ASPLOS 2008), 35 for 5 and 5.
 * Each row builds real little tables; a reader that counts shows that references are reads.
 */
#include "oracle/site.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define NATIVE SECOND_KINDS

static const struct row {
    const char *claim;
    struct plan plan;
    unsigned int references;
} rows[] = {
    { "4 levels of 4K pages on the machine", { ORACLE_4_LEVEL, 1, NATIVE, 0 }, 4 },
    { "5 levels of 4K pages on the machine", { ORACLE_5_LEVEL, 1, NATIVE, 0 }, 5 },
    { "a 2M page of 4 levels on the machine", { ORACLE_4_LEVEL, 2, NATIVE, 0 }, 3 },
    { "a 1G page of 4 levels on the machine", { ORACLE_4_LEVEL, 3, NATIVE, 0 }, 2 },
    { "32-bit paging on the machine", { ORACLE_32_BIT, 1, NATIVE, 0 }, 2 },
    { "PAE on the machine: the PDPTE is in a register", { ORACLE_PAE, 1, NATIVE, 0 }, 2 },
    { "4 x 4", { ORACLE_4_LEVEL, 1, SECOND_EPT4, 1 }, 24 },
    { "4 x 4, nested paging", { ORACLE_4_LEVEL, 1, SECOND_NPT4, 1 }, 24 },
    { "5 x 4", { ORACLE_5_LEVEL, 1, SECOND_EPT4, 1 }, 29 },
    { "4 x 5", { ORACLE_4_LEVEL, 1, SECOND_EPT5, 1 }, 29 },
    { "4 x 5, nested paging", { ORACLE_4_LEVEL, 1, SECOND_NPT5, 1 }, 29 },
    { "5 x 5", { ORACLE_5_LEVEL, 1, SECOND_EPT5, 1 }, 35 },
    { "4 x 4, the guest's page of 2M", { ORACLE_4_LEVEL, 2, SECOND_EPT4, 1 }, 19 },
    { "4 x 4, the host's pages of 2M", { ORACLE_4_LEVEL, 1, SECOND_EPT4, 2 }, 19 },
    { "4 x 4, both of 2M", { ORACLE_4_LEVEL, 2, SECOND_EPT4, 2 }, 15 },
    { "4 x 4, both of 1G", { ORACLE_4_LEVEL, 3, SECOND_EPT4, 3 }, 8 },
    { "PAE on EPT: PDPTEs in registers", { ORACLE_PAE, 1, SECOND_EPT4, 1 }, 14 },
    { "32-bit paging on EPT", { ORACLE_32_BIT, 1, SECOND_EPT4, 1 }, 14 },
    { "32-bit paging with a 4M page on EPT", { ORACLE_32_BIT, 2, SECOND_EPT4, 1 }, 9 },
    { "no paging on EPT", { ORACLE_NO_PAGING, 1, SECOND_EPT4, 1 }, 4 },
    { "no paging on 5-level EPT", { ORACLE_NO_PAGING, 1, SECOND_EPT5, 1 }, 5 },
    /* Derived: AMD's nested paging reads the PDPTE at each walk (APM vol. 2, 15.25.10). */
    { "PAE on nested paging: the PDPTE is read", { ORACLE_PAE, 1, SECOND_NPT4, 1 }, 19 },
    { "4 levels on a host with PAE", { ORACLE_4_LEVEL, 1, SECOND_NPT_PAE, 1 }, 19 },
    { "4 levels on a host with 32-bit paging", { ORACLE_4_LEVEL, 1, SECOND_NPT2, 1 }, 14 },
};

/* Memory that counts how often it is read; first, so that it can be cast back. */
struct counting {
    struct xenpt_reader reader;
    const struct xenpt_reader *of;
    unsigned int *reads;
};

static bool count_read(const struct xenpt_reader *self, uint64_t at, void *buf, size_t size)
{
    const struct counting *c = (const struct counting *)(const void *)self;

    ++*c->reads;
    return c->of->read(c->of, at, buf, size);
}

static void count_row(const struct row *row)
{
    struct site *s = calloc(1, sizeof(*s));
    unsigned int reads = 0;
    struct counting memory = { { .read = count_read }, NULL, &reads };
    struct xenpt_walk2 *two = calloc(1, sizeof(*two));
    struct xenpt_walk walk;

    assert_non_null(s);
    assert_non_null(two);
    site_build(s, &row->plan);
    memory.of = &s->mem.behind_call;
    if (row->plan.second == NATIVE) {
        assert_int_equal(xenpt_walk(&s->guest, &memory.reader, s->in, &walk), XENPT_MAPPED);
        assert_int_equal(walk.references, row->references);
    } else {
        assert_int_equal(xenpt_walk2(&s->guest, &s->host, &memory.reader, s->in, two),
                         XENPT_MAPPED);
        assert_int_equal(two->out, tiny_frame(&s->mem, SITE_FRAME));
        assert_int_equal(two->references, row->references);
    }
    /* What the load of CR3 has read is read by our walk, but not counted. */
    if (row->plan.guest != ORACLE_PAE)
        assert_int_equal(reads, row->references);
    free(two);
    free(s);
}

static void test_references(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        print_message("%s: %u\n", rows[i].claim, rows[i].references);
        count_row(&rows[i]);
    }
}

/* MOV to CR3 with PAE under EPT: the second stage's 4 and the read of the 32 bytes. */
static void test_pdpte_load(void **state)
{
    static const struct row row = { "", { ORACLE_PAE, 1, SECOND_EPT4, 1 }, 14 };
    struct site *s = calloc(1, sizeof(*s));
    struct xenpt_walk2 *two = calloc(1, sizeof(*two));

    (void)state;
    assert_non_null(s);
    assert_non_null(two);
    site_build(s, &row.plan);
    assert_int_equal(xenpt_walk2(&s->guest, &s->host, &s->mem.flat, s->in, two), XENPT_MAPPED);
    assert_int_equal(two->second[0].references + 1, 5);
    assert_int_equal(two->guest.references, 2);
    assert_int_equal(two->guest.nr_steps, 3);
    assert_int_equal(two->nr_second, 4);
    free(two);
    free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_references),
        cmocka_unit_test(test_pdpte_load),
    };

    return cmocka_run_group_tests_name("published numbers", tests, NULL, NULL);
}
