/*
 * grants_table.c - the tables by which guests grant, as they lie in memory, shared with them:
 * public/grant_table.h; common/grant_table.c, gnttab_grow_table, gnttab_set_version.
 */
#include <stdlib.h>
#include <string.h>

#include "xen/frames.h"
#include "xen/grants.h"
/* --- Where ---------------------------------------------------------------------------------- */

uint64_t grants_nr_frames(const struct domain *d, enum xenpt_special special)
{
    uint64_t nr = 0;

    for (size_t i = 0; i < d->built.nr_frames; i++)
        if (d->built.frames[i].special == special)
            nr += d->built.frames[i].nr;
    return nr;
}

uint64_t grants_frame(const struct domain *d, enum xenpt_special special, uint64_t i)
{
    for (size_t k = 0; k < d->built.nr_frames; k++) {
        const struct xenpt_special_frames *f = &d->built.frames[k];

        if (f->special != special)
            continue;
        if (i < f->nr)
            return f->mfn + i;
        i -= f->nr;
    }
    return NO_TABLE;
}

unsigned int grants_version(const struct domain *d)
{
    return d->grants ? (unsigned int)d->grants->version : 1;
}

uint64_t grants_nr_entries(const struct domain *d)
{
    return grants_nr_frames(d, XENPT_SPECIAL_GRANT_TABLE) *
           (grants_version(d) == 1 ? ENTRIES_V1 : ENTRIES_V2);
}

struct grant_place grants_place(const struct domain *d, uint64_t ref)
{
    unsigned int words = grants_version(d), per_page = ENTRIES_V1 / words;

    return (struct grant_place){
        .frame = grants_frame(d, XENPT_SPECIAL_GRANT_TABLE, ref / per_page),
        .slot = (unsigned int)(ref % per_page) * words,
    };
}

struct grant_place grants_status_place(const struct domain *d, uint64_t ref)
{
    if (grants_version(d) == 1)
        return grants_place(d, ref);
    return (struct grant_place){
        .frame = grants_frame(d, XENPT_SPECIAL_GRANT_STATUS, ref / STATUS_PER_PAGE),
        .slot = (unsigned int)(ref % STATUS_PER_PAGE) / 4,
        .shift = (unsigned int)(ref % 4) * 16,
    };
}

/* --- Growing -------------------------------------------------------------------------------- */

/* A page of Xen's heap, shared with the domain. */
static enum xenpt_code share_frame(struct xenpt_machine *m, struct domain *d,
                                   enum xenpt_special special, enum abi holds,
                                   struct xenpt_error *err)
{
    struct xenpt_special_frames f = {
        .special = special, .nr = 1, .holds = xenpt_abi_struct(holds), .repeats = true
    };
    uint64_t maddr;
    enum xenpt_code code = own_frame_new(m, d, m->heap_below, &maddr, err);

    f.mfn = maddr >> XENPT_PAGE_SHIFT;
    return code ? code : add_frames(d, f, err);
}

static enum xenpt_code share_status(struct xenpt_machine *m, struct domain *d,
                                    struct xenpt_error *err)
{
    uint64_t nr = grants_nr_frames(d, XENPT_SPECIAL_GRANT_TABLE) * ENTRIES_V2;
    enum xenpt_code code = XENPT_OK;

    for (uint64_t i = grants_nr_frames(d, XENPT_SPECIAL_GRANT_STATUS);
         !code && i * STATUS_PER_PAGE < nr; i++)
        code = share_frame(m, d, XENPT_SPECIAL_GRANT_STATUS, ABI_GRANT_STATUS, err);
    return code;
}

enum xenpt_code grants_grow(struct xenpt_machine *m, uint32_t domain, uint64_t nr,
                            struct xenpt_error *err)
{
    struct xenpt_machine_snapshot *before;
    enum xenpt_code code = xenpt_machine_snapshot_take(m, &before, err);
    struct domain *d = &m->domains[domain];
    bool second = grants_version(d) == 2;

    if (code)
        return code;
    while (!code && grants_nr_frames(d, XENPT_SPECIAL_GRANT_TABLE) < nr)
        code = share_frame(m, d, XENPT_SPECIAL_GRANT_TABLE, second ? ABI_GRANT_V2 : ABI_GRANT_V1,
                           err);
    if (!code && second)
        code = share_status(m, d, err);
    return snapshot_end(before, code);
}

/* --- Another version ------------------------------------------------------------------------ */

/* The first entries, as they were. */
struct kept {
    uint64_t flags, domain, frame;
};

static uint64_t word_at(const struct xenpt_machine *m, struct grant_place at, unsigned int more)
{
    return entry_read(m, at.frame << XENPT_PAGE_SHIFT, at.slot + more) >> at.shift;
}

static struct kept keep(const struct xenpt_machine *m, const struct domain *d, uint64_t ref)
{
    uint64_t word = word_at(m, grants_place(d, ref), 0);
    struct kept k = { word & 0xffff, word >> 16 & 0xffff, word >> 32 };

