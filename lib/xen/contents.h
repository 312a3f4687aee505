/*
 * contents.h - what is in frames that the store holds nothing of: it is worked out when it is read,
 * through whatever door, and stored as soon as somebody writes to the frame.
 */
#ifndef XENPT_XEN_CONTENTS_H
#define XENPT_XEN_CONTENTS_H

#include "mem/ids.h"
#include "mem/source.h"
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
    size_t first, nr;    /* The other way: whose frames, in lists.listed; nr 0: M2P. */
};

/* Words of 8 bytes in a row, each larger by the same than the one before. */
struct row_of_words {
    uint64_t first, step;
    uint16_t at, nr; /* Words. */
};

/* A page of little content: zeros, but for these words. */
struct small_page {
    uint64_t frame;
    size_t first, nr; /* In lists.words. */
};

/* A machine and its snapshots have the same ones, until one of them changes them. */
struct lists {
    size_t users;
    struct owned *owned;
    size_t nr_owned, max_owned;
    struct owned *listed; /* Of each PV guest, ascending by its own count. */
    size_t nr_listed;
    struct piece *pieces; /* In order of their addresses. */
    size_t nr_pieces;
    struct small_page *pages;
    size_t nr_pages;
    struct row_of_words *words;
    size_t nr_words;
    struct ids by_frame; /* Small pages. */
};

struct contents {
    struct store_source source;
    struct lists *lists;
};

/* Of a machine's store, which asks it from now on. */
enum xenpt_code contents_init(struct contents *c, struct xenpt_store *store,
                              struct xenpt_error *err);
void contents_fini(struct contents *c);

/* NULL: no memory. */
struct lists *lists_new(void);
/* What there is now, for a snapshot to keep; and to be given up again. */
struct lists *contents_share(const struct contents *c);
void lists_release(struct lists *lists);
/* The number of the first piece that ends behind an address. */
size_t lists_piece(const struct lists *l, uint64_t at);

enum xenpt_code contents_own(struct contents *c, struct owned o, struct xenpt_error *err);
/* Frames of a PV guest, in order, which pieces of its list name. */
enum xenpt_code contents_list(struct contents *c, struct owned o, struct xenpt_error *err);
enum xenpt_code contents_piece(struct contents *c, struct piece p, struct xenpt_error *err);
/* What is in a frame, of which there is nothing yet. */
enum xenpt_code contents_page(struct contents *c, uint64_t frame, const void *page,
                              struct xenpt_error *err);
/* Frames are no domain's any more, and what was computed in them is gone. */
enum xenpt_code contents_disown(struct contents *c, uint64_t first, uint64_t nr,
                                struct xenpt_error *err);
/* Room so that so many calls of the following two, and of the one before, need no memory. */
enum xenpt_code contents_reserve(struct contents *c, size_t nr, struct xenpt_error *err);
/* The machine-to-physical table says this of a frame from now on. */
enum xenpt_code contents_rename(struct contents *c, uint64_t mfn, uint64_t gfn,
                                struct xenpt_error *err);
/* The same of frames in a row. */
enum xenpt_code contents_rename_run(struct contents *c, struct owned o, struct xenpt_error *err);
/* What its domain calls a frame, or all ones. */
uint64_t contents_gfn(const struct contents *c, uint64_t frame);
/* After frames got owners: from now on M2P can be read. */
void contents_open(struct contents *c);
/* Bytes of host memory. */
uint64_t contents_bytes(const struct contents *c);

#endif
