/* test_report_words.c - rights, fault codes, bits, sizes and numbers, in words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "report/out.h"
#include "report/text.h"
#include "report/words.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void test_rights(void **state)
{
    static const struct {
        unsigned int held;
        const char *text;
    } rows[] = {
        { 0, "----" },
        { 1u << XENPT_R, "r---" },
        { 1u << XENPT_W, "-w--" },
        { 1u << XENPT_XS, "--x-" },
        { 1u << XENPT_XU, "--x-" },
        { 1u << XENPT_U, "---u" },
        { ~0u, "rwxu" },
    };
    char buf[RIGHTS_TEXT_MAX];

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_string_equal(rights_text(rows[i].held, buf), rows[i].text);
}

/* Names as in the manuals' figures of these codes; bit numbers are the manuals', too. */
static void test_codes(void **state)
{
    static const struct {
        const char *claim;
        enum xenpt_fault_kind kind;
        uint64_t code;
        const char *names, *words;
    } rows[] = {
        { "a read of nothing, by the supervisor", XENPT_FAULT_PF, 0, "",
          "an entry is not present, in supervisor mode" },
        { "a user's write to a read-only page", XENPT_FAULT_PF, 7, "P W U",
          "an entry that is present refused, a write, in user mode" },
        { "every other bit", XENPT_FAULT_PF, 0x79, "P RSVD I PK SS",
          "an entry that is present refused, in supervisor mode, a reserved bit is set, an "
          "instruction fetch, a protection key, a shadow-stack access" },
        { "NPF of a guest's table", XENPT_FAULT_NPF, 0x200000007, "P W U TABLE",
          "an entry that is present refused, a write, of a guest's table" },
        { "NPF of the page", XENPT_FAULT_NPF, 0x100000014, "U I FINAL",
          "an entry is not present, an instruction fetch, of the page itself" },
        { "EPT violation of the page", XENPT_FAULT_EPT_VIOLATION, 0x1aa, "WRITE R X LINEAR FINAL",
          "a write, EPT lets read, EPT lets execute, of the page itself" },
        { "EPT violation of a guest's table", XENPT_FAULT_EPT_VIOLATION, 0x83, "READ WRITE LINEAR",
          "a read, a write, of a guest's table" },
        { "EPT violation of a PDPTE", XENPT_FAULT_EPT_VIOLATION, 1, "READ",
          "a read, with no linear address, of a guest's table" },
        { "EPT violation, every other bit", XENPT_FAULT_EPT_VIOLATION, 0x6fd4,
          "FETCH W UX LINEAR FINAL LINEAR_U LINEAR_W LINEAR_NX SHSTK SSS",
          "an instruction fetch, EPT lets write, EPT lets user mode execute, of the page itself, "
          "the linear address is a user's, the linear address is writable, the linear address is "
          "no-execute, a shadow-stack access, EPT marks a supervisor shadow stack" },
        { "there is no code", XENPT_FAULT_EPT_MISCONFIG, 0, "", "" },
        { "nor here", XENPT_FAULT_GP, 0, "", "" },
    };
    char buf[WORDS_MAX];

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct xenpt_fault fault = { .kind = rows[i].kind, .code = rows[i].code };

        if (strcmp(code_names(&fault, buf), rows[i].names) != 0)
            fail_msg("%s: names: %s", rows[i].claim, buf);
        if (strcmp(code_words(&fault, buf), rows[i].words) != 0)
            fail_msg("%s: words: %s", rows[i].claim, buf);
    }
}

static void test_bits(void **state)
{
    static const struct {
        const char *claim;
        enum xenpt_format_id format;
        uint8_t level;
        uint64_t entry, bits;
        const char *words;
    } rows[] = {
        { "a flag that is clear", XENPT_4LEVEL, 4, 0x1003, 4, "US is 0" },
        { "a flag that is set", XENPT_4LEVEL, 4, 0x1087, 0x80, "PS is 1" },
        { "two flags", XENPT_NPT4, 1, 0x1001, 6, "RW is 0, US is 0" },
        { "bits without a name", XENPT_4LEVEL, 2, 0x2000a7, 0x6000, "bits 14:13 are 0x0" },
        { "one of them", XENPT_4LEVEL, 2, 0x2020a7, 0x2000, "bit 13 is 1" },
        { "a field", XENPT_4LEVEL, 1, UINT64_C(3) << 59 | 1, UINT64_C(15) << 59, "PK is 3" },
        { "some bits of a field", XENPT_PAE, 1, UINT64_C(1) << 52 | 1, UINT64_C(1) << 52,
          "bit 52 is 1" },
        { "bits far from each other", XENPT_PAE, 3, 0x10000000000021e7, 0x10000000000001e6,
          "RW is 1, US is 1, A is 1, D is 1, PS is 1, G is 1, bit 60 is 1" },
        { "EPT: no right at all", XENPT_EPT4, 1, 0, 7, "R is 0, W is 0, X is 0" },
        { "EPT: a memory type", XENPT_EPT4, 1, 0x1017, 0x38, "MT is 2" },
        { "the topmost bit", XENPT_4LEVEL, 1, UINT64_C(1) << 63 | 1, UINT64_C(1) << 63, "NX is 1" },
    };
    char buf[WORDS_MAX];

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct xenpt_step step = { .level = rows[i].level, .entry = rows[i].entry };

        bits_words(xenpt_format(rows[i].format), &step, rows[i].bits, buf);
        if (strcmp(buf, rows[i].words) != 0)
            fail_msg("%s: %s", rows[i].claim, buf);
    }
}

