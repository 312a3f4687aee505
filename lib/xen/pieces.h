/* pieces.h - whose machine memory is, laid over one another. */
#ifndef XENPT_XEN_PIECES_H
#define XENPT_XEN_PIECES_H

#include "xenpt/view.h"

/* Pieces of memory; in order and apart after pieces_sort(). */
struct pieces {
    struct xenpt_owned *list;
    size_t nr, max;
    bool no_memory;
};

/* Adds one. */
void pieces_add(struct pieces *p, uint64_t first, uint64_t last, uint32_t owner);
/* Puts pieces of one owner in order, and joins those that touch or overlap. */
void pieces_sort(struct pieces *p);

/* Whose a piece is that was `below`'s and is `above`'s; below: UINT32_MAX, it was no piece. */
typedef uint32_t (*pieces_fn)(uint32_t below, uint32_t above);

/* Lays sorted pieces over sorted ones, and takes their memory. */
void pieces_lay(struct pieces *below, struct pieces *above, pieces_fn fn);
void pieces_free(struct pieces *p);

#endif
