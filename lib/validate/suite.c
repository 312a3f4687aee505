/* suite.c - the suites: what kind of tables a blob is about. */
#include "validate/mmu.h"

static const struct {
    const char *name;
    uint32_t flags;
} suites[NR_SUITES] = {
    [SUITE_2LEVEL] = { "2level", BLOB_32 }, [SUITE_PAE] = { "pae", BLOB_32 },
    [SUITE_4LEVEL] = { "4level", 0 },       [SUITE_5LEVEL] = { "5level", BLOB_LA57 },
    [SUITE_EPT] = { "ept", BLOB_EPT },      [SUITE_NPT] = { "npt", BLOB_NPT },
};

const char *suite_name(enum suite suite)
{
    return suites[suite].name;
}

uint32_t suite_flags(enum suite suite)
{
    return suites[suite].flags;
}
