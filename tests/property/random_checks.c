/*
 * random_checks.c - what must be so of steps at random.
 *
 * What a refused step may not have changed is looked at after each: of memory the pages that a
 * snapshot kept, of frames all that is known.  Counting all references anew takes as long as a
 * hundred steps, and all other invariants as a thousand: these are looked at every so many steps,
 * and one that is broken then is looked for among the steps since (random_run.c).
 */
#include "random_state.h"
#include "random_steps.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "mem/store.h"
#include "scenario/machine_invariants.h"
#include "xen/frames.h"
#include "xen/grants.h"
#include "xen/iommu.h"
#include "xen/owner.h"
#include "xen/shadow.h"

__attribute__((format(printf, 3, 4))) static bool say(struct breached *ret, enum breach what,
                                                      const char *fmt, ...)
{
    va_list ap;

    ret->what = what;
    va_start(ap, fmt);
    vsnprintf(ret->text, sizeof(ret->text), fmt, ap);
    va_end(ap);
    return false;
}

/* --- Refused ------------------------------------------------------------------------------- */

struct before {
    struct xenpt_snapshot *memory;
    struct frames *frames;
    struct lists *lists;
    struct state_parts rest;
};

static void before_take(const struct subject *s, struct before *ret)
{
    assert_int_equal(xenpt_snapshot_take(s->w.machine->store, &ret->memory, NULL), XENPT_OK);
    ret->frames = frames_hold(s->w.machine->frames);
    ret->lists = contents_share(&s->w.machine->contents);
    state_take(s->w.machine, &ret->rest);
}

static void before_drop(struct before *b)
{
    xenpt_snapshot_drop(b->memory);
    frames_drop(b->frames);
    lists_release(b->lists);
}

static bool memory_is(const struct subject *s, const struct before *b, struct breached *ret)
{
    const struct history *h = &s->w.machine->store->history;
    uint64_t is[XENPT_PAGE_SIZE / 8], was[XENPT_PAGE_SIZE / 8];

    for (uint32_t id = b->memory->versions; id != NOWHERE; id = h->version[id].next) {
        uint64_t at = h->version[id].frame << XENPT_PAGE_SHIFT;

        assert_true(xenpt_read(xenpt_store_reader(s->w.machine->store), at, is, sizeof(is)));
        assert_true(xenpt_read(xenpt_snapshot_reader(b->memory), at, was, sizeof(was)));
        for (unsigned int i = 0; i < XENPT_PAGE_SIZE / 8; i++)
            if (is[i] != was[i]) {
                ret->of_memory = true;
                ret->at = at + 8 * i;
                ret->was = was[i];
                return say(ret, BREACH_REFUSED,
                           "0x%" PRIx64 " was 0x%" PRIx64 ", and is 0x%" PRIx64, ret->at, was[i],
                           is[i]);
            }
    }
    return true;
}

static bool same_info(const struct frame_info *a, const struct frame_info *b)
{
    return a->count == b->count && a->type_count == b->type_count && a->linear == b->linear &&
           a->stamp == b->stamp && a->validated == b->validated && a->type == b->type &&
           a->flags == b->flags;
}

/* Nothing refers to it: as a frame that was never looked at, but for what it was last.  What Xen
 * shares is in use as writable from the beginning. */
static bool is_plain(const struct frame_info *info)
{
    return info->count == 1 && info->type_count <= (info->type == FRAME_WRITABLE) &&
           !info->linear && !(info->flags & (FRAME_PINNED | FRAME_PARTIAL | FRAME_DROPPED));
}

/* All that is known by one of frames is so by the other. */
static bool frames_are(const struct frames *a, const struct frames *b, struct breached *ret)
{
    static const struct frame_info nothing;

    for (size_t i = 0; i < frames_slots(a); i++) {
        uint64_t frame;
        const struct frame_info *x = frames_at(a, i, &frame), *y;

        if (!x || !x->count)
            continue;
        y = frames_find(b, frame);
        if ((!y || !y->count) && is_plain(x))
            continue;
        if (!same_info(x, y ? y : &nothing))
            return say(ret, BREACH_REFUSED,
                       "of mfn 0x%" PRIx64 " something else is known: count %" PRIu64
                       ", type %u, or once %" PRIu64 ", %u",
                       frame, x->count, x->type, y ? y->count : 0, y ? y->type : 0u);
    }
    return true;
}

/* Slot for slot, as they mostly are.  What a gap has was never written, nor what pads fields. */
static bool same_slots(const struct frames *a, const struct frames *b)
{
    if (a->order != b->order || memcmp(a->key, b->key, sizeof(*a->key) << a->order))
        return false;
    for (size_t i = 0; i < frames_slots(a); i++) {
        uint64_t frame;
        const struct frame_info *x = frames_at(a, i, &frame);

        if (x && !same_info(x, &b->info[i]))
            return false;
    }
    return true;
}

static bool lists_are(const struct lists *a, const struct lists *b)
{
    return a == b || (a->nr_owned == b->nr_owned &&
                      !memcmp(a->owned, b->owned, a->nr_owned * sizeof(*a->owned)));
}

