/*
 * registers.h - what a core does not say of CPUs, in a JSON file beside it: EFER above all.
 *
 * {"vcpus": [{"cr3": "f127000", "efer": "1d01", ...}, ...]}, a CPU a member; numbers that are
 * strings are hexadecimal.  tests/captures/README.md has the rest of such a file.
 */
#ifndef SIM_REGISTERS_H
#define SIM_REGISTERS_H

#include <jansson.h>

#include "xenpt.h"

/* What QEMU's monitor prints for "info registers" of CPU `nr`, as a member of vcpus. */
enum xenpt_code registers_of_text(const char *text, size_t nr, json_t **ret,
                                  struct xenpt_error *err);

/* --- registers_read.c ----------------------------------------------------------------------- */

/* A file of --registers. */
enum xenpt_code registers_open(const char *path, json_t **ret, struct xenpt_error *err);
/* Its EFER of a context that is named cpu0, cpu1, ...; 0 in `has`: it has none of that context. */
enum xenpt_code registers_efer(const json_t *file, const char *path,
                               const struct xenpt_context *context, bool *has, uint64_t *ret,
                               struct xenpt_error *err);

#endif
