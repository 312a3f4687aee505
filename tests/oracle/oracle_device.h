/*
 * oracle_device.h - the oracle of what devices are translated by: Intel's second-stage tables.
 */
#ifndef XENPT_TESTS_ORACLE_DEVICE_H
#define XENPT_TESTS_ORACLE_DEVICE_H

#include "oracle/oracle.h"

/* A context entry: the width of the host's addresses, the levels that it says, its root table. */
struct oracle_device {
    unsigned int host_bits, levels;
    uint64_t root;
};

/* VT-d specification, "Second-Stage Translation". */
void oracle_walk_vtd(const struct oracle_device *d, const struct oracle_memory *m, uint64_t in,
                     struct oracle_walk *w);

#endif
