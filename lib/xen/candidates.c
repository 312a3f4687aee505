/* candidates.c - every page of a memory, by a few of its words. */
#include "xen/candidates.h"

#include <stdlib.h>
#include <string.h>

#include "base/bits.h"

#define P       XENPT_BIT(0)
#define US      XENPT_BIT(2)
#define PS      XENPT_BIT(7)
#define ADDRESS XENPT_BITS(51, 12)

/* Pages that are looked at together, and how far ahead of them memory is asked for. */
#define BATCH 8
#define AHEAD 32

/* --- Which slots --------------------------------------------------------------------------- */

static bool carries(const struct xenpt_area *area, enum xenpt_root_kind kind)
{
    return area->kinds >> kind & 1;
}

static unsigned int slot_of(const struct xenpt_layout *layout, const struct xenpt_area *area)
{
    return area ? xenpt_layout_slot_of(layout, area->first) : NO_SLOT;
}

/* The M2P that guests read: that of a PV guest's kernel, and not of Xen alone. */
static const struct xenpt_area *guests_m2p(const struct xenpt_layout *layout)
{
    for (size_t i = 0; i < layout->nr_areas; i++) {
        const struct xenpt_area *a = &layout->areas[i];

        if (a->fill == XENPT_FILL_M2P && carries(a, XENPT_ROOT_PV64_KERNEL) &&
            !carries(a, XENPT_ROOT_HAP))
            return a;
    }
    return NULL;
}

/* What belongs to the domain, as a whole; its parts are areas of their own, inside of it. */
static const struct xenpt_area *domains(const struct xenpt_layout *layout)
{
    for (size_t i = 0; i < layout->nr_areas; i++) {
        const struct xenpt_area *a = &layout->areas[i];

        if (!a->inside && a->fill != XENPT_FILL_MIRROR && a->sharing == XENPT_SHARED_DOMAIN)
            return a;
    }
    return NULL;
}

struct root_slots root_slots_of(const struct xenpt_layout *layout)
{
    return (struct root_slots){
        .m2p = slot_of(layout, guests_m2p(layout)),
        .linear = slot_of(layout, xenpt_layout_filled(layout, XENPT_FILL_SELF)),
        .shadow = slot_of(layout, xenpt_layout_filled(layout, XENPT_FILL_SHADOW)),
        .domain = slot_of(layout, domains(layout)),
        .mirror = slot_of(layout, xenpt_layout_filled(layout, XENPT_FILL_MIRROR)),
        .image = slot_of(layout, xenpt_layout_filled(layout, XENPT_FILL_IMAGE)),
        .ram = slot_of(layout, xenpt_layout_filled(layout, XENPT_FILL_RAM)),
    };
}

bool root_slots_alike(const struct root_slots *a, const struct root_slots *b)
{
    return a->m2p == b->m2p && a->linear == b->linear && a->shadow == b->shadow &&
           a->image == b->image;
}

/* --- A page -------------------------------------------------------------------------------- */

/* What is looked at: the value of a slot, or for one that there is not, 0. */
struct look {
    const struct root_slots *slots;
    struct candidates *found;
    bool no_memory;
};

static always_inline uint64_t word(const uint8_t *page, unsigned int slot)
{
    uint64_t w = 0;

    if (slot != NO_SLOT)
        memcpy(&w, page + slot * sizeof(w), sizeof(w));
    return w;
}

/* Whether an entry leads to the table at this address, of the same or a lower level. */
static always_inline bool leads_to(uint64_t entry, uint64_t table)
{
    return (entry & (ADDRESS | PS | P)) == (table | P);
}

/*
 * An XPTI root has the guests' M2P, which is the user's, and Xen, which is not; and neither
 * the root itself nor a shadow... that is not looked at, since it may have one.
 */
static always_inline bool like_xpti(const uint8_t *page, const struct root_slots *s)
{
    uint64_t m2p = word(page, s->m2p), image = word(page, s->image);

    return (m2p & (P | US | PS)) == (P | US) && (image & (P | US | PS)) == P &&
           word(page, s->linear) == 0;
}

static bool add(struct pages *pages, uint64_t at)
{
    if (pages->nr == pages->max) {
        size_t max = pages->max ? 2 * pages->max : 64;
        uint64_t *more = realloc(pages->at, max * sizeof(*more));

        if (!more)
            return false;
        pages->at = more;
        pages->max = max;
    }
    pages->at[pages->nr++] = at;
    return true;
}

static bool look_at(struct look *l, const uint8_t *page, uint64_t at)
{
    const struct root_slots *s = l->slots;
    bool fine = true;

    if (leads_to(word(page, s->linear), at) || leads_to(word(page, s->shadow), at))
        fine = add(&l->found->linear, at);
    else if (like_xpti(page, s))
        fine = add(&l->found->without, at);
    l->no_memory = !fine;
    return fine;
}

/* --- All pages ----------------------------------------------------------------------------- */

/*
 * Whether any of a batch is worth a second look.  Straight-line code over pages side by side,
 * without a branch, so that their words are on their way from memory at once.
 */
static always_inline bool any_of(const uint8_t *page, uint64_t at, const struct root_slots *s)
{
    uint64_t hit = 0;

    for (unsigned int i = 0; i < BATCH; i++, page += XENPT_PAGE_SIZE, at += XENPT_PAGE_SIZE) {
        hit |= leads_to(word(page, s->linear), at);
        hit |= leads_to(word(page, s->shadow), at);
        hit |= like_xpti(page, s);
    }
    return hit;
}

static void ask_ahead(const uint8_t *page, const struct root_slots *s)
{
    for (unsigned int i = 0; i < BATCH; i++)
        __builtin_prefetch(page + (AHEAD + i) * XENPT_PAGE_SIZE + s->linear * sizeof(uint64_t));
}

static bool look_through(void *ctx, uint64_t first, const uint8_t *bytes, uint64_t size)
{
    struct look *l = ctx;
    const struct root_slots slots = *l->slots; /* In registers, whatever look_at() writes. */
    uint64_t skip = -first & (XENPT_PAGE_SIZE - 1), nr, i = 0;

    if (size < skip + XENPT_PAGE_SIZE)
        return true;
    bytes += skip;
    first += skip;
    nr = (size - skip) / XENPT_PAGE_SIZE;
    while (i < nr) {
        const uint8_t *page = bytes + i * XENPT_PAGE_SIZE;
        uint64_t at = first + i * XENPT_PAGE_SIZE, end = nr - i < BATCH ? nr : i + BATCH;

        if (nr - i >= BATCH) {
            if (nr - i >= AHEAD + BATCH)
                ask_ahead(page, &slots);
            if (!any_of(page, at, &slots)) {
                i = end;
                continue;
            }
        }
        for (; i < end; i++, page += XENPT_PAGE_SIZE, at += XENPT_PAGE_SIZE)
            if (!look_at(l, page, at))
                return false;
    }
    return true;
}

enum xenpt_code candidates_find(const struct xenpt_reader *mem, const struct root_slots *slots,
                                struct candidates *ret, struct xenpt_error *err)
{
    struct candidates found = { 0 };
    struct look look = { slots, &found, false };
    enum xenpt_code code = xenpt_each_stretch(mem, look_through, &look, err);

    if (code) {
        candidates_fini(&found);
        if (look.no_memory)
            return xenpt_fail(err, XENPT_ENOMEM, "no memory for the candidates for roots");
        return code;
    }
    *ret = found;
    return XENPT_OK;
}

void candidates_fini(struct candidates *c)
{
    free(c->linear.at);
    free(c->without.at);
    *c = (struct candidates){ 0 };
}
