/*
 * test_image_compressed.c - zstd and gzip: whole, in members, cut, spoiled, and too large.
 */
#define _GNU_SOURCE
#define ZLIB_CONST

#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include "image_fixture.h"

/* Compresses into new memory, as one member. */
typedef uint8_t *(*compress_fn)(const uint8_t *bytes, size_t size, size_t *ret);

static uint8_t *by_zstd(const uint8_t *bytes, size_t size, size_t *ret)
{
    size_t room = ZSTD_compressBound(size);
    ZSTD_CCtx *ctx = ZSTD_createCCtx();
    uint8_t *out = malloc(room);

    ZSTD_CCtx_setParameter(ctx, ZSTD_c_checksumFlag, 1);
    *ret = ZSTD_compress2(ctx, out, room, bytes, size);
    assert_false(ZSTD_isError(*ret));
    ZSTD_freeCCtx(ctx);
    return out;
}

static uint8_t *by_gzip(const uint8_t *bytes, size_t size, size_t *ret)
{
    z_stream z = { 0 };
    uint8_t *out;

    assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    z.avail_out = (unsigned int)deflateBound(&z, size);
    out = malloc(z.avail_out);
    z.next_in = bytes;
    z.avail_in = (unsigned int)size;
    z.next_out = out;
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    *ret = z.total_out;
    deflateEnd(&z);
    return out;
}

static const struct {
    const char *name;
    compress_fn compress;
} codecs[] = {
    { "zstd", by_zstd },
    { "gzip", by_gzip },
};

/* Memory as it is: stretches of content between stretches of zeros, and zeros at the end. */
#define SIZE ((size_t)5 * 1024 * 1024 + 123)
static uint8_t memory[SIZE];

static int make_memory(void **state)
{
    uint64_t noise = 88172645463325252u;

    (void)state;
    fill(memory, 0x3000, 1);
    fill(memory + 0x10007, 0x100, 2);       /* Within a block. */
    for (size_t i = 0; i < 0x100020; i++) { /* Over the edges of buffers; nothing compresses it. */
        noise ^= noise << 13;
        noise ^= noise >> 7;
        noise ^= noise << 17;
        memory[0xffff0 + i] = (uint8_t)noise;
    }
    memset(memory + 0x300000, 0xcc, 0x2000); /* All the same, and not zero. */
    fill(memory + 0x400000, 0x1000, 4);
    return 0;
}

static enum xenpt_code open_compressed(const uint8_t *bytes, size_t size,
                                       const struct xenpt_image_options *opt,
                                       struct xenpt_image **ret, struct xenpt_error *err)
{
    *ret = NULL;
    *err = (struct xenpt_error){ 0 };
    return image_open_bytes(bytes, size, opt, ret, err);
}

/* The whole of an image against the memory that went in. */
static void assert_memory(const struct xenpt_image *image, const char *codec)
{
    uint8_t *copy = malloc(SIZE);

    assert_string_equal(xenpt_image_info(image).compression, codec);
    assert_int_equal(xenpt_image_info(image).bytes, SIZE);
    assert_true(xenpt_read(xenpt_image_view(image)->mem, 0, copy, SIZE));
    assert_memory_equal(copy, memory, SIZE);
    assert_int_equal(byte_at(image, SIZE), -1);
    free(copy);
}

struct reports {
    unsigned int nr;
    uint64_t done, total;
};

static void progress(void *ctx, uint64_t done, uint64_t total)
{
    struct reports *r = ctx;

    assert_true(done >= r->done);
    assert_true(done <= total);
    r->done = done;
    r->total = total;
    r->nr++;
}

static void test_whole(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(codecs); i++) {
        struct reports reports = { 0 };
        struct xenpt_image_options opt = { .progress = progress, .progress_ctx = &reports };
        struct xenpt_image *image;
        struct xenpt_error err = { 0 };
        size_t size;
        uint8_t *bytes = codecs[i].compress(memory, SIZE, &size);
        char *path = write_file(bytes, size);

        if (xenpt_image_open(path, &opt, &image, &err))
            fail_msg("%s", err.text);
        assert_memory(image, codecs[i].name);
        assert_int_equal(reports.nr, SIZE / SPARSE_BUF);
        assert_int_equal(reports.total, size);
        xenpt_image_close(image);
        unlink(path);
        free(path);
        free(bytes);
    }
}

