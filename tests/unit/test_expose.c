/*
 * test_expose.c - what contexts expose: small worlds in words, many at random against a walk of
 * every way, threats, and what goes wrong.
 */
#include "expose_fixture.h"

/* --- Rows in words ------------------------------------------------------------------------- */

/* "it kernel: xen 2000/1000/0 2,1,0; 9000-9fff rwx xen" with bytes and frames in hexadecimal. */
static bool add_row(void *ctx, const struct xenpt_expose_row *row)
{
    char *buf = ctx;
    size_t n = strlen(buf);

    n += (size_t)snprintf(buf + n, TEXT_MAX - n, "%s:", xenpt_executor_name(row->by));
    for (size_t i = 0; i < row->nr_cells; i++) {
        const struct xenpt_expose_cell *c = &row->cells[i];

        n += (size_t)snprintf(buf + n, TEXT_MAX - n, " %s %llx/%llx/%llx in %llu,%llu,%llu",
                              owner_name(c->owner), (unsigned long long)c->bytes[0],
                              (unsigned long long)c->bytes[1], (unsigned long long)c->bytes[2],
                              (unsigned long long)c->ranges[0], (unsigned long long)c->ranges[1],
                              (unsigned long long)c->ranges[2]);
        if (c->sight[XENPT_SIGHT_CIPHERTEXT])
            n += (size_t)snprintf(buf + n, TEXT_MAX - n, " cipher %llx",
                                  (unsigned long long)c->sight[XENPT_SIGHT_CIPHERTEXT]);
    }
    snprintf(buf + n, TEXT_MAX - n, "\n");
    return true;
}

struct row {
    const char *claim;
    struct entry entries[ENTRIES_MAX];
    enum xenpt_fear threat;
    const char *kind;
    uint64_t cr0_without, cr4;
    const char *lines;
};

