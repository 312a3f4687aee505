/* counts.c - counts of references: how they begin, what is known of a frame, and whether they are
 * right. */
#include "pv/op.h"

#include <inttypes.h>
#include <stdio.h>

/* clang-format off */
static const struct xenpt_word type_words[XENPT_NR_FRAME_TYPES] = {
    [XENPT_FRAME_NONE] = { "none", "nothing yet" },
    [XENPT_FRAME_L1] = { "l1", "an L1 table" },
    [XENPT_FRAME_L2] = { "l2", "an L2 table" },
    [XENPT_FRAME_L3] = { "l3", "an L3 table" },
    [XENPT_FRAME_L4] = { "l4", "an L4 table" },
    [XENPT_FRAME_SEG_DESC] = { "seg_desc", "segment descriptors, as of a GDT or LDT" },
    [XENPT_FRAME_SHARED] = { "shared", "shared between domains" },
    [XENPT_FRAME_WRITABLE] = { "writable", "a page that is mapped writable" },
};
/* clang-format on */

const struct xenpt_word *xenpt_frame_type_word(enum xenpt_frame_type type)
{
    return &type_words[type];
}

/* --- How they begin ------------------------------------------------------------------------ */

static enum xenpt_code no_memory(struct xenpt_error *err)
{
    return xenpt_fail(err, XENPT_ENOMEM, "no memory for what is known of frames");
}

static bool pin(struct xenpt_machine *m, uint64_t maddr, enum frame_type type)
{
    struct frame_info *info;

    if (maddr == NO_TABLE)
        return true;
    info = frames_edit(m->frames, maddr >> XENPT_PAGE_SHIFT);
    if (info) {
        info->type = (uint8_t)type;
        info->flags |= FRAME_PINNED;
    }
    return info;
}

/*
 * Model: all roots of a domain are pinned: the first by its builder (tools/libs/guest,
 * xg_dom_x86.c, pin_table; pv/dom0_build.c), the others by the guest, as Linux does.
 */
static bool pin_roots(struct xenpt_machine *m, const struct domain *d)
{
    bool ok = true;

    for (uint32_t i = 0; ok && i < d->nr_vcpus; i++) {
        const struct vcpu *v = &d->vcpus[i];

        ok = is_pv32(d) ? pin(m, v->l3, FRAME_L3)
                        : pin(m, v->kernel_l4, FRAME_L4) && pin(m, v->user_l4, FRAME_L4);
    }
    return ok;
}

/* What a frame is, by what refers to it: a table, if anything says so. */
static void set_info(struct frame_info *info, const struct live *l)
{
    unsigned int type = FRAME_NONE;

    for (unsigned int i = FRAME_L1; i < NR_FRAME_TYPES && !type; i++)
        if (l->as[i])
            type = i;
    if (type)
        info->type = (uint8_t)type;
    info->type_count = l->as[type];
    info->count = l->count;
    info->linear = l->entries ? l->entries : -l->uses;
    info->flags &= FRAME_PINNED | FRAME_PARTIAL | FRAME_LOCKED | FRAME_ENTRY | FRAME_DROPPED;
    if (type && !(info->flags & FRAME_PARTIAL))
        info->flags |= FRAME_VALIDATED;
    if (l->pae_xen_l2)
        info->flags |= FRAME_PAE_XEN_L2;
}

static bool take_over(struct xenpt_machine *m, const struct lives *all)
{
    for (size_t i = 0; i < (size_t)1 << all->order; i++) {
        struct frame_info *info;

        if (!all->key[i])
            continue;
        info = frames_edit(m->frames, all->key[i] - 1);
        if (!info)
            return false;
        set_info(info, &all->live[i]);
    }
    return true;
}

/* Counts of a domain, or of all; what was counted is forgotten, but not what is pinned. */
static bool count(struct xenpt_machine *m, const struct domain *only)
{
    struct lives all;
    bool ok = lives_count(m, only, &all);

    if (!ok)
        return false;
    for (size_t i = 0; !only && i < frames_slots(m->frames); i++) {
        uint64_t frame;
        const struct frame_info *is = frames_at(m->frames, i, &frame);

        if (is && !lives_find(&all, frame))
            *frames_edit(m->frames, frame) = (struct frame_info){
                .flags = is->flags & (FRAME_DROPPED | FRAME_STALE), .stamp = is->stamp
            };
    }
    ok = take_over(m, &all);
    lives_free(&all);
    return ok;
}

static bool is_uncounted(const struct domain *d)
{
    return !d->counted && d->nr_vcpus && is_pv(d);
}

