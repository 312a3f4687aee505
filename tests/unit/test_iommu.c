/*
 * test_iommu.c - tables that an AMD IOMMU walks, and a device in quarantine; AMD I/O Virtualization
 * Technology Specification, "I/O Page Tables for Host Translations": PR is bit 0, the next level
 * bits 11:9, IR bit 61, IW bit 62; bits are written out here.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "xenpt/judge.h"
#include "xenpt/paging.h"
#include "xenpt/scenario.h"

static const struct xenpt_cpu cpu = { .vendor = XENPT_AMD, .maxphyaddr = 48, .nx = true };

/* --- The format ---------------------------------------------------------------------------- */

static void test_sound(void **state)
{
    (void)state;
    assert_null(xenpt_format_check(xenpt_format(XENPT_IOMMU3)));
    assert_null(xenpt_format_check(xenpt_format(XENPT_IOMMU4)));
}

/* Tables at 0x1000 to 0x4000; each of them has one entry, of an address whose slots are these. */
#define IN UINT64_C(0x8140a03123) /* L4 1, L3 5, L2 5, L1 3. */

/* Both ways of asking. */
static bool is_allowed(const struct xenpt_paging *pg, const struct xenpt_reader *mem, uint64_t in,
                       enum xenpt_access_kind kind)
{
    const struct xenpt_access access = { .kind = kind };
    struct xenpt_translation t;
    struct xenpt_verdict verdict;
    struct xenpt_walk walk;
    struct xenpt_ask ask;

    xenpt_walk(pg, mem, in, &walk);
    xenpt_judge(pg, &walk, &access, &verdict);
    xenpt_ask_init(&ask, pg, &access);
    assert_int_equal(xenpt_translate(pg, mem, &ask, in, &t), verdict.allowed);
    assert_int_equal(t.rule, verdict.rule);
    assert_int_equal(verdict.nr_updates, 0);
    return verdict.allowed;
}

struct tree_row {
    unsigned int mode;
    uint64_t entry[5]; /* By level. */
    enum xenpt_outcome outcome;
    uint64_t out;
    bool read, write;
};

static void tree_is(const struct tree_row *row)
{
    static const unsigned int slot[5] = { 0, 3, 5, 5, 1 };
    const struct xenpt_reader *mem;
    struct xenpt_store *store;
    struct xenpt_paging pg;
    struct xenpt_walk walk;
    uint64_t in = row->mode == 3 ? IN & 0x7fffffffff : IN;

    assert_int_equal(xenpt_store_create(&store, NULL), XENPT_OK);
    assert_int_equal(xenpt_store_add_ram(store, 0, 0xffff, NULL), XENPT_OK);
    mem = xenpt_store_reader(store);
    for (unsigned int l = 1; l <= row->mode; l++)
        assert_int_equal(xenpt_store_write64(store, 0x1000 * l + 8 * slot[l], row->entry[l], NULL),
                         XENPT_OK);
    assert_int_equal(xenpt_paging_init_iommu(&pg, &cpu, row->mode, 0x1000 * row->mode, NULL),
                     XENPT_OK);
    xenpt_walk(&pg, mem, in, &walk);
    assert_int_equal(walk.outcome, row->outcome);
    assert_int_equal(walk.out, row->out);
    assert_int_equal(is_allowed(&pg, mem, in, XENPT_READ), row->read);
    assert_int_equal(is_allowed(&pg, mem, in, XENPT_WRITE), row->write);
    assert_false(is_allowed(&pg, mem, in, XENPT_FETCH));
    xenpt_store_destroy(store);
}

