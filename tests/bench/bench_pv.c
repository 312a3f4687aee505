/*
 * bench_pv.c - what Xen's rules for PV page tables cost: updates of L1 entries, pinning and
 * unpinning 10,022 tables, beside reading the same tables and counting what they lead to; and one
 * hypercall on a host of 1 GiB and one of 1 TiB.
 */
#include <stdio.h>
#include <stdlib.h>

#include "bench.h"
#include "xenpt.h"
#include "xenpt/pv.h"

#define ROUNDS   15
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define GIB      (UINT64_C(1) << 30)

/* The domain's memory: frames that its builder uses; tables; pages that they map. */
#define FRAMES  UINT64_C(65536)
#define FIRST   UINT64_C(0x4000)
#define L1S     UINT64_C(10000)
#define L2S     UINT64_C(20) /* 512 L1 tables each. */
#define TABLES  (L1S + L2S + 2)
#define MAPS    4u /* Of each L1 table: the rest of it is empty. */
#define PAGES   (L1S * MAPS)
#define UPDATES 65536u
#define BATCH   128u /* Of updates in a hypercall. */
#define CALLS   4096u

#define TABLE UINT64_C(0x67)
#define PAGE  UINT64_C(0x63)

struct guest {
    struct xenpt_domain_range range;
    struct xenpt_domain_desc domain;
    struct xenpt_machine *machine;
    struct xenpt_pv_caller caller;
    const struct xenpt_reader *mem;
    uint64_t l1, l2, l3, l4, page; /* The first frame of each kind. */
    uint32_t *count;               /* By hand: references, by frame of the domain's. */
    struct xenpt_pv_mmu_update *req;
    uint64_t random;
    bool in_row;
};

/* Two hosts that differ in how large they are. */
struct hosts {
    struct guest small, large;
};

static void must(enum xenpt_code code, const struct xenpt_error *err)
{
    if (!code)
        return;
    fprintf(stderr, "bench_pv: %s\n", err->text);
    exit(2);
}

static void update(struct guest *g, const struct xenpt_pv_mmu_update *req, size_t nr)
{
    struct xenpt_pv_result r;
    struct xenpt_error err = { 0 };

    must(xenpt_pv_mmu_update(g->machine, &g->caller, req, nr, XENPT_DOMID_SELF, &r, &err), &err);
    if (r.error || r.done != nr) {
        fprintf(stderr, "bench_pv: mmu_update: %s\n", r.name);
        exit(2);
    }
}

static void extended(struct guest *g, uint32_t cmd, uint64_t arg)
{
    struct xenpt_pv_mmuext op = { .cmd = cmd, .arg = arg };
    struct xenpt_pv_result r;
    struct xenpt_error err = { 0 };

    must(xenpt_pv_mmuext(g->machine, &g->caller, &op, 1, XENPT_DOMID_SELF, &r, &err), &err);
    if (r.error) {
        fprintf(stderr, "bench_pv: mmuext_op: %s\n", r.name);
        exit(2);
    }
}

/* --- The hierarchy ------------------------------------------------------------------------- */

static void set(struct guest *g, uint64_t table, uint64_t slot, uint64_t entry)
{
    const struct xenpt_pv_mmu_update req = { table << 12 | slot * 8, entry };

    update(g, &req, 1);
}

/* Tables that no other table leads to yet are pages, which their guest fills as it likes. */
static void fill(struct guest *g)
{
    g->l4 = FIRST + FRAMES - 1 - PAGES - TABLES;
    g->l3 = g->l4 + 1;
    g->l2 = g->l3 + 1;
    g->l1 = g->l2 + L2S;
    g->page = g->l1 + L1S;
    for (uint64_t i = 0; i < PAGES; i++)
        set(g, g->l1 + i / MAPS, i % MAPS * (512 / MAPS) + i % 7, (g->page + i) << 12 | PAGE);
    for (uint64_t i = 0; i < L1S; i++)
        set(g, g->l2 + i / 512, i % 512, (g->l1 + i) << 12 | TABLE);
    for (uint64_t i = 0; i < L2S; i++)
        set(g, g->l3, i, (g->l2 + i) << 12 | TABLE);
    set(g, g->l4, 0, g->l3 << 12 | TABLE);
}

