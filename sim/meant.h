/*
 * meant.h - addresses and frames that an argument means: numbers, symbols of an image, and of a
 * model or a scenario expressions, such as secret or xen.directmap(d1.gfn(5)).
 */
#ifndef SIM_MEANT_H
#define SIM_MEANT_H

#include "source.h"

enum xenpt_code meant_address(struct source *s, const char *text, uint64_t *ret,
                              struct xenpt_error *err);
/* Frames of the machine: one, or FIRST..LAST. */
enum xenpt_code meant_frames(struct source *s, const char *text, uint64_t *first, uint64_t *last,
                             struct xenpt_error *err);

#endif
