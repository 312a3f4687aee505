/*
 * test_program.c - the program as a function, starved of memory: whatever it was about to do,
 * it says so in one line and ends with 2, and leaves no file behind.
 *
 * What libraries allocate for themselves is not counted; see fail_alloc.h.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "commands.h"
#include "fail_alloc.h"

#define CAPTURE XENPT_CAPTURES "/deb-pv64-amd-guest.elf.zst"
#define WORDS   12

static char folder[] = "/tmp/xenpt-test-XXXXXX";

static int enter(void **state)
{
    (void)state;
    return !mkdtemp(folder) || chdir(folder) || !freopen("complaints", "w+", stderr);
}

static int leave(void **state)
{
    (void)state;
    return unlink("complaints") || chdir("/") || rmdir(folder);
}

/* What was written to stderr since the last call. */
static const char *complaints(char *buf, size_t size)
{
    size_t n;

    fflush(stderr);
    rewind(stderr);
    n = fread(buf, 1, size - 1, stderr);
    buf[n] = '\0';
    rewind(stderr);
    assert_int_equal(ftruncate(fileno(stderr), 0), 0);
    return buf;
}

static enum ending run(const char *const words[WORDS])
{
    char *argv[WORDS + 1] = { "xenpt" };
    int argc = 1;

    for (; argc <= WORDS && words[argc - 1]; argc++)
        argv[argc] = (char *)(uintptr_t)words[argc - 1];
    return program(argc, argv);
}

static void test_out_of_memory(void **state)
{
    static const char *const lines[][WORDS] = {
        { "walk", CAPTURE, "ffff830000000000", "--access", "r", "-o", "out" },
        { "walk", CAPTURE, "0", "--second", "ept:1000", "--format", "json", "-o", "out" },
        { "map", CAPTURE, "--leaves", "-o", "out" },
        { "map", CAPTURE, "--format", "json", "-o", "out" },
        { "roots", CAPTURE, "--slots", "--root", "f127000", "-o", "out" },
        { "walk", CAPTURE, "ffff830000000000", "--layout", "4.17", "-o", "out" },
    };
    char said[4096];

    (void)state;
    for (size_t i = 0; i < COUNT(lines); i++) {
        enum ending ending = END_CANNOT;
        unsigned long n = 0;

        for (;; n++) {
            fail_alloc_after(n);
            ending = run(lines[i]);
            complaints(said, sizeof(said));
            if (!fail_alloc_stop())
                break;
            assert_int_equal(ending, END_CANNOT);
            assert_int_equal(access("out", F_OK), -1);
            if (strncmp(said, "xenpt ", 6) != 0 || strchr(said, '\n') != said + strlen(said) - 1 ||
                (!strstr(said, "memory") && !strstr(said, "Cannot allocate")))
                fail_msg("%s, allocation %lu: %s", lines[i][0], n, said);
        }
        assert_int_not_equal(ending, END_CANNOT);
        assert_string_equal(said, "");
        assert_int_equal(unlink("out"), 0);
        assert_true(n > 5);
    }
}

/* No word is too long, and none too many. */
static void test_long_words(void **state)
{
    static char word[1 << 16];
    const char *const names[] = { "--context", "--root",   "--second",    "--without", "--symbols",
                                  "--format",  "--output", "--mode",      "--va",      "--area",
                                  "--limit",   "--cr4",    "--maxphyaddr" };
    char said[4096];

    (void)state;
    memset(word, 'a', sizeof(word) - 1);
    for (size_t i = 0; i < COUNT(names); i++) {
        const char *const line[WORDS] = { "map", CAPTURE, names[i], word };

        assert_int_equal(run(line), END_CANNOT);
        assert_int_equal(strncmp(complaints(said, sizeof(said)), "xenpt map: ", 11), 0);
    }
    memcpy(word, "--", 2);
    assert_int_equal(run((const char *const[WORDS]){ "map", word }), END_CANNOT);
    assert_non_null(strstr(complaints(said, sizeof(said)), "there is no option --aaa"));
    assert_int_equal(run((const char *const[WORDS]){ word + 2 }), END_CANNOT);
    assert_non_null(strstr(complaints(said, sizeof(said)), "there is no command 'aaa"));
    assert_int_equal(run((const char *const[WORDS]){ "walk", CAPTURE, word + 2 }), END_CANNOT);
    assert_non_null(strstr(complaints(said, sizeof(said)), "is no address"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_out_of_memory),
        cmocka_unit_test(test_long_words),
    };

    return cmocka_run_group_tests_name("program", tests, enter, leave);
}
