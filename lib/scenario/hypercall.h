/* hypercall.h - hypercalls that steps make: under which rules, by whom, and what came of the last.
 */
#ifndef XENPT_SCENARIO_HYPERCALL_H
#define XENPT_SCENARIO_HYPERCALL_H

#include "scenario/verb.h"
#include "scenario/world.h"
#include "xenpt/pv.h"

/* Reads the key `rules` of a scenario. */
/* False: no memory; mistakes are noted. */
bool rules_read(struct scope *s, const struct node *node, struct xenpt_rules_wanted *ret);

/* Those of a scenario, as it has them. */
struct xenpt_pv_rules rules_now(const struct world *w);

/* A hypercall while a step makes it. */
struct frames;
struct calling {
    struct world *w;
    struct frames *before; /* What Xen knew of frames; NULL: nothing, or it is not told. */
    struct xenpt_pv_rules rules;
    struct xenpt_pv_caller caller;
    struct xenpt_pv_result r;
    bool lost;          /* A flush could not be made: the world's problem says why. */
    size_t first_flush; /* Of those of the call, or of the multicall that it is in. */
    /* meanwhile.c: */
    const struct interleaving *with;
    uint64_t of;
    bool met;
    size_t dropped;            /* Flushes that CPUs have dropped already. */
    struct xenpt_error inside; /* Why a step inside of it cannot be done. */
};

/* Has a vCPU be in its kernel on a CPU; false: the world's problem says why not. */
bool call_begin(struct world *w, const struct expr *vcpu, struct calling *ret);
/* What Xen does for one that is where it has to be, as by a fault. */
void call_of(struct world *w, const struct who *who, struct calling *ret);
/* Where in the guest's memory it has what it is given, if the step says so. */
bool call_argument(struct calling *c, const struct expr *argument);
#define ARGUMENT_ROW(s)                                                                            \
    {                                                                                              \
        .key = "argument", KIND_ROW(kind_address, s, argument),                                    \
        .text = "The address in the guest's memory where it has what the hypercall is given: the " \
                "array of requests, or the structure. What is there is not looked at; but if Xen " \
                "cannot read it there, it refuses. Without this it is somewhere."                  \
    }
/* Right before it is made: after this it has to be ended. */
bool call_go(struct calling *c);
/* What came of it, and what CPUs drop; false: it could not be made, as `made` says. */
bool call_end(struct calling *c, bool made, const char **said);

/* step_grant.c: of a domain with physical memory of its own, what CPUs remember of its second stage
 * goes. */
void flush_second(struct world *w, uint32_t domain);

/* --- requests.c ---------------------------------------------------------------------------- */

/* A number, or what it is without. */
bool number_or(struct world *w, const struct expr *e, uint64_t usual, uint64_t *ret);
/* The number of a domain that a request names. */
bool domain_or(struct world *w, const struct expr *e, uint32_t usual, uint32_t *ret);

/* What a step asks for in one hypercall: in the step itself, or in its key `requests`. */
#define REQUESTS_MAX 512
struct requests {
    void *first; /* Of the record's size each. */
    size_t nr;
};

/* one: what the step itself has been read into.  False: mistakes are noted. */
bool requests_read(struct scope *s, const struct node *step, const struct record *record,
                   void (*examine)(struct scope *s, const struct node *node, const void *request),
                   void *one, struct requests *ret);

#endif
