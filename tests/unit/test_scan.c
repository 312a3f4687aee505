/*
 * test_scan.c - a scan says of every address what a walk says of it, in every format.
 *
 * The expected ranges are made from walks, page by page: the walker is held to the manuals by
 * the oracle.  L1 tables have what scans are quick about: pages in a row, of one kind and of
 * several, holes, and entries that are almost as they should be.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "arch/scan_bits.h"
#include "base/bits.h"
#include "fail_alloc.h"
#include "forms.h"
#include "xenpt/scan.h"

#define MEMORY    MIB(1) /* Where the tables lie. */
#define NR_L1     5
#define NR_FRAMES (8 + NR_L1)
#define TABLE(n)  (MEMORY + (n)*PAGE)
#define MAX       16384 /* Ranges there may be. */

struct list {
    size_t n;
    struct xenpt_range range[MAX];
};

struct play {
    const struct form *form;
    struct xenpt_paging pg;
    struct xenpt_reader mem;
    struct dice d;
    uint64_t first, last; /* What the lowest tables map. */
    uint64_t next;        /* An entry that continues the last L1 table, or 0. */
    struct list single, expected, got;
    uint8_t bytes[NR_FRAMES * PAGE];
};

static void put(struct play *p, uint64_t table, unsigned int slot, uint64_t e)
{
    memcpy(p->bytes + (table - MEMORY) + (size_t)slot * p->form->entry_size, &e,
           p->form->entry_size);
}

/* --- Trees --------------------------------------------------------------------------------- */

/* An address that entries of this form can hold; at times the last there is. */
static uint64_t any_frame(struct play *p)
{
    unsigned int bits = p->form->entry_size == 4 ? 32 : p->form->maxphyaddr;
    uint64_t end = XENPT_BIT(bits);

    if (dice_chance(&p->d, 10))
        return end - PAGE * (1 + dice_pick(&p->d, 8));
    return dice_word(&p->d) % end / PAGE * PAGE;
}

/* Stretches of entries: the next frame each, the same frame, or none; of one kind, mostly.  The
 * first continues the table before, at times. */
static void grow_l1(struct play *p, uint64_t table, unsigned int n)
{
    unsigned int i = 0;

    while (i < n) {
        unsigned int what = dice_pick(&p->d, 4);
        unsigned int end = i + 1 + dice_pick(&p->d, dice_chance(&p->d, 50) ? 4 : 200);
        uint64_t flags = form_random_flags(p->form, &p->d), frame = any_frame(p);

        if (i == 0 && p->next && dice_chance(&p->d, 70)) {
            what = 2;
            frame = p->next & XENPT_BITS(51, 12);
            flags = p->next & ~frame;
        }
        p->next = 0;
        for (; i < n && i < end; i++, frame += what == 1 ? 0 : PAGE) {
            uint64_t e = flags | (frame & XENPT_BITS(51, 12));

            if (what == 0 && !dice_chance(&p->d, 3))
                continue;
            if (dice_chance(&p->d, 1)) /* Legal or not. */
                e ^= XENPT_BIT(dice_pick(&p->d, p->form->entry_size * 8));
            if (dice_chance(&p->d, 2))
                flags = form_random_flags(p->form, &p->d);
            put(p, table, i, e);
            p->next = what == 2 ? e + PAGE : 0;
        }
    }
}

/* A chain of tables down to one L2, and under it all kinds of entries. */
static void grow(struct play *p)
{
    const struct xenpt_format *f = &p->pg.format;
    uint64_t flags = form_table_flags(p->form), table = TABLE(0), l1 = TABLE(7);
    unsigned int from = 2 + dice_pick(&p->d, 2);

    p->first = 0;
    for (unsigned int level = f->top; level > 2; level--, table += PAGE) {
        unsigned int slot = level == f->top && !form_is_canonical(p->form) ? 1 : 3;
        bool bare = p->form->id == XENPT_PAE && level == 3;

        put(p, table, slot, (table + PAGE) | (bare ? P : flags));
        p->first |= (uint64_t)slot << f->level[level].shift;
    }
    p->first |= (uint64_t)from << f->level[2].shift;
    p->last = p->first + ((UINT64_C(10) << f->level[2].shift) - 1);
    for (unsigned int i = 0; i < NR_L1; i++) {
        put(p, table, from + i, (l1 + i * PAGE) | flags);
        grow_l1(p, l1 + i * PAGE, 1u << f->level[1].bits);
    }
    put(p, table, from + 6, l1 | flags);    /* Once more. */
    put(p, table, from + 7, table | flags); /* The L2 as an L1. */
    if (form_has_pages(p->form, 2))
        for (unsigned int i = 8; i < 10; i++)
            put(p, table, from + i,
                PS | (uint64_t)i << f->level[2].shift | (form_random_flags(p->form, &p->d) & ~PS));
}

