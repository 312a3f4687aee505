/* sharing_fixture.h - domains of pv_tree.h have event channels, ask the xenstore and acquire
 * resources. */
#ifndef XENPT_TEST_SHARING_FIXTURE_H
#define XENPT_TEST_SHARING_FIXTURE_H

#include "grant_fixture.h"
#include "xenpt/event.h"
#include "xenpt/foreign.h"
#include "xenpt/xenstore.h"

/* Of the last port or server that was made; of the last answer. */
extern uint32_t port, server;
extern struct xenpt_xenstore_answer answer;
extern struct xenpt_event_channel channel;

/* Hypercalls of a domain's first vCPU: the name of the error, or "ok". */
const char *event_alloc(uint32_t d, uint32_t of, uint32_t to);
const char *event_connect(uint32_t d, uint32_t to, uint32_t remote);
const char *event_virq(uint32_t d, uint32_t virq, uint32_t vcpu);
const char *event_ipi(uint32_t d, uint32_t vcpu);
const char *event_send(uint32_t d, uint32_t which);
const char *event_close(uint32_t d, uint32_t which);
const char *event_status(uint32_t d, uint32_t of, uint32_t which);
const char *acquire(uint32_t d, struct xenpt_resource r, uint64_t *frames, size_t nr);
const char *ioreq(uint32_t d, enum xenpt_ioreq_op what, uint32_t of, uint32_t id, uint32_t arg);

/* The machine's own rows are those of p.rules from now on. */
void own_rules_follow(void);
/* d1's ring and port are connected, and it is introduced. */
void connect_store(void);
/* A domain asks: the name of the error, which p.r has as well. */
const char *ask_store(uint32_t d, enum xenpt_xenstore_op op, const char *path, const char *value);
/* A port as it is, and its bits. */
struct xenpt_event_channel port_is(uint32_t d, uint32_t which);
struct xenpt_event_bits bits_of(uint32_t d, uint32_t which);
/* The machine address of the L1 entry of page i of a PV domain's kernel. */
uint64_t pte_of(uint32_t d, uint64_t i);
/* Mappings of a domain's memory. */
struct xenpt_foreign_count foreign(uint32_t d);

#endif
