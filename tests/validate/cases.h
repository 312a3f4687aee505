/* cases.h - accesses with an expectation, which is from the manuals. */
#ifndef XENPT_TEST_CASES_H
#define XENPT_TEST_CASES_H

#include "emulator.h"
#include "xenpt/types.h"

#define P   UINT64_C(0x1)
#define RW  UINT64_C(0x2)
#define US  UINT64_C(0x4)
#define A   UINT64_C(0x20)
#define D   UINT64_C(0x40)
#define PS  UINT64_C(0x80)
#define G   UINT64_C(0x100)
#define NX  (UINT64_C(1) << 63)
#define RSV (UINT64_C(1) << 51) /* Reserved where addresses have fewer bits. */

#define WP   0x10000u
#define PSE  0x10u
#define SMEP 0x100000u
#define SMAP 0x200000u
#define PKE  0x400000u
#define PCID 0x20000u
#define NXE  0x800u

/*
 * One access.  Entries are P, RW and US, with what each row takes away and adds at a level: a
 * row says only how it differs from an access that goes well.
 */
struct row {
    const char *text;
    uint8_t kind, cpl, ac, size; /* Size 0: 4 bytes. */
    uint8_t leaf;                /* The level of the page; 0: 1. */
    uint64_t without[6], with[6];
    uint32_t no_cr0, cr4, no_efer, efer, pkru;
    uint64_t va, cr3;                 /* 0: that of all others; more bits of CR3. */
    uint64_t next_without, next_with; /* The next page's entry; both 0: it is P, RW, US. */
    /* Guests: entries of the second stage that map tables, by their level, and [0] the data;
     * the entry above the one of the data, or in its place; more bits of EPTP or nCR3. */
    uint64_t page_without[6], page_with[6], two_without, two_with, second;
    bool two_mib;
    uint8_t outcome, vector;
    uint32_t code;
    uint64_t cr2_more; /* How far behind the address CR2 is. */
    uint64_t info;     /* Of an exit; and the level of the table at fault, 0: it is the data. */
    uint8_t at_level;
    bool no_linear; /* The guest-linear address is not asked about. */
};

#define OK         .outcome = RESULT_DONE
#define PF(n)      .outcome = RESULT_FAULT, .vector = 14, .code = (n)
#define GP         .outcome = RESULT_FAULT, .vector = 13
#define ENTRY(n)   .outcome = RESULT_ENTRY, .code = (n)
#define EXIT(n, i) .outcome = RESULT_EXIT, .code = (n), .info = (i)
#define LOADGP     .outcome = RESULT_LOAD, .vector = 13

#define READ  .kind = ACCESS_READ
#define WRITE .kind = ACCESS_WRITE
#define RMW   .kind = ACCESS_RMW
#define FETCH .kind = ACCESS_FETCH
#define USER  .cpl = 3

#define RESULT_ANY 0xff /* Of no interest here. */

/* Guest-physical addresses of guests are this much more than the machine's. */
#define GUEST_MORE 0x40000000u

/* A format's tables, as rows are made from them. */
struct shape {
    uint32_t flags; /* BLOB_... */
    uint8_t levels; /* 0: there is no paging. */
    uint64_t cr0, cr4, efer, va;
    uint32_t stage;     /* STAGE_... */
    uint64_t page, two; /* Entries of the second stage: those of pages, and of a 2M page. */
    uint64_t second;    /* More bits of EPTP or nCR3. */
};

/* What this emulator is known to do otherwise. */
#define QUIRK_RSVD_WITHOUT_P 1u /* QEMU 7.2: the code of reserved bits lacks P. */
#define QUIRK_A_IN_PDPTE     2u /* QEMU 7.2 sets bit 5 of PDPTEs in memory. */

#define CASES_N(rows) (sizeof(rows) / sizeof((rows)[0]))

/* Has an emulator run all rows, or skips the test if it is not there. */
void cases_run(const struct emulator *e, const struct shape *shape, const struct row *rows,
               size_t n, unsigned int quirks);

void cases_make(const struct shape *shape, const struct row *rows, size_t n, struct blob *ret);
/* Compares each result with its row, and entries with what the access has to set in them. */
void cases_check(const struct shape *shape, const struct row *rows, size_t n,
                 const struct results *results, unsigned int quirks);

#endif
