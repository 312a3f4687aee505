/* derive_p2m.c - guests' memory, and by what a processor finds it, from second stages. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "xen/deriving.h"
#include "xen/found.h"

/* Of p2m-ept.c and p2m-pt.c: the type of a page, and the one of what is the host's own. */
#define TYPE             XENPT_BITS(57, 52)
#define TYPE_MMIO_DIRECT (UINT64_C(5) << 52)

/* Where the toolstack puts RAM, and frames that only an HVM guest has: see hvm.c. */
#define RAM_END  UINT64_C(0xf0000000)
#define RAM_MORE (UINT64_C(1) << 32)
#define IOREQ    UINT64_C(0xfeff0000)

static bool is_p2m(const struct xenpt_root *root)
{
    return root->context.paging.format.second_stage;
}

static bool is_ept(const struct xenpt_root *root)
{
    return !strcmp(root->context.kind, P2M_KIND_EPT);
}

static bool any(const struct deriving *d, bool ept)
{
    for (size_t i = 0; i < d->nr_roots; i++)
        if (is_p2m(&d->root[i]) && is_ept(&d->root[i]) == ept)
            return true;
    return false;
}

bool derived_amd(const struct deriving *d)
{
    for (size_t i = 0; i < d->nr_roots; i++)
        if (root_is(&d->root[i], XENPT_ROOT_HAP) && !d->root[i].stale)
            return any(d, false) && !any(d, true);
    return false;
}

/* --- How EPT is used ----------------------------------------------------------------------- */

struct ept_use {
    bool any, a_d;
    uint16_t until;    /* Minor number of the last release that has such entries; 0: any. */
    bool larger, no_x; /* There are larger pages; some of them without x. */
};

static bool look(void *ctx, const struct xenpt_range ranges[], size_t n)
{
    struct ept_use *use = ctx;

    for (size_t i = 0; i < n; i++)
        if (ranges[i].level > 1) {
            use->larger = true;
            use->no_x |= !(ranges[i].entry & xenpt_format(XENPT_EPT4)->right[XENPT_XS]);
        }
    return true;
}

/* Entries have had three forms: see p2m.c. */
static uint16_t until(uint64_t entry)
{
    if (!(entry & XENPT_BIT(63)))
        return 5;
    return entry & XENPT_BIT(61) ? 0 : 21;
}

static enum xenpt_code ept_use(const struct deriving *d, struct ept_use *ret)
{
    const struct xenpt_scan_options opt = { .merge = true };
    enum xenpt_code code = XENPT_OK;

    *ret = (struct ept_use){ .any = false };
    for (size_t i = 0; !code && i < d->nr_roots; i++) {
        const struct xenpt_context *c = &d->root[i].context;
        struct xenpt_walk walk;

        if (!is_p2m(&d->root[i]) || !is_ept(&d->root[i]))
            continue;
        ret->any = true;
        xenpt_walk(&c->paging, d->view->mem, 0, &walk);
        if (walk.nr_steps)
            ret->until = until(walk.step[0].entry);
        /* Before 4.6 there are no such bits. */
        ret->a_d |= walk.nr_steps &&
                    (walk.step[0].entry & xenpt_format(XENPT_EPT4)->accessed || ret->until == 5);
        code = xenpt_scan(&c->paging, d->view->mem, &opt, look, ret, NULL, d->err);
    }
    return code;
}

enum xenpt_code derived_ept(struct deriving *d, const char **ret)
{
    static const char *const words[2][2] = { { "ept=no-ad ", "ept=no-ad,exec-sp " },
                                             { "", "ept=exec-sp " } };
    const struct xenpt_release *first = &d->layout->first, *last = &d->layout->last;
    struct ept_use use;
    enum xenpt_code code = ept_use(d, &use);

    /* The hardware domain's larger pages have x, whatever the others' have. */
    *ret = use.any ? words[use.a_d][use.larger && !use.no_x] : "";
    if (use.until && first->minor <= use.until && (!last->major || last->minor > use.until)) {
        d->desc->xen.release = (struct xenpt_release){ .major = first->major, .minor = use.until };
        infer(d, "release", "before the last that has this layout", "entries of EPT");
    }
    return code;
}

/* --- Memory -------------------------------------------------------------------------------- */

static bool add(void *ctx, const struct xenpt_range ranges[], size_t n)
{
    uint64_t *bytes = ctx;

    for (size_t i = 0; i < n; i++)
        if ((ranges[i].entry & TYPE) != TYPE_MMIO_DIRECT &&
            (ranges[i].first < RAM_END || ranges[i].first >= RAM_MORE))
            *bytes += ranges[i].last - ranges[i].first + 1;
    return true;
}

/* The p2m of a domain: its own, or the first that nobody has. */
static const struct xenpt_root *p2m_of(const struct deriving *d,
                                       const struct xenpt_domain_desc *domain, size_t *next)
{
    bool shadow = domain->paging == XENPT_GUEST_SHADOW;

    for (size_t i = 0; i < d->nr_roots; i++)
        if (is_p2m(&d->root[i]) && !strcmp(d->root[i].context.domain, domain->name))
            return &d->root[i];
    while (*next < d->nr_roots) {
        const struct xenpt_root *root = &d->root[(*next)++];

        if (is_p2m(root) && !*root->context.domain && !(shadow && is_ept(root)))
            return root;
    }
    return NULL;
}

static enum xenpt_code one(struct deriving *d, struct xenpt_domain_desc *domain,
                           const struct xenpt_root *root, uint64_t *left)
{
    struct xenpt_scan_options opt = { .merge = true, .same = TYPE };
    uint64_t bytes = 0;
    char value[100];
    enum xenpt_code code = xenpt_scan(&root->context.paging, d->view->mem, &opt, add, &bytes, NULL,
                                      d->err);

    if (code || bytes < domain->memory || bytes > *left)
        return code;
    *left -= bytes;
    domain->memory = bytes;
    if (!domain->built_by_xen && maps_any_page(d, &root->context, IOREQ, IOREQ))
        domain->type = XENPT_DOMAIN_HVM;
    snprintf(value, sizeof(value), "%s: %" PRIu64 " KiB", domain->name, bytes >> 10);
    infer(d, "memory", value, "%s maps as much; %s", root->context.name,
          *root->context.domain ? "no other domain has a second stage"
                                : "whose it is, no table tells: the first that is left");
    return XENPT_OK;
}

enum xenpt_code derive_p2m(struct deriving *d)
{
    enum xenpt_code code = XENPT_OK;
    uint64_t left = 0;
    size_t next = 0;

    for (size_t i = 0; i < d->desc->host.nr_ranges; i++)
        left += d->ram[i].last - d->ram[i].first + 1;
    left -= left / 4; /* Xen needs some, and so do all other domains. */
    for (size_t i = 0; !code && i < d->desc->nr_domains; i++) {
        struct xenpt_domain_desc *domain = &d->domains[i];
        bool pv = domain->type == XENPT_DOMAIN_PV64 || domain->type == XENPT_DOMAIN_PV32;
        const struct xenpt_root *root = pv ? NULL : p2m_of(d, domain, &next);

        if (root)
            code = one(d, domain, root, &left);
    }
    return code;
}
