/* pv_memory.c - see pv_memory.h. */
#include "pv_memory.h"

#include "xen/internal.h"

const char *reserve(uint32_t d, enum xenpt_pv_reservation_kind what, uint64_t *extents, size_t nr,
                    uint32_t order, uint32_t domain)
{
    struct xenpt_pv_caller c = pv_caller(&p, d);
    struct xenpt_pv_reservation r = { .what = what, .domain = domain, .order = order };
    struct xenpt_error err = { 0 };

    if (xenpt_pv_reservation(p.w.machine, &c, &r, extents, nr, &p.r, &err))
        fail_msg("%s", err.text);
    return p.r.name;
}

const char *give_back(uint32_t d, uint64_t mfn)
{
    return reserve(d, XENPT_PV_DECREASE, &mfn, 1, 0, SELF);
}

const char *swap(uint32_t d, struct xenpt_pv_exchange x)
{
    struct xenpt_pv_caller c = pv_caller(&p, d);
    struct xenpt_error err = { 0 };

    if (xenpt_pv_exchange(p.w.machine, &c, &x, &p.r, &err))
        fail_msg("%s", err.text);
    return p.r.name;
}

const char *swap_one(uint32_t d, uint64_t in, uint64_t *out)
{
    return swap(d, (struct xenpt_pv_exchange){
                       .in = &in, .nr_in = 1, .out = out, .nr_out = 1, .domain = SELF });
}

const char *transfer_to(uint32_t d, uint64_t mfn, uint32_t domain, uint64_t gfn, uint64_t *got)
{
    struct xenpt_pv_caller c = pv_caller(&p, d);
    struct xenpt_error err = { 0 };

    if (xenpt_pv_transfer(p.w.machine, &c, mfn, domain, gfn, got, &p.r, &err))
        fail_msg("%s", err.text);
    return p.r.name;
}

uint64_t m2p_of(uint64_t mfn)
{
    return contents_gfn(&p.w.machine->contents, mfn);
}

uint64_t nr_free(void)
{
    return xenpt_alloc_nr_free(p.w.machine->alloc);
}
