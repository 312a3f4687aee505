/* model_domains.c - what asks_domains.h has, asked of the model. */
#include "xen/p2m.h"
#include "xen_model.h"
#include "xenpt/event.h"
#include "xenpt/foreign.h"
#include "xenpt/grant.h"
#include "xenpt/physmap.h"

/* What each request needs. */
#define ASKED                                                                                      \
    struct xenpt_pv_caller c = caller();                                                           \
    struct xenpt_pv_result r = { 0 };                                                              \
    struct xenpt_error err = { 0 }

/* --- Physical memory ------------------------------------------------------------------------- */

static struct xenpt_physmap_add add_of(struct to_add what, struct place at)
{
    return (struct xenpt_physmap_add){ .domain = what.domain,
                                       .space = what.space,
                                       .idx = at.idx,
                                       .gfn = at.gfn,
                                       .size = what.size,
                                       .foreign = what.foreign };
}

int ask_add(struct to_add what, struct place at)
{
    struct xenpt_physmap_add add = add_of(what, at);
    ASKED;

    return came(xenpt_physmap_add(machine, &c, &add, &r, &err), &r, &err);
}

int ask_add_batch(struct to_add what, const struct place *at, unsigned int nr, int *errors)
{
    struct xenpt_physmap_add list[8];
    int each[8], rc;
    bool any = false;
    ASKED;

    for (unsigned int i = 0; i < nr; i++) {
        list[i] = add_of(what, at[i]);
        each[i] = -1;
    }
    rc = came(xenpt_physmap_add_batch(machine, &c, list, nr, each, &r, &err), &r, &err);
    for (unsigned int i = 0; i < nr; i++) {
        any = any || each[i] >= 0;
        errors[i] = -each[i];
    }
    /* Xen returns 0 if it has come to the frames. */
    return any ? 0 : rc;
}

int ask_remove(uint32_t of, uint64_t gfn)
{
    ASKED;

    return came(xenpt_physmap_remove(machine, &c, of, gfn, &r, &err), &r, &err);
}

int ask_on_demand(uint32_t of, uint32_t order, uint64_t gfn)
{
    struct xenpt_pv_reservation what = {
        .what = XENPT_PV_POPULATE, .domain = of, .order = order, .on_demand = true
    };
    int rc;
    ASKED;

    rc = came(xenpt_pv_reservation(machine, &c, &what, &gfn, 1, &r, &err), &r, &err);
    return rc ? rc : (int)r.done;
}

int ask_pod_target(uint32_t of, uint64_t frames)
{
    ASKED;

    return came(xenpt_physmap_pod_target(machine, &c, of, frames, &r, &err), &r, &err);
}

int ask_pod(uint32_t of, uint64_t *entries, uint64_t *cache, uint64_t *total)
{
    struct xenpt_physmap_pod pod = { 0 };
    bool there = xenpt_physmap_pod(machine, of, &pod);

    *entries = pod.entries;
    *cache = pod.cache;
    *total = domain(of)->nr_frames;
    return there ? 0 : -22;
}

bool device_of_d2(uint64_t gfn)
{
    struct xenpt_error err = { 0 };

    return !p2m_map(machine, &machine->domains[D2], P2M_MMIO_DIRECT, gfn, DEVICE, 1, 1, &err);
}

int ask_assign(uint32_t to, bool assigned)
{
    ASKED;

    return came(xenpt_device_assign(machine, &c, "some", to, assigned, &r, &err), &r, &err);
}

/* --- Event channels -------------------------------------------------------------------------- */

int ask_alloc_unbound(uint32_t of, uint32_t remote, uint32_t *port)
{
    ASKED;

    return came(xenpt_event_alloc_unbound(machine, &c, of, remote, port, &r, &err), &r, &err);
}

int ask_bind_interdomain(uint32_t remote, uint32_t remote_port, uint32_t *port)
{
    ASKED;

    return came(xenpt_event_bind_interdomain(machine, &c, remote, remote_port, port, &r, &err), &r,
                &err);
}

int ask_bind_virq(uint32_t virq, uint32_t vcpu, uint32_t *port)
{
    ASKED;

    return came(xenpt_event_bind_virq(machine, &c, virq, vcpu, port, &r, &err), &r, &err);
}

