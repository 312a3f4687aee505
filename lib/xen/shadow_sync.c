/*
 * shadow_sync.c - tables that a guest may write without Xen's doing it: out of sync;
 * mm/shadow/common.c, sh_unsync, oos_hash_add, oos_fixup_add, sh_resync.
 *
 * Only an L1, of a domain whose vCPUs all page, and three for each vCPU.  Its shadow stays what it
 * was made of until something puts it right: CR3 is loaded, INVLPG of an address that it maps,
 * a use of it above L1, or one more table that wants its place.
 * Model: a place of its own is preferred to that which the frame's number names, and the page that
 * holds what the shadow was made of is taken when it is needed; Xen has three for each vCPU at
 * hand.
 */
#include <string.h>

#include "xen/shadow.h"

static const enum shadow_type l1_types[] = { SH_L1_32, SH_L1_PAE, SH_L1_64 };

#define NR_L1_TYPES (sizeof(l1_types) / sizeof(l1_types[0]))

struct oos *oos_of(const struct domain *d, uint64_t maddr)
{
    for (uint32_t i = 0; i < d->nr_vcpus; i++)
        for (unsigned int n = 0; n < OOS_PAGES; n++)
            if (d->vcpus[i].oos[n].of == maddr && maddr)
                return &d->vcpus[i].oos[n];
    return NULL;
}

static bool may_begin(const struct shadowing *s, uint64_t maddr)
{
    unsigned int nr = 0, l1 = 0;
    uint32_t id;

    for (uint32_t i = 0; i < s->d->nr_vcpus; i++)
        if (!s->d->vcpus[i].absent && guest_mode(&s->d->vcpus[i]) == XENPT_GUEST_UNPAGED)
            return false;
    for (enum shadow_type t = SH_L1_32; t < NR_SH_TYPES; t++)
        if (!shadow_rows[t].made_up && shadow_find(s->all, t, maddr, &id)) {
            nr++;
            l1 += shadow_rows[t].level == 1;
        }
    return nr == 1 && l1 == 1;
}

static struct oos *place(struct shadowing *s, uint64_t maddr)
{
    for (unsigned int n = 0; n < OOS_PAGES; n++)
        if (!s->v->oos[n].of)
            return &s->v->oos[n];
    return &s->v->oos[(maddr >> XENPT_PAGE_SHIFT) % OOS_PAGES];
}

static enum xenpt_code copy_page(struct shadowing *s, uint64_t from, uint64_t to)
{
    uint8_t page[XENPT_PAGE_SIZE];

    if (!xenpt_read(xenpt_store_reader(s->m->store), from, page, sizeof(page)))
        return XENPT_OK;
    return xenpt_store_write(s->m->store, to, page, sizeof(page), s->err);
}

enum xenpt_code oos_begin(struct shadowing *s, uint64_t maddr, bool *ret)
{
    struct oos *o = place(s, maddr);
    uint64_t snapshot;
    enum xenpt_code code = XENPT_OK;

    *ret = oos_of(s->d, maddr) != NULL;
    if (*ret || !may_begin(s, maddr))
        return XENPT_OK;
    if (o->of)
        code = oos_end(s, o);
    if (!code)
        code = table_new(s->m, &snapshot, s->err);
    if (!code)
        code = copy_page(s, maddr, snapshot);
    if (code)
        return code;
    *o = (struct oos){ .of = maddr, .snapshot = snapshot };
    s->all->stats.unsynced++;
    *ret = true;
    return XENPT_OK;
}

/* An entry that let a table be written; it may be another one by now. */
static enum xenpt_code close_fixup(struct shadowing *s, const struct oos *o, uint64_t at)
{
    uint64_t entry = at ? entry_read(s->m, at, 0) : 0;

    if ((entry & (ENTRY_ADDR | ENTRY_P | ENTRY_RW)) != (o->of | ENTRY_P | ENTRY_RW))
        return XENPT_OK;
    return entry_write(s->m, at, 0, entry & ~ENTRY_RW, s->err);
}

enum xenpt_code oos_fixup(struct shadowing *s, struct oos *o, uint64_t at)
{
    enum xenpt_code code;

    for (unsigned int i = 0; i < OOS_FIXUPS; i++)
        if (o->fixup[i] == at)
            return XENPT_OK;
    code = close_fixup(s, o, o->fixup[OOS_FIXUPS - 1]);
    memmove(&o->fixup[1], &o->fixup[0], (OOS_FIXUPS - 1) * sizeof(o->fixup[0]));
    o->fixup[0] = at;
    return code;
}

enum xenpt_code oos_note(struct shadowing *s, struct oos *o, unsigned int index, unsigned int size)
{
    uint64_t entry = 0, offset = (uint64_t)index * size;

    if (!xenpt_read(xenpt_store_reader(s->m->store), o->of + offset, &entry, size))
        return XENPT_OK;
    return xenpt_store_write(s->m->store, o->snapshot + offset, &entry, size, s->err);
}

/* Entries that the guest has changed behind Xen's back. */
static enum xenpt_code resync(struct shadowing *s, uint32_t id, uint64_t of, uint64_t snapshot)
{
    unsigned int size = shadow_rows[s->all->list[id].type].size;
    uint8_t now[XENPT_PAGE_SIZE], then[XENPT_PAGE_SIZE];
    const struct xenpt_reader *mem = xenpt_store_reader(s->m->store);
    enum xenpt_code code = XENPT_OK;

    if (!xenpt_read(mem, of, now, sizeof(now)) || !xenpt_read(mem, snapshot, then, sizeof(then)))
        return XENPT_OK;
    for (unsigned int i = 0; !code && i < XENPT_PAGE_SIZE / size; i++)
        if (memcmp(now + (size_t)i * size, then + (size_t)i * size, size) != 0)
            code = shadow_leaf(s, id, i, TOUCH_PREFETCH);
    return code;
}

enum xenpt_code oos_end(struct shadowing *s, struct oos *o)
{
    struct oos was = *o;
    enum xenpt_code code;
    uint32_t id;

    *o = (struct oos){ 0 };
    s->all->stats.resynced++;
    code = shadow_protect(s, was.of);
    for (size_t i = 0; !code && i < NR_L1_TYPES; i++)
        if (shadow_find(s->all, l1_types[i], was.of, &id))
            code = resync(s, id, was.of, was.snapshot);
    return code ? code : table_free(s->m, was.snapshot, s->err);
}

enum xenpt_code oos_end_all(struct shadowing *s)
{
    enum xenpt_code code = XENPT_OK;

    for (uint32_t i = 0; i < s->d->nr_vcpus; i++)
        for (unsigned int n = 0; !code && n < OOS_PAGES; n++)
            if (s->d->vcpus[i].oos[n].of)
                code = oos_end(s, &s->d->vcpus[i].oos[n]);
    return code;
}
