/* test_pv_flushes.c - flushes that Xen's rules do, and which are done no more without the rule. */
#include "pv_tree.h"

#include "xen/internal.h"

static bool flushed(enum xenpt_pv_flush_kind kind, uint32_t cpu, const char *rule)
{
    for (size_t i = 0; i < p.nr_flushes; i++)
        if (p.flush[i].kind == kind && p.flush[i].cpu == cpu && p.flush[i].rule &&
            !strcmp(p.flush[i].rule->name, rule))
            return true;
    return false;
}

static void test_linear_flush(void **state)
{
    (void)state;
    for (int on = 1; on >= 0; on--) {
        begin("linear-flush");
        xenpt_pv_rules_switch(&p.rules, "linear-flush", on);
        must(mmu(&p, 1, at(l2, 5), 0, SELF));
        /* d1's vCPUs are on CPUs 1 and 3. */
        assert_int_equal(flushed(XENPT_PV_FLUSH_TLB, 1, "linear-flush"), on);
        assert_int_equal(flushed(XENPT_PV_FLUSH_TLB, 3, "linear-flush"), on);
        assert_false(flushed(XENPT_PV_FLUSH_TLB, 0, "linear-flush"));
        must(mmu(&p, 1, at(l1, 5), 0, SELF));
        assert_int_equal(p.nr_flushes, 0);
        pv_finish(&p);
    }
}

/* The L4 that both vCPUs run on: its new entry is in the roots of both CPUs. */
static void test_root_flush(void **state)
{
    (void)state;
    for (int on = 1; on >= 0; on--) {
        const struct xenpt_machine *m;
        uint64_t root;

        begin("root-flush");
        m = p.w.machine;
        root = m->domains[1].vcpus[0].kernel_l4 >> 12;
        xenpt_pv_rules_switch(&p.rules, "root-flush", on);
        assert_true(m->domains[1].xpti);
        must(mmu(&p, 1, at(root, 7), l3 << 12 | TABLE, SELF));
        assert_int_equal(flushed(XENPT_PV_FLUSH_ROOT, 1, "root-flush"), on);
        assert_int_equal(mem(&p, m->cpus[1].root + 8 * 7) >> 12 == l3, on);
        /* Nobody else is on it: pin, this vCPU. */
        assert_false(flushed(XENPT_PV_FLUSH_ROOT, 3, "root-flush"));
        pv_finish(&p);
    }
}

/* A frame that was written to becomes a table. */
static void test_type_flush(void **state)
{
    (void)state;
    for (int on = 1; on >= 0; on--) {
        uint64_t frame;

        begin("type-flush");
        xenpt_pv_rules_switch(&p.rules, "type-flush", on);
        frame = fresh(&p, 1);
        must(mmu(&p, 1, at(l1, 1), frame << 12 | PAGE, SELF));
        must(mmu(&p, 1, at(l1, 1), 0, SELF));
        must(ext(&p, 1, XENPT_PV_PIN_L1, frame, 0, SELF));
        assert_int_equal(flushed(XENPT_PV_FLUSH_TLB, 1, "type-flush"), on);
        assert_int_equal(flushed(XENPT_PV_FLUSH_TLB, 3, "type-flush"), on);
        /* And again, but everything was flushed since. */
        must(ext(&p, 1, XENPT_PV_UNPIN, frame, 0, SELF));
        must(ext(&p, 1, XENPT_PV_TLB_ALL, 0, 0, SELF));
        must(mmu(&p, 1, at(l1, 1), frame << 12 | PAGE, SELF));
        assert_int_equal(p.nr_flushes, 0);
        pv_finish(&p);
    }
}

/* Write-combining is d0's only: PAT entry 4. */
static void test_non_coherent(void **state)
{
    (void)state;
    for (int on = 1; on >= 0; on--) {
        uint64_t table, frame;

        begin("non-coherent");
        xenpt_pv_rules_switch(&p.rules, "non-coherent", on);
        table = fresh(&p, 0);
        frame = fresh(&p, 0);
        must(ext(&p, 0, XENPT_PV_PIN_L1, table, 0, SELF));
        must(mmu(&p, 0, at(table, 0), frame << 12 | PAGE | 0x80, SELF));
        assert_true(frame_is(&p, frame).non_coherent);
        must(mmu(&p, 0, at(table, 0), 0, SELF));
        must(ext(&p, 0, XENPT_PV_PIN_L1, frame, 0, SELF));
        assert_int_equal(flushed(XENPT_PV_FLUSH_PAGE, 0, "non-coherent"), on);
        assert_int_equal(frame_is(&p, frame).non_coherent, !on);
        pv_finish(&p);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_linear_flush),
        cmocka_unit_test(test_root_flush),
        cmocka_unit_test(test_type_flush),
        cmocka_unit_test(test_non_coherent),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
