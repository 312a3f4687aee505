/*
 * test_who.c - who reaches a frame: small worlds in words, and many at random in which each way
 * from the roots is gone one by one.
 */
#include "fail_alloc.h"
#include "map_fixture.h"
#include "xenpt/who.h"

#define FRAME(n)  ((uint64_t)(n) << 12)
#define CONTEXTS  2
#define REACH_MAX 200000

/* --- Worlds in words ----------------------------------------------------------------------- */

/* "FIRST-LAST xCOUNT rwxu 4K" a line; *unfold* one for each address. */
static bool add_line(void *ctx, const struct xenpt_reach *r)
{
    char *buf = ctx;
    size_t used = strlen(buf);
    unsigned int x = r->rights & (1u << XENPT_XS | 1u << XENPT_XU);

    snprintf(buf + used, LINES_MAX - used, "%s %llx-%llx x%llu %c%c%c%c %s>%llx\n",
             r->context->name, (unsigned long long)r->first, (unsigned long long)r->last,
             (unsigned long long)r->count, r->rights & 1u << XENPT_R ? 'r' : '-',
             r->rights & 1u << XENPT_W ? 'w' : '-', x ? 'x' : '-',
             r->rights & 1u << XENPT_U ? 'u' : '-', r->page, (unsigned long long)r->maddr);
    return true;
}

static void check_lines(const struct world *w, const struct xenpt_who_question *q, const char *want)
{
    for (int pages = 0; pages < 2; pages++) {
        struct xenpt_who_options opt = { .pages = pages };
        char buf[LINES_MAX] = "";
        struct xenpt_who *who;

        assert_int_equal(xenpt_who_create(&w->view, &opt, &who, NULL), XENPT_OK);
        assert_int_equal(xenpt_who(who, q, add_line, buf, NULL), XENPT_OK);
        assert_string_equal(buf, want);
        assert_int_equal(xenpt_who_size(who).pieces > 0, pages);
        xenpt_who_destroy(who);
    }
}

static void test_words(void **state)
{
    static const struct entry tables[] = {
        { 0x1000, 0, 0x2000 | ALL },
        { 0x2000, 0, 0x3000 | ALL },
        { 0x3000, 0, 0x4000 | ALL },
        { 0x4000, 5, 0x9000 | ALL },
        { 0x4000, 7, 0x9000 | P },
        { 0x3000, 1, 0x200000 | ALL | PS },
        { 0x1000, 511, 0x2000 | P | US | NX },
        { 0x2000, 1, 0 | ALL | PS },
    };
    static const struct {
        const char *claim;
        struct xenpt_who_question q;
        const char *lines;
    } rows[] = {
        { "two entries, two slots of the root, and rights of all levels",
          { 0x9000, 0x9fff, false, 0 },
          "it 5000-5000 x1 rwxu 4K>9000\nit 7000-7000 x1 r-x- 4K>9000\n"
          "it 40009000-40009000 x1 rwxu 1G>9000\n"
          "it ffffff8000005000-ffffff8000005000 x1 r--u 4K>9000\n"
          "it ffffff8000007000-ffffff8000007000 x1 r--- 4K>9000\n"
          "it ffffff8040009000-ffffff8040009000 x1 r--u 1G>9000\n" },
        { "a byte of a page, by its own address",
          { 0x9123, 0x9123, true, 0 },
          "it 5123-5123 x1 rwxu 4K>9123\nit 7123-7123 x1 r-x- 4K>9123\n"
          "it 40009123-40009123 x1 rwxu 1G>9123\n"
          "it ffffff8000005123-ffffff8000005123 x1 r--u 4K>9123\n"
          "it ffffff8000007123-ffffff8000007123 x1 r--- 4K>9123\n"
          "it ffffff8040009123-ffffff8040009123 x1 r--u 1G>9123\n" },
        { "of large pages as many addresses as they have 4 KiB of it",
          { 0x2ff000, 0x301fff, false, 0 },
          "it 2ff000-301000 x3 rwxu 2M>2ff000\nit 402ff000-40301000 x3 rwxu 1G>2ff000\n"
          "it ffffff80002ff000-ffffff8000301000 x3 r--u 2M>2ff000\n"
          "it ffffff80402ff000-ffffff8040301000 x3 r--u 1G>2ff000\n" },
        { "nobody", { FRAME(0x100000), FRAME(0x100001) - 1, false, 0 }, "" },
    };
    struct world w;

    (void)state;
    world_init(&w);
    world_put(&w, tables, COUNT(tables));
    for (size_t i = 0; i < COUNT(rows); i++) {
        print_message("    %s\n", rows[i].claim);
        check_lines(&w, &rows[i].q, rows[i].lines);
    }
    world_fini(&w);
}

