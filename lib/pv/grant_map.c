/* grant_map.c - map_grant_ref: common/grant_table.c, map_grant_ref, get_maptrack_handle. */
#include "pv/argument.h"
#include "pv/grant.h"

/* --- Handles ------------------------------------------------------------------------------- */

/* Of a vCPU's free ones, but not the last. */
static int take_free(struct op *op, struct grants *g, uint32_t vcpu, uint32_t *ret)
{
    uint64_t head = g->free[vcpu].head, next;

    *ret = MAPPING_TAIL;
    if (head == MAPPING_TAIL)
        return 0;
    next = g->mappings[head].ref;
    if (next == MAPPING_TAIL)
        return 0;
    *ret = (uint32_t)head;
    return op_set(op, &g->free[vcpu].head, next);
}

/* One page of them more: the first is taken, and the others come before those that are free. */
static int take_new(struct op *op, struct grants *g, uint32_t vcpu, uint32_t *ret)
{
    uint64_t first = g->nr_mappings, last = first + MAPPINGS_PER_PAGE - 1;
    struct grant_free *free = &g->free[vcpu];
    int rc = 0;

    for (uint64_t i = first; i <= last; i++)
        g->mappings[i] = (struct grant_mapping){ .ref = i + 1, .vcpu = vcpu };
    g->mappings[last].ref = free->head;
    *ret = (uint32_t)first;
    if (free->tail == MAPPING_TAIL)
        rc = op_set(op, &free->tail, last);
    if (!rc)
        rc = op_set(op, &free->head, first + 1);
    return rc ? rc : op_set(op, &g->nr_mappings, last + 1);
}

/*
 * Of another vCPU's, as there are no pages for more.
 * Model: Xen begins with one by chance; here it is the first.
 */
static int take_from_others(struct op *op, struct grants *g, uint32_t *ret)
{
    int rc = 0;

    *ret = MAPPING_TAIL;
    for (uint32_t i = 0; !rc && *ret == MAPPING_TAIL && i < g->nr_free; i++)
        rc = take_free(op, g, i, ret);
    if (rc || *ret == MAPPING_TAIL)
        return rc;
    return op_set(op, &g->mappings[*ret].vcpu, op->caller->vcpu);
}

/* A vCPU that has none yet needs one that stays. */
static int take_last(struct op *op, struct grants *g, uint32_t vcpu)
{
    struct grant_free *free = &g->free[vcpu];
    uint32_t stays;
    int rc = free->tail == MAPPING_TAIL ? take_from_others(op, g, &stays) : 0;

    if (rc || free->tail != MAPPING_TAIL || stays == MAPPING_TAIL)
        return rc;
    rc = op_set(op, &g->mappings[stays].ref, MAPPING_TAIL);
    if (!rc)
        rc = op_set(op, &free->tail, stays);
    return rc ? rc : op_set(op, &free->head, stays);
}

static int take_handle(struct op *op, struct grants *g, uint32_t *ret)
{
    uint32_t vcpu = op->caller->vcpu;
    bool room = g->nr_mappings / MAPPINGS_PER_PAGE < g->max_mapping_frames;
    int rc = take_free(op, g, vcpu, ret);

    if (rc || *ret != MAPPING_TAIL)
        return rc;
    if (room)
        return take_new(op, g, vcpu, ret);
    rc = take_last(op, g, vcpu);
    if (!rc)
        rc = take_from_others(op, g, ret);
    if (rc || *ret != MAPPING_TAIL)
        return rc;
    rc = refused(op, RULE_GRANT_HANDLES_OLD, 0, NO_SLOT_OF_IT);
    return rc ? rc : grant_needs(op, RULE_GRANT_HANDLES, 0, NO_SLOT_OF_IT);
}

int grant_put_handle(struct op *op, struct grants *g, uint64_t handle)
{
    struct grant_mapping *map = &g->mappings[handle];
    struct grant_free *free = &g->free[map->vcpu];
    uint64_t tail = free->tail;
    int rc = op_set(op, &map->ref, MAPPING_TAIL);

    if (!rc)
        rc = op_set(op, &free->tail, handle);
    return rc ? rc : op_set(op, &g->mappings[tail].ref, handle);
}

/* --- What may be --------------------------------------------------------------------------- */

static int check_request(struct op *op, const struct xenpt_grant_map *req, struct domain **ret)
{
    static const uint32_t not_external = XENPT_GRANT_MAP_DEVICE | XENPT_GRANT_MAP_APPLICATION |
                                         XENPT_GRANT_MAP_CONTAINS_PTE;
    int rc = 0;

    if (!(req->flags & (XENPT_GRANT_MAP_DEVICE | XENPT_GRANT_MAP_HOST)))
        rc = refused(op, RULE_GRANT_MAP_KIND, 0, NO_SLOT_OF_IT);
    if (!rc && is_external(op->d) && req->flags & not_external)
        rc = refused(op, RULE_GRANT_MAP_EXTERNAL, 0, NO_SLOT_OF_IT);
    if (rc)
        return rc;
    *ret = domain_there(op->m, req->domain);
    return *ret ? 0 : grant_needs(op, RULE_GRANT_DOMAIN, 0, NO_SLOT_OF_IT);
}

