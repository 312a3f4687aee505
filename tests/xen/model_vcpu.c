/* model_vcpu.c - what asks_vcpu.h has, asked of the model. */
#include "asks_vcpu.h"
#include "xen_model.h"
#include "xenpt/event.h"

/* What each request needs. */
#define ASKED                                                                                      \
    struct xenpt_pv_caller c = caller();                                                           \
    struct xenpt_pv_result r = { 0 };                                                              \
    struct xenpt_error err = { 0 }

/* --- vCPUs ----------------------------------------------------------------------------------- */

int ask_vcpu_info(uint32_t vcpu, uint64_t frame, uint32_t offset)
{
    ASKED;

    return came(xenpt_pv_register_vcpu_info(machine, &c, vcpu, frame, offset, &r, &err), &r, &err);
}

/* --- Physical interrupts --------------------------------------------------------------------- */

int ask_map_pirq(uint32_t of, uint32_t gsi, uint32_t *pirq)
{
    ASKED;

    return came(xenpt_event_map_pirq(machine, &c, of, gsi, pirq, &r, &err), &r, &err);
}

int ask_bind_pirq(uint32_t pirq, bool shared, uint32_t *port)
{
    ASKED;

    return came(xenpt_event_bind_pirq(machine, &c, pirq, shared, port, &r, &err), &r, &err);
}
