/* pv_fixture.h - a PV guest of a small machine makes hypercalls. */
#ifndef XENPT_TEST_PV_FIXTURE_H
#define XENPT_TEST_PV_FIXTURE_H

#include "machine_fixture.h"
#include "xenpt/pv.h"

/* d0 and d1 are pv64, d2 is pv32, d3 an HVM guest; all run on a CPU of their own. */
struct pv_world {
    struct world w;
    struct xenpt_pv_rules rules;
    uint64_t taken[4];               /* Frames, of each domain. */
    struct xenpt_pv_flush flush[64]; /* Of the last call. */
    size_t nr_flushes;
    struct xenpt_pv_result r; /* Of the last call. */
};

#define PV_HOST                                                                                    \
    "host: { ram: 2G, cpus: 4, processor: skylake-server, mmcfg: { base: 0xe0000000 } }\n"
#define PV_DOMAINS_OF(pvh)                                                                         \
    "domains:\n"                                                                                   \
    "  d0: { type: pv64, memory: 16M, privileged: yes }\n"                                         \
    "  d1: { type: pv64, memory: 16M, vcpus: 2, linear-pt: yes, ldt: yes }\n"                      \
    "  d2: { type: pv32, memory: 16M }\n"                                                          \
    "  d3: { type: pvh, memory: 16M" pvh " }\n"                                                    \
    "running: { cpu0: d0.v0.kernel, cpu1: d1.v0.kernel, cpu2: d2.v0.kernel, cpu3: "                \
    "d1.v1.kernel }\n"
#define PV_DOMAINS      PV_DOMAINS_OF("")
#define PV_XEN(release) "xen: { release: \"" release "\", pv32: yes }\n"

/* A caller whose flushes are noted. */
struct xenpt_pv_caller pv_caller(struct pv_world *p, uint32_t d);
void pv_begin(struct pv_world *p, const char *text);
void pv_finish(struct pv_world *p);

/* Each returns the name of the error, or "ok"; what refused it is in p->r. */
const char *mmu(struct pv_world *p, uint32_t d, uint64_t ptr, uint64_t val, uint32_t foreigndom);
const char *ext(struct pv_world *p, uint32_t d, uint32_t cmd, uint64_t arg, uint64_t second,
                uint32_t foreigndom);
const char *va_map(struct pv_world *p, uint32_t d, uint64_t va, uint64_t val, uint32_t domain);
/* "" if nothing refused it. */
const char *pv_rule(const struct pv_world *p);

/* The machine's frame of a PV domain's; and a word of memory. */
uint64_t mfn_of(const struct pv_world *p, uint32_t d, uint64_t pfn);
uint64_t mem(const struct pv_world *p, uint64_t at);
/* A frame of the domain's that nothing refers to, filled with zeros. */
uint64_t fresh(struct pv_world *p, uint32_t d);
struct xenpt_frame frame_is(struct pv_world *p, uint64_t mfn);
/* Fails the test if counts are not what is live. */
void counts_hold(struct pv_world *p);
/* Of memory, registers and what is known of frames. */
uint64_t pv_fingerprint(struct pv_world *p);

#endif
