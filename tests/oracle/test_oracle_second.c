/*
 * test_oracle_second.c - every bit of every entry of a second stage.
 *
 * The trees map all there is to map and grant all there is to grant; one bit is flipped, and
 * engine and oracle have to agree on what becomes of every kind of access.
 */
#include "oracle/bench.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* What varies for a second stage by itself. */
struct setting {
    enum second_kind kind;
    unsigned int leaf, width;
    bool mbec, exec_only, ad, sss; /* EPT only; the latter two are EPTP's. */
    bool nxe, wp, pse, pse36;      /* NPT only: the host's. */
    bool large;                    /* 1G and 2M pages exist. */
    bool flags;                    /* A and D are set beforehand. */
};

#define GPA UINT64_C(0x80c05abc) /* Slots 2, 6, 5 of the lower levels; 32 bits. */

static bool is_ept(enum second_kind kind)
{
    return kind <= SECOND_EPT5;
}

/* 32-bit paging has its PSE, the host's other modes ignore it; EPT knows no host registers. */
static bool worth_it(const struct setting *s)
{
    if (is_ept(s->kind))
        return !s->nxe && !s->wp && !s->pse && !s->pse36;
    if (s->mbec || s->exec_only || s->ad || s->sss)
        return false;
    if (s->kind != SECOND_NPT2 && (s->pse || s->pse36))
        return false;
    return s->large || s->kind >= SECOND_NPT4;
}

static struct oracle_second second_of(const struct bench *b, const struct setting *s)
{
    struct xenpt_cpu cpu = xenpt_cpu_widest(is_ept(s->kind) ? XENPT_INTEL : XENPT_AMD);
    struct oracle_second o;

    cpu.maxphyaddr = (uint8_t)s->width;
    cpu.gb_pages = cpu.ept_gb_pages = cpu.ept_2m_pages = s->large;
    cpu.pse36 = s->pse36;
    cpu.ept_mbec = s->mbec;
    cpu.ept_exec_only = s->exec_only;
    cpu.ept_advanced_info = s->mbec;
    o = second_tree_plain(&b->second, &cpu);
    if (o.ept) {
        o.pointer |= (s->ad ? 1 << 6 : 0) | (s->sss ? 1 << 7 : 0);
        return o;
    }
    o.host.cr4 = (o.host.cr4 & ~UINT64_C(0x10)) | (s->pse ? 1 << 4 : 0);
    o.host.cr0 = (o.host.cr0 & ~UINT64_C(0x10000)) | (s->wp ? 1 << 16 : 0);
    o.host.efer = (o.host.efer & ~UINT64_C(0x800)) | (s->nxe ? 1 << 11 : 0);
    return o;
}

/* All accesses to the page: by kind and, if not @briefly, mode and whether to a shadow stack. */
static void access_all(struct bench *b, uint64_t in, bool briefly)
{
    for (unsigned int n = 0; n < 3 * 4; n += briefly ? 4 : 1) {
        struct xenpt_access a = { .kind = (enum xenpt_access_kind)(n / 4) };

        a.cpl = bit(n, 0) ? 3 : 0;
        a.shadow_stack = bit(n, 1);
        if ((a.shadow_stack && a.kind == XENPT_FETCH) || !bench_turn(b))
            continue; /* A fetch is not to a shadow stack. */
        b->trial.access = a;
        trial_check(&b->report, &b->trial, 1, &in);
    }
}