    if (grants_version(d) == 1)
        return k;
    if ((k.flags & XENPT_GRANT_TYPE) != XENPT_GRANT_PERMIT_ACCESS)
        return (struct kept){ 0, 0, 0 };
    k.flags |= word_at(m, grants_status_place(d, ref), 0) & 0xffff;
    k.frame = (uint32_t)word_at(m, grants_place(d, ref), 1);
    return k;
}

static enum xenpt_code put_back(struct xenpt_machine *m, const struct domain *d, uint64_t ref,
                                const struct kept *k, struct xenpt_error *err)
{
    static const uint64_t used = XENPT_GRANT_READING | XENPT_GRANT_WRITING;
    struct grant_place at = grants_place(d, ref), status;
    uint64_t table = at.frame << XENPT_PAGE_SHIFT, word;
    enum xenpt_code code;

    if (grants_version(d) == 1)
        return entry_write(m, table, at.slot, k->flags | k->domain << 16 | k->frame << 32, err);
    code = entry_write(m, table, at.slot, (k->flags & ~used) | k->domain << 16, err);
    if (!code)
        code = entry_write(m, table, at.slot + 1, k->frame, err);
    status = grants_status_place(d, ref);
    table = status.frame << XENPT_PAGE_SHIFT;
    word = entry_read(m, table, status.slot) & ~(UINT64_C(0xffff) << status.shift);
    return code ? code
                : entry_write(m, table, status.slot, word | (k->flags & used) << status.shift, err);
}

/* A page is Xen's own again, and free. */
static enum xenpt_code unshare(struct xenpt_machine *m, struct domain *d, uint64_t mfn,
                               struct xenpt_error *err)
{
    enum xenpt_code code = contents_disown(&m->contents, mfn, 1, err);
    size_t i = 0;

    while (i < d->nr_own && d->own[i] != mfn << XENPT_PAGE_SHIFT)
        i++;
    if (i < d->nr_own)
        memmove(&d->own[i], &d->own[i + 1], (--d->nr_own - i) * sizeof(d->own[0]));
    for (i = 0; i < d->built.nr_frames && d->built.frames[i].mfn != mfn; i++)
        ;
    if (i < d->built.nr_frames)
        memmove(&d->built.frames[i], &d->built.frames[i + 1],
                (--d->built.nr_frames - i) * sizeof(d->built.frames[0]));
    if (!code && m->frames && frames_find(m->frames, mfn))
        *frames_edit(m->frames, mfn) = (struct frame_info){ .count = 0 };
    xenpt_store_drop(m->store, xenpt_mfn(mfn));
    return code ? code : xenpt_alloc_give(m->alloc, xenpt_mfn(mfn), 0, err);
}

static enum xenpt_code change_frames(struct xenpt_machine *m, struct domain *d,
                                     unsigned int version, struct xenpt_error *err)
{
    enum xenpt_code code = XENPT_OK;

    d->grants->version = version;
    if (version == 2)
        code = share_status(m, d, err);
    while (!code && version == 1 && grants_nr_frames(d, XENPT_SPECIAL_GRANT_STATUS))
        code = unshare(m, d, grants_frame(d, XENPT_SPECIAL_GRANT_STATUS, 0), err);
    for (size_t i = 0; !code && i < d->built.nr_frames; i++) {
        struct xenpt_special_frames *f = &d->built.frames[i];
        static const uint64_t zero[ENTRIES];

        if (f->special != XENPT_SPECIAL_GRANT_TABLE)
            continue;
        f->holds = xenpt_abi_struct(version == 2 ? ABI_GRANT_V2 : ABI_GRANT_V1);
        code = entries_write(m, f->mfn << XENPT_PAGE_SHIFT, 0, ENTRIES, zero, err);
    }
    return code;
}

enum xenpt_code grants_convert(struct xenpt_machine *m, uint32_t domain, unsigned int version,
                               struct xenpt_error *err)
{
    struct domain *d = &m->domains[domain];
    struct xenpt_machine_snapshot *before;
    struct kept kept[RESERVED_REFS];
    enum xenpt_code code;

    if (!grants_of(d))
        return xenpt_fail(err, XENPT_ENOMEM, "no memory for what is known of grants");
    code = xenpt_machine_snapshot_take(m, &before, err);
    if (code)
        return code;
    if (m->frames && !frames_own(&m->frames))
        code = xenpt_fail(err, XENPT_ENOMEM, "no memory for what is known of frames");
    for (unsigned int i = 0; i < RESERVED_REFS; i++)
        kept[i] = keep(m, d, i);
    if (!code)
        code = change_frames(m, d, version, err);
    for (unsigned int i = 0; !code && i < RESERVED_REFS; i++)
        code = put_back(m, d, i, &kept[i], err);
    return snapshot_end(before, code);
}
