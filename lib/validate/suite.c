/* suite.c - the suites: what kind of tables a blob is about. */
#include "validate/mmu.h"

static const struct {
    const char *name;
    uint32_t flags;
} suites[NR_SUITES] = {
    [SUITE_2LEVEL] = { "2level", BLOB_32 },
    [SUITE_PAE] = { "pae", BLOB_32 },
    [SUITE_4LEVEL] = { "4level", 0 },
    [SUITE_5LEVEL] = { "5level", BLOB_LA57 },
    [SUITE_EPT] = { "ept", BLOB_EPT },
    [SUITE_NPT] = { "npt", BLOB_NPT },
    [SUITE_NPT_PAE] = { "npt-pae", BLOB_32 | BLOB_NPT },
    [SUITE_NPT_2LEVEL] = { "npt-2level", BLOB_32 | BLOB_NPT },
};

const char *suite_name(enum suite suite)
{
    return suites[suite].name;
}

uint32_t suite_stage(enum suite suite)
{
    static const uint32_t stages[NR_SUITES] = {
        [SUITE_EPT] = STAGE_EPT,
        [SUITE_NPT] = STAGE_NPT,
        [SUITE_NPT_PAE] = STAGE_NPT_PAE,
        [SUITE_NPT_2LEVEL] = STAGE_NPT_2LEVEL,
    };

    return stages[suite];
}

uint32_t suite_flags(enum suite suite)
{
    return suites[suite].flags;
}
