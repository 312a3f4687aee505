/*
 * test_contents.c - what a machine's memory has where nothing is stored: the same by whatever door.
 *
 * The doors are those that a reader has: its function, whole pages, and the inline paths of walks
 * and scans.  What they find is held against the same memory behind a call for each read, which has
 * but one door; and what M2P and the lists of frames say, against each other and against the p2m.
 */
#include <stdio.h>
#include <stdlib.h>

#include "fail_alloc.h"
#include "machine_fixture.h"
#include "mem/source.h"
#include "xen/internal.h"
#include "xenpt/construction.h"
#include "xenpt/judge.h"
#include "xenpt/scan.h"

#define PAGE    XENPT_PAGE_SIZE
#define MACHINE HOST("cascade-lake") XEN("4.17", "") ALL_KINDS

/* --- One door ------------------------------------------------------------------------------ */

struct behind {
    struct xenpt_reader reader;
    const struct xenpt_reader *mem;
};

static bool read_behind(const struct xenpt_reader *self, uint64_t at, void *buf, size_t size)
{
    return xenpt_read(((const struct behind *)(const void *)self)->mem, at, buf, size);
}

static struct behind behind(const struct xenpt_reader *mem)
{
    return (struct behind){ { .read = read_behind, .held = XENPT_HELD_BEHIND_CALL }, mem };
}

/* --- Other doors --------------------------------------------------------------------------- */

/* The page at an address, byte by byte, as a reader's function has it. */
static void by_bytes(const struct xenpt_reader *mem, uint64_t at, uint8_t page[PAGE])
{
    for (uint64_t i = 0; i < PAGE; i++)
        assert_true(xenpt_read(mem, at + i, page + i, 1));
}

static bool sum_up(void *ctx, const struct xenpt_range *ranges, size_t n)
{
    uint64_t *sum = ctx;

    for (size_t i = 0; i < n; i++)
        *sum = *sum * 31 + (ranges[i].first ^ ranges[i].out ^ ranges[i].last ^ ranges[i].granted);
    return true;
}

static uint64_t scanned(const struct xenpt_paging *pg, const struct xenpt_reader *mem,
                        bool any_order)
{
    struct xenpt_scan_options opt = { .any_order = any_order };
    struct xenpt_scan_counts counts;
    struct xenpt_error err = { 0 };
    uint64_t sum = 0;

    assert_int_equal(xenpt_scan(pg, mem, &opt, sum_up, &sum, &counts, &err), XENPT_OK);
    return sum;
}

/* A page as if it were a root, by every way to go through tables. */
static void as_table(const struct world *w, uint64_t at, const uint64_t entry[PAGE / 8])
{
    const struct xenpt_reader *mem = w->view->mem;
    const struct xenpt_access access = { .kind = XENPT_READ };
    struct xenpt_paging pg = context(w, "idle")->paging;
    struct behind call = behind(mem);
    struct xenpt_translation t[64], u[64];
    uint64_t in[64];
    struct xenpt_walk walk;
    struct xenpt_ask ask;

    pg.root = at;
    xenpt_ask_init(&ask, &pg, &access);
    for (uint64_t i = 0; i < 64; i++) {
        in[i] = i * 8 << 39 | 0x123000;
        if (in[i] >> 47)
            in[i] |= UINT64_C(0xffff) << 48;
        xenpt_walk(&pg, mem, in[i], &walk);
        assert_true(walk.nr_steps > 0);
        assert_int_equal(walk.step[0].entry, entry[i * 8]);
    }
    xenpt_translate_many(&pg, mem, &ask, 64, in, t);
    for (size_t i = 0; i < 64; i++) {
        xenpt_translate(&pg, &call.reader, &ask, in[i], &u[i]);
        assert_int_equal(t[i].outcome, u[i].outcome);
        assert_int_equal(t[i].out, u[i].out);
    }
    assert_int_equal(scanned(&pg, mem, false), scanned(&pg, &call.reader, false));
    assert_int_equal(scanned(&pg, mem, true), scanned(&pg, &call.reader, true));
}

static void all_doors(const struct world *w, uint64_t at)
{
    const struct xenpt_reader *mem = w->view->mem;
    uint64_t entry[PAGE / 8], copy[PAGE / 8], across[2];
    const uint8_t *page = xenpt_read_page(mem, at, (uint8_t *)copy);

    assert_non_null(page);
    by_bytes(mem, at, (uint8_t *)entry);
    assert_memory_equal(page, entry, PAGE);
    assert_true(xenpt_read(mem, at, copy, PAGE));
    assert_memory_equal(copy, entry, PAGE);
    if (xenpt_read(mem, at - 8, across, 16))
        assert_int_equal(across[1], entry[0]);
    as_table(w, at, entry);
}

/* --- Large pieces -------------------------------------------------------------------------- */

static uint64_t word(const struct world *w, uint64_t at, size_t size)
{
    uint64_t value = 0;

    assert_true(xenpt_read(w->view->mem, at, &value, size));
    return value;
}

