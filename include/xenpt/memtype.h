/**
 * @file memtype.h
 * The memory type of an access: PAT, MTRR, EPT memory type, and how they combine.
 */
#ifndef XENPT_MEMTYPE_H
#define XENPT_MEMTYPE_H

#include "xenpt/nested.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Memory types, with the encoding that PAT, MTRRs and EPT share; Intel SDM vol. 3, "Memory
 * Types". */
enum xenpt_memtype {
    XENPT_MT_UC = 0,        /**< Strong uncacheable. */
    XENPT_MT_WC = 1,        /**< Write combining. */
    XENPT_MT_WT = 4,        /**< Write through. */
    XENPT_MT_WP = 5,        /**< Write protected. */
    XENPT_MT_WB = 6,        /**< Write back. */
    XENPT_MT_UC_MINUS = 7,  /**< PAT only: UC, unless an MTRR says WC. */
    XENPT_MT_CD = 8,        /**< AMD: uncacheable, but snooping; what conflicts resolve to. */
    XENPT_MT_UNDEFINED = 9, /**< The manual leaves it open. */
};

/** "UC", "WC", "WT", "WP", "WB", "UC-", "CD", "undefined". */
XENPT_API const char *xenpt_memtype_name(enum xenpt_memtype type);

/** Variable-range MTRRs that a processor can have. */
#define XENPT_MTRR_MAX 16

/** The memory type range registers; all zero: MTRRs disabled, everything UC. */
struct xenpt_mtrr {
    bool enabled;       /**< IA32_MTRR_DEF_TYPE.E. */
    bool fixed_enabled; /**< IA32_MTRR_DEF_TYPE.FE. */
    uint8_t def_type;   /**< Type where no range matches. */
    uint8_t fixed[88];  /**< Below 1 MiB: 8 of 64K, 16 of 16K, 64 of 4K. */
    struct {
        uint64_t base;          /**< IA32_MTRR_PHYSBASEn: address in 51:12, type in 7:0. */
        uint64_t mask;          /**< IA32_MTRR_PHYSMASKn: mask in 51:12, valid in bit 11. */
    } variable[XENPT_MTRR_MAX]; /**< Unused ones zero. */
};

/** MTRRs of a machine whose firmware left all of memory WB. */
XENPT_API struct xenpt_mtrr xenpt_mtrr_all_wb(void);

/**
 * Checks values that a processor would refuse to load: reserved types, reserved bits.
 * @return #XENPT_ESTATE with the reason.
 */
XENPT_API XENPT_CHECK enum xenpt_code xenpt_mtrr_check(const struct xenpt_mtrr *mtrr,
                                                       struct xenpt_error *err);

/**
 * The type that the MTRRs give to one machine address.
 * @param width  MAXPHYADDR: bits that the masks have.
 */
XENPT_API enum xenpt_memtype xenpt_mtrr_type(const struct xenpt_mtrr *mtrr, unsigned int width,
                                             uint64_t maddr);

/**
 * The entry of IA32_PAT that a leaf's PAT, PCD and PWT select, as a type: WB without paging,
 * UNDEFINED for an EPT leaf, which selects none, or an entry that holds no type.
 */
XENPT_API enum xenpt_memtype xenpt_pat_type(const struct xenpt_paging *pg, unsigned int level,
                                            uint64_t leaf);

/**
 * Combines a PAT type with an MTRR (or EPT) type; Intel's table, or AMD's.
 * @return UNDEFINED if one of them is not of its kind.
 */
XENPT_API enum xenpt_memtype xenpt_memtype_combine(enum xenpt_vendor vendor, enum xenpt_memtype pat,
                                                   enum xenpt_memtype mtrr);

/**
 * The effective memory type of a walk that is MAPPED; of others UNDEFINED.  Of a second stage
 * by itself: EPT's own type; under NPT what the host's PAT and the MTRRs give.
 * Model: a page that spans ranges of different MTRR types has the type of the address asked
 * about; the SDM leaves it undefined.
 */
XENPT_API enum xenpt_memtype xenpt_walk_memtype(const struct xenpt_paging *pg,
                                                const struct xenpt_walk *walk,
                                                const struct xenpt_mtrr *mtrr);

/**
 * The same through two stages; under EPT the MTRRs play no part.
 * Model: under NPT a guest's type is combined with the host's where the host's PAT type is
 * WB, as it is for RAM.  The APM combines others too; as that table could not be confirmed
 * from a second source, they are UNDEFINED here.
 */
XENPT_API enum xenpt_memtype xenpt_walk2_memtype(const struct xenpt_paging *guest,
                                                 const struct xenpt_paging *second,
                                                 const struct xenpt_walk2 *walk,
                                                 const struct xenpt_mtrr *mtrr);

#ifdef __cplusplus
}
#endif

#endif
