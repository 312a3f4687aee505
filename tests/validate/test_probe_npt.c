/* test_probe_npt.c - the images as SVM hosts: guests under nested paging, by 4 levels and by fewer.
 */
#include "cases.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define NPF   0x400
#define FINAL (UINT64_C(1) << 32) /* EXITINFO1: at the guest's physical address... */
#define WALK  (UINT64_C(1) << 33) /* ...or at one of its tables. */

#define NPT   .flags = BLOB_NPT, .stage = STAGE_NPT, .page = 7, .two = 0x87
#define BY_32 .flags = BLOB_NPT | BLOB_32, .page = 7, .two = 0x87

static const struct shape guest64 = {
    NPT, .levels = 4, .cr0 = 0x80010031, .cr4 = 0x20, .efer = 0xd00, .va = 0x0000123443000000,
};
static const struct shape guest_pae = {
    NPT, .levels = 3, .cr0 = 0x80010031, .cr4 = 0x20, .efer = 0x800, .va = 0x83000000,
};
static const struct shape guest_2level = {
    NPT,
    .levels = 2,
    .cr0 = 0x80010031,
    .va = 0x83000000,
};
static const struct shape guest_unpaged = {
    NPT,
    .levels = 0,
    .cr0 = 0x31,
    .va = GUEST_MORE + 0x3000000,
};
static const struct shape guest_la57 = {
    NPT, .levels = 5, .cr0 = 0x80010031, .cr4 = 0x1020, .efer = 0xd00, .va = 0x00a5123443000000,
};

/* By hosts that are not in long mode. */
#define GUESTS_BY(name, of)                                                                        \
    static const struct shape name##_pae = {                                                       \
        BY_32,       .stage = (of), .levels = 3,      .cr0 = 0x80010031,                           \
        .cr4 = 0x20, .efer = 0x800, .va = 0x83000000,                                              \
    };                                                                                             \
    static const struct shape name##_2level = {                                                    \
        BY_32, .stage = (of), .levels = 2, .cr0 = 0x80010031, .va = 0x83000000,                    \
    };                                                                                             \
    static const struct shape name##_unpaged = {                                                   \
        BY_32, .stage = (of), .levels = 0, .cr0 = 0x31, .va = GUEST_MORE + 0x3000000,              \
    }
GUESTS_BY(by_pae, STAGE_NPT_PAE);
GUESTS_BY(by_two, STAGE_NPT_2LEVEL);

/* AMD APM vol. 2, "Nested Paging": a guest's accesses and its walks are those of a user to the
 * second stage, and walks are writes. */
#define ANY_GUEST                                                                                  \
    { "a read", READ, OK }, { "a read by a user", READ, USER, OK },                                \
        { "a write by a user", WRITE, USER, OK }, { "a locked addition", RMW, OK },                \
        { "a fetch by a user", FETCH, USER, OK },                                                  \
        { "not present in the second stage", READ, .page_without = { P }, EXIT(NPF, FINAL | 4) },  \
        { "write", WRITE, .page_without = { P }, EXIT(NPF, FINAL | 6) },                           \
        { "read-only there", WRITE, .page_without = { RW }, EXIT(NPF, FINAL | 7) },                \
        { "read-only there, read", READ, .page_without = { RW }, OK },                             \
        { "the supervisor's there", READ, .page_without = { US }, EXIT(NPF, FINAL | 5) },          \
        { "a large page", READ, .two_mib = true, OK },                                             \
    {                                                                                              \
        "L2 read-only", WRITE, .two_without = RW, EXIT(NPF, FINAL | 7)                             \
    }

/* What entries of 8 bytes have besides. */
#define ANY_NX                                                                                     \
    { "NX there, read", READ, .page_with = { NX }, OK },                                           \
        { "NX there, fetch", FETCH, .page_with = { NX }, EXIT(NPF, FINAL | 0x15) },                \
        { "bit 51 there", READ, .page_with = { RSV }, EXIT(NPF, FINAL | 0xd) },                    \
    {                                                                                              \
        "2M page, bit 13", READ, .two_mib = true, .two_with = 0x2000, EXIT(NPF, FINAL | 0xd)       \
    }

#define PAGED_GUEST                                                                                \
    { "not present for the guest itself", READ, .without = { 0, P }, PF(0) },                      \
        { "read-only for the guest itself", WRITE, USER, .without = { 0, RW }, PF(7) },            \
        { "which comes first", WRITE, USER, .without = { 0, RW }, .page_without = { P }, PF(7) },  \
        { "SMEP", FETCH, .cr4 = SMEP, PF(0x11) }, { "SMAP", READ, .cr4 = SMAP, PF(1) },            \
        { "L1 table not present there", READ, .page_without = { 0, P }, EXIT(NPF, WALK | 6),       \
          .at_level = 1 },                                                                         \
        { "L1 table read-only there", READ, .page_without = { 0, RW }, EXIT(NPF, WALK | 7),        \
          .at_level = 1 },                                                                         \
        { "with A and D there already", READ,                                                      \
          .page_without = { 0, RW },    .with = { 0, A | D },                                      \
          EXIT(NPF, WALK | 7),          .at_level = 1 },                                           \
    {                                                                                              \
        "L1 table not present there, fetch", FETCH, .page_without = { 0, P }, EXIT(NPF, WALK | 6), \
                                                    .at_level = 1                                  \
    }