static bool as_before(const struct subject *s, const struct before *b, struct breached *ret)
{
    const struct frames *now = s->w.machine->frames;
    struct state_parts rest;
    const char *part;

    if (!memory_is(s, b, ret))
        return false;
    if (now != b->frames && !same_slots(now, b->frames) &&
        (!frames_are(now, b->frames, ret) || !frames_are(b->frames, now, ret)))
        return false;
    if (!lists_are(s->w.machine->contents.lists, b->lists))
        return say(ret, BREACH_REFUSED, "M2P has changed");
    state_take(s->w.machine, &rest);
    part = state_differs(&rest, &b->rest);
    if (part)
        return say(ret, BREACH_REFUSED, "%s: not what it was", part);
    return true;
}

/* --- Counts, shadows and the rest ---------------------------------------------------------- */

static bool counts_are_live(struct subject *s, struct breached *ret)
{
    char wrong[XENPT_PV_WRONG_MAX];
    uint64_t frame;

    assert_int_equal(xenpt_pv_check_counts(s->w.machine, wrong, &frame, NULL), XENPT_OK);
    ret->invariant = "counts";
    return !*wrong || say(ret, BREACH_COUNTS, "mfn 0x%" PRIx64 ": %s", frame, wrong);
}

static bool shadow_holds(const struct subject *s, const struct shadowing *of,
                         const struct shadow *one, struct breached *ret)
{
    const struct shadows *all = of->d->shadows;
    unsigned int level = one->type ? shadow_rows[one->type].level : 0;

    for (unsigned int slot = 0; level && slot < ENTRIES; slot++) {
        uint64_t is = entry_read(s->w.machine, one->page[0], slot);
        uint64_t was = entry_read(s->w.machine, one->of, slot), to = is & ENTRY_ADDR;
        unsigned int nr;
        uint32_t below;

        if (!(is & ENTRY_P) || pv_shadow_is_xens(of, one->type, slot))
            continue;
        if (level > 1 && shadow_of_page(all, to, &below, &nr))
            to = all->list[below].of;
        if (!(was & ENTRY_P) || to != (was & ENTRY_ADDR) || (is & ~was & ENTRY_RW))
            return say(ret, BREACH_SHADOWS,
                       "a shadow of %s's, of level %u, slot %u: 0x%" PRIx64
                       ", and the guest has 0x%" PRIx64,
                       of->d->name, level, slot, is, was);
    }
    return true;
}

/* What shadows lead to is what the guest's tables do, and no shadow gives more. */
static bool shadows_hold(struct subject *s, struct breached *ret)
{
    for (size_t i = 0; i < s->w.machine->nr_domains; i++) {
        struct domain *d = &s->w.machine->domains[i];
        struct shadowing of = { .m = s->w.machine, .d = d, .all = d->shadows };

        for (uint32_t id = 0; is_pv(d) && d->shadows && id < d->shadows->nr; id++)
            if (!shadow_holds(s, &of, &d->shadows->list[id], ret))
                return false;
    }
    return true;
}

/* What all of a domain's mappings of another's frame come to; 0: it has none. */
static unsigned int granted(const struct xenpt_machine *m, const struct domain *d, uint64_t frame)
{
    unsigned int rights = 0;

    for (uint64_t i = 0; d->grants && i < d->grants->nr_mappings; i++) {
        const struct grant_mapping *map = &d->grants->mappings[i];
        const struct grants *of = map->flags && domain_there(m, (uint32_t)map->domain)
                                      ? m->domains[map->domain].grants
                                      : NULL;

        if (of && map->ref < of->nr_active && of->active[map->ref].pin &&
            of->active[map->ref].frame == frame)
            rights |= map->flags & XENPT_GRANT_MAP_READ_ONLY ? 1 : 3;
    }
    return rights;
}

/* What devices of a PV domain have of a frame is what its type in use says, or its grants. */
static bool device_has(const struct subject *s, const struct domain *d, uint64_t frame,
                       const struct frame_info *info, struct breached *ret)
{
    bool own = domain_extent(d, frame), used = info->type_count;
    unsigned int has = 0, may = own ? 3 : granted(s->w.machine, d, frame);
    uint64_t mfn = frame;

    if (own && !used)
        return true; /* Its type may be that of the last use, or of none. */
    if (own && info->type != FRAME_WRITABLE)
        may = 0;
    if (!iommu_get(s->w.machine, d, frame, &mfn, &has))
        has = 0;
    ret->invariant = "device-types";
    ret->in = "every device context";
    return (has == may && mfn == frame) ||
           say(ret, BREACH_INVARIANT, "mfn 0x%" PRIx64 ": devices of %s have %u, and not %u", frame,
               d->name, has, may);
}

static bool devices_hold(struct subject *s, struct breached *ret)
{
    const struct xenpt_machine *m = s->w.machine;

    for (size_t i = 0; i < m->nr_domains; i++)
        for (size_t k = 0; iommu_by_types(&m->domains[i]) && k < frames_slots(m->frames); k++) {
            uint64_t frame;
            const struct frame_info *info = frames_at(m->frames, k, &frame);

            if (info && info->count && !device_has(s, &m->domains[i], frame, info, ret))
                return false;
        }
    return true;
}