/* Pages in a row across 2 MiB of memory, and pages that go to and fro between two such pieces. */
static void test_pieces(void **state)
{
    static const struct entry tables[] = {
        { 0x1000, 0, 0x2000 | ALL },    { 0x2000, 0, 0x3000 | ALL },
        { 0x3000, 0, 0x4000 | ALL },    { 0x4000, 10, 0x5fe000 | ALL },
        { 0x4000, 11, 0x5ff000 | ALL }, { 0x4000, 12, 0x600000 | ALL },
        { 0x4000, 13, 0x601000 | ALL }, { 0x4000, 20, 0x801000 | ALL },
        { 0x4000, 21, 0xa00000 | ALL }, { 0x4000, 22, 0x803000 | ALL },
        { 0x4000, 23, 0xa01000 | ALL }, { 0x4000, 24, 0x805000 | P | NX },
    };
    struct world w;

    (void)state;
    world_init(&w);
    world_put(&w, tables, COUNT(tables));
    check_lines(&w, &(struct xenpt_who_question){ 0x5ff000, 0x5fffff, false, 0 },
                "it b000-b000 x1 rwxu 4K>5ff000\n");
    check_lines(&w, &(struct xenpt_who_question){ 0x600000, 0x600fff, false, 0 },
                "it c000-c000 x1 rwxu 4K>600000\n");
    check_lines(&w, &(struct xenpt_who_question){ 0x5ff000, 0x600fff, true, 0 },
                "it b000-b000 x1 rwxu 4K>5ff000\nit c000-c000 x1 rwxu 4K>600000\n");
    check_lines(&w, &(struct xenpt_who_question){ 0x800000, 0xbfffff, false, 0 },
                "it 14000-17000 x4 rwxu 4K>801000\nit 18000-18000 x1 r--- 4K>805000\n");
    world_fini(&w);
}

/* A root that leads to itself shows itself once, and the tables below it once for each level. */
static void test_itself(void **state)
{
    static const struct entry tables[] = {
        { 0x1000, 258, 0x1000 | ALL },
        { 0x1000, 300, 0x2000 | ALL },
        { 0x2000, 0, 0x2000 | ALL },
    };
    struct world w;

    (void)state;
    world_init(&w);
    world_put(&w, tables, COUNT(tables));
    check_lines(&w, &(struct xenpt_who_question){ 0x1000, 0x1fff, false, 0 },
                "it ffff8140a0502000-ffff8140a0502000 x1 rwxu 4K>1000\n");
    check_lines(&w, &(struct xenpt_who_question){ 0x2000, 0x2fff, false, 0 },
                "it ffff8140a052c000-ffff814b00000000 x3 rwxu 4K>2000\n"
                "it ffff960000000000-ffff960000000000 x1 rwxu 4K>2000\n");
    world_fini(&w);
}

