/* derive_domains.c - domains and their vCPUs, from their roots and from the area of each. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "xen/deriving.h"

#define MIB (UINT64_C(1) << 20)

/* What a domain is that has a root of this kind. */
static const struct {
    enum xenpt_root_kind kind;
    enum xenpt_domain_type type;
    enum xenpt_guest_paging paging;
    const char *text;
} types[] = {
    { XENPT_ROOT_PV64_KERNEL, XENPT_DOMAIN_PV64, XENPT_GUEST_USUAL, "64-bit PV" },
    { XENPT_ROOT_PV64_USER, XENPT_DOMAIN_PV64, XENPT_GUEST_USUAL, "64-bit PV" },
    { XENPT_ROOT_PV32, XENPT_DOMAIN_PV32, XENPT_GUEST_USUAL, "32-bit PV" },
    { XENPT_ROOT_HAP, XENPT_DOMAIN_PVH, XENPT_GUEST_USUAL, "HVM or PVH, HAP" },
    { XENPT_ROOT_SHADOW, XENPT_DOMAIN_PVH, XENPT_GUEST_SHADOW, "HVM or PVH, shadow" },
};

static size_t type_of(const struct xenpt_root *root)
{
    size_t t = 0;

    while (t < ARRAY_SIZE(types) && !root_is(root, types[t].kind))
        t++;
    return t;
}

/* Pieces of an area that a domain has something in: those of its vCPUs, from 0 on. */
static uint32_t pieces(const struct deriving *d, const struct xenpt_context *c,
                       const struct xenpt_area *a)
{
    uint64_t most = xenpt_area_pieces(a);
    uint32_t n = 0;

    while (n < most && maps_any_page(d, c, xenpt_area_piece(a, n),
                                     xenpt_area_piece(a, n) + a->repeat.stride - 1))
        n++;
    return n;
}

/* Whether any vCPU has a page in the part that such a domain has for its LDT. */
static bool has_ldt(const struct deriving *d, const struct xenpt_context *c,
                    const struct xenpt_area *a, enum xenpt_root_kind kind, uint32_t vcpus)
{
    for (size_t i = 0; i < a->nr_parts; i++) {
        const struct xenpt_part *p = &a->parts[i];

        if (!p->placed || !(p->kinds >> kind & 1) || strncmp(p->name, "ldt", 3) != 0)
            continue;
        for (uint32_t v = 0; v < vcpus; v++)
            if (maps_any_page(d, c, xenpt_area_piece(a, v) + p->first,
                              xenpt_area_piece(a, v) + p->last))
                return true;
    }
    return false;
}

static void count_vcpus(const struct deriving *d, const struct xenpt_root *root,
                        enum xenpt_root_kind kind, struct xenpt_domain_desc *ret)
{
    for (size_t i = 0; i < d->layout->nr_areas; i++) {
        const struct xenpt_area *a = &d->layout->areas[i];
        uint32_t n;

        if (a->repeat.each != XENPT_EACH_VCPU || !(a->kinds >> kind & 1))
            continue;
        n = pieces(d, &root->context, a);
        if (n > ret->vcpus)
            ret->vcpus = n;
        ret->ldt |= has_ldt(d, &root->context, a, kind, n);
    }
}

/* A guest's memory is its own affair; it only has to fit. */
static uint64_t memory(const struct deriving *d)
{
    uint64_t all = 0, each;

    for (size_t i = 0; i < d->desc->host.nr_ranges; i++)
        all += d->ram[i].last - d->ram[i].first + 1;
    each = all / 4 / (d->desc->nr_domains + 1);
    return each > 16 * MIB ? 16 * MIB : each & ~(2 * MIB - 1);
}

static const struct xenpt_root *first_root(const struct deriving *d, const char *domain)
{
    for (size_t i = 0; i < d->nr_roots; i++)
        if (!d->root[i].stale && !strcmp(d->root[i].context.domain, domain) &&
            type_of(&d->root[i]) < ARRAY_SIZE(types))
            return &d->root[i];
    return NULL;
}

static bool is_known(const struct deriving *d, const char *domain)
{
    for (size_t i = 0; i < d->desc->nr_domains; i++)
        if (!strcmp(d->names[i], domain))
            return true;
    return false;
}

