/* test_probe32.c - the 32-bit image: PAE, 2-level, and no paging at all. */
#include "cases.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define VA UINT64_C(0xc3000000)

static const struct shape two_level = {
    .levels = 2,
    .flags = BLOB_32 | BLOB_STREAM,
    .cr0 = 0x80010031,
    .va = VA,
};
static const struct shape pae = {
    .levels = 3,
    .flags = BLOB_32 | BLOB_STREAM,
    .cr0 = 0x80010031,
    .cr4 = 0x20,
    .va = VA,
};

/* Intel SDM vol. 3, chapter "Paging": what both formats have in common. */
#define BOTH                                                                                       \
    { "a read by the supervisor", READ, OK },                                                      \
        { "of one byte by a user", READ, USER, .size = 1, .va = VA + 3, OK },                      \
        { "a write by a user sets D", WRITE, USER, OK },                                           \
        { "of two bytes", WRITE, .size = 2, .va = VA + 6, OK },                                    \
        { "a locked addition", RMW, USER, OK }, { "a fetch by the supervisor", FETCH, OK },        \
        { "a fetch by a user", FETCH, USER, OK },                                                  \
        { "L2 not present", READ, .without = { [2] = P }, PF(0) },                                 \
        { "L1 not present, write by a user", WRITE, USER, .without = { 0, P }, PF(6) },            \
        { "read-only, write by a user", WRITE, USER, .without = { 0, RW }, PF(7) },                \
        { "L2 read-only, write with WP", WRITE, .without = { [2] = RW }, PF(3) },                  \
        { "read-only, write without WP", WRITE, .without = { 0, RW }, .no_cr0 = WP, OK },          \
        { "L2 the supervisor's, read by a user", READ, USER, .without = { [2] = US }, PF(5) },     \
        { "no I without NXE and SMEP", FETCH, USER, .without = { 0, P }, PF(4) },                  \
        { "I with SMEP", FETCH, .without = { 0, P }, .cr4 = SMEP, PF(0x10) },                      \
        { "SMEP", FETCH, .cr4 = SMEP, PF(0x11) }, { "SMAP", READ, .cr4 = SMAP, PF(1) },            \
        { "SMAP with AC", READ, .ac = 1, .cr4 = SMAP, OK },                                        \
        { "locked, read-only", RMW, USER, .without = { 0, RW }, PF(7) },                           \
        { "into the next page", WRITE, USER, .va = VA + 0xffe, OK },                               \
    {                                                                                              \
        "the next page not present", READ, .va = VA + 0xffe, .next_without = P, .cr2_more = 2,     \
                                           PF(0)                                                   \
    }

static const struct row rows_2level[] = {
    BOTH,
    { "4M page", READ, .leaf = 2, .cr4 = PSE, OK },
    { "4M page, write sets D", WRITE, USER, .leaf = 2, .cr4 = PSE, OK },
    { "PS without PSE is ignored", READ, .with = { [2] = PS }, OK },
    { "4M page, bit 21", READ, .leaf = 2, .cr4 = PSE, .with = { [2] = 1 << 21 }, PF(9) },
    { "4M page, PAT", READ, .leaf = 2, .cr4 = PSE, .with = { [2] = 1 << 12 }, OK },
    { "NXE has no part in it", FETCH, USER, .without = { 0, P }, .efer = NXE, PF(4) },
};