/* --- What to expect ------------------------------------------------------------------------ */

static void add(struct list *l, struct xenpt_range r)
{
    assert_true(l->n < MAX);
    l->range[l->n++] = r;
}

/* The bits that rights are made of. */
static uint64_t rights_bits(const struct play *p)
{
    uint64_t bits = 0;

    for (unsigned int r = 0; r < XENPT_NR_RIGHTS; r++)
        bits |= p->pg.format.right[r];
    return bits;
}

/* Every entry by itself, as the walker finds it. */
static void walk_all(struct play *p)
{
    static const uint8_t kind[XENPT_NR_OUTCOMES] = {
        [XENPT_MAPPED] = XENPT_RANGE_PAGES,
        [XENPT_NOT_PRESENT] = XENPT_RANGE_HOLE,
        [XENPT_RESERVED] = XENPT_RANGE_MALFORMED,
        [XENPT_NO_MEMORY] = XENPT_RANGE_NO_MEMORY,
    };
    uint64_t rights = rights_bits(p);
    struct xenpt_walk w;

    p->single.n = 0;
    for (uint64_t in = p->first; in <= p->last; in += w.span) {
        const struct xenpt_step *last;

        xenpt_walk(&p->pg, &p->mem, in, &w);
        last = &w.step[w.nr_steps - 1];
        add(&p->single, (struct xenpt_range){ .first = in,
                                              .last = in + w.span - 1,
                                              .out = w.out,
                                              .entry = last->entry,
                                              .granted = w.granted & rights,
                                              .level = last->level,
                                              .kind = kind[w.outcome] });
    }
}

static bool joins(const struct xenpt_scan_options *o, const struct xenpt_range *a,
                  const struct xenpt_range *b)
{
    if (a->kind != b->kind)
        return false;
    if (a->kind == XENPT_RANGE_HOLE)
        return true;
    return o->merge && a->kind == XENPT_RANGE_PAGES && a->level == b->level &&
           a->granted == b->granted && !((a->entry ^ b->entry) & o->same) &&
           a->out + (b->first - a->first) == b->out;
}

/* The same as these options make ranges of it. */
static void expect(struct play *p, const struct xenpt_scan_options *o)
{
    struct list *l = &p->expected;

    l->n = 0;
    for (size_t i = 0; i < p->single.n; i++) {
        struct xenpt_range r = p->single.range[i];

        if (r.last < o->first || r.first > o->last || (r.kind == XENPT_RANGE_HOLE && !o->holes))
            continue;
        if (r.first < o->first) {
            if (r.kind == XENPT_RANGE_PAGES)
                r.out += o->first - r.first;
            r.first = o->first;
        }
        r.last = r.last < o->last ? r.last : o->last;
        if (l->n && l->range[l->n - 1].last + 1 == r.first && joins(o, &l->range[l->n - 1], &r))
            l->range[l->n - 1].last = r.last;
        else
            add(l, r);
    }
}

/* --- What a scan says ---------------------------------------------------------------------- */

static bool take(void *ctx, const struct xenpt_range range[], size_t n)
{
    struct play *p = ctx;

    for (size_t i = 0; i < n; i++) {
        struct xenpt_range r = range[i];

        if (r.last < p->first || r.first > p->last)
            continue; /* Nothing is there but a hole. */
        r.first = max_u64(r.first, p->first);
        r.last = min_u64(r.last, p->last);
        r.granted &= rights_bits(p);
        add(&p->got, r);
    }
    return true;
}

static int by_address(const void *a, const void *b)
{
    const struct xenpt_range *x = a, *y = b;

    return (x->first > y->first) - (x->first < y->first);
}

