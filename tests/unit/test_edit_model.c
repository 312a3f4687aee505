/*
 * test_edit_model.c - random edits, held against a map that knows pages only.
 *
 * The map says of each page where it leads and with which flags; it knows no tables, no larger
 * pages, no splitting.  After every edit a scan of the whole tree must say the same of every
 * page there is, walks the same of some, and the pool must lack the tree's tables and no more.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/bits.h"
#include "tree_machine.h"
#include "xenpt/scan.h"

/* The pages that edits play on: on both sides of a place where entries of many levels meet. */
#define NR_PAGES 12288

struct page {
    uint64_t out, flags;
    bool mapped;
};

struct play {
    struct machine m;
    struct dice d;
    unsigned int unit; /* Level of the pages that the map knows: 1, or 2 for a play in GiBs. */
    uint64_t size;     /* Of those pages... */
    uint64_t first;    /* ...and the address of the first one. */
    struct page page[NR_PAGES];
    unsigned int larger; /* Larger pages seen. */
};

/* --- Random stretches ---------------------------------------------------------------------- */

/* A stretch of pages: short ones, long ones, and such as end where larger pages do. */
static void pick_stretch(struct play *p, unsigned int *from, unsigned int *to)
{
    unsigned int large = p->m.form->entry_size == 4 ? 1024 : 512;
    unsigned int nr;

    switch (dice_pick(&p->d, 4)) {
    case 0:
        nr = 1 + dice_pick(&p->d, 8);
        break;
    case 1:
        nr = large * (1 + dice_pick(&p->d, 6));
        break;
    default:
        nr = 1 + dice_pick(&p->d, 4 * large);
    }
    *from = dice_pick(&p->d, NR_PAGES);
    if (dice_chance(&p->d, 50))
        *from -= *from % large;
    *to = *from + nr - 1 < NR_PAGES ? *from + nr - 1 : NR_PAGES - 1;
}

static uint64_t address(const struct play *p, unsigned int page)
{
    return p->first + page * p->size;
}

/* Anywhere; as often as not so that larger pages fit. */
static uint64_t pick_out(struct play *p, unsigned int from)
{
    uint64_t out = dice_pick(&p->d, 128) * 256 * p->size;

    if (dice_chance(&p->d, 50))
        return (out & ~(1024 * p->size - 1)) + (address(p, from) & (1024 * p->size - 1));
    return out + dice_pick(&p->d, 256) * p->size;
}

/* The largest page to be used. */
static unsigned int pick_level(struct play *p)
{
    return dice_chance(&p->d, 40) ? 0 : p->unit + dice_pick(&p->d, 4 - p->unit);
}

/* --- Edits of both ------------------------------------------------------------------------- */

static void play_map(struct play *p)
{
    uint64_t flags = form_random_flags(p->m.form, &p->d), out;
    unsigned int from, to;

    pick_stretch(p, &from, &to);
    out = pick_out(p, from);
    machine_do(&p->m, (struct call){ MAP, address(p, from), address(p, to) + p->size - 1, out,
                                     flags, pick_level(p) });
    for (unsigned int i = from; i <= to; i++)
        p->page[i] = (struct page){ out + (i - from) * p->size, flags, true };
}

static void play_unmap(struct play *p)
{
    unsigned int from, to;

    pick_stretch(p, &from, &to);
    machine_do(&p->m,
               (struct call){ UNMAP, address(p, from), address(p, to) + p->size - 1, 0, 0, 0 });
    for (unsigned int i = from; i <= to; i++)
        p->page[i] = (struct page){ 0 };
}

static void play_change(struct play *p)
{
    uint64_t may = form_free_flags(p->m.form), set = dice_word(&p->d) & may;
    uint64_t clear = dice_word(&p->d) & may & ~set;
    unsigned int from, to;

    pick_stretch(p, &from, &to);
    machine_do(&p->m, (struct call){ CHANGE, address(p, from), address(p, to) + p->size - 1, set,
                                     clear, 0 });
    for (unsigned int i = from; i <= to; i++)
        if (p->page[i].mapped)
            p->page[i].flags = (p->page[i].flags | set) & ~clear;
}

/* No page is to become another, which is all that the map can say of it. */
static void play_split(struct play *p)
{
    unsigned int i = dice_pick(&p->d, NR_PAGES), level = pick_level(p);
    uint64_t in = address(p, i) + dice_pick(&p->d, 4096);
    struct xenpt_walk w;

    if (!form_has_pages(p->m.form, level))
        level = p->unit;
    machine_do(&p->m, (struct call){ SPLIT, in, 0, 0, 0, level });
    if (xenpt_walk(&p->m.paging, xenpt_store_reader(p->m.store), in, &w) == XENPT_MAPPED)
        assert_true(w.step[w.nr_steps - 1].level <= level);
}

/* --- Comparing ----------------------------------------------------------------------------- */

struct seen {
    struct play *p;
    uint64_t pages;
};

