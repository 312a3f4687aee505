/* frame_map.h - frames that correspond one to one, and numbers by address. */
#ifndef XENPT_ANALYSIS_FRAME_MAP_H
#define XENPT_ANALYSIS_FRAME_MAP_H

#include "xenpt/types.h"

/*
 * Of 16 frames in a row, those that correspond to frames which are as far away.  Allocators give
 * frames in rows, so that one of these mostly says it of all 16; frames that lie otherwise have
 * one each.
 */
struct frame_group {
    uint64_t frames; /* The address of the first, and a bit for each; 0: nothing. */
    uint64_t apart;  /* What is added to an address. */
};

struct frame_groups {
    struct frame_group *slot;
    size_t nr;
    unsigned int order; /* 2^order slots, at most half of them taken; 0: none yet. */
};

/* From a frame of the model to that of the image, and back. */
struct frame_map {
    struct frame_groups there, back;
};

void frame_map_fini(struct frame_map *map);

enum frame_match {
    FRAME_NEW,   /* Neither was met before: now they correspond. */
    FRAME_SAME,  /* They correspond. */
    FRAME_OTHER, /* One of them corresponds to another. */
    FRAME_NO_MEMORY,
};

/* Whether frames at `a` and `b` correspond, and that they do from now on if they may. */
enum frame_match frame_map_match(struct frame_map *map, uint64_t a, uint64_t b);

/* What corresponds to `a`; false: nothing yet. */
bool frame_map_find(const struct frame_map *map, uint64_t a, uint64_t *ret);

struct frame_half {
    uint64_t *slot; /* Pairs: a key and its value; a key is never 0. */
    size_t nr;
    unsigned int order; /* As of frame_groups. */
};

/* The value of a key, which is new if *fresh.  NULL: no memory. */
uint64_t *frame_half_at(struct frame_half *half, uint64_t a, bool *fresh);

/* The same of one that is there, or NULL. */
const uint64_t *frame_half_find(const struct frame_half *half, uint64_t a);

/* A set, for what has been followed.  False: no memory.  *fresh: it was not in it. */
bool frame_set_add(struct frame_half *set, uint64_t a, bool *fresh);

#endif