static void run_setting(struct bench *b, const struct setting *s)
{
    /* The page is aligned to any size; below 2^32 for the narrow formats. */
    uint64_t page = UINT64_C(0x40000000);
    unsigned int size;

    tiny_memory_init(&b->mem, 0x100000, 8 * 4096);
    second_tree_init(&b->second, s->kind, &b->mem, 0, 8);
    second_tree_map(&b->second, GPA, page, s->leaf);
    size = second_tree_entry_size(&b->second);
    bench_trial(b, TRIAL_SECOND);
    b->trial.second = second_of(b, s);
    assert_true(trial_prepare(&b->trial));
    for (unsigned int n = 0; n < b->second.nr_entries; n++) {
        uint64_t e = second_tree_get(&b->second, n);
        bool pdpte = s->kind == SECOND_NPT_PAE && b->second.entry[n].level == 3;

        if (s->flags && !pdpte)
            second_tree_set(&b->second, n, e | (is_ept(s->kind) ? 3 << 8 : 3 << 5));
    }
    access_all(b, GPA, false);
    for (unsigned int n = 0; n < b->second.nr_entries; n++) {
        uint64_t e = second_tree_get(&b->second, n);

        for (unsigned int i = 0; i < size * 8; i++) {
            second_tree_set(&b->second, n, e ^ UINT64_C(1) << i);
            /* A bit of an address does not look at modes. */
            access_all(b, GPA, i >= 12 && i < 60);
        }
        for (unsigned int i = 0; i < 64 && is_ept(s->kind) && s->width == 46; i++) {
            /* Every combination of rights and memory type. */
            second_tree_set(&b->second, n, (e & ~UINT64_C(0x3f)) | i);
            access_all(b, GPA, false);
        }
        second_tree_set(&b->second, n, e);
    }
}

static void run_kind(struct bench *b, enum second_kind kind)
{
    static const unsigned int width[] = { 36, 39, 40, 46, 52 };
    unsigned int largest = kind == SECOND_NPT2 || kind == SECOND_NPT_PAE ? 2 : 3;

    for (unsigned int n = 0; n < 5 * 1024; n++) {
        unsigned int f = n % 1024;
        struct setting s = { .kind = kind, .width = width[n / 1024] };

        s.mbec = bit(f, 0);
        s.exec_only = bit(f, 1);
        s.ad = bit(f, 2);
        s.sss = bit(f, 3);
        s.nxe = bit(f, 4);
        s.wp = bit(f, 5);
        s.pse = bit(f, 6);
        s.pse36 = bit(f, 7);
        s.large = bit(f, 8);
        s.flags = bit(f, 9);
        for (s.leaf = 1; s.leaf <= largest; s.leaf++)
            /* Widths differ in what is reserved; settings in what is allowed. */
            if (worth_it(&s) && (s.width == 46 || (!s.sss && !s.wp && !s.flags)))
                run_setting(b, &s);
    }
}

/* --- The tests ------------------------------------------------------------------------------- */

static void every_ept(struct bench *b)
{
    run_kind(b, SECOND_EPT4);
    run_kind(b, SECOND_EPT5);
}

static void every_npt(struct bench *b)
{
    for (enum second_kind kind = SECOND_NPT2; kind <= SECOND_NPT5; kind++)
        run_kind(b, kind);
}

static void test_ept(void **state)
{
    static const enum xenpt_rule_id rules[] = { XENPT_RULE_NOT_PRESENT,   XENPT_RULE_READ,
                                                XENPT_RULE_WRITE,         XENPT_RULE_EXECUTE,
                                                XENPT_RULE_EPT_MISCONFIG, XENPT_RULE_SHADOW_STACK };
    struct bench *b = *state;

    bench_enumerate(b, every_ept, "EPT");
    BENCH_ASSERT_RULES(b, rules, 500);
}

static void test_npt(void **state)
{
    static const enum xenpt_rule_id rules[] = { XENPT_RULE_NOT_PRESENT, XENPT_RULE_WRITE,
                                                XENPT_RULE_EXECUTE, XENPT_RULE_NPT_USER,
                                                XENPT_RULE_RESERVED };
    struct bench *b = *state;

    bench_enumerate(b, every_npt, "NPT");
    BENCH_ASSERT_RULES(b, rules, 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BENCH_TEST(test_ept),
        BENCH_TEST(test_npt),
    };

    return cmocka_run_group_tests_name("oracle: every bit of second stages", tests, NULL, NULL);
}
