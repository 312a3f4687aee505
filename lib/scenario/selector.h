/*
 * selector.h - who is meant, where more than one can be:
 *
 *     d1.v0.user        [d1.v0.user, every xen context of d2]        every pv64 user context of d1
 *     any context       no context but xen                every vcpu but d0
 */
#ifndef XENPT_SCENARIO_SELECTOR_H
#define XENPT_SCENARIO_SELECTOR_H

#include "scenario/world.h"

enum quantifier {
    QUANT_THESE, /* By name: for each of them. */
    QUANT_EVERY,
    QUANT_ANY,
    QUANT_NO,
};

/* A word that narrows; 0: it does not narrow by that. */
struct filter {
    unsigned int types; /* Bit t: of domains of enum xenpt_domain_type t. */
    unsigned int kinds; /* Bit k: contexts of that kind. */
};

enum context_kind {
    KIND_USER,
    KIND_KERNEL,
    KIND_GUEST,
    KIND_XEN,
    KIND_XPTI,
    KIND_IDLE,
    KIND_P2M,
    KIND_DEVICE,
};

struct exclusion {
    struct filter filter;
    const struct expr *e; /* Or NULL. */
};

#define SELECTOR_LIST_MAX 16

struct selector {
    enum quantifier quant;
    enum value_type type; /* CONTEXT, VCPU or DOMAIN. */
    struct filter filter;
    const struct expr *list[SELECTOR_LIST_MAX]; /* THESE; else those that they are of, if any. */
    const struct selector *each[SELECTOR_LIST_MAX]; /* THESE: what stands for several, instead. */
    size_t nr_list;
    struct exclusion but[SELECTOR_LIST_MAX];
    size_t nr_but;
    const char *text;
};

struct filter_word {
    struct xenpt_word word;
    struct filter filter;
};
extern const struct filter_word filter_words[];
extern const size_t nr_filter_words;

/* Of whom NR_VALUE_TYPES is wanted, whoever it is.  NULL: a mistake was noted. */
const struct selector *selector_parse(struct scope *s, const struct node *node,
                                      enum value_type want);

/* Calls fn for each that is meant, until it returns false; false: it did, or there is a problem. */
bool selector_each(struct world *w, const struct selector *sel,
                   bool (*fn)(struct world *w, const struct value *v, void *ctx), void *ctx);

#endif
