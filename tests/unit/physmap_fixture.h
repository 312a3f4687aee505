/* physmap_fixture.h - what a domain of pv_tree.h asks of physical memory. */
#ifndef XENPT_TEST_PHYSMAP_FIXTURE_H
#define XENPT_TEST_PHYSMAP_FIXTURE_H

#include "pv_tree.h"
#include "xenpt/construction.h"
#include "xenpt/physmap.h"

/* The name of the error, or "ok". */
const char *add(uint32_t d, uint32_t space, uint64_t idx, uint64_t gfn);
/* Of a domain's, made by another. */
const char *add_to(uint32_t d, uint32_t of, uint32_t space, uint64_t idx, uint64_t gfn);
const char *add_range(uint32_t d, uint64_t idx, uint64_t gfn, uint64_t size);
/* Errors of each are in batch_errors. */
const char *add_batch(uint32_t d, uint32_t space, uint64_t idx, uint64_t gfn, uint32_t foreign,
                      size_t nr);
extern int batch_errors[16];
const char *take_out(uint32_t d, uint64_t gfn);
/* The machine's frame there; all ones: none.  As what. */
uint64_t frame_at(uint32_t d, uint64_t gfn);
const char *type_at(uint32_t d, uint64_t gfn);
struct xenpt_p2m_entry entry_at(uint32_t d, uint64_t gfn);
/* What M2P says of a frame; all ones: nothing. */
uint64_t m2p_says(uint64_t mfn);
/* A page that Xen shares with the domain. */
uint64_t special_of(uint32_t d, enum xenpt_special special, size_t nth);
bool is_free(uint64_t mfn);

#endif
