/*
 * matrix_seen.h - no access twice: what has been asked, as a set of keys.
 *
 * Two accesses are the same if tables, registers and ways are: addresses and data do not count.
 */
#ifndef XENPT_VALIDATE_MATRIX_SEEN_H
#define XENPT_VALIDATE_MATRIX_SEEN_H

#include "validate/matrix_make.h"

struct seen {
    uint64_t *key; /* Open addressing; 0 is no key.  To be freed. */
    size_t room, nr;
};

/* Room for the keys of one more case. */
XENPT_CHECK enum xenpt_code seen_make_room(struct seen *s, struct xenpt_error *err);
/* What a plan's tables are, but for where they and the data are. */
uint64_t seen_tables(const struct maker *k);
/* Whether an access is the first of its kind; then it is noted. */
bool seen_first(struct seen *seen, uint64_t tables, const struct blob_state *state,
                const struct blob_access *a);

#endif