/* A context that is no guest's and no Xen's has user code and a kernel. */
static const struct row rows[] = {
    { "nothing is mapped", { { 0 } }, 0, NULL, 0, 0, "user:\nkernel:\n" },
    { "a page of each right, of its owner; two that touch are one range",
      { WAY,
        { 0x4000, 0, 0x8000 | ALL },
        { 0x4000, 1, 0x9000 | P | US | NX },
        { 0x4000, 2, 0x10000 | P | RW | NX } },
      0,
      NULL,
      0,
      0,
      "user: xen 2000/1000/1000 in 1,1,1\n"
      "kernel: xen 2000/1000/1000 in 1,1,1 d1 1000/1000/0 in 1,1,0\n" },
    { "a byte counts once, however many addresses it has, with the rights of any of them",
      { WAY,
        { 0x4000, 0, 0x9000 | P | US | NX },
        { 0x4000, 5, 0x9000 | ALL | NX },
        { 0x4000, 9, 0x9000 | P | US },
        { 0x1000, 511, 0x2000 | ALL } },
      0,
      NULL,
      0,
      0,
      "user: xen 1000/1000/1000 in 1,1,1\nkernel: xen 1000/1000/1000 in 1,1,1\n" },
    { "rights of the tables above hold below",
      { { 0x1000, 0, 0x2000 | P | NX }, { 0x2000, 0, 0x3000 | ALL }, { 0x3000, 0, 0 | ALL | PS } },
      0,
      NULL,
      0,
      0,
      "user:\nkernel: xen 10000/0/0 in 1,0,0 d1 30000/0/0 in 1,0,0 d2 1c0000/0/0 in 1,0,0\n" },
    { "a large page is split by whose it is, and reaches beyond RAM",
      { { 0x1000, 0, 0x2000 | ALL }, { 0x2000, 0, 0 | ALL | PS | NX } },
      XENPT_FEAR_GUEST_USER,
      NULL,
      0,
      0,
      "user: xen 10000/10000/0 in 1,1,0 d1 30000/30000/0 in 1,1,0 "
      "d2 3c0000/3c0000/0 in 1,1,0 none 3fc00000/3fc00000/0 in 1,1,0\n" },
    { "a table that leads to itself is gone once a level: as pages it is four tables",
      { WAY, { 0x1000, 511, 0x1000 | P | RW | NX } },
      XENPT_FEAR_GUEST_KERNEL,
      NULL,
      0,
      0,
      "kernel: xen 4000/4000/0 in 1,1,0\n" },
    { "without CR0.WP a supervisor writes what it reads, and a user does not",
      { WAY, { 0x4000, 0, 0x9000 | P | US } },
      0,
      NULL,
      XENPT_CR0_WP,
      0,
      "user: xen 1000/0/1000 in 1,0,1\nkernel: xen 1000/1000/1000 in 1,1,1\n" },
    { "SMEP keeps a supervisor from executing what is a user's",
      { WAY, { 0x4000, 0, 0x9000 | ALL } },
      0,
      NULL,
      0,
      XENPT_CR4_SMEP,
      "user: xen 1000/1000/1000 in 1,1,1\nkernel: xen 1000/1000/0 in 1,1,0\n" },
    { "under Meltdown a user reads what has no US, and writes no more than before",
      { WAY, { 0x4000, 0, 0x9000 | P | RW }, { 0x4000, 1, 0x10000 | ALL } },
      XENPT_FEAR_MELTDOWN,
      "xpti",
      0,
      0,
      "user: xen 1000/0/0 in 1,0,0 d1 1000/1000/1000 in 1,1,1\n" },
    { "on a 64-bit PV guest's L4 its kernel is a user",
      { WAY, { 0x4000, 0, 0x9000 | P | RW }, { 0x4000, 1, 0x10000 | ALL } },
      0,
      "pv64-kernel",
      0,
      0,
      "kernel: d1 1000/1000/1000 in 1,1,1\n"
      "xen: xen 1000/1000/1000 in 1,1,1 d1 1000/1000/1000 in 1,1,1\n" },
    { "a 32-bit one's code has 32 bits of addresses, under Meltdown as well",
      { WAY,
        { 0x4000, 0, 0x9000 | ALL },
        { 0x2000, 3, 0x3000 | ALL },
        { 0x2000, 4, 0x5000 | ALL },
        { 0x5000, 0, 0x200000 | ALL | PS },
        { 0x1000, 1, 0x2000 | ALL } },
      XENPT_FEAR_MELTDOWN,
      "pv32",
      0,
      0,
      "user: xen 1000/1000/1000 in 1,1,1\nkernel: xen 1000/1000/1000 in 1,1,1\n" },
    { "Xen that is compromised reaches all that there is",
      { WAY, { 0x4000, 0, 0x9000 | P } },
      XENPT_FEAR_XEN,
      "idle",
      0,
      0,
      "xen: xen 10000/10000/10000 in 1,1,1 d1 30000/30000/30000 in 1,1,1 "
      "d2 3c0000/3c0000/3c0000 in 1,1,1\n" },
    { "Xen that speculates reads what it has mapped, and writes nothing",
      { WAY, { 0x4000, 0, 0x9000 | P | RW } },
      XENPT_FEAR_SPECTRE_V1,
      "idle",
      0,
      0,
      "xen: xen 1000/0/0 in 1,0,0\n" },
    { "and the guest's own rows are not concerned",
      { WAY, { 0x4000, 0, 0x9000 | P | RW } },
      XENPT_FEAR_SPECTRE_V1,
      "xpti",
      0,
      0,
      "" },
    { "a terminal fault reads what an entry names that is not present, and nothing at 0",
      { WAY, { 0x4000, 0, 0x11000 }, { 0x4000, 1, NX | RW }, { 0x4000, 2, 0x9000 | ALL } },
      XENPT_FEAR_L1TF,
      "xpti",
      0,
      0,
      "user: xen 1000/1000/1000 in 1,1,1 d1 1000/0/0 in 1,0,0\n" },
    { "and one with reserved bits, of an L4 for instance; PS names a page of its level",
      { { 0x1000, 0, 0x20000 | ALL | PS },
        { 0x1000, 1, 0x2000 | ALL },
        { 0x2000, 0, 0x3000 | ALL },
        { 0x3000, 0, PS },
        { 0x3000, 1, 0x200000 | RW } },
      XENPT_FEAR_L1TF,
      "xpti",
      0,
      0,
      "user: xen 10000/0/0 in 1,0,0 d1 30000/0/0 in 1,0,0 d2 1c1000/0/0 in 1,0,0\n" },
};

