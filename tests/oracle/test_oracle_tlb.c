/*
 * test_oracle_tlb.c - while memory stays as it is, caches change nothing but the references.
 *
 * Random trees, one stage or two, are asked about through the caches of some parts, and the
 * answer held to that of a walk and its verdict, which other tests hold to the oracle.
 * XENPT_ORACLE_CASES sets how many addresses each format, or pair of them, is asked about.
 */
#include "oracle/grow.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "xenpt/tlb.h"

#define USUAL_CASES    60000
#define USUAL_CASES_2D 6000

static const enum xenpt_tlb_part_id asked[] = { XENPT_TLB_NONE, XENPT_TLB_IDEAL, XENPT_TLB_SKYLAKE,
                                                XENPT_TLB_ZEN2 };

#define NR_ASKED (sizeof(asked) / sizeof(asked[0]))

/* Caches, and what was seen of them. */
struct seen {
    struct xenpt_tlb *tlb[NR_ASKED];
    unsigned long cases, allowed, faults, second, hits[NR_ASKED], saved[NR_ASKED];
};

static void seen_init(struct seen *s)
{
    *s = (struct seen){ 0 };
    for (size_t i = 0; i < NR_ASKED; i++)
        assert_int_equal(xenpt_tlb_create(xenpt_tlb_part(asked[i]), &s->tlb[i], NULL), XENPT_OK);
}

static void seen_fini(struct seen *s)
{
    for (size_t i = 0; i < NR_ASKED; i++)
        xenpt_tlb_destroy(s->tlb[i]);
}

static bool same_fault(const struct xenpt_fault *a, const struct xenpt_fault *b)
{
    return a->kind == b->kind && a->vector == b->vector && a->code == b->code &&
           a->address == b->address;
}

/* Whether two answers are one; what A and D say is not asked, as no memory is written. */
static bool same(const struct xenpt_tlb_answer *a, const struct xenpt_tlb_answer *b)
{
    return a->outcome == b->outcome && a->allowed == b->allowed && a->rule == b->rule &&
           a->second == b->second && same_fault(&a->fault, &b->fault) && a->out == b->out &&
           a->span == b->span && a->rights == b->rights && a->second_rights == b->second_rights &&
           a->pkey == b->pkey && a->pat == b->pat && a->ept_type == b->ept_type &&
           a->global == b->global;
}

/* References of a walk without caches. */
static unsigned int references(const struct xenpt_tlb_context *c, uint64_t in)
{
    struct xenpt_walk2 walk2;
    struct xenpt_walk walk;

    if (!c->second) {
        xenpt_walk(c->first, c->memory, in, &walk);
        return walk.references;
    }
    xenpt_walk2(c->first, c->second, c->memory, in, &walk2);
    return walk2.references;
}

static void differ(const struct trial *t, size_t part, uint64_t in,
                   const struct xenpt_tlb_result *r)
{
    char text[2048];

    trial_describe(t, in, text, sizeof(text));
    fail_msg("%s: unit %u, level %u: %s, rule %u, fault %u code 0x%llx at 0x%llx, out 0x%llx; "
             "memory: %s, rule %u, fault %u code 0x%llx at 0x%llx, out 0x%llx\n%s",
             xenpt_tlb_part(asked[part])->name, r->unit, r->level,
             xenpt_outcome_name(r->used.outcome), r->used.rule, r->used.fault.kind,
             (unsigned long long)r->used.fault.code, (unsigned long long)r->used.fault.address,
             (unsigned long long)r->used.out, xenpt_outcome_name(r->fresh.outcome), r->fresh.rule,
             r->fresh.fault.kind, (unsigned long long)r->fresh.fault.code,
             (unsigned long long)r->fresh.fault.address, (unsigned long long)r->fresh.out, text);
}

