/*
 * pieces.c - all frames, cut where something differs that a move asks about: whose they are, what
 * they are used as, to whom they are offered.
 *
 * What is known of frames comes as lists of ranges and of single frames, so that the number of
 * pieces is that of differences, and not of frames.
 */
#include <stdlib.h>
#include <string.h>

#include "base/search.h"
#include "threat/internal.h"
#include "xen/sharing.h"

/* clang-format off */
static const struct xenpt_word what_words[XENPT_NR_THREAT_WHATS] = {
    [XENPT_THREAT_MEMORY] = { "memory", "memory of a domain's, used as no table" },
    [XENPT_THREAT_TABLES] = { "tables", "memory of a PV domain's, used as a table or for descriptors" },
    [XENPT_THREAT_SHARED] = { "shared", "Xen's, shared with a domain: shared_info, grant tables, rings" },
    [XENPT_THREAT_M2P] = { "m2p", "the machine-to-physical table" },
    [XENPT_THREAT_IMAGE] = { "image", "Xen's image" },
    [XENPT_THREAT_XEN] = { "xen", "Xen's: tables, stacks, heap" },
    [XENPT_THREAT_FREE] = { "free", "nobody's" },
    [XENPT_THREAT_MMCFG] = { "mmcfg", "PCI configuration space" },
    [XENPT_THREAT_COW] = { "cow", "what HVM and PVH guests share: dom_cow's" },
    [XENPT_THREAT_MMIO] = { "mmio", "no RAM" },
    [XENPT_THREAT_EPC] = { "epc", "memory of enclaves (SGX), which is no RAM" },
};
/* clang-format on */

const struct xenpt_word *xenpt_threat_what_word(enum xenpt_threat_what what)
{
    return &what_words[what];
}

/* --- Lists --------------------------------------------------------------------------------- */

/* Frames in a row that are one thing. */
struct span {
    uint64_t first, last;
    uint8_t what;
    bool owned;
    uint32_t domain;
};

struct table {
    uint64_t frame;
    uint8_t type;
};

struct cutting {
    struct xenpt_threat *t;
    struct span *spans;
    size_t nr_spans, max_spans;
    struct table *tables;
    size_t nr_tables, max_tables;
    uint64_t *cuts; /* Frames that begin a piece, whatever is there. */
    size_t nr_cuts, max_cuts;
    bool failed;
};

/* Room for one more; NULL: no memory, and it is noted. */
static void *room(struct cutting *c, void *list, size_t nr, size_t *max, size_t size)
{
    size_t more = *max ? 2 * *max : 256;
    void *new = nr < *max ? list : realloc(list, more * size);

    if (!new)
        c->failed = true;
    else if (nr == *max)
        *max = more;
    return new;
}

static void add_span(struct cutting *c, struct span s)
{
    struct span *list = room(c, c->spans, c->nr_spans, &c->max_spans, sizeof(*list));

    if (!list)
        return;
    c->spans = list;
    if (s.first <= s.last)
        c->spans[c->nr_spans++] = s;
}

static void add_cut(struct cutting *c, uint64_t frame)
{
    uint64_t *list = room(c, c->cuts, c->nr_cuts, &c->max_cuts, sizeof(*list));

    if (!list)
        return;
    c->cuts = list;
    c->cuts[c->nr_cuts++] = frame;
}

/* --- What there is ------------------------------------------------------------------------- */

static void add_domain(struct cutting *c, const struct domain *d)
{
    for (size_t i = 0; i < d->nr_memory; i++)
        add_span(c, (struct span){ d->memory[i].first, d->memory[i].first + d->memory[i].nr - 1,
                                   XENPT_THREAT_MEMORY, true, d->id });
    for (size_t i = 0; i < d->built.nr_frames; i++) {
        const struct xenpt_special_frames *f = &d->built.frames[i];

        /* What is in its memory as well is that. */
        if (!domain_extent(d, f->mfn) && f->special != XENPT_SPECIAL_APIC_ACCESS)
            add_span(c,
                     (struct span){ f->mfn, f->mfn + f->nr - 1, XENPT_THREAT_SHARED, true, d->id });
    }
    /* A larger page reaches from one multiple of 512 frames to the next. */
    for (size_t i = 0; is_pv(d) && !rule_on(c->t, RULE_L2_SUPERPAGE) && i < d->nr_memory; i++) {
        add_cut(c, d->memory[i].first & ~(uint64_t)(ENTRIES - 1));
        add_cut(c, (d->memory[i].first + d->memory[i].nr + ENTRIES - 1) & ~(uint64_t)(ENTRIES - 1));
    }
}

