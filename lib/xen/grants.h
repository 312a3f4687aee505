/*
 * grants.h - what Xen knows of grants: of each domain which of its entries are in use, by whom and
 * how often, and which entries of others it maps itself; common/grant_table.c, struct grant_table.
 *
 * What a guest says, its shared table, is in memory (grants_table.c says where).  Here is what Xen
 * believes.  The rules are in lib/pv; this is kept, copied with snapshots and forgotten.
 */
#ifndef XENPT_XEN_GRANTS_H
#define XENPT_XEN_GRANTS_H

#include "xen/internal.h"

/* Four counters of a byte each. */
#define PIN_HOST_RW       UINT64_C(0x1)
#define PIN_HOST_RO       UINT64_C(0x100)
#define PIN_DEVICE_RW     UINT64_C(0x10000)
#define PIN_DEVICE_RO     UINT64_C(0x1000000)
#define PIN_WRITES        UINT64_C(0x00ff00ff)
#define PIN_NEARLY_FULL   UINT64_C(0x80808080)
#define PIN_COUNT(pin, c) ((unsigned int)((pin) / (c)&0xff))

/* An entry of a domain's that is in use; words, as requests note what they change by words. */
struct grant_active {
    uint64_t pin;    /* 0: it is not. */
    uint64_t domain; /* Who may... */
    uint64_t frame;  /* ...do what it does with this one of the machine's... */
    uint64_t sub_page, start, length;
    uint64_t from_domain, from_ref; /* ...which this entry gives; transitive: that of another. */
};

/* A mapping that a domain has of another's entry; its place in the list is its handle. */
struct grant_mapping {
    uint64_t flags; /* As it was asked for; 0: it is free. */
    uint64_t domain;
    uint64_t ref;  /* Free: the next that is, or MAPPING_TAIL. */
    uint64_t vcpu; /* Whose list it is in when it is free. */
};

#define MAPPING_TAIL      UINT32_MAX
#define MAPPINGS_PER_PAGE 256u /* Of 16 bytes. */

struct grant_free {
    uint64_t head, tail; /* Of free mappings: the last is kept, so that another can follow it. */
};

struct grants {
    uint64_t version;
    uint64_t max_frames, max_mapping_frames;
    struct grant_active *active;
    size_t nr_active; /* Those behind are not in use. */
    struct grant_mapping *mappings;
    size_t max_mappings; /* There is room for. */
    uint64_t nr_mappings;
    struct grant_free *free; /* Of each vCPU. */
    size_t nr_free;
};

/* --- grants.c ------------------------------------------------------------------------------ */

/* How many frames a domain's table may have, and what it maps, as Xen's command line says. */
void grants_limit(const struct xenpt_machine *m, struct domain *d);
/* A domain's; NULL: no memory. */
struct grants *grants_of(struct domain *d);
/* Room for what is known of an entry, and for a page of mappings more; false: no memory.
 * Pointers into either are good until the next call. */
bool grants_room(struct grants *g, uint64_t ref);
bool grants_room_for_mappings(struct grants *g);
/* An entry that is in use, or NULL. */
const struct grant_active *grants_active(const struct domain *d, uint64_t ref);
void grants_free(struct grants *g);
/* False: no memory. */
bool grants_copy(const struct grants *from, struct grants **ret);

/* References that are in no page table: of devices, and of guests whose memory is mapped by a p2m.
 */
typedef void (*grants_refer_fn)(void *ctx, uint64_t frame, bool writable);
/* only: a domain whose mappings are meant; NULL: all. */
void grants_each(const struct xenpt_machine *m, const struct domain *only, grants_refer_fn fn,
                 void *ctx);
/* Whether Xen takes a mapping with RW for one that writes: of frames of HVM guests, only their own.
 */
bool grants_count_writes(const struct domain *mapper, const struct domain *owner);
/* Whether a domain, by its name, has a frame of another's by a grant. */
bool grants_allow(const struct xenpt_machine *m, const char *domain, uint64_t frame);
/* A domain goes: what it mapped is not any more, nor what others mapped of it. */
enum xenpt_code grants_forget(struct xenpt_machine *m, struct domain *d, struct xenpt_error *err);

/* --- grants_table.c ------------------------------------------------------------------------ */

#define ENTRIES_V1      512u
#define ENTRIES_V2      256u
#define STATUS_PER_PAGE 2048u
#define RESERVED_REFS   8u /* public/grant_table.h, GNTTAB_NR_RESERVED_ENTRIES. */

/* Frames of the table, and of what it has besides. */
uint64_t grants_nr_frames(const struct domain *d, enum xenpt_special special);
/* Number i of them, or NO_TABLE. */
uint64_t grants_frame(const struct domain *d, enum xenpt_special special, uint64_t i);
unsigned int grants_version(const struct domain *d);
uint64_t grants_nr_entries(const struct domain *d);

/* A word of memory and a place in it. */
struct grant_place {
    uint64_t frame;
    unsigned int slot, shift;
};
/* Where the entry begins; version 1: 8 bytes, 2: 16. */
struct grant_place grants_place(const struct domain *d, uint64_t ref);
/* Where Xen notes that it is read, or written: version 1: with the flags. */
struct grant_place grants_status_place(const struct domain *d, uint64_t ref);

/* The table becomes larger. */
enum xenpt_code grants_grow(struct xenpt_machine *m, uint32_t domain, uint64_t nr,
                            struct xenpt_error *err);
/* Entries become those of another version: of the first ones, what they say is kept. */
enum xenpt_code grants_convert(struct xenpt_machine *m, uint32_t domain, unsigned int version,
                               struct xenpt_error *err);

/* --- p2m_grant.c --------------------------------------------------------------------------- */

/* What an HVM or PVH guest has at a frame of its physical memory becomes another's frame. */
enum xenpt_code p2m_grant_set(struct xenpt_machine *m, struct domain *d, uint64_t gfn, uint64_t mfn,
                              bool read_only, struct xenpt_error *err);
/* Nothing is there any more. */
enum xenpt_code p2m_grant_clear(struct xenpt_machine *m, struct domain *d, uint64_t gfn,
                                struct xenpt_error *err);

#endif