static bool compare(void *ctx, const struct xenpt_range ranges[], size_t n)
{
    struct seen *s = ctx;
    struct play *p = s->p;

    for (size_t i = 0; i < n; i++) {
        const struct xenpt_range *r = &ranges[i];
        uint64_t flags = form_leaf_flags(p->m.form, r->level, r->entry);

        assert_int_equal(r->kind, XENPT_RANGE_PAGES);
        assert_int_equal(r->last - r->first + 1, UINT64_C(1) << form_shift(p->m.form, r->level));
        assert_int_equal(r->out, form_frame(p->m.form, r->level, r->entry));
        p->larger += r->level > p->unit;
        for (uint64_t in = r->first; in - r->first < r->last - r->first; in += p->size) {
            uint64_t nr = (in - p->first) / p->size;

            if (nr >= NR_PAGES || !p->page[nr].mapped)
                fail_msg("%s: 0x%llx is mapped", p->m.form->name, (unsigned long long)in);
            if (p->page[nr].out != r->out + (in - r->first) || p->page[nr].flags != flags)
                fail_msg("%s: 0x%llx leads to 0x%llx with 0x%llx, not to 0x%llx with 0x%llx",
                         p->m.form->name, (unsigned long long)in,
                         (unsigned long long)(r->out + (in - r->first)), (unsigned long long)flags,
                         (unsigned long long)p->page[nr].out,
                         (unsigned long long)p->page[nr].flags);
            s->pages++;
        }
    }
    return true;
}

static void check_by_walks(struct play *p)
{
    for (unsigned int i = 0; i < 8; i++) {
        unsigned int nr = dice_pick(&p->d, NR_PAGES), offset = dice_pick(&p->d, 4096);
        const struct page *page = &p->page[nr];
        struct xenpt_walk w;

        xenpt_walk(&p->m.paging, xenpt_store_reader(p->m.store), address(p, nr) + offset, &w);
        assert_int_equal(w.outcome, page->mapped ? XENPT_MAPPED : XENPT_NOT_PRESENT);
        assert_int_equal(w.out, page->mapped ? page->out + offset : 0);
    }
}

static void check_all(struct play *p)
{
    struct seen s = { .p = p };
    struct xenpt_scan_counts counts;
    struct xenpt_error err = { 0 };
    uint64_t mapped = 0;

    must(xenpt_scan(&p->m.paging, xenpt_store_reader(p->m.store), NULL, compare, &s, &counts, &err),
         &err, "a scan");
    for (unsigned int i = 0; i < NR_PAGES; i++)
        mapped += p->page[i].mapped;
    if (s.pages != mapped)
        fail_msg("%s: %llu pages are mapped, not %llu", p->m.form->name,
                 (unsigned long long)s.pages, (unsigned long long)mapped);
    assert_int_equal(counts.malformed + counts.shared + counts.linear, 0);
    assert_int_equal(machine_nr_taken(&p->m), counts.tables);
    machine_check(&p->m, "a random edit");
    check_by_walks(p);
}

/* --- Playing ------------------------------------------------------------------------------- */

/* `middle`: where entries of the upper levels meet, and half of the pages lie on each side. */
static void play(const struct form *form, unsigned int unit, uint64_t middle, uint64_t seed)
{
    static struct play p;

    p = (struct play){ .d = { seed }, .unit = unit };
    p.size = UINT64_C(1) << form_shift(form, unit);
    p.first = middle - NR_PAGES / 2 * p.size;
    machine_init(&p.m, form, 64);
    for (unsigned int i = 0; i < 150; i++) {
        unsigned int what = dice_pick(&p.d, 100);

        if (what < 45)
            play_map(&p);
        else if (what < 65)
            play_unmap(&p);
        else if (what < 85)
            play_change(&p);
        else
            play_split(&p);
        check_all(&p);
    }
    if (form_has_pages(form, unit + 1))
        assert_true(p.larger > 50);
    machine_do(&p.m, (struct call){ DESTROY, 0, 0, 0, 0, 0 });
    assert_int_equal(machine_nr_taken(&p.m), 0);
    machine_fini(&p.m);
}

static void test_random_edits(void **state)
{
    (void)state;
    for (size_t i = 0; i < nr_forms; i++) {
        const struct form *form = &forms[i];
        unsigned int bits = form->levels < 4 ? 32 : form->levels == 4 ? 48 : 57;
        uint64_t half = UINT64_C(1) << (bits - 1);
        /* The last pages of all, which end with 2^64 or the width of the format. */
        uint64_t end = form_is_canonical(form) ? 0 : 2 * half;

        play(form, 1, GIB(1), 1 + i);
        play(form, 1, end - NR_PAGES / 2 * PAGE, 100 + i);
        if (form->levels > 3)
            play(form, 1, form_is_canonical(form) ? GIB(512) - half : half, 200 + i);
        if (form_has_pages(form, 3) && form_has_pages(form, 2)) {
            play(form, 2, GIB(512), 300 + i);
            play(form, 2, end - NR_PAGES / 2 * MIB(2), 400 + i);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_edits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
