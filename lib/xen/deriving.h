/* deriving.h - a machine that is being made out from tables; see derive.c. */
#ifndef XENPT_XEN_DERIVING_H
#define XENPT_XEN_DERIVING_H

#include "xenpt/derive.h"
#include "xenpt/scan.h"

/* Ranges of pages, in the order of their addresses. */
struct ranges {
    struct xenpt_range *range;
    size_t nr, max;
    bool no_memory;
};

struct deriving {
    const struct xenpt_view *view;
    const struct xenpt_layout *layout;
    const struct xenpt_root *root; /* All that were found. */
    size_t nr_roots;
    const struct xenpt_context *idle; /* What all roots share, as this one has it. */
    struct xenpt_machine_desc *desc;
    /* Backing of what the description points to. */
    struct xenpt_ram_range *ram;
    uint64_t *stacks;
    struct xenpt_domain_desc *domains;
    char (*names)[XENPT_DOMAIN_MAX];
    char *options;
    size_t options_size;
    struct xenpt_inference **inferred;
    size_t *nr_inferred;
    const struct xenpt_context **xpti; /* XPTI roots, by CPU... */
    size_t nr_xpti;                    /* ...and how many. */
    bool amd;                          /* The processor is AMD's. */
    struct xenpt_error *err;
};

/* Notes an inference; there is room. */
__attribute__((format(printf, 4, 5))) void infer(struct deriving *d, const char *what,
                                                 const char *value, const char *from, ...);
#define INFERENCES_MAX 64

/* Pages that a context maps from first to last; neighbours of one kind are one range. */
enum xenpt_code pages_of(const struct deriving *d, const struct xenpt_context *context,
                         uint64_t first, uint64_t last, bool holes, struct ranges *ret);
bool maps_any_page(const struct deriving *d, const struct xenpt_context *context, uint64_t first,
                   uint64_t last);

bool range_writable(const struct xenpt_range *r);
bool range_executable(const struct xenpt_range *r);
static inline uint64_t range_size(const struct xenpt_range *r)
{
    return r->last - r->first + 1;
}

/* Whether a root is of this kind. */
bool root_is(const struct xenpt_root *root, enum xenpt_root_kind kind);

/* derive_ram.c */
const struct xenpt_area *derived_ram_area(const struct deriving *d);
enum xenpt_code derive_ram(struct deriving *d);
enum xenpt_code derive_image(struct deriving *d);
/* derive_cpus.c: the size of a stack, and of the hole in RAM where its guards are, or 0. */
uint64_t derived_stack_size(const struct deriving *d);
uint64_t derived_guard_hole(const struct deriving *d);
enum xenpt_code derive_cpus(struct deriving *d);
enum xenpt_code derive_host(struct deriving *d);
enum xenpt_code derive_domains(struct deriving *d);
/* Memory of those that have a second stage. */
enum xenpt_code derive_p2m(struct deriving *d);
/* Whether second stages are nested paging of AMD's. */
bool derived_amd(const struct deriving *d);
/* Whether some second stage is that of a domain which Xen built: it has the host's own devices. */
bool derived_pvh_dom0(const struct deriving *d);
/* The word of the command line, and a blank, that EPT looks like, or ""; and which release. */
const char *derived_ept(struct deriving *d);

#endif
