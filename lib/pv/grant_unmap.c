/*
 * grant_unmap.c - unmap_grant_ref and unmap_and_replace: common/grant_table.c, unmap_common,
 * unmap_common_complete.
 *
 * Mappings go first, then what CPUs remember of them, and references last.
 */
#include "pv/argument.h"
#include "pv/grant.h"

/* What an unmap is about, and what it has done of that. */
struct unmapping {
    struct grants *grants; /* The caller's... */
    struct grant_mapping *map;
    struct granted of;
    uint64_t was;  /* ...flags of the mapping before... */
    uint64_t done; /* ...and those that are gone: for CPUs, for devices. */
};

static int find(struct op *op, uint32_t handle, struct unmapping *u)
{
    struct grants *g = op->d->grants;
    struct domain *owner;

    if (!g || handle >= g->nr_mappings || !g->mappings[handle].flags)
        return grant_needs(op, RULE_GRANT_HANDLE, 0, NO_SLOT_OF_IT);
    *u = (struct unmapping){ .grants = g, .map = &g->mappings[handle] };
    u->was = u->map->flags;
    owner = domain_there(op->m, (uint32_t)u->map->domain);
    /* A domain that goes takes along what others mapped of it. */
    return grant_find(op, owner, u->map->ref, &u->of);
}

static int unmap_host(struct op *op, const struct xenpt_grant_unmap *req, struct unmapping *u)
{
    uint64_t frame = u->of.active->frame;
    uint32_t flags = (uint32_t)u->was;
    int rc = is_external(op->d) ? grant_p2m_replace(op, req->at, frame, req->by, flags)
                                : grant_pte_replace(op, req->at, frame, req->by, flags);

    if (rc)
        return rc;
    u->done |= XENPT_GRANT_MAP_HOST;
    return op_set(op, &u->map->flags, u->map->flags & ~(uint64_t)XENPT_GRANT_MAP_HOST);
}

static int unmap(struct op *op, const struct xenpt_grant_unmap *req, struct unmapping *u)
{
    static const uint64_t kinds = XENPT_GRANT_MAP_HOST | XENPT_GRANT_MAP_DEVICE;
    uint64_t frame = u->of.active->frame;
    int rc = 0;

    if (req->bus && req->bus != frame << XENPT_PAGE_SHIFT)
        rc = refused(op, RULE_GRANT_BUS, frame, NO_SLOT_OF_IT);
    if (!rc && req->bus && req->bus != frame << XENPT_PAGE_SHIFT && u->was & XENPT_GRANT_MAP_DEVICE)
        rc = refused(op, RULE_GRANT_BUS_DEVICE, frame, NO_SLOT_OF_IT);
    if (!rc && req->at && u->was & XENPT_GRANT_MAP_HOST)
        rc = unmap_host(op, req, u);
    if (!rc && req->bus && u->was & XENPT_GRANT_MAP_DEVICE) {
        u->done |= XENPT_GRANT_MAP_DEVICE;
        rc = op_set(op, &u->map->flags, u->map->flags & ~(uint64_t)XENPT_GRANT_MAP_DEVICE);
    }
    if (rc || u->map->flags & kinds)
        return rc;
    rc = op_set(op, &u->map->flags, 0);
    return rc ? rc : grant_put_handle(op, u->grants, req->handle);
}

/* --- References ---------------------------------------------------------------------------- */

static int put_device(struct op *op, const struct unmapping *u, bool read_only)
{
    int rc = read_only ? 0 : put_type(op, u->of.active->frame, NO_TABLE);

    return rc ? rc : put_page(op, u->of.active->frame);
}

static int put_host(struct op *op, const struct unmapping *u, bool read_only)
{
    bool writes = !read_only && grants_count_writes(op->d, u->of.owner);
    int rc = writes ? put_type(op, u->of.active->frame, NO_TABLE) : 0;

    return rc ? rc : put_page(op, u->of.active->frame);
}

static int unpin(struct op *op, const struct unmapping *u, uint64_t one)
{
    return op_set(op, &u->of.active->pin, u->of.active->pin - one);
}

static int complete(struct op *op, const struct unmapping *u)
{
    bool read_only = u->was & XENPT_GRANT_MAP_READ_ONLY;
    bool device = u->done & XENPT_GRANT_MAP_DEVICE;
    int rc = 0;

    if (!u->done)
        return 0;
    /* Without the rule, a mapping for both gives up references for both, twice. */
    if (device || (u->was & XENPT_GRANT_MAP_DEVICE && !in_force(op, RULE_GRANT_UNMAP_PARTS)))
        rc = put_device(op, u, read_only);
    if (!rc && device)
        rc = unpin(op, u, read_only ? PIN_DEVICE_RO : PIN_DEVICE_RW);
    if (!rc && u->done & XENPT_GRANT_MAP_HOST) {
        rc = put_host(op, u, read_only);
        if (!rc)
            rc = unpin(op, u, read_only ? PIN_HOST_RO : PIN_HOST_RW);
    }
    return rc ? rc : grant_clear_status(op, &u->of, read_only);
}

static int unmap_one(struct op *op, const struct xenpt_grant_unmap *req)
{
    struct unmapping u;
    int rc = find(op, req->handle, &u);

    if (!rc)
        rc = unmap(op, req, &u);
    if (rc == BROKEN)
        return rc;
    if (in_force(op, RULE_GRANT_FLUSH) && !is_external(op->d))
        op_flush_domain(op, op->d, XENPT_PV_FLUSH_TLB, 0, xenpt_pv_rule(RULE_GRANT_FLUSH));
    if (rc)
        return rc;
    if (!(u.was & XENPT_GRANT_MAP_READ_ONLY))
        grant_mark_dirty(op, u.of.owner, u.of.active->frame);
    return complete(op, &u);
}

enum xenpt_code xenpt_grant_unmap(struct xenpt_machine *m, const struct xenpt_pv_caller *caller,
                                  const struct xenpt_grant_unmap *req, struct xenpt_pv_result *ret,
                                  struct xenpt_error *err)
{
    struct op op;
    enum xenpt_code code = op_begin(&op, m, caller, err);
    int rc;

    if (code)
        return code;
    rc = req->by && is_external(op.d) ? refused(&op, RULE_HVM_GRANT, 0, NO_SLOT_OF_IT) : 0;
    if (!rc)
        rc = argument_whole(&op, ARGUMENT_GRANT_UNMAP, 1);
    if (!rc) {
        rc = unmap_one(&op, req);
        rc = grant_return(&op, rc, ARGUMENT_GRANT_UNMAP, 20, 2);
    }
    return grant_end(&op, rc, ret);
}
