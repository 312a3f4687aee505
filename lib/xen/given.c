/*
 * given.c - tables and frames that a description gives a guest, laid over what its builder made.
 *
 * Frames come first, then what is in them, as tables lead to one another.
 */
#include "xen/given.h"

#include <stdlib.h>

#include "xen/guest.h"

typedef unsigned long long llu;

/* Model: an HVM guest's tables whose place is not said are from 256 KiB on, and behind what was
 * loaded into it. */
#define HVM_FIRST UINT64_C(0x40)
#define HVM_STOP  UINT64_C(0x9f)
#define HVM_AGAIN UINT64_C(0x600)

static bool is_pv_type(const struct xenpt_domain_desc *desc)
{
    return desc->type == XENPT_DOMAIN_PV64 || desc->type == XENPT_DOMAIN_PV32;
}

const struct xenpt_format *given_format(const struct xenpt_domain_desc *desc)
{
    static const enum xenpt_format_id formats[XENPT_NR_GUEST_MODES] = {
        [XENPT_GUEST_4LEVEL] = XENPT_4LEVEL,
        [XENPT_GUEST_PAE] = XENPT_PAE,
        [XENPT_GUEST_2LEVEL] = XENPT_2LEVEL,
        [XENPT_GUEST_UNPAGED] = XENPT_UNPAGED,
    };

    return xenpt_format(is_pv_type(desc) ? XENPT_4LEVEL : formats[desc->mode]);
}

unsigned int given_top(const struct xenpt_domain_desc *desc)
{
    return desc->type == XENPT_DOMAIN_PV32 ? 3 : given_format(desc)->top;
}

unsigned int given_slots(const struct xenpt_domain_desc *desc, unsigned int level)
{
    if (desc->type == XENPT_DOMAIN_PV32 && level == 3)
        return 4;
    return 1u << given_format(desc)->level[level].bits;
}

uint64_t given_frames_of(const struct xenpt_format *f, unsigned int level, uint64_t flags)
{
    if (level > 1 && !(flags & f->level[level].page_if))
        return 0;
    return UINT64_C(1) << (f->level[level].shift - XENPT_PAGE_SHIFT);
}

/* --- Frames -------------------------------------------------------------------------------- */

static const struct xenpt_given_frame *given(const struct domain *d, size_t i)
{
    return &d->desc->given[i];
}

static bool is_placed(const struct domain *d, uint64_t gfn)
{
    for (size_t i = 0; i < d->desc->nr_given; i++)
        if (given(d, i)->placed && given(d, i)->gfn == gfn)
            return true;
    return false;
}

uint64_t given_maddr(const struct xenpt_machine *m, const struct domain *d, uint64_t gfn)
{
    uint64_t mfn;

    if (!is_pv(d)) /* A p2m has an address for 48 bits. */
        return gfn >> 36 ? NO_TABLE : guest_maddr(m, d, gfn);
    mfn = domain_frame(d, gfn);
    return mfn == NO_TABLE ? NO_TABLE : mfn << XENPT_PAGE_SHIFT;
}

bool given_is_table(const struct domain *d, uint64_t gfn)
{
    for (size_t i = 0; d->given && i < d->desc->nr_given; i++)
        if (given(d, i)->level && d->given[i] == gfn)
            return true;
    return false;
}

bool given_alone(const struct domain *d)
{
    for (size_t i = 0; i < d->desc->nr_given; i++)
        if (given(d, i)->root != XENPT_GIVEN_NO_ROOT && given(d, i)->alone)
            return true;
    return false;
}

/* Behind a hole; the guest's frames that a description gives are few. */
static uint64_t behind_hole(const struct domain *d, uint64_t gfn)
{
    for (size_t i = 0; i < d->desc->nr_ranges; i++)
        if (d->desc->ranges[i].gfn > gfn)
            return d->desc->ranges[i].gfn;
    return d->desc->nr_ranges ? d->max_gfn + 1 : gfn + 1;
}

