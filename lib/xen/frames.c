/*
 * frames.c - a hash of groups of frames: open addressing; what is forgotten stays in it, all zero.
 *
 * A group takes 256 bytes however few of its frames anything is known of; in return neighbours, of
 * which tables mostly consist, are in neighbouring lines of the cache.
 */
#include "xen/frames.h"

#include <stdlib.h>
#include <string.h>

#include "mem/store_index.h"

#define ORDER_FIRST 4

static bool allocate(struct frames *f, unsigned int order)
{
    size_t room = (size_t)1 << order;
    uint64_t *key = calloc(room, sizeof(*key));
    struct frame_info *info = malloc(room * FRAMES_GROUP * sizeof(*info));

    if (!key || !info) {
        free(key);
        free(info);
        return false;
    }
    f->key = key;
    f->info = info;
    f->order = order;
    return true;
}

struct frames *frames_create(void)
{
    struct frames *f = calloc(1, sizeof(*f));

    if (f && !allocate(f, ORDER_FIRST)) {
        free(f);
        return NULL;
    }
    if (f)
        f->holders = 1;
    return f;
}

struct frames *frames_hold(struct frames *f)
{
    if (f)
        f->holders++;
    return f;
}

void frames_drop(struct frames *f)
{
    if (!f || --f->holders)
        return;
    free(f->key);
    free(f->info);
    free(f);
}

/* Where a group is, or would be. */
static size_t slot_of(const struct frames *f, uint64_t group)
{
    size_t mask = ((size_t)1 << f->order) - 1, at = (size_t)store_mix(group, f->order);

    while (f->key[at] && f->key[at] != group + 1)
        at = (at + 1) & mask;
    return at;
}

static struct frame_info *group_at(const struct frames *f, size_t at)
{
    return &f->info[at * FRAMES_GROUP];
}

static bool says_something(const struct frame_info *group)
{
    uint64_t any = 0;

    for (unsigned int i = 0; i < FRAMES_GROUP; i++)
        any |= group[i].count | group[i].type_count | group[i].flags;
    return any;
}

/* Those that say something, into a table with more room. */
static bool copy(struct frames *to, const struct frames *from, unsigned int order)
{
    if (!allocate(to, order))
        return false;
    to->nr = 0;
    to->stale = from->stale;
    for (size_t i = 0; i < (size_t)1 << from->order; i++) {
        size_t at;

        if (!from->key[i] || !says_something(group_at(from, i)))
            continue;
        at = slot_of(to, from->key[i] - 1);
        to->key[at] = from->key[i];
        memcpy(group_at(to, at), group_at(from, i), FRAMES_GROUP * sizeof(*to->info));
        to->nr++;
    }
    return true;
}

bool frames_own(struct frames **f)
{
    struct frames *own;

    if ((*f)->holders == 1)
        return true;
    own = calloc(1, sizeof(*own));
    if (!own || !copy(own, *f, (*f)->order)) {
        free(own);
        return false;
    }
    own->holders = 1;
    frames_drop(*f);
    *f = own;
    return true;
}

const struct frame_info *frames_find(const struct frames *f, uint64_t frame)
{
    size_t at;

    if (!f)
        return NULL;
    at = slot_of(f, frame / FRAMES_GROUP);
    return f->key[at] ? group_at(f, at) + frame % FRAMES_GROUP : NULL;
}

static bool grow(struct frames *f)
{
    struct frames larger = { .key = NULL };

    if (!copy(&larger, f, f->order + 1))
        return false;
    free(f->key);
    free(f->info);
    f->key = larger.key;
    f->info = larger.info;
    f->order = larger.order;
    f->nr = larger.nr;
    return true;
}

struct frame_info *frames_edit(struct frames *f, uint64_t frame)
{
    uint64_t group = frame / FRAMES_GROUP;
    size_t at = slot_of(f, group);

    if (!f->key[at]) {
        if (4 * (f->nr + 1) > (size_t)3 << f->order) {
            if (!grow(f))
                return NULL;
            at = slot_of(f, group);
        }
        f->key[at] = group + 1;
        memset(group_at(f, at), 0, FRAMES_GROUP * sizeof(*f->info));
        f->nr++;
    }
    return group_at(f, at) + frame % FRAMES_GROUP;
}

const struct frame_info *frames_at(const struct frames *f, size_t i, uint64_t *frame)
{
    uint64_t key = f->key[i / FRAMES_GROUP];

    *frame = (key - 1) * FRAMES_GROUP + i % FRAMES_GROUP;
    return key ? &f->info[i] : NULL;
}
