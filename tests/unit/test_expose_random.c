/* test_expose_random.c - exposure of trees at random, as one counts it page by page; and of one
 * that is reached by many ways. */
#include "expose_fixture.h"

/* --- At random ----------------------------------------------------------------------------- */

static uint64_t random_state;

static uint64_t any(uint64_t below)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state % below;
}

#define TABLES 9
#define FRAMES 1024 /* 4 MiB: what is looked at. */

static void fill(struct world *w)
{
    static const uint64_t rights[] = { P, P | RW, P | US, ALL, ALL, ALL | NX, P | RW | NX };

    for (unsigned int i = 0; i < 3 * TABLES; i++) {
        uint64_t table = FRAME(1 + any(TABLES)), flags = rights[any(COUNT(rights))];
        uint64_t to = FRAME(1 + any(TABLES + 4));

        if (any(12) == 0) {
            flags |= PS;
            to = 0;
            table = FRAME(2 + any(TABLES - 1));
        }
        world_put(w, &(struct entry){ table, (unsigned int)any(512), to | flags }, 1);
    }
}

/* Every way from a root, by what an entry is at each level: written again, not the engine's. */
static void go(const struct world *w, uint64_t table, unsigned int level, uint64_t granted,
               bool user, uint8_t can[FRAMES])
{
    for (unsigned int i = 0; i < 512; i++) {
        uint64_t entry, left, to;

        memcpy(&entry, w->bytes + table + 8 * (uint64_t)i, 8);
        left = granted & (entry ^ NX);
        if (!(entry & P) || (level == 4 && entry & PS))
            continue;
        if (level > 1 && !(entry & PS)) {
            go(w, entry & 0xffffffffff000, level - 1, left, user, can);
            continue;
        }
        to = entry & 0xffffffffff000;
        for (uint64_t f = to >> 12; f < (to >> 12) + (UINT64_C(1) << 9 * (level - 1)); f++) {
            if (f >= FRAMES || (user && !(left & US)))
                break;
            can[f] |= XENPT_EXPOSE_READ | (left & RW ? XENPT_EXPOSE_WRITE : 0) |
                      (left & NX ? XENPT_EXPOSE_EXECUTE : 0);
        }
    }
}

static bool check_row(void *ctx, const struct xenpt_expose_row *row)
{
    const struct world *w = ctx;
    uint8_t want[FRAMES] = { 0 }, got[FRAMES] = { 0 };

    go(w, row->context->paging.root, 4, RW | US | NX, row->by == XENPT_BY_USER, want);
    for (size_t i = 0; i < row->nr_pieces; i++)
        for (uint64_t at = row->pieces[i].first; at <= row->pieces[i].last; at += 4096)
            if (at >> 12 < FRAMES)
                got[at >> 12] = (uint8_t)row->pieces[i].can;
    assert_memory_equal(got, want, FRAMES);
    return true;
}

static void test_random(void **state)
{
    (void)state;
    for (unsigned int seed = 1; seed <= 100; seed++) {
        struct xenpt_expose_options opt = { .owners = &owners };
        struct xenpt_expose_counts counts;
        struct xenpt_context contexts[2];
        struct world w;

        random_state = seed * UINT64_C(0x9e3779b97f4a7c15);
        world_init(&w);
        contexts[0] = w.context;
        world_first(&w, "4level", 0x2000);
        contexts[1] = w.context;
        w.view.contexts = contexts;
        w.view.nr_contexts = 2;
        fill(&w);
        assert_int_equal(xenpt_expose(&w.view, &opt, check_row, &w, &counts, NULL), XENPT_OK);
        assert_int_equal(counts.rows, 4);
        /* Each table at most once a level, however many ways there are. */
        assert_true(counts.tables <= 4 * (TABLES + 5));
        world_fini(&w);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
