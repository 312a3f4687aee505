/*
 * devices.c - what devices of PV domains reach, as types of frames change and memory comes and
 * goes; and devices that come and go: mm.c, _get_page_type, put_page; grant_table.c, map_grant_ref,
 * unmap_common, mapkind; drivers/passthrough/pci.c, iommu_do_pci_domctl.
 *
 * Tables of an IOMMU follow a request when it is done, as shadows do: from what was noted of
 * frames. A PV domain's frame is in its tables by its own number.
 *
 * Model: Xen has a frame of a domain with such tables mapped writable once, when it populates it,
 * so that its type is `writable`, without references.  Here it has no type yet, and is in the
 * tables. What an increase of a reservation brought is in them when it is first mapped writable.
 *
 * A grant that is mapped for CPUs is in the tables as one for devices is, until its handle is given
 * back, whereas its reference goes with the L1 entry (mm.c, put_page_from_l1e): so a device can
 * reach what its owner has given away since.  That is as Xen 4.17 has it.
 */
#include "pv/devices.h"

#include "xen/grants.h"
#include "xen/iommu.h"

#define BOTH (DEVICE_READS | DEVICE_WRITES)

/* --- Types --------------------------------------------------------------------------------- */

static enum xenpt_code put(struct op *op, struct domain *d, uint64_t frame, unsigned int rights)
{
    unsigned int has = 0;
    uint64_t mfn;

    if (!iommu_get(op->m, d, frame, &mfn, &has))
        has = 0;
    return has == rights ? XENPT_OK : iommu_set(op->m, d, frame, frame, 1, rights, op->err);
}

/* A frame of a domain's own, whose type has changed. */
static enum xenpt_code typed(struct op *op, struct domain *d, uint64_t frame, unsigned int was,
                             unsigned int is)
{
    if (in_force(op, RULE_DEVICE_TYPES))
        return put(op, d, frame, is == FRAME_WRITABLE || is == FRAME_NONE ? BOTH : 0);
    if (was == FRAME_WRITABLE || is == FRAME_WRITABLE)
        return put(op, d, frame, is == FRAME_WRITABLE ? BOTH : 0);
    return XENPT_OK;
}

/* --- Grants -------------------------------------------------------------------------------- */

/* grant_table.c, mapkind: what all mappings of a frame of another's come to. */
static unsigned int kind_of(const struct op *op, const struct domain *d, uint64_t frame)
{
    const struct grants *g = d->grants;
    unsigned int rights = 0;

    for (uint64_t i = 0; g && i < g->nr_mappings; i++) {
        const struct grant_mapping *map = &g->mappings[i];
        const struct domain *owner = map->flags ? domain_there(op->m, (uint32_t)map->domain) : NULL;
        const struct grant_active *active = owner ? grants_active(owner, map->ref) : NULL;

        if (!active || active->frame != frame)
            continue;
        rights |= map->flags & XENPT_GRANT_MAP_READ_ONLY ? DEVICE_READS : BOTH;
    }
    return rights;
}

/* --- A request is done --------------------------------------------------------------------- */

static enum xenpt_code follow(struct op *op, const struct undo *u)
{
    const struct frame_info *is = u->kind == UNDO_INFO ? frames_find(op->m->frames, u->at) : NULL;
    unsigned int was = is && u->info.count ? u->info.type : FRAME_NONE;
    struct domain *d;

    if (!is || pv_owner_near(op->m, op->d, u->at, &d) != PV_DOMAIN || !d)
        return XENPT_OK;
    if (d != op->d && iommu_by_types(op->d) && op->d->grants) {
        enum xenpt_code code = put(op, op->d, u->at, kind_of(op, op->d, u->at));

        if (code)
            return code;
    }
    return iommu_by_types(d) && was != is->type ? typed(op, d, u->at, was, is->type) : XENPT_OK;
}

int devices_follow(struct op *op)
{
    bool any = false;

    for (size_t i = 0; i < op->m->nr_domains && !any; i++)
        any = iommu_by_types(&op->m->domains[i]);
    for (size_t i = 0; any && !op->code && i < op->nr; i++)
        op->code = follow(op, &op->undo[i]);
    return op->code ? BROKEN : 0;
}

/* --- Memory -------------------------------------------------------------------------------- */

