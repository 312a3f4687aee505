/*
 * physmap.c - memory_op: frames come to a place of a guest's physical memory, and go from there;
 * common/memory.c, xenmem_add_to_physmap, xatp_permission_check; mm/p2m.c,
 * xenmem_add_to_physmap_one, p2m_add_foreign, 4.17.
 *
 * Model: Xen goes on with a range, or a batch, after an interrupt; here it is done in one go.
 */
#include "pv/physmap.h"

#include "pv/argument.h"

#define SIZE_MAX_OF_RANGE UINT64_C(0xffff)

/* --- Whose memory -------------------------------------------------------------------------- */

static int find_domain(struct physmap *p, uint32_t id)
{
    p->d = id == XENPT_DOMID_SELF ? p->op.d : domain_there(p->op.m, id);
    return p->d ? 0 : physmap_needs(&p->op, RULE_UNKNOWN_DOMAIN, 0);
}

/* XSM_TARGET: a device model may do this to its domain, too. */
static int check_right(struct physmap *p)
{
    return p->d == p->op.d || controls(p->op.d, p->d)
               ? 0
               : physmap_refused(&p->op, RULE_FOREIGN_RIGHT, 0);
}

/* A PV guest has no physical memory of its own. */
static int check_translated(struct physmap *p, bool adds)
{
    int rc;

    if (!is_pv(p->d))
        return 0;
    rc = physmap_refused(&p->op, RULE_PHYSMAP_TRANSLATED, 0);
    if (!rc && adds)
        rc = physmap_refused(&p->op, RULE_PHYSMAP_TRANSLATED_OLD, 0);
    return rc ? rc : NOTHING;
}

static int begin(struct physmap *p, const struct xenpt_physmap_add *a, bool batch)
{
    int rc = 0;

    if (batch && a->space == XENPT_PHYSMAP_GMFN_RANGE)
        rc = physmap_needs(&p->op, RULE_PHYSMAP_RANGE_BATCH, 0);
    if (!batch && a->space == XENPT_PHYSMAP_FOREIGN)
        rc = physmap_refused(&p->op, RULE_PHYSMAP_FOREIGN_SINGLE, 0);
    if (!rc)
        rc = find_domain(p, a->domain);
    if (!rc)
        rc = check_translated(p, true);
    if (!rc && a->space == XENPT_PHYSMAP_DEV_MMIO &&
        (p->d != p->op.d || !p->op.d->desc->privileged))
        rc = physmap_refused(&p->op, RULE_PHYSMAP_MMIO, 0);
    return rc ? rc : check_right(p);
}

/* --- All of it ----------------------------------------------------------------------------- */

static int range(struct physmap *p, const struct xenpt_physmap_add *a, uint32_t *done)
{
    bool many = a->space == XENPT_PHYSMAP_GMFN_RANGE;
    bool down = many && in_force(&p->op, RULE_PHYSMAP_RANGE_END) && a->gfn > a->idx &&
                a->gfn - a->idx < a->size;
    uint64_t nr = many ? a->size : 1;
    int rc = 0;

    for (uint64_t i = 0; !rc && i < nr; i++) {
        uint64_t at = down ? nr - 1 - i : i;
        struct xenpt_physmap_add next = *a;

        next.idx += at;
        next.gfn += at;
        rc = physmap_add_one(p, &next);
        *done += !rc;
        if (rc == NOTHING)
            rc = 0;
    }
    return rc;
}

/*
 * On failure all is as it was.  Inside of another hypercall it is not: that one goes on with what
 * it knows of the machine, and fails itself, whatever it has done until then.
 */
enum xenpt_code physmap_finish(struct physmap *p, int rc, uint32_t done,
                               struct xenpt_pv_result *ret)
{
    enum xenpt_code code;

    *ret = (struct xenpt_pv_result){ .done = done };
    code = op_end(&p->op, rc == NOTHING ? 0 : rc, ret);
    if (!p->inside)
        return snapshot_end(p->before, code);
    xenpt_machine_snapshot_drop(p->before);
    return code;
}

static bool at_work(const struct xenpt_machine *m)
{
    for (size_t i = 0; i < m->nr_domains; i++)
        for (uint32_t v = 0; v < m->domains[i].nr_vcpus; v++)
            if (m->domains[i].vcpus[v].at_work)
                return true;
    return false;
}

enum xenpt_code physmap_start(struct physmap *p, struct xenpt_machine *m,
                              const struct xenpt_pv_caller *caller, struct xenpt_error *err)
{
    enum xenpt_code code = counts_ready(m, err);

    p->d = NULL;
    p->inside = at_work(m);
    if (!code)
        code = xenpt_machine_snapshot_take(m, &p->before, err);
    if (code)
        return code;
    code = op_begin(&p->op, m, caller, err);
    if (code)
        xenpt_machine_snapshot_drop(p->before);
    return code;
}

enum xenpt_code xenpt_physmap_add(struct xenpt_machine *m, const struct xenpt_pv_caller *caller,
                                  const struct xenpt_physmap_add *add, struct xenpt_pv_result *ret,
                                  struct xenpt_error *err)
{
    struct physmap p;
    uint32_t done = 0;
    enum xenpt_code code;
    int rc;

