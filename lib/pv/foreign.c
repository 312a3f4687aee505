/*
 * foreign.c - who has memory of a domain mapped that was not granted to him.
 *
 * Nothing is kept for it: what is in force is in tables, and of which frames are L1 tables the
 * machine has an index.
 */
#include "xenpt/foreign.h"

#include <stdlib.h>

#include "pv/op.h"
#include "xen/grants.h"
#include "xen/p2m.h"

/* clang-format off */
static const struct xenpt_word how_words[XENPT_NR_FOREIGN_HOWS] = {
    [XENPT_FOREIGN_ENTRY] = { "l1", "an entry of an L1 table" },
    [XENPT_FOREIGN_P2M] = { "p2m", "an entry of a p2m, of type map_foreign" },
};
/* clang-format on */

const struct xenpt_word *xenpt_foreign_how_word(enum xenpt_foreign_how how)
{
    return &how_words[how];
}

struct looking {
    const struct xenpt_machine *m;
    const struct domain *of;
    uint64_t first, last; /* Between these are its frames that are none of its memory. */
    struct xenpt_foreign_map *list;
    size_t nr, max;
    bool failed;
};

static void found(struct looking *l, struct xenpt_foreign_map map)
{
    if (l->nr == l->max) {
        size_t max = l->max ? 2 * l->max : 64;
        struct xenpt_foreign_map *more = realloc(l->list, max * sizeof(*more));

        if (!more) {
            l->failed = true;
            return;
        }
        l->list = more;
        l->max = max;
    }
    l->list[l->nr++] = map;
}

static void find_special(struct looking *l)
{
    l->first = UINT64_MAX;
    for (size_t i = 0; i < l->of->built.nr_frames; i++) {
        const struct xenpt_special_frames *f = &l->of->built.frames[i];

        if (domain_extent(l->of, f->mfn))
            continue;
        if (f->mfn < l->first)
            l->first = f->mfn;
        if (f->mfn + f->nr - 1 > l->last)
            l->last = f->mfn + f->nr - 1;
    }
}

/* Whether a frame is the domain's; most are not, and most that are are its memory. */
static bool is_of(const struct looking *l, uint64_t frame, bool *resource)
{
    struct domain *owner;

    *resource = false;
    if (domain_extent(l->of, frame))
        return true;
    if (frame < l->first || frame > l->last)
        return false;
    for (size_t i = 0; i < l->of->built.nr_frames; i++) {
        const struct xenpt_special_frames *f = &l->of->built.frames[i];

        if (frame < f->mfn || frame - f->mfn >= f->nr)
            continue;
        *resource = pv_owner_of(l->m, frame, &owner) == PV_SPECIAL && owner == l->of;
        return *resource;
    }
    return false;
}

/* --- L1 tables ----------------------------------------------------------------------------- */

static bool read_table(const struct looking *l, uint64_t table, uint64_t entry[ENTRIES])
{
    return xenpt_read(xenpt_store_reader(l->m->store), table, entry, ENTRIES * sizeof(*entry));
}

static void look_at_l1(struct looking *l, uint64_t frame, const struct domain *by)
{
    uint64_t entry[ENTRIES], table = frame << XENPT_PAGE_SHIFT;
    bool resource;

    if (!read_table(l, table, entry))
        return;
    for (unsigned int i = 0; i < ENTRIES; i++)
        if (entry[i] & ENTRY_P && is_of(l, ENTRY_FRAME(entry[i]), &resource))
            found(l, (struct xenpt_foreign_map){ .how = XENPT_FOREIGN_ENTRY,
                                                 .by = by->id,
                                                 .at = table + 8 * i,
                                                 .frame = ENTRY_FRAME(entry[i]),
                                                 .writable = entry[i] & ENTRY_RW,
                                                 .resource = resource });
}

static void look_at_tables(struct looking *l)
{
    for (size_t i = 0; i < frames_slots(l->m->frames); i++) {
        uint64_t frame;
        const struct frame_info *info = frames_at(l->m->frames, i, &frame);
        struct domain *by;

        if (!info || info->type != FRAME_L1 || !info->type_count ||
            !(info->flags & FRAME_VALIDATED))
            continue;
        if (pv_owner_of(l->m, frame, &by) == PV_DOMAIN && by != l->of && is_pv(by))
            look_at_l1(l, frame, by);
    }
}

/* --- Grants -------------------------------------------------------------------------------- */

static int by_frame(const void *a, const void *b)
{
    const struct xenpt_foreign_map *one = a, *other = b;

    if (one->by != other->by)
        return one->by < other->by ? -1 : 1;
    if (one->frame != other->frame)
        return one->frame < other->frame ? -1 : 1;
    return (one->at > other->at) - (one->at < other->at);
}

static int by_place(const void *a, const void *b)
{
    const struct xenpt_foreign_map *one = a, *other = b;

    if (one->by != other->by)
        return one->by < other->by ? -1 : 1;
    return (one->at > other->at) - (one->at < other->at);
}

/* One that stands for a grant is none; its frame is such as no frame is. */
#define GRANTED UINT64_MAX