static void narrow(struct world *w, const struct row *r)
{
    struct xenpt_regs regs = w->context.paging.regs;
    struct xenpt_cpu cpu = w->context.paging.cpu;

    regs.cr0 &= ~r->cr0_without;
    regs.cr4 |= r->cr4;
    assert_int_equal(xenpt_paging_init(&w->context.paging, &cpu, &regs, NULL), XENPT_OK);
    w->context.kind = r->kind;
}

static void test_words(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct xenpt_expose_options opt = { .owners = &owners, .threat = rows[i].threat };
        char buf[TEXT_MAX] = "";
        struct world w;

        world_init(&w);
        world_put(&w, rows[i].entries, ENTRIES_MAX);
        narrow(&w, &rows[i]);
        assert_int_equal(xenpt_expose(&w.view, &opt, add_row, buf, NULL, NULL), XENPT_OK);
        if (strcmp(buf, rows[i].lines) != 0)
            fail_msg("%s:\n%sexpected:\n%s", rows[i].claim, buf, rows[i].lines);
        world_fini(&w);
    }
}

/* A processor that is immune gives what the tables do. */
static void test_immune(void **state)
{
    static const struct entry entries[] = { WAY, { 0x4000, 0, 0x9000 | P | RW } };
    struct xenpt_expose_options opt = { .owners = &owners,
                                        .threat = XENPT_FEAR_MELTDOWN,
                                        .immune = true };
    char buf[TEXT_MAX] = "";
    struct world w;

    (void)state;
    world_init(&w);
    world_put(&w, entries, COUNT(entries));
    w.context.kind = "xpti";
    assert_int_equal(xenpt_expose(&w.view, &opt, add_row, buf, NULL, NULL), XENPT_OK);
    assert_string_equal(buf, "user:\n");
    world_fini(&w);
}

/* --- Two stages ---------------------------------------------------------------------------- */

