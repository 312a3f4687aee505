/* requests_domains.c - what asks_domains.h has, asked of a real Xen. */
#include "abi_domains.h"
#include "cases.h"
#include "guest.h"

bool is_pvh(void)
{
    return is_external;
}

uint64_t fresh_of_d2(void)
{
    return D2_PAGES - (own.domain == D2 ? ++own.taken : ++own.d2_taken);
}

uint64_t nothing_of_d2(void)
{
    static uint64_t nr;

    return UINT64_C(0x10000) * (1 + own.domain) + nr++;
}

static int memory_op(unsigned int cmd, void *op)
{
    return (int)hypercall(CALL_MEMORY_OP, cmd, PTR(op), 0, 0);
}

/* --- Physical memory ------------------------------------------------------------------------- */

int ask_add(struct to_add what, struct place at)
{
    struct add_one op = { (uint16_t)what.domain, (uint16_t)what.size, what.space, at.idx, at.gfn };

    return memory_op(MEM_ADD, &op);
}

int ask_add_batch(struct to_add what, const struct place *at, unsigned int nr, int *errors)
{
    uint64_t idx[8], gfn[8];
    struct add_batch op = { (uint16_t)what.domain,
                            (uint16_t)what.space,
                            (uint16_t)nr,
                            (uint16_t)what.foreign,
                            PTR(idx),
                            PTR(gfn),
                            PTR(errors) };

    for (unsigned int i = 0; i < nr; i++) {
        idx[i] = at[i].idx;
        gfn[i] = at[i].gfn;
    }
    return memory_op(MEM_ADD_BATCH, &op);
}

int ask_remove(uint32_t domain, uint64_t gfn)
{
    struct remove_one op = { (uint16_t)domain, gfn };

    return memory_op(MEM_REMOVE, &op);
}

int ask_on_demand(uint32_t domain, uint32_t order, uint64_t gfn)
{
    struct reservation r = { PTR(&gfn), 1, order, MEM_ON_DEMAND, (uint16_t)domain };

    return memory_op(MEM_POPULATE, &r);
}

int ask_pod_target(uint32_t domain, uint64_t frames)
{
    struct pod_target op = { .target = frames, .domain = (uint16_t)domain };

    return memory_op(MEM_SET_POD_TARGET, &op);
}

int ask_pod(uint32_t domain, uint64_t *entries, uint64_t *cache, uint64_t *total)
{
    struct pod_target op = { .domain = (uint16_t)domain };
    int rc = memory_op(MEM_GET_POD_TARGET, &op);

    *entries = op.entries;
    *cache = op.cache;
    *total = op.total;
    return rc;
}

bool device_of_d2(uint64_t gfn)
{
    struct domctl op = { .cmd = CTL_IOMEM_PERMISSION, .domain = D2 };

    op.u.iomem = (struct iomem_permission){ DEVICE, 1, 1 };
    if (domctl(&op))
        return false;
    op = (struct domctl){ .cmd = CTL_MEMORY_MAPPING, .domain = D2 };
    op.u.mapping = (struct memory_mapping){ gfn, DEVICE, 1, 1, 0 };
    return !domctl(&op);
}

int ask_assign(uint32_t domain, bool assigned)
{
    struct domctl op = { .cmd = assigned ? CTL_ASSIGN_DEVICE : CTL_DEASSIGN_DEVICE,
                         .domain = (uint16_t)domain };

    /* A PCI device, 0000:00:01.0; of the machine with an IOMMU the one of ask_device(). */
    op.u.device = (struct assign_device){ 0, 0, has_iommu ? 5u << 3 : 1u << 3 };
    return (int)domctl(&op);
}

/* --- Event channels -------------------------------------------------------------------------- */

static int event_op(unsigned int cmd, void *op)
{
    return (int)hypercall(CALL_EVENT_CHANNEL_OP, cmd, PTR(op), 0, 0);
}

int ask_alloc_unbound(uint32_t domain, uint32_t remote, uint32_t *port)
{
    struct event_alloc op = { (uint16_t)domain, (uint16_t)remote, 0 };
    int rc = event_op(EVENT_ALLOC_UNBOUND, &op);

    if (!rc)
        *port = op.port;
    return rc;
}

int ask_bind_interdomain(uint32_t remote, uint32_t remote_port, uint32_t *port)
{
    struct event_interdomain op = { (uint16_t)remote, remote_port, 0 };
    int rc = event_op(EVENT_BIND_INTERDOMAIN, &op);

    if (!rc)
        *port = op.port;
    return rc;
}