/* Files put one behind the other decompress to their contents put so. */
static void test_members(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(codecs); i++) {
        struct elf_bytes all = { 0 };
        struct xenpt_image *image;
        struct xenpt_error err;

        for (size_t at = 0, step = 700001; at < SIZE; at += step) {
            size_t size, part = SIZE - at < step ? SIZE - at : step;
            uint8_t *bytes = codecs[i].compress(memory + at, part, &size);

            all.p = realloc(all.p, all.size + size);
            memcpy(all.p + all.size, bytes, size);
            all.size += size;
            free(bytes);
        }
        if (open_compressed(all.p, all.size, NULL, &image, &err))
            fail_msg("%s", err.text);
        assert_memory(image, codecs[i].name);
        xenpt_image_close(image);
        free(all.p);
    }
}

static void test_cut(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(codecs); i++) {
        struct xenpt_image *image;
        struct xenpt_error err;
        size_t size;
        uint8_t *bytes = codecs[i].compress(memory, 0x20000, &size);

        for (size_t cut = 4; cut < size; cut += cut < 40 || size - cut < 40 ? 1 : 333) {
            assert_int_equal(open_compressed(bytes, cut, NULL, &image, &err), XENPT_EPARSE);
            assert_non_null(strstr(err.text, "truncated"));
            assert_true(err.has_offset);
            assert_int_equal(err.offset, cut);
        }
        free(bytes);
    }
}

static void test_spoiled(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(codecs); i++) {
        struct xenpt_image *image;
        struct xenpt_error err;
        size_t size;
        uint8_t *bytes = codecs[i].compress(memory, SIZE, &size);
        char *path;

        bytes[size - 2] ^= 0x55; /* In the checksum, or gzip's size. */
        assert_int_equal(open_compressed(bytes, size, NULL, &image, &err), XENPT_EPARSE);
        assert_non_null(strstr(err.text, "corrupt"));
        bytes[size - 2] ^= 0x55;
        memset(bytes + size / 2, 0xff, size / 4);
        path = write_file(bytes, size);
        assert_int_equal(xenpt_image_open(path, NULL, &image, &err), XENPT_EPARSE);
        assert_string_equal(err.file, path);
        assert_true(err.has_offset);
        assert_true(err.offset >= size / 4 && err.offset < size); /* Near it, not exact. */
        unlink(path);
        free(path);
        free(bytes);
    }
}

/* What follows a gzip file and is none is ignored, as gzip does; zstd does not. */
static void test_trailing_bytes(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(codecs); i++) {
        struct xenpt_image *image;
        struct xenpt_error err;
        size_t size;
        uint8_t *bytes = codecs[i].compress(memory, SIZE, &size);
        bool gzip = codecs[i].compress == by_gzip;

        bytes = realloc(bytes, size + 10);
        memset(bytes + size, 0, 10);
        assert_int_equal(open_compressed(bytes, size + 10, NULL, &image, &err),
                         gzip ? XENPT_OK : XENPT_EPARSE);
        if (gzip) {
            assert_memory(image, "gzip");
            assert_true(warns(image, "10 bytes after the end of the gzip data"));
        }
        xenpt_image_close(image);
        free(bytes);
    }
}

/* Skippable frames are zstd's way to carry something else; pzstd writes them. */
static void test_skippable_frame(void **state)
{
    static const uint8_t skip[] = { 0x50, 0x2a, 0x4d, 0x18, 4, 0, 0, 0, 1, 2, 3, 4 };
    struct xenpt_image *image;
    struct xenpt_error err;
    size_t size;
    uint8_t *bytes = by_zstd(memory, SIZE, &size);

    (void)state;
    bytes = realloc(bytes, size + sizeof(skip));
    memcpy(bytes + size, skip, sizeof(skip));
    if (open_compressed(bytes, size + sizeof(skip), NULL, &image, &err))
        fail_msg("%s", err.text);
    assert_memory(image, "zstd");
    xenpt_image_close(image);
    free(bytes);
}

static void test_limit(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(codecs); i++) {
        struct xenpt_image *image;
        struct xenpt_error err;
        size_t size;
        uint8_t *bytes = codecs[i].compress(memory, SIZE, &size);
        struct xenpt_image_options opt = { .max_size = SIZE };

        assert_int_equal(open_compressed(bytes, size, &opt, &image, &err), XENPT_OK);
        xenpt_image_close(image);
        opt.max_size = SIZE - 1;
        assert_int_equal(open_compressed(bytes, size, &opt, &image, &err), XENPT_ERANGE);
        assert_non_null(strstr(err.text, "limit of 5243002 bytes"));
        opt.max_size = SPARSE_BUF; /* Which is noticed long before the end. */
        assert_int_equal(open_compressed(bytes, size, &opt, &image, &err), XENPT_ERANGE);
        assert_non_null(strstr(err.text, "limit of 1048576 bytes"));
        free(bytes);
    }
}

