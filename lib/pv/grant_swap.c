/*
 * grant_swap.c - small requests of grant_table_op: which version a table has, entries that change
 * places, lines of caches that are written back; common/grant_table.c, gnttab_get_version,
 * gnttab_swap_grant_ref, gnttab_cache_flush, 4.17.
 */
#include "pv/argument.h"
#include "pv/grant.h"

/* --- Versions ------------------------------------------------------------------------------ */

/* XSM_TARGET. */
static int may(struct op *op, const struct domain *d)
{
    return d == op->d || controls(op->d, d) ? 0 : refused(op, RULE_FOREIGN_RIGHT, 0, NO_SLOT_OF_IT);
}

enum xenpt_code xenpt_grant_get_version(struct xenpt_machine *m,
                                        const struct xenpt_pv_caller *caller, uint32_t domain,
                                        uint32_t *version, struct xenpt_pv_result *ret,
                                        struct xenpt_error *err)
{
    const struct domain *d;
    struct op op;
    enum xenpt_code code = op_begin(&op, m, caller, err);
    int rc;

    if (code)
        return code;
    rc = argument_whole(&op, ARGUMENT_GRANT_GET_VERSION, 1);
    d = domain == XENPT_DOMID_SELF ? op.d : domain_there(m, domain);
    if (!rc && !d)
        rc = grant_needs(&op, RULE_UNKNOWN_DOMAIN, 0, NO_SLOT_OF_IT);
    if (!rc)
        rc = may(&op, d);
    if (!rc)
        rc = grant_return(&op, rc, ARGUMENT_GRANT_GET_VERSION, 4, 4);
    code = grant_end(&op, rc, ret);
    if (!code && !rc)
        *version = grants_version(d);
    return code;
}

/* --- Two entries --------------------------------------------------------------------------- */

static int check_ref(struct op *op, uint32_t ref)
{
    return ref < grants_nr_entries(op->d) ? 0 : grant_needs(op, RULE_GRANT_REF, 0, NO_SLOT_OF_IT);
}

static int check_unused(struct op *op, uint32_t ref)
{
    struct grant_place at = grants_place(op->d, ref);

    return grants_active(op->d, ref) ? refused(op, RULE_GRANT_SWAP_USED, at.frame, at.slot) : 0;
}

static int swap_words(struct op *op, struct grant_place a, struct grant_place b, unsigned int nr)
{
    int rc = 0;

    for (unsigned int i = 0; !rc && i < nr; i++) {
        uint64_t was = op_read(op, a.frame, a.slot + i);

        rc = op_write(op, a.frame, a.slot + i, op_read(op, b.frame, b.slot + i));
        if (!rc)
            rc = op_write(op, b.frame, b.slot + i, was);
    }
    return rc;
}

/* 16 bits each, in words that can be the same. */
static int set_status(struct op *op, struct grant_place at, uint64_t status)
{
    uint64_t word = op_read(op, at.frame, at.slot) & ~(UINT64_C(0xffff) << at.shift);

    return op_write(op, at.frame, at.slot, word | status << at.shift);
}

static int swap_statuses(struct op *op, uint32_t a, uint32_t b)
{
    struct grant_place pa = grants_status_place(op->d, a), pb = grants_status_place(op->d, b);
    uint64_t sa = op_read(op, pa.frame, pa.slot) >> pa.shift & 0xffff;
    uint64_t sb = op_read(op, pb.frame, pb.slot) >> pb.shift & 0xffff;
    int rc = set_status(op, pa, sb);

    return rc ? rc : set_status(op, pb, sa);
}

static int swap(struct op *op, uint32_t a, uint32_t b)
{
    bool second = grants_version(op->d) == 2;
    int rc = check_ref(op, a);

    if (!rc)
        rc = check_ref(op, b);
    if (rc || a == b)
        return rc;
    rc = check_unused(op, a);
    if (!rc)
        rc = check_unused(op, b);
    if (!rc)
        rc = swap_words(op, grants_place(op->d, a), grants_place(op->d, b), second ? 2 : 1);
    return !rc && second ? swap_statuses(op, a, b) : rc;
}

