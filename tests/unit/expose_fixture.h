/* expose_fixture.h - small worlds whose memory has owners. */
#ifndef XENPT_TEST_EXPOSE_FIXTURE_H
#define XENPT_TEST_EXPOSE_FIXTURE_H

#include "map_fixture.h"
#include "xenpt/expose.h"

#define FRAME(n) ((uint64_t)(n) << 12)
#define WAY                                                                                        \
    { 0x1000, 0, 0x2000 | ALL }, { 0x2000, 0, 0x3000 | ALL },                                      \
    {                                                                                              \
        0x3000, 0, 0x4000 | ALL                                                                    \
    }
#define ENTRIES_MAX 12
#define TEXT_MAX    2048

#define EPT_R   1u
#define EPT_W   2u
#define EPT_X   4u
#define EPT_ALL (EPT_R | EPT_W | EPT_X | 6u << 3)

/* Frames 0-15 of xen, 16-63 of d1, from 4 MiB on nothing, between d2. */
extern const struct xenpt_owners owners;
/* Of a number in them; "none". */
const char *owner_name(uint32_t owner);
/* The guest's tables are at 0x1000 to 0x4000 as it counts, at 0x41000 to 0x44000 as the machine. */
void second_stage(struct world *w);
/* Asks about a world with a second stage, with a text of TEXT_MAX for what is told, once for each
 * allocation, which fails; and with none that fails. */
void each_allocation_fails(enum xenpt_code (*ask)(const struct world *w, char *text));

#endif