static void test_nothing_inside(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(codecs); i++) {
        struct xenpt_image *image;
        struct xenpt_error err;
        size_t size;
        uint8_t *bytes = codecs[i].compress(memory, 0, &size);

        assert_int_equal(open_compressed(bytes, size, NULL, &image, &err), XENPT_EPARSE);
        assert_non_null(strstr(err.text, "empty"));
        free(bytes);
    }
}

static void test_twice(void **state)
{
    struct xenpt_image *image;
    struct xenpt_error err;
    size_t once, twice;
    uint8_t *inner = by_gzip(memory, SIZE, &once), *outer = by_zstd(inner, once, &twice);

    (void)state;
    assert_int_equal(open_compressed(outer, twice, NULL, &image, &err), XENPT_EUNSUPPORTED);
    assert_non_null(strstr(err.text, "compressed twice"));
    free(inner);
    free(outer);
}

/* An ELF core inside, and an error in it that says where it is. */
static void test_core_inside(void **state)
{
    struct elf_builder b;
    struct xenpt_image *image;
    struct xenpt_error err;
    size_t size;
    uint8_t *bytes;

    (void)state;
    elf_init(&b);
    elf_load(&b, 0x5000, memory, PAGE);
    elf_build(&b);
    bytes = by_gzip(b.file.p, b.file.size, &size);
    assert_int_equal(open_compressed(bytes, size, NULL, &image, &err), XENPT_OK);
    assert_int_equal(byte_at(image, 0x5000), memory[0]);
    xenpt_image_close(image);
    free(bytes);
    b.file.p[4] = 9;
    bytes = by_gzip(b.file.p, b.file.size, &size);
    assert_int_equal(open_compressed(bytes, size, NULL, &image, &err), XENPT_EPARSE);
    assert_non_null(strstr(err.text, "decompressed by gzip: an ELF file that is neither"));
    free(bytes);
    elf_fini(&b);
}

/* Zeros take no room: 1 GiB of them, and a page of content in the middle. */
static void test_sparse(void **state)
{
    struct image_sparse s;
    struct stat st;

    (void)state;
    assert_int_equal(image_sparse_init(&s, 2 * GIB, NULL), XENPT_OK);
    for (uint64_t at = 0; at < GIB; at += SPARSE_BUF) {
        memset(s.buf, 0, SPARSE_BUF);
        if (at == GIB / 2)
            memcpy(s.buf + 0x3000, memory, PAGE);
        s.fill = SPARSE_BUF;
        assert_int_equal(image_sparse_flush(&s, NULL), XENPT_OK);
    }
    assert_int_equal(image_sparse_finish(&s, NULL), XENPT_OK);
    assert_int_equal(fstat(s.fd, &st), 0);
    assert_int_equal(st.st_size, GIB);
    assert_true(st.st_blocks * 512 <= 64 * 1024);
    assert_int_equal(pread(s.fd, s.buf, PAGE, GIB / 2 + 0x3000), PAGE);
    assert_memory_equal(s.buf, memory, PAGE);
    image_sparse_fini(&s);
}

static void test_no_tmpdir(void **state)
{
    struct xenpt_image *image;
    struct xenpt_error err;
    size_t size;
    uint8_t *bytes = by_zstd(memory, SIZE, &size);
    char *was = getenv("TMPDIR");

    (void)state;
    was = was ? strdup(was) : NULL;
    setenv("TMPDIR", "/nonexistent", 1);
    assert_int_equal(open_compressed(bytes, size, NULL, &image, &err), XENPT_EIO);
    assert_non_null(strstr(err.text, "/nonexistent"));
    if (was)
        setenv("TMPDIR", was, 1);
    else
        unsetenv("TMPDIR");
    free(was);
    free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole),
        cmocka_unit_test(test_members),
        cmocka_unit_test(test_cut),
        cmocka_unit_test(test_spoiled),
        cmocka_unit_test(test_trailing_bytes),
        cmocka_unit_test(test_skippable_frame),
        cmocka_unit_test(test_limit),
        cmocka_unit_test(test_nothing_inside),
        cmocka_unit_test(test_twice),
        cmocka_unit_test(test_core_inside),
        cmocka_unit_test(test_sparse),
        cmocka_unit_test(test_no_tmpdir),
    };

    return cmocka_run_group_tests_name("image_compressed", tests, make_memory, NULL);
}
