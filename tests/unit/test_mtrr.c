/* test_mtrr.c - the memory type of a machine address, by the rules of the SDM and the APM. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "xenpt/memtype.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

#define UC  XENPT_MT_UC
#define WC  XENPT_MT_WC
#define WP  XENPT_MT_WP
#define WT  XENPT_MT_WT
#define WB  XENPT_MT_WB
#define UND XENPT_MT_UNDEFINED

static void assert_type(const char *claim, enum xenpt_memtype got, enum xenpt_memtype want)
{
    if (got != want)
        fail_msg("%s: got %s, want %s", claim, xenpt_memtype_name(got), xenpt_memtype_name(want));
}

/* SDM vol. 3, "Fixed Range MTRRs": the addresses of each register's first and last byte. */
static void test_fixed_ranges(void **state)
{
    static const struct {
        uint64_t first, size;
        unsigned int nr;
    } kinds[] = { { 0, 0x10000, 8 }, { 0x80000, 0x4000, 16 }, { 0xc0000, 0x1000, 64 } };
    static const enum xenpt_memtype others[] = { UC, WC, WT, WP };
    struct xenpt_mtrr mtrr = xenpt_mtrr_all_wb();
    unsigned int index = 0;

    (void)state;
    mtrr.fixed_enabled = true;
    for (size_t k = 0; k < COUNT(kinds); k++) {
        for (unsigned int i = 0; i < kinds[k].nr; i++, index++) {
            uint64_t first = kinds[k].first + i * kinds[k].size;
            uint64_t last = first + kinds[k].size - 1;
            enum xenpt_memtype type = others[index % COUNT(others)];

            memset(mtrr.fixed, WB, sizeof(mtrr.fixed));
            mtrr.fixed[index] = (uint8_t)type;
            assert_type("first byte", xenpt_mtrr_type(&mtrr, 46, first), type);
            assert_type("last byte", xenpt_mtrr_type(&mtrr, 46, last), type);
            if (first)
                assert_type("byte before", xenpt_mtrr_type(&mtrr, 46, first - 1), WB);
            assert_type("byte after", xenpt_mtrr_type(&mtrr, 46, last + 1), WB);
        }
    }
    assert_int_equal(index, 88);
}

#define V            XENPT_BIT(11)
/* A mask for a range of `size` bytes, with as many bits as MAXPHYADDR 46 has. */
#define MASK46(size) ((XENPT_BITS(45, 12) & ~((uint64_t)(size)-1)) | V)
#define GIB          UINT64_C(0x40000000)

