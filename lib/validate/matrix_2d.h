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

/* matrix_2d_two.c: group.make of two groups. */
enum prune guest_crossing(struct maker *k, const uint64_t *pick);
enum prune guest_anything(struct maker *k, const uint64_t *pick);

#endif