/* Of Xen's image, from one offset to another. */
static void add_image(struct cutting *c, uint64_t from, uint64_t to)
{
    uint64_t phys = c->t->m->image.phys;

    if (from < to)
        add_span(c, (struct span){ (phys + from) >> XENPT_PAGE_SHIFT,
                                   (phys + to - 1) >> XENPT_PAGE_SHIFT, XENPT_THREAT_IMAGE, false,
                                   0 });
}

static void add_xen(struct cutting *c)
{
    const struct xenpt_machine *m = c->t->m;
    const struct lists *l = m->contents.lists;
    uint64_t hole = m->layout->image.hole;
    xenpt_mfn_t first, last;

    for (size_t i = 0; i < l->nr_pieces; i++)
        if (!l->pieces[i].nr)
            add_span(
                c, (struct span){ l->pieces[i].maddr >> XENPT_PAGE_SHIFT,
                                  (l->pieces[i].maddr + l->pieces[i].size - 1) >> XENPT_PAGE_SHIFT,
                                  XENPT_THREAT_M2P, false, 0 });
    /* Between read-only data and data was what is given back when Xen has booted. */
    add_image(c, m->layout->image.start, m->image.d.rodata_end);
    add_image(c, m->image.d.data_first, hole ? m->image.d.hole_first : m->image.d.data_end);
    if (hole)
        add_image(c, m->image.d.hole_first + hole, m->image.d.data_end);
    for (size_t i = 0; xenpt_alloc_free_range(m->alloc, i, &first, &last); i++)
        add_span(c, (struct span){ first.v, last.v, XENPT_THREAT_FREE, false, 0 });
    if (m->host.epc_size)
        add_span(c, (struct span){ m->host.epc_base >> XENPT_PAGE_SHIFT,
                                   (m->host.epc_base + m->host.epc_size - 1) >> XENPT_PAGE_SHIFT,
                                   XENPT_THREAT_EPC, false, 0 });
    for (size_t i = 0; m->sharing && i < m->sharing->nr_cow; i++)
        add_span(c, (struct span){ m->sharing->cow[i].frame, m->sharing->cow[i].frame,
                                   XENPT_THREAT_COW, false, 0 });
    if (m->host.mmcfg)
        add_span(c,
                 (struct span){ m->host.mmcfg_base >> XENPT_PAGE_SHIFT,
                                (m->host.mmcfg_base + ((uint64_t)m->host.mmcfg_buses << 20) - 1) >>
                                    XENPT_PAGE_SHIFT,
                                XENPT_THREAT_MMCFG, false, 0 });
}

static void add_tables(struct cutting *c)
{
    const struct frames *f = c->t->m->frames;

    for (size_t i = 0; !c->failed && i < frames_slots(f); i++) {
        uint64_t frame;
        const struct frame_info *info = frames_at(f, i, &frame);
        struct table *list;

        if (!info || !info->type_count || info->type < FRAME_L1 || info->type > FRAME_SEG_DESC)
            continue;
        list = room(c, c->tables, c->nr_tables, &c->max_tables, sizeof(*list));
        if (!list)
            return;
        c->tables = list;
        c->tables[c->nr_tables++] = (struct table){ frame, info->type };
    }
}

static int spans_in_order(const void *a, const void *b)
{
    const struct span *x = a, *y = b;

    return (x->first > y->first) - (x->first < y->first);
}

static int tables_in_order(const void *a, const void *b)
{
    const struct table *x = a, *y = b;

    return (x->frame > y->frame) - (x->frame < y->frame);
}

