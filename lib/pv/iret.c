/*
 * iret.c - the hypercall by which a PV guest's kernel returns to where it was interrupted: to its
 * user mode, as a rule, whose table is loaded then; pv/iret.c, do_iret and compat_iret;
 * pv/domain.c, _toggle_guest_pt.
 *
 * Model: of the frame on the guest's stack only CS is looked at, whose last two bits decide.  Other
 * registers have no say in page tables; a selector that the processor refuses is given back to the
 * guest by its failsafe callback, which stays in its kernel.
 */
#include "pv/op.h"

#include "xen/vcpus.h"
#include "xenpt/judge.h"

/* struct iret_context, and what compat_iret() reads. */
#define FRAME_64    72u
#define FRAME_32    16u
#define FRAME_32_SP 24u /* With ESP and SS, which are there if the ring changes. */
#define CS_64       40u
#define CS_32       8u

/* --- The frame ----------------------------------------------------------------------------- */

/* A word of the guest's stack, by the tables that are loaded. */
static bool read_word(struct op *op, uint64_t va, uint64_t *ret)
{
    static const struct xenpt_access read = { .kind = XENPT_READ, .ac = true };
    struct xenpt_verdict verdict;
    struct xenpt_paging pg;
    struct xenpt_walk walk;

    if (!is_guest_address(op, va) ||
        pv_paging(op->m, op->d, pv_root(op->d, op->v, op->v->user), &pg, NULL))
        return false;
    xenpt_walk(&pg, xenpt_store_reader(op->m->store), va, &walk);
    xenpt_judge(&pg, &walk, &read, &verdict);
    return verdict.allowed &&
           xenpt_read(xenpt_store_reader(op->m->store), walk.out, ret, is_pv32(op->d) ? 4 : 8);
}

static bool readable(struct op *op, uint64_t va, unsigned int bytes)
{
    unsigned int size = is_pv32(op->d) ? 4 : 8;
    uint64_t word;

    for (unsigned int i = 0; i < bytes; i += size)
        if (!read_word(op, va + i, &word))
            return false;
    return true;
}

/* The frame is read by the tables that are loaded, wherever the guest's stack is. */
static void tell_frame(struct op *op, const struct xenpt_pv_iret *iret, uint64_t length)
{
    struct guest_copy c = { .d = op->d,
                            .v = op->v,
                            .va = iret->stack,
                            .length = length,
                            .why = XENPT_TOUCH_IRET,
                            .consent = XENPT_TOUCH_ASKED };
    struct xenpt_touch t = { TOUCH(XENPT_TOUCH_IRET, XENPT_TOUCH_GUEST_TABLES),
                             .consent = XENPT_TOUCH_ASKED, .maddr = XENPT_TOUCH_UNKNOWN,
                             .length = length };

    t.domain = op->d->id;
    if (!iret->on_stack)
        op_tell_slowly(op, &t);
    else if (is_guest_address(op, iret->stack) && iret->stack % (is_pv32(op->d) ? 4 : 8) == 0)
        touch_guest(op->m, &c);
}

static int find_cs(struct op *op, const struct xenpt_pv_iret *iret, unsigned int *ret)
{
    bool narrow = is_pv32(op->d);
    uint64_t cs = iret->cs;

    if (touch_heard(op->m))
        tell_frame(op, iret, narrow ? FRAME_32 : FRAME_64);
    if (iret->on_stack && (iret->stack % (narrow ? 4 : 8) ||
                           !readable(op, iret->stack, narrow ? FRAME_32 : FRAME_64) ||
                           !read_word(op, iret->stack + (narrow ? CS_32 : CS_64), &cs) ||
                           (narrow && (cs & 3) > 1 && !readable(op, iret->stack, FRAME_32_SP))))
        return refused(op, RULE_IRET_FRAME, 0, NO_SLOT_OF_IT);
    *ret = cs & 3;
    return 0;
}

/* --- Where to ------------------------------------------------------------------------------ */

/* to: the mode that the guest executes in then. */
static int find_mode(struct op *op, unsigned int ring, bool *user)
{
    int rc = 0;

    *user = op->v->user;
    if (is_pv32(op->d)) {
        if (!ring)
            return refused(op, RULE_IRET_RING_0, 0, NO_SLOT_OF_IT);
        *user = ring > 1;
        return 0;
    }
    if (ring != 3)
        return 0;
    if (op->v->user_l4 == NO_TABLE) {
        rc = refused(op, RULE_IRET_USER_TABLE, 0, NO_SLOT_OF_IT);
        return rc; /* Without the rule it stays where it is: there is nothing to load. */
    }
    /* It is the other mode: of a second one in a multicall, the kernel. */
    *user = !*user;
    return 0;
}

/* domain_crash(): nothing of the domain runs any more. */
void op_crash(struct xenpt_machine *m, const struct xenpt_pv_caller *caller)
{
    struct domain *d = &m->domains[caller->domain];

    for (uint32_t i = 0; i < d->nr_vcpus; i++) {
        d->vcpus[i].paused = true;
        vcpu_deschedule(m, caller->domain, i, false);
    }
}

enum xenpt_code xenpt_pv_iret(struct xenpt_machine *m, const struct xenpt_pv_caller *caller,
                              const struct xenpt_pv_iret *iret, struct xenpt_pv_result *ret,
                              struct xenpt_error *err)
{
    struct op op;
    enum xenpt_code code = op_begin(&op, m, caller, err);
    unsigned int ring = 0;
    bool user = false;
    int rc;

    if (code)
        return code;
    rc = no_hvm(&op, RULE_HVM_HYPERCALL);
    if (!rc)
        rc = find_cs(&op, iret, &ring);
    if (!rc)
        rc = find_mode(&op, ring, &user);
    *ret = (struct xenpt_pv_result){ .done = !rc, .left = !rc };
    code = op_end(&op, rc, ret);
    if (!code && ret->error == error_number(CRASH))
        op_crash(m, caller);
    else if (!code && !ret->error)
        code = xenpt_machine_run(m, caller->domain, caller->vcpu, op.cpu,
                                 user ? XENPT_RUN_USER : XENPT_RUN_KERNEL, err);
    return code;
}