static uint64_t pins_of(uint32_t flags)
{
    bool read_only = flags & XENPT_GRANT_MAP_READ_ONLY;
    uint64_t pins = 0;

    if (flags & XENPT_GRANT_MAP_DEVICE)
        pins += read_only ? PIN_DEVICE_RO : PIN_DEVICE_RW;
    if (flags & XENPT_GRANT_MAP_HOST)
        pins += read_only ? PIN_HOST_RO : PIN_HOST_RW;
    return pins;
}

/* Checks the entry, and takes the first reference to its frame. */
static int pin(struct op *op, const struct granted *g, uint32_t flags)
{
    bool read_only = flags & XENPT_GRANT_MAP_READ_ONLY, first = !g->active->pin;
    int rc = grant_check_use(op, g, pins_of(flags), true);

    if (!rc && (first || (!read_only && !(g->active->pin & PIN_WRITES))))
        rc = grant_set_status(op, g, read_only, true);
    if (rc)
        return rc;
    if (first) {
        struct grant_active is = { .length = XENPT_PAGE_SIZE,
                                   .from_domain = g->owner->id,
                                   .from_ref = g->ref };

        rc = grant_get_frame(op, g->owner, grant_read(op->m, g->owner, g->ref).frame, read_only,
                             &is.frame);
        if (!rc)
            rc = grant_first_use(op, g, &is);
    } else if (!get_page_or_shared(op, g->active->frame, g->owner)) {
        rc = op->code ? BROKEN : grant_needs(op, RULE_GRANT_FRAME, g->active->frame, NO_SLOT_OF_IT);
    }
    return rc ? rc : op_set(op, &g->active->pin, g->active->pin + pins_of(flags));
}

/* --- Mapping ------------------------------------------------------------------------------- */

static int get_writable(struct op *op, uint64_t frame)
{
    return get_type(op, frame, FRAME_WRITABLE, false, RULE_GRANT_WRITABLE);
}

static int map_host(struct op *op, const struct granted *g, const struct xenpt_grant_map *req)
{
    uint64_t frame = g->active->frame;
    int rc = 0;

    /* The one that the entry was pinned with is the device's, if it is mapped for devices. */
    if (req->flags & XENPT_GRANT_MAP_DEVICE && !get_page_or_shared(op, frame, g->owner))
        return BROKEN;
    if (!(req->flags & XENPT_GRANT_MAP_READ_ONLY) && grants_count_writes(op->d, g->owner))
        rc = get_writable(op, frame);
    if (rc)
        return rc;
    return is_external(op->d) ? grant_p2m_create(op, req->at, frame, req->flags)
                              : grant_pte_create(op, req->at, frame, req->flags);
}

static int map_entry(struct op *op, const struct xenpt_grant_map *req, struct domain *owner)
{
    uint32_t flags = req->flags;
    struct granted g;
    int rc = 0;

    if (req->ref >= grants_nr_entries(owner))
        rc = grant_needs(op, RULE_GRANT_REF, 0, NO_SLOT_OF_IT);
    if (!rc)
        rc = grant_find(op, owner, req->ref, &g);
    if (!rc)
        rc = pin(op, &g, flags);
    if (!rc && flags & XENPT_GRANT_MAP_DEVICE && !(flags & XENPT_GRANT_MAP_READ_ONLY))
        rc = get_writable(op, g.active->frame);
    return !rc && flags & XENPT_GRANT_MAP_HOST ? map_host(op, &g, req) : rc;
}

static int note_mapping(struct op *op, struct grants *g, uint32_t handle,
                        const struct xenpt_grant_map *req)
{
    struct grant_mapping *map = &g->mappings[handle];
    int rc = op_set(op, &map->domain, req->domain);

    if (!rc)
        rc = op_set(op, &map->ref, req->ref);
    return rc ? rc : op_set(op, &map->flags, req->flags);
}

static int map_one(struct op *op, const struct xenpt_grant_map *req, uint32_t *handle)
{
    struct domain *owner;
    struct grants *g;
    size_t before;
    int rc = check_request(op, req, &owner);

    if (rc)
        return rc;
    g = grants_of(op->d);
    if (!g || !grants_room_for_mappings(g))
        return grant_no_memory(op);
    rc = take_handle(op, g, handle);
    before = op_mark(op);
    if (rc)
        return rc;
    rc = map_entry(op, req, owner);
    if (!rc)
        return note_mapping(op, g, *handle, req);
    if (rc == BROKEN)
        return rc;
    op_undo(op, before);
    return grant_put_handle(op, g, *handle) ? BROKEN : rc;
}

enum xenpt_code xenpt_grant_map(struct xenpt_machine *m, const struct xenpt_pv_caller *caller,
                                const struct xenpt_grant_map *req, uint32_t *handle, uint64_t *bus,
                                struct xenpt_pv_result *ret, struct xenpt_error *err)
{
    enum xenpt_code code;
    struct domain *owner;
    uint32_t taken = 0;
    struct op op;
    int rc;

    code = op_begin(&op, m, caller, err);
    if (code)
        return code;
    rc = argument_whole(&op, ARGUMENT_GRANT_MAP, 1);
    if (!rc) {
        rc = map_one(&op, req, &taken);
        rc = grant_return(&op, rc, ARGUMENT_GRANT_MAP, 0, 32);
    }
    code = grant_end(&op, rc, ret);
    owner = domain_there(m, req->domain);
    if (code || rc || !owner)
        return code;
    *handle = taken;
    *bus = owner->grants->active[req->ref].frame << XENPT_PAGE_SHIFT;
    return XENPT_OK;
}
