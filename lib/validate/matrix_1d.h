/* matrix_1d.h - cases on one tree: what its groups have in common, and group.make of each. */
#ifndef XENPT_VALIDATE_MATRIX_1D_H
#define XENPT_VALIDATE_MATRIX_1D_H

#include "validate/matrix_make.h"

/* Sets out with full rights and a page of the size picked. */
void native_start(struct maker *k, uint64_t leaf);

enum prune native_rights(struct maker *k, const uint64_t *pick);
enum prune native_presence(struct maker *k, const uint64_t *pick);
enum prune native_bits(struct maker *k, const uint64_t *pick);
enum prune native_flags(struct maker *k, const uint64_t *pick);
enum prune native_keys(struct maker *k, const uint64_t *pick);
enum prune native_edges(struct maker *k, const uint64_t *pick);
enum prune native_roots(struct maker *k, const uint64_t *pick);
enum prune native_pcide(struct maker *k, const uint64_t *pick);
enum prune native_pdptes(struct maker *k, const uint64_t *pick);
enum prune native_registers(struct maker *k, const uint64_t *pick);

/* matrix_1d_two.c */
enum prune native_crossing(struct maker *k, const uint64_t *pick);
enum prune native_anything(struct maker *k, const uint64_t *pick);

#endif
