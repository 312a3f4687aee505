/* random_tables.c - all kinds of steps at random: a table of rows for each area. */
#include "random_steps.h"

const struct rkind *const random_tables[] = {
    random_kinds,       random_grant_kinds,   random_memory_kinds, random_p2m_kinds,
    random_event_kinds, random_service_kinds, random_life_kinds,   NULL,
};