int devices_gain(struct op *op, struct domain *d, uint64_t frame, uint64_t nr)
{
    for (uint64_t i = 0; iommu_by_types(d) && !op->code && i < nr; i++) {
        const struct frame_info *info = frames_find(op->m->frames, frame + i);

        if (!info || info->type == FRAME_NONE || info->type == FRAME_WRITABLE)
            op->code = put(op, d, frame + i, BOTH);
    }
    return op->code ? BROKEN : 0;
}

int devices_lose(struct op *op, struct domain *d, uint64_t frame)
{
    if (iommu_by_types(d) && !op->code)
        op->code = put(op, d, frame, 0);
    return op->code ? BROKEN : 0;
}

enum xenpt_code devices_forget(struct xenpt_machine *m, const struct domain *d,
                               struct xenpt_error *err)
{
    enum xenpt_code code = XENPT_OK;

    for (size_t i = 0; !code && i < m->nr_domains; i++)
        for (size_t k = 0; !code && iommu_by_types(&m->domains[i]) && k < d->nr_memory; k++)
            if (&m->domains[i] != d)
                code = iommu_set(m, &m->domains[i], d->memory[k].first, 0, d->memory[k].nr, 0, err);
    return code;
}

/* --- Devices ------------------------------------------------------------------------------- */

static int find_device(struct op *op, const char *name, uint32_t domain, struct device **device,
                       struct domain **d)
{
    int rc = 0;

    *device = iommu_device(op->m, name);
    *d = domain_there(op->m, domain);
    if (!*d)
        rc = refused(op, RULE_DEVICE_DOMAIN, 0, NO_SLOT_OF_IT);
    if (!rc && !op->d->desc->privileged)
        rc = refused(op, RULE_DEVICE_RIGHT, 0, NO_SLOT_OF_IT);
    if (!rc && *d && (*d)->device.how == XENPT_DEVICE_NO_TABLES)
        rc = refused(op, RULE_DEVICE_TABLES, 0, NO_SLOT_OF_IT);
    if (!rc && *d == op->d)
        rc = refused(op, RULE_DEVICE_SELF, 0, NO_SLOT_OF_IT);
    if (!rc && !*device)
        rc = refused(op, RULE_DEVICE_THERE, 0, NO_SLOT_OF_IT);
    if (!rc && (!*d || !*device))
        return op_broken(op, XENPT_ESTATE, "there is no such device, or no such domain");
    return rc;
}

/* It is dom0's, or nobody's. */
static bool is_free(const struct xenpt_machine *m, const struct device *device)
{
    const struct domain *d = domain_there(m, device->domain);

    return !d || d->desc->built_by_xen;
}

static void move(struct xenpt_machine *m, struct device *device, struct domain *to, uint32_t id)
{
    struct domain *from = domain_there(m, device->domain);

    if (from) {
        from->device.nr--;
        from->device.nr_remembered = 0; /* Of a domain all is flushed. */
    }
    if (to)
        to->device.nr++;
    device->domain = id;
    view_stale(m);
}

static int give(struct op *op, const char *name, uint32_t domain)
{
    struct device *device;
    struct domain *d;
    int rc = find_device(op, name, domain, &device, &d);

    if (!rc && !is_free(op->m, device))
        rc = refused(op, RULE_DEVICE_FREE, 0, NO_SLOT_OF_IT);
    if (!rc && d->dirty && !is_pv(d))
        rc = refused(op, RULE_DEVICE_LOG, 0, NO_SLOT_OF_IT);
    if (!rc && d->device.how == XENPT_DEVICE_NO_TABLES)
        return op_broken(op, XENPT_EUNSUPPORTED,
                         "a device for a domain that has no tables for it is not modelled");
    if (!rc)
        move(op->m, device, d, domain);
    return rc;
}

static int take(struct op *op, const char *name, uint32_t domain)
{
    struct device *device;
    struct domain *d;
    int rc = find_device(op, name, domain, &device, &d);

    if (!rc && device->domain != domain)
        rc = refused(op, RULE_DEVICE_THERE, 0, NO_SLOT_OF_IT);
    if (!rc)
        move(op->m, device, NULL, NO_DOMAIN);
    return rc;
}

enum xenpt_code xenpt_device_assign(struct xenpt_machine *m, const struct xenpt_pv_caller *caller,
                                    const char *name, uint32_t domain, bool assigned,
                                    struct xenpt_pv_result *ret, struct xenpt_error *err)
{
    struct op op;
    enum xenpt_code code = op_begin(&op, m, caller, err);
    int rc;

    if (code)
        return code;
    rc = assigned ? give(&op, name, domain) : take(&op, name, domain);
    return op_end_one(&op, rc, ret);
}
