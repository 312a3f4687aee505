/* frames.c - a hash of frames: open addressing; what is forgotten stays in it, all zero. */
#include "xen/frames.h"

#include <stdlib.h>
#include <string.h>

#include "mem/store_index.h"

#define ORDER_FIRST 6

static bool allocate(struct frames *f, unsigned int order)
{
    size_t room = (size_t)1 << order;
    uint64_t *key = calloc(room, sizeof(*key));
    struct frame_info *info = malloc(room * sizeof(*info));

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

/* Where a frame is, or would be. */
static size_t slot_of(const struct frames *f, uint64_t frame)
{
    size_t mask = frames_slots(f) - 1, at = (size_t)store_mix(frame, f->order);

    while (f->key[at] && f->key[at] != frame + 1)
        at = (at + 1) & mask;
    return at;
}

/* Those that say something, into a table with more room. */
static bool copy(struct frames *to, const struct frames *from, unsigned int order)
{
    if (!allocate(to, order))
        return false;
    to->nr = 0;
    to->stale = from->stale;
    for (size_t i = 0; i < frames_slots(from); i++) {
        size_t at;

        if (!from->key[i] ||
            !(from->info[i].count | from->info[i].type_count | from->info[i].flags))
            continue;
        at = slot_of(to, from->key[i] - 1);
        to->key[at] = from->key[i];
        to->info[at] = from->info[i];
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
    at = slot_of(f, frame);
    return f->key[at] ? &f->info[at] : NULL;
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
    size_t at = slot_of(f, frame);

    if (!f->key[at]) {
        if (4 * (f->nr + 1) > 3 * frames_slots(f)) {
            if (!grow(f))
                return NULL;
            at = slot_of(f, frame);
        }
        f->key[at] = frame + 1;
        f->info[at] = (struct frame_info){ .count = 0 };
        f->nr++;
    }
    return &f->info[at];
}

const struct frame_info *frames_at(const struct frames *f, size_t i, uint64_t *frame)
{
    *frame = f->key[i] - 1;
    return f->key[i] ? &f->info[i] : NULL;
}