/* clang-format off */
static const struct mtrr_row {
    const char *claim;
    struct xenpt_mtrr mtrr;
    unsigned int width;
    uint64_t at;
    enum xenpt_memtype type;
} mtrr_rows[] = {
    /* "MTRR Precedences" and "IA32_MTRR_DEF_TYPE MSR". */
    { "E = 0: everything is UC, whatever ranges and default say",
      { .fixed_enabled = true, .def_type = WB, .fixed = { WB }, .variable = { { WB, V } } },
      46, 0x1000, UC },
    { "all zero: UC", { 0 }, 46, 0x1000, UC },
    { "no range matches: the default", { .enabled = true, .def_type = WT }, 46, 0x1000, WT },
    { "a fixed range wins over a variable one",
      { .enabled = true, .fixed_enabled = true, .def_type = WB, .fixed = { WP },
        .variable = { { UC, V } } },
      46, 0xffff, WP },
    { "FE = 0: the variable range counts below 1 MiB too",
      { .enabled = true, .def_type = WB, .fixed = { WP }, .variable = { { WT, V } } },
      46, 0xffff, WT },
    { "FE = 0, no variable range: the default counts below 1 MiB too",
      { .enabled = true, .def_type = WC, .fixed = { WP } }, 46, 0xffff, WC },
    { "fixed ranges end at 1 MiB",
      { .enabled = true, .fixed_enabled = true, .def_type = WB }, 46, 0x100000, WB },
    { "fixed ranges reach to 1 MiB",
      { .enabled = true, .fixed_enabled = true, .def_type = WB }, 46, 0xfffff, UC },
    { "V = 0: the range does not count",
      { .enabled = true, .def_type = WB, .variable = { { UC, 0 } } }, 46, 0, WB },
    /* "Example of Calculating Base and Mask": 64 MiB at 64 MiB, and so on. */
    { "before a range", { .enabled = true, .def_type = WB,
      .variable = { { 0x4000000 | UC, MASK46(0x4000000) } } }, 46, 0x3ffffff, WB },
    { "first of a range", { .enabled = true, .def_type = WB,
      .variable = { { 0x4000000 | UC, MASK46(0x4000000) } } }, 46, 0x4000000, UC },
    { "last of a range", { .enabled = true, .def_type = WB,
      .variable = { { 0x4000000 | UC, MASK46(0x4000000) } } }, 46, 0x7ffffff, UC },
    { "after a range", { .enabled = true, .def_type = WB,
      .variable = { { 0x4000000 | UC, MASK46(0x4000000) } } }, 46, 0x8000000, WB },
    { "the last of 16 ranges counts", { .enabled = true, .def_type = WB,
      .variable = { [15] = { GIB | WC, MASK46(GIB) } } }, 46, GIB, WC },
    { "a mask of 36 bits leaves 64 GiB and more undistinguished on a wider processor",
      { .enabled = true, .def_type = WB,
        .variable = { { 3 * GIB | UC, (XENPT_BITS(35, 12) & ~(GIB - 1)) | V } } },
      46, XENPT_BIT(36) + 3 * GIB, UC },
    { "a mask of 46 bits does not match there", { .enabled = true, .def_type = WB,
      .variable = { { 3 * GIB | UC, MASK46(GIB) } } }, 46, XENPT_BIT(36) + 3 * GIB, WB },
    { "mask and base bits above MAXPHYADDR do not exist", { .enabled = true, .def_type = WB,
      .variable = { { XENPT_BIT(40) | UC, XENPT_BITS(51, 30) | V } } }, 36, 0x1000, UC },
    { "on a processor that has them, they count", { .enabled = true, .def_type = WB,
      .variable = { { XENPT_BIT(40) | UC, XENPT_BITS(51, 30) | V } } }, 46, 0x1000, WB },
    { "bit 51 counts with MAXPHYADDR 52", { .enabled = true, .def_type = WB,
      .variable = { { XENPT_BIT(51) | UC, XENPT_BITS(51, 30) | V } } }, 52, XENPT_BIT(51), UC },
    { "a mask with a gap makes a range with gaps: in", { .enabled = true, .def_type = WB,
      .variable = { { GIB | WP, (XENPT_BITS(45, 12) & ~XENPT_BIT(33) & ~(GIB - 1)) | V } } },
      46, GIB + XENPT_BIT(33), WP },
    { "a mask with a gap makes a range with gaps: out", { .enabled = true, .def_type = WB,
      .variable = { { GIB | WP, (XENPT_BITS(45, 12) & ~XENPT_BIT(33) & ~(GIB - 1)) | V } } },
      46, GIB + XENPT_BIT(32), WB },
};
/* clang-format on */

static void test_mtrr(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(mtrr_rows); i++) {
        const struct mtrr_row *row = &mtrr_rows[i];

        assert_type(row->claim, xenpt_mtrr_type(&row->mtrr, row->width, row->at), row->type);
    }
}

/* "MTRR Precedences" 2: a, equal types; b, UC wins; c, WT over WB; d, the rest is undefined.
 * Every set of types that can overlap, in either order and twice over. */
