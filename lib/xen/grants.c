/* grants.c - what Xen knows of grants, from when a domain first has to do with one. */
#include "xen/grants.h"

#include <stdlib.h>
#include <string.h>

/* --- From first to last -------------------------------------------------------------------- */

/* common/grant_table.c: what a toolstack gives a domain that asks for nothing else. */
#define MAX_FRAMES         64u
#define MAX_FRAMES_OLD     32u /* Until 4.9: xen/grant_table.h, DEFAULT_MAX_NR_GRANT_FRAMES. */
#define MAX_MAPPING_FRAMES 1024u

void grants_limit(const struct xenpt_machine *m, struct domain *d)
{
    uint64_t frames = m->options.gnttab_max_frames, mapping = m->options.gnttab_max_maptrack;

    if (!frames)
        frames = machine_since(m, 4, 10) ? MAX_FRAMES : MAX_FRAMES_OLD;
    d->grant_limits.frames = (uint32_t)frames;
    d->grant_limits.mapping_frames = mapping ? (uint32_t)mapping : MAX_MAPPING_FRAMES;
}

struct grants *grants_of(struct domain *d)
{
    struct grants *g = d->grants;

    if (!g) {
        g = calloc(1, sizeof(*g));
        if (!g)
            return NULL;
        *g = (struct grants){ .version = 1,
                              .max_frames = d->grant_limits.frames,
                              .max_mapping_frames = d->grant_limits.mapping_frames };
        d->grants = g;
    }
    /* vCPUs can have come since. */
    if (g->nr_free < d->nr_vcpus) {
        struct grant_free *free = realloc(g->free, d->nr_vcpus * sizeof(*free));

        if (!free)
            return NULL;
        g->free = free;
        for (; g->nr_free < d->nr_vcpus; g->nr_free++)
            free[g->nr_free] = (struct grant_free){ MAPPING_TAIL, MAPPING_TAIL };
    }
    return g;
}

bool grants_room(struct grants *g, uint64_t ref)
{
    size_t nr = g->nr_active ? g->nr_active : 16;
    struct grant_active *active;

    if (ref < g->nr_active)
        return true;
    while (nr <= ref)
        nr *= 2;
    active = realloc(g->active, nr * sizeof(*active));
    if (!active)
        return false;
    memset(active + g->nr_active, 0, (nr - g->nr_active) * sizeof(*active));
    g->active = active;
    g->nr_active = nr;
    return true;
}

bool grants_room_for_mappings(struct grants *g)
{
    size_t max = g->max_mappings ? 2 * g->max_mappings : MAPPINGS_PER_PAGE;
    struct grant_mapping *mappings;

    if (g->nr_mappings + MAPPINGS_PER_PAGE <= g->max_mappings)
        return true;
    mappings = realloc(g->mappings, max * sizeof(*mappings));
    if (!mappings)
        return false;
    g->mappings = mappings;
    g->max_mappings = max;
    return true;
}

const struct grant_active *grants_active(const struct domain *d, uint64_t ref)
{
    const struct grants *g = d->grants;

    return g && ref < g->nr_active && g->active[ref].pin ? &g->active[ref] : NULL;
}

void grants_free(struct grants *g)
{
    if (!g)
        return;
    free(g->active);
    free(g->mappings);
    free(g->free);
    free(g);
}

static bool copy_list(const void *from, size_t nr, size_t size, void **ret)
{
    *ret = NULL;
    if (!nr)
        return true;
    *ret = malloc(nr * size);
    if (*ret)
        memcpy(*ret, from, nr * size);
    return *ret;
}

bool grants_copy(const struct grants *from, struct grants **ret)
{
    void *active = NULL, *mappings = NULL, *list = NULL;
    struct grants *to;
    bool done;

    *ret = NULL;
    if (!from)
        return true;
    to = malloc(sizeof(*to));
    if (!to)
        return false;
    *to = *from;
    done = copy_list(from->active, from->nr_active, sizeof(*from->active), &active) &&
           copy_list(from->mappings, (size_t)from->nr_mappings, sizeof(*from->mappings),
                     &mappings) &&
           copy_list(from->free, from->nr_free, sizeof(*from->free), &list);
    to->active = active;
    to->mappings = mappings;
    to->max_mappings = (size_t)from->nr_mappings;
    to->free = list;
    if (!done) {
        grants_free(to);
        return false;
    }
    *ret = to;
    return true;
}

/* --- References ---------------------------------------------------------------------------- */

/* asm/grant_table.h, gnttab_host_mapping_get_page_type. */
bool grants_count_writes(const struct domain *mapper, const struct domain *owner)
{
    return mapper == owner || is_pv(owner);
}