/* "PAE Paging"; PDPTEs are loaded and checked with CR0 or CR3: "PDPTE Registers". */
static const struct row rows_pae[] = {
    BOTH,
    { "PDPTE not present", READ, .without = { [3] = P }, PF(0) },
    { "PDPTE not present, write by a user", WRITE, USER, .without = { [3] = P }, PF(6) },
    { "PDPTE with PWT, PCD and bits for software", READ, .with = { [3] = 0xe18 }, OK },
    { "not present: nothing reserved", READ, .without = { [3] = P }, .with = { [3] = 0x1e6 },
      PF(0) },
    { "NX, fetch", FETCH, .with = { 0, NX }, .efer = NXE, PF(0x11) },
    { "NX is reserved without NXE", READ, .with = { 0, NX }, PF(9) },
    { "L2 NX, fetch by a user", FETCH, USER, .with = { [2] = NX }, .efer = NXE, PF(0x15) },
    { "I with NXE", FETCH, USER, .without = { 0, P }, .efer = NXE, PF(0x14) },
    { "L1 bit 51", READ, .with = { 0, RSV }, PF(9) },
    { "L1 bit 52", READ, .with = { 0, UINT64_C(1) << 52 }, PF(9) },
    { "L2 bit 62, write by a user", WRITE, USER, .with = { [2] = UINT64_C(1) << 62 }, PF(0xf) },
    { "2M page", READ, .leaf = 2, OK },
    { "2M page, write sets D", WRITE, USER, .leaf = 2, OK },
    { "2M page, bit 13", READ, .leaf = 2, .with = { [2] = 1 << 13 }, PF(9) },
    { "2M page, PAT", READ, .leaf = 2, .with = { [2] = 1 << 12 }, OK },
};

static const struct row rows_pdpte[] = {
    { "PDPTE with RW", READ, .with = { [3] = RW }, LOADGP },
    { "PDPTE with US", READ, .with = { [3] = US }, LOADGP },
    { "PDPTE with bit 5", READ, .with = { [3] = A }, LOADGP },
    { "PDPTE with bit 8", READ, .with = { [3] = G }, LOADGP },
    { "PDPTE with bit 63", READ, .with = { [3] = NX }, LOADGP },
    { "after all that", READ, OK },
};

/* The data lies where its linear address says. */
#define DATA UINT64_C(0x3000000)
static const struct shape unpaged = {
    .levels = 0,
    .flags = BLOB_32 | BLOB_STREAM,
    .cr0 = 0x31,
    .va = DATA,
};
static const struct row rows_unpaged[] = {
    { "a read", READ, OK },
    { "a read by a user", READ, USER, OK },
    { "a write over the end of a page", WRITE, USER, .va = DATA + 0xffe, OK },
    { "a fetch", FETCH, USER, OK },
};

static const struct emulator qemu = { .cpu = "max" };
static const struct emulator intel = { .cpu = "corei7_icelake_u", .bochs = true };
static const struct emulator amd = { .cpu = "ryzen", .bochs = true };

#define RUN(e, shape, rows, quirks) cases_run(&(e), &(shape), rows, CASES_N(rows), quirks)

static void two_level_on_qemu(void **state)
{
    (void)state;
    RUN(qemu, two_level, rows_2level, QUIRK_RSVD_WITHOUT_P);
}

static void pae_on_qemu(void **state)
{
    (void)state;
    RUN(qemu, pae, rows_pae, QUIRK_RSVD_WITHOUT_P | QUIRK_A_IN_PDPTE);
}

static void unpaged_on_qemu(void **state)
{
    (void)state;
    RUN(qemu, unpaged, rows_unpaged, 0);
}

static void two_level_on_bochs(void **state)
{
    (void)state;
    RUN(intel, two_level, rows_2level, 0);
}

static void pae_on_bochs(void **state)
{
    (void)state;
    RUN(intel, pae, rows_pae, 0);
    RUN(amd, pae, rows_pae, 0);
}

/* Only here: QEMU 7.2 does not check PDPTEs. */
static void pdptes_on_bochs(void **state)
{
    (void)state;
    RUN(intel, pae, rows_pdpte, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_level_on_qemu), cmocka_unit_test(pae_on_qemu),
        cmocka_unit_test(unpaged_on_qemu),   cmocka_unit_test(two_level_on_bochs),
        cmocka_unit_test(pae_on_bochs),      cmocka_unit_test(pdptes_on_bochs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
