/* page_tables.h - the tables of all roots, packed for a page of HTML. */
#ifndef XENPT_DRAW_PAGE_TABLES_H
#define XENPT_DRAW_PAGE_TABLES_H

#include "draw/roots.h"
#include "report/json.h"

/* Bytes that packed tables may take; the highest levels come first, and the rest is left out. */
#define TABLES_ROOM 1400000u

struct packed {
    uint64_t tables, left_out;
};

/*
 * Writes an object with a string for each frame that a table is in: words of 8 bytes, 512 of them,
 * as tokens with blanks between.  Numbers are hexadecimal.
 *
 *      zN      N words of 0
 *      V       a word
 *      +D -D   the last word that was not 0, and so much more or less
 *      rN+D    N more words, each D more than the one before; or rN-D
 */
enum xenpt_code tables_pack(struct json *j, const struct xenpt_view *view,
                            const struct seen_roots *roots, struct packed *ret,
                            struct xenpt_error *err);

#endif
