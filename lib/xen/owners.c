/* owners.c - whose the memory of a machine is: RAM is Xen's but for what it gave away or has left.
 */
#include "xenpt/owners.h"

#include <stdlib.h>

#include "xen/owner.h"
#include "xen/pieces.h"
#include "xen/sharing.h"

enum { XEN, FREE };

static uint32_t replaces(uint32_t below, uint32_t above)
{
    (void)below;
    return above;
}

static void put_frames(struct pieces *p, uint64_t first, uint64_t last, uint32_t owner)
{
    pieces_add(p, first << XENPT_PAGE_SHIFT, (last << XENPT_PAGE_SHIFT) + XENPT_PAGE_SIZE - 1,
               owner);
}

static void add_free(const struct xenpt_machine *m, struct pieces *p)
{
    xenpt_mfn_t from = xenpt_mfn(0), first, last;

    while (xenpt_alloc_run(m->alloc, from, &first, &last)) {
        put_frames(p, first.v, last.v, FREE);
        from = xenpt_mfn(last.v + 1);
    }
}

enum xenpt_code xenpt_machine_owners(const struct xenpt_machine *m, struct xenpt_owners **ret,
                                     struct xenpt_error *err)
{
    struct xenpt_owners *o = calloc(1, sizeof(*o));
    struct pieces all = { 0 };
    bool cow = m->sharing && m->sharing->nr_cow;

    if (o)
        o->names = calloc(OWNERS_FIRST_DOMAIN + m->nr_domains + 1, sizeof(*o->names));
    if (!o || !o->names)
        goto no_memory;
    o->nr_names = OWNERS_FIRST_DOMAIN + m->nr_domains + cow;
    if (cow)
        o->names[OWNERS_FIRST_DOMAIN + m->nr_domains] = "dom_cow";
    o->names[XEN] = "xen";
    o->names[FREE] = "free";
    for (size_t i = 0; i < m->nr_ram; i++)
        pieces_add(&all, m->ram[i].first, m->ram[i].last, XEN);
    for (size_t i = 0; i <= m->nr_domains; i++) {
        struct pieces own = { 0 };

        if (i == m->nr_domains) {
            add_free(m, &own);
            for (size_t k = 0; cow && k < m->sharing->nr_cow; k++)
                put_frames(&own, m->sharing->cow[k].frame, m->sharing->cow[k].frame,
                           (uint32_t)(OWNERS_FIRST_DOMAIN + m->nr_domains));
        } else {
            const struct domain *d = &m->domains[i];

            o->names[OWNERS_FIRST_DOMAIN + i] = d->name;
            for (size_t e = 0; e < d->nr_memory; e++)
                put_frames(&own, d->memory[e].first, d->memory[e].first + d->memory[e].nr - 1,
                           (uint32_t)(OWNERS_FIRST_DOMAIN + i));
        }
        pieces_lay(&all, &own, replaces);
    }
    o->pieces = all.list;
    o->nr_pieces = all.nr;
    if (all.no_memory)
        goto no_memory;
    *ret = o;
    return XENPT_OK;

no_memory:
    xenpt_owners_free(o);
    return xenpt_fail(err, XENPT_ENOMEM, "no memory for whose %zu domains' memory is",
                      m->nr_domains);
}

void xenpt_owners_free(struct xenpt_owners *owners)
{
    if (!owners)
        return;
    free(owners->names);
    free(owners->pieces);
    free(owners);
}

const struct xenpt_cpu_model *xenpt_machine_processor(const struct xenpt_machine *machine)
{
    return machine->processor;
}

const char *xenpt_machine_control(const struct xenpt_machine *machine)
{
    for (size_t i = 0; i < machine->nr_domains; i++)
        if (machine->domains[i].desc && machine->domains[i].desc->privileged)
            return machine->domains[i].name;
    return NULL;
}
