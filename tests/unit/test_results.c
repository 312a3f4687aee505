/* test_results.c - results as bytes, through a port and as text: taken, or refused with why. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fail_alloc.h"
#include "validate/results.h"

/* What a machine of three accesses would have left: the second changed two words. */
struct run {
    struct results_header head;
    struct result first, second;
    struct result_changed changed[2];
    struct result third;
};

static void fill(struct run *ret)
{
    *ret = (struct run){
        .head = { .magic = RESULTS_MAGIC,
                  .version = BLOB_VERSION,
                  .id = 0x1234,
                  .end = END_DONE,
                  .first = 5,
                  .nr_results = 3,
                  .machine = { .vendor = { 'G', 'e', 'n' }, .ext8_eax = 0x3028 } },
        .first = { .outcome = RESULT_DONE, .value = 0xabcd },
        .second = { .outcome = RESULT_FAULT,
                    .vector = 14,
                    .nr_changed = 2,
                    .code = 7,
                    .address = 0xffff800000001000 },
        .changed = { { .word = 1, .value = 0x27 }, { .word = 90, .value = ~UINT64_C(0) } },
        .third = { .outcome = RESULT_EXIT, .code = 48, .value = 0x181, .linear = 0x1000 },
    };
    ret->head.size = (uint32_t)(sizeof(*ret) - sizeof(ret->head));
    ret->head.check = blob_sum(&ret->first, ret->head.size);
}

static void check_same(const struct results *got, const struct run *run)
{
    assert_int_equal(got->head.id, 0x1234);
    assert_int_equal(got->head.nr_results, 3);
    assert_memory_equal(&got->head.machine, &run->head.machine, sizeof(run->head.machine));
    assert_memory_equal(results_get(got, 5), &run->first, sizeof(run->first));
    assert_memory_equal(results_get(got, 6), &run->second,
                        sizeof(run->second) + sizeof(run->changed));
    assert_memory_equal(results_get(got, 7), &run->third, sizeof(run->third));
    assert_null(results_get(got, 4));
    assert_null(results_get(got, 8));
}

static void test_bytes(void **state)
{
    struct results got;
    struct run run;

    (void)state;
    fill(&run);
    assert_int_equal(results_parse(&run, sizeof(run), &got, NULL), XENPT_OK);
    check_same(&got, &run);
    results_free(&got);
}

/* A machine that died wrote no sum, and perhaps half a result. */
static void test_died(void **state)
{
    struct results got;
    struct run run;

    (void)state;
    fill(&run);
    run.head.end = END_RUNNING;
    run.head.nr_results = 2;
    run.head.check = 0;
    run.third.outcome = 77;
    assert_int_equal(results_parse(&run, sizeof(run), &got, NULL), XENPT_OK);
    assert_int_equal(got.head.nr_results, 2);
    assert_null(results_get(&got, 7));
    results_free(&got);
}

static void refused(const struct run *run, size_t n, const char *words)
{
    struct xenpt_error err = { 0 };
    struct results got;

    assert_int_not_equal(results_parse(run, n, &got, &err), XENPT_OK);
    if (!strstr(err.text, words))
        fail_msg("'%s' does not say '%s'", err.text, words);
}

static void test_refused(void **state)
{
    struct run run;

    (void)state;
    fill(&run);
    refused(&run, sizeof(run.head) - 1, "a header of results has 104");
    run.head.magic++;
    refused(&run, sizeof(run), "no results");
    fill(&run);
    run.head.version = 9;
    refused(&run, sizeof(run), "version 9");
    fill(&run);
    run.head.end = 5;
    refused(&run, sizeof(run), "ended with 5");
    fill(&run);
    refused(&run, sizeof(run) - 8, "are said to follow");
    fill(&run);
    run.head.nr_results = 5;
    refused(&run, sizeof(run), "5 results are said");
    fill(&run);
    run.head.first = UINT32_MAX - 2;
    refused(&run, sizeof(run), "results from number");
    fill(&run);
    run.first.value++;
    refused(&run, sizeof(run), "sum");
    fill(&run);
    run.head.nr_results = 2;
    refused(&run, sizeof(run), "take 96 bytes, not 128");
    fill(&run);
    run.third.nr_changed = 1;
    run.head.check = blob_sum(&run.first, run.head.size);
    refused(&run, sizeof(run), "in the middle");
    /* No machine says of itself that it died. */
    fill(&run);
    run.third.outcome = RESULT_DIED;
    run.head.check = blob_sum(&run.first, run.head.size);
    refused(&run, sizeof(run), "no such outcome");
}

