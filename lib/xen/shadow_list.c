/* shadow_list.c - shadows for those who ask from outside. */
#include "xen/shadow.h"

bool xenpt_machine_shadow(const struct xenpt_machine *m, uint32_t domain, size_t i,
                          struct xenpt_shadow *ret)
{
    const struct shadows *all = domain_there(m, domain) ? m->domains[domain].shadows : NULL;

    for (uint32_t id = 0; all && id < all->nr; id++) {
        const struct shadow *one = &all->list[id];
        const struct shadow_row *row = &shadow_rows[one->type];

        if (!one->type || i--)
            continue;
        *ret = (struct xenpt_shadow){
            .type = row->name,
            .level = row->level,
            .of = one->of,
            .nr_pages = row->pages,
            .refs = one->refs,
            .pinned = one->pinned,
            .out_of_sync = !row->made_up && oos_of(&m->domains[domain], one->of),
        };
        for (unsigned int p = 0; p < row->pages; p++)
            ret->page[p] = one->page[p];
        return true;
    }
    return false;
}

struct xenpt_shadow_stats xenpt_machine_shadow_stats(const struct xenpt_machine *m, uint32_t domain)
{
    const struct shadows *all = domain_there(m, domain) ? m->domains[domain].shadows : NULL;

    return all ? all->stats : (struct xenpt_shadow_stats){ 0 };
}