/* Which piece of M2P of 8-byte entries speaks for a frame: there is one. */
static uint64_t m2p(const struct world *w, uint64_t mfn)
{
    const struct xenpt_area *area = xenpt_layout_area(xenpt_machine_layout(w->machine), "ro-m2p");

    assert_non_null(area);
    return word_at(w, "idle", area->first + 8 * mfn, 8);
}

static void test_pieces(void **state)
{
    struct xenpt_ram_range piece;
    struct world w;
    size_t nr = 0;

    (void)state;
    build(&w, MACHINE);
    for (; xenpt_machine_computed(w.machine, nr, &piece); nr++) {
        uint64_t pages = (piece.last - piece.first + 1) / PAGE;

        for (uint64_t i = 0; i < pages; i += i < 4 || i + 70 > pages ? 1 : 61)
            all_doors(&w, piece.first + i * PAGE);
    }
    assert_true(nr > 5); /* M2P twice, and the lists of three domains. */
    end(&w);
}

/* Each frame that a list names is the guest's that M2P says it is. */
static void test_both_ways(void **state)
{
    struct xenpt_special_frames f;
    struct world w;
    uint64_t n = 0;

    (void)state;
    build(&w, MACHINE);
    for (uint32_t d = 0; d < 3; d++) {
        size_t size = d == 2 ? 4 : 8, first = 0;

        for (size_t i = 0; xenpt_machine_special(w.machine, d, i, &f); i++) {
            if (f.special != XENPT_SPECIAL_P2M_LIST)
                continue;
            for (uint64_t k = 0; k < f.nr * PAGE / size; k++, first++) {
                uint64_t mfn = word(&w, (f.mfn << XENPT_PAGE_SHIFT) + k * size, size);

                if (first < 64 * 256)
                    assert_int_equal(m2p(&w, mfn), first);
                else
                    assert_int_equal(mfn, 0);
                n++;
            }
        }
    }
    assert_true(n >= UINT64_C(3) * 64 * 256);
    /* Of an HVM guest, the p2m says it. */
    for (uint64_t gfn = 0x200; gfn < 0x210; gfn++) {
        uint64_t out;

        rights(&w, "d3.p2m", gfn << XENPT_PAGE_SHIFT, &out);
        assert_int_equal(m2p(&w, out >> XENPT_PAGE_SHIFT), gfn);
    }
    assert_int_equal(m2p(&w, xenpt_maddr_to_mfn(context(&w, "idle")->paging.root).v), UINT64_MAX);
    end(&w);
}

/* --- Pages of little content --------------------------------------------------------------- */

struct met {
    const struct world *w;
    uint64_t frame[512];
    size_t nr, special;
};

static bool meet(void *ctx, uint64_t first, const uint8_t *bytes, uint64_t size)
{
    struct met *met = ctx;
    uint8_t page[PAGE];

    assert_int_equal(size, PAGE);
    by_bytes(met->w->view->mem, first, page);
    assert_memory_equal(page, bytes, PAGE);
    for (size_t i = 0; i < met->nr; i++)
        met->special += met->frame[i] == first >> XENPT_PAGE_SHIFT;
    return true;
}

static void test_small(void **state)
{
    static const enum xenpt_special filled[] = {
        XENPT_SPECIAL_SHARED_INFO,
        XENPT_SPECIAL_START_INFO,
        XENPT_SPECIAL_IDENT_PT,
        XENPT_SPECIAL_HVM_INFO,
    };
    struct xenpt_special_frames f;
    struct met met = { .nr = 0 };
    struct xenpt_error err = { 0 };
    struct world w;

    (void)state;
    build(&w, MACHINE);
    met.w = &w;
    for (uint32_t d = 0; d < 5; d++)
        for (size_t i = 0; xenpt_machine_special(w.machine, d, i, &f); i++)
            for (size_t k = 0; k < sizeof(filled) / sizeof(filled[0]); k++) {
                uint64_t any = 0;

                if (f.special != filled[k] || (f.special == XENPT_SPECIAL_SHARED_INFO && d > 2))
                    continue;
                all_doors(&w, f.mfn << XENPT_PAGE_SHIFT);
                for (uint64_t at = 0; at < PAGE; at += 8)
                    any |= word(&w, (f.mfn << XENPT_PAGE_SHIFT) + at, 8);
                assert_true(any);
                met.frame[met.nr++] = f.mfn;
                /* 1024 pages of 4 MiB, one to one. */
                for (uint64_t n = 0; f.special == XENPT_SPECIAL_IDENT_PT && n < 1024; n++)
                    assert_int_equal(word(&w, (f.mfn << XENPT_PAGE_SHIFT) + 4 * n, 4),
                                     n << 22 | 0xe7);
            }
    /* Two or three of each domain, and they count as memory with content. */
    assert_int_equal(met.nr, 2 + 2 + 2 + 2 + 3);
    assert_int_equal(xenpt_each_stretch(w.view->mem, meet, &met, &err), XENPT_OK);
    assert_int_equal(met.special, met.nr);
    end(&w);
}

/* --- Written to ---------------------------------------------------------------------------- */