/* What comes through a port: noise, a header, results, the header again. */
static size_t stream(uint8_t *to, const struct run *run, size_t results)
{
    static const char noise[] = "Bochs XPTR, or so\n";
    struct results_header begin = run->head;
    size_t n = sizeof(noise) - 1;

    begin.end = END_RUNNING;
    begin.nr_results = begin.size = begin.check = 0;
    memcpy(to, noise, n);
    memcpy(to + n, &begin, sizeof(begin));
    n += sizeof(begin);
    memcpy(to + n, &run->first, results);
    return n + results;
}

static void test_stream(void **state)
{
    uint8_t bytes[1024];
    struct results got;
    struct run run;
    size_t n;

    (void)state;
    fill(&run);
    n = stream(bytes, &run, run.head.size);
    memcpy(bytes + n, &run.head, sizeof(run.head));
    assert_int_equal(results_parse_stream(bytes, n + sizeof(run.head), &got, NULL), XENPT_OK);
    assert_int_equal(got.head.end, END_DONE);
    check_same(&got, &run);
    results_free(&got);

    /* The last header has to agree with what came. */
    run.head.nr_results = 2;
    memcpy(bytes + n, &run.head, sizeof(run.head));
    assert_int_equal(results_parse_stream(bytes, n + sizeof(run.head), &got, NULL), XENPT_EPARSE);
    fill(&run);
    run.head.check++;
    memcpy(bytes + n, &run.head, sizeof(run.head));
    assert_int_equal(results_parse_stream(bytes, n + sizeof(run.head), &got, NULL), XENPT_EPARSE);
    assert_int_equal(results_parse_stream("nothing", 7, &got, NULL), XENPT_EPARSE);
    assert_int_equal(results_parse_stream("", 0, &got, NULL), XENPT_EPARSE);
}

static void test_stream_cut(void **state)
{
    static const char words[] = "xenpt probe: exception e, code 0, in the image itself at 1";
    uint8_t bytes[1024];
    struct results got;
    struct run run;
    size_t n;

    (void)state;
    fill(&run);
    for (size_t results = 0; results < run.head.size; results++) {
        unsigned int whole = results >= 96 ? 2 : results >= 32;

        n = stream(bytes, &run, results);
        assert_int_equal(results_parse_stream(bytes, n, &got, NULL), XENPT_OK);
        assert_int_equal(got.head.end, END_RUNNING);
        assert_int_equal(got.head.nr_results, whole);
        results_free(&got);
    }
    n = stream(bytes, &run, 32);
    memcpy(bytes + n, words, sizeof(words));
    assert_int_equal(results_parse_stream(bytes, n + sizeof(words), &got, NULL), XENPT_OK);
    assert_int_equal(got.head.nr_results, 1);
    results_free(&got);
    memset(bytes + n, 0x99, 64);
    assert_int_equal(results_parse_stream(bytes, n + 64, &got, NULL), XENPT_EPARSE);
}

/* Puts a line's sum behind it. */
static void line(char *to, const char *text)
{
    unsigned int sum = 0;

    for (const char *c = text; *c; c++)
        sum += (uint8_t)*c;
    sprintf(to + strlen(to), "%s =%x\r\n", text, sum & 0xffff);
}

static void text_of(char *to, const struct run *run)
{
    char words[1024] = "M";

    for (size_t i = 0; i < sizeof(run->head.machine) / 4; i++)
        sprintf(words + strlen(words), " %x", ((const uint32_t *)&run->head.machine)[i]);
    *to = '\0';
    strcat(to, "R 5 is what a boot loader may say\r\n");
    line(to, "XPTR 3 1234 5");
    line(to, words);
    line(to, "R 5 0 0 0 0 0 abcd 0");
    strcat(to, "a word of the firmware's\r\n");
    line(to, "R 6 1 e 0 7 ffff800000001000 0 0 1:27 5a:ffffffffffffffff");
    line(to, "R 7 2 0 0 30 0 181 1000");
    line(to, "END 1 3");
}

