/*
 * m2p.c - where the machine-to-physical table and the frametable are mapped: over RAM that
 * exists, and nothing else; x86_64/mm.c, paging_init and init_frametable.
 */
#include "xen/internal.h"

#define MB2 (UINT64_C(2) << 20)
#define GB1 (UINT64_C(1) << 30)

/* Frames whose page_info fill whole 2 MiB, whatever the size of one: they exist together. */
static uint64_t group_frames(const struct xenpt_area *frametable)
{
    uint64_t size = frametable->entry_size;

    return MB2 / (size & -size);
}

static bool group_valid(const struct xenpt_machine *m, uint64_t frame, uint64_t group)
{
    frame = frame / group * group;
    return ram_any(m, frame, frame + group - 1);
}

/* --- M2P ----------------------------------------------------------------------------------- */

/* All views of one table: for guests to read and for Xen to write. */
struct views {
    const struct xenpt_area *area[8];
    size_t nr;
    uint64_t size; /* Of the smallest. */
};

static struct views views_of(const struct xenpt_machine *m, uint32_t entry_size)
{
    struct views v = { .size = UINT64_MAX };

    for (size_t i = 0; i < m->layout->nr_areas && v.nr < 8; i++) {
        const struct xenpt_area *a = &m->layout->areas[i];
        struct xenpt_extent extent;

        if (a->fill != XENPT_FILL_M2P || a->entry_size != entry_size ||
            !xenpt_area_extent(a, XENPT_ROOT_IDLE, m->conditions, &extent))
            continue;
        v.area[v.nr++] = a;
        if (xenpt_area_size(a) < v.size)
            v.size = xenpt_area_size(a);
    }
    return v;
}

static enum xenpt_code map_views(struct xenpt_machine *m, const struct views *v, uint64_t offset,
                                 uint64_t size, struct xenpt_error *err)
{
    unsigned int order = size == GB1 ? 18 : 9;
    uint64_t maddr;
    enum xenpt_code code = frames_new(m, order, &maddr, err);

    if (!code)
        code = contents_piece(&m->contents,
                              (struct piece){
                                  .maddr = maddr,
                                  .size = size,
                                  .frame = offset / v->area[0]->entry_size,
                                  .entry_size = v->area[0]->entry_size,
                              },
                              err);
    for (size_t i = 0; !code && i < v->nr; i++) {
        struct stretch s = area_stretch(m, v->area[i]);

        s.first += offset;
        s.last = s.first + size - 1;
        s.maddr = maddr;
        code = area_map(m, &s, err);
    }
    return code;
}

static bool all_valid(const struct xenpt_machine *m, uint64_t frame, uint64_t nr, uint64_t group)
{
    for (uint64_t i = 0; i < nr; i += group)
        if (!group_valid(m, frame + i, group))
            return false;
    return true;
}

static enum xenpt_code m2p_of(struct xenpt_machine *m, uint32_t entry_size, struct xenpt_error *err)
{
    const struct xenpt_area *ft = xenpt_layout_filled(m->layout, XENPT_FILL_FRAMETABLE);
    struct views v = views_of(m, entry_size);
    uint64_t chunk = MB2 / entry_size, group = group_frames(ft);
    bool large = v.nr && m->processor->cpu.gb_pages && v.area[0]->pages >> 3 & 1;
    enum xenpt_code code = XENPT_OK;

    for (uint64_t at = 0; !code && v.nr && at < v.size;) {
        uint64_t frame = at / entry_size;

        if (frame >= m->max_frame)
            break;
        if (large && !(at % GB1) && at + GB1 <= v.size &&
            frame + GB1 / entry_size <= m->max_frame &&
            all_valid(m, frame, GB1 / entry_size, group)) {
            code = map_views(m, &v, at, GB1, err);
            at += GB1;
            continue;
        }
        if (ram_any(m, frame, frame + chunk - 1))
            code = map_views(m, &v, at, MB2, err);
        at += MB2;
    }
    return code;
}

enum xenpt_code m2p_build(struct xenpt_machine *m, struct xenpt_error *err)
{
    uint32_t done = 0;
    enum xenpt_code code = XENPT_OK;

    for (size_t i = 0; !code && i < m->layout->nr_areas; i++) {
        const struct xenpt_area *a = &m->layout->areas[i];

        if (a->fill != XENPT_FILL_M2P || done & a->entry_size)
            continue;
        done |= a->entry_size; /* Sizes are powers of two. */
        code = m2p_of(m, a->entry_size, err);
    }
    return code;
}

/* --- The frametable ------------------------------------------------------------------------ */

/* A larger page is taken where it wastes no more than this behind the end. */
#define WASTE (UINT64_C(4) * XENPT_PAGE_SIZE)

static enum xenpt_code frametable_run(struct xenpt_machine *m, const struct xenpt_area *ft,
                                      uint64_t from, uint64_t end, struct xenpt_error *err)
{
    struct stretch s = area_stretch(m, ft);
    uint64_t base = s.first;
    enum xenpt_code code = XENPT_OK;

    while (!code && from < end) {
        unsigned int level = s.pages >> 3 & 1 && !(from % GB1) ? 3 : 2;

        while (level > 1 && from + level_size(level) > end + WASTE)
            level--;
        code = frames_new(m, 9 * (level - 1), &s.maddr, err);
        s.first = base + from;
        s.last = s.first + level_size(level) - 1;
        s.pages |= 1u << level; /* The end is mapped with small pages. */
        if (!code)
            code = area_map(m, &s, err);
        from += level_size(level);
    }
    return code;
}

enum xenpt_code frametable_build(struct xenpt_machine *m, struct xenpt_error *err)
{
    const struct xenpt_area *ft = xenpt_layout_filled(m->layout, XENPT_FILL_FRAMETABLE);
    uint64_t group = group_frames(ft), at = 0;
    uint64_t limit = xenpt_area_frames(ft) < m->max_frame ? xenpt_area_frames(ft) : m->max_frame;
    enum xenpt_code code = XENPT_OK;

    while (!code && at < limit) {
        uint64_t first = at, end;

        if (!group_valid(m, at, group)) {
            at += group;
            continue;
        }
        while (at < limit && group_valid(m, at, group))
            at += group;
        end = at < limit ? at : limit;
        code = frametable_run(m, ft, first * ft->entry_size, end * ft->entry_size, err);
    }
    return code;
}
