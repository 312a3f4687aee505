/*
 * harness.h - what every case has to leave to the probe image, so that it can live there.
 *
 * While a case's tables are loaded, the image still needs its code, its stack and its stubs in
 * user mode.  It has tables for them at fixed places (PROBE_* in blob.h); a case points one
 * entry of its root at the right one, and stays away from what that entry maps:
 *
 *     2-level    slot 0     0 - 4 MiB             PAE        slot 0     0 - 1 GiB
 *     4-level    slot 511   the last 512 GiB      5-level    slot 511   the last 256 TiB
 *
 * A guest's root is the same with other tables.  Their addresses are guest-physical, and slot 3
 * of the second stage's first L3 table, 3 - 4 GiB, leads back from there; of one with 2 levels,
 * its slot 768.
 */
#ifndef XENPT_VALIDATE_HARNESS_H
#define XENPT_VALIDATE_HARNESS_H

#include <stdbool.h>

#include "validate/blob.h"
#include "xenpt/types.h"

/* What a state's registers select. */
enum mode {
    MODE_UNPAGED,
    MODE_2LEVEL,
    MODE_PAE,
    MODE_4LEVEL,
    MODE_5LEVEL,
    NR_MODES,
};

/* Whether a guest is under nested paging, of whatever format. */
static inline bool is_npt(uint32_t stage)
{
    return stage >= STAGE_NPT;
}

enum mode mode_of(const struct blob_state *state);
const char *mode_name(enum mode mode); /* "unpaged", "2-level", ... */

/* The slot of a root table that is the image's. */
unsigned int harness_slot(enum mode mode);
/* An address that this slot translates; unpaged: one in the GiB of the image's guest. */
uint64_t harness_address(enum mode mode);

/* The word for the root table at machine address @root.  False: this mode needs none. */
bool harness_native(enum mode mode, uint64_t root, struct blob_word *ret);
bool harness_guest(enum mode mode, uint64_t root, struct blob_word *ret);
/* The word for the second stage's table at machine address @table: its root or, of four levels,
 * the L3 table that its root's slot 0 leads to. */
void harness_second(uint32_t stage, uint64_t table, struct blob_word *ret);

#endif