static void test_overlap(void **state)
{
    static const enum xenpt_memtype types[] = { UC, WC, WT, WP, WB };

    (void)state;
    for (unsigned int set = 1; set < 32; set++) {
        for (int backwards = 0; backwards < 2; backwards++) {
            struct xenpt_mtrr mtrr = { .enabled = true, .def_type = WC };
            enum xenpt_memtype want;
            char claim[64];
            size_t n = 0;

            for (size_t i = 0; i < 10; i++) {
                size_t t = backwards ? (9 - i) % 5 : i % 5;

                if (set >> t & 1) {
                    mtrr.variable[n].base = types[t];
                    mtrr.variable[n++].mask = V;
                }
            }
            if (set & 1) /* UC */
                want = UC;
            else if ((set & (set - 1)) == 0) /* One type. */
                want = types[__builtin_ctz(set)];
            else if (set == (4 | 16)) /* WT, WB */
                want = WT;
            else
                want = UND;
            snprintf(claim, sizeof(claim), "set %02x of UC WC WT WP WB", set);
            assert_type(claim, xenpt_mtrr_type(&mtrr, 46, 0x200000), want);
        }
    }
}

static void test_all_wb(void **state)
{
    struct xenpt_mtrr mtrr = xenpt_mtrr_all_wb();

    (void)state;
    assert_type("low", xenpt_mtrr_type(&mtrr, 46, 0), WB);
    assert_type("VGA hole", xenpt_mtrr_type(&mtrr, 46, 0xa0000), WB);
    assert_type("high", xenpt_mtrr_type(&mtrr, 46, XENPT_BIT(46) - 1), WB);
    assert_int_equal(xenpt_mtrr_check(&mtrr, NULL), XENPT_OK);
}

/* SDM vol. 3: WRMSR raises #GP for reserved types and for reserved bits. */
static void test_mtrr_check(void **state)
{
    static const struct {
        const char *text;
        struct xenpt_mtrr mtrr;
    } bad[] = {
        { "the default type is 2", { .def_type = 2 } },
        { "the default type is 3", { .def_type = 3 } },
        { "the default type is 7", { .def_type = 7 } },
        { "the default type is 8", { .def_type = 8 } },
        { "fixed range 0 is 0x2", { .fixed = { 2 } } },
        { "fixed range 87 is 0x7", { .fixed = { [87] = 7 } } },
        { "fixed range 87 is 0x86", { .fixed = { [87] = 0x86 } } },
        { "the base of variable range 0 is 0x7", { .variable = { { 7, 0 } } } },
        { "the base of variable range 15 is 0x16", { .variable = { [15] = { 0x16, 0 } } } },
        { "the base of variable range 1 is 0x100", { .variable = { [1] = { 0x100, 0 } } } },
        { "the base of variable range 1 is 0x800", { .variable = { [1] = { 0x800, 0 } } } },
        { "the base of variable range 1 is 0x10000000000000",
          { .variable = { [1] = { XENPT_BIT(52), 0 } } } },
        { "the mask of variable range 2 is 0x400", { .variable = { [2] = { 0, 0x400 } } } },
        { "the mask of variable range 2 is 0x1", { .variable = { [2] = { 0, 1 } } } },
        { "the mask of variable range 2 is 0x8000000000000000",
          { .variable = { [2] = { 0, XENPT_BIT(63) } } } },
    };
    static const struct xenpt_mtrr good = {
        .enabled = true,
        .fixed_enabled = true,
        .def_type = WP,
        .fixed = { UC, WC, WT, WP, WB },
        .variable = { { XENPT_BITS(51, 12) | WB, XENPT_BITS(51, 11) }, { WC, 0x800 } },
    };

    (void)state;
    assert_int_equal(xenpt_mtrr_check(&good, NULL), XENPT_OK);
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct xenpt_error err = { 0 };

        assert_int_equal(xenpt_mtrr_check(&bad[i].mtrr, &err), XENPT_ESTATE);
        if (strncmp(err.text, bad[i].text, strlen(bad[i].text)) != 0)
            fail_msg("\"%s\" does not begin with \"%s\"", err.text, bad[i].text);
        assert_int_equal(xenpt_mtrr_check(&bad[i].mtrr, NULL), XENPT_ESTATE);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fixed_ranges), cmocka_unit_test(test_mtrr),
        cmocka_unit_test(test_overlap),      cmocka_unit_test(test_all_wb),
        cmocka_unit_test(test_mtrr_check),
    };

    return cmocka_run_group_tests_name("mtrr", tests, NULL, NULL);
}
