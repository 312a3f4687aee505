/* contents.h - memory whose contents are computed, and not stored: M2P, and PV guests' p2m lists.
 */
#ifndef XENPT_XEN_CONTENTS_H
#define XENPT_XEN_CONTENTS_H

#include "xenpt/machine.h"

/* Frames of a domain, in a row both as it and as the machine counts them. */
struct owned {
    uint64_t mfn, nr, gfn;
};

/* A piece of a machine-to-physical table, or of a PV guest's list the other way. */
struct piece {
    uint64_t maddr, size;
    uint64_t frame;      /* That its first entry is for. */
    uint32_t entry_size; /* 4 or 8. */
    size_t first, nr;    /* The other way: whose frames, in contents.listed; nr 0: M2P. */
};

struct contents {
    struct xenpt_reader reader;
    const struct xenpt_reader *store;
    struct owned *owned;
    size_t nr_owned;
    struct owned *listed; /* Of each PV guest, ascending by its own count. */
    size_t nr_listed;
    struct piece *pieces;
    size_t nr_pieces;
};

enum xenpt_code contents_own(struct contents *c, struct owned o, struct xenpt_error *err);
/* Frames of a PV guest, in order, which pieces of its list name. */
enum xenpt_code contents_list(struct contents *c, struct owned o, struct xenpt_error *err);
enum xenpt_code contents_piece(struct contents *c, struct piece p, struct xenpt_error *err);
/* Frames from here on are no domain's any more. */
void contents_disown(struct contents *c, uint64_t first, uint64_t nr);
/* The machine-to-physical table says this of a frame from now on. */
enum xenpt_code contents_rename(struct contents *c, uint64_t mfn, uint64_t gfn,
                                struct xenpt_error *err);
/* Lists of its own that say the same; what it had before is not freed.  False: no memory. */
bool contents_own_copy(struct contents *to, const struct contents *from);
/* What its domain calls a frame, or all ones. */
uint64_t contents_gfn(const struct contents *c, uint64_t frame);
/* Nothing more will be added: from now on it can be read. */
void contents_open(struct contents *c, const struct xenpt_reader *store);
void contents_fini(struct contents *c);

#endif
