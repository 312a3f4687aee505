/*
 * test_qemu_tlb.c - every leaf of every captured machine, against what QEMU printed.
 *
 * Beside a capture, NAME.tlbN holds the answer to "info tlb" that QEMU's monitor gave for
 * CPU N at that moment: its own walk of the same tables, one line a leaf entry,
 *
 *     0000000000401000: 000000000c76d000 -G--A--U-
 *
 * with the input address in canonical form, the address the entry leads to (bits 49 to 12, 21
 * or 30 of it), and the leaf's own flags NX G PS D A PCD PWT US RW as X G P D A C T U W.  At
 * level 1, where bit 7 is PAT, P is never printed.  Rights of upper levels play no part, and
 * reserved bits are not looked at: none of these trees has one set, which is asserted too.
 * Tables reached several times, through linear entries say, are printed as often.
 *
 * CPUs that were in a guest under nested paging have no such text: QEMU 7.2 takes their CR3
 * for a machine address.
 */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "captures.h"
#include "xenpt/image.h"
#include "xenpt/scan.h"

/* --- Lines ----------------------------------------------------------------------------------- */

#define NR_LETTERS 9
static const char letters[] = "XGPDACTUW";

struct line {
    uint64_t in, out;
    char flags[NR_LETTERS + 1];
};

static bool hex(const char *s, uint64_t *ret)
{
    *ret = 0;
    for (int i = 0; i < 16; i++) {
        char c = s[i];

        if (!(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'f'))
            return false;
        *ret = *ret << 4 | (uint64_t)(c <= '9' ? c - '0' : c - 'a' + 10);
    }
    return true;
}

/* Takes one line off the text, to the letter.  False: there is none left. */
static bool next_line(const char **text, struct line *ret)
{
    const char *s = *text;

    if (!*s)
        return false;
    if (strnlen(s, 46) < 46 || !hex(s, &ret->in) || memcmp(s + 16, ": ", 2) != 0 ||
        !hex(s + 18, &ret->out) || s[34] != ' ' || memcmp(s + 44, "\r\n", 2) != 0)
        fail_msg("not a line of \"info tlb\": %.46s", s);
    for (int i = 0; i < NR_LETTERS; i++)
        if (s[35 + i] != '-' && s[35 + i] != letters[i])
            fail_msg("not flags of \"info tlb\": %.46s", s);
    memcpy(ret->flags, s + 35, NR_LETTERS);
    ret->flags[NR_LETTERS] = '\0';
    *text = s + 46;
    return true;
}

/* The line that a leaf of ours would be, by the names xenpt gives its flags. */
static struct line line_of(const struct xenpt_format *f, const struct xenpt_range *range)
{
    static const char *const names[NR_LETTERS] = { "NX",  "G",   "PS", "D", "A",
                                                   "PCD", "PWT", "US", "RW" };
    const struct xenpt_flag *flags[64];
    size_t n = xenpt_entry_flags(f, range->level, range->entry, false, flags, 64);
    struct line line = { .in = range->first, .out = range->out, .flags = "---------" };

    for (size_t i = 0; i < n; i++)
        for (int l = 0; l < NR_LETTERS; l++)
            if (!strcmp(flags[i]->name, names[l]))
                line.flags[l] = letters[l];
    return line;
}

/* --- Comparing ------------------------------------------------------------------------------- */

struct comparison {
    const struct xenpt_format *format;
    const char *text; /* What is left of QEMU's. */
    struct line line; /* Taken off it... */
    bool has_line;    /* ...and not yet met in ours. */
    uint64_t same, other, ours_only, theirs_only, not_pages;
    char first[200]; /* The first difference. */
};

static uint64_t differences(const struct comparison *c)
{
    return c->other + c->ours_only + c->theirs_only + c->not_pages;
}

static void note(struct comparison *c, const char *what, const struct line *ours,
                 const struct line *theirs)
{
    if (!c->first[0])
        snprintf(c->first, sizeof(c->first),
                 "%s: ours %016" PRIx64 ": %016" PRIx64 " %s, QEMU's %016" PRIx64 ": %016" PRIx64
                 " %s",
                 what, ours->in, ours->out, ours->flags, theirs->in, theirs->out, theirs->flags);
}

static void take(struct comparison *c)
{
    c->has_line = next_line(&c->text, &c->line);
}

/* Both sides are in the order of their addresses. */
static void compare_page(struct comparison *c, const struct xenpt_range *range)
{
    static const struct line none = { .flags = "none" };
    struct line ours = line_of(c->format, range);

    for (; c->has_line && c->line.in < ours.in; take(c)) {
        note(c, "missing", &none, &c->line);
        c->theirs_only++;
    }
    if (!c->has_line || c->line.in != ours.in) {
        note(c, "invented", &ours, &none);
        c->ours_only++;
        return;
    }
    if (c->line.out == ours.out && !strcmp(c->line.flags, ours.flags)) {
        c->same++;
    } else {
        note(c, "different", &ours, &c->line);
        c->other++;
    }
    take(c);
}

static bool compare_ranges(void *ctx, const struct xenpt_range ranges[], size_t n)
{
    struct comparison *c = ctx;

    for (size_t i = 0; i < n; i++) {
        if (ranges[i].kind == XENPT_RANGE_PAGES)
            compare_page(c, &ranges[i]);
        else if (ranges[i].kind != XENPT_RANGE_HOLE)
            c->not_pages++; /* A table that is not in the capture, or an entry that is illegal. */
    }
    return true;
}

