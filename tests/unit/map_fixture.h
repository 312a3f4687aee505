/*
 * map_fixture.h - a few pages of memory with tables in them, and a map of it as lines.
 *
 * Tables are written entry by entry, at the address they stand in a row.
 */
#ifndef XENPT_TESTS_MAP_FIXTURE_H
#define XENPT_TESTS_MAP_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "xenpt/map.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define MIB      (UINT64_C(1) << 20)
#define GIB      (UINT64_C(1) << 30)
#define L4_SLOT  (UINT64_C(1) << 39)

/* Bits of an entry, as the manuals number them: written again, not taken from the engine. */
#define P    UINT64_C(0x001)
#define RW   UINT64_C(0x002)
#define US   UINT64_C(0x004)
#define PCD  UINT64_C(0x010)
#define A    UINT64_C(0x020)
#define D    UINT64_C(0x040)
#define PS   UINT64_C(0x080)
#define AVL9 UINT64_C(0x200)
#define KEY3 (UINT64_C(3) << 59)
#define NX   (UINT64_C(1) << 63)
#define ALL  (P | RW | US)

/* Memory from machine address 0 on. */
#define WORLD_SIZE (4 * MIB)

struct entry {
    uint64_t table;
    unsigned int slot;
    uint64_t value;
};

struct world {
    uint8_t *bytes;
    struct xenpt_reader mem;
    struct xenpt_context context;
    struct xenpt_view view;
};

/* No tables yet; the context has 4-level paging from 0x1000 on, with NXE, WP, PKE. */
void world_init(struct world *w);
void world_fini(struct world *w);
/* Other paging, for the first stage; `what` is one of "2level", "pae", "unpaged", "4level". */
void world_first(struct world *w, const char *what, uint64_t root);
void world_put(struct world *w, const struct entry entries[], size_t n);
/* Narrow entries: 2-level paging has 4-byte ones. */
void world_put32(struct world *w, const struct entry entries[], size_t n);

/*
 * Each range a line, in the order reported: "0-fff pages >5000 rwxu 4K x1".  Under a second
 * stage the target is "gaddr>maddr".  Ends with "= CODE" if the map fails.
 */
#define LINES_MAX 8192
const char *world_lines(const struct world *w, const struct xenpt_map_options *opt,
                        char buf[LINES_MAX]);

#endif
