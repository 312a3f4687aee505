/* random_file.h - steps as a scenario's file has them, made one by one on a machine that is there.
 */
#ifndef XENPT_TEST_RANDOM_FILE_H
#define XENPT_TEST_RANDOM_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "xenpt/machine.h"
#include "xenpt/pv.h"

struct file_steps;

/* on, off: rules that are switched, or NULL. */
struct file_steps *file_begin(struct xenpt_machine *m, const char *on, const char *off);
void file_end(struct file_steps *f);
/* The machine is what it was in the beginning: what steps have named is forgotten. */
void file_again(struct file_steps *f);

/*
 * Makes a step, "grant-swap: d1.v0, ref: 8, with: 9".  ret: what came of it, "ok" of one that has
 * no result.  False: it cannot be done now, or not be read.
 */
bool file_do(struct file_steps *f, const char *text, struct xenpt_pv_result *ret);
/* The first mistake of steps since the beginning, or NULL.  Of a trace of which steps were taken
 * away some may name what is not there; of one that was just made, none does. */
const char *file_mistake(const struct file_steps *f);
/* A hypercall of the vCPU's was pre-empted: it makes no other one. */
bool file_pending(struct file_steps *f, uint32_t domain, uint32_t vcpu);

/* What a domain is called, or was when it was there. */
const char *file_domain(const struct file_steps *f, size_t i);

/* Verb number i of steps, its name, or NULL behind the last; changes: whether it can change a
 * machine. */
const char *file_verb(size_t i, bool *changes);

#endif