/* What a domain has before it has asked for anything. */
static bool begin(struct xenpt_machine *m, struct domain *d)
{
    if (!frames_own(&m->frames) || !pin_roots(m, d))
        return false;
    d->assists = XENPT_BIT(XENPT_PV_WRITABLE_PAGETABLES);
    if (d->desc->m2p_strict)
        d->assists |= XENPT_BIT(XENPT_PV_M2P_STRICT);
    d->counted = true;
    return true;
}

enum xenpt_code counts_ready(struct xenpt_machine *m, struct xenpt_error *err)
{
    struct domain *one = NULL;
    size_t nr = 0;

    if (!m->frames && !(m->frames = frames_create()))
        return no_memory(err);
    for (size_t i = 0; i < m->nr_domains; i++) {
        struct domain *d = &m->domains[i];

        if (!is_uncounted(d))
            continue;
        if (!begin(m, d)) {
            m->frames->stale |= nr > 0;
            return no_memory(err);
        }
        one = d;
        nr++;
    }
    /* Many are counted at once: each count looks at all that is known of frames. */
    if (!nr && !m->frames->stale)
        return XENPT_OK;
    if (nr == 1 && !m->frames->stale)
        m->frames->stale = !count(m, one);
    else if (frames_own(&m->frames))
        m->frames->stale = !count(m, NULL);
    return m->frames->stale ? no_memory(err) : XENPT_OK;
}

/* --- Looking at one ------------------------------------------------------------------------ */

static struct frame_info info_of(const struct xenpt_machine *m, uint64_t frame)
{
    const struct frame_info *info = frames_find(m->frames, frame);

    return info && info->count ? *info : info_at_first(m, NULL, frame);
}

enum xenpt_code xenpt_pv_frame(struct xenpt_machine *m, uint64_t mfn, struct xenpt_frame *ret,
                               struct xenpt_error *err)
{
    enum xenpt_code code = counts_ready(m, err);
    struct frame_info info;

    if (code)
        return code;
    info = info_of(m, mfn);
    *ret = (struct xenpt_frame){
        .type = (enum xenpt_frame_type)info.type,
        .type_count = info.type_count,
        .count = info.count,
        .linear = info.linear,
        .pinned = info.flags & FRAME_PINNED,
        .validated = info.flags & FRAME_VALIDATED,
        .partial = info.flags & FRAME_PARTIAL,
        .locked = info.flags & FRAME_LOCKED,
        .entries = info.flags & FRAME_PARTIAL ? info.validated : 0,
        .pae_xen_l2 = info.flags & FRAME_PAE_XEN_L2,
        .non_coherent = info.flags & FRAME_NON_COHERENT,
    };
    return XENPT_OK;
}

/* --- Whether they are right ---------------------------------------------------------------- */

static bool differs(const struct frame_info *info, const struct live *l, char *wrong)
{
    if (info->count != l->count)
        return snprintf(wrong, XENPT_PV_WRONG_MAX,
                        "%" PRIu64 " references are counted, and there are %" PRIu64, info->count,
                        l->count);
    for (unsigned int i = FRAME_L1; i < NR_FRAME_TYPES; i++) {
        uint64_t counted = info->type == i ? info->type_count : 0;

        if (counted != l->as[i])
            return snprintf(wrong, XENPT_PV_WRONG_MAX,
                            "%" PRIu64 " references as %s are counted, and there are %" PRIu64
                            " (its type is %s)",
                            counted, type_words[i].name, l->as[i], type_words[info->type].name);
    }
    return false;
}

static void compare(const struct xenpt_machine *m, const struct lives *all, uint64_t frame,
                    char *wrong, uint64_t *ret)
{
    const struct live *live = lives_find(all, frame);
    const struct frame_info info = info_of(m, frame), first = info_at_first(m, NULL, frame);
    struct live none = { .count = first.count };
    char text[XENPT_PV_WRONG_MAX];

    none.as[first.type] = first.type_count;
    if ((*wrong && frame > *ret) || !differs(&info, live ? live : &none, text))
        return;
    snprintf(wrong, XENPT_PV_WRONG_MAX, "%s", text);
    *ret = frame;
}

enum xenpt_code xenpt_pv_check_counts(struct xenpt_machine *m, char wrong[XENPT_PV_WRONG_MAX],
                                      uint64_t *frame, struct xenpt_error *err)
{
    enum xenpt_code code = counts_ready(m, err);
    struct lives all;

    wrong[0] = '\0';
    *frame = 0;
    if (code)
        return code;
    if (!lives_count(m, NULL, &all))
        return no_memory(err);
    for (size_t i = 0; i < (size_t)1 << all.order; i++)
        if (all.key[i])
            compare(m, &all, all.key[i] - 1, wrong, frame);
    for (size_t i = 0; i < frames_slots(m->frames); i++) {
        uint64_t at;

        if (frames_at(m->frames, i, &at))
            compare(m, &all, at, wrong, frame);
    }
    lives_free(&all);
    return XENPT_OK;
}