    if (add->space == XENPT_PHYSMAP_GMFN_RANGE && add->size > SIZE_MAX_OF_RANGE)
        return xenpt_fail(err, XENPT_ERANGE, "a range has %llu frames at most",
                          (unsigned long long)SIZE_MAX_OF_RANGE);
    code = physmap_start(&p, m, caller, err);
    if (code)
        return code;
    rc = argument_whole(&p.op, ARGUMENT_PHYSMAP_ADD, 1);
    if (!rc)
        rc = begin(&p, add, false);
    if (!rc)
        rc = range(&p, add, &done);
    return physmap_finish(&p, rc, done, ret);
}

/* The error of the first that has one. */
struct first_error {
    int rc;
    const struct xenpt_pv_rule *rule;
    uint64_t frame;
};

static void note_error(struct op *op, int rc, struct first_error *first)
{
    if (!rc || first->rc)
        return;
    *first = (struct first_error){ rc, op->rule, op->frame };
}

static int batch(struct physmap *p, const struct xenpt_physmap_add *add, size_t nr, int *errors,
                 uint32_t *done)
{
    struct first_error first = { .rc = 0 };
    int rc = 0;

    for (size_t i = 0; i < nr; i++) {
        struct xenpt_physmap_add a = add[i];

        a.space = add->space;
        a.foreign = add->foreign;
        argument_elsewhere(&p->op, 8, false); /* Of the list of numbers... */
        argument_elsewhere(&p->op, 8, false); /* ...and of that of frames. */
        rc = physmap_add_one(p, &a);
        if (rc == BROKEN)
            return BROKEN;
        *done += !rc;
        if (rc == NOTHING)
            rc = 0;
        argument_elsewhere(&p->op, 4, true);
        if (errors)
            errors[i] = -rc;
        note_error(&p->op, rc, &first);
    }
    p->op.rule = first.rule;
    p->op.frame = first.frame;
    return first.rc;
}

enum xenpt_code xenpt_physmap_add_batch(struct xenpt_machine *m,
                                        const struct xenpt_pv_caller *caller,
                                        const struct xenpt_physmap_add *add, size_t nr, int *errors,
                                        struct xenpt_pv_result *ret, struct xenpt_error *err)
{
    struct physmap p;
    uint32_t done = 0;
    enum xenpt_code code;
    int rc;

    if (!nr)
        return xenpt_fail(err, XENPT_ERANGE, "a batch of no frames");
    code = physmap_start(&p, m, caller, err);
    if (code)
        return code;
    rc = argument_whole(&p.op, ARGUMENT_PHYSMAP_BATCH, 1);
    if (!rc)
        rc = begin(&p, add, true);
    if (!rc)
        rc = batch(&p, add, nr, errors, &done);
    return physmap_finish(&p, rc, done, ret);
}

/* --- Removing ------------------------------------------------------------------------------ */

/* get_page_from_gfn: memory of its own, what Xen shares with it, another's without a grant, or what
 * it shares: of that Xen takes the entry alone, and the guest's reference stays. */
static int remove_one(struct physmap *p, uint64_t gfn)
{
    int rc = physmap_populate(&p->op, p->d, gfn);
    struct there t = physmap_look(&p->op, p->d, gfn);
    struct domain *owner = NULL;

    if (rc)
        return rc;
    if (t.page)
        pv_owner_of(p->op.m, t.frame, &owner);
    if (!t.page || t.type == P2M_MMIO_DIRECT || t.type == P2M_APIC_ACCESS ||
        (owner != p->d && t.type != P2M_FOREIGN && t.type != P2M_RAM_SHARED))
        return physmap_needs(&p->op, RULE_PHYSMAP_REMOVE, t.page ? t.frame : 0);
    return physmap_unhook(&p->op, p->d, gfn);
}

enum xenpt_code xenpt_physmap_remove(struct xenpt_machine *m, const struct xenpt_pv_caller *caller,
                                     uint32_t domain, uint64_t gfn, struct xenpt_pv_result *ret,
                                     struct xenpt_error *err)
{
    struct physmap p;
    enum xenpt_code code = physmap_start(&p, m, caller, err);
    int rc;

    if (code)
        return code;
    rc = argument_whole(&p.op, ARGUMENT_PHYSMAP_REMOVE, 1);
    if (!rc)
        rc = find_domain(&p, domain);
    if (!rc)
        rc = check_translated(&p, false);
    if (!rc)
        rc = check_right(&p);
    if (!rc)
        rc = remove_one(&p, gfn);
    return physmap_finish(&p, rc, !rc, ret);
}

/* --- Words --------------------------------------------------------------------------------- */

const struct xenpt_word *xenpt_physmap_space_word(enum xenpt_physmap_space space)
{
    static const struct xenpt_word words[XENPT_PHYSMAP_NR_SPACES] = {
        [XENPT_PHYSMAP_SHARED_INFO] = { "shared-info", "its shared_info: number 0" },
        [XENPT_PHYSMAP_GRANT_TABLE] = { "grant-table",
                                        "a frame of its grant table, by its number" },
        [XENPT_PHYSMAP_GMFN] = { "gmfn", "what it has at another frame of its" },
        [XENPT_PHYSMAP_GMFN_RANGE] = { "gmfn-range", "the same of frames in a row" },
        [XENPT_PHYSMAP_FOREIGN] = { "gmfn-foreign", "what another domain has at a frame of its" },
        [XENPT_PHYSMAP_DEV_MMIO] = { "dev-mmio", "a device's frame, which x86 does not do" },
    };

    return &words[space < XENPT_PHYSMAP_NR_SPACES ? space : 0];
}
