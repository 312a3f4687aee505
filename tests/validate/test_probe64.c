/* test_probe64.c - the 64-bit image: 4-level and 5-level paging. */
#include "cases.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define KEY(n)  ((uint64_t)(n) << 59)
#define AD(key) (1u << 2 * (key))
#define WD(key) (2u << 2 * (key))
#define VA      UINT64_C(0x0000123443000000)

/* What TLBs keep apart from the addresses that the image itself uses for the same pages. */
#define ELSEWHERE (VA + 0x155000)

static const struct shape shape = {
    .levels = 4,
    .cr0 = 0x80010031,
    .cr4 = 0x20,
    .efer = 0xd00,
    .va = VA,
};

/* Intel SDM vol. 3, chapter "Paging": sections "4-Level Paging", "Access Rights", "Page-Fault
 * Exceptions", "Accessed and Dirty Flags". */
static const struct row rows[] = {
    { "a read by the supervisor", READ, OK },
    { "a read by a user", READ, USER, OK },
    { "of one byte", READ, USER, .size = 1, OK },
    { "of two", READ, .size = 2, .va = VA + 2, OK },
    { "of eight", READ, .size = 8, OK },
    { "a write by a user sets D", WRITE, USER, OK },
    { "of one byte", WRITE, .size = 1, .va = VA + 5, OK },
    { "of eight bytes", WRITE, .size = 8, OK },
    { "a locked addition", RMW, OK },
    { "a locked addition by a user, of eight bytes", RMW, USER, .size = 8, OK },
    { "of one byte", RMW, .size = 1, .va = VA + 1, OK },
    { "a fetch by a user", FETCH, USER, OK },
    { "a fetch by the supervisor", FETCH, OK },

    { "L4 not present", READ, .without = { [4] = P }, PF(0) },
    { "L3 not present, write by a user", WRITE, USER, .without = { [3] = P }, PF(6) },
    { "L2 not present, fetch by a user", FETCH, USER, .without = { [2] = P }, PF(0x14) },
    { "no I without NXE and SMEP", FETCH, USER, .without = { P, P }, .no_efer = NXE, PF(4) },
    { "I without NXE, but SMEP", FETCH, .without = { 0, P }, .no_efer = NXE, .cr4 = SMEP,
      PF(0x10) },
    { "read-only, write by a user", WRITE, USER, .without = { 0, RW }, PF(7) },
    { "read-only, write with WP", WRITE, .without = { 0, RW }, PF(3) },
    { "read-only, write without WP", WRITE, .without = { 0, RW }, .no_cr0 = WP, OK },
    { "read-only, a user's without WP", WRITE, USER, .without = { 0, RW }, .no_cr0 = WP, PF(7) },
    { "L2 read-only, write by a user", WRITE, USER, .without = { [2] = RW }, PF(7) },
    { "L4 read-only, write with WP", WRITE, .without = { [4] = RW }, PF(3) },
    { "the supervisor's, read by a user", READ, USER, .without = { 0, US }, PF(5) },
    { "L4 the supervisor's, read by a user", READ, USER, .without = { [4] = US }, PF(5) },
    { "L3 the supervisor's, write by a user", WRITE, USER, .without = { [3] = US }, PF(7) },

    { "NX, fetch", FETCH, .with = { 0, NX }, PF(0x11) },
    { "L4 NX, fetch by a user", FETCH, USER, .with = { [4] = NX }, PF(0x15) },
    { "L2 NX, read", READ, USER, .with = { [2] = NX }, OK },
    { "NX is reserved without NXE", READ, .with = { 0, NX }, .no_efer = NXE, PF(9) },
    { "in L4, too", WRITE, USER, .with = { [4] = NX }, .no_efer = NXE, PF(0xf) },
    { "and no I", FETCH, USER, .with = { 0, NX }, .no_efer = NXE, PF(0xd) },

    { "PS in L4", READ, .with = { [4] = PS }, PF(9) },
    { "1G page, bit 13", READ, .leaf = 3, .with = { [3] = 0x2000 }, PF(9) },
    { "1G page, bit 29, write by a user", WRITE, USER, .leaf = 3, .with = { [3] = 1 << 29 },
      PF(0xf) },
    { "2M page, bit 13, fetch by a user", FETCH, USER, .leaf = 2, .with = { [2] = 0x2000 },
      PF(0x1d) },
    { "2M page, bit 20", READ, .leaf = 2, .with = { [2] = 1 << 20 }, PF(9) },
    { "L1 bit 51", READ, .with = { 0, RSV }, PF(9) },
    { "L2 bit 51, read by a user", READ, USER, .with = { [2] = RSV }, PF(0xd) },
    { "L4 bit 51", READ, .with = { [4] = RSV }, PF(9) },
    { "nothing is reserved where nothing is present", READ, .without = { 0, P }, .with = { 0, RSV },
      PF(0) },
    { "reserved above not present", READ, .without = { 0, P }, .with = { [3] = RSV }, PF(9) },
    { "reserved and read-only", WRITE, USER, .without = { 0, RW }, .with = { 0, RSV }, PF(0xf) },
    { "bits that are ignored", WRITE, USER,
      .with = { 0, 0x07f0000000000e00, 0x07f0000000000e00, 0x07f0000000000e00, 0x07f0000000000e00 },
      OK },
    { "keys without PKE", READ, USER, .with = { 0, KEY(15) }, OK },

    { "SMEP", FETCH, .cr4 = SMEP, PF(0x11) },
    { "SMEP, the supervisor's by L2", FETCH, .without = { [2] = US }, .cr4 = SMEP, OK },
    { "SMEP, fetch by a user", FETCH, USER, .cr4 = SMEP, OK },
    { "SMAP, read", READ, .cr4 = SMAP, PF(1) },
    { "SMAP, write", WRITE, .cr4 = SMAP, PF(3) },
    { "SMAP with AC", READ, .ac = 1, .cr4 = SMAP, OK },
    { "SMAP with AC, read-only", WRITE, .ac = 1, .without = { 0, RW }, .cr4 = SMAP, PF(3) },
    { "SMAP, the supervisor's by L2", READ, .without = { [2] = US }, .cr4 = SMAP, OK },

    { "1G page, read by a user", READ, USER, .leaf = 3, OK },
    { "1G page, write", WRITE, USER, .leaf = 3, .va = VA + 8, OK },
    { "2M page, read by a user", READ, USER, .leaf = 2, OK },
    { "2M page, write", WRITE, USER, .leaf = 2, .va = VA + 16, OK },
    { "2M page, PAT", READ, .leaf = 2, .with = { [2] = 0x1000 }, OK },
    { "PAT", READ, .with = { 0, PS }, OK },
    { "global, without PGE", READ, .with = { 0, G }, OK },
    { "global, with PGE", READ, .va = ELSEWHERE, .with = { 0, G }, .cr4 = 0x80, OK },
    { "global entries do not survive", READ, .va = ELSEWHERE, .without = { 0, P }, .cr4 = 0x80,
      PF(0) },

    { "not canonical", READ, .va = 0x0000923443000000, GP },
    { "fetch from there", FETCH, .va = 0x0000923443000000, GP },
    { "locked, read-only", RMW, USER, .without = { 0, RW }, PF(7) },
    { "locked, not present", RMW, USER, .without = { 0, P }, PF(6) },
    { "into the next page", READ, USER, .va = VA + 0xffe, OK },
    { "write into the next page", WRITE, USER, .va = VA + 0xffd, OK },
    { "the next page not present", READ, .va = VA + 0xffe, .next_without = P, .cr2_more = 2,
      PF(0) },
    { "the next page read-only", WRITE, USER, .va = VA + 0xffd, .next_without = RW, .cr2_more = 3,
      PF(7) },
    { "both refuse", WRITE, USER, .va = VA + 0xffd, .without = { 0, P }, .next_without = RW,
      PF(6) },
    { "PWT, PCD in CR3", READ, .cr3 = 0x18, OK },
    { "A and D stay", READ, .with = { 0, A | D, A, A, A }, OK },
};

