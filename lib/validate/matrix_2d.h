/* matrix_2d.h - what cases on two trees have in common. */
#ifndef XENPT_VALIDATE_MATRIX_2D_H
#define XENPT_VALIDATE_MATRIX_2D_H

#include "validate/matrix_make.h"

/* A guest with all rights in both trees.  Where its own A and D are clear is for chance. */
void guest_start(struct maker *k, uint64_t leaf, uint64_t leaf2);
/* The path that a case is about; @harmless: nothing will be taken away from it. */
enum prune guest_about(struct maker *k, uint64_t place, unsigned int level, bool harmless,
                       struct path **ret);
/* Makes an entry of the second stage absent. */
void guest_absent(const struct maker *k, struct path *p, unsigned int level);

/* group.make of each group; those of matrix_2d_two.c at last. */
enum prune nested_rights(struct maker *k, const uint64_t *pick);
enum prune nested_presence(struct maker *k, const uint64_t *pick);
enum prune nested_bits(struct maker *k, const uint64_t *pick);
enum prune nested_addresses(struct maker *k, const uint64_t *pick);
enum prune nested_pdptes(struct maker *k, const uint64_t *pick);
enum prune nested_registers(struct maker *k, const uint64_t *pick);
enum prune nested_types(struct maker *k, const uint64_t *pick);
enum prune nested_tables(struct maker *k, const uint64_t *pick);
enum prune nested_both(struct maker *k, const uint64_t *pick);
enum prune nested_flags(struct maker *k, const uint64_t *pick);
enum prune nested_roots(struct maker *k, const uint64_t *pick);

enum prune nested_crossing(struct maker *k, const uint64_t *pick);
enum prune nested_anything(struct maker *k, const uint64_t *pick);

#endif
