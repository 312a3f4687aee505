/* derive_p2m.c - guests' memory, and by what a processor finds it, from second stages. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "xen/deriving.h"
#include "xen/found.h"

/* Of p2m-ept.c and p2m-pt.c: the type of a page, and the one of what is the host's own. */
#define TYPE             XENPT_BITS(57, 52)
#define TYPE_MMIO_DIRECT (UINT64_C(5) << 52)

/* Types below are to be worked out anew: set in EPT, with memory type 7; clear elsewhere. */
#define EPT_RECALC XENPT_BIT(10)
#define NPT_US     XENPT_BIT(2)

/* Where the toolstack puts RAM, frames that only an HVM guest has, and a hole: see hvm.c. */
#define RAM_END  UINT64_C(0xf0000000)
#define RAM_MORE (UINT64_C(1) << 32)
#define IOREQ    UINT64_C(0xfeff0000)
#define VGA      UINT64_C(0xa0000)
#define VGA_END  UINT64_C(0xc0000)

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

/* --- Pages --------------------------------------------------------------------------------- */

/* A page of a guest's, as its entry has it. */
struct p2m_page {
    uint64_t in, entry;
    unsigned int level;
};

static uint64_t page_size(unsigned int level)
{
    return UINT64_C(1) << (XENPT_PAGE_SHIFT + 9 * (level - 1));
}

struct reading {
    const struct xenpt_reader *mem;
    uint64_t present; /* Any of these bits. */
    void (*each)(void *ctx, const struct p2m_page *page);
    void *ctx;
};

/* Entries as they are, and not as a processor reads them: it accepts none whose type is to be
 * worked out anew, and a domain that Xen has just built is full of those. */
static void read_below(const struct reading *r, uint64_t table, unsigned int level, uint64_t in)
{
    uint8_t copy[XENPT_PAGE_SIZE] __attribute__((aligned(8)));
    const uint8_t *page = xenpt_read_page(r->mem, table, copy);

    for (unsigned int i = 0; page && i < XENPT_PAGE_SIZE / 8; i++, in += page_size(level)) {
        struct p2m_page p = { .in = in, .level = level };

        memcpy(&p.entry, page + i * sizeof(p.entry), sizeof(p.entry));
        if (!(p.entry & r->present))
            continue;
        if (level == 1 || p.entry & ENTRY_PS)
            r->each(r->ctx, &p);
        else
            read_below(r, p.entry & ENTRY_ADDRESS, level - 1, in);
    }
}

static void each_page(const struct deriving *d, const struct xenpt_root *root,
                      void (*each)(void *ctx, const struct p2m_page *page), void *ctx)
{
    const struct reading r = { d->view->mem, is_ept(root) ? XENPT_BITS(2, 0) : ENTRY_P, each, ctx };

    read_below(&r, root->context.paging.root, 4, 0);
}

/* Below 1 MiB a PC has devices and firmware, which the hardware domain has one to one. */
#define LOW_FIRST UINT64_C(0xa0000)
#define LOW_LAST  UINT64_C(0xfffff)

static void look_for_devices(void *ctx, const struct p2m_page *p)
{
    if (p->in >= LOW_FIRST && p->in <= LOW_LAST && (p->entry & TYPE) == TYPE_MMIO_DIRECT &&
        (p->entry & ENTRY_ADDRESS) == p->in)
        *(bool *)ctx = true;
}

static bool has_devices(const struct deriving *d, const struct xenpt_root *root)
{
    bool found = false;

    each_page(d, root, look_for_devices, &found);
    return found;
}

bool derived_pvh_dom0(const struct deriving *d)
{
    for (size_t i = 0; i < d->nr_roots; i++)
        if (is_p2m(&d->root[i]) && has_devices(d, &d->root[i]))
            return true;
    return false;
}

/* --- How EPT is used ----------------------------------------------------------------------- */

struct ept_use {
    bool any, a_d;
    uint16_t until;    /* Minor number of the last release that has such entries; 0: any. */
    bool larger, no_x; /* There are larger pages; some of them without x. */
};

static void look(void *ctx, const struct p2m_page *p)
{
    struct ept_use *use = ctx;

    if (p->level == 1)
        return;
    use->larger = true;
    use->no_x |= !(p->entry & xenpt_format(XENPT_EPT4)->right[XENPT_XS]);
}

/* Entries have had three forms: see p2m.c. */
static uint16_t until(uint64_t entry)
{
    if (!(entry & XENPT_BIT(63)))
        return 5;
    return entry & XENPT_BIT(61) ? 0 : 21;
}

static struct ept_use ept_use(const struct deriving *d)
{
    struct ept_use use = { .any = false };

    for (size_t i = 0; i < d->nr_roots; i++) {
        const struct xenpt_context *c = &d->root[i].context;
        struct xenpt_walk walk;

        if (!is_p2m(&d->root[i]) || !is_ept(&d->root[i]))
            continue;
        use.any = true;
        xenpt_walk(&c->paging, d->view->mem, 0, &walk);
        if (walk.nr_steps)
            use.until = until(walk.step[0].entry);
        /* Before 4.6 there are no such bits. */
        use.a_d |= walk.nr_steps &&
                   (walk.step[0].entry & xenpt_format(XENPT_EPT4)->accessed || use.until == 5);
        each_page(d, &d->root[i], look, &use);
    }
    return use;
}

const char *derived_ept(struct deriving *d)
{
    static const char *const words[2][2] = { { "ept=no-ad ", "ept=no-ad,exec-sp " },
                                             { "", "ept=exec-sp " } };
    const struct xenpt_release *first = &d->layout->first, *last = &d->layout->last;
    struct ept_use use = ept_use(d);

    if (use.until && first->minor <= use.until && (!last->major || last->minor > use.until)) {
        d->desc->xen.release = (struct xenpt_release){ .major = first->major, .minor = use.until };
        infer(d, "release", "before the last that has this layout", "entries of EPT");
    }
    /* The hardware domain's larger pages have x, whatever the others' have. */
    return use.any ? words[use.a_d][use.larger && !use.no_x] : "";
}

