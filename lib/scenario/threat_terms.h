/* threat_terms.h - who is compromised, what is taken for granted, and what frames they reach: of an
 * expectation, and of the blocks of the key `threat`. */
#ifndef XENPT_SCENARIO_THREAT_TERMS_H
#define XENPT_SCENARIO_THREAT_TERMS_H

#include "scenario/threat_kinds.h"
#include "threat/options.h"

/* --- Who ----------------------------------------------------------------------------------- */

struct threat_terms {
    struct name_list who, devices, stubs, without;
    uint32_t iommu, qemu;
};

extern const struct words threat_iommu_choice, threat_qemu_choice;
#define THREAT_TERM_ROWS(s)                                                                        \
    { .key = "iommu",                                                                              \
      .type = ROW_ONE,                                                                             \
      ROW_AT(s, terms.iommu),                                                                      \
      .words = &threat_iommu_choice,                                                               \
      .text = "What is between devices and memory; what the host has without it." },               \
        { .key = "qemu",                                                                           \
          .type = ROW_ONE,                                                                         \
          ROW_AT(s, terms.qemu),                                                                   \
          .words = &threat_qemu_choice,                                                            \
          .text = "What a device model is; root without it." },                                    \
        { .key = "devices",                                                                        \
          KIND_ROW(kind_domains_named, s, terms.devices),                                          \
          .text = "Domains with a device of their own, besides dom0 and those that the host has "  \
                  "devices of." },                                                                 \
        { .key = "stub-domains",                                                                   \
          KIND_ROW(kind_stubs, s, terms.stubs),                                                    \
          .text = "Domains that are device models of others: d3=d2." },                            \
    {                                                                                              \
        .key = "without", KIND_ROW(kind_moves, s, terms.without),                                  \
        .text = "Moves that nobody makes: a Xen that has them not."                                \
    }

/* NULL: the world's problem says why. */
struct xenpt_threat *threat_work_out(struct world *w, const struct threat_terms *given);
bool threat_parties_of(struct world *w, const struct name_list *names, struct xenpt_party *ret);
/* Terms without domains that are not there now; false: nobody of those who are compromised is. */
bool threat_terms_there(const struct world *w, const struct threat_terms *terms,
                        struct threat_terms *ret);

/* --- Frames -------------------------------------------------------------------------------- */

enum threat_except { EXCEPT_NONE, EXCEPT_GRANTED };
extern const struct words threat_except_choice;

/* What is asked about. */
struct threat_asked {
    uint64_t first, last;
    bool of_domain;
    uint32_t domain;
    unsigned int what; /* A bit each. */
    bool no_granted;
};

/* What was found of it. */
struct threat_found {
    uint64_t with, without;       /* Frames that some of the rights are had of, and that not. */
    uint64_t first, first_lacked; /* The lowest of each. */
    unsigned int rights;          /* Of the first. */
};

/* to: NULL: all frames; what: 0: all, of a domain its memory.  False: a problem. */
bool threat_asked_of(struct world *w, const struct expr *to, unsigned int what,
                     struct threat_asked *ret);
/* all: every one of the rights has to be had of a frame; else some. */
struct threat_found threat_find(const struct xenpt_threat *t, const struct threat_asked *q,
                                unsigned int rights, bool all);

/* "read+write" */
const char *threat_rights_text(struct world *w, unsigned int rights);
const char *threat_way_text(struct world *w, const struct xenpt_threat *t,
                            const struct xenpt_threat_way *way);
/* The way to the lowest frame; NULL: there is none. */
const char *threat_first_way(struct world *w, const struct xenpt_threat *t,
                             const struct threat_found *f);
/* How many frames are reached, and that way; NULL: none is. */
const char *threat_first_found(struct world *w, const struct xenpt_threat *t,
                               const struct threat_found *f);
enum xenpt_threat_right threat_first_right(unsigned int rights);

#endif
