/*
 * test_diff.c - what differs between two small worlds, in words; and of many at random, asked of
 * every page by a walk of its own.
 */
#include "../oracle/dice.h"
#include "fail_alloc.h"
#include "map_fixture.h"
#include "xenpt/diff.h"
#include "xenpt/judge.h"

/* --- Worlds in words ----------------------------------------------------------------------- */

static void side(char *buf, const struct xenpt_map_range *m)
{
    size_t used = strlen(buf);

    snprintf(buf + used, LINES_MAX - used, " %s>%llx %c%c%c%c %s", xenpt_map_kind_name(m->kind),
             (unsigned long long)m->maddr, m->rights & 1u << XENPT_R ? 'r' : '-',
             m->rights & 1u << XENPT_W ? 'w' : '-',
             m->rights & (1u << XENPT_XS | 1u << XENPT_XU) ? 'x' : '-',
             m->rights & 1u << XENPT_U ? 'u' : '-', m->kind == XENPT_MAP_PAGES ? m->page : "");
}

/* "FIRST-LAST KIND PART... : BEFORE : AFTER" */
static bool add_line(void *ctx, const struct xenpt_difference_range *r)
{
    char *buf = ctx;
    size_t used = strlen(buf);

    used += (size_t)snprintf(buf + used, LINES_MAX - used, "%llx-%llx %s",
                             (unsigned long long)r->first, (unsigned long long)r->last,
                             xenpt_diff_kind_name(r->kind));
    for (unsigned int p = 0; p < XENPT_NR_DIFF_PARTS; p++)
        if (r->parts >> p & 1)
            used += (size_t)snprintf(buf + used, LINES_MAX - used, " %s",
                                     xenpt_diff_part_name((enum xenpt_diff_part)p));
    strcat(buf, " :");
    if (r->kind != XENPT_DIFF_NEW)
        side(buf, &r->before);
    strcat(buf, " :");
    if (r->kind != XENPT_DIFF_GONE)
        side(buf, &r->after);
    strcat(buf, "\n");
    return true;
}

static void check_lines(const struct world *a, const struct world *b, const char *want)
{
    const struct xenpt_diff_side before = { &a->view, &a->context },
                                 after = { &b->view, &b->context };
    struct xenpt_diff_counts counts;
    char buf[LINES_MAX] = "";

    assert_int_equal(xenpt_diff(&before, &after, add_line, buf, &counts, NULL), XENPT_OK);
    assert_string_equal(buf, want);
}

static const struct entry tables[] = {
    { 0x1000, 0, 0x2000 | ALL },      { 0x2000, 0, 0x3000 | ALL },
    { 0x3000, 0, 0x4000 | ALL },      { 0x3000, 1, 0x200000 | ALL | PS },
    { 0x4000, 4, 0x9000 | ALL },      { 0x4000, 5, 0xa000 | ALL },
    { 0x4000, 6, 0xb000 | ALL },      { 0x4000, 7, 0xc000 | ALL },
    { 0x4000, 8, 0xd000 | ALL | NX }, { 0x1000, 511, 0x2000 | P | US | NX },
};

