/*
 * test_store_model.c - the store and its snapshots against a naive model of them: whole
 * copies of everything, over frames that are unkind to an index, with memory running out.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/bits.h"
#include "fail_alloc.h"
#include "mem/store.h"

#define PAGE          XENPT_PAGE_SIZE
#define FRAMES        160
#define SNAPSHOTS_MAX 5

/* What memory contains at one moment. */
struct moment {
    bool is_ram[FRAMES], has_content[FRAMES];
    uint8_t page[FRAMES][PAGE]; /* Zeros where there is no content. */
};

struct model {
    uint64_t frame[FRAMES]; /* The only ones that may be RAM, in ascending order. */
    struct moment now, then[SNAPSHOTS_MAX];
    struct xenpt_store *store;
    struct xenpt_snapshot *snap[SNAPSHOTS_MAX]; /* The oldest first. */
    size_t nr_snaps;
    uint64_t seed;
    unsigned long refused; /* How often memory ran out. */
};

static uint64_t dice(struct model *m, uint64_t sides)
{
    m->seed ^= m->seed << 13;
    m->seed ^= m->seed >> 7;
    m->seed ^= m->seed << 17;
    return m->seed % sides;
}

/* --- Comparing ----------------------------------------------------------------------------- */

static void compare_moment(const struct model *m, const struct moment *moment,
                           const struct xenpt_reader *mem)
{
    static uint8_t copy[PAGE];

    for (size_t i = 0; i < FRAMES; i++) {
        uint64_t at = m->frame[i] << XENPT_PAGE_SHIFT;
        const uint8_t *page = xenpt_read_page(mem, at, copy);

        assert_int_equal(page != NULL, moment->is_ram[i]);
        assert_int_equal(xenpt_read(mem, at, copy, PAGE), moment->is_ram[i]);
        if (!page)
            continue;
        assert_int_equal(memcmp(page, moment->page[i], PAGE), 0);
        assert_int_equal(memcmp(copy, moment->page[i], PAGE), 0);
    }
}

struct seen {
    const struct model *m;
    size_t i;
};

static bool see(void *ctx, xenpt_mfn_t mfn, const void *page)
{
    struct seen *seen = ctx;
    const struct moment *now = &seen->m->now;

    while (seen->i < FRAMES && !now->has_content[seen->i])
        seen->i++;
    assert_true(seen->i < FRAMES);
    assert_int_equal(mfn.v, seen->m->frame[seen->i]);
    assert_int_equal(memcmp(page, now->page[seen->i], PAGE), 0);
    seen->i++;
    return true;
}

static void compare(const struct model *m)
{
    struct seen seen = { m, 0 };
    uint64_t frames = 0;

    for (size_t i = 0; i < FRAMES; i++)
        frames += m->now.has_content[i];
    assert_int_equal(xenpt_store_stats(m->store).frames, frames);
    assert_int_equal(xenpt_store_each(m->store, see, &seen, NULL), XENPT_OK);
    while (seen.i < FRAMES && !m->now.has_content[seen.i])
        seen.i++;
    assert_int_equal(seen.i, FRAMES);

    compare_moment(m, &m->now, xenpt_store_reader(m->store));
    for (size_t i = 0; i < m->nr_snaps; i++)
        compare_moment(m, &m->then[i], xenpt_snapshot_reader(m->snap[i]));
    if (!m->nr_snaps)
        assert_int_equal(xenpt_store_stats(m->store).snapshot_frames, 0);
}

/* --- Doing --------------------------------------------------------------------------------- */

/* Half of the time memory runs out, sooner or later. */
static void arm(struct model *m)
{
    if (dice(m, 2))
        fail_alloc_after(dice(m, 3));
    else
        fail_alloc_after(1000000);
}

static bool done(struct model *m, enum xenpt_code code)
{
    unsigned long refused = fail_alloc_stop();

    if (code == XENPT_ENOMEM)
        assert_true(refused > 0);
    else
        assert_int_equal(code, XENPT_OK);
    m->refused += code == XENPT_ENOMEM;
    return code == XENPT_OK;
}

static void do_add_ram(struct model *m)
{
    size_t first = dice(m, FRAMES), last = first;
    uint64_t from = m->frame[first] << XENPT_PAGE_SHIFT;

    while (last + 1 < FRAMES && m->frame[last + 1] == m->frame[last] + 1 && dice(m, 4))
        last++;
    arm(m);
    if (!done(m, xenpt_store_add_ram(m->store, from,
                                     (m->frame[last] << XENPT_PAGE_SHIFT) + PAGE - 1, NULL)))
        return;
    for (size_t i = first; i <= last; i++)
        m->now.is_ram[i] = true;
}