static bool take_hvm(const struct xenpt_machine *m, struct domain *d, uint64_t *ret)
{
    uint64_t gfn = d->next_frame < HVM_FIRST ? HVM_FIRST : d->next_frame;

    while (gfn <= d->max_gfn) {
        if (gfn >= HVM_STOP && gfn < HVM_AGAIN)
            gfn = HVM_AGAIN;
        else if (is_placed(d, gfn))
            gfn++;
        else if (guest_maddr(m, d, gfn) == NO_TABLE)
            gfn = behind_hole(d, gfn);
        else
            break;
    }
    *ret = gfn;
    d->next_frame = gfn + 1;
    return gfn <= d->max_gfn;
}

static bool take_pv(struct domain *d, uint64_t *ret)
{
    while (is_placed(d, d->next_frame))
        d->next_frame++;
    *ret = d->next_frame;
    if (d->next_frame >= d->nr_frames)
        return false;
    d->next_frame++;
    return true;
}

/* What else is in a frame, so that no table can be; NULL: nothing that matters. */
static const char *in_use(const struct xenpt_machine *m, const struct domain *d, uint64_t gfn)
{
    const struct pv_places *at = &d->at;
    const struct hvm_special *s;

    if (is_pv(d)) {
        if (gfn >= at->pt_first && gfn < at->pt_first + at->nr_pt)
            return "a table of its builder's";
        if (gfn >= at->list && gfn < at->pt_first)
            return "what its builder tells it";
        return gfn >= at->end && gfn < d->next_frame ? "a table or a page that it has made itself"
                                                     : NULL;
    }
    for (size_t i = 0; (s = hvm_special(i)); i++)
        if (hvm_has_special(m, d, s) && gfn - s->first < s->nr)
            return xenpt_special_word(s->special)->name;
    return !given_alone(d) && guest_builds_table(gfn) ? "a table of its builder's" : NULL;
}

static enum xenpt_code place(const struct xenpt_machine *m, const struct domain *d, size_t i,
                             struct xenpt_error *err)
{
    const struct xenpt_given_frame *f = given(d, i);
    const char *what = f->level ? in_use(m, d, f->gfn) : NULL;

    if (given_maddr(m, d, f->gfn) == NO_TABLE)
        return xenpt_fail(err, XENPT_ERANGE, "%s is to be its frame 0x%llx, which it has not",
                          f->name ? f->name : "a table", (llu)f->gfn);
    if (what)
        return xenpt_fail(err, XENPT_ERANGE, "%s is to be its frame 0x%llx, where it has %s",
                          f->name ? f->name : "a table", (llu)f->gfn, what);
    for (size_t k = 0; k < i; k++)
        if (f->level && given(d, k)->level && given(d, k)->placed && given(d, k)->gfn == f->gfn)
            return xenpt_fail(err, XENPT_ERANGE, "two tables are to be its frame 0x%llx",
                              (llu)f->gfn);
    return XENPT_OK;
}

static bool has_own_frame(const struct domain *d, const struct xenpt_given_frame *f)
{
    return f->root == XENPT_GIVEN_NO_ROOT || (f->root == XENPT_GIVEN_GUEST_ROOT && f->alone) ||
           (is_pv(d) && f->root == XENPT_GIVEN_GUEST_ROOT);
}

enum xenpt_code given_frames(struct xenpt_machine *m, struct domain *d, struct xenpt_error *err)
{
    enum xenpt_code code = XENPT_OK;

    d->given = calloc(d->desc->nr_given, sizeof(*d->given));
    if (!d->given)
        return xenpt_fail(err, XENPT_ENOMEM, "no memory for what a domain is given");
    for (size_t i = 0; !code && i < d->desc->nr_given; i++)
        if (has_own_frame(d, given(d, i)) && given(d, i)->placed) {
            code = place(m, d, i, err);
            d->given[i] = given(d, i)->gfn;
        }
    for (size_t i = 0; !code && i < d->desc->nr_given; i++) {
        const struct xenpt_given_frame *f = given(d, i);

        if (!has_own_frame(d, f))
            continue;
        m->stats.tables += f->level != 0;
        d->nr_tables += f->level != 0;
        if (!f->placed && !(is_pv(d) ? take_pv(d, &d->given[i]) : take_hvm(m, d, &d->given[i])))
            code = xenpt_fail(err, XENPT_ERANGE,
                              "its memory has no frame left for %s: what it has is in use",
                              f->name ? f->name : "a table");
    }
    return code;
}