/* All slots of all levels lead to one table: 512^4 addresses, in no time. */
static void test_bounded(void **state)
{
    struct world w;

    (void)state;
    world_init(&w);
    for (unsigned int i = 0; i < 512; i++)
        world_put(&w, &(struct entry){ 0x1000, i, 0x1000 | ALL }, 1);
    for (int pages = 0; pages < 2; pages++) {
        struct xenpt_who_options opt = { .pages = pages };
        struct xenpt_who_question q = { 0x1000, 0x1fff, true, 1000 };
        char buf[LINES_MAX] = "";
        struct xenpt_who *who;
        struct xenpt_error err;

        assert_int_equal(xenpt_who_create(&w.view, &opt, &who, NULL), XENPT_OK);
        assert_int_equal(xenpt_who_size(who).tables, 4);
        assert_int_equal(xenpt_who(who, &q, add_line, (char[LINES_MAX]){ "" }, &err), XENPT_ERANGE);
        q.unfold = false;
        assert_int_equal(xenpt_who(who, &q, add_line, buf, NULL), XENPT_OK);
        assert_non_null(strstr(buf, "it 0-7ffffff000 x134217728 rwxu 4K>1000\n"));
        xenpt_who_destroy(who);
    }
    world_fini(&w);
}

/* Two guests that page alike, with tables at the same addresses of theirs and not of the machine's:
 * one has its 2 MiB at 0x200000, the other at 0. */
static void test_two_guests(void **state)
{
    static const struct entry tables[] = {
        { 0x101000, 0, 0x102000 | 7 },    { 0x102000, 0, 0x103000 | 7 },
        { 0x103000, 0, 0x200000 | 0xb7 }, { 0x111000, 0, 0x112000 | 7 },
        { 0x112000, 0, 0x113000 | 7 },    { 0x113000, 0, 0 | 0xb3 },
        { 0x201000, 0, 0x2000 | ALL },    { 0x202000, 0, 0x3000 | ALL },
        { 0x203000, 0, 0x4000 | ALL },    { 0x204000, 5, 0x9000 | ALL },
        { 0x001000, 0, 0x2000 | ALL },    { 0x002000, 0, 0x3000 | ALL },
        { 0x003000, 0, 0x4000 | ALL },    { 0x004000, 7, 0x9000 | ALL },
    };
    struct xenpt_cpu cpu = xenpt_cpu_widest(XENPT_INTEL);
    struct xenpt_context contexts[2];
    struct world w;

    (void)state;
    world_init(&w);
    world_put(&w, tables, COUNT(tables));
    for (unsigned int i = 0; i < 2; i++) {
        contexts[i] = w.context;
        strcpy(contexts[i].name, i ? "b" : "a");
        contexts[i].has_second = true;
        assert_int_equal(xenpt_paging_init_ept(&contexts[i].second, &cpu,
                                               (i ? 0x111000 : 0x101000) | 3 << 3 | 6, NULL),
                         XENPT_OK);
    }
    w.view.contexts = contexts;
    w.view.nr_contexts = 2;
    check_lines(&w, &(struct xenpt_who_question){ 0x209000, 0x209fff, false, 0 },
                "a 5000-5000 x1 rwxu 4K>209000\n");
    /* Its second stage lets nobody execute. */
    check_lines(&w, &(struct xenpt_who_question){ 0x9000, 0x9fff, false, 0 },
                "b 7000-7000 x1 rw-u 4K>9000\n");
    world_fini(&w);
}

/* --- Each way, one by one ------------------------------------------------------------------ */

struct one {
    uint64_t in;
    uint64_t rights; /* P, RW, US, and NX turned round. */
    unsigned int level;
};

struct ways {
    const struct world *w;
    uint64_t frame;
    struct one *list;
    size_t nr;
};

static void go(struct ways *to, uint64_t table, unsigned int level, uint64_t in, uint64_t rights)
{
    for (unsigned int i = 0; i < 512; i++) {
        uint64_t entry, here, out, size = UINT64_C(1) << (12 + 9 * (level - 1)), left;

        memcpy(&entry, to->w->bytes + table + 8 * (size_t)i, 8);
        if (!(entry & P))
            continue;
        here = in + i * size;
        left = rights & (entry ^ NX);
        out = entry & FRAME(0xfffffffff);
        if (level > 1 && !(entry & PS)) {
            go(to, out, level - 1, here, left);
        } else if (to->frame >= out && to->frame - out < size) {
            assert_true(to->nr < REACH_MAX);
            here += to->frame - out;
            to->list[to->nr++] = (struct one){
                here >> 47 & 1 ? here | UINT64_C(0xffff) << 48 : here,
                left,
                level,
            };
        }
    }
}