/* Ranges that only the order of tables kept apart, put together again. */
static void put_in_order(struct list *l, const struct xenpt_scan_options *o)
{
    size_t n = 0;

    qsort(l->range, l->n, sizeof(l->range[0]), by_address);
    for (size_t i = 0; i < l->n; i++) {
        struct xenpt_range *before = n ? &l->range[n - 1] : NULL;

        if (before && before->last + 1 == l->range[i].first && joins(o, before, &l->range[i]))
            before->last = l->range[i].last;
        else
            l->range[n++] = l->range[i];
    }
    l->n = n;
}

/* Scans a part, or all that there is though these options are for the part that is mapped. */
static void check(struct play *p, const struct xenpt_scan_options *o, bool all)
{
    struct xenpt_scan_options asked = *o;
    struct xenpt_scan_counts counts;
    uint64_t leaves = 0, malformed = 0;

    p->got.n = 0;
    if (all)
        asked.first = asked.last = 0;
    assert_int_equal(xenpt_scan(&p->pg, &p->mem, &asked, take, p, &counts, NULL), XENPT_OK);
    if (o->any_order)
        put_in_order(&p->got, o);
    expect(p, o);
    for (size_t i = 0; i < p->expected.n && i < p->got.n; i++) {
        const struct xenpt_range *want = &p->expected.range[i], *got = &p->got.range[i];
        bool leads = want->kind == XENPT_RANGE_PAGES;

        assert_int_equal(got->first, want->first);
        assert_int_equal(got->last, want->last);
        assert_int_equal(got->kind, want->kind);
        if (want->kind == XENPT_RANGE_HOLE)
            continue;
        assert_int_equal(got->level, want->level);
        assert_int_equal(got->entry, want->entry);
        assert_int_equal(got->out, leads ? want->out : 0);
        assert_int_equal(leads ? got->granted : 0, leads ? want->granted : 0);
    }
    assert_int_equal(p->got.n, p->expected.n);
    if (o->first != p->first || o->last != p->last)
        return;
    for (size_t i = 0; i < p->single.n; i++) {
        leaves += p->single.range[i].kind == XENPT_RANGE_PAGES;
        malformed += p->single.range[i].kind == XENPT_RANGE_MALFORMED;
    }
    assert_int_equal(counts.leaves, leaves);
    assert_int_equal(counts.malformed, malformed);
}

static void check_all(struct play *p)
{
    for (unsigned int bits = 0; bits < 16; bits++) {
        struct xenpt_scan_options o = {
            .first = p->first,
            .last = p->last,
            .merge = bits & 1,
            .holes = bits & 2,
            .any_order = bits & 4,
            .same = bits & 8 ? dice_word(&p->d) & dice_word(&p->d) & ~XENPT_BITS(51, 12) : 0,
            .unfold = true,
        };

        if (o.any_order && o.holes)
            continue; /* Holes of several levels would have to be put together. */
        check(p, &o, false);
        check(p, &o, true);
        o.first += dice_word(&p->d) % (p->last - p->first);
        o.last = o.first + dice_word(&p->d) % (p->last - o.first + 1);
        check(p, &o, false);
    }
}

static void test_scan_is_walks(void **state)
{
    struct play *p = malloc(sizeof(*p));

    (void)state;
    assert_non_null(p);
    for (size_t i = 0; i < nr_forms; i++) {
        if (!forms[i].levels)
            continue;
        for (unsigned int round = 0; round < 6; round++) {
            size_t size = sizeof(p->bytes) - (round % 3 == 2 ? 4 * 123 * 8 : 0);

            memset(p, 0, sizeof(*p));
            p->d.state = i << 8 | round;
            p->form = &forms[i];
            p->pg = form_paging(&forms[i], TABLE(0));
            grow(p);
            p->mem = xenpt_reader_flat(p->bytes, MEMORY, size);
            walk_all(p);
            check_all(p);
        }
    }
    free(p);
}

/* Without memory to sort tables by, a scan in any order is one in some order. */
static void test_no_memory(void **state)
{
    struct play *p = calloc(1, sizeof(*p));
    struct xenpt_scan_options o = { .unfold = true, .any_order = true };
    enum xenpt_code code = XENPT_OK;
    unsigned int in_order = 0;

    (void)state;
    assert_non_null(p);
    p->form = form_named("4-level");
    p->pg = form_paging(p->form, TABLE(0));
    grow(p);
    p->mem = xenpt_reader_flat(p->bytes, MEMORY, sizeof(p->bytes));
    walk_all(p);
    o.first = p->first;
    o.last = p->last;
    expect(p, &o);
    for (unsigned long n = 0;; n++) {
        p->got.n = 0;
        fail_alloc_once_after(n);
        code = xenpt_scan(&p->pg, &p->mem, &o, take, p, NULL, NULL);
        if (!fail_alloc_stop())
            break;
        assert_true(code == XENPT_ENOMEM || p->got.n == p->expected.n);
        in_order += code == XENPT_OK;
    }
    assert_int_equal(code, XENPT_OK);
    assert_int_equal(in_order, 1);
    free(p);
}