static void begin(struct guest *g, const struct xenpt_layout *layout, uint64_t ram)
{
    const struct xenpt_view *view;
    struct xenpt_error err = { 0 };

    *g = (struct guest){ .random = 88172645463325252, .caller = { .domain = 0 } };
    g->range = (struct xenpt_domain_range){ .nr = FRAMES, .placed = true, .mfn = FIRST };
    g->domain = (struct xenpt_domain_desc){ .type = XENPT_DOMAIN_PV64,
                                            .ranges = &g->range,
                                            .nr_ranges = 1 };
    must(xenpt_machine_create(&(struct xenpt_machine_desc){ .host = { .ram = ram },
                                                            .xen = { .layout = layout },
                                                            .domains = &g->domain,
                                                            .nr_domains = 1 },
                              &g->machine, &err),
         &err);
    must(xenpt_machine_run(g->machine, 0, 0, 0, XENPT_RUN_KERNEL, &err), &err);
    must(xenpt_machine_view(g->machine, &view, &err), &err);
    g->mem = view->mem;
    g->count = calloc(FRAMES, sizeof(*g->count));
    g->req = calloc(UPDATES, sizeof(*g->req));
    if (!g->count || !g->req)
        exit(2);
    fill(g);
}

static void finish(struct guest *g)
{
    xenpt_machine_destroy(g->machine);
    free(g->count);
    free(g->req);
}

/* --- Pinning ------------------------------------------------------------------------------- */

static bool is_pinned(struct guest *g)
{
    struct xenpt_frame f;
    struct xenpt_error err = { 0 };

    must(xenpt_pv_frame(g->machine, g->l4, &f, &err), &err);
    return f.pinned;
}

static uint64_t pin(void *ctx)
{
    struct guest *g = ctx;

    extended(g, XENPT_PV_PIN_L4, g->l4);
    return 0;
}

static uint64_t unpin(void *ctx)
{
    struct guest *g = ctx;

    extended(g, XENPT_PV_UNPIN, g->l4);
    return 0;
}

static void be_pinned(void *ctx)
{
    if (!is_pinned(ctx))
        pin(ctx);
}

static void be_unpinned(void *ctx)
{
    if (is_pinned(ctx))
        unpin(ctx);
}

static void count_table(struct guest *g, uint64_t table, unsigned int level)
{
    uint8_t copy[4096] __attribute__((aligned(8)));
    const uint64_t *entry = (const void *)xenpt_read_page(g->mem, table << 12, copy);

    /* Of the root only what is the guest's. */
    for (unsigned int i = 0; i < (level == 4 ? 256 : 512); i++) {
        uint64_t to = entry[i] << 12 >> 24;

        if (!(entry[i] & 1))
            continue;
        if (!g->count[to - FIRST]++ && level > 1)
            count_table(g, to, level - 1);
    }
}

/* What a pin has to do at the very least: read each table once, and count what it leads to. */
static uint64_t by_hand(void *ctx)
{
    struct guest *g = ctx;

    for (uint64_t i = 0; i < FRAMES; i++)
        g->count[i] = 0;
    count_table(g, g->l4, 4);
    return g->count[g->page - FIRST];
}

/* By hand as many references to a page are found as Xen's rules have counted. */
static void agree(struct guest *g)
{
    char wrong[XENPT_PV_WRONG_MAX];
    struct xenpt_frame f;
    struct xenpt_error err = { 0 };
    uint64_t frame;

    be_pinned(g);
    must(xenpt_pv_check_counts(g->machine, wrong, &frame, &err), &err);
    must(xenpt_pv_frame(g->machine, g->page, &f, &err), &err);
    if (!*wrong && f.type_count == by_hand(g))
        return;
    fprintf(stderr, "bench_pv: what is counted is not what there is: %s\n", wrong);
    exit(1);
}

