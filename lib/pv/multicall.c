/*
 * multicall.c - hypercalls of a list, one behind the other; common/multicall.c, do_multicall;
 * pv/hypercall.c, pv_do_multicall_call.
 *
 * Model: nothing interrupts it, so that all entries are done in one go.
 */
#include "pv/argument.h"

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
                                 size_t nr, struct xenpt_pv_result *ret, struct xenpt_error *err)
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
    if (!rc)
        rc = argument_range(&op, ARGUMENT_MULTICALL, nr);
    *ret = (struct xenpt_pv_result){ .done = 0 };
    return op_end(&op, rc, ret);
}

/* Entry i is read, or told what came of it. */
static enum xenpt_code entry_touch(struct xenpt_machine *m, const struct xenpt_pv_caller *caller,
                                   size_t i, bool result, struct xenpt_pv_result *ret,
                                   struct xenpt_error *err)
{
    struct xenpt_pv_caller any = *caller;
    struct xenpt_pv_result r;
    struct op op;
    enum xenpt_code code;
    bool narrow;
    int rc;

    any.entry = true; /* An iret has left the kernel, and its result is told all the same. */
    code = op_begin(&op, m, &any, err);
    if (code)
        return code;
    narrow = is_pv32(op.d);
    rc = result ? argument_return(&op, ARGUMENT_MULTICALL, i, narrow ? 4 : 8, narrow ? 4 : 8)
                : argument_read(&op, ARGUMENT_MULTICALL, i);
    r = *ret;
    code = op_end(&op, rc, ret);
    if (!code && !ret->error)
        *ret = r;
    return code;
}

/* Whether anything comes of it that an entry is looked at in memory. */
static bool is_told(const struct xenpt_machine *m, const struct xenpt_pv_caller *caller)
{
    return touch_heard(m) || caller->has_argument;
}

enum xenpt_code xenpt_pv_multicall(struct xenpt_machine *m, const struct xenpt_pv_caller *caller,
                                   size_t nr, xenpt_pv_entry_fn entry, void *ctx,
                                   struct xenpt_pv_result *ret, struct xenpt_error *err)
{
    struct xenpt_pv_caller each = *caller;
    enum xenpt_code code = may_begin(m, caller, nr, ret, err);
    struct xenpt_pv_result r = { .error = 0 };

    each.entry = true;
    each.has_argument = each.has_extents = false; /* Each entry has its own. */
    for (size_t i = 0; !code && !ret->error && i < nr && !ends(m, caller, &r); i++) {
        r = (struct xenpt_pv_result){ .error = 0 };
        if (is_told(m, caller))
            code = entry_touch(m, caller, i, false, ret, err);
        if (code || ret->error)
            break;
        code = entry(ctx, i, &each, &r, err);
        ret->done += !code;
        if (!code && r.error != error_number(CRASH) && is_told(m, caller))
            code = entry_touch(m, caller, i, true, ret, err);
    }
    if (!code && r.error == error_number(CRASH)) {
        r.done = ret->done;
        *ret = r;
    }
    return code;
}