/* --- The bits ------------------------------------------------------------------------------ */

/* Both ways say of each entry what the words of scan_bits.h say. */
static void check_bits(scan_classify_fn *classify, const uint64_t *entry, unsigned int n,
                       const struct scan_masks *masks)
{
    struct scan_bits bits;

    classify(&bits, entry, n, masks, NULL);
    for (unsigned int i = 0; i < n; i++) {
        bool present = entry[i] & masks->present;
        bool continues = i && present && entry[i - 1] & masks->present &&
                         (entry[i] & masks->run) == ((entry[i - 1] + PAGE) & masks->run);

        assert_int_equal(bits.present[i / 64] >> i % 64 & 1, present);
        assert_int_equal(bits.continues[i / 64] >> i % 64 & 1, continues);
    }
}

static void test_bits(void **state)
{
    static uint64_t entry[ENTRIES_MAX];
    struct dice d = { 7 };

    (void)state;
    for (unsigned int round = 0; round < 2000; round++) {
        struct scan_masks masks = { dice_chance(&d, 50) ? P : ERWX, XENPT_BITS(51, 12) | P };
        unsigned int n = 64u << dice_pick(&d, 5), holes = dice_pick(&d, 120);
        uint64_t e = 0;

        masks.run |= dice_word(&d);
        for (unsigned int i = 0; i < n; i++) {
            e = dice_chance(&d, 90) ? e + PAGE : dice_word(&d);
            entry[i] = dice_chance(&d, holes) ? e & ~ERWX : e;
            if (dice_chance(&d, 2))
                e |= XENPT_BITS(51, 12);
        }
        check_bits(scan_classify_plain, entry, n, &masks);
        if (__builtin_cpu_supports("avx2"))
            check_bits(scan_classify_avx2, entry, n, &masks);
    }
}

/* Both ways find the entries that have an address within reach, and say if there is none. */
static void check_match(scan_match_fn *match, const uint64_t *entry, unsigned int n,
                        const struct scan_reach *reach)
{
    uint64_t found[ENTRIES_MAX / 64];
    bool any = match(found, entry, n, reach, NULL), expected = false;

    for (unsigned int i = 0; i < n; i++) {
        uint64_t at = entry[i] & reach->address;
        bool is = at >= reach->from && at - reach->from <= reach->reach;

        expected |= is;
        if (any)
            assert_int_equal(found[i / 64] >> i % 64 & 1, is);
    }
    assert_int_equal(any, expected);
}

static void test_match(void **state)
{
    static uint64_t entry[ENTRIES_MAX];
    struct dice d = { 11 };
    unsigned int none = 0;

    (void)state;
    for (unsigned int round = 0; round < 3000; round++) {
        uint64_t few = dice_chance(&d, 50) ? XENPT_BITS(15, 12) | P : ~UINT64_C(0);
        struct scan_reach reach = { XENPT_BITS(51, 12) | (dice_chance(&d, 50) ? P : 0), 0, 0 };
        unsigned int n = 64u << dice_pick(&d, 5);

        for (unsigned int i = 0; i < n; i++)
            entry[i] = dice_word(&d) & few;
        reach.from = dice_word(&d) & few & reach.address;
        reach.reach = dice_chance(&d, 50) ? 0 : dice_word(&d) >> dice_pick(&d, 64) >> 12;
        check_match(scan_match_plain, entry, n, &reach);
        if (__builtin_cpu_supports("avx2"))
            check_match(scan_match_avx2, entry, n, &reach);
        none += !scan_match_plain((uint64_t[ENTRIES_MAX / 64]){ 0 }, entry, n, &reach, NULL);
    }
    assert_in_range(none, 300, 2700);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_scan_is_walks),
        cmocka_unit_test(test_no_memory),
        cmocka_unit_test(test_bits),
        cmocka_unit_test(test_match),
    };

    return cmocka_run_group_tests_name("scan", tests, NULL, NULL);
}