/* One change each, to all that is above. */
static void test_words(void **state)
{
    static const struct {
        const char *claim;
        struct entry entry;
        const char *lines;
    } rows[] = {
        { "nothing", { 0x4000, 4, 0x9000 | ALL }, "" },
        { "A, D and what software owns do not count",
          { 0x4000, 4, 0x9000 | ALL | A | D | AVL9 },
          "" },
        { "a page", { 0x4000, 9, 0x5000 | P | US }, "9000-9fff new : : pages>5000 r-xu 4K\n" },
        { "none", { 0x4000, 7, 0 }, "7000-7fff gone : pages>c000 rwxu 4K :\n" },
        { "another page, in the middle of a range",
          { 0x4000, 5, 0xf000 | ALL },
          "5000-5fff changed target : pages>a000 rwxu 4K : pages>f000 rwxu 4K\n" },
        { "fewer rights",
          { 0x4000, 6, 0xb000 | P | US },
          "6000-6fff changed rights : pages>b000 rwxu 4K : pages>b000 r-xu 4K\n" },
        { "rights of many pages, and they are as many ranges as there were",
          { 0x3000, 0, 0x4000 | P | US },
          "4000-7fff changed rights : pages>9000 rwxu 4K : pages>9000 r-xu 4K\n"
          "8000-8fff changed rights : pages>d000 rw-u 4K : pages>d000 r--u 4K\n" },
        { "flags",
          { 0x4000, 7, 0xc000 | ALL | PCD },
          "7000-7fff changed flags : pages>c000 rwxu 4K : pages>c000 rwxu 4K\n" },
        { "a large page in the place of small ones",
          { 0x3000, 0, 0 | ALL | PS },
          "0-3fff new : : pages>0 rwxu 2M\n"
          "4000-7fff changed target page : pages>9000 rwxu 4K : pages>4000 rwxu 2M\n"
          "8000-8fff changed target rights page : pages>d000 rw-u 4K : pages>8000 rwxu 2M\n"
          "9000-1fffff new : : pages>9000 rwxu 2M\n" },
        { "a table in the place of one that was met before",
          { 0x1000, 511, 0x3000 | ALL },
          "ffffff8000000000-ffffff803fffffff gone : shared>2000 r--u  :\n"
          "ffffff8040000000-ffffff807fffffff changed kind : shared>2000 r--u  : malformed>0 ---- \n"
          "ffffff8080000000-ffffffffffffffff gone : shared>2000 r--u  :\n" },
        { "an entry that is not legal",
          { 0x3000, 1, 0x2000 | ALL | PS },
          "200000-3fffff changed kind : pages>200000 rwxu 2M : malformed>0 ---- \n" },
    };
    struct world a, b;

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        print_message("    %s\n", rows[i].claim);
        world_init(&a);
        world_init(&b);
        world_put(&a, tables, COUNT(tables));
        world_put(&b, tables, COUNT(tables));
        world_put(&b, &rows[i].entry, 1);
        check_lines(&a, &b, rows[i].lines);
        world_fini(&a);
        world_fini(&b);
    }
}

/* --- At random ----------------------------------------------------------------------------- */

#define L1_TABLES 4
#define PAGES     (L1_TABLES * 512u)

/* What an access to a page comes to; all zero: it is not mapped. */
struct found {
    uint64_t out, flags;
    unsigned int rights, level;
};

static struct found find(const struct world *w, uint64_t in)
{
    struct xenpt_walk walk;
    struct found ret = { 0 };

    xenpt_walk(&w->context.paging, &w->mem, in, &walk);
    if (walk.outcome != XENPT_MAPPED)
        return ret;
    ret.out = walk.out;
    ret.rights = walk.rights;
    ret.level = walk.step[walk.nr_steps - 1].level;
    ret.flags = walk.step[walk.nr_steps - 1].entry & (PCD | 1u << 8); /* G */
    return ret;
}

static void write_tables(struct world *w, struct dice *d, bool also[], bool few)
{
    for (unsigned int i = 0; i < PAGES; i++) {
        uint64_t e = (uint64_t)(i / 3 + 100) << 12 | P;

        if (few && !dice_chance(d, 3))
            continue;
        e |= dice_chance(d, 90) ? RW | US : 0;
        e |= dice_chance(d, 5) ? PCD : 0;
        e |= dice_chance(d, 30) ? A : 0;
        e += (uint64_t)dice_pick(d, 2) << 12;
        world_put(
            w, &(struct entry){ 0x4000 + 0x1000 * (i / 512), i % 512, dice_chance(d, 60) ? e : 0 },
            1);
        also[i] = true;
    }
}

static void make_worlds(struct world *a, struct world *b, struct dice *d)
{
    static const struct entry upper[] = {
        { 0x1000, 0, 0x2000 | ALL }, { 0x2000, 0, 0x3000 | ALL }, { 0x3000, 0, 0x4000 | ALL },
        { 0x3000, 1, 0x5000 | ALL }, { 0x3000, 2, 0x6000 | ALL }, { 0x3000, 3, 0x7000 | ALL },
    };
    bool changed[PAGES] = { false };

    world_init(a);
    world_init(b);
    world_put(a, upper, COUNT(upper));
    write_tables(a, d, changed, false);
    memcpy(b->bytes, a->bytes, WORLD_SIZE);
    write_tables(b, d, changed, true);
    if (dice_chance(d, 30))
        world_put(b, &(struct entry){ 0x3000, dice_pick(d, 4), 0x200000 | ALL | PS }, 1);
}

