/* test_image.c - opening: what a file is, and what is said of a file that is no image. */
#define _GNU_SOURCE

#include <sys/stat.h>
#include <unistd.h>

#include "image_fixture.h"

static void test_form_names(void **state)
{
    (void)state;
    assert_string_equal(xenpt_image_form_name(XENPT_IMAGE_RAW), "raw");
    assert_string_equal(xenpt_image_form_name(XENPT_IMAGE_ELF_QEMU), "QEMU core");
    assert_string_equal(xenpt_image_form_name(XENPT_IMAGE_ELF_XEN), "Xen kdump");
    assert_string_equal(xenpt_image_form_name(XENPT_IMAGE_ELF_KDUMP), "Linux kdump");
    assert_string_equal(xenpt_image_form_name(XENPT_IMAGE_XL_CORE), "xl dump-core");
    assert_string_equal(xenpt_image_form_name(XENPT_IMAGE_ELF_OTHER), "ELF core");
    assert_string_equal(xenpt_image_form_name((enum xenpt_image_form)99), "unknown");
}

/* --- Raw ----------------------------------------------------------------------------------- */

static void test_raw(void **state)
{
    uint8_t bytes[2 * 4096 + 5];
    struct xenpt_image_options opt = { .raw_base = 0x100000 };
    struct xenpt_image *image;
    char *path;

    (void)state;
    fill(bytes, sizeof(bytes), 9);
    path = write_file(bytes, sizeof(bytes));
    assert_int_equal(xenpt_image_open(path, NULL, &image, NULL), XENPT_OK);
    assert_int_equal(xenpt_image_info(image).form, XENPT_IMAGE_RAW);
    assert_int_equal(xenpt_image_info(image).nr_runs, 1);
    assert_int_equal(xenpt_image_info(image).runs[0].first, 0);
    assert_int_equal(xenpt_image_info(image).runs[0].last, sizeof(bytes) - 1);
    assert_int_equal(xenpt_image_info(image).runs[0].offset, 0);
    assert_int_equal(byte_at(image, 0), bytes[0]);
    assert_int_equal(byte_at(image, sizeof(bytes) - 1), bytes[sizeof(bytes) - 1]);
    assert_int_equal(byte_at(image, sizeof(bytes)), -1);
    assert_int_equal(xenpt_image_view(image)->nr_contexts, 0);
    assert_null(xenpt_image_view(image)->explainer);
    xenpt_image_close(image);

    assert_int_equal(xenpt_image_open(path, &opt, &image, NULL), XENPT_OK);
    assert_int_equal(byte_at(image, 0), -1);
    assert_int_equal(byte_at(image, 0x100001), bytes[1]);
    xenpt_image_close(image);
    unlink(path);
    free(path);
}

/* A raw image of less than a page is as good as any, though no entry of a table may fit. */
static void test_tiny(void **state)
{
    static const uint8_t bytes[] = { 1, 2, 3 };
    struct xenpt_image *image;

    (void)state;
    assert_int_equal(image_open_bytes(bytes, 3, NULL, &image, NULL), XENPT_OK);
    assert_int_equal(byte_at(image, 2), 3);
    assert_int_equal(byte_at(image, 3), -1);
    xenpt_image_close(image);
}

static void test_raw_base_too_high(void **state)
{
    static const struct {
        uint64_t base;
        enum xenpt_code code;
    } rows[] = {
        { XENPT_BIT(52) - 16, XENPT_OK },
        { XENPT_BIT(52) - 15, XENPT_ERANGE },
        { XENPT_BIT(52), XENPT_ERANGE },
        { UINT64_MAX - 3, XENPT_ERANGE },
    };
    static const uint8_t bytes[16] = { 1 };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct xenpt_image_options opt = { .raw_base = rows[i].base };
        struct xenpt_image *image = NULL;

        assert_int_equal(image_open_bytes(bytes, 16, &opt, &image, NULL), rows[i].code);
        xenpt_image_close(image);
    }
}

static void test_force_raw(void **state)
{
    static const uint8_t page[4096];
    struct xenpt_image_options opt = { .force_raw = true };
    struct xenpt_image *image;
    struct elf_builder b;

    (void)state;
    elf_init(&b);
    elf_load(&b, 0x100000, page, sizeof(page));
    image = open_elf(&b, &opt);
    assert_int_equal(xenpt_image_info(image).form, XENPT_IMAGE_RAW);
    assert_int_equal(byte_at(image, 1), 'E');
    xenpt_image_close(image);
    elf_fini(&b);
}

/* --- No images ----------------------------------------------------------------------------- */