int ask_bind_virq(uint32_t virq, uint32_t vcpu, uint32_t *port)
{
    struct event_virq op = { virq, vcpu, 0 };
    int rc = event_op(EVENT_BIND_VIRQ, &op);

    if (!rc)
        *port = op.port;
    return rc;
}

int ask_bind_ipi(uint32_t vcpu, uint32_t *port)
{
    struct event_ipi op = { vcpu, 0 };
    int rc = event_op(EVENT_BIND_IPI, &op);

    if (!rc)
        *port = op.port;
    return rc;
}

int ask_send(uint32_t port)
{
    return event_op(EVENT_SEND, &port);
}

int ask_close(uint32_t port)
{
    return event_op(EVENT_CLOSE, &port);
}

int ask_status(uint32_t domain, uint32_t port, struct channel *ret)
{
    struct event_status op = { .domain = (uint16_t)domain, .port = port };
    int rc = event_op(EVENT_STATUS, &op);

    *ret = (struct channel){ op.kind, op.vcpu, op.kind == 1 || op.kind == 2 ? op.remote : 0,
                             op.kind == 2 ? op.remote_port : 0 };
    return rc;
}

/* --- Device models, and resources ------------------------------------------------------------ */

int ask_ioreq(unsigned int what, uint32_t domain, uint32_t *id, uint32_t buffered)
{
    struct dm_op op = { .op = what == IOREQ_CREATE    ? DM_CREATE
                              : what == IOREQ_INFO    ? DM_INFO
                              : what == IOREQ_DESTROY ? DM_DESTROY
                                                      : DM_STATE };
    struct dm_buffer buffer = { PTR(&op), sizeof(op) };
    int rc;

    if (what == IOREQ_CREATE)
        op.u.create.buffered = (uint8_t)buffered;
    else
        op.u.state.id = (uint16_t)*id;
    if (what == IOREQ_ENABLE)
        op.u.state.enabled = 1;
    rc = (int)hypercall(CALL_DM_OP, domain, 1, PTR(&buffer), 0);
    if (what == IOREQ_CREATE)
        *id = op.u.create.id;
    return rc;
}

int ask_acquire(struct resource what, uint64_t *frames, unsigned int nr)
{
    struct acquire op = {
        (uint16_t)what.domain, (uint16_t)what.type, what.id, nr, 0, what.frame, PTR(frames)
    };

    return memory_op(MEM_ACQUIRE, &op);
}

/* --- Where they are -------------------------------------------------------------------------- */

int ask_mmu_at(uint64_t va, struct mmu_request req)
{
    (void)req;
    return (int)hypercall(CALL_MMU_UPDATE, va, 1, 0, SELF);
}

int ask_ext_at(uint64_t va, struct ext_request op)
{
    (void)op;
    return (int)hypercall(CALL_MMUEXT_OP, va, 1, 0, SELF);
}

int ask_gdt_at(uint64_t va, uint64_t frame)
{
    (void)frame;
    return (int)hypercall(CALL_SET_GDT, va, 8, 0, 0);
}

int ask_version_at(uint64_t va, uint32_t version)
{
    (void)version;
    return (int)hypercall(CALL_GRANT_TABLE_OP, GRANT_SET_VERSION, va, 1, 0);
}

int ask_memory_at(unsigned int what, uint64_t structure, uint64_t extents, uint64_t frame)
{
    static const unsigned int ops[] = { MEM_INCREASE, MEM_DECREASE, MEM_POPULATE };
    struct reservation r = { extents ? extents : PTR(&frame), 1, 0, 0, SELF };

    return (int)hypercall(CALL_MEMORY_OP, ops[what], structure ? structure : PTR(&r), 0, 0);
}

/* --- Transfers ------------------------------------------------------------------------------- */

#define TRANSFER_REF 9u

int ask_transfer(uint32_t domain, uint64_t frame, uint64_t gfn)
{
    struct grant_transfer op = { frame, (uint16_t)domain, TRANSFER_REF, 0 };
    int64_t rc;

    offer(domain, TRANSFER_REF, (struct offer){ GRANT_TRANSFER, (uint16_t)own.domain, gfn });
    rc = hypercall(CALL_GRANT_TABLE_OP, GRANT_OP_TRANSFER, PTR(&op), 1, 0);
    return rc ? (int)rc : op.status;
}
