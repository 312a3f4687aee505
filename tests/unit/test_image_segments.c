/*
 * test_image_segments.c - from the segments of a core to the memory that it holds: overlaps,
 * odd offsets, many segments, and segments that cannot be as they say.
 */
#define _GNU_SOURCE

#include <time.h>
#include <unistd.h>

#include "image_fixture.h"

static uint8_t pages[8 * 4096];

static int fill_pages(void **state)
{
    (void)state;
    fill(pages, sizeof(pages), 3);
    return 0;
}

/* --- Whole segments ------------------------------------------------------------------------ */

static void check_plain(bool is_32bit, size_t skew)
{
    struct elf_builder b;
    struct xenpt_image *image;
    struct xenpt_image_info info;

    elf_init(&b);
    b.is_32bit = is_32bit;
    b.machine = is_32bit ? EM_386 : EM_X86_64;
    b.skew = skew;
    elf_load(&b, 0x100000, pages, 2 * PAGE);
    elf_load(&b, 0x3000, pages + 2 * PAGE, PAGE);
    image = open_elf(&b, NULL);
    info = xenpt_image_info(image);
    assert_int_equal(info.form, XENPT_IMAGE_ELF_OTHER);
    assert_int_equal(info.nr_segments, 2);
    assert_int_equal(info.nr_runs, 2);
    assert_int_equal(info.bytes, 3 * PAGE);
    assert_int_equal(info.runs[0].first, 0x3000);
    assert_int_equal(info.runs[0].last, 0x3fff);
    assert_int_equal(info.runs[0].offset % PAGE, skew);
    assert_int_equal(info.runs[1].first, 0x100000);
    assert_int_equal(info.runs[1].last, 0x101fff);
    assert_int_equal(info.nr_warnings, 0);
    assert_null(info.compression);
    assert_int_equal(byte_at(image, 0x2fff), -1);
    assert_int_equal(byte_at(image, 0x3000), pages[2 * PAGE]);
    assert_int_equal(byte_at(image, 0x3fff), pages[3 * PAGE - 1]);
    assert_int_equal(byte_at(image, 0x4000), -1);
    assert_int_equal(byte_at(image, 0x101fff), pages[2 * PAGE - 1]);
    assert_int_equal(byte_at(image, 0x102000), -1);
    assert_int_equal(xenpt_image_view(image)->nr_contexts, 0);
    xenpt_image_close(image);
    elf_fini(&b);
}

static void test_plain(void **state)
{
    (void)state;
    check_plain(false, 0);
    check_plain(true, 0);
    check_plain(false, 0x498); /* As QEMU's dump -p has them. */
    check_plain(true, 1);
}

static void test_neighbours_become_one(void **state)
{
    struct elf_builder b;
    struct xenpt_image *image;
    struct xenpt_image_info info;

    (void)state;
    elf_init(&b);
    for (size_t i = 0; i < 4; i++)
        elf_load(&b, 0x1000 + i * PAGE, pages + i * PAGE, PAGE);
    image = open_elf(&b, NULL);
    info = xenpt_image_info(image);
    assert_int_equal(info.nr_segments, 4);
    assert_int_equal(info.nr_runs, 1);
    assert_int_equal(xenpt_image_view(image)->mem->held, XENPT_HELD_FLAT);
    assert_int_equal(byte_at(image, 0x1000), pages[0]);
    assert_int_equal(byte_at(image, 0x4fff), pages[4 * PAGE - 1]);
    assert_int_equal(byte_at(image, 0x5000), -1);
    xenpt_image_close(image);
    elf_fini(&b);
}

/* Neighbours in memory that are not neighbours in the file stay two. */
static void test_neighbours_apart_in_the_file(void **state)
{
    struct elf_builder b;
    struct xenpt_image *image;

    (void)state;
    elf_init(&b);
    elf_load(&b, 0x2000, pages, PAGE);
    elf_load(&b, 0x1000, pages + PAGE, PAGE);
    image = open_elf(&b, NULL);
    assert_int_equal(xenpt_image_info(image).nr_runs, 2);
    assert_int_equal(byte_at(image, 0x1fff), pages[2 * PAGE - 1]);
    assert_int_equal(byte_at(image, 0x2000), pages[0]);
    xenpt_image_close(image);
    elf_fini(&b);
}

