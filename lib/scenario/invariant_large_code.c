/* invariant_large_code.c - code in larger pages of EPT: XSA-304, CVE-2018-12207. */
#include <inttypes.h>
#include <string.h>

#include "scenario/invariant.h"
#include "xen/p2m.h"

static bool large(void *ctx, const struct xenpt_map_range *r)
{
    struct holding *h = ctx;

    return !strcmp(r->page, "4K") ||
           invariant_wrong(h, r->first,
                           world_text(h->w, "0x%" PRIx64 " is in a page of %s that can be executed",
                                      r->first, r->page));
}

static const struct domain *domain_of(const struct holding *h)
{
    const struct xenpt_machine *m = h->w->machine;

    for (size_t i = 0; i < m->nr_domains; i++)
        if (!strcmp(m->domains[i].name, h->c->domain))
            return &m->domains[i];
    return NULL;
}

bool invariant_large_code(struct holding *h)
{
    const struct domain *d = domain_of(h);

    if (!d || is_pv(d) || !p2m_is_ept(h->w->machine, d) ||
        (h->w->trusting && p2m_exec_sp(h->w->machine, d)))
        return true;
    return invariant_go_through(
        h, large, (struct xenpt_map_options){ .kinds = 1u << XENPT_MAP_PAGES, .executable = true });
}
