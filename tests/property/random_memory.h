/* random_memory.h - kinds of steps that random_memory.c has; random_steps.h says what each is. */
#ifndef XENPT_TEST_RANDOM_MEMORY_H
#define XENPT_TEST_RANDOM_MEMORY_H

#include "random_steps.h"

void make_reservation(struct subject *s, struct rstep *t);
bool do_reservation(struct subject *s, const struct rstep *t);
void print_reservation(const struct subject *s, const struct rstep *t, char *buf, size_t size);

void make_exchange(struct subject *s, struct rstep *t);
bool do_exchange(struct subject *s, const struct rstep *t);
void print_exchange(const struct subject *s, const struct rstep *t, char *buf, size_t size);

void make_transfer(struct subject *s, struct rstep *t);
bool do_transfer(struct subject *s, const struct rstep *t);
void print_transfer(const struct subject *s, const struct rstep *t, char *buf, size_t size);

#endif
