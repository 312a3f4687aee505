/*
 * vcpu_op.c - the hypercall of that name, as far as a guest names places where Xen is to write what
 * a vCPU of its does: common/domain.c, do_vcpu_op, register_runstate_memory_area; x86/domain.c,
 * arch_do_vcpu_op, register_vcpu_time_memory_area.
 */
#include "pv/argument.h"
#include "xen/touch.h"

enum xenpt_code xenpt_pv_register_area(struct xenpt_machine *m,
                                       const struct xenpt_pv_caller *caller,
                                       enum xenpt_vcpu_area area, uint64_t at,
                                       struct xenpt_pv_result *ret, struct xenpt_error *err)
{
    struct xenpt_pv_caller place = *caller;
    struct op op;
    enum xenpt_code code = op_begin(&op, m, caller, err);
    int rc;

    if (code)
        return code;
    rc = argument_whole(&op, ARGUMENT_AREA, 1);
    if (!rc) {
        place.argument = at;
        place.has_argument = true;
        op.caller = &place;
        rc = argument_range(&op, area == XENPT_AREA_RUNSTATE ? ARGUMENT_RUNSTATE : ARGUMENT_TIME,
                            1);
        op.caller = caller;
    }
    if (!rc)
        rc = op_set(&op, area == XENPT_AREA_RUNSTATE ? &op.v->runstate_at : &op.v->time_at, at);
    code = op_end_one(&op, rc, ret);
    if (code || ret->error)
        return code;
    if (area == XENPT_AREA_RUNSTATE)
        vcpu_put_runstate(m, op.d, op.v);
    else
        vcpu_put_time(m, op.d, op.v);
    return XENPT_OK;
}
