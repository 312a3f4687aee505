/*
 * grant_table.c - tables of grants: their frames, their size, their version; common/grant_table.c,
 * gnttab_setup_table, gnttab_query_size, gnttab_set_version, gnttab_get_status_frames.
 *
 * What changes frames is done as a whole, after all that can be refused.
 */
#include "pv/argument.h"
#include "pv/grant.h"
#include "xen/p2m.h"

/* Whose table is meant, and whether the caller may ask. */
static int find_table(struct op *op, uint32_t id, struct domain **ret)
{
    *ret = id == XENPT_DOMID_SELF ? op->d : domain_there(op->m, id);
    if (!*ret)
        return grant_needs(op, RULE_GRANT_DOMAIN, 0, NO_SLOT_OF_IT);
    if (*ret == op->d || controls(op->d, *ret))
        return 0;
    return refused(op, RULE_GRANT_OWN_TABLE, 0, NO_SLOT_OF_IT);
}

static void list_frames(const struct xenpt_machine *m, const struct domain *d,
                        enum xenpt_special special, uint32_t nr, uint64_t *frames)
{
    for (uint32_t i = 0; i < nr; i++) {
        uint64_t frame = grants_frame(d, special, i);

        /* Model: HVM and PVH guests have them nowhere; add_to_physmap would say where. */
        frames[i] = is_pv(d) && frame != NO_TABLE ? frame : UINT64_MAX;
    }
    (void)m;
}

static int check_size(struct op *op, struct domain *d, uint32_t nr)
{
    const struct grants *g = grants_of(d);

    if (!g)
        return grant_no_memory(op);
    return nr > g->max_frames ? grant_needs(op, RULE_GRANT_TABLE_SIZE, 0, NO_SLOT_OF_IT) : 0;
}

enum xenpt_code xenpt_grant_setup_table(struct xenpt_machine *m,
                                        const struct xenpt_pv_caller *caller, uint32_t domain,
                                        uint32_t nr, uint64_t *frames, struct xenpt_pv_result *ret,
                                        struct xenpt_error *err)
{
    struct domain *d;
    struct op op;
    enum xenpt_code code = op_begin(&op, m, caller, err);
    uint32_t id;
    int rc;

    if (code)
        return code;
    rc = argument_whole(&op, ARGUMENT_GRANT_SETUP_TABLE, 1);
    if (!rc) {
        rc = find_table(&op, domain, &d);
        if (!rc)
            rc = check_size(&op, d, nr);
        rc = grant_return(&op, rc, ARGUMENT_GRANT_SETUP_TABLE, 8, 2);
    }
    code = grant_end(&op, rc, ret);
    if (code || rc)
        return code;
    id = d->id;
    if (nr > grants_nr_frames(d, XENPT_SPECIAL_GRANT_TABLE))
        code = grants_grow(m, id, nr, err);
    if (!code)
        list_frames(m, &m->domains[id], XENPT_SPECIAL_GRANT_TABLE, nr, frames);
    return code;
}

enum xenpt_code xenpt_grant_status_frames(struct xenpt_machine *m,
                                          const struct xenpt_pv_caller *caller, uint32_t domain,
                                          uint32_t nr, uint64_t *frames,
                                          struct xenpt_pv_result *ret, struct xenpt_error *err)
{
    struct domain *d;
    struct op op;
    enum xenpt_code code = op_begin(&op, m, caller, err);
    int rc;

    if (code)
        return code;
    rc = is_external(op.d) ? refused(&op, RULE_HVM_GRANT, 0, NO_SLOT_OF_IT) : 0;
    if (!rc)
        rc = find_table(&op, domain, &d);
    if (!rc && nr > grants_nr_frames(d, XENPT_SPECIAL_GRANT_STATUS))
        rc = grant_needs(&op, RULE_GRANT_STATUS_FRAMES, 0, NO_SLOT_OF_IT);
    code = grant_end(&op, rc, ret);
    if (!code && !rc)
        list_frames(m, d, XENPT_SPECIAL_GRANT_STATUS, nr, frames);
    return code;
}

enum xenpt_code xenpt_grant_query_size(struct xenpt_machine *m,
                                       const struct xenpt_pv_caller *caller, uint32_t domain,
                                       uint32_t *nr, uint32_t *max, struct xenpt_pv_result *ret,
                                       struct xenpt_error *err)
{
    const struct grants *g = NULL;
    struct domain *d;
    struct op op;
    enum xenpt_code code = op_begin(&op, m, caller, err);
    int rc;