enum xenpt_code xenpt_grant_swap(struct xenpt_machine *m, const struct xenpt_pv_caller *caller,
                                 uint32_t a, uint32_t b, struct xenpt_pv_result *ret,
                                 struct xenpt_error *err)
{
    struct op op;
    enum xenpt_code code = op_begin(&op, m, caller, err);
    int rc;

    if (code)
        return code;
    rc = argument_whole(&op, ARGUMENT_GRANT_SWAP, 1);
    if (!rc)
        rc = grant_return(&op, swap(&op, a, b), ARGUMENT_GRANT_SWAP, 8, 2);
    return grant_end(&op, rc, ret);
}

/* --- Lines of caches ----------------------------------------------------------------------- */

static int check_lines(struct op *op, const struct xenpt_grant_cache_flush *f)
{
    const uint32_t both = XENPT_GRANT_CACHE_CLEAN | XENPT_GRANT_CACHE_INVALIDATE;

    return f->offset >= XENPT_PAGE_SIZE || f->offset + f->length > XENPT_PAGE_SIZE ||
                   f->what & ~both
               ? refused(op, RULE_GRANT_CACHE_WHAT, f->frame, NO_SLOT_OF_IT)
               : 0;
}

/* mfn_valid: Xen's table of frames has those of 256 MiB in which some is RAM (PDX_GROUP_COUNT), and
 * what of them is none is dom_io's: arch_init_memory. */
static bool is_in_table(const struct op *op, uint64_t frame)
{
    const uint64_t group = 0xffff;

    return ram_any(op->m, frame & ~group, frame | group);
}

/* grant_map_exists: not by the name of the frame alone, but by an entry of its owner's. */
static int check_whose(struct op *op, uint64_t frame)
{
    struct domain *d = NULL;
    enum pv_owner kind = pv_owner_of(op->m, frame, &d);

    if (kind == PV_MMIO && !is_in_table(op, frame))
        return grant_needs(op, RULE_GRANT_CACHE_FRAME, frame, NO_SLOT_OF_IT);
    if (!d)
        return refused(op, RULE_GRANT_CACHE_OWNER, frame, NO_SLOT_OF_IT);
    return d == op->d || grants_allow(op->m, op->d->name, frame)
               ? 0
               : refused(op, RULE_GRANT_CACHE_MAPPED, frame, NO_SLOT_OF_IT);
}

static int flush(struct op *op, const struct xenpt_grant_cache_flush *f)
{
    int rc = check_lines(op, f);

    if (rc || !f->length || !f->what)
        return rc;
    rc = check_whose(op, f->frame);
    if (!rc && f->what == XENPT_GRANT_CACHE_INVALIDATE)
        rc = refused(op, RULE_GRANT_CACHE_DROP, f->frame, NO_SLOT_OF_IT);
    if (!rc)
        op_flush_cpu(op, XENPT_PV_FLUSH_CACHE, op->cpu, 0, NULL);
    return rc;
}

enum xenpt_code xenpt_grant_cache_flush(struct xenpt_machine *m,
                                        const struct xenpt_pv_caller *caller,
                                        const struct xenpt_grant_cache_flush *f,
                                        struct xenpt_pv_result *ret, struct xenpt_error *err)
{
    struct op op;
    enum xenpt_code code = op_begin(&op, m, caller, err);
    int rc;

    if (code)
        return code;
    rc = is_external(op.d) ? refused(&op, RULE_HVM_GRANT, 0, NO_SLOT_OF_IT) : 0;
    if (!rc)
        rc = argument_whole(&op, ARGUMENT_GRANT_CACHE_FLUSH, 1);
    if (!rc)
        rc = flush(&op, f);
    return grant_end(&op, rc, ret);
}
