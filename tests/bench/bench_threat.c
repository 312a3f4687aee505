/*
 * bench_threat.c - what a threat reaches on a host with 100 domains that have a million frames
 * mapped, here and there: of a guest's kernel, of dom0, of Xen; beside going through what all their
 * kernels have mapped, which answers no more than who has what now.
 */
#include <stdio.h>
#include <stdlib.h>

#include "bench.h"
#include "xenpt.h"

#define ROUNDS  7
#define DOMAINS 100u
#define FRAMES  UINT64_C(12288) /* Of a domain... */
#define FIRST   UINT64_C(2600)  /* ...from this one on its builder has left them. */
#define L1S     UINT64_C(20)    /* Its tables, all of whose entries map something... */
#define ENTRIES 512u            /* ...10,240 pages of each domain. */
#define TABLE   UINT64_C(0x67)
#define PAGE    UINT64_C(0x63)

struct host {
    struct xenpt_domain_range range[DOMAINS];
    struct xenpt_domain_desc domain[DOMAINS];
    char name[DOMAINS][8];
    struct xenpt_machine *machine;
    const struct xenpt_view *view;
    uint64_t random;
};

static void must(enum xenpt_code code, const struct xenpt_error *err)
{
    if (!code)
        return;
    fprintf(stderr, "bench_threat: %s\n", err->text);
    exit(2);
}

/* --- The host ------------------------------------------------------------------------------ */

static void update(struct host *h, uint32_t d, const struct xenpt_pv_mmu_update *req, size_t nr)
{
    struct xenpt_pv_caller caller = { .domain = d };
    struct xenpt_pv_result r;
    struct xenpt_error err = { 0 };

    must(xenpt_pv_mmu_update(h->machine, &caller, req, nr, XENPT_DOMID_SELF, &r, &err), &err);
    if (r.error) {
        fprintf(stderr, "bench_threat: mmu_update of d%u: %s by %s\n", (unsigned int)d, r.name,
                r.rule ? r.rule->name : "?");
        exit(2);
    }
}

/* Tables behind slot 5 of its kernel's root, whose entries lead here and there. */
static void fill(struct host *h, uint32_t d)
{
    uint64_t base = h->range[d].mfn + FIRST, l2 = base + L1S, l3 = l2 + 1, pages = l3 + 1;
    uint64_t nr = FRAMES - FIRST - L1S - 2;
    struct xenpt_pv_mmu_update req[ENTRIES];
    struct xenpt_error err = { 0 };
    const struct xenpt_context *c;
    char name[XENPT_NAME_MAX];

    must(xenpt_machine_run(h->machine, d, 0, 0, XENPT_RUN_KERNEL, &err), &err);
    for (uint64_t t = 0; t < L1S; t++) {
        for (unsigned int i = 0; i < ENTRIES; i++)
            req[i] = (struct xenpt_pv_mmu_update){
                (base + t) << 12 | i * 8u, (pages + bench_random(&h->random) % nr) << 12 | PAGE
            };
        update(h, d, req, ENTRIES);
        req[0] = (struct xenpt_pv_mmu_update){ l2 << 12 | t * 8u, (base + t) << 12 | TABLE };
        update(h, d, req, 1);
    }
    req[0] = (struct xenpt_pv_mmu_update){ l3 << 12, l2 << 12 | TABLE };
    update(h, d, req, 1);
    must(xenpt_machine_view(h->machine, &h->view, &err), &err);
    snprintf(name, sizeof(name), "d%u.v0.xen", (unsigned int)d);
    c = xenpt_view_context(h->view, name);
    req[0] = (struct xenpt_pv_mmu_update){ (c->paging.root & ~UINT64_C(0xfff)) | 5 * 8u,
                                           l3 << 12 | TABLE };
    update(h, d, req, 1);
}