/* "Protection Keys". */
static const struct row rows_pku[] = {
    { "AD, read by a user", READ, USER, .with = { 0, KEY(1) }, .cr4 = PKE, .pkru = AD(1),
      PF(0x25) },
    { "AD, write", WRITE, USER, .with = { 0, KEY(1) }, .cr4 = PKE, .pkru = AD(1), PF(0x27) },
    { "WD, read", READ, USER, .with = { 0, KEY(1) }, .cr4 = PKE, .pkru = WD(1), OK },
    { "WD, write", WRITE, USER, .with = { 0, KEY(1) }, .cr4 = PKE, .pkru = WD(1), PF(0x27) },
    { "AD, the supervisor's read", READ, .with = { 0, KEY(1) }, .cr4 = PKE, .pkru = AD(1),
      PF(0x21) },
    { "AD, the supervisor's page", READ, .without = { 0, US }, .with = { 0, KEY(1) }, .cr4 = PKE,
      .pkru = AD(1), OK },
    { "AD, fetch", FETCH, USER, .with = { 0, KEY(1) }, .cr4 = PKE, .pkru = AD(1), OK },
    { "another key", READ, USER, .with = { 0, KEY(2) }, .cr4 = PKE, .pkru = AD(1), OK },
    { "key 15, 2M page", READ, USER, .leaf = 2, .with = { [2] = KEY(15) }, .cr4 = PKE,
      .pkru = AD(15), PF(0x25) },
};