/* The rest of the page stays what it was; and all of it is, once that is undone. */
static void written(struct world *w, uint64_t at)
{
    struct xenpt_machine_snapshot *snap;
    struct xenpt_error err = { 0 };
    uint64_t before[PAGE / 8], after[PAGE / 8];

    by_bytes(w->view->mem, at, (uint8_t *)before);
    assert_int_equal(xenpt_machine_snapshot_take(w->machine, &snap, &err), XENPT_OK);
    assert_int_equal(xenpt_store_write64(w->machine->store, at + 0x540, 0x1234567, &err), XENPT_OK);
    all_doors(w, at);
    by_bytes(w->view->mem, at, (uint8_t *)after);
    assert_int_equal(after[0x540 / 8], 0x1234567);
    after[0x540 / 8] = before[0x540 / 8];
    assert_memory_equal(after, before, PAGE);
    assert_int_equal(xenpt_machine_snapshot_restore(snap, &err), XENPT_OK);
    all_doors(w, at);
    by_bytes(w->view->mem, at, (uint8_t *)after);
    assert_memory_equal(after, before, PAGE);
    xenpt_machine_snapshot_drop(snap);
}

static void test_written(void **state)
{
    struct xenpt_special_frames f;
    struct xenpt_ram_range piece;
    struct world w;

    (void)state;
    build(&w, MACHINE);
    for (size_t i = 0; xenpt_machine_computed(w.machine, i, &piece); i++)
        written(&w, piece.first);
    for (size_t i = 0; xenpt_machine_special(w.machine, 1, i, &f); i++)
        if (f.nr == 1)
            written(&w, f.mfn << XENPT_PAGE_SHIFT);
    end(&w);
}

/* --- Come and gone ------------------------------------------------------------------------- */

/* All that is in special frames of a domain, as one number. */
static uint64_t all_of(const struct world *w, uint32_t domain)
{
    struct xenpt_special_frames f;
    uint64_t sum = 0;

    for (size_t i = 0; xenpt_machine_special(w->machine, domain, i, &f); i++)
        for (uint64_t at = 0; at < f.nr * PAGE; at += 8)
            sum = sum * 31 + word(w, (f.mfn << XENPT_PAGE_SHIFT) + at, 8);
    return sum;
}

/* What a domain had is not there any more; what others have, is; and back. */
static void test_gone(void **state)
{
    struct xenpt_special_frames gone[64], f;
    struct xenpt_machine_snapshot *snap;
    struct xenpt_error err = { 0 };
    uint8_t before[PAGE], after[PAGE];
    struct xenpt_ram_range piece;
    struct world w;
    size_t nr = 0, pieces = 0, left = 0;
    uint64_t others[5];

    (void)state;
    build(&w, MACHINE);
    while (xenpt_machine_computed(w.machine, pieces, &piece))
        pieces++;
    while (nr < 64 && xenpt_machine_special(w.machine, 1, nr, &gone[nr]))
        nr++;
    assert_in_range(nr, 5, 63);
    for (uint32_t d = 0; d < 5; d++)
        others[d] = all_of(&w, d);
    for (size_t i = 0; i < nr; i++)
        if (gone[i].special == XENPT_SPECIAL_START_INFO)
            by_bytes(w.view->mem, gone[i].mfn << XENPT_PAGE_SHIFT, before);
    assert_int_equal(xenpt_machine_snapshot_take(w.machine, &snap, &err), XENPT_OK);
    fail_alloc_after(0);
    assert_int_equal(xenpt_machine_domain_destroy(w.machine, 1, &err), XENPT_ENOMEM);
    assert_int_equal(fail_alloc_stop(), 1);
    assert_true(xenpt_machine_special(w.machine, 1, 0, &f));
    assert_int_equal(xenpt_machine_domain_destroy(w.machine, 1, &err), XENPT_OK);
    assert_int_equal(xenpt_machine_view(w.machine, &w.view, &err), XENPT_OK);
    while (xenpt_machine_computed(w.machine, left, &piece))
        left++;
    assert_true(left < pieces);
    for (size_t i = 0; i < nr; i++)
        for (uint64_t at = 0; gone[i].has_gfn && at < PAGE; at += 8)
            assert_int_equal(word(&w, (gone[i].mfn << XENPT_PAGE_SHIFT) + at, 8), 0);
    for (uint32_t d = 0; d < 5; d++)
        assert_true(d == 1 || all_of(&w, d) == others[d]);
    assert_int_equal(xenpt_machine_snapshot_restore(snap, &err), XENPT_OK);
    assert_int_equal(xenpt_machine_view(w.machine, &w.view, &err), XENPT_OK);
    for (uint32_t d = 0; d < 5; d++)
        assert_true(all_of(&w, d) == others[d]);
    for (size_t i = 0; i < nr; i++) {
        all_doors(&w, gone[i].mfn << XENPT_PAGE_SHIFT);
        if (gone[i].special != XENPT_SPECIAL_START_INFO)
            continue;
        by_bytes(w.view->mem, gone[i].mfn << XENPT_PAGE_SHIFT, after);
        assert_memory_equal(before, after, PAGE);
    }
    end(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pieces), cmocka_unit_test(test_both_ways),
        cmocka_unit_test(test_small),  cmocka_unit_test(test_written),
        cmocka_unit_test(test_gone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
