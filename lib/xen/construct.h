/* construct.h - what a domain has besides memory and tables: shared pages, event channels, grants.
 */
#ifndef XENPT_XEN_CONSTRUCT_H
#define XENPT_XEN_CONSTRUCT_H

#include "xen/abi.h"

/* Of one domain. */
struct construction {
    struct xenpt_special_frames *frames;
    size_t nr_frames;
    struct xenpt_event_channel *channels;
    size_t nr_channels;
    struct xenpt_grant *grants;
    size_t nr_grants;
    struct xenpt_hvm_param *params;
    size_t nr_params;
};

/* Where a builder put what a PV guest starts with: guest frames, and the address of frame 0. */
struct pv_places {
    uint64_t base;
    uint64_t list, start_info, rings; /* Rings: the xenstore's, then the console's; 0: none. */
    uint64_t pt_first, nr_pt;
    uint64_t end; /* Guest frames that the builder maps. */
};

struct domain;

/* Frames of Xen's that are there before the domain has any memory. */
enum xenpt_code construct_begin(struct xenpt_machine *m, struct domain *d, struct xenpt_error *err);
/* All else, when the domain has its memory and its tables. */
enum xenpt_code construct_end(struct xenpt_machine *m, struct domain *d, struct xenpt_error *err);
enum xenpt_code construct_pv(struct xenpt_machine *m, struct domain *d, struct xenpt_error *err);
enum xenpt_code construct_hvm(struct xenpt_machine *m, struct domain *d, struct xenpt_error *err);

/* Pages of an HVM or PVH guest at fixed places. */
struct hvm_special {
    enum xenpt_special special;
    uint64_t first, nr; /* Guest frames. */
    unsigned int types; /* Bit t: of enum xenpt_domain_type. */
    unsigned int since; /* Xen 4.x. */
    uint32_t param;     /* The parameter that says where; 0: none. */
    const char *name;   /* Of the parameter. */
};

/* Row i; NULL behind the last. */
const struct hvm_special *hvm_special(size_t i);
bool hvm_has_special(const struct xenpt_machine *m, const struct domain *d,
                     const struct hvm_special *s);
/* hvm.c: the guest frame from which on there is no RAM, up to 4 GiB. */
uint64_t hvm_mmio_first(const struct domain *d);

/* Guest frames that lists of lists of a PV guest's frames will take. */
uint64_t construct_pv_lists(const struct xenpt_machine *m, const struct domain *d);

void construction_free(struct construction *c);

/* --- Parts for both kinds ------------------------------------------------------------------ */

enum xenpt_code add_frames(struct domain *d, struct xenpt_special_frames f,
                           struct xenpt_error *err);
enum xenpt_code add_param(struct domain *d, struct xenpt_hvm_param p, struct xenpt_error *err);
/* Frames of this kind, the first of them, or NULL. */
const struct xenpt_special_frames *frames_of(const struct domain *d, enum xenpt_special special);
/* The port of the channel that is for this, or 0. */
uint32_t port_of(const struct domain *d, const char *use);
/* A structure being filled, in a page that is to be. */
struct filling {
    const struct xenpt_machine *m;
    uint8_t *page;
    uint64_t at; /* In it. */
    const struct xenpt_abi_struct *s;
    enum xenpt_abi_form form;
};

/* Writes a member, unless this release has it not. */
void set_member(struct filling *f, const char *name, uint64_t value);
/* The same of bytes, which need not be all of it. */
void set_bytes(struct filling *f, const char *name, const void *bytes, size_t n);
/* What was filled is what is in a frame. */
enum xenpt_code page_filled(struct xenpt_machine *m, uint64_t mfn, const uint8_t *page,
                            struct xenpt_error *err);

#endif