static void each_of(const struct xenpt_machine *m, const struct domain *d, grants_refer_fn fn,
                    void *ctx)
{
    const struct grants *g = d->grants;

    for (uint64_t i = 0; g && i < g->nr_mappings; i++) {
        const struct grant_mapping *map = &g->mappings[i];
        const struct domain *owner = map->flags ? domain_there(m, (uint32_t)map->domain) : NULL;
        const struct grant_active *active = owner ? grants_active(owner, map->ref) : NULL;
        bool writes = !(map->flags & XENPT_GRANT_MAP_READ_ONLY);

        if (!active)
            continue;
        if (map->flags & XENPT_GRANT_MAP_DEVICE)
            fn(ctx, active->frame, writes);
        if (map->flags & XENPT_GRANT_MAP_HOST && !is_pv(d))
            fn(ctx, active->frame, writes && grants_count_writes(d, owner));
    }
}

void grants_each(const struct xenpt_machine *m, const struct domain *only, grants_refer_fn fn,
                 void *ctx)
{
    for (size_t i = 0; i < m->nr_domains; i++)
        if (domain_there(m, (uint32_t)i) && (!only || only == &m->domains[i]))
            each_of(m, &m->domains[i], fn, ctx);
}

static bool has_frame(const struct xenpt_machine *m, const struct domain *d, uint64_t frame)
{
    const struct grants *g = d->grants;

    for (uint64_t i = 0; g && i < g->nr_mappings; i++) {
        const struct grant_mapping *map = &g->mappings[i];
        const struct domain *owner = map->flags ? domain_there(m, (uint32_t)map->domain) : NULL;
        const struct grant_active *active = owner ? grants_active(owner, map->ref) : NULL;

        if (active && active->frame == frame)
            return true;
    }
    return false;
}

bool grants_allow(const struct xenpt_machine *m, const char *domain, uint64_t frame)
{
    for (size_t i = 0; i < m->nr_domains; i++)
        if (!strcmp(m->domains[i].name, domain) && has_frame(m, &m->domains[i], frame))
            return true;
    return false;
}

/* --- Forgetting ---------------------------------------------------------------------------- */

static enum xenpt_code clear_status(struct xenpt_machine *m, const struct domain *d, uint64_t ref,
                                    uint64_t flags, struct xenpt_error *err)
{
    struct grant_place at = grants_status_place(d, ref);
    uint64_t word;

    if (at.frame == NO_TABLE)
        return XENPT_OK;
    word = entry_read(m, at.frame << XENPT_PAGE_SHIFT, at.slot);
    return entry_write(m, at.frame << XENPT_PAGE_SHIFT, at.slot, word & ~(flags << at.shift), err);
}

/* common/grant_table.c, gnttab_release_mappings. */
static enum xenpt_code release(struct xenpt_machine *m, const struct grant_mapping *map,
                               struct xenpt_error *err)
{
    struct domain *d = domain_there(m, (uint32_t)map->domain);
    bool read_only = map->flags & XENPT_GRANT_MAP_READ_ONLY;
    uint64_t flags = 0;
    struct grant_active *active;

    if (!d || !grants_active(d, map->ref))
        return XENPT_OK;
    active = &d->grants->active[map->ref];
    if (map->flags & XENPT_GRANT_MAP_HOST)
        active->pin -= read_only ? PIN_HOST_RO : PIN_HOST_RW;
    if (map->flags & XENPT_GRANT_MAP_DEVICE)
        active->pin -= read_only ? PIN_DEVICE_RO : PIN_DEVICE_RW;
    if (!(active->pin & PIN_WRITES))
        flags |= XENPT_GRANT_WRITING;
    if (!active->pin)
        flags |= XENPT_GRANT_READING;
    return clear_status(m, d, map->ref, flags, err);
}

/*
 * Model: a domain is gone at once.  Xen keeps one, dying, as long as others map its memory; here
 * their mappings are free with it, and entries of theirs lead to what is nobody's.
 */
enum xenpt_code grants_forget(struct xenpt_machine *m, struct domain *d, struct xenpt_error *err)
{
    struct grants *g = d->grants;
    enum xenpt_code code = XENPT_OK;

    for (uint64_t i = 0; !code && g && i < g->nr_mappings; i++)
        if (g->mappings[i].flags)
            code = release(m, &g->mappings[i], err);
    for (size_t i = 0; !code && i < m->nr_domains; i++) {
        struct grants *other = m->domains[i].grants;

        for (uint64_t k = 0; other && k < other->nr_mappings; k++)
            if (other->mappings[k].flags && other->mappings[k].domain == d->id)
                other->mappings[k] = (struct grant_mapping){ .ref = MAPPING_TAIL,
                                                             .vcpu = other->mappings[k].vcpu };
    }
    if (!code) {
        grants_free(g);
        d->grants = NULL;
    }
    return code;
}