static void ask(struct seen *s, const struct trial *t, uint64_t in)
{
    struct xenpt_tlb_context c = {
        .first = &t->pg,
        .second = t->stage == TRIAL_BOTH ? &t->second_pg : NULL,
        .vpid = 1,
        .memory = &t->mem->flat,
    };

    s->cases++;
    for (size_t i = 0; i < NR_ASKED; i++) {
        struct xenpt_tlb_result r;
        unsigned int cold = references(&c, in);

        assert_int_equal(xenpt_tlb_access(s->tlb[i], &c, &t->access, in, true, &r, NULL), XENPT_OK);
        if (!same(&r.used, &r.fresh) || r.stale)
            differ(t, i, in, &r);
        if (r.used.allowed ? asked[i] == XENPT_TLB_NONE ? r.references != cold : r.references > cold
                           : r.references > cold)
            fail_msg("%u references, and %u without caches", r.references, cold);
        s->hits[i] += r.unit != XENPT_TLB_WALKED;
        s->saved[i] += r.references < cold;
        s->allowed += r.used.allowed;
        s->faults += !r.used.allowed && !r.used.second;
        s->second += r.used.second;
    }
}

static void run(struct bench *b, struct seen *s, enum second_kind kind, enum oracle_mode mode,
                bool both, unsigned long cases)
{
    struct trial *t = &b->trial;

    b->dice.state = kind * 10u + mode + 77000u;
    bench_trial(b, both ? TRIAL_BOTH : TRIAL_FIRST);
    for (cases += s->cases; s->cases < cases;) {
        if (both)
            grow_both_stages(b, kind, mode);
        else
            grow_first_stage(b, mode);
        bench_hold(b);
        for (unsigned int i = 0; i < 3; i++) {
            if (both)
                t->second = second_tree_random(&b->second, &b->dice, &t->cpu);
            t->regs = random_regs(&b->dice, mode, &t->cpu);
            t->regs.cr3 = b->tree.cr3;
            assert_true(trial_prepare(t));
            for (size_t k = 0; k < NR_ASKED; k++) {
                struct xenpt_tlb_context c = { .first = &t->pg };
                struct xenpt_tlb_event reset = { .id = XENPT_TLB_RESET };

                xenpt_tlb_apply(s->tlb[k], &c, &reset, NULL, NULL);
                assert_int_equal(xenpt_tlb_each(s->tlb[k], NULL, NULL), 0);
            }
            for (unsigned int j = 0; j < 60; j++) {
                uint64_t in[4];

                t->access = random_access(&b->dice, &t->regs);
                random_tree_addresses(&b->tree, &b->dice, 4, in);
                for (unsigned int k = 0; k < 4; k++)
                    ask(s, t, in[k]);
            }
        }
    }
}

static void assert_seen(const struct bench *b, const struct seen *s)
{
    bench_assert_seen(b, "an allowed access", s->allowed, 10);
    bench_assert_seen(b, "a fault", s->faults, 10);
    for (size_t i = 0; i < NR_ASKED; i++) {
        if (asked[i] == XENPT_TLB_NONE) {
            assert_int_equal(s->hits[i], 0);
            continue;
        }
        bench_assert_seen(b, "a hit", s->hits[i], 40);
        bench_assert_seen(b, "references saved", s->saved[i], 5);
    }
}

static void test_first(void **state)
{
    struct bench *b = *state;
    struct seen s;

    seen_init(&s);
    for (enum oracle_mode mode = ORACLE_NO_PAGING; mode <= ORACLE_5_LEVEL; mode++)
        run(b, &s, 0, mode, false, bench_cases(USUAL_CASES));
    b->report.cases = s.cases;
    assert_seen(b, &s);
    seen_fini(&s);
}

static void run_guests(struct bench *b, enum second_kind first, enum second_kind last)
{
    struct seen s;

    seen_init(&s);
    for (enum second_kind kind = first; kind <= last; kind++)
        for (enum oracle_mode mode = ORACLE_NO_PAGING; mode <= ORACLE_5_LEVEL; mode++)
            run(b, &s, kind, mode, true, bench_cases(USUAL_CASES_2D));
    b->report.cases = s.cases;
    assert_seen(b, &s);
    bench_assert_seen(b, "a refusal by the second stage", s.second, 10);
    seen_fini(&s);
}

static void test_guests_on_ept(void **state)
{
    run_guests(*state, SECOND_EPT4, SECOND_EPT5);
}

static void test_guests_on_npt(void **state)
{
    run_guests(*state, SECOND_NPT2, SECOND_NPT5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BENCH_TEST(test_first),
        BENCH_TEST(test_guests_on_ept),
        BENCH_TEST(test_guests_on_npt),
    };

    return cmocka_run_group_tests_name("oracle: caches", tests, NULL, NULL);
}