static void test_accesses(void **state)
{
    static const struct {
        struct xenpt_access access;
        const char *words;
    } rows[] = {
        { { .kind = XENPT_READ }, "read at CPL 0" },
        { { .kind = XENPT_WRITE, .cpl = 3 }, "write at CPL 3" },
        { { .kind = XENPT_FETCH, .cpl = 1, .ac = true }, "fetch at CPL 1, EFLAGS.AC set" },
        { { .kind = XENPT_READ, .implicit = true, .shadow_stack = true, .stack_segment = true },
          "read at CPL 0, implicit, to a shadow stack, through SS" },
    };
    char buf[WORDS_MAX];

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_string_equal(access_words(&rows[i].access, buf), rows[i].words);
}

static void test_sizes(void **state)
{
    static const struct {
        uint64_t bytes;
        const char *text;
    } rows[] = {
        { 0, "0B" },
        { 1, "1B" },
        { 4096, "4K" },
        { 4096 * 3 + 1, "12289B" },
        { UINT64_C(1) << 20, "1M" },
        { (UINT64_C(1) << 30) + (UINT64_C(1) << 20), "1025M" },
        { UINT64_C(1) << 39, "512G" },
        { UINT64_C(1) << 47, "128T" },
        { UINT64_C(1) << 57, "128P" },
        { UINT64_C(1) << 63, "8E" },
    };
    char buf[SIZE_TEXT_MAX];

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_string_equal(size_text(rows[i].bytes, buf), rows[i].text);
}

/* --- Numbers and paragraphs, as they are written -------------------------------------------- */

struct sheet {
    size_t n;
    char text[4096];
};

static bool put(void *ctx, const char *bytes, size_t n)
{
    struct sheet *s = ctx;

    assert_true(s->n + n < sizeof(s->text));
    memcpy(s->text + s->n, bytes, n);
    s->n += n;
    s->text[s->n] = '\0';
    return true;
}

static void test_numbers(void **state)
{
    static struct out o;
    struct sheet s = { 0 };

    (void)state;
    o = (struct out){ .write = put, .ctx = &s };
    out_hex(&o, 0, 1);
    out_char(&o, ' ');
    out_hex(&o, 0xabc, 1);
    out_char(&o, ' ');
    out_hex(&o, 0xabc, 8);
    out_char(&o, ' ');
    out_hex(&o, UINT64_MAX, 4);
    out_char(&o, ' ');
    out_hex(&o, 1, 40);
    out_char(&o, ' ');
    out_dec(&o, 0, 0);
    out_dec(&o, 7, 3);
    out_dec(&o, UINT64_MAX, 5);
    out_flush(&o);
    assert_string_equal(s.text, "0 abc 00000abc ffffffffffffffff 0000000000000001 "
                                "0  718446744073709551615");
}

static void test_paragraph(void **state)
{
    static struct out o;
    struct sheet s = { 0 };
    struct text t = { .out = &o };

    (void)state;
    o = (struct out){ .write = put, .ctx = &s };
    out_text(&o, "name    ");
    text_wrap(&t,
              "a sentence that is much too long for the rest of a line and so goes on in the one "
              "below",
              8, 8);
    out_flush(&o);
    assert_string_equal(s.text, "name    a sentence that is much too long for the rest of a line "
                                "and so goes on\n        in the one below\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rights),    cmocka_unit_test(test_codes),
        cmocka_unit_test(test_bits),      cmocka_unit_test(test_accesses),
        cmocka_unit_test(test_sizes),     cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_paragraph),
    };

    return cmocka_run_group_tests_name("report_words", tests, NULL, NULL);
}
