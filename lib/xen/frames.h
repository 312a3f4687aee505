/*
 * frames.h - what Xen knows of frames besides whose they are: how often each is referred to, and
 * as what; asm/mm.h, struct page_info.
 *
 * Only frames that are more than some domain's memory are in it, so that its cost is that of what
 * guests do.  The rules for it are in lib/pv; here it is kept, copied and forgotten.
 */
#ifndef XENPT_XEN_FRAMES_H
#define XENPT_XEN_FRAMES_H

#include "xenpt/error.h"

enum frame_type {
    FRAME_NONE,
    FRAME_L1, /* So numbered: the type of a table is its level. */
    FRAME_L2,
    FRAME_L3,
    FRAME_L4,
    FRAME_SEG_DESC,
    FRAME_SHARED,
    FRAME_WRITABLE,
    NR_FRAME_TYPES,
};

/* Flags of a frame. */
#define FRAME_PINNED       1u
#define FRAME_VALIDATED    2u
#define FRAME_PARTIAL      4u
#define FRAME_LOCKED       8u
#define FRAME_PAE_XEN_L2   16u
#define FRAME_NON_COHERENT 32u
/* That it is allocated is no reference any more: it is free when nothing refers to it. */
#define FRAME_DROPPED      64u
/* Free, and was a domain's: TLBs may have it, as of its stamp. */
#define FRAME_STALE        128u
/* Partial: the entry that is next has a table that is partial, and a reference to that. */
#define FRAME_ENTRY_SET    256u
#define FRAME_ENTRY_HELD   512u
#define FRAME_ENTRY        (FRAME_ENTRY_SET | FRAME_ENTRY_HELD)

struct frame_info {
    uint64_t count;      /* General references; that it is allocated is one. */
    uint64_t type_count; /* References as what its type says. */
    int32_t linear;      /* Linear entries that it has; negative: that lead to it. */
    uint32_t stamp;      /* When its type was given up last: a moment of struct frames. */
    uint16_t validated;  /* Partial: entries that are validated. */
    uint8_t type;
    uint16_t flags;
};

/* Frames that lie side by side are: tables and pages of one domain mostly do. */
#define FRAMES_GROUP 8u

struct frames {
    unsigned int holders;    /* The machine and its snapshots: one that is shared is not changed. */
    uint64_t *key;           /* Number of a group + 1; 0: free. */
    struct frame_info *info; /* Of all frames of a group, group after group. */
    size_t nr;               /* Groups. */
    unsigned int order;      /* Of how many there is room for. */
    bool stale;              /* Some domain is gone: counts are to be taken anew. */
};

/* NULL: no memory. */
struct frames *frames_create(void);
/* One holder more, or less. */
struct frames *frames_hold(struct frames *f);
void frames_drop(struct frames *f);
/* One that nobody else holds; false: no memory, and nothing changed. */
bool frames_own(struct frames **f);
/* NULL: nothing is known of it. */
const struct frame_info *frames_find(const struct frames *f, uint64_t frame);
/* The same to be changed, all zero if it was not there; good until the next one is asked for.  The
 * table is to be owned.  NULL: no memory. */
struct frame_info *frames_edit(struct frames *f, uint64_t frame);
/* Entries in any order, i from 0 below frames_slots(); NULL: a gap. */
static inline size_t frames_slots(const struct frames *f)
{
    return f ? (size_t)FRAMES_GROUP << f->order : 0;
}
const struct frame_info *frames_at(const struct frames *f, size_t i, uint64_t *frame);

#endif
