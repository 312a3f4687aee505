/*
 * multicall.c - hypercalls of a list, one behind the other; common/multicall.c, do_multicall;
 * pv/hypercall.c, pv_do_multicall_call.
 *
 * Model: nothing interrupts it, so that all entries are done in one go.
 */
#include "pv/op.h"

static bool ends(const struct xenpt_machine *m, const struct xenpt_pv_caller *caller,
                 const struct xenpt_pv_result *r)
{
    const struct xenpt_pv_rules *rules = caller->rules;

    if (r->error == error_number(CRASH))
        return true;
    return r->left && (rules ? rules->in_force[RULE_MULTICALL_IRET]
                             : rule_has(RULE_MULTICALL_IRET, m->xen.release));
}

/* Whether there is one: of another multicall's entry, and of an HVM domain in older releases, there
 * is none. */
static enum xenpt_code may_begin(struct xenpt_machine *m, const struct xenpt_pv_caller *caller,
                                 struct xenpt_pv_result *ret, struct xenpt_error *err)
{
    struct op op;
    enum xenpt_code code = op_begin(&op, m, caller, err);
    int rc = 0;

    if (code)
        return code;
    if (is_external(op.d))
        rc = refused(&op, RULE_HVM_MULTICALL, 0, NO_SLOT_OF_IT);
    if (!rc && caller->entry)
        rc = refused(&op, RULE_MULTICALL_NESTED, 0, NO_SLOT_OF_IT);
    *ret = (struct xenpt_pv_result){ .done = 0 };
    return op_end(&op, rc, ret);
}

enum xenpt_code xenpt_pv_multicall(struct xenpt_machine *m, const struct xenpt_pv_caller *caller,
                                   size_t nr, xenpt_pv_entry_fn entry, void *ctx,
                                   struct xenpt_pv_result *ret, struct xenpt_error *err)
{
    struct xenpt_pv_caller each = *caller;
    enum xenpt_code code = may_begin(m, caller, ret, err);
    struct xenpt_pv_result r = { .error = 0 };

    each.entry = true;
    for (size_t i = 0; !code && !ret->error && i < nr && !ends(m, caller, &r); i++) {
        r = (struct xenpt_pv_result){ .error = 0 };
        code = entry(ctx, i, &each, &r, err);
        ret->done += !code;
    }
    if (!code && r.error == error_number(CRASH)) {
        r.done = ret->done;
        *ret = r;
    }
    return code;
}