static bool invariants_hold(struct subject *s, struct breached *ret)
{
    struct broken_invariant broken;
    struct xenpt_error err = { 0 };

    if (invariants_of_machine(s->w.machine, &broken, &err))
        fail_msg("%s", err.text);
    if (!broken.name)
        return true;
    ret->invariant = broken.name;
    ret->in = broken.in;
    /* Counts are looked at more often by themselves: that is the same breach. */
    return say(ret, strcmp(broken.name, "counts") ? BREACH_INVARIANT : BREACH_COUNTS, "%s: %s",
               broken.name, broken.found);
}

bool all_checked(struct subject *s, struct breached *ret)
{
    return counts_are_live(s, ret) && shadows_hold(s, ret) && devices_hold(s, ret) &&
           invariants_hold(s, ret);
}

/* What is pre-empted has done part of it, and who is crashed does not run any more. */
static bool is_excused(const struct subject *s, const struct rstep *t)
{
    return t->kind->loose || s->r.preempted || (s->r.name && !strcmp(s->r.name, "crash")) ||
           (t->kind->excuse && s->r.rule && !strcmp(s->r.rule->name, t->kind->excuse));
}

bool step_checked(struct subject *s, const struct rstep *t, size_t i, const struct pace *pace,
                  struct breached *ret)
{
    struct xenpt_frame any;
    struct before before;
    bool made, refused, held = true;

    *ret = (struct breached){ .what = BREACH_NONE };
    /* Whoever calls is in its kernel; only what the call does is looked at. */
    if (!subject_ready(s, t))
        return true;
    /* Frames of a domain that was created are counted when somebody asks. */
    assert_int_equal(xenpt_pv_frame(s->w.machine, 0, &any, NULL), XENPT_OK);
    before_take(s, &before);
    made = subject_do(s, t);
    /* A memory_op that is short has no error; what a toolstack is refused is by none of the rows.
     */
    refused = !made || s->r.error || (s->r.name && !strcmp(s->r.name, "short"));
    if (made && t->kind->call && !s->r.preempted && refused != (s->r.rule != NULL))
        held = say(ret, BREACH_RULE, "%s, and the rule %s", s->r.name,
                   s->r.rule ? s->r.rule->name : "of none");
    else if (refused && !is_excused(s, t))
        held = as_before(s, &before, ret);
    before_drop(&before);
    if (pace->counts && (i + 1) % pace->counts == 0)
        held = held && counts_are_live(s, ret) && shadows_hold(s, ret) && devices_hold(s, ret);
    if (pace->invariants && (i + 1) % pace->invariants == 0)
        held = held && invariants_hold(s, ret);
    return held;
}

/* --- The end ------------------------------------------------------------------------------- */

bool all_destroyed(struct subject *s, uint64_t free_frames, struct breached *ret)
{
    struct xenpt_machine *m = s->w.machine;
    struct xenpt_error err = { 0 };
    uint64_t is;

    for (size_t i = m->nr_domains; i-- > 0;)
        if (m->domains[i].nr_vcpus && xenpt_machine_domain_destroy(m, (uint32_t)i, &err))
            return say(ret, BREACH_LEAK, "d%zu cannot be destroyed: %s", i, err.text);
    is = xenpt_machine_stats(m).free_frames;
    if (free_frames == UINT64_MAX || is == free_frames)
        return true;
    return say(ret, BREACH_LEAK,
               "all domains are gone, and %" PRId64 " frames more are free than of a machine where "
               "nothing happened",
               (int64_t)(is - free_frames));
}

static bool add_words(void *ctx, uint64_t first, const uint8_t *bytes, uint64_t size)
{
    uint64_t *sum = ctx, word;

    for (uint64_t i = 0; i < size; i += 8) {
        memcpy(&word, bytes + i, 8);
        if (word)
            *sum = mix(*sum, word ^ (first + i));
    }
    return true;
}

uint64_t subject_fingerprint(const struct subject *s)
{
    const struct xenpt_machine *m = s->w.machine;
    uint64_t sum = state_of(m), frame;

    assert_int_equal(xenpt_each_stretch(xenpt_store_reader(m->store), add_words, &sum, NULL),
                     XENPT_OK);
    for (size_t i = 0; i < m->contents.lists->nr_owned; i++)
        sum = mix(mix(sum, m->contents.lists->owned[i].mfn), m->contents.lists->owned[i].gfn);
    /* Frames in no order: what is known of each is added.  Not when. */
    for (size_t i = 0; i < frames_slots(m->frames); i++) {
        const struct frame_info *f = frames_at(m->frames, i, &frame);

        if (f && f->count)
            sum += (f->count * 3 + f->type_count * 7 + f->type * 11u + f->flags * 13u +
                    (uint64_t)(int64_t)f->linear * 17) *
                   (frame * 2 + 1) * UINT64_C(0x9e3779b97f4a7c15);
    }
    return sum;
}
