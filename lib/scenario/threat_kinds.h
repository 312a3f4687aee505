/* threat_kinds.h - lists of words that an expectation of a threat has. */
#ifndef XENPT_SCENARIO_THREAT_KINDS_H
#define XENPT_SCENARIO_THREAT_KINDS_H

#include "scenario/verb.h"

#define NAMES_MAX 16
struct name_list {
    const char *word[NAMES_MAX];
    size_t nr;
};

/* struct name_list: parties, domains, moves, "d3=d2". */
extern const struct row_kind kind_parties, kind_domains_named, kind_moves, kind_stubs;
/* The same: parties, or the name of a block of the key `threat`, alone. */
extern const struct row_kind kind_compromised;
/* unsigned int: a bit each. */
extern const struct row_kind kind_threat_rights, kind_threat_whats;

/* Frames that somebody must not reach. */
struct threat_target {
    const struct expr *to; /* NULL: of all... */
    unsigned int what;     /* ...those that are this, a bit each; 0: whatever they are. */
    const char *text;
};
struct target_list {
    struct threat_target target[NAMES_MAX];
    size_t nr;
};
extern const struct row_kind kind_threat_targets;

#endif
