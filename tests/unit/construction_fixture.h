/* construction_fixture.h - what domains were given when they were built, by name. */
#ifndef XENPT_TESTS_CONSTRUCTION_FIXTURE_H
#define XENPT_TESTS_CONSTRUCTION_FIXTURE_H

#include "machine_fixture.h"
#include "xenpt/construction.h"

#define START  XENPT_SPECIAL_START_INFO
#define SHARED XENPT_SPECIAL_SHARED_INFO

/* The first frames of a domain that are for this. */
bool find(const struct world *w, uint32_t d, enum xenpt_special special,
          struct xenpt_special_frames *ret);

uint64_t read_at(const struct world *w, uint64_t maddr, size_t size);

/* A member of the structure in some of a domain's frames. */
uint64_t get(const struct world *w, uint32_t d, enum xenpt_special special, const char *member);

/* Where an address of a context leads. */
uint64_t at(const struct world *w, const char *name, uint64_t in);

/* A PV domain's start_info has `pages`; its list, of words of this size, and tables are there. */
void start_info_agrees(const struct world *w, uint32_t d, uint64_t pages, size_t word);

#endif