struct got {
    const struct xenpt_context *context;
    struct xenpt_reach *list;
    size_t nr;
};

static bool take(void *ctx, const struct xenpt_reach *r)
{
    struct got *g = ctx;

    if (r->context == g->context) {
        assert_true(g->nr < REACH_MAX);
        g->list[g->nr++] = *r;
    }
    return true;
}

static bool same_rights(const struct one *o, unsigned int rights)
{
    bool user = o->rights & US;

    return !!(rights & 1u << XENPT_W) == !!(o->rights & RW) && !!(rights & 1u << XENPT_U) == user &&
           !!(rights & 1u << XENPT_XS) == !!(o->rights & NX);
}

static int by_in(const void *a, const void *b)
{
    const struct one *x = a, *y = b;

    return (x->in > y->in) - (x->in < y->in);
}

static void check_unfolded(const struct ways *want, const struct got *got)
{
    assert_int_equal(got->nr, want->nr);
    for (size_t i = 0; i < got->nr; i++) {
        const struct xenpt_reach *r = &got->list[i];

        assert_int_equal(r->first, want->list[i].in);
        assert_int_equal(r->last, r->first);
        assert_int_equal(r->count, 1);
        assert_int_equal(r->maddr, want->frame);
        assert_int_equal(r->level, want->list[i].level);
        assert_true(same_rights(&want->list[i], r->rights));
    }
}

/* Each address is in exactly one line, and lines say no more than their addresses do. */
static void check_folded(const struct ways *want, const struct got *got)
{
    size_t all = 0;

    for (size_t i = 0; i < got->nr; i++) {
        const struct xenpt_reach *r = &got->list[i];
        uint64_t first = UINT64_MAX, last = 0;
        size_t nr = 0;

        for (size_t k = 0; k < want->nr; k++) {
            const struct one *o = &want->list[k];

            if (o->level != r->level || o->in >> 39 != r->first >> 39 || !same_rights(o, r->rights))
                continue;
            first = o->in < first ? o->in : first;
            last = o->in > last ? o->in : last;
            nr++;
        }
        assert_int_equal(r->count, nr);
        assert_int_equal(r->first, first);
        assert_int_equal(r->last, last);
        assert_int_equal(r->maddr, want->frame);
        assert_true(!i || got->list[i - 1].first < r->first);
        all += nr;
    }
    assert_int_equal(all, want->nr);
}

static uint64_t random_state;

static uint64_t any(uint64_t below)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state % below;
}

#define TABLES 9 /* Frames 1 on; the two first are roots. */

/* Few entries, anywhere, to tables and pages alike, with rights at random. */
static void fill(struct world *w)
{
    static const uint64_t rights[] = { P, P | RW, P | US, ALL, ALL, ALL | NX, P | RW | NX };

    for (unsigned int i = 0; i < 3 * TABLES; i++) {
        uint64_t table = FRAME(1 + any(TABLES)), flags = rights[any(COUNT(rights))];
        uint64_t to = FRAME(1 + any(TABLES + 4));

        if (any(12) == 0) { /* A large page, or PAT in an L1 entry: but not in an L4. */
            flags |= PS;
            to = 0;
            table = FRAME(3 + any(TABLES - 2));
        }
        world_put(w, &(struct entry){ table, (unsigned int)any(512), to | flags }, 1);
    }
}

