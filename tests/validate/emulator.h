/* emulator.h - machines for the tests of the probe images: what takes a blob and gives results. */
#ifndef XENPT_TEST_EMULATOR_H
#define XENPT_TEST_EMULATOR_H

#include "validate/blob_build.h"

/* Results as they lay in memory or came through a port; free(). */
struct emulator_run {
    struct results_header head;
    uint8_t *results; /* head.size bytes. */
};

/* Whether the programs are installed. */
bool emulator_has_qemu(void);
bool emulator_has_bochs(void);

/*
 * Runs a finished blob, which takes them a few seconds at most, and fails the test if that does
 * not end as it should.
 */
void emulator_qemu(const struct blob *blob, const char *cpu, struct emulator_run *ret);
void emulator_bochs(const struct blob *blob, const char *cpu, struct emulator_run *ret);

/* The next result, from *at = 0 on; its changed words follow it.  NULL: there is none. */
const struct result *emulator_next(const struct emulator_run *run, size_t *at);

#endif
