/*
 * pod.c - see pod.h; mm/p2m-pod.c, p2m_pod_demand_populate, p2m_pod_zero_check,
 * p2m_pod_emergency_sweep, pod_eager_reclaim, 4.17.
 *
 * Model: a page is zero if it is in memory: no vCPU writes to it while Xen looks.
 */
#include "xen/pod.h"

#include <stdlib.h>
#include <string.h>

#include "xen/frames.h"
#include "xen/logdirty.h"

/* POD_SWEEP_LIMIT, POD_SWEEP_STRIDE. */
#define SWEEP_LIMIT UINT64_C(1024)
#define SWEEP_BATCH 16u

/* --- What is kept -------------------------------------------------------------------------- */

struct pod *pod_of(struct domain *d)
{
    if (d->pod)
        return d->pod;
    d->pod = calloc(1, sizeof(*d->pod));
    for (unsigned int i = 0; d->pod && i < POD_HISTORY; i++)
        d->pod->last[i] = POD_NONE;
    return d->pod;
}

void pod_free(struct pod *pod)
{
    if (!pod)
        return;
    free(pod->single.frame);
    free(pod->super.frame);
    free(pod);
}

static bool copy_list(const struct pod_list *from, struct pod_list *to)
{
    *to = (struct pod_list){ .nr = from->nr, .max = from->nr };
    if (!from->nr)
        return true;
    to->frame = malloc(from->nr * sizeof(*to->frame));
    if (to->frame)
        memcpy(to->frame, from->frame, from->nr * sizeof(*to->frame));
    return to->frame;
}

bool pod_copy(const struct pod *from, struct pod **ret)
{
    struct pod *to;
    bool done;

    *ret = NULL;
    if (!from)
        return true;
    to = malloc(sizeof(*to));
    if (!to)
        return false;
    *to = *from;
    done = copy_list(&from->single, &to->single);
    done &= copy_list(&from->super, &to->super);
    *ret = done ? to : NULL;
    if (!done)
        pod_free(to);
    return done;
}

uint64_t pod_cache(const struct domain *d)
{
    return d->pod ? d->pod->single.nr + POD_SUPER * d->pod->super.nr : 0;
}

static enum xenpt_code push(struct pod_list *l, uint64_t frame, struct xenpt_error *err)
{
    if (l->nr == l->max) {
        size_t max = l->max ? 2 * l->max : 64;
        uint64_t *list = realloc(l->frame, max * sizeof(*list));

        if (!list)
            return xenpt_fail(err, XENPT_ENOMEM, "no memory for what is kept of a domain's");
        l->frame = list;
        l->max = max;
    }
    l->frame[l->nr++] = frame;
    return XENPT_OK;
}

static uint64_t first(struct pod_list *l)
{
    uint64_t ret = l->frame[0];

    memmove(l->frame, l->frame + 1, --l->nr * sizeof(ret));
    return ret;
}

enum xenpt_code pod_keep(struct xenpt_machine *m, struct domain *d, uint64_t frame,
                         unsigned int order, struct xenpt_error *err)
{
    struct pod *pod = pod_of(d);

    if (!pod)
        return xenpt_fail(err, XENPT_ENOMEM, "no memory for what is kept of a domain's");
    /* What comes to the guest later is zeros. */
    for (uint64_t i = 0; i < UINT64_C(1) << order; i++)
        xenpt_store_drop(m->store, xenpt_mfn(frame + i));
    return push(order ? &pod->super : &pod->single, frame, err);
}

bool pod_take(struct domain *d, unsigned int order, uint64_t *ret, enum xenpt_code *code,
              struct xenpt_error *err)
{
    struct pod *pod = d->pod;

    *code = XENPT_OK;
    if (order) {
        if (!pod->super.nr)
            return false;
        *ret = first(&pod->super);
        return true;
    }
    if (!pod->single.nr && pod->super.nr) {
        uint64_t frame = first(&pod->super);

        for (uint64_t i = 0; !*code && i < POD_SUPER; i++)
            *code = push(&pod->single, frame + i, err);
    }
    if (*code || !pod->single.nr)
        return false;
    *ret = first(&pod->single);
    return true;
}

