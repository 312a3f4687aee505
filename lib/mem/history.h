/*
 * history.h - what frames contained when snapshots were taken, where that is not what they
 * contain now.
 *
 * A version belongs to the snapshot that was the newest when the frame changed, and holds
 * what was there until then; it speaks for older snapshots too, down to the next one that has
 * a version of its own.  The versions of a frame hang together, the newest first:
 *
 *     frame 0x1234   now <- [of snapshot 7: place 81] <- [of snapshot 3: no content]
 *
 * so snapshots 4 to 7 read place 81, snapshots 1 to 3 read zeros, and 8 what is there now.
 */
#ifndef XENPT_MEM_HISTORY_H
#define XENPT_MEM_HISTORY_H

#include "mem/ids.h"

struct version {
    uint64_t frame;
    uint64_t era;   /* The number of the snapshot that it belongs to. */
    uint32_t place; /* In the pool; NOWHERE: the frame had no content. */
    uint32_t older; /* The frame's next version; NOWHERE: none.  And of unused ones. */
    uint32_t next;  /* The snapshot's next version; NOWHERE: none. */
};

struct history {
    struct version *version;
    uint32_t nr, max; /* Made use of so far, and in memory. */
    uint32_t unused;  /* A version that is not in use; NOWHERE: none. */
    uint32_t count;   /* Versions in use. */
    struct ids newest;
};

/* False: no memory. */
bool history_init(struct history *ret);
void history_fini(struct history *h);

/* Makes room for so many versions in all.  False: no memory, nothing changed. */
bool history_reserve(struct history *h, uint64_t room);

/* What the frame contained in this era, or NULL: what it contains now. */
const struct version *history_find(const struct history *h, uint64_t frame, uint64_t era);

/* Adds a frame's newest version, in front of a snapshot's list.  There is room. */
uint32_t history_add(struct history *h, struct version v, uint32_t *list);
/* Removes a version, which no list holds any more. */
void history_remove(struct history *h, uint32_t id);

uint64_t history_bytes(const struct history *h);

#endif
