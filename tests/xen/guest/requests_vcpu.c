/* requests_vcpu.c - what asks_vcpu.h has, asked of a real Xen. */
#include "abi_vcpu.h"
#include "asks_vcpu.h"

/* --- vCPUs ----------------------------------------------------------------------------------- */

int ask_vcpu_info(uint32_t vcpu, uint64_t frame, uint32_t offset)
{
    struct vcpu_place op = { frame, offset, 0 };

    return (int)hypercall(CALL_VCPU_OP, VCPU_REGISTER_INFO, vcpu, PTR(&op), 0);
}

/* --- Physical interrupts --------------------------------------------------------------------- */

int ask_map_pirq(uint32_t domain, uint32_t gsi, uint32_t *pirq)
{
    struct map_pirq op = {
        .domain = (uint16_t)domain, .type = MAP_GSI, .index = (int32_t)gsi, .pirq = (int32_t)*pirq
    };
    int rc = (int)hypercall(CALL_PHYSDEV_OP, PHYSDEV_MAP_PIRQ, PTR(&op), 0, 0);

    *pirq = (uint32_t)op.pirq;
    return rc;
}

int ask_bind_pirq(uint32_t pirq, bool shared, uint32_t *port)
{
    struct event_pirq op = { pirq, shared, 0 };
    int rc = (int)hypercall(CALL_EVENT_CHANNEL_OP, EVENT_BIND_PIRQ, PTR(&op), 0, 0);

    if (!rc)
        *port = op.port;
    return rc;
}