static void test_text(void **state)
{
    char text[4096];
    struct results got;
    struct run run;

    (void)state;
    fill(&run);
    text_of(text, &run);
    assert_int_equal(results_parse_text(text, strlen(text), &got, NULL), XENPT_OK);
    assert_int_equal(got.head.end, END_DONE);
    check_same(&got, &run);
    results_free(&got);
    /* The machine died, or the cable was pulled. */
    *strstr(text, "R 7") = '\0';
    assert_int_equal(results_parse_text(text, strlen(text), &got, NULL), XENPT_OK);
    assert_int_equal(got.head.end, END_RUNNING);
    assert_int_equal(got.head.nr_results, 2);
    results_free(&got);
}

/* With @from put in place of @to, and the sum of the line made good if @sum. */
static void text_refused(const char *from, const char *to, unsigned int number, const char *words)
{
    char text[4096], changed[4096];
    struct xenpt_error err = { 0 };
    struct results got;
    struct run run;
    char *at;

    fill(&run);
    text_of(text, &run);
    at = strstr(text, from);
    assert_non_null(at);
    *at = '\0';
    snprintf(changed, sizeof(changed), "%s%s%s", text, to, at + strlen(from));
    assert_int_not_equal(results_parse_text(changed, strlen(changed), &got, &err), XENPT_OK);
    if (!strstr(err.text, words) || err.line != number)
        fail_msg("line %u: '%s' does not say '%s' of line %u", err.line, err.text, words, number);
}

static void test_text_refused(void **state)
{
    char good[256] = "", other[256] = "";

    (void)state;
    text_refused("e 0 7 ffff8", "e 0 7 fff8", 6, "damaged");
    text_refused("R 7 2 0 0 30 0 181 1000 =", "R 7 2 0 0 30 0 181 1000 ", 7, "no sum");
    line(good, "R 6 1 e 0 7 ffff800000001000 0 0 1:27 5a:ffffffffffffffff");
    text_refused(good, "", 6, "access 7 follows where 6 should");
    line(other, "R 6 6 e 0 7 ffff800000001000 0 0");
    text_refused(good, other, 6, "the outcome is 6");
    *other = '\0';
    line(other, "R 6 1 e 0 7 ffff800000001000 0 0 1");
    text_refused(good, other, 6, "a changed word does not end");
    *other = '\0';
    line(other, "R 6 1 e 0 7 ffff8000000010001 0 0");
    text_refused(good, other, 6, "does not end where it should");
    *other = '\0';
    line(other, "R 6 1 e");
    text_refused(good, other, 6, "the flags is missing");
    *good = *other = '\0';
    line(good, "END 1 3");
    line(other, "END 1 4");
    text_refused(good, other, 8, "4 results were sent, and 3 are here");
    *other = '\0';
    line(other, "END 0 3");
    text_refused(good, other, 8, "no way for a run to end");
    *other = '\0';
    line(other, "XPTR 3 1234 5");
    text_refused(good, other, 8, "second run");
    *good = *other = '\0';
    line(good, "XPTR 3 1234 5");
    line(other, "XPTR 4 1234 5");
    text_refused(good, other, 2, "version 4");
    text_refused(good, "", 0, "no line begins with XPTR");
}

static void test_no_memory(void **state)
{
    enum xenpt_code code = XENPT_OK;
    struct results got;
    struct run run;

    (void)state;
    fill(&run);
    for (unsigned long n = 0;; n++) {
        fail_alloc_after(n);
        code = results_parse(&run, sizeof(run), &got, NULL);
        if (!fail_alloc_stop())
            break;
        assert_int_equal(code, XENPT_ENOMEM);
    }
    assert_int_equal(code, XENPT_OK);
    results_free(&got);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bytes),        cmocka_unit_test(test_died),
        cmocka_unit_test(test_refused),      cmocka_unit_test(test_stream),
        cmocka_unit_test(test_stream_cut),   cmocka_unit_test(test_text),
        cmocka_unit_test(test_text_refused), cmocka_unit_test(test_no_memory),
    };

    return cmocka_run_group_tests_name("results", tests, NULL, NULL);
}