    if (code)
        return code;
    rc = find_table(&op, domain, &d);
    if (!rc && !(g = grants_of(d)))
        rc = grant_no_memory(&op);
    code = grant_end(&op, rc, ret);
    if (code || rc)
        return code;
    *nr = (uint32_t)grants_nr_frames(d, XENPT_SPECIAL_GRANT_TABLE);
    *max = (uint32_t)g->max_frames;
    return XENPT_OK;
}

/* --- Versions ------------------------------------------------------------------------------ */

static int check_busy(struct op *op)
{
    for (uint64_t ref = RESERVED_REFS; ref < grants_nr_entries(op->d); ref++)
        if (grants_active(op->d, ref))
            return refused(op, RULE_GRANT_VERSION_BUSY, grants_place(op->d, ref).frame,
                           grants_place(op->d, ref).slot);
    return 0;
}

static int check_range(struct op *op)
{
    int rc = 0;

    for (uint64_t ref = 0; !rc && ref < RESERVED_REFS; ref++) {
        struct xenpt_grant_entry e = grant_read(op->m, op->d, ref);
        unsigned int type = e.flags & XENPT_GRANT_TYPE;

        if (type == XENPT_GRANT_TRANSITIVE || (type == XENPT_GRANT_PERMIT_ACCESS && e.frame >> 32))
            rc = refused(op, RULE_GRANT_VERSION_RANGE, grants_place(op->d, ref).frame,
                         grants_place(op->d, ref).slot);
    }
    return rc;
}

/* gnttab_unpopulate_status_frames: where a guest with a p2m has it, by M2P, it is no more. */
static enum xenpt_code unhook_statuses(struct xenpt_machine *m, struct domain *d,
                                       struct xenpt_error *err)
{
    enum xenpt_code code = XENPT_OK;

    for (uint64_t i = 0; !code && !is_pv(d) && i < grants_nr_frames(d, XENPT_SPECIAL_GRANT_STATUS);
         i++) {
        uint64_t gfn = contents_gfn(&m->contents, grants_frame(d, XENPT_SPECIAL_GRANT_STATUS, i));

        if (gfn != NO_GFN)
            code = physmap_clear(m, d, gfn, 0, err);
    }
    return code;
}

/* That it is there is one reference; any other is a mapping of the guest's. */
static int check_mapped(struct op *op)
{
    int rc = 0;

    for (uint64_t i = 0; !rc && i < grants_nr_frames(op->d, XENPT_SPECIAL_GRANT_STATUS); i++) {
        uint64_t frame = grants_frame(op->d, XENPT_SPECIAL_GRANT_STATUS, i);
        const struct frame_info *info = frames_find(op->m->frames, frame);

        if (info && info->count > 1)
            rc = refused(op, RULE_GRANT_STATUS_MAPPED, frame, NO_SLOT_OF_IT);
    }
    return rc;
}

static int check_version(struct op *op, uint32_t version)
{
    int rc;

    if (version != 1 && version != 2)
        return grant_needs(op, RULE_GRANT_VERSION, 0, NO_SLOT_OF_IT);
    if (version == 2 && op->m->options.gnttab_max_ver == 1) {
        rc = refused(op, RULE_GRANT_VERSION_MAX, 0, NO_SLOT_OF_IT);
        if (rc)
            return rc;
    }
    if (version == grants_version(op->d))
        return GRANT_NOTHING;
    rc = check_busy(op);
    if (!rc && version == 1)
        rc = check_range(op);
    return !rc && version == 1 ? check_mapped(op) : rc;
}

enum xenpt_code xenpt_grant_set_version(struct xenpt_machine *m,
                                        const struct xenpt_pv_caller *caller, uint32_t version,
                                        struct xenpt_pv_result *ret, struct xenpt_error *err)
{
    struct op op;
    enum xenpt_code code = op_begin(&op, m, caller, err);
    int rc;

    if (code)
        return code;
    rc = argument_whole(&op, ARGUMENT_GRANT_SET_VERSION, 1);
    if (!rc) {
        rc = check_version(&op, version);
        rc = grant_return(&op, rc, ARGUMENT_GRANT_SET_VERSION, 0, 4);
    }
    code = grant_end(&op, rc, ret);
    if (!code && !rc && version == 1)
        code = unhook_statuses(m, &m->domains[caller->domain], err);
    if (code || rc)
        return code;
    return grants_convert(m, caller->domain, version, err);
}