static void test_second(void **state)
{
    static const struct {
        enum xenpt_fear threat;
        const char *lines;
    } list[] = {
        { XENPT_FEAR_NONE,
          "user: d1 1000/0/0 in 1,0,0\nkernel: xen 1000/1000/0 in 1,1,0 d1 1000/0/0 in 1,0,0\n" },
        { XENPT_FEAR_MELTDOWN, "user: xen 1000/0/0 in 1,0,0 d1 1000/0/0 in 1,0,0\n"
                               "kernel: xen 1000/1000/0 in 1,1,0 d1 1000/0/0 in 1,0,0\n" },
        /* The guest's own entry names machine frame 13, the second stage's frame 12. */
        { XENPT_FEAR_L1TF, "user: d1 3000/0/0 in 2,0,0\n"
                           "kernel: xen 1000/1000/0 in 1,1,0 d1 3000/0/0 in 2,0,0\n" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(list); i++) {
        struct xenpt_expose_options opt = { .owners = &owners, .threat = list[i].threat };
        char buf[TEXT_MAX] = "";
        struct world w;

        world_init(&w);
        second_stage(&w);
        assert_int_equal(xenpt_expose(&w.view, &opt, add_row, buf, NULL, NULL), XENPT_OK);
        assert_string_equal(buf, list[i].lines);
        world_fini(&w);
    }
}

/* A small page of the guest's is part of a large one of the second stage. */
static void test_part(void **state)
{
    static const struct entry entries[] = {
        { 0x103000, 1, 0 | EPT_ALL | PS },
        { 0x44000, 0, 0x212000 | ALL },
        { 0x44000, 1, 0 },
        { 0x44000, 2, 0 },
    };
    struct xenpt_expose_options opt = { .owners = &owners, .threat = XENPT_FEAR_GUEST_USER };
    char buf[TEXT_MAX] = "";
    struct world w;

    (void)state;
    world_init(&w);
    second_stage(&w);
    world_put(&w, entries, COUNT(entries));
    assert_int_equal(xenpt_expose(&w.view, &opt, add_row, buf, NULL, NULL), XENPT_OK);
    assert_string_equal(buf, "user: d1 1000/1000/1000 in 1,1,1\n");
    world_fini(&w);
}

static bool count_pieces(void *ctx, const struct xenpt_expose_row *row)
{
    *(size_t *)ctx += row->nr_pieces;
    return true;
}

/* What touches is one piece, if whoever executes can do the same there. */
static void test_touching(void **state)
{
    static const struct entry entries[] = { WAY,
                                            { 0x4000, 0, 0x8000 | ALL },
                                            { 0x4000, 1, 0x9000 | P | RW } };
    struct xenpt_expose_options opt = { .owners = &owners, .threat = XENPT_FEAR_GUEST_KERNEL };
    size_t nr = 0;
    struct world w;

    (void)state;
    world_init(&w);
    world_put(&w, entries, COUNT(entries));
    assert_int_equal(xenpt_expose(&w.view, &opt, count_pieces, &nr, NULL, NULL), XENPT_OK);
    assert_int_equal(nr, 1);
    world_fini(&w);
}

/* What a guest's kernel can map is all of its physical memory. */
static void test_physical(void **state)
{
    struct xenpt_expose_options opt = { .owners = &owners };
    char buf[TEXT_MAX] = "";
    struct world w;

    (void)state;
    world_init(&w);
    second_stage(&w);
    w.context.paging = w.context.second;
    w.context.has_second = false;
    w.context.kind = "ept";
    assert_int_equal(xenpt_expose(&w.view, &opt, add_row, buf, NULL, NULL), XENPT_OK);
    assert_string_equal(buf, "kernel: xen 1000/1000/1000 in 1,1,1 d1 1000/0/0 in 1,0,0 "
                             "d2 4000/4000/4000 in 1,1,1\n");
    world_fini(&w);
}

/* --- Who sees what ------------------------------------------------------------------------- */

static enum xenpt_sight sight(void *ctx, const struct xenpt_context *c, enum xenpt_executor by,
                              uint32_t owner)
{
    (void)ctx;
    assert_string_equal(c->name, "it");
    return by == XENPT_BY_XEN && owner == 1 ? XENPT_SIGHT_CIPHERTEXT : XENPT_SIGHT_PLAINTEXT;
}

static void test_sight(void **state)
{
    static const struct entry entries[] = { WAY, { 0x4000, 0, 0x9000 | P | RW | NX } };
    struct xenpt_expose_options opt = { .owners = &owners,
                                        .threat = XENPT_FEAR_XEN,
                                        .sight = sight };
    char buf[TEXT_MAX] = "";
    struct world w;

    (void)state;
    world_init(&w);
    world_put(&w, entries, COUNT(entries));
    w.context.kind = "idle";
    assert_int_equal(xenpt_expose(&w.view, &opt, add_row, buf, NULL, NULL), XENPT_OK);
    assert_string_equal(buf, "xen: xen 10000/10000/10000 in 1,1,1 "
                             "d1 30000/30000/30000 in 1,1,1 cipher 30000 "
                             "d2 3c0000/3c0000/3c0000 in 1,1,1\n");
    world_fini(&w);
}

/* One frame at 8 x 10^8 addresses and more, by tables that lead to themselves in all slots. */
static void test_many_ways(void **state)
{
    struct xenpt_expose_options opt = { .owners = &owners };
    struct xenpt_expose_counts counts;
    char buf[TEXT_MAX] = "";
    struct world w;

    (void)state;
    world_init(&w);
    for (unsigned int i = 0; i < 512; i++)
        world_put(&w, &(struct entry){ 0x1000, i, 0x1000 | ALL }, 1);
    assert_int_equal(xenpt_expose(&w.view, &opt, add_row, buf, &counts, NULL), XENPT_OK);
    assert_string_equal(buf, "user: xen 1000/1000/1000 in 1,1,1\n"
                             "kernel: xen 1000/1000/1000 in 1,1,1\n");
    assert_int_equal(counts.tables, 4);
    world_fini(&w);
}

/* --- What goes wrong ----------------------------------------------------------------------- */

static bool stop(void *ctx, const struct xenpt_expose_row *row)
{
    (void)ctx;
    (void)row;
    return false;
}

static void test_refused(void **state)
{
    static const struct entry entries[] = { WAY, { 0x4000, 0, 0x9000 | ALL } };
    struct xenpt_expose_options opt = { .owners = &owners };
    struct xenpt_error err;
    char buf[TEXT_MAX] = "";
    struct world w;

    (void)state;
    world_init(&w);
    world_put(&w, entries, COUNT(entries));
    assert_int_equal(xenpt_expose(&w.view, &opt, stop, NULL, NULL, &err), XENPT_ESTOPPED);
    opt.threat = XENPT_FEAR_DOM0;
    assert_int_equal(xenpt_expose(&w.view, &opt, add_row, buf, NULL, &err), XENPT_ESTATE);
    assert_non_null(strstr(err.text, "dom0"));
    opt.control = "d0";
    assert_int_equal(xenpt_expose(&w.view, &opt, add_row, buf, NULL, &err), XENPT_OK);
    assert_string_equal(buf, "");
    strcpy(w.context.domain, "d0");
    assert_int_equal(xenpt_expose(&w.view, &opt, add_row, buf, NULL, &err), XENPT_OK);
    assert_string_equal(buf, "kernel: xen 1000/1000/1000 in 1,1,1\n");
    world_fini(&w);
}

static bool count_lost(void *ctx, const struct xenpt_expose_row *row)
{
    *(uint64_t *)ctx += row->incomplete;
    return true;
}

static void test_no_table(void **state)
{
    static const struct entry entries[] = { { 0x1000, 0, FRAME(0x12345) | ALL } };
    struct xenpt_expose_options opt = { .owners = &owners };
    uint64_t lost = 0;
    struct world w;

    (void)state;
    world_init(&w);
    world_put(&w, entries, COUNT(entries));
    assert_int_equal(xenpt_expose(&w.view, &opt, count_lost, &lost, NULL, NULL), XENPT_OK);
    assert_int_equal(lost, 2); /* The row that finds it known already, too. */
    world_fini(&w);
}

static enum xenpt_code ask(const struct world *w, char *text)
{
    struct xenpt_expose_options opt = { .owners = &owners };

    return xenpt_expose(&w->view, &opt, add_row, text, NULL, NULL);
}

static void test_no_memory(void **state)
{
    (void)state;
    each_allocation_fails(ask);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words),     cmocka_unit_test(test_immune),
        cmocka_unit_test(test_second),    cmocka_unit_test(test_part),
        cmocka_unit_test(test_touching),  cmocka_unit_test(test_physical),
        cmocka_unit_test(test_sight),     cmocka_unit_test(test_many_ways),
        cmocka_unit_test(test_refused),   cmocka_unit_test(test_no_table),
        cmocka_unit_test(test_no_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