static void test_memsz_above_filesz(void **state)
{
    struct elf_builder b;
    struct xenpt_image *image;
    size_t load;

    (void)state;
    elf_init(&b);
    load = elf_load(&b, 0x1000, pages, PAGE);
    b.load[load].memsz = 4 * PAGE;
    image = open_elf(&b, NULL);
    assert_int_equal(xenpt_image_info(image).bytes, PAGE);
    assert_int_equal(xenpt_image_info(image).nr_warnings, 0);
    assert_int_equal(byte_at(image, 0x2000), -1);
    xenpt_image_close(image);
    elf_fini(&b);
}

/* --- Overlaps ------------------------------------------------------------------------------ */

static void test_first_in_file_order_wins(void **state)
{
    struct elf_builder b;
    struct xenpt_image *image;

    (void)state;
    elf_init(&b);
    elf_load(&b, 0x2000, pages, PAGE); /* Wins in the middle of the next. */
    elf_load(&b, 0x1000, pages + PAGE, 3 * PAGE);
    elf_load(&b, 0x0000, pages + 4 * PAGE, 4 * PAGE); /* Loses all but its first page. */
    image = open_elf(&b, NULL);
    assert_int_equal(xenpt_image_info(image).bytes, 4 * PAGE);
    assert_int_equal(byte_at(image, 0x0000), pages[4 * PAGE]);
    assert_int_equal(byte_at(image, 0x1000), pages[PAGE]);
    assert_int_equal(byte_at(image, 0x2000), pages[0]);
    assert_int_equal(byte_at(image, 0x2fff), pages[PAGE - 1]);
    assert_int_equal(byte_at(image, 0x3000), pages[3 * PAGE]);
    assert_int_equal(byte_at(image, 0x4000), -1);
    assert_true(warns(image, "is in the file twice"));
    xenpt_image_close(image);
    elf_fini(&b);
}

/* The same bytes by several segments are no conflict, and leave no seam. */
static void test_agreeing_overlaps(void **state)
{
    struct elf_builder b;
    struct xenpt_image *image;
    size_t whole;

    (void)state;
    elf_init(&b);
    whole = elf_load(&b, 0x10000, pages, 8 * PAGE);
    elf_alias(&b, 0x12000, whole, 2 * PAGE, 3 * PAGE);
    elf_alias(&b, 0x10000, whole, 0, 8 * PAGE);
    elf_alias(&b, 0x17800, whole, 7 * PAGE + 0x800, 0x800);
    image = open_elf(&b, NULL);
    assert_int_equal(xenpt_image_info(image).nr_runs, 1);
    assert_int_equal(xenpt_image_info(image).nr_segments, 4);
    assert_int_equal(xenpt_image_info(image).nr_warnings, 0);
    xenpt_image_close(image);
    elf_fini(&b);
}

/* Random extents, flattened, against painting every unit of memory one by one. */
static void test_flatten_against_painting(void **state)
{
    enum { SPACE = 96, MAX = 12 };
    uint64_t seed = 88172645463325252u;

    (void)state;
    for (unsigned int round = 0; round < 20000; round++) {
        struct image_extents x = { 0 };
        struct image_conflicts odd;
        uint64_t painted[SPACE], nr = round % MAX + 1, expected = 0;

        memset(painted, 0xff, sizeof(painted));
        for (uint64_t i = 0; i < nr; i++) {
            uint64_t first, last, offset;

            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            first = seed % (SPACE - 8);
            last = first + (seed >> 16) % 8;
            offset = seed >> 40 & 1 ? first + 500 : (seed >> 20) % 400; /* Half agree. */
            assert_int_equal(image_extents_add(&x, first, last, offset, NULL), XENPT_OK);
            for (uint64_t at = first; at <= last; at++)
                if (painted[at] == UINT64_MAX)
                    painted[at] = offset + (at - first);
        }
        assert_int_equal(image_extents_flatten(&x, &odd, NULL), XENPT_OK);
        for (size_t i = 0; i < x.nr; i++) {
            const struct xenpt_image_run *r = &x.list[i];

            assert_true(r->first <= r->last);
            assert_true(i == 0 || r->first > x.list[i - 1].last);
            /* Merged: neighbours that continue each other would be one. */
            assert_false(i && r->first == x.list[i - 1].last + 1 &&
                         r->offset - x.list[i - 1].offset == r->first - x.list[i - 1].first);
            for (uint64_t at = r->first; at <= r->last; at++)
                assert_int_equal(painted[at], r->offset + (at - r->first));
            expected += r->last - r->first + 1;
        }
        for (size_t at = 0; at < SPACE; at++)
            expected -= painted[at] != UINT64_MAX;
        assert_int_equal(expected, 0);
        image_extents_fini(&x);
    }
}