static void build(struct host *h, const struct xenpt_layout *layout)
{
    struct xenpt_machine_desc desc = { .host = { .ram = UINT64_C(16) << 30, .cpus = 2 },
                                       .domains = h->domain,
                                       .nr_domains = DOMAINS };
    struct xenpt_error err = { 0 };

    for (uint32_t d = 0; d < DOMAINS; d++) {
        snprintf(h->name[d], sizeof(h->name[d]), "d%u", (unsigned int)d);
        h->range[d] = (struct xenpt_domain_range){ .nr = FRAMES,
                                                   .placed = true,
                                                   .mfn = UINT64_C(0x100000) + d * 2 * FRAMES };
        h->domain[d] = (struct xenpt_domain_desc){ .name = h->name[d],
                                                   .type = XENPT_DOMAIN_PV64,
                                                   .ranges = &h->range[d],
                                                   .nr_ranges = 1,
                                                   .privileged = d == 0,
                                                   .built_by_xen = d == 0 };
    }
    desc.xen.layout = layout;
    must(xenpt_machine_create(&desc, &h->machine, &err), &err);
    h->random = 1;
    for (uint32_t d = 0; d < DOMAINS; d++)
        fill(h, d);
    must(xenpt_machine_view(h->machine, &h->view, &err), &err);
}

/* --- Contenders ---------------------------------------------------------------------------- */

static bool add_page(void *ctx, const struct xenpt_map_range *range)
{
    uint64_t *pages = ctx;

    *pages += (range->last - range->first + 1) >> XENPT_PAGE_SHIFT;
    return true;
}

/* What all kernels have mapped now, by the guests' own roots. */
static uint64_t run_maps(void *ctx)
{
    const struct xenpt_map_options opt = { .user = true,
                                           .unfold = true,
                                           .kinds = 1u << XENPT_MAP_PAGES };
    struct host *h = ctx;
    uint64_t pages = 0;

    for (uint32_t d = 0; d < DOMAINS; d++) {
        struct xenpt_error err = { 0 };
        char name[XENPT_NAME_MAX];

        snprintf(name, sizeof(name), "d%u.v0.xen", (unsigned int)d);
        must(xenpt_map(h->view, xenpt_view_context(h->view, name), &opt, add_page, &pages, NULL,
                       &err),
             &err);
    }
    return pages;
}

/* How many frames are reached to be written. */
static uint64_t reached(struct host *h, const struct xenpt_party *parties, size_t nr)
{
    const struct xenpt_threat_options opt = { .iommu = XENPT_DMA_STRICT };
    struct xenpt_threat *threat;
    struct xenpt_threat_piece p;
    struct xenpt_error err = { 0 };
    uint64_t frames = 0;

    must(xenpt_threat_create(h->machine, parties, nr, &opt, &threat, &err), &err);
    for (uint64_t f = 0; xenpt_threat_piece(threat, f, &p); f = p.last + 1)
        if (p.what != XENPT_THREAT_MMIO && p.rights & 1u << XENPT_THREAT_WRITE)
            frames += p.last - p.first + 1;
    xenpt_threat_destroy(threat);
    return frames;
}

static uint64_t run_guest(void *ctx)
{
    return reached(ctx, &(struct xenpt_party){ XENPT_PARTY_KERNEL, 1 }, 1);
}

static uint64_t run_dom0(void *ctx)
{
    return reached(ctx, &(struct xenpt_party){ XENPT_PARTY_KERNEL, 0 }, 1);
}

static uint64_t run_xen(void *ctx)
{
    return reached(ctx, &(struct xenpt_party){ .kind = XENPT_PARTY_XEN }, 1);
}

int main(void)
{
    struct contender c[] = { { .name = "what is mapped now", .run = run_maps },
                             { .name = "threat of a guest's kernel", .run = run_guest },
                             { .name = "threat of dom0", .run = run_dom0 },
                             { .name = "threat of Xen", .run = run_xen } };
    struct xenpt_layout *layout;
    struct xenpt_error err = { 0 };
    static struct host h;
    double start;

    must(xenpt_layout_open("4.17", &layout, &err), &err);
    build(&h, layout);
    printf("%llu pages mapped by %u domains\n", (unsigned long long)run_maps(&h), DOMAINS);
    start = bench_cpu_seconds();
    printf("dom0 reaches %llu frames to write\n", (unsigned long long)run_dom0(&h));
    bench_target("seconds for the threat of dom0, the first time", bench_cpu_seconds() - start,
                 true, 5);
    bench("a million frames of 100 domains", c, sizeof(c) / sizeof(c[0]), ROUNDS, 1, &h);
    bench_target("threat of dom0, which becomes all kernels / what is mapped now",
                 bench_ratio(&c[2], &c[0], ROUNDS), true, 20);
    bench_target("threat of a guest's kernel / what is mapped now",
                 bench_ratio(&c[1], &c[0], ROUNDS), true, 1);
    xenpt_machine_destroy(h.machine);
    xenpt_layout_close(layout);
    return bench_missed() ? 1 : 0;
}