static const struct row rows_pcid[] = {
    { "PCID 5", READ, .va = ELSEWHERE, .cr4 = PCID, .cr3 = 5, OK },
    { "what it had is forgotten", READ, .va = ELSEWHERE, .without = { 0, P }, .cr4 = PCID, .cr3 = 5,
      PF(0) },
    { "even if CR3 asks to keep it", READ, .va = ELSEWHERE, .cr4 = PCID,
      .cr3 = UINT64_C(1) << 63 | 5, OK },
    { "", READ, .va = ELSEWHERE, .without = { [3] = P }, .cr4 = PCID, .cr3 = UINT64_C(1) << 63 | 5,
      PF(0) },
};

/* "5-Level Paging": 57 bits, of which the last is the sign. */
#define VA5 UINT64_C(0x00a5123443000000)

static const struct shape shape5 = {
    .levels = 5,
    .flags = BLOB_LA57,
    .cr0 = 0x80010031,
    .cr4 = 0x1020,
    .efer = 0xd00,
    .va = VA5,
};

static const struct row rows5[] = {
    { "a read", READ, OK },
    { "a write by a user", WRITE, USER, OK },
    { "L5 not present", READ, .without = { [5] = P }, PF(0) },
    { "L5 the supervisor's", READ, USER, .without = { [5] = US }, PF(5) },
    { "L5 read-only", WRITE, .without = { [5] = RW }, PF(3) },
    { "L5 NX", FETCH, .with = { [5] = NX }, PF(0x11) },
    { "PS in L5", READ, .with = { [5] = PS }, PF(9) },
    { "PS in L4", READ, .with = { [4] = PS }, PF(9) },
    { "L5 bit 51", READ, .with = { [5] = RSV }, PF(9) },
    { "the upper half", FETCH, USER, .va = 0xffa5123443000000, OK },
    { "not canonical", READ, .va = 0x01a5123443000000, GP },
};

static const struct emulator qemu = { .cpu = "max" };
static const struct emulator qemu_disk = { .cpu = "max", .boot = BOOT_DISK };
static const struct emulator qemu_cd = { .cpu = "max", .boot = BOOT_CD };
static const struct emulator bochs = { .cpu = "corei7_skylake_x", .bochs = true };

static struct shape with(uint32_t flags)
{
    struct shape s = shape;

    s.flags = flags;
    return s;
}

static void on_qemu(void **state)
{
    struct shape s = with(0);

    (void)state;
    cases_run(&qemu, &s, rows, CASES_N(rows), QUIRK_RSVD_WITHOUT_P);
}

static void on_qemu_by_port(void **state)
{
    struct shape s = with(BLOB_STREAM);

    (void)state;
    cases_run(&qemu, &s, rows, CASES_N(rows), QUIRK_RSVD_WITHOUT_P);
}

static void on_qemu_as_text(void **state)
{
    struct shape s = with(BLOB_TEXT);

    (void)state;
    cases_run(&qemu, &s, rows, CASES_N(rows), QUIRK_RSVD_WITHOUT_P);
}

static void on_qemu_from_disk(void **state)
{
    struct shape s = with(0);

    (void)state;
    cases_run(&qemu_disk, &s, rows, CASES_N(rows), QUIRK_RSVD_WITHOUT_P);
}

static void on_qemu_from_cd(void **state)
{
    struct shape s = with(0);

    (void)state;
    cases_run(&qemu_cd, &s, rows, CASES_N(rows), QUIRK_RSVD_WITHOUT_P);
}

/* Only here: Bochs 2.7 has protection keys that differ from the manual's. */
static void pku_on_qemu(void **state)
{
    struct shape s = with(0);

    (void)state;
    cases_run(&qemu, &s, rows_pku, CASES_N(rows_pku), 0);
}

static void on_bochs(void **state)
{
    struct shape s = with(BLOB_STREAM);

    (void)state;
    cases_run(&bochs, &s, rows, CASES_N(rows), 0);
}

/* Only here: QEMU 7.2 has no PCIDs. */
static void pcid_on_bochs(void **state)
{
    struct shape s = with(BLOB_STREAM);

    (void)state;
    cases_run(&bochs, &s, rows_pcid, CASES_N(rows_pcid), 0);
}

/* No other MMU here has five levels. */
static void five_levels_on_qemu(void **state)
{
    (void)state;
    cases_run(&qemu, &shape5, rows5, CASES_N(rows5), QUIRK_RSVD_WITHOUT_P);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(on_qemu),
        cmocka_unit_test(on_qemu_by_port),
        cmocka_unit_test(on_qemu_as_text),
        cmocka_unit_test(on_qemu_from_disk),
        cmocka_unit_test(on_qemu_from_cd),
        cmocka_unit_test(pku_on_qemu),
        cmocka_unit_test(five_levels_on_qemu),
        cmocka_unit_test(on_bochs),
        cmocka_unit_test(pcid_on_bochs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