static uint64_t waiting_below(const struct xenpt_machine *m, const struct domain *d, uint64_t table,
                              unsigned int level)
{
    uint64_t nr = 0;

    for (unsigned int i = 0; i < ENTRIES; i++) {
        struct p2m_slot s = { .table = table, .slot = i, .level = level };

        s.entry = entry_read(m, table, i);
        if (p2m_is_table(&s))
            nr += waiting_below(m, d, s.entry & ENTRY_ADDR, level - 1);
        else if (p2m_waits(m, d, &s))
            nr += UINT64_C(1) << 9 * (level - 1);
    }
    return nr;
}

uint64_t pod_waiting(const struct xenpt_machine *m, const struct domain *d)
{
    return d->pod ? waiting_below(m, d, d->p2m, 4) : 0;
}

/* --- Zeros --------------------------------------------------------------------------------- */

static bool is_ram(enum p2m_type type)
{
    return type == P2M_RAM_RW || type == P2M_RAM_LOGDIRTY || type == P2M_RAM_RO ||
           type == P2M_IOREQ_SERVER;
}

/* Memory of the domain's own, to which nothing refers, in which there is nothing. */
static bool is_unused(const struct xenpt_machine *m, const struct domain *d, uint64_t frame)
{
    const struct frame_info *info = m->frames ? frames_find(m->frames, frame) : NULL;
    uint64_t word[XENPT_PAGE_SIZE / 8];

    if (!domain_extent(d, frame) || (info && info->count > 1) ||
        !xenpt_read(xenpt_store_reader(m->store), frame << XENPT_PAGE_SHIFT, word, sizeof(word)))
        return false;
    for (size_t i = 0; i < XENPT_PAGE_SIZE / 8; i++)
        if (word[i])
            return false;
    return true;
}

static bool ram_at(const struct xenpt_machine *m, const struct domain *d, uint64_t gfn,
                   uint64_t *frame, enum p2m_type *type)
{
    struct p2m_slot s = p2m_slot_of(m, d->p2m, gfn);

    *type = p2m_type_of(m, d, s.entry);
    if (!p2m_is_page(&s) || !is_ram(*type))
        return false;
    *frame = p2m_maddr(&s, gfn) >> XENPT_PAGE_SHIFT;
    return true;
}

static enum xenpt_code reclaim(struct xenpt_machine *m, struct domain *d, uint64_t gfn,
                               uint64_t frame, unsigned int order, struct xenpt_error *err)
{
    uint64_t nr = UINT64_C(1) << order;
    enum xenpt_code code = physmap_clear(m, d, gfn, order, err);

    if (!code)
        code = physmap_put(m, d, gfn, 0, order, P2M_POD, err);
    if (!code)
        code = contents_rename_run(&m->contents, (struct owned){ frame, nr, UINT64_MAX }, err);
    if (!code)
        code = pod_keep(m, d, frame, order, err);
    d->pod->entries += nr;
    return code;
}

/* p2m_pod_zero_check, of one page. */
static enum xenpt_code reclaim_one(struct xenpt_machine *m, struct domain *d, uint64_t gfn,
                                   struct xenpt_error *err)
{
    enum p2m_type type;
    uint64_t frame;

    if (!ram_at(m, d, gfn, &frame, &type) || !is_unused(m, d, frame))
        return XENPT_OK;
    return reclaim(m, d, gfn, frame, 0, err);
}

enum xenpt_code pod_reclaim_large(struct xenpt_machine *m, struct domain *d, uint64_t gfn,
                                  bool *ret, struct xenpt_error *err)
{
    enum p2m_type type, of;
    uint64_t frame, at;

    *ret = false;
    if (gfn % POD_SUPER || !ram_at(m, d, gfn, &frame, &type) || frame % POD_SUPER)
        return XENPT_OK;
    for (uint64_t i = 0; i < POD_SUPER; i++)
        if (!ram_at(m, d, gfn + i, &at, &of) || of != type || at != frame + i ||
            !is_unused(m, d, at))
            return XENPT_OK;
    *ret = true;
    return reclaim(m, d, gfn, frame, 9, err);
}

/* pod_eager_reclaim: of what was populated last, the oldest; all, if nothing is kept. */
static enum xenpt_code reclaim_last(struct xenpt_machine *m, struct domain *d,
                                    struct xenpt_error *err)
{
    struct pod *pod = d->pod;
    enum xenpt_code code = XENPT_OK;
    unsigned int i = 0;

