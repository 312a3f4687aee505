/* test_probe_ept.c - the 64-bit image as a VMX host: guests under EPT. */
#include "cases.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define VIOLATION 48
#define MISCONFIG 49

/* Entries of EPT: readable, writable, executable; memory type, here write-back. */
#define R        UINT64_C(1)
#define W        UINT64_C(2)
#define X        UINT64_C(4)
#define RWX      (R | W | X)
#define TYPE(n)  ((uint64_t)(n) << 3)
#define EPT_2M   UINT64_C(0x80)
#define WALKS_4  UINT64_C(0x18) /* EPTP: four levels... */
#define TABLE_WB UINT64_C(6)    /* ...that lie in write-back memory. */

/* The exit qualification: what was tried, what was allowed, and where. */
#define TRIED(access)   (access)
#define ALLOWED(rights) ((uint64_t)(rights) << 3)
#define FINAL           UINT64_C(0x180) /* At the guest's physical address... */
#define WALK            UINT64_C(0x80)  /* ...or at one of its tables. */

#define EPT                                                                                        \
    .flags = BLOB_EPT | BLOB_STREAM, .stage = STAGE_EPT, .page = RWX | TYPE(6),                    \
    .two = RWX | TYPE(6) | EPT_2M, .second = WALKS_4 | TABLE_WB

static const struct shape guest64 = {
    EPT, .levels = 4, .cr0 = 0x80010031, .cr4 = 0x20, .efer = 0xd00, .va = 0x0000123443000000,
};
static const struct shape guest_pae = {
    EPT, .levels = 3, .cr0 = 0x80010031, .cr4 = 0x20, .efer = 0x800, .va = 0x83000000,
};
static const struct shape guest_2level = {
    EPT,
    .levels = 2,
    .cr0 = 0x80010031,
    .va = 0x83000000,
};
static const struct shape guest_unpaged = {
    EPT,
    .levels = 0,
    .cr0 = 0x31,
    .va = GUEST_MORE + 0x3000000,
};

/* Intel SDM vol. 3, "EPT Violations", "EPT Misconfigurations", "Exit Qualification for EPT
 * Violations". */
#define ANY_GUEST                                                                                  \
    { "a read", READ, OK }, { "a read by a user", READ, USER, OK },                                \
        { "a write by a user", WRITE, USER, OK }, { "a locked addition", RMW, OK },                \
        { "a fetch by a user", FETCH, USER, OK },                                                  \
        { "not present for EPT", READ, .page_without = { RWX },                                    \
          EXIT(VIOLATION, FINAL | TRIED(R)) },                                                     \
        { "write", WRITE, .page_without = { RWX }, EXIT(VIOLATION, FINAL | TRIED(W)) },            \
        { "fetch", FETCH, .page_without = { RWX }, EXIT(VIOLATION, FINAL | TRIED(X)) },            \
        { "read by a user", READ, USER, .page_without = { RWX },                                   \
          EXIT(VIOLATION, FINAL | TRIED(R)) },                                                     \
        { "readable, write", WRITE, .page_without = { W | X },                                     \
          EXIT(VIOLATION, FINAL | TRIED(W) | ALLOWED(R)) },                                        \
        { "not writable, write", WRITE, .page_without = { W },                                     \
          EXIT(VIOLATION, FINAL | TRIED(W) | ALLOWED(R | X)) },                                    \
        { "not executable, fetch", FETCH, USER, .page_without = { X },                             \
          EXIT(VIOLATION, FINAL | TRIED(X) | ALLOWED(R | W)) },                                    \
        { "execute-only, read", READ, .page_without = { R | W },                                   \
          EXIT(VIOLATION, FINAL | TRIED(R) | ALLOWED(X)) },                                        \
        { "execute-only, fetch", FETCH, .page_without = { R | W }, OK },                           \
        { "writable only", READ, .page_without = { R | X }, EXIT(MISCONFIG, 0),                    \
          .no_linear = true },                                                                     \
        { "not readable", READ, .page_without = { R }, EXIT(MISCONFIG, 0), .no_linear = true },    \
        { "memory type 2", READ, .page_without = { TYPE(4) }, EXIT(MISCONFIG, 0),                  \
          .no_linear = true },                                                                     \
        { "bit 51", READ, .page_with = { RSV }, EXIT(MISCONFIG, 0), .no_linear = true },           \
        { "bit 51 where nothing is present", READ, .page_without = { RWX }, .page_with = { RSV },  \
          EXIT(VIOLATION, FINAL | TRIED(R)) },                                                     \
        { "2M page", READ, .two_mib = true, OK },                                                  \
        { "2M page, bit 13", READ, .two_mib = true, .two_with = 0x2000, EXIT(MISCONFIG, 0),        \
          .no_linear = true },                                                                     \
    {                                                                                              \
        "L2 not writable, write", WRITE, .two_without = W,                                         \
                                         EXIT(VIOLATION, FINAL | TRIED(W) | ALLOWED(R | X))        \
    }

#define PAGED_GUEST                                                                                 \
    { "not present for the guest itself", READ, .without = { 0, P }, PF(0) },                       \
        { "read-only for the guest itself", WRITE, USER, .without = { 0, RW }, PF(7) },             \
        { "which comes first", WRITE, USER, .without = { 0, RW }, .page_without = { RWX }, PF(7) }, \
        { "SMEP", FETCH, .cr4 = SMEP, PF(0x11) }, { "SMAP", READ, .cr4 = SMAP, PF(1) },             \
        { "L1 table not present for EPT", READ, .page_without = { 0, RWX },                         \
          EXIT(VIOLATION, WALK | TRIED(R)), .at_level = 1 },                                        \
    {                                                                                               \
        "L1 table not writable, A there already", READ, .page_without = { 0, W },                   \
                                                        .with = { 0, A | D }, OK                    \
    }

static const struct row rows64[] = {
    ANY_GUEST,
    PAGED_GUEST,
    { "L3 table not present for EPT", FETCH, .page_without = { [3] = RWX },
      EXIT(VIOLATION, WALK | TRIED(R)), .at_level = 3 },
    { "bit 51 for the guest itself", READ, .with = { 0, RSV }, PF(9) },
    { "NX without NXE", READ, .with = { 0, NX }, .no_efer = NXE, PF(9) },
    { "not canonical", READ, .va = 0x0000923443000000, GP },
    { "eight bytes", WRITE, USER, .size = 8, OK },
    /* "EPT Pointer": five levels are not there, nor is memory type 2. */
    { "an EPTP of eight levels", READ, .second = 0x38, ENTRY(7) },
};

/* "Checks on Guest PDPTEs" */
static const struct row rows_pae[] = {
    ANY_GUEST,
    PAGED_GUEST,
    { "PDPTE with a reserved bit", READ, .with = { [3] = RW }, ENTRY(0x80000021), .info = 2 },
    { "after which all is well", READ, OK },
};

static const struct row rows_2level[] = { ANY_GUEST, PAGED_GUEST };
static const struct row rows_unpaged[] = { ANY_GUEST };

static const struct emulator bochs = { .cpu = "corei7_icelake_u", .bochs = true };

#define RUN(e, shape, rows, quirks) cases_run(&(e), &(shape), rows, CASES_N(rows), quirks)

static void guests_on_bochs(void **state)
{
    (void)state;
    RUN(bochs, guest64, rows64, 0);
    RUN(bochs, guest_pae, rows_pae, 0);
    RUN(bochs, guest_2level, rows_2level, 0);
    RUN(bochs, guest_unpaged, rows_unpaged, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(guests_on_bochs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
