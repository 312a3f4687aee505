/*
 * callers.c - what HVM and PVH domains have of these hypercalls: hvm/hypercall.c,
 * hvm_hypercall_table, and hypercall-defs.c since.  A PVH dom0 pins and unpins tables of the PV
 * domains that it builds, and does nothing else.
 */
#include "pv/op.h"

int no_hvm(struct op *op, enum rule rule)
{
    int rc = is_external(op->d) ? refused(op, rule, 0, NO_SLOT_OF_IT) : 0;

    return rc ? rc : only_pv(op);
}

/*
 * Model: vm_assist is among what is not modelled of HVM domains: theirs says nothing of tables.
 */
int only_pv(struct op *op)
{
    if (!is_external(op->d))
        return 0;
    op->code = xenpt_fail(op->err, XENPT_EUNSUPPORTED,
                          "%s is not paravirtual: what this would do, did Xen let it, is not "
                          "modelled",
                          op->d->name);
    return BROKEN;
}

int hvm_mmuext(struct op *op, uint32_t cmd)
{
    bool pins = cmd <= XENPT_PV_UNPIN; /* XENPT_PV_PIN_L1 and so on are below. */

    return is_external(op->d) && !pins ? refused(op, RULE_HVM_PINS, 0, NO_SLOT_OF_IT) : 0;
}