/* --- Memory -------------------------------------------------------------------------------- */

struct memory {
    uint64_t bytes;
    bool ioreq; /* There are the frames for a device model's requests... */
    bool vga;   /* ...and something where a PC has its graphics memory. */
};

static void add(void *ctx, const struct p2m_page *p)
{
    struct memory *memory = ctx;

    if ((p->entry & TYPE) != TYPE_MMIO_DIRECT && (p->in < RAM_END || p->in >= RAM_MORE))
        memory->bytes += page_size(p->level);
    memory->ioreq |= p->in == IOREQ;
    memory->vga |= p->in < VGA_END && p->in + page_size(p->level) > VGA;
}

/* How likely a p2m is that of a domain; the least is best. */
struct match {
    bool devices;     /* One has devices and the other is not what Xen built, or the reverse. */
    uint64_t further; /* How far its root is below the domain's area: both are allocated when the
                         domain is created, from the top. */
};

static struct match match_of(const struct deriving *d, const struct xenpt_domain_desc *domain,
                             const struct xenpt_root *root)
{
    uint64_t area = strtoull(domain->name, NULL, 0);

    return (struct match){
        .devices = has_devices(d, root) != domain->built_by_xen,
        .further = area - (root->context.paging.root >> XENPT_PAGE_SHIFT),
    };
}

/* Whether it can be the domain's at all: Intel's processors have EPT for all but shadow paging. */
static bool can_be(const struct deriving *d, const struct xenpt_domain_desc *domain,
                   const struct xenpt_root *root)
{
    if (!is_p2m(root))
        return false;
    if (*root->context.domain)
        return !strcmp(root->context.domain, domain->name);
    return is_ept(root) == (domain->paging != XENPT_GUEST_SHADOW && any(d, true));
}

static bool is_taken(const struct xenpt_root *const taken[], size_t nr,
                     const struct xenpt_root *root)
{
    for (size_t i = 0; i < nr; i++)
        if (taken[i] == root)
            return true;
    return false;
}

/* The p2m of a domain: its own, or the likeliest that nobody has. */
static const struct xenpt_root *p2m_of(const struct deriving *d,
                                       const struct xenpt_domain_desc *domain,
                                       const struct xenpt_root *const taken[], size_t nr)
{
    const struct xenpt_root *best = NULL;
    struct match least = { 0 };

    for (size_t i = 0; i < d->nr_roots; i++) {
        const struct xenpt_root *root = &d->root[i];
        struct match m;

        if (!can_be(d, domain, root) || is_taken(taken, nr, root))
            continue;
        m = match_of(d, domain, root);
        if (!best || (m.devices != least.devices ? least.devices : m.further < least.further)) {
            best = root;
            least = m;
        }
    }
    return best;
}

/* A log of dirty pages is begun, and begun anew, with a mark in all entries of the root: what is
 * below is worked out when it is touched, which for all of a guest takes long. */
static bool is_logged(const struct deriving *d, const struct xenpt_root *root)
{
    struct xenpt_walk walk;
    uint64_t entry;

    xenpt_walk(&root->context.paging, d->view->mem, 0, &walk);
    entry = walk.nr_steps ? walk.step[0].entry : 0;
    return is_ept(root) ? entry & EPT_RECALC : entry && !(entry & NPT_US);
}

static void one(struct deriving *d, struct xenpt_domain_desc *domain, const struct xenpt_root *root,
                uint64_t *left)
{
    struct memory memory = { 0 };
    char value[100];

    each_page(d, root, add, &memory);
    /* The toolstack counts this hole. */
    if (!domain->built_by_xen && !memory.vga && memory.bytes > VGA)
        memory.bytes += VGA_END - VGA;
    if (memory.bytes < domain->memory || memory.bytes > *left)
        return;
    *left -= memory.bytes;
    domain->memory = memory.bytes;
    if (!domain->built_by_xen && memory.ioreq)
        domain->type = XENPT_DOMAIN_HVM;
    domain->log_dirty = is_logged(d, root);
    snprintf(value, sizeof(value), "%s: %" PRIu64 " KiB%s", domain->name, memory.bytes >> 10,
             domain->log_dirty ? ", a log of dirty pages is kept" : "");
    infer(d, "memory", value, "%s maps as much; %s", root->context.name,
          *root->context.domain ? "no other domain has a second stage"
                                : "whose it is, no table tells: the likeliest that is left");
}

enum xenpt_code derive_p2m(struct deriving *d)
{
    const struct xenpt_root **taken = calloc(d->desc->nr_domains + 1, sizeof(*taken));
    uint64_t left = 0;
    size_t nr = 0;

    if (!taken)
        return xenpt_fail(d->err, XENPT_ENOMEM, "no memory for second stages");
    for (size_t i = 0; i < d->desc->host.nr_ranges; i++)
        left += d->ram[i].last - d->ram[i].first + 1;
    left -= left / 4; /* Xen needs some, and so do all other domains. */
    for (size_t i = 0; i < d->desc->nr_domains; i++) {
        struct xenpt_domain_desc *domain = &d->domains[i];
        bool pv = domain->type == XENPT_DOMAIN_PV64 || domain->type == XENPT_DOMAIN_PV32;
        const struct xenpt_root *root = pv ? NULL : p2m_of(d, domain, taken, nr);

        if (!root)
            continue;
        taken[nr++] = root;
        one(d, domain, root, &left);
    }
    free(taken);
    return XENPT_OK;
}
