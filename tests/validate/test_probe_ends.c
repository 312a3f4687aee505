/* test_probe_ends.c - how a run of a probe image ends, well or not, and where it begins. */
#include "cases.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct shape shape = {
    .levels = 4,
    .cr0 = 0x80010031,
    .cr4 = 0x20,
    .efer = 0xd00,
    .va = 0x0000123443000000,
};

/* Each result is 32 bytes: a fault changes no word where A is there already. */
#define TABLES_SEEN .with = { 0, 0, A, A, A }
static const struct row rows[] = {
    { "", READ, .without = { 0, P }, TABLES_SEEN, PF(0) },
    { "", READ, USER, .without = { 0, P }, TABLES_SEEN, PF(4) },
    { "", WRITE, .without = { 0, P }, TABLES_SEEN, PF(2) },
    { "", WRITE, USER, .without = { 0, P }, TABLES_SEEN, PF(6) },
    { "", RMW, USER, .without = { 0, P }, TABLES_SEEN, PF(6) },
};

#define MANY 200

static const struct emulator qemu = { .cpu = "max" };
/* One without five levels. */
static const struct emulator old = { .cpu = "qemu64" };

/* Runs the rows after something was done to the blob's header, or to its last byte. */
static void run(const struct emulator *e, uint32_t flags, void (*change)(struct blob *blob),
                struct results *ret)
{
    struct shape s = shape;
    struct blob blob;

    if (!emulator_there(e))
        skip();
    s.flags = flags;
    cases_make(&s, rows, CASES_N(rows), &blob);
    if (change)
        change(&blob);
    emulator_run(e, &blob, ret);
    blob_free(&blob);
}

static struct blob_header *header(struct blob *blob)
{
    return (struct blob_header *)(void *)blob->bytes;
}

static void expect(const struct results *results, uint32_t end, uint32_t nr)
{
    assert_int_equal(results->head.end, end);
    assert_int_equal(results->head.nr_results, nr);
}

static void damage(struct blob *blob)
{
    blob->bytes[blob->size - 1] ^= 1;
}

static void another_version(struct blob *blob)
{
    header(blob)->version++;
}

/* The sum is right, and the case is not. */
static void impossible(struct blob *blob)
{
    struct blob_header *head = header(blob);
    struct blob_access *last = (struct blob_access *)(void *)(blob->bytes + blob->size) - 1;

    last->state = 1;
    head->check = blob_sum(head + 1, head->size - (uint32_t)sizeof(*head));
}

static void no_blob_to_believe(void **state)
{
    void (*const changes[])(struct blob *) = { damage, another_version, impossible };

    (void)state;
    for (unsigned int i = 0; i < 3; i++) {
        struct results results;

        run(&qemu, 0, changes[i], &results);
        expect(&results, END_NO_BLOB, 0);
        results_free(&results);
    }
}

static void machine_cannot(void **state)
{
    struct results results;

    (void)state;
    run(&qemu, BLOB_EPT, NULL, &results); /* QEMU emulates no VMX. */
    expect(&results, END_CANNOT, 0);
    results_free(&results);
    run(&old, BLOB_LA57, NULL, &results);
    expect(&results, END_CANNOT, 0);
    results_free(&results);
}

/* Where nothing can be said in C. */
static void no_64_bit_mode(void **state)
{
    static const struct emulator small = {
        .cpu = "qemu32", .refuses = "xenpt probe: this processor has no 64-bit mode.\r\n"
    };
    struct results results;

    (void)state;
    run(&small, BLOB_TEXT, NULL, &results);
}

/* The case with all its words very often. */
static void many_words(struct blob *blob)
{
    struct blob_case *c = (struct blob_case *)(void *)(header(blob) + 1);
    size_t first = sizeof(struct blob_header) + sizeof(*c) +
                   c->nr_states * sizeof(struct blob_state);
    size_t words = c->nr_words * sizeof(struct blob_word), more = MANY * words;
    uint8_t *bytes = malloc(blob->size + more);

    assert_non_null(bytes);
    memcpy(bytes, blob->bytes, first);
    for (unsigned int i = 0; i < MANY; i++)
        memcpy(bytes + first + i * words, blob->bytes + first, words);
    memcpy(bytes + first + more, blob->bytes + first, blob->size - first);
    free(blob->bytes);
    blob->bytes = bytes;
    blob->size += more;
    c = (struct blob_case *)(void *)(header(blob) + 1);
    c->nr_words *= MANY + 1;
    c->size += (uint32_t)more;
    header(blob)->size += (uint32_t)more;
    header(blob)->check = blob_sum(header(blob) + 1,
                                   header(blob)->size - (uint32_t)sizeof(struct blob_header));
}

/* A result has room for 255: it says that there were more. */
static void more_changes_than_fit(void **state)
{
    static const struct row one[] = { { "", WRITE, TABLES_SEEN, OK } };
    struct shape s = shape;
    struct results results;
    struct blob blob;

    (void)state;
    if (!emulator_there(&qemu))
        skip();
    cases_make(&s, one, 1, &blob);
    many_words(&blob);
    emulator_run(&qemu, &blob, &results);
    expect(&results, END_DONE, 1);
    assert_int_equal(results_get(&results, 0)->nr_changed, UINT8_MAX);
    assert_int_equal(results_get(&results, 0)->flags, RESULT_LOST_CHANGES);
    results_free(&results);
    blob_free(&blob);
}

static void three_have_room(struct blob *blob)
{
    header(blob)->room = (uint32_t)(sizeof(struct results_header) + 4 * sizeof(struct result) - 1);
}

static void no_room(void **state)
{
    struct results results;

    (void)state;
    run(&qemu, 0, three_have_room, &results);
    expect(&results, END_NO_ROOM, 3);
    assert_int_equal(results_get(&results, 2)->code, 2);
    results_free(&results);
}

static void from_the_fourth(struct blob *blob)
{
    header(blob)->first = 3;
}

static void not_from_the_first(void **state)
{
    struct results results;

    (void)state;
    run(&qemu, 0, from_the_fourth, &results);
    expect(&results, END_DONE, 2);
    assert_int_equal(results.head.first, 3);
    assert_null(results_get(&results, 2));
    assert_int_equal(results_get(&results, 3)->code, 6);
    results_free(&results);
}

/* What CPUID says of QEMU's, and which blob it was. */
static void says_what_it_is(void **state)
{
    struct results results;

    (void)state;
    run(&qemu, 0, NULL, &results);
    expect(&results, END_DONE, CASES_N(rows));
    assert_memory_equal(results.head.machine.vendor, "AuthenticAMD", 12);
    assert_true(results.head.machine.leaf1_ecx >> 31);          /* A hypervisor's. */
    assert_true(results.head.machine.ext1_ecx >> 2 & 1);        /* SVM, */
    assert_true(results.head.machine.leaf7_ecx >> 16 & 1);      /* five levels, */
    assert_int_equal(results.head.machine.ext8_eax & 0xff, 40); /* 40 bits of address. */
    assert_int_equal(results.head.machine.vmx_basic, 0);
    results_free(&results);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_blob_to_believe),
        cmocka_unit_test(machine_cannot),
        cmocka_unit_test(no_64_bit_mode),
        cmocka_unit_test(more_changes_than_fit),
        cmocka_unit_test(no_room),
        cmocka_unit_test(not_from_the_first),
        cmocka_unit_test(says_what_it_is),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