static void test_walks(void **state)
{
#define RW UINT64_C(0x6000000000000000)
#define R_ UINT64_C(0x2000000000000000)
#define W_ UINT64_C(0x4000000000000000)
    static const struct tree_row rows[] = {
        { 4,
          { 0, RW | 0x9001, RW | 0x1201, RW | 0x2401, RW | 0x3601 },
          XENPT_MAPPED,
          0x9123,
          true,
          true },
        { 3, { 0, RW | 0x9001, RW | 0x1201, RW | 0x2401 }, XENPT_MAPPED, 0x9123, true, true },
        /* All levels have to grant a right. */
        { 3, { 0, R_ | 0x9001, RW | 0x1201, RW | 0x2401 }, XENPT_MAPPED, 0x9123, true, false },
        { 3, { 0, RW | 0x9001, W_ | 0x1201, RW | 0x2401 }, XENPT_MAPPED, 0x9123, false, true },
        { 3, { 0, RW | 0x9001, RW | 0x1201, R_ | 0x2401 }, XENPT_MAPPED, 0x9123, true, false },
        { 3, { 0, W_ | 0x9001, RW | 0x1201, R_ | 0x2401 }, XENPT_MAPPED, 0x9123, false, false },
        /* PR. */
        { 3, { 0, RW | 0x9000, RW | 0x1201, RW | 0x2401 }, XENPT_NOT_PRESENT, 0, false, false },
        { 3, { 0, RW | 0x9001, RW | 0x1200, RW | 0x2401 }, XENPT_NOT_PRESENT, 0, false, false },
        /* FC and U say nothing of where. */
        { 3,
          { 0, RW | 0x1800000000009001, RW | 0x1201, RW | 0x2401 },
          XENPT_MAPPED,
          0x9123,
          true,
          true },
        /* XSA-445: tables of 4 levels, walked with 3, whatever next level says. */
        { 3, { 0, RW | 0x9201, RW | 0x1401, RW | 0x2601 }, XENPT_MAPPED, 0x9123, true, true },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        tree_is(&rows[i]);
}

/* --- Random trees, and the same said a second time ------------------------------------------ */

#define PAGES 16u

static uint64_t memory[PAGES * 512];

static uint64_t dice(void)
{
    static uint64_t x = 88172645463325252u;

    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    return x;
}

static void grow(void)
{
    for (size_t i = 0; i < PAGES * 512; i++)
        memory[i] = dice() % 8 ? (dice() % (PAGES + 1) * 0x1000) | (dice() & 0x7800000000000e00) | 1
                               : dice() & ~UINT64_C(1);
}

/* What the specification says, plainly; false: it leads nowhere. */
static bool plain(unsigned int mode, uint64_t table, uint64_t in, uint64_t *out, bool *r, bool *w)
{
    *r = *w = true;
    for (unsigned int level = mode; level; level--) {
        uint64_t at = table / 8 + (in >> (12 + 9 * (level - 1)) & 511), entry;

        if (at >= PAGES * 512)
            return false;
        entry = memory[at];
        if (!(entry & 1))
            return false;
        *r = *r && entry >> 61 & 1;
        *w = *w && entry >> 62 & 1;
        table = entry & 0x000ffffffffff000;
    }
    *out = table + (in & 0xfff);
    return true;
}

static void test_random(void **state)
{
    const struct xenpt_reader mem = xenpt_reader_flat(memory, 0, sizeof(memory));
    unsigned int mapped = 0;

    (void)state;
    for (unsigned int i = 0; i < 4000; i++) {
        unsigned int mode = 3 + i % 2;
        uint64_t root = dice() % PAGES * 0x1000, in = dice() >> (64 - (mode == 3 ? 39 : 48));
        uint64_t out = 0;
        bool r, w, maps;
        struct xenpt_paging pg;
        struct xenpt_walk walk;

        if (i % 200 == 0)
            grow();
        assert_int_equal(xenpt_paging_init_iommu(&pg, &cpu, mode, root, NULL), XENPT_OK);
        maps = plain(mode, root, in, &out, &r, &w);
        assert_int_equal(xenpt_walk(&pg, &mem, in, &walk) == XENPT_MAPPED, maps);
        if (!maps)
            continue;
        mapped++;
        assert_int_equal(walk.out, out);
        assert_int_equal(is_allowed(&pg, &mem, in, XENPT_READ), r);
        assert_int_equal(is_allowed(&pg, &mem, in, XENPT_WRITE), w);
    }
    assert_true(mapped > 500);
}

static void test_width(void **state)
{
    struct xenpt_paging pg;
    struct xenpt_error err;

    (void)state;
    assert_int_equal(xenpt_paging_init_iommu(&pg, &cpu, 2, 0x1000, &err), XENPT_EUNSUPPORTED);
    assert_int_equal(xenpt_paging_init_iommu(&pg, &cpu, 5, 0x1000, &err), XENPT_EUNSUPPORTED);
    assert_int_equal(xenpt_paging_init_iommu(&pg, &cpu, 3, 0x1000, &err), XENPT_OK);
    assert_int_equal(pg.format.input_bits, 39);
}

static void test_flags(void **state)
{
    char words[XENPT_FLAGS_MAX];

    (void)state;
    assert_string_equal(xenpt_entry_words(xenpt_format(XENPT_IOMMU3), 2, RW | 0x1201, false, words),
                        "PR NEXT=1 IR IW");
    assert_string_equal(
        xenpt_entry_words(xenpt_format(XENPT_IOMMU3), 1, R_ | 0x1000000000009001, true, words),
        "PR NEXT=0 FC IR");
    assert_string_equal(xenpt_entry_words(xenpt_format(XENPT_VTD4), 2, 0x40000883, false, words),
                        "R W PS SNP");
    assert_string_equal(xenpt_entry_words(xenpt_format(XENPT_VTD4), 2, 0x1001, true, words), "R");
}

/* --- Quarantine ---------------------------------------------------------------------------- */

struct whole_row {
    const char *ram, *processor, *release, *rules, *expect;
    enum xenpt_run_verdict verdict;
};

static void whole_is(struct xenpt_runner *runner, const struct whole_row *row)
{
    struct xenpt_run *run = NULL;
    char text[1024];

    snprintf(text, sizeof(text),
             "host: { ram: %s, processor: %s, quarantine: yes }\nxen: { release: '%s' }\n"
             "domains: { d0: { type: pv64, memory: 16M, privileged: yes } }\nrules: %s\n"
             "expect: [ { %s } ]\n",
             row->ram, row->processor, row->release, row->rules, row->expect);
    assert_int_equal(xenpt_run_bytes(runner, "x.yaml", text, strlen(text), NULL, &run, NULL),
                     XENPT_OK);
    if (xenpt_run_result(run)->nr_mistakes || xenpt_run_result(run)->verdict != row->verdict)
        fail_msg("%s", text);
    xenpt_run_destroy(run);
}

#define READ_ONLY         "invariant: tables-read-only, in: quarantine"
#define ENTRY(level, raw) "entry: 0x12345000, in: quarantine, level: " level ", with: [" raw "]"

static void test_quarantine(void **state)
{
    static const struct whole_row rows[] = {
        { "4G", "rome", "4.18", "[]", READ_ONLY, XENPT_RUN_HELD },
        { "4G", "rome", "4.17", "[]", READ_ONLY, XENPT_RUN_FAILED },
        { "4G", "rome", "4.17", "xen-4.17.3", READ_ONLY, XENPT_RUN_HELD },
        { "4G", "rome", "4.18", "-quarantine-levels", READ_ONLY, XENPT_RUN_FAILED },
        /* 512 GiB are 39 bits; the hole below 4 GiB moves the last RAM behind them. */
        { "500G", "rome", "4.17", "[]", READ_ONLY, XENPT_RUN_FAILED },
        { "512G", "rome", "4.17", "[]", READ_ONLY, XENPT_RUN_HELD },
        { "4G", "rome", "4.18", "[]", "mapped: 0x7fffffffff, in: quarantine, rights: rw-",
          XENPT_RUN_HELD },
        { "4G", "rome", "4.18", "[]", ENTRY("3", "PR, IR, IW"), XENPT_RUN_HELD },
        { "4G", "rome", "4.18", "[]", "invariant: xen-slots, in: every context", XENPT_RUN_HELD },
        { "4G", "rome", "4.18", "[]", "unreachable: d0, from: every device context",
          XENPT_RUN_HELD },
        /* It is no processor's, so that `every context` is without it. */
        { "4G", "rome", "4.17", "[]", "invariant: tables-read-only, in: every guest context",
          XENPT_RUN_HELD },
        { "4G", "skylake-server", "4.18", "[]", READ_ONLY, XENPT_RUN_ERROR },
        { "4G", "rome", "4.16", "[]", READ_ONLY, XENPT_RUN_ERROR },
    };
    struct xenpt_runner *runner = NULL;

    (void)state;
    assert_int_equal(xenpt_runner_create(&runner, NULL), XENPT_OK);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        whole_is(runner, &rows[i]);
    xenpt_runner_destroy(runner);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sound),  cmocka_unit_test(test_walks),
        cmocka_unit_test(test_random), cmocka_unit_test(test_width),
        cmocka_unit_test(test_flags),  cmocka_unit_test(test_quarantine),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
