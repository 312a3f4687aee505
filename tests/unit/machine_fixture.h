/* machine_fixture.h - a machine from a model's text, and what its memory holds. */
#ifndef XENPT_TEST_MACHINE_FIXTURE_H
#define XENPT_TEST_MACHINE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "xenpt/model.h"

#define ADDR XENPT_BITS(51, 12)
#define P    UINT64_C(1)

struct world {
    struct xenpt_model *model;
    struct xenpt_machine *machine;
    const struct xenpt_view *view;
};

/* Each fails the test that calls it if it cannot do what it is for. */
void build(struct world *w, const char *text);
void end(struct world *w);
const struct xenpt_context *context(const struct world *w, const char *name);
/* An entry of a context's root. */
uint64_t slot(const struct world *w, const char *name, unsigned int nr);
/* "0 256 258 260-262": the slots of a root that are in use. */
const char *slots(const struct world *w, const char *name, char buf[512]);
/* What an address of a context is granted, and where it leads; 0, 0: it is not mapped. */
unsigned int rights(const struct world *w, const char *name, uint64_t in, uint64_t *out);
/* What a virtual address of a context holds. */
uint64_t word_at(const struct world *w, const char *name, uint64_t in, size_t size);

#define HOST(processor) "host: { ram: 4G, cpus: 2, processor: " processor " }\n"
#define XEN(release, options)                                                                      \
    "xen: { release: \"" release "\", pv32: yes, options: \"" options "\" }\n"
#define ALL_KINDS                                                                                  \
    "domains:\n"                                                                                   \
    "  d0: { type: pv64, memory: 64M, vcpus: 2, privileged: yes }\n"                               \
    "  d1: { type: pv64, memory: 64M, vcpus: 2 }\n"                                                \
    "  d2: { type: pv32, memory: 64M, vcpus: 2 }\n"                                                \
    "  d3: { type: pvh, memory: 64M, vcpus: 2 }\n"                                                 \
    "  d4: { type: hvm, memory: 64M, vcpus: 2, paging: shadow }\n"

/* A PV guest whose tables are linear in themselves. */
#define LINEAR_DOMAINS                                                                             \
    "domains:\n  d0: { type: pv64, memory: 64M, privileged: yes }\n"                               \
    "  d1: { type: pv64, memory: 64M, vcpus: 2, linear-pt: yes }\n"

#endif
