/* emulator.h - machines for the tests of the probe images: they take a blob and give results. */
#ifndef XENPT_TEST_EMULATOR_H
#define XENPT_TEST_EMULATOR_H

#include "validate/mmu.h"

/* How a machine is booted. */
enum boot {
    BOOT_KERNEL, /* By QEMU, the blob in memory beforehand. */
    BOOT_DISK,
    BOOT_CD, /* The same bytes as a CD. */
};

struct emulator {
    bool bochs;
    enum boot boot; /* Of QEMU; Bochs has a disk. */
    const char *cpu;
    const char *refuses; /* QEMU: what the image says of this machine, instead of any results. */
};

/* Whether it is installed; else the test is to be skipped. */
bool emulator_there(const struct emulator *e);

/*
 * Runs a finished blob, which takes a few seconds at most, and gives the results, however they
 * leave the machine by the blob's flags.  Bochs needs BLOB_STREAM or BLOB_DISK.  The test fails if
 * the machine or the image do not come to their end.
 */
void emulator_run(const struct emulator *e, const struct blob *blob, struct results *ret);

#endif