/* What was reported of each page: its kind and one, and the parts. */
struct reported {
    unsigned char kind[PAGES];
    unsigned int parts[PAGES];
    uint64_t last;
};

static bool take(void *ctx, const struct xenpt_difference_range *r)
{
    struct reported *t = ctx;

    assert_true(!t->last || r->first > t->last);
    t->last = r->last;
    assert_in_range(r->last, r->first, (uint64_t)PAGES * 4096 - 1);
    for (uint64_t at = r->first; at <= r->last; at += 4096) {
        t->kind[at >> 12] = (unsigned char)(r->kind + 1);
        t->parts[at >> 12] = r->parts;
    }
    return true;
}

static void check_page(const struct reported *t, uint64_t page, const struct found *x,
                       const struct found *y)
{
    unsigned int parts = t->parts[page];

    if (!x->level || !y->level) {
        unsigned int kind = x->level ? XENPT_DIFF_GONE + 1 : y->level ? XENPT_DIFF_NEW + 1 : 0;

        assert_int_equal(t->kind[page], kind);
        return;
    }
    assert_int_equal(parts >> XENPT_DIFF_TARGET & 1, x->out != y->out);
    assert_int_equal(parts >> XENPT_DIFF_RIGHTS & 1, x->rights != y->rights);
    assert_int_equal(parts >> XENPT_DIFF_PAGE & 1, x->level != y->level);
    if (x->out == y->out && x->rights == y->rights && x->level == y->level)
        assert_int_equal(parts >> XENPT_DIFF_FLAGS & 1, x->flags != y->flags);
    assert_int_equal(t->kind[page], parts ? XENPT_DIFF_CHANGED + 1 : 0);
}

static void test_random(void **state)
{
    static struct reported told;
    struct dice d = { 5 };

    (void)state;
    for (unsigned int round = 0; round < 40; round++) {
        struct world a, b;

        make_worlds(&a, &b, &d);
        memset(&told, 0, sizeof(told));
        assert_int_equal(xenpt_diff(&(struct xenpt_diff_side){ &a.view, &a.context },
                                    &(struct xenpt_diff_side){ &b.view, &b.context }, take, &told,
                                    NULL, NULL),
                         XENPT_OK);
        for (uint64_t page = 0; page < PAGES; page++) {
            struct found x = find(&a, page << 12), y = find(&b, page << 12);

            check_page(&told, page, &x, &y);
        }
        world_fini(&a);
        world_fini(&b);
    }
}

/* --- What stops it ------------------------------------------------------------------------- */

static bool stop(void *ctx, const struct xenpt_difference_range *r)
{
    (void)r;
    return ++*(unsigned int *)ctx < 2;
}

static void test_stopped(void **state)
{
    struct xenpt_error err = { 0 };
    unsigned int n = 0;
    struct world a, b;

    (void)state;
    world_init(&a);
    world_init(&b);
    world_put(&a, tables, COUNT(tables));
    assert_int_equal(xenpt_diff(&(struct xenpt_diff_side){ &a.view, &a.context },
                                &(struct xenpt_diff_side){ &b.view, &b.context }, stop, &n, NULL,
                                &err),
                     XENPT_ESTOPPED);
    assert_int_equal(n, 2);
    for (unsigned long i = 0;; i++) {
        enum xenpt_code code;
        char buf[LINES_MAX] = "";

        fail_alloc_after(i);
        code = xenpt_diff(&(struct xenpt_diff_side){ &a.view, &a.context },
                          &(struct xenpt_diff_side){ &b.view, &b.context }, add_line, buf, NULL,
                          &err);
        if (!fail_alloc_stop())
            break;
        assert_int_equal(code, XENPT_ENOMEM);
    }
    world_fini(&a);
    world_fini(&b);
}

int main(void)
{
    const struct CMUnitTest unit[] = {
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_random),
        cmocka_unit_test(test_stopped),
    };

    return cmocka_run_group_tests_name("diff", unit, NULL, NULL);
}
