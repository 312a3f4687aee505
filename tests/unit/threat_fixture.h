/* threat_fixture.h - a machine with domains of each kind, and what some of them reach. */
#ifndef XENPT_TEST_THREAT_FIXTURE_H
#define XENPT_TEST_THREAT_FIXTURE_H

#include "grant_fixture.h"
#include "xenpt/threat.h"

/* d0 is dom0; d1 is pv64, d2 pv32, d3 PVH, d4 HVM. */
#define THREAT_DOMAINS                                                                             \
    "domains:\n"                                                                                   \
    "  d0: { type: pv64, memory: 16M, privileged: yes }\n"                                         \
    "  d1: { type: pv64, memory: 16M }\n"                                                          \
    "  d2: { type: pv32, memory: 16M }\n"                                                          \
    "  d3: { type: pvh, memory: 16M }\n"                                                           \
    "  d4: { type: hvm, memory: 16M }\n"                                                           \
    "running: { cpu0: d0.v0.kernel, cpu1: d1.v0.kernel, cpu2: d2.v0.kernel }\n"
/* A Xen that nobody can replace, so that what is left are rules for memory. */
#define THREAT_MACHINE                                                                             \
    PV_HOST "xen: { release: \"4.17\", pv32: yes, livepatch: no, kexec: no }\n" THREAT_DOMAINS

/* Frames of the machine that tests ask about. */
enum place {
    AT_D0,     /* A page of d0's that nothing is in. */
    AT_D1,     /* Likewise of d1... */
    AT_D1_L4,  /* ...the root of its kernel... */
    AT_D1_L1,  /* ...its first L1... */
    AT_SHARED, /* ...its shared_info... */
    AT_GRANTS, /* ...and its grant table. */
    AT_D2,     /* Of d2... */
    AT_D2_L3,  /* ...and its root. */
    AT_D3,     /* A page of d3's. */
    AT_D4,     /* A page of d4's. */
    AT_IMAGE,  /* Xen's text. */
    AT_HEAP,   /* A table of Xen's own. */
    AT_M2P,
    AT_FREE,
    AT_MMIO,
    AT_MMCFG,
};
uint64_t place(enum place where);

/* What "d0.kernel d1" reach; it is kept until the next, or the end. */
struct xenpt_threat *threat_of(const char *who, const struct xenpt_threat_options *opt);
void threat_end(void);
/* Rights to a frame: "rwxet" with - for what is not. */
const char *reach_of(const struct xenpt_threat *t, uint64_t frame);
/* Fails the test, and says by which way, if they are others. */
void reaches(const struct xenpt_threat *t, uint64_t frame, const char *rights);
/* The moves of the shortest way: "set-context map-own"; "": there is none. */
const char *way_of(const struct xenpt_threat *t, uint64_t frame, enum xenpt_threat_right right);

#endif