#define PAGED_NX                                                                                   \
    {                                                                                              \
        "L2 table NX there", READ, .page_with = { 0, 0, NX }, OK                                   \
    }

static const struct row rows64[] = {
    ANY_GUEST,
    ANY_NX,
    PAGED_GUEST,
    PAGED_NX,
    { "L3 table not present there, fetch", FETCH, .page_without = { [3] = P }, EXIT(NPF, WALK | 6),
      .at_level = 3 },
    { "NX without NXE", READ, .with = { 0, NX }, .no_efer = NXE, PF(9) },
    { "bit 51 for the guest itself", READ, .with = { 0, RSV }, PF(9) },
    { "eight bytes", READ, USER, .size = 8, OK },
    { "not canonical", READ, .va = 0x0000923443000000, GP },
};

static const struct row rows_paged[] = { ANY_GUEST, ANY_NX, PAGED_GUEST, PAGED_NX };
static const struct row rows_unpaged[] = { ANY_GUEST, ANY_NX };
/* APM vol. 2, 15.25.3: nested tables are read as the host's own are: of 4 bytes, without NX, and
 * with pages of 4 MiB, whose bit 21 must be 0. */
#define BY_TWO                                                                                     \
    {                                                                                              \
        "4M page, bit 21", READ, .two_mib = true, .two_with = 1 << 21, EXIT(NPF, FINAL | 0xd)      \
    }
static const struct row rows_by_two[] = { ANY_GUEST, BY_TWO, PAGED_GUEST };
static const struct row rows_by_two_unpaged[] = { ANY_GUEST, BY_TWO };

static const struct emulator qemu = { .cpu = "max" };
static const struct emulator bochs = { .cpu = "ryzen", .bochs = true };

#define RUN(e, shape, rows, quirks) cases_run(&(e), &(shape), rows, CASES_N(rows), quirks)

static void guests_on_qemu(void **state)
{
    (void)state;
    RUN(qemu, guest64, rows64, QUIRK_RSVD_WITHOUT_P);
    RUN(qemu, guest_pae, rows_paged, QUIRK_RSVD_WITHOUT_P | QUIRK_A_IN_PDPTE);
    RUN(qemu, guest_2level, rows_paged, QUIRK_RSVD_WITHOUT_P);
    RUN(qemu, guest_unpaged, rows_unpaged, QUIRK_RSVD_WITHOUT_P);
    RUN(qemu, guest_la57, rows_paged, QUIRK_RSVD_WITHOUT_P);
}

static void guests_on_bochs(void **state)
{
    (void)state;
    RUN(bochs, guest64, rows64, 0);
    RUN(bochs, guest_pae, rows_paged, 0);
    RUN(bochs, guest_2level, rows_paged, 0);
    RUN(bochs, guest_unpaged, rows_unpaged, 0);
}

static void guests_of_pae_on_qemu(void **state)
{
    (void)state;
    RUN(qemu, by_pae_pae, rows_paged, QUIRK_RSVD_WITHOUT_P | QUIRK_A_IN_PDPTE);
    RUN(qemu, by_pae_2level, rows_paged, QUIRK_RSVD_WITHOUT_P);
    RUN(qemu, by_pae_unpaged, rows_unpaged, QUIRK_RSVD_WITHOUT_P);
}

static void guests_of_pae_on_bochs(void **state)
{
    (void)state;
    RUN(bochs, by_pae_pae, rows_paged, 0);
    RUN(bochs, by_pae_2level, rows_paged, 0);
    RUN(bochs, by_pae_unpaged, rows_unpaged, 0);
}

/* Not on QEMU, which takes guest-physical addresses for the machine's here. */
static void guests_of_two_levels_on_bochs(void **state)
{
    (void)state;
    RUN(bochs, by_two_pae, rows_by_two, 0);
    RUN(bochs, by_two_2level, rows_by_two, 0);
    RUN(bochs, by_two_unpaged, rows_by_two_unpaged, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(guests_of_pae_on_qemu),
        cmocka_unit_test(guests_of_pae_on_bochs),
        cmocka_unit_test(guests_of_two_levels_on_bochs),
        cmocka_unit_test(guests_on_qemu),
        cmocka_unit_test(guests_on_bochs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