static int numbers_in_order(const void *a, const void *b)
{
    const uint64_t *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

static void sort(void *list, size_t nr, size_t size, int (*order)(const void *, const void *))
{
    if (nr)
        qsort(list, nr, size, order);
}

/* --- Pieces -------------------------------------------------------------------------------- */

/* How far it has come in each of the lists. */
struct at {
    size_t table, offer, cut;
};

static bool is_same(const struct patch *a, const struct patch *b)
{
    if (b->what == XENPT_THREAT_TABLES && b->first % ENTRIES == 0)
        return false; /* Of two larger pages. */
    return a->last + 1 == b->first && a->what == b->what && a->type == b->type &&
           a->owned == b->owned && a->domain == b->domain && !a->nr_offers && !b->nr_offers;
}

static void append(struct cutting *c, struct patch p, bool cut)
{
    struct xenpt_threat *t = c->t;
    struct patch *list = room(c, t->pieces, t->nr, &t->max, sizeof(*list));

    if (!list)
        return;
    t->pieces = list;
    if (!cut && t->nr && is_same(&list[t->nr - 1], &p)) {
        list[t->nr - 1].last = p.last;
        return;
    }
    for (unsigned int r = 0; r < NR_RIGHTS; r++)
        p.fact[r].steps = FAR;
    list[t->nr++] = p;
}

/* Up to the next frame that is used as a table; if it is the first, that. */
static void cut_by_table(const struct cutting *c, struct patch *p, struct at *at)
{
    while (at->table < c->nr_tables && c->tables[at->table].frame < p->first)
        at->table++;
    if (at->table == c->nr_tables || c->tables[at->table].frame > p->last)
        return;
    if (c->tables[at->table].frame > p->first) {
        p->last = c->tables[at->table].frame - 1;
        return;
    }
    p->last = p->first;
    if (p->what == XENPT_THREAT_MEMORY) {
        p->what = XENPT_THREAT_TABLES;
        p->type = c->tables[at->table].type;
    }
}

/* The same of frames that are offered. */
static void cut_by_offer(const struct xenpt_threat *t, struct patch *p, struct at *at)
{
    while (at->offer < t->nr_offers && t->offers[at->offer].frame < p->first)
        at->offer++;
    if (at->offer == t->nr_offers || t->offers[at->offer].frame > p->last)
        return;
    if (t->offers[at->offer].frame > p->first) {
        p->last = t->offers[at->offer].frame - 1;
        return;
    }
    p->last = p->first;
    p->offer = (uint32_t)at->offer;
    while (at->offer + p->nr_offers < t->nr_offers &&
           t->offers[at->offer + p->nr_offers].frame == p->first)
        p->nr_offers++;
}

/* The frames of a span, in pieces. */
static void cut_span(struct cutting *c, struct span s, struct at *at)
{
    while (s.first <= s.last && !c->failed) {
        struct patch p = {
            .first = s.first, .last = s.last, .what = s.what, .owned = s.owned, .domain = s.domain
        };
        bool cut = false;

        while (at->cut < c->nr_cuts && c->cuts[at->cut] <= s.first)
            cut |= c->cuts[at->cut++] == s.first;
        if (at->cut < c->nr_cuts && c->cuts[at->cut] <= p.last)
            p.last = c->cuts[at->cut] - 1;
        cut_by_table(c, &p, at);
        cut_by_offer(c->t, &p, at);
        append(c, p, cut);
        s.first = p.last + 1;
    }
}

/* Between spans there is RAM of Xen's, or none. */
static void cut_gap(struct cutting *c, uint64_t first, uint64_t last, struct at *at)
{
    const struct xenpt_machine *m = c->t->m;

    for (size_t i = 0; i <= m->nr_ram && first <= last; i++) {
        uint64_t from = i < m->nr_ram ? m->ram[i].first >> XENPT_PAGE_SHIFT : UINT64_MAX;
        uint64_t to = i < m->nr_ram ? m->ram[i].last >> XENPT_PAGE_SHIFT : UINT64_MAX;

        if (to < first)
            continue;
        if (from > first) {
            uint64_t end = from - 1 < last ? from - 1 : last;

            cut_span(c, (struct span){ first, end, XENPT_THREAT_MMIO, false, 0 }, at);
            first = end + 1;
        }
        if (first <= last && from <= first) {
            uint64_t end = to < last ? to : last;

            cut_span(c, (struct span){ first, end, XENPT_THREAT_XEN, false, 0 }, at);
            first = end + 1;
        }
    }
}

/* The last frame that the processor has addresses for: what is beyond is reserved in entries. */
static uint64_t last_frame(const struct xenpt_machine *m)
{
    return (UINT64_C(1) << (m->processor->cpu.maxphyaddr - XENPT_PAGE_SHIFT)) - 1;
}

static void cut_all(struct cutting *c)
{
    struct at at = { 0, 0, 0 };
    uint64_t next = 0;

    for (size_t i = 0; i < c->nr_spans && !c->failed; i++) {
        struct span s = c->spans[i];

        if (s.first > next)
            cut_gap(c, next, s.first - 1, &at);
        else
            s.first = next; /* What begins first has what both have. */
        if (s.first > s.last)
            continue;
        cut_span(c, s, &at);
        next = s.last + 1;
    }
    if (!c->failed && next <= last_frame(c->t->m))
        cut_gap(c, next, last_frame(c->t->m), &at);
}

/* From where to where each domain has pieces: most are in a row. */
static void note_domains(struct xenpt_threat *t)
{
    for (size_t i = 0; i < t->nr; i++) {
        const struct patch *p = &t->pieces[i];

        if (!p->owned)
            continue;
        if (!t->of_end[p->domain])
            t->of[p->domain] = i;
        t->of_end[p->domain] = i + 1;
        t->over[p->domain].nr += p->what == XENPT_THREAT_MEMORY && !p->nr_offers;
    }
}

bool pieces_build(struct xenpt_threat *t)
{
    struct cutting c = { .t = t };

    for (size_t i = 0; i < t->m->nr_domains; i++)
        if (t->m->domains[i].nr_vcpus)
            add_domain(&c, &t->m->domains[i]);
    add_xen(&c);
    add_tables(&c);
    sort(c.spans, c.nr_spans, sizeof(*c.spans), spans_in_order);
    sort(c.tables, c.nr_tables, sizeof(*c.tables), tables_in_order);
    sort(c.cuts, c.nr_cuts, sizeof(*c.cuts), numbers_in_order);
    if (!c.failed)
        cut_all(&c);
    free(c.spans);
    free(c.tables);
    free(c.cuts);
    if (!c.failed)
        note_domains(t);
    return !c.failed;
}

size_t piece_at(const struct xenpt_threat *t, uint64_t frame)
{
    size_t low = 0, high = t->nr;

    SEARCH(low, high, i, t->pieces[i].last < frame);
    return low;
}

/* --- What is mapped ------------------------------------------------------------------------ */

static bool is_less(const struct fact *a, const struct fact *b)
{
    return a->steps < b->steps;
}

static void give(const struct xenpt_threat *t, struct patch *p, size_t range)
{
    const struct range *r = &t->ranges[range];
    struct fact fact = { r->steps, r->party, r->move, (uint32_t)range + 1 };
    unsigned int rights = encrypted_rights(t, r->party, p, r->rights);

    if (!is_by(t, r, p))
        return;
    for (unsigned int i = 0; i < NR_RIGHTS; i++)
        if (rights >> i & 1 &&
            (is_less(&fact, &p->fact[i]) ||
             (fact.steps == p->fact[i].steps && !p->fact[i].range && fact.move < p->fact[i].move)))
            p->fact[i] = fact;
}

bool pieces_cut(struct xenpt_threat *t)
{
    size_t nr_cuts = 2 * t->nr_ranges, at = 0;
    uint64_t *cuts = malloc((nr_cuts + 1) * sizeof(*cuts));
    struct patch *list = malloc((t->nr + nr_cuts + 1) * sizeof(*list));
    size_t nr = 0;

    if (!cuts || !list) {
        free(cuts);
        free(list);
        return false;
    }
    for (size_t i = 0; i < t->nr_ranges; i++) {
        cuts[2 * i] = t->ranges[i].first;
        cuts[2 * i + 1] = t->ranges[i].last + 1;
    }
    sort(cuts, nr_cuts, sizeof(*cuts), numbers_in_order);
    for (size_t i = 0; i < t->nr; i++) {
        struct patch p = t->pieces[i];

        for (; at < nr_cuts && cuts[at] <= p.last; at++) {
            if (cuts[at] <= p.first)
                continue;
            list[nr] = p;
            list[nr++].last = cuts[at] - 1;
            p.first = cuts[at];
        }
        list[nr++] = p;
    }
    free(cuts);
    free(t->pieces);
    t->pieces = list;
    t->nr = nr;
    for (size_t i = 0; i < t->nr_ranges; i++)
        for (size_t k = piece_at(t, t->ranges[i].first);
             k < t->nr && t->pieces[k].first <= t->ranges[i].last; k++)
            give(t, &t->pieces[k], i);
    return true;
}
