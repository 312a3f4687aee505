/*
 * harness.c - the entries that are the image's, in every table it may have to live with.
 *
 * They have A and D set, so that no walk has anything to change in them, and are not watched.
 */
#include "validate/harness.h"

#include "xenpt/cpu.h"

#define P_RW_US_A_D UINT64_C(0x67)
#define EPT_RWX_A_D UINT64_C(0x307)

static const struct {
    const char *name;
    uint16_t slot;
    uint8_t entry_size; /* 0: there is no table. */
    uint64_t flags;
    uint64_t native, guest; /* The image's tables. */
    uint64_t address;
} modes[NR_MODES] = {
    [MODE_UNPAGED] = { "unpaged", .address = PROBE_GUEST + PROBE_IMAGE },
    [MODE_2LEVEL] = { "2-level", 0, 4, P_RW_US_A_D, PROBE_L1_2, PROBE_G_L1_2, 0 },
    /* A PDPTE has neither rights nor flags, but bits that must be 0 in their place. */
    [MODE_PAE] = { "PAE", 0, 8, 1, PROBE_PAE_L2, PROBE_G_PAE_L2, 0 },
    [MODE_4LEVEL] = { "4-level", 511, 8, P_RW_US_A_D, PROBE_L3, PROBE_G_L3, PROBE_HIGH },
    [MODE_5LEVEL] = { "5-level", 511, 8, P_RW_US_A_D, PROBE_L4, PROBE_G_L4, PROBE_HIGH },
};

enum mode mode_of(const struct blob_state *state)
{
    if (!(state->cr0 & XENPT_CR0_PG))
        return MODE_UNPAGED;
    if (!(state->cr4 & XENPT_CR4_PAE))
        return MODE_2LEVEL;
    if (!(state->efer & XENPT_EFER_LME))
        return MODE_PAE;
    return state->cr4 & XENPT_CR4_LA57 ? MODE_5LEVEL : MODE_4LEVEL;
}

const char *mode_name(enum mode mode)
{
    return modes[mode].name;
}

unsigned int harness_slot(enum mode mode)
{
    return modes[mode].slot;
}

uint64_t harness_address(enum mode mode)
{
    return modes[mode].address;
}

static bool root_word(enum mode mode, uint64_t root, uint64_t table, struct blob_word *ret)
{
    if (!modes[mode].entry_size)
        return false;
    ret->at = root + modes[mode].slot * modes[mode].entry_size;
    ret->at |= WORD_UNWATCHED | (modes[mode].entry_size == 4 ? WORD_IS_32 : 0);
    ret->value = table | modes[mode].flags;
    return true;
}

bool harness_native(enum mode mode, uint64_t root, struct blob_word *ret)
{
    return root_word(mode, root, modes[mode].native, ret);
}

bool harness_guest(enum mode mode, uint64_t root, struct blob_word *ret)
{
    return root_word(mode, root, PROBE_GUEST + modes[mode].guest, ret);
}

/* By stage: the image's entry for PROBE_GUEST, without flags that a PDPTE must not have. */
static const uint64_t seconds[NR_STAGES] = {
    [STAGE_EPT] = PROBE_EPT_L2 | EPT_RWX_A_D,
    [STAGE_NPT] = PROBE_NPT_L2 | P_RW_US_A_D,
    [STAGE_NPT_PAE] = PROBE_NPT_L2 | 1,
    [STAGE_NPT_2LEVEL] = PROBE_NPT_L1_2 | P_RW_US_A_D,
};

void harness_second(uint32_t stage, uint64_t table, struct blob_word *ret)
{
    bool two = stage == STAGE_NPT_2LEVEL;

    ret->at = table + (two ? (PROBE_GUEST >> 22) * 4 : (PROBE_GUEST >> 30) * 8);
    ret->at |= WORD_UNWATCHED | (two ? WORD_IS_32 : 0);
    ret->value = seconds[stage];
}
