/* test_model.c - states that share what is made of them, and differ in their roots. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "validate/answer.h"

#define PAGE   UINT64_C(4096)
#define TABLES UINT64_C(0x02000000)
#define DATA   UINT64_C(0x02800000)
#define ROOTS  3
#define VA     UINT64_C(0x1000)

#define LONG_CR0 (XENPT_CR0_PE | XENPT_CR0_PG)
#define LONG     (XENPT_EFER_LME | XENPT_EFER_LMA)

static uint64_t frame(unsigned int tree, unsigned int level)
{
    return TABLES + (tree * 8 + level) * PAGE;
}

/* Trees of four levels that lead VA each to a page of its own. */
static void plant_trees(struct case_draft *c)
{
    for (unsigned int t = 0; t < ROOTS; t++) {
        for (unsigned int level = 4; level > 1; level--)
            assert_true(case_word(c, frame(t, level), frame(t, level - 1) | 0x67));
        assert_true(case_word(c, frame(t, 1) + 8, (DATA + t * PAGE) | 0x67));
        assert_true(case_word(c, DATA + t * PAGE, 0x1111111111111111 * (t + 1)));
    }
}

static struct xenpt_cpu processor(void)
{
    struct xenpt_cpu cpu = xenpt_cpu_widest(XENPT_AMD);

    cpu.maxphyaddr = 40;
    return cpu;
}

/* Reads @va in each state, and again in the opposite order: the frames it has to come from. */
static void reads_at(uint64_t va, const struct blob_state *states, unsigned int nr,
                     const uint64_t *from)
{
    struct case_draft *c = malloc(sizeof(*c));
    const struct xenpt_cpu cpu = processor();
    struct case_view view;
    struct model *m;
    struct blob blob;
    size_t at = 0;

    assert_non_null(c);
    case_begin(c);
    plant_trees(c);
    for (unsigned int i = 0; i < nr; i++)
        assert_true(case_state(c, &states[i]));
    for (unsigned int i = 0; i < 2 * nr; i++) {
        struct blob_access a = { .va = va, .kind = ACCESS_READ, .size = 8 };

        a.state = (uint16_t)(i < nr ? i : 2 * nr - 1 - i);
        assert_true(case_access(c, &a));
    }
    blob_init(&blob, 0);
    assert_int_equal(blob_add(&blob, c, NULL), XENPT_OK);
    assert_int_equal(blob_finish(&blob, NULL), XENPT_OK);
    assert_true(blob_next(&blob, &at, &view));
    assert_int_equal(model_create(&cpu, &m, NULL), XENPT_OK);
    model_plant(m, &view);
    for (unsigned int i = 0; i < 2 * nr; i++) {
        uint64_t frame_of = from[view.accesses[i].state];
        struct answer answer;
        struct brief brief;

        model_answer(m, i, &answer);
        assert_int_equal(answer.result.outcome, RESULT_DONE);
        assert_int_equal(answer.result.value, 0x1111111111111111 * ((frame_of - DATA) / PAGE + 1));
        model_brief(m, i, &brief);
        assert_int_equal(brief.outcome, RESULT_DONE);
        assert_int_equal(brief.target, frame_of);
    }
    model_destroy(m);
    blob_free(&blob);
    free(c);
}

/* All of them as one case, and each as a case of its own. */
static void reads(const struct blob_state *states, unsigned int nr, const uint64_t *from)
{
    reads_at(VA, states, nr, from);
    for (unsigned int i = 0; i < nr; i++)
        reads_at(VA, &states[i], 1, &from[i]);
}

/* Besides the root they differ in what makes none: CR4.PGE, CR4.PCIDE. */
static void each_state_has_its_own_root(void **state)
{
    struct blob_state s[2 * ROOTS];
    uint64_t from[2 * ROOTS];

    (void)state;
    for (unsigned int i = 0; i < 2 * ROOTS; i++) {
        s[i] = (struct blob_state){
            .cr0 = LONG_CR0, .cr3 = frame(i % ROOTS, 4), .cr4 = XENPT_CR4_PAE, .efer = LONG
        };
        s[i].cr4 |= i & 1 ? XENPT_CR4_PCIDE : 0;
        s[i].cr4 |= i & 2 ? XENPT_CR4_PGE : 0;
        from[i] = DATA + i % ROOTS * PAGE;
    }
    reads(s, 2 * ROOTS, from);
}

/* The low bits of CR3 are a PCID or attributes, and no part of the root. */
static void a_pcid_is_no_root(void **state)
{
    struct blob_state s[4];
    uint64_t from[4];

    (void)state;
    for (unsigned int i = 0; i < 4; i++) {
        s[i] = (struct blob_state){ .cr0 = LONG_CR0,
                                    .cr3 = frame(i / 2, 4) | (i & 1 ? 0x18 : 0),
                                    .cr4 = XENPT_CR4_PAE | XENPT_CR4_PCIDE,
                                    .efer = LONG };
        from[i] = DATA + i / 2 * PAGE;
    }
    reads(s, 4, from);
}

/* A guest without paging under nested paging, whose registers are all 0: only nCR3 tells. */
static void each_guest_has_its_own_root(void **state)
{
    struct blob_state s[ROOTS];
    uint64_t from[ROOTS];

    (void)state;
    for (unsigned int i = 0; i < ROOTS; i++) {
        s[i] = (struct blob_state){ .second = frame(i, 4), .stage = STAGE_NPT };
        from[i] = DATA + i * PAGE;
    }
    reads(s, ROOTS, from);
}

/* Without paging CR3 may be anything; all else is 0. */
static void without_paging_there_is_no_root(void **state)
{
    const struct blob_state s[] = { { .cr3 = TABLES }, { .cr3 = 0 }, { .cr3 = TABLES + PAGE } };
    const uint64_t from[] = { DATA, DATA, DATA };

    (void)state;
    reads_at(DATA, s, 3, from);
    reads_at(DATA, s, 1, from);
    reads_at(DATA, &s[1], 1, from);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_state_has_its_own_root),
        cmocka_unit_test(a_pcid_is_no_root),
        cmocka_unit_test(each_guest_has_its_own_root),
        cmocka_unit_test(without_paging_there_is_no_root),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