static void test_known_and_not_read(void **state)
{
    static const struct {
        const char *magic;
        size_t size, at;
        const char *says;
    } rows[] = {
        { "KDUMP   \6\0\0\0", 12, 0, "a kdump-compressed dump" },
        { "DISKDUMP", 8, 0, "a diskdump" },
        { "makedumpfile\0\0\0\0", 16, 0, "makedumpfile -R" },
        { "\xed\x23\x8f\x61\x73\x01\x19\xa8", 8, 0, "LKCD" },
        { "EMiL\1\0\0\0", 8, 0, "format=padded" },
        { "AVML\2\0\0\0", 8, 0, "avml-convert" },
        { "\xd2\xbe\xd2\xbe", 4, 0, "VMware" },
        { "PAGEDU64", 8, 0, "Windows" },
        { "QEVM\0\0\0\3", 8, 0, "dump-guest-memory" },
        { "LibvirtQemudSave", 16, 0, "--memory-only" },
        { "QFI\xfb\0\0\0\3", 8, 0, "qcow2" },
        { "Xen saved domain, xl format\n \0 \r", 31, 0, "xl dump-core" },
        { "LinuxGuestRecord", 16, 0, "xl dump-core" },
        { "\xff\xff\xff\xff\xff\xff\xff\xffXENF", 12, 0, "xl dump-core" },
        { "\xed\xeb\x0f\xf0", 4, 0, "before Xen 3.1" },
        { "\xfd"
          "7zXZ\0",
          6, 0, "xz: decompress it first" },
        { "BZh91AY", 7, 0, "bzip2" },
        { "\x04\x22\x4d\x18", 4, 0, "lz4" },
        { "PK\x03\x04", 4, 0, "zip" },
        { "ustar", 5, 257, "tar" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        uint8_t bytes[512] = { 0 };
        struct xenpt_image_options raw = { .force_raw = true };
        struct xenpt_image *image = NULL;
        struct xenpt_error err = { 0 };

        memcpy(bytes + rows[i].at, rows[i].magic, rows[i].size);
        assert_int_equal(image_open_bytes(bytes, sizeof(bytes), NULL, &image, &err),
                         XENPT_EUNSUPPORTED);
        if (!strstr(err.text, rows[i].says))
            fail_msg("expected \"%s\" in: %s", rows[i].says, err.text);
        assert_null(image);
        assert_int_equal(image_open_bytes(bytes, sizeof(bytes), &raw, &image, NULL), XENPT_OK);
        xenpt_image_close(image);
        /* One byte short of the magic it is not that form. */
        image = NULL;
        assert_int_equal(image_open_bytes(bytes, 2, NULL, &image, NULL), XENPT_OK);
        xenpt_image_close(image);
    }
}

static void refuse_path(const char *path, enum xenpt_code code, const char *says)
{
    struct xenpt_image *image = NULL;
    struct xenpt_error err = { 0 };

    assert_int_equal(xenpt_image_open(path, NULL, &image, &err), code);
    assert_null(image);
    assert_string_equal(err.file, path);
    assert_false(err.has_offset);
    if (!strstr(err.text, says))
        fail_msg("expected \"%s\" in: %s", says, err.text);
}

static void test_files_that_are_none(void **state)
{
    char *empty = write_file("", 0);
    struct xenpt_image *image;

    (void)state;
    refuse_path("/nonexistent/image", XENPT_EIO, "No such file");
    refuse_path("/", XENPT_EIO, "not a file that can be mapped");
    refuse_path("/dev/null", XENPT_EIO, "not a file that can be mapped");
    refuse_path(empty, XENPT_EPARSE, "empty");
    unlink(empty);
    free(empty);
    /* Nobody need ask why. */
    assert_int_equal(xenpt_image_open("/nonexistent/image", NULL, &image, NULL), XENPT_EIO);
    xenpt_image_close(NULL);
}

/* --- ELF files that are no image ----------------------------------------------------------- */

static void test_elf_headers(void **state)
{
    static const struct {
        size_t at, width;
        uint64_t value;
        enum xenpt_code code;
        const char *says;
    } rows[] = {
        { 4, 1, 3, XENPT_EPARSE, "neither 32- nor 64-bit" },
        { 4, 1, 0, XENPT_EPARSE, "neither 32- nor 64-bit" },
        { 5, 1, 2, XENPT_EUNSUPPORTED, "big-endian" },
        { 5, 1, 0, XENPT_EPARSE, "unknown byte order" },
        { 16, 2, ET_EXEC, XENPT_EUNSUPPORTED, "type 2, not a core" },
        { 18, 2, EM_AARCH64, XENPT_EUNSUPPORTED, "machine 183" },
        { 32, 8, 1 << 20, XENPT_EPARSE, "run past the end" }, /* e_phoff */
        { 32, 8, UINT64_MAX, XENPT_EPARSE, "run past the end" },
        { 56, 2, 0xfffe, XENPT_EPARSE, "run past the end" }, /* e_phnum */
        { 56, 2, 0, XENPT_EPARSE, "no memory in it" },
        /* e_phentsize: readelf 2.40 and gdb 13 refuse these as well. */
        { 54, 2, 0, XENPT_EPARSE, "program headers of 0 bytes: they have 56" },
        { 54, 2, 1, XENPT_EPARSE, "program headers of 1 bytes: they have 56" },
        { 54, 2, 32, XENPT_EPARSE, "program headers of 32 bytes: they have 56" },
        { 54, 2, 57, XENPT_EPARSE, "program headers of 57 bytes: they have 56" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        static const uint8_t page[4096];
        struct elf_builder b;

        elf_init(&b);
        elf_load(&b, 0x1000, page, sizeof(page));
        elf_build(&b);
        memcpy(b.file.p + rows[i].at, &rows[i].value, rows[i].width);
        refuse_elf(&b, NULL, rows[i].code, rows[i].says);
        elf_fini(&b);
    }
}

static void test_header_size_32bit(void **state)
{
    static const uint8_t page[4096];
    struct elf_builder b;

    (void)state;
    elf_init(&b);
    b.is_32bit = true;
    elf_load(&b, 0x1000, page, sizeof(page));
    elf_build(&b);
    b.file.p[offsetof(Elf32_Ehdr, e_phentsize)] = sizeof(Elf64_Phdr);
    refuse_elf(&b, NULL, XENPT_EPARSE, "program headers of 56 bytes: they have 32");
    elf_fini(&b);
}

static void test_absurd_sections(void **state)
{
    static const uint8_t page[4096];

    (void)state;
    for (int is_32bit = 0; is_32bit <= 1; is_32bit++) {
        struct elf_builder b;
        size_t shoff, shnum;

        elf_init(&b);
        b.is_32bit = is_32bit;
        elf_load(&b, 0x1000, page, sizeof(page));
        b.xnum = true;
        elf_build(&b);
        shoff = is_32bit ? *(uint32_t *)(void *)(b.file.p + 32)
                         : *(uint64_t *)(void *)(b.file.p + 40);
        shnum = is_32bit ? 48 : 60;
        put16(b.file.p + shnum, 0);
        put32(b.file.p + shoff + (is_32bit ? 20 : 32), 0x7fffffff); /* sh_size of section 0. */
        refuse_elf(&b, NULL, XENPT_EPARSE, "more than a million sections");
        elf_fini(&b);
    }
}

/* Section names by an index that would be in a section, where there are none. */
static void test_no_section_names(void **state)
{
    static const uint8_t page[4096];
    struct elf_builder b;

    (void)state;
    elf_init(&b);
    elf_load(&b, 0x1000, page, sizeof(page));
    elf_build(&b);
    put16(b.file.p + 62, SHN_XINDEX); /* e_shstrndx */
    xenpt_image_close(open_elf(&b, NULL));
    elf_fini(&b);
}

static void test_core_of_a_process(void **state)
{
    static const uint32_t types[] = { NT_PRPSINFO, NT_AUXV };
    static const uint8_t page[4096], desc[136];

    (void)state;
    for (size_t i = 0; i < COUNT(types); i++) {
        struct elf_builder b;

        elf_init(&b);
        elf_load(&b, 0, page, sizeof(page));
        elf_prstatus_note(&b, 0x401000, 0x33, 0x202);
        elf_note(&b, "CORE", types[i], desc, sizeof(desc));
        refuse_elf(&b, NULL, XENPT_EUNSUPPORTED, "the core of a process");
        elf_fini(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_form_names),
        cmocka_unit_test(test_raw),
        cmocka_unit_test(test_tiny),
        cmocka_unit_test(test_raw_base_too_high),
        cmocka_unit_test(test_force_raw),
        cmocka_unit_test(test_known_and_not_read),
        cmocka_unit_test(test_files_that_are_none),
        cmocka_unit_test(test_elf_headers),
        cmocka_unit_test(test_header_size_32bit),
        cmocka_unit_test(test_absurd_sections),
        cmocka_unit_test(test_no_section_names),
        cmocka_unit_test(test_core_of_a_process),
    };

    return cmocka_run_group_tests_name("image", tests, NULL, NULL);
}