static void run_pins(struct guest *g)
{
    struct contender c[] = {
        { .name = "reading and counting by hand", .run = by_hand },
        { .name = "pin", .run = pin, .prepare = be_unpinned },
        { .name = "unpin", .run = unpin, .prepare = be_pinned },
    };
    char title[128];

    snprintf(title, sizeof(title), "%u tables, %u entries in each L1 table: ns a table",
             (unsigned int)TABLES, MAPS);
    agree(g);
    bench(title, c, COUNT(c), ROUNDS, (double)TABLES, g);
    agree(g);
    bench_target("pin: ms", bench_median(&c[1], ROUNDS) * (double)TABLES / 1e6, true, 20);
    bench_target("unpin: ms", bench_median(&c[2], ROUNDS) * (double)TABLES / 1e6, true, 20);
    printf("  pin / by hand %.1f, unpin / by hand %.1f\n", bench_ratio(&c[1], &c[0], ROUNDS),
           bench_ratio(&c[2], &c[0], ROUNDS));
}

/* --- Updates ------------------------------------------------------------------------------- */

/* Each takes a page, and most give up one; in a row: table after table, slot after slot. */
static void updates(void *ctx)
{
    struct guest *g = ctx;
    uint64_t first = bench_random(&g->random);

    be_pinned(g);
    for (uint64_t i = 0; i < UPDATES; i++) {
        uint64_t to = (g->in_row ? first + i : bench_random(&g->random)) % (L1S * 512);
        uint64_t page = g->in_row ? (first + i) % PAGES : bench_random(&g->random) % PAGES;

        g->req[i] = (struct xenpt_pv_mmu_update){ (g->l1 << 12) + to * 8,
                                                  (g->page + page) << 12 | PAGE };
    }
}

static uint64_t in_batches(void *ctx)
{
    struct guest *g = ctx;

    for (uint64_t i = 0; i < UPDATES; i += BATCH)
        update(g, &g->req[i], BATCH);
    return 0;
}

static uint64_t one_by_one(void *ctx)
{
    struct guest *g = ctx;

    for (uint64_t i = 0; i < UPDATES; i++)
        update(g, &g->req[i], 1);
    return 0;
}

static void run_updates(struct guest *g, bool in_row)
{
    struct contender c[] = {
        { .name = "128 in a hypercall", .run = in_batches, .prepare = updates },
        { .name = "1 in a hypercall", .run = one_by_one, .prepare = updates },
    };

    g->in_row = in_row;
    bench(in_row ? "updates of L1 entries, in a row" : "updates of L1 entries at random", c,
          COUNT(c), ROUNDS, UPDATES, g);
    bench_target("millions a second, 128 in a hypercall", 1e3 / bench_median(&c[0], ROUNDS), false,
                 1);
}

/* --- Hosts --------------------------------------------------------------------------------- */

/* Two entries change places, so that the guest is what it was. */
static uint64_t calls(struct guest *g)
{
    for (uint64_t i = 0; i < CALLS; i++)
        set(g, g->l1, 9, (g->page + i % 2) << 12 | PAGE);
    return 0;
}

static uint64_t calls_small(void *ctx)
{
    return calls(&((struct hosts *)ctx)->small);
}

static uint64_t calls_large(void *ctx)
{
    return calls(&((struct hosts *)ctx)->large);
}

static void run_hosts(struct hosts *h)
{
    struct contender c[] = {
        { .name = "1 GiB", .run = calls_small },
        { .name = "1 TiB", .run = calls_large },
    };

    be_pinned(&h->small);
    be_pinned(&h->large);
    bench("one update in a hypercall, on a host of", c, COUNT(c), 3 * ROUNDS, CALLS, h);
    bench_target("1 TiB / 1 GiB", bench_ratio(&c[1], &c[0], 3 * ROUNDS), true, 1.1);
}

int main(void)
{
    static struct hosts h;
    struct xenpt_layout *layout;
    struct xenpt_error err = { 0 };

    must(xenpt_layout_open("4.17", &layout, &err), &err);
    begin(&h.small, layout, GIB);
    begin(&h.large, layout, 1024 * GIB);
    run_pins(&h.small);
    run_updates(&h.small, true);
    run_updates(&h.small, false);
    run_hosts(&h);
    finish(&h.small);
    finish(&h.large);
    xenpt_layout_close(layout);
    printf("\n%u targets missed\n", bench_missed());
    return 0;
}