/* The first of those that one domain has of one frame, or of more. */
static size_t first_of(const struct looking *l, uint32_t by, uint64_t frame, size_t nr)
{
    size_t low = 0, high = nr;

    while (low < high) {
        size_t i = low + (high - low) / 2;
        const struct xenpt_foreign_map *map = &l->list[i];

        if (map->by < by || (map->by == by && map->frame < frame))
            low = i + 1;
        else
            high = i;
    }
    return low;
}

/* `at` tells those apart that are taken already. */
static void take_one(struct looking *l, size_t nr, uint32_t by, uint64_t frame, bool writable)
{
    size_t other = nr;

    for (size_t i = first_of(l, by, frame, nr);
         i < nr && l->list[i].by == by && l->list[i].frame == frame; i++) {
        if (l->list[i].at == GRANTED)
            continue;
        if (l->list[i].writable == writable) {
            l->list[i].at = GRANTED;
            return;
        }
        if (other == nr)
            other = i;
    }
    if (other < nr)
        l->list[other].at = GRANTED;
}

static void take_granted(struct looking *l, const struct domain *by)
{
    const struct grants *g = by->grants;

    for (uint64_t i = 0; g && i < g->nr_mappings; i++) {
        const struct grant_mapping *map = &g->mappings[i];
        const struct grant_active *active;

        if (!(map->flags & XENPT_GRANT_MAP_HOST) || map->domain != l->of->id)
            continue;
        active = grants_active(l->of, map->ref);
        if (active)
            take_one(l, l->nr, by->id, active->frame, !(map->flags & XENPT_GRANT_MAP_READ_ONLY));
    }
}

static void leave_grants_out(struct looking *l)
{
    size_t nr = 0;

    if (l->nr)
        qsort(l->list, l->nr, sizeof(*l->list), by_frame);
    for (size_t i = 0; i < l->m->nr_domains; i++)
        if (is_pv(&l->m->domains[i]) && &l->m->domains[i] != l->of)
            take_granted(l, &l->m->domains[i]);
    for (size_t i = 0; i < l->nr; i++)
        if (l->list[i].at != GRANTED)
            l->list[nr++] = l->list[i];
    l->nr = nr;
}

/* --- p2m ----------------------------------------------------------------------------------- */

static void look_at_p2m(struct looking *l, const struct domain *by, uint64_t table,
                        unsigned int level, uint64_t gfn)
{
    uint64_t entry[ENTRIES];
    bool resource;

    if (!read_table(l, table, entry))
        return;
    for (unsigned int i = 0; i < ENTRIES; i++) {
        struct p2m_slot s = { .table = table, .entry = entry[i], .slot = i, .level = level };
        uint64_t at = gfn + ((uint64_t)i << 9 * (level - 1));

        if (!(entry[i] & ENTRY_ADDR))
            continue;
        if (level > 1 && !p2m_is_page(&s))
            look_at_p2m(l, by, entry[i] & ENTRY_ADDR, level - 1, at);
        else if (level == 1 && p2m_type_of(l->m, by, entry[i]) == P2M_FOREIGN &&
                 is_of(l, ENTRY_FRAME(entry[i]), &resource))
            found(l, (struct xenpt_foreign_map){ .how = XENPT_FOREIGN_P2M,
                                                 .by = by->id,
                                                 .at = table + 8 * i,
                                                 .gfn = at,
                                                 .frame = ENTRY_FRAME(entry[i]),
                                                 .writable = true,
                                                 .resource = resource });
    }
}

/* --- All of them --------------------------------------------------------------------------- */

static void look(struct looking *l)
{
    find_special(l);
    look_at_tables(l);
    leave_grants_out(l);
    for (uint32_t i = 0; i < l->m->nr_domains; i++) {
        const struct domain *by = domain_there(l->m, i);

        if (by && by != l->of && !is_pv(by) && by->p2m != NO_TABLE)
            look_at_p2m(l, by, by->p2m, 4, 0);
    }
    if (l->nr)
        qsort(l->list, l->nr, sizeof(*l->list), by_place);
}

enum xenpt_code xenpt_foreign_maps(struct xenpt_machine *m, uint32_t domain, xenpt_foreign_fn fn,
                                   void *ctx, struct xenpt_foreign_count *ret,
                                   struct xenpt_error *err)
{
    struct looking l = { .m = m, .of = domain_there(m, domain) };
    struct xenpt_foreign_count count = { .memory = 0 };
    enum xenpt_code code;

    if (!l.of)
        return xenpt_fail(err, XENPT_ERANGE, "there is no d%u", (unsigned int)domain);
    code = counts_ready(m, err);
    if (code)
        return code;
    look(&l);
    for (size_t i = 0; i < l.nr; i++) {
        count.resources += l.list[i].resource;
        count.memory += !l.list[i].resource;
        count.writable += !l.list[i].resource && l.list[i].writable;
    }
    for (size_t i = 0; !l.failed && fn && i < l.nr && fn(ctx, &l.list[i]); i++)
        ;
    free(l.list);
    if (l.failed)
        return xenpt_fail(err, XENPT_ENOMEM, "no memory for what is mapped of %s", l.of->name);
    *ret = count;
    return XENPT_OK;
}
