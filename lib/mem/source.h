/* source.h - what a store holds nothing of, and has all the same. */
#ifndef XENPT_MEM_SOURCE_H
#define XENPT_MEM_SOURCE_H

#include "xenpt/mem.h"

/*
 * Content that is worked out when it is read, of frames that have none stored.  No look finds such
 * a frame, so that every way to memory ends here; what is written to one is stored, all of it.
 */
struct store_source {
    bool (*has)(const struct store_source *self, uint64_t frame);
    /* Reads of a frame that it has, and not over its end. */
    void (*read)(const struct store_source *self, uint64_t at, void *buf, size_t n);
    /* Frame i of those that count as having content; STORE_NO_FRAME: there are no more. */
    uint64_t (*small)(const struct store_source *self, size_t i);
};

#define STORE_NO_FRAME UINT64_MAX

/* The store asks it from now on.  Borrowed. */
void store_ask(struct xenpt_store *store, const struct store_source *source);

#endif
