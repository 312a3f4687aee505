/* assist.c - vm_assist: what a guest has asked Xen to do for it; common/domain.c, vm_assist. */
#include "pv/op.h"

/* asm/config.h, NATIVE_VM_ASSIST_VALID; a 32-bit guest can name the first 32. */
static uint64_t known(const struct op *op)
{
    uint64_t bits = XENPT_BITS(5, 0) | XENPT_BIT(XENPT_PV_M2P_STRICT);

    return is_pv32(op->d) ? bits & UINT32_MAX : bits;
}

static int assist(struct op *op, uint32_t cmd, uint32_t type)
{
    uint64_t bit = type < 64 ? XENPT_BIT(type) : 0;
    int rc = 0;

    if (!(known(op) & bit))
        rc = refused(op, RULE_ASSIST_TYPE, 0, NO_SLOT_OF_IT);
    if (!rc && cmd > 1)
        rc = refused(op, RULE_ASSIST_COMMAND, 0, NO_SLOT_OF_IT);
    if (rc || cmd > 1)
        return rc;
    return op_set(op, &op->d->assists, cmd ? op->d->assists & ~bit : op->d->assists | bit);
}

enum xenpt_code xenpt_pv_vm_assist(struct xenpt_machine *m, const struct xenpt_pv_caller *caller,
                                   uint32_t cmd, uint32_t type, struct xenpt_pv_result *ret,
                                   struct xenpt_error *err)
{
    struct op op;
    enum xenpt_code code = op_begin(&op, m, caller, err);
    int rc;

    if (code)
        return code;
    rc = only_pv(&op);
    if (!rc)
        rc = assist(&op, cmd, type);
    return op_end_one(&op, rc, ret);
}