static void do_write(struct model *m)
{
    static uint8_t bytes[3 * PAGE];
    size_t i = dice(m, FRAMES), offset = dice(m, PAGE);
    size_t size = dice(m, 3) ? 8 : dice(m, sizeof(bytes)) + 1;
    size_t last = (offset + size - 1) / PAGE; /* How many frames further it ends. */
    uint64_t at = (m->frame[i] << XENPT_PAGE_SHIFT) + offset;
    bool possible = true;

    for (size_t k = 0; k <= last; k++)
        possible &= i + k < FRAMES && m->frame[i + k] == m->frame[i] + k && m->now.is_ram[i + k];
    for (size_t k = 0; k < size; k++)
        bytes[k] = (uint8_t)dice(m, 256);
    if (!possible) {
        assert_int_equal(xenpt_store_write(m->store, at, bytes, size, NULL), XENPT_ERANGE);
        return;
    }
    arm(m);
    if (!done(m, xenpt_store_write(m->store, at, bytes, size, NULL)))
        return;
    memcpy(&m->now.page[i][offset], bytes, size);
    for (size_t k = 0; k <= last; k++)
        m->now.has_content[i + k] = true;
}

static void do_drop(struct model *m)
{
    size_t i = dice(m, FRAMES);

    /* It cannot fail, so memory may be gone altogether. */
    fail_alloc_after(dice(m, 2));
    xenpt_store_drop(m->store, xenpt_mfn(m->frame[i]));
    fail_alloc_stop();
    m->now.has_content[i] = false;
    memset(m->now.page[i], 0, PAGE);
}

static void do_take(struct model *m)
{
    if (m->nr_snaps == SNAPSHOTS_MAX)
        return;
    arm(m);
    if (done(m, xenpt_snapshot_take(m->store, &m->snap[m->nr_snaps], NULL)))
        m->then[m->nr_snaps++] = m->now;
}

static void do_forget(struct model *m)
{
    size_t i = m->nr_snaps ? dice(m, m->nr_snaps) : 0;

    if (!m->nr_snaps)
        return;
    fail_alloc_after(0);
    xenpt_snapshot_drop(m->snap[i]);
    fail_alloc_stop();
    m->nr_snaps--;
    for (; i < m->nr_snaps; i++) {
        m->snap[i] = m->snap[i + 1];
        m->then[i] = m->then[i + 1];
    }
}

static void do_restore(struct model *m)
{
    size_t i = m->nr_snaps ? dice(m, m->nr_snaps) : 0;

    if (!m->nr_snaps)
        return;
    arm(m);
    if (!done(m, xenpt_snapshot_restore(m->snap[i], NULL)))
        return;
    m->now = m->then[i];
    m->nr_snaps = i + 1;
}

/* --- On frames of many kinds --------------------------------------------------------------- */

static uint64_t frame_of(unsigned int kind, size_t i)
{
    switch (kind) {
    case 0: /* Side by side. */
        return 0x1000 + i;
    case 1: /* So far apart that all have the same low bits. */
        return (uint64_t)i << 21;
    case 2: /* Runs of eight here and there, up to the last frame there can be. */
        return (i / 8 + 1) * (XENPT_BIT(40) / (FRAMES / 8)) - 8 + i % 8;
    default: /* Alternately low and high, in pairs with the same slot. */
        return i < FRAMES / 2 ? 2 * i : XENPT_BIT(36) + 2 * (i - FRAMES / 2);
    }
}

static void run(unsigned int kind)
{
    /* As often as its share: writing most of the time, and all else now and then. */
    static void (*const doing[])(struct model *) = {
        do_write, do_write, do_write, do_write,   do_write, do_write,   do_write,
        do_write, do_drop,  do_drop,  do_add_ram, do_take,  do_restore, do_forget,
    };
    struct model *m = calloc(1, sizeof(*m));

    assert_non_null(m);
    m->seed = 0x9e3779b97f4a7c15 + kind;
    for (size_t i = 0; i < FRAMES; i++)
        m->frame[i] = frame_of(kind, i);
    assert_int_equal(xenpt_store_create(&m->store, NULL), XENPT_OK);
    for (unsigned int n = 0; n < 6000; n++) {
        /* Long stretches without snapshots, so that the store grows and shrinks too. */
        size_t what = dice(m, ARRAY_SIZE(doing) - (n / 1000 % 2 ? 3 : 0));

        if (n % 1000 == 999)
            while (m->nr_snaps)
                do_forget(m);
        doing[what](m);
        if (n % 64 == 0 || what > 9)
            compare(m);
    }
    compare(m);
    print_message("out of memory %lu times\n", m->refused);
    assert_true(m->refused >= 10);
    xenpt_store_destroy(m->store);
    free(m);
}

static void test_side_by_side(void **state)
{
    (void)state;
    run(0);
}

static void test_far_apart(void **state)
{
    (void)state;
    run(1);
}

static void test_runs(void **state)
{
    (void)state;
    run(2);
}

static void test_pairs(void **state)
{
    (void)state;
    run(3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_side_by_side),
        cmocka_unit_test(test_far_apart),
        cmocka_unit_test(test_runs),
        cmocka_unit_test(test_pairs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