int ask_bind_ipi(uint32_t vcpu, uint32_t *port)
{
    ASKED;

    return came(xenpt_event_bind_ipi(machine, &c, vcpu, port, &r, &err), &r, &err);
}

int ask_send(uint32_t port)
{
    ASKED;

    return came(xenpt_event_send(machine, &c, port, &r, &err), &r, &err);
}

int ask_close(uint32_t port)
{
    ASKED;

    return came(xenpt_event_close(machine, &c, port, &r, &err), &r, &err);
}

int ask_status(uint32_t of, uint32_t port, struct channel *ret)
{
    struct xenpt_event_channel is = { 0 };
    bool waits, connected;
    int rc;
    ASKED;

    rc = came(xenpt_event_status(machine, &c, of, port, &is, &r, &err), &r, &err);
    waits = is.kind == XENPT_CHANNEL_UNBOUND;
    connected = is.kind == XENPT_CHANNEL_INTERDOMAIN;
    *ret = (struct channel){ (uint32_t)is.kind, is.vcpu, waits || connected ? is.remote_domain : 0,
                             connected ? is.remote_port : 0 };
    return rc;
}

/* --- Device models, and resources ------------------------------------------------------------ */

int ask_ioreq(unsigned int what, uint32_t of, uint32_t *id, uint32_t buffered)
{
    ASKED;

    return came(xenpt_ioreq(machine, &c, (enum xenpt_ioreq_op)what, of, id, buffered, &r, &err), &r,
                &err);
}

int ask_acquire(struct resource what, uint64_t *frames, unsigned int nr)
{
    struct xenpt_resource resource = { what.domain, what.type, what.id, what.frame };
    ASKED;

    return came(xenpt_acquire_resource(machine, &c, &resource, frames, nr, &r, &err), &r, &err);
}

/* --- Where they are -------------------------------------------------------------------------- */

int ask_mmu_at(uint64_t va, struct mmu_request req)
{
    struct xenpt_pv_mmu_update update = { req.ptr, req.val };
    ASKED;

    c.argument = va;
    c.has_argument = true;
    return came(xenpt_pv_mmu_update(machine, &c, &update, 1, SELF, &r, &err), &r, &err);
}

int ask_ext_at(uint64_t va, struct ext_request op)
{
    struct xenpt_pv_mmuext ext = { op.cmd, op.arg, op.second };
    ASKED;

    c.argument = va;
    c.has_argument = true;
    return came(xenpt_pv_mmuext(machine, &c, &ext, 1, SELF, &r, &err), &r, &err);
}

int ask_gdt_at(uint64_t va, uint64_t frame)
{
    ASKED;

    c.argument = va;
    c.has_argument = true;
    return came(xenpt_pv_set_gdt(machine, &c, &frame, 8, &r, &err), &r, &err);
}

int ask_version_at(uint64_t va, uint32_t version)
{
    ASKED;

    c.argument = va;
    c.has_argument = true;
    return came(xenpt_grant_set_version(machine, &c, version, &r, &err), &r, &err);
}

int ask_memory_at(unsigned int what, uint64_t structure, uint64_t extents, uint64_t frame)
{
    struct xenpt_pv_reservation of = { .what = (enum xenpt_pv_reservation_kind)what,
                                       .domain = SELF };
    int rc;
    ASKED;

    c.argument = structure;
    c.has_argument = structure;
    c.extents = extents;
    c.has_extents = extents;
    rc = came(xenpt_pv_reservation(machine, &c, &of, &frame, 1, &r, &err), &r, &err);
    return rc ? rc : (int)r.done;
}

/* --- Transfers ------------------------------------------------------------------------------- */

int ask_transfer(uint32_t to, uint64_t frame, uint64_t gfn)
{
    uint64_t got;
    int rc;
    ASKED;

    if (machine->options.gnttab_transfer == SET_OFF)
        return ask_transfer_by(to, frame, 9);
    /* The model leaves the grant out: GNTST_bad_page, and GNTST_general_error. */
    rc = came(xenpt_pv_transfer(machine, &c, frame, to, gfn, &got, &r, &err), &r, &err);
    return rc == -22 ? -9 : rc ? -1 : 0;
}
