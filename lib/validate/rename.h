/*
 * rename.h - one address of a view as a case: the entries on its way, in other frames.
 *
 * What is kept: every bit of every entry but the address it leads to, the slots, the sizes of
 * pages, and whether pages are aligned.  What is renamed, so that an image's tables fit beside
 * the probe image in a small machine:
 *
 *   - each table's frame, to one of the case's own;
 *   - the page's target, to data of the case's own; under a page of 1G the offset as well;
 *   - under a second stage guest-physical addresses, so that each guest table and the page
 *     keep a second-stage path of their own, whose upper slots change;
 *   - the top slot of an address, if it is the one that the probe image needs (harness.h);
 *   - in CR3 the PCID, and in CR0 and CR4 what has no say in paging.
 */
#ifndef XENPT_VALIDATE_RENAME_H
#define XENPT_VALIDATE_RENAME_H

#include "validate/blob_build.h"
#include "xenpt/view.h"

/*
 * Makes the case, with reads, writes and fetches at CPL 0 and 3.  False: there is none, as a
 * table lies outside the view's memory, or as second-stage paths cannot be told apart.
 */
bool rename_address(const struct xenpt_view *view, const struct xenpt_context *context, uint64_t in,
                    struct case_draft *ret);

/* Accesses of such a case. */
#define RENAME_ACCESSES 8

#endif