static void compare(const struct xenpt_view *view, const char *cpu, const char *text,
                    struct comparison *ret)
{
    const struct xenpt_context *ctx = xenpt_view_context(view, cpu);
    struct xenpt_scan_options opt = { .unfold = true };
    struct xenpt_scan_counts counts;
    struct xenpt_error err = { 0 };

    if (!ctx)
        fail_msg("there is no context %s", cpu);
    *ret = (struct comparison){ .format = &ctx->paging.format, .text = text };
    take(ret);
    if (xenpt_scan(&ctx->paging, view->mem, &opt, compare_ranges, ret, &counts, &err))
        fail_msg("%s: %s", cpu, err.text);
    for (; ret->has_line; take(ret)) {
        note(ret, "missing", &(struct line){ .flags = "none" }, &ret->line);
        ret->theirs_only++;
    }
    assert_int_equal(counts.leaves, ret->same + ret->other + ret->ours_only);
    assert_int_equal(counts.malformed, 0);
}

static struct xenpt_image *open_capture(const char *name)
{
    struct xenpt_image *image;
    struct xenpt_error err = { 0 };
    char path[1024];

    snprintf(path, sizeof(path), "%s/%s.elf.zst", XENPT_CAPTURES, name);
    if (xenpt_image_open(path, NULL, &image, &err))
        fail_msg("%s: %s", path, err.text);
    return image;
}

/* --- Tests ----------------------------------------------------------------------------------- */

/* As many texts as were taken: one that goes missing does not pass unseen. */
#define NR_TEXTS 54

static void test_every_capture(void **state)
{
    static char texts[CAPTURES_MAX][CAPTURES_NAME];
    size_t nr_texts = captures_find("*.tlb?.zst", texts);
    uint64_t leaves = 0, wrong = 0;

    (void)state;
    for (size_t i = 0; i < nr_texts; i++) {
        char *dot = strstr(texts[i], ".tlb"), cpu[8], *text;
        struct comparison c;
        struct xenpt_image *image;
        size_t size;

        text = captures_unpack(texts[i], &size);
        snprintf(cpu, sizeof(cpu), "cpu%c", dot[4]);
        *dot = '\0';
        image = open_capture(texts[i]);
        compare(xenpt_image_view(image), cpu, text, &c);
        if (differences(&c))
            print_error("%s %s: %" PRIu64 " same, %" PRIu64 " different, %" PRIu64
                        " missing, %" PRIu64 " invented, %" PRIu64 " no pages; first %s\n",
                        texts[i], cpu, c.same, c.other, c.theirs_only, c.ours_only, c.not_pages,
                        c.first);
        leaves += c.same;
        wrong += differences(&c);
        xenpt_image_close(image);
        free(text);
    }
    print_message("%zu CPUs, %" PRIu64 " leaves, %" PRIu64 " differences\n", nr_texts, leaves,
                  wrong);
    assert_int_equal(wrong, 0);
    assert_true(nr_texts >= NR_TEXTS);
}

/* The comparison itself sees every kind of difference. */
static void test_comparison(void **state)
{
    static const struct {
        const char *claim;
        size_t line, cut, column; /* Cuts lines from the text, or writes into one of them. */
        char was, now;
        uint64_t other, ours_only, theirs_only;
    } rows[] = {
        { "nothing changed", 0, 0, 0, 0, 0, 0, 0, 0 },
        { "the first line is gone", 0, 1, 0, 0, 0, 0, 1, 0 },
        { "two lines are gone", 500, 2, 0, 0, 0, 0, 2, 0 },
        { "the last line is gone", 1073, 1, 0, 0, 0, 0, 1, 0 },
        { "another address", 7, 0, 32, '0', '8', 1, 0, 0 },
        { "another flag", 7, 0, 43, 'W', '-', 1, 0, 0 },
        { "another input address", 7, 0, 14, '0', '8', 0, 1, 1 },
    };
    struct xenpt_image *image = open_capture("deb-pv64-intel-guest");

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        size_t size, at = rows[i].line * 46;
        char *text = captures_unpack("deb-pv64-intel-guest.tlb1.zst", &size);
        struct comparison c;

        assert_int_equal(size, 1074 * 46);
        memmove(text + at, text + at + rows[i].cut * 46, size + 1 - at - rows[i].cut * 46);
        if (rows[i].now) {
            assert_int_equal(text[at + rows[i].column], rows[i].was);
            text[at + rows[i].column] = rows[i].now;
        }
        compare(xenpt_image_view(image), "cpu1", text, &c);
        if (c.other != rows[i].other || c.ours_only != rows[i].ours_only ||
            c.theirs_only != rows[i].theirs_only)
            fail_msg("%s: %" PRIu64 " different, %" PRIu64 " invented, %" PRIu64 " missing",
                     rows[i].claim, c.other, c.ours_only, c.theirs_only);
        free(text);
    }
    xenpt_image_close(image);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_comparison),
        cmocka_unit_test(test_every_capture),
    };

    return cmocka_run_group_tests_name("QEMU's info tlb", tests, NULL, NULL);
}