static void check_world(const struct world *w, struct ways *want, struct got *got, bool pages)
{
    struct xenpt_who_options opt = { .pages = pages };
    struct xenpt_who *who;

    assert_int_equal(xenpt_who_create(&w->view, &opt, &who, NULL), XENPT_OK);
    for (unsigned int f = 0; f < TABLES + 6; f++)
        for (unsigned int c = 0; c < CONTEXTS; c++)
            for (int unfold = 0; unfold < 2; unfold++) {
                struct xenpt_who_question q = { FRAME(f), FRAME(f + 1) - 1, unfold, 0 };

                want->frame = FRAME(f);
                want->nr = got->nr = 0;
                got->context = &w->view.contexts[c];
                go(want, got->context->paging.root, 4, 0, RW | US | NX);
                qsort(want->list, want->nr, sizeof(*want->list), by_in);
                assert_int_equal(xenpt_who(who, &q, take, got, NULL), XENPT_OK);
                (unfold ? check_unfolded : check_folded)(want, got);
            }
    xenpt_who_destroy(who);
}

static void test_random(void **state)
{
    struct ways want = { .list = calloc(REACH_MAX, sizeof(*want.list)) };
    struct got got = { .list = calloc(REACH_MAX, sizeof(*got.list)) };

    (void)state;
    for (unsigned int seed = 1; seed <= 60; seed++) {
        struct xenpt_context contexts[CONTEXTS];
        struct world w;

        random_state = seed * UINT64_C(0x9e3779b97f4a7c15);
        world_init(&w);
        contexts[0] = w.context;
        world_first(&w, "4level", 0x2000);
        contexts[1] = w.context;
        w.view.contexts = contexts;
        w.view.nr_contexts = CONTEXTS;
        fill(&w);
        want.w = &w;
        check_world(&w, &want, &got, seed % 2);
        world_fini(&w);
    }
    free(want.list);
    free(got.list);
}

/* --- What goes wrong ----------------------------------------------------------------------- */

static bool stop(void *ctx, const struct xenpt_reach *r)
{
    (void)r;
    return --*(int *)ctx > 0;
}

static void test_refused(void **state)
{
    struct xenpt_who_question q = { 0x9000, 0x8fff, false, 0 };
    struct xenpt_error err;
    struct xenpt_who *who;
    struct world w;
    int left = 1;

    (void)state;
    world_init(&w);
    world_put(&w, &(struct entry){ 0x1000, 0, FRAME(0x12345) | ALL }, 1);
    world_put(&w, &(struct entry){ 0x1000, 1, 0x1000 | ALL }, 1);
    assert_int_equal(xenpt_who_create(&w.view, NULL, &who, NULL), XENPT_OK);
    assert_int_equal(xenpt_who_size(who).no_memory, 2); /* As an L3, and as an L2. */
    assert_int_equal(xenpt_who(who, &q, stop, &left, &err), XENPT_ERANGE);
    q = (struct xenpt_who_question){ 0x1000, 0x1fff, false, 0 };
    assert_int_equal(xenpt_who(who, &q, stop, &left, &err), XENPT_ESTOPPED);
    xenpt_who_destroy(who);
    xenpt_who_destroy(NULL);
    world_fini(&w);
}

/* Without memory nothing is lost, and nothing is told that is not so. */
static void test_no_memory(void **state)
{
    struct xenpt_who_question q = { 0x1000, 0x1fff, true, 0 };
    struct world w;
    bool done = false;

    (void)state;
    world_init(&w);
    random_state = 77;
    fill(&w);
    for (unsigned long n = 0; !done; n++) {
        char buf[LINES_MAX] = "";
        struct xenpt_who *who = NULL;
        struct xenpt_error err;
        enum xenpt_code code;

        fail_alloc_after(n);
        code = xenpt_who_create(&w.view, &(struct xenpt_who_options){ .pages = true }, &who, &err);
        if (!code)
            code = xenpt_who(who, &q, add_line, buf, &err);
        done = !fail_alloc_stop();
        assert_int_equal(code, done ? XENPT_OK : XENPT_ENOMEM);
        xenpt_who_destroy(who);
    }
    world_fini(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words),      cmocka_unit_test(test_pieces),
        cmocka_unit_test(test_itself),     cmocka_unit_test(test_bounded),
        cmocka_unit_test(test_two_guests), cmocka_unit_test(test_random),
        cmocka_unit_test(test_refused),    cmocka_unit_test(test_no_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