/* --- Many ---------------------------------------------------------------------------------- */

static void test_count_in_section_zero(void **state)
{
    struct elf_builder b;
    struct xenpt_image *image;

    (void)state;
    for (int is_32bit = 0; is_32bit <= 1; is_32bit++) {
        elf_init(&b);
        b.is_32bit = is_32bit;
        b.machine = is_32bit ? EM_386 : EM_X86_64;
        b.xnum = true;
        elf_load(&b, 0x1000, pages, PAGE);
        elf_load(&b, 0x8000, pages, PAGE);
        elf_note(&b, "other", 1, "text", 4);
        image = open_elf(&b, NULL);
        assert_int_equal(xenpt_image_info(image).nr_segments, 2);
        assert_int_equal(byte_at(image, 0x8000), pages[0]);
        xenpt_image_close(image);
        elf_fini(&b);
    }
}

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/*
 * What QEMU's dump -p makes of a guest of 2 GiB: 66,779 segments, a page or a few each, that
 * cover memory several times over and agree.  The file's length is said, not written.
 */
static void test_66779_segments(void **state)
{
    struct elf_builder b;
    struct xenpt_image *image;
    struct xenpt_error err = { 0 };
    uint64_t base = 0x498 + 4 * MIB;
    double took;
    char *path;

    (void)state;
    elf_init(&b);
    for (uint64_t i = 0; i < 66779; i++) {
        uint64_t first = i * 2654435761u % (GIB / PAGE) * PAGE, size = (1 + i % 4) * PAGE;

        elf_load_raw(&b, first, base + first, size, size);
    }
    elf_load_raw(&b, 0, base, 2 * GIB, 2 * GIB);
    elf_build(&b);
    assert_true(b.file.size < base);
    path = write_file(b.file.p, b.file.size);
    assert_int_equal(truncate(path, (off_t)(base + 2 * GIB)), 0);
    took = now();
    if (xenpt_image_open(path, NULL, &image, &err))
        fail_msg("%s", err.text);
    took = now() - took;
    unlink(path);
    free(path);
    assert_int_equal(xenpt_image_info(image).nr_segments, 66780);
    assert_int_equal(xenpt_image_info(image).nr_runs, 1);
    assert_int_equal(xenpt_image_info(image).nr_warnings, 0);
    print_message("66,780 segments in %.3f s\n", took);
    assert_true(took < 2); /* Ten times what is asked of it: this may run under valgrind. */
    xenpt_image_close(image);
    elf_fini(&b);
}

/* --- Segments that cannot be --------------------------------------------------------------- */

/* Stands for the size of the file, which is known once it is built. */
#define THE_END UINT64_C(0x7e1de7d)