static uint32_t nr_roots_of(const struct deriving *d, const char *domain, enum xenpt_root_kind kind)
{
    uint32_t n = 0;

    for (size_t i = 0; i < d->nr_roots; i++)
        n += !d->root[i].stale && root_is(&d->root[i], kind) &&
             !strcmp(d->root[i].context.domain, domain);
    return n;
}

static void one_domain(struct deriving *d, const struct xenpt_root *root)
{
    size_t i = d->desc->nr_domains, t = type_of(root);
    struct xenpt_domain_desc *dom = &d->domains[i];
    char value[100], *name = d->names[i];

    memcpy(name, root->context.domain, XENPT_DOMAIN_MAX);
    *dom = (struct xenpt_domain_desc){
        .name = name,
        .type = types[t].type,
        .paging = types[t].paging,
        .privileged = i == 0,
        .built_by_xen = i == 0,
    };
    count_vcpus(d, root, types[t].kind, dom);
    /* In 4.2 nothing but a monitor table is there for each vCPU of an HVM domain. */
    if (!dom->vcpus && types[t].kind != XENPT_ROOT_PV64_KERNEL)
        dom->vcpus = nr_roots_of(d, name, types[t].kind);
    if (!dom->vcpus)
        dom->vcpus = 1;
    d->desc->nr_domains++;
    snprintf(value, sizeof(value), "%s: %s, %" PRIu32 " vCPU%s%s", name, types[t].text, dom->vcpus,
             dom->vcpus == 1 ? "" : "s", dom->ldt ? ", with an LDT" : "");
    infer(d, "domain", value, "its roots, such as %s, and what its area holds", root->context.name);
}

static void options(struct deriving *d)
{
    const char *ept = derived_ept(d);
    const char *pv32 = "", *pvh = "";

    for (size_t i = 0; i < d->desc->nr_domains; i++)
        if (d->domains[i].type == XENPT_DOMAIN_PV32)
            pv32 = "pv=32 ";
    if (d->desc->nr_domains && d->domains[0].type == XENPT_DOMAIN_PVH)
        pvh = d->domains[0].paging == XENPT_GUEST_SHADOW ? "dom0=pvh,shadow" : "dom0=pvh";
    /* AMD's processors have it if it is asked for. */
    snprintf(d->options, d->options_size, "%s%s%s%s", d->amd && d->nr_xpti ? "xpti=yes " : "", ept,
             pv32, pvh);
    d->desc->xen.options = *d->options ? d->options : NULL;
}

/* The root of the domain that Xen built, if that is no PV one: of those with a second stage, the
 * one whose area Xen allocated first, which it does from the top. */
static const struct xenpt_root *pvh_dom0(const struct deriving *d)
{
    const struct xenpt_root *first = NULL;

    for (size_t i = 0; derived_pvh_dom0(d) && i < d->nr_roots; i++) {
        const struct xenpt_root *r = &d->root[i];

        if (r->stale || !(root_is(r, XENPT_ROOT_HAP) || root_is(r, XENPT_ROOT_SHADOW)))
            continue;
        if (!first ||
            strtoull(r->context.domain, NULL, 0) > strtoull(first->context.domain, NULL, 0))
            first = r;
    }
    return first;
}

/* What Xen built first; else PV domains first, since what it builds at boot is more often one. */
enum xenpt_code derive_domains(struct deriving *d)
{
    const struct xenpt_root *dom0 = pvh_dom0(d);

    d->domains = calloc(d->nr_roots + 1, sizeof(*d->domains));
    d->names = calloc(d->nr_roots + 1, sizeof(*d->names));
    if (!d->domains || !d->names)
        return xenpt_fail(d->err, XENPT_ENOMEM, "no memory for domains");
    if (dom0 && *dom0->context.domain)
        one_domain(d, dom0);
    for (size_t t = 0; t < ARRAY_SIZE(types); t++)
        for (size_t i = 0; i < d->nr_roots; i++) {
            const char *domain = d->root[i].context.domain;
            const struct xenpt_root *root = *domain ? first_root(d, domain) : NULL;

            if (root && type_of(root) == t && !is_known(d, domain))
                one_domain(d, root);
        }
    for (size_t i = 0; i < d->desc->nr_domains; i++)
        d->domains[i].memory = memory(d);
    d->desc->domains = d->domains;
    options(d);
    return derive_p2m(d);
}