    do {
        uint64_t *at = &pod->last[(pod->next + i++) % POD_HISTORY], gfn = *at & ~POD_LARGE;
        bool large = false;

        if (*at == POD_NONE)
            continue;
        if (*at & POD_LARGE)
            code = pod_reclaim_large(m, d, gfn, &large, err);
        for (uint64_t k = 0; !code && !large && k < (*at & POD_LARGE ? POD_SUPER : 1); k++)
            code = reclaim_one(m, d, gfn + k, err);
        *at = POD_NONE;
    } while (!code && !pod_cache(d) && i < POD_HISTORY);
    return code;
}

/* RAM that a sweep has met, and looks at together. */
struct batch {
    uint64_t gfn[SWEEP_BATCH];
    unsigned int nr;
};

static enum xenpt_code reclaim_batch(struct xenpt_machine *m, struct domain *d, struct batch *b,
                                     struct xenpt_error *err)
{
    enum xenpt_code code = XENPT_OK;

    for (unsigned int i = 0; !code && i < b->nr; i++)
        code = reclaim_one(m, d, b->gfn[i], err);
    b->nr = 0;
    return code;
}

/* p2m_pod_emergency_sweep: down from the highest that was populated, or where the last ended. */
static enum xenpt_code sweep(struct xenpt_machine *m, struct domain *d, struct xenpt_error *err)
{
    struct pod *pod = d->pod;
    uint64_t from = pod->sweep ? pod->sweep : pod->highest, gfn = from, frame;
    enum xenpt_code code = XENPT_OK;
    struct batch b = { .nr = 0 };
    enum p2m_type type;

    for (; !code && gfn; gfn--) {
        if (ram_at(m, d, gfn, &frame, &type))
            b.gfn[b.nr++] = gfn;
        if (b.nr == SWEEP_BATCH)
            code = reclaim_batch(m, d, &b, err);
        if (from - gfn > SWEEP_LIMIT && pod_cache(d))
            break;
    }
    if (!code)
        code = reclaim_batch(m, d, &b, err);
    pod->sweep = gfn ? gfn - 1 : 0;
    return code;
}

/* --- Populating ---------------------------------------------------------------------------- */

static enum xenpt_code get_memory(struct xenpt_machine *m, struct domain *d,
                                  struct xenpt_error *err)
{
    enum xenpt_code code = XENPT_OK;

    if (d->pod->entries > pod_cache(d))
        code = reclaim_last(m, d, err);
    return code || pod_cache(d) ? code : sweep(m, d, err);
}

static enum xenpt_code put(struct xenpt_machine *m, struct domain *d, uint64_t gfn, uint64_t frame,
                           unsigned int order, struct xenpt_error *err)
{
    uint64_t nr = UINT64_C(1) << order;
    struct pod *pod = d->pod;
    enum xenpt_code code = physmap_put(m, d, gfn, frame, order, P2M_RAM_RW, err);

    if (!code)
        code = contents_rename_run(&m->contents, (struct owned){ frame, nr, gfn }, err);
    for (uint64_t i = 0; i < nr; i++)
        dirty_mark(d, gfn + i);
    pod->entries -= nr;
    pod->last[pod->next] = gfn | (order ? POD_LARGE : 0);
    pod->next = (pod->next + 1) % POD_HISTORY;
    return code;
}

enum xenpt_code pod_populate(struct xenpt_machine *m, struct domain *d, uint64_t gfn, bool *done,
                             struct xenpt_error *err)
{
    struct p2m_slot s = p2m_slot_of(m, d->p2m, gfn);
    enum xenpt_code code;
    unsigned int order;
    uint64_t frame;

    *done = true;
    if (!p2m_waits(m, d, &s))
        return XENPT_OK;
    /* Nothing is kept that is larger than 2 MiB. */
    code = p2m_shatter(m, d, d->p2m, gfn, 2, err);
    if (!code)
        code = get_memory(m, d, err);
    if (code)
        return code;
    *done = pod_cache(d);
    if (!*done)
        return XENPT_OK;
    if (gfn > d->pod->highest)
        d->pod->highest = gfn;
    order = p2m_slot_of(m, d->p2m, gfn).level == 2 && d->pod->super.nr ? 9 : 0;
    if (!order)
        code = p2m_shatter(m, d, d->p2m, gfn, 1, err);
    if (code || !pod_take(d, order, &frame, &code, err))
        return code;
    return put(m, d, gfn >> order << order, frame, order, err);
}