static void test_troubles(void **state)
{
    static const struct {
        const char *claim;
        uint64_t paddr, offset, filesz, memsz;
        const char *warning;
        uint64_t kept; /* Bytes of it that are left. */
    } rows[] = {
        { "no bytes", 0x8000, 0, 0, 0x1000, "holds no bytes", 0 },
        { "no memory", 0x8000, 0, 0x1000, 0, "holds no bytes", 0 },
        { "more bytes than memory", 0x8000, 0, 0x1000, 0x800, "more bytes in the file", 0x800 },
        { "starts beyond the end", 0x8000, 1 << 20, 0x1000, 0x1000, "beyond the end", 0 },
        { "starts at the end", 0x8000, THE_END, 0x1000, 0x1000, "beyond the end", 0 },
        { "starts far beyond the end", 0x8000, UINT64_MAX, 2, 2, "beyond the end", 0 },
        { "runs past the end", 0x8000, 0, 1 << 20, 1 << 20, "runs past the end", UINT64_MAX },
        { "runs around the end of 64 bits", 0x8000, 0x10, UINT64_MAX, UINT64_MAX,
          "runs past the end", UINT64_MAX },
        { "wraps", UINT64_MAX - 0xf, 0, 0x20, 0x20, "wraps around", 0 },
        { "the address is -1", UINT64_MAX, 0, 0x1000, 0x1000, "wraps around", 0 },
        { "above 2^52", XENPT_BIT(52), 0, 0x10, 0x10, "above 2^52", 0 },
        { "ends above 2^52", XENPT_BIT(52) - 8, 0, 0x10, 0x10, "above 2^52", 0 },
        { "ends at 2^52", XENPT_BIT(52) - 16, 0, 0x10, 0x10, NULL, 0x10 },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct elf_builder b;
        struct xenpt_image *image;
        uint64_t kept;

        elf_init(&b);
        elf_load(&b, 0x1000, pages, PAGE);
        elf_load_raw(&b, rows[i].paddr, rows[i].offset, rows[i].filesz, rows[i].memsz);
        elf_build(&b);
        if (rows[i].offset == THE_END)
            put64(b.file.p + b.headers_at + 56 + 8, b.file.size);
        image = open_elf(&b, NULL);
        kept = rows[i].kept == UINT64_MAX ? b.file.size - rows[i].offset : rows[i].kept;
        if (rows[i].warning ? !warns(image, rows[i].warning) : xenpt_image_info(image).nr_warnings)
            fail_msg("%s: wrong warnings", rows[i].claim);
        if (xenpt_image_info(image).bytes != PAGE + kept)
            fail_msg("%s: 0x%llx bytes", rows[i].claim,
                     (unsigned long long)xenpt_image_info(image).bytes);
        assert_int_equal(byte_at(image, 0x1000), pages[0]);
        xenpt_image_close(image);
        elf_fini(&b);
    }
}

/* One warning for one kind of trouble, however often it is met. */
static void test_troubles_are_counted(void **state)
{
    struct elf_builder b;
    struct xenpt_image *image;

    (void)state;
    elf_init(&b);
    elf_load(&b, 0x1000, pages, PAGE);
    for (uint64_t i = 0; i < 5; i++)
        elf_load_raw(&b, 0x8000 + i * PAGE, 0x77700000 + i, PAGE, PAGE);
    image = open_elf(&b, NULL);
    assert_int_equal(xenpt_image_info(image).nr_warnings, 1);
    assert_string_equal(xenpt_image_info(image).warnings[0],
                        "segment 1 (file offset 0x77700000) lies beyond the end of the file, and "
                        "is left out; 4 more do so");
    xenpt_image_close(image);
    elf_fini(&b);
}

/* A file cut anywhere opens with what is left, or says what is missing; never more. */
static void test_cut_anywhere(void **state)
{
    struct elf_builder b;

    (void)state;
    elf_init(&b);
    elf_qemu_note(&b, (struct qemu_cpu){ 0 });
    elf_load(&b, 0x1000, pages, 2 * PAGE);
    elf_load(&b, 0x8000, pages, PAGE);
    elf_build(&b);
    for (size_t size = 1; size <= b.file.size; size += size < 1200 ? 1 : 97) {
        struct xenpt_image *image = NULL;
        struct xenpt_error err = { 0 };
        uint8_t *cut = malloc(size);

        memcpy(cut, b.file.p, size);
        if (image_open_bytes(cut, size, NULL, &image, &err)) {
            assert_int_equal(err.code, XENPT_EPARSE);
            assert_true(size < b.notes_at);
        } else if (size >= 4) { /* Less is no ELF, and raw. */
            assert_true(size >= b.notes_at);
            assert_true(xenpt_image_info(image).nr_warnings > 0);
        }
        xenpt_image_close(image);
        free(cut);
    }
    elf_fini(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain),
        cmocka_unit_test(test_neighbours_become_one),
        cmocka_unit_test(test_neighbours_apart_in_the_file),
        cmocka_unit_test(test_memsz_above_filesz),
        cmocka_unit_test(test_first_in_file_order_wins),
        cmocka_unit_test(test_agreeing_overlaps),
        cmocka_unit_test(test_flatten_against_painting),
        cmocka_unit_test(test_count_in_section_zero),
        cmocka_unit_test(test_66779_segments),
        cmocka_unit_test(test_troubles),
        cmocka_unit_test(test_troubles_are_counted),
        cmocka_unit_test(test_cut_anywhere),
    };

    return cmocka_run_group_tests_name("image_segments", tests, fill_pages, NULL);
}
