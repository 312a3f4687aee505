/*
 * test_image_faults.c - opening an image while memory runs out, and while the system and the
 * libraries refuse what is asked of them: a clear error each time, and nothing left behind.
 */
#define _GNU_SOURCE

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include "fail_alloc.h"
#include "image_fixture.h"

/* --- Calls that fail when told to ---------------------------------------------------------- */

enum call {
    OPEN,
    TMPFILE, /* open() with O_TMPFILE. */
    FSTAT,
    LSEEK,
    PWRITE,
    FTRUNCATE,
    ZSTD_CREATE,
    INFLATE_INIT,
    INFLATE,
    ELF_MEMORY,
    ELF_RAWCHUNK,
    NR_CALLS,
};

/* What a call is to do the next times: nothing odd, or fail, or be interrupted, or do half. */
enum mood {
    FINE,
    FAILS,
    INTERRUPTED, /* Once; then it is fine. */
    HALF,        /* Once. */
};

static enum mood mood[NR_CALLS];
static char tmp_dir[256]; /* Where a file without a name was last asked for. */

static bool fails(enum call c)
{
    errno = EIO;
    return mood[c] == FAILS;
}

int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...)
{
    if ((flags & O_TMPFILE) == O_TMPFILE)
        snprintf(tmp_dir, sizeof(tmp_dir), "%s", path);
    if (fails((flags & O_TMPFILE) == O_TMPFILE ? TMPFILE : OPEN))
        return -1;
    return __real_open(path, flags, 0600);
}

int __real_fstat(int fd, struct stat *st);
int __wrap_fstat(int fd, struct stat *st);
int __wrap_fstat(int fd, struct stat *st)
{
    return fails(FSTAT) ? -1 : __real_fstat(fd, st);
}

off_t __real_lseek(int fd, off_t at, int whence);
off_t __wrap_lseek(int fd, off_t at, int whence);
off_t __wrap_lseek(int fd, off_t at, int whence)
{
    return fails(LSEEK) ? -1 : __real_lseek(fd, at, whence);
}

ssize_t __real_pwrite(int fd, const void *buf, size_t size, off_t at);
ssize_t __wrap_pwrite(int fd, const void *buf, size_t size, off_t at);
ssize_t __wrap_pwrite(int fd, const void *buf, size_t size, off_t at)
{
    enum mood now = mood[PWRITE];

    if (fails(PWRITE))
        return -1;
    mood[PWRITE] = FINE;
    errno = EINTR;
    if (now == INTERRUPTED)
        return -1;
    return __real_pwrite(fd, buf, now == HALF ? size / 2 : size, at);
}

int __real_ftruncate(int fd, off_t size);
int __wrap_ftruncate(int fd, off_t size);
int __wrap_ftruncate(int fd, off_t size)
{
    return fails(FTRUNCATE) ? -1 : __real_ftruncate(fd, size);
}

ZSTD_DStream *__real_ZSTD_createDStream(void);
ZSTD_DStream *__wrap_ZSTD_createDStream(void);
ZSTD_DStream *__wrap_ZSTD_createDStream(void)
{
    return fails(ZSTD_CREATE) ? NULL : __real_ZSTD_createDStream();
}

int __real_inflateInit2_(z_streamp z, int bits, const char *version, int size);
int __wrap_inflateInit2_(z_streamp z, int bits, const char *version, int size);
int __wrap_inflateInit2_(z_streamp z, int bits, const char *version, int size)
{
    return fails(INFLATE_INIT) ? Z_MEM_ERROR : __real_inflateInit2_(z, bits, version, size);
}

int __real_inflate(z_streamp z, int flush);
XENPT_API int __wrap_inflate(z_streamp z, int flush); /* libelf.so refers to it, too. */
int __wrap_inflate(z_streamp z, int flush)
{
    return fails(INFLATE) ? Z_MEM_ERROR : __real_inflate(z, flush);
}

Elf *__real_elf_memory(char *bytes, size_t size);
Elf *__wrap_elf_memory(char *bytes, size_t size);
Elf *__wrap_elf_memory(char *bytes, size_t size)
{
    return fails(ELF_MEMORY) ? NULL : __real_elf_memory(bytes, size);
}

Elf_Data *__real_elf_getdata_rawchunk(Elf *elf, int64_t at, size_t size, Elf_Type type);
Elf_Data *__wrap_elf_getdata_rawchunk(Elf *elf, int64_t at, size_t size, Elf_Type type);
Elf_Data *__wrap_elf_getdata_rawchunk(Elf *elf, int64_t at, size_t size, Elf_Type type)
{
    return fails(ELF_RAWCHUNK) ? NULL : __real_elf_getdata_rawchunk(elf, at, size, type);
}

/* --- Files that take every path ------------------------------------------------------------ */

static uint8_t page[4096];

struct files {
    char *raw, *core, *zstd, *gzip, *xl, *linux_core;
};

static char *write_built(struct elf_builder *b)
{
    char *path;

    elf_build(b);
    path = write_file(b->file.p, b->file.size);
    elf_fini(b);
    return path;
}

/* CPUs of which one is impossible, segments that conflict, and one of each trouble. */
static void build_core(struct elf_builder *b)
{
    elf_init(b);
    elf_qemu_note(b, (struct qemu_cpu){ .cr0 = XENPT_CR0_PE });
    elf_qemu_note(b, (struct qemu_cpu){ .cr0 = XENPT_CR0_PG });
    elf_qemu_note(b, (struct qemu_cpu){ .version = 9 });
    for (uint64_t i = 0; i < 20; i++)
        elf_load(b, 0x10000 * i, page, sizeof(page));
    elf_load(b, 0x10000, page, sizeof(page));
    elf_load_raw(b, 0x20000000, UINT64_MAX, 1, 1);
    elf_load_raw(b, 0x30000000, UINT64_MAX, 1, 1);
    elf_load_raw(b, UINT64_MAX, 0, 8, 8);
}

static char *write_xl(void)
{
    static const uint64_t p2m[] = { 0, 5, 1, 7, 2, UINT64_MAX - 1 };
    static uint8_t contexts[2 * 5168];
    struct elf_builder b;

    put32(contexts + 512, 32);
    put32(contexts + 2716 + 12, 0x5000);
    elf_init(&b);
    elf_section(&b, ".xen_prstatus", SHT_PROGBITS, contexts, sizeof(contexts), 5168);
    elf_section(&b, ".xen_pages", SHT_PROGBITS, NULL, 3 * 4096, 4096);
    elf_section(&b, ".xen_p2m", SHT_PROGBITS, p2m, sizeof(p2m), 16);
    return write_built(&b);
}

static char *write_linux(void)
{
    static const char info[] = "NUMBER(sme_mask)=1\n";
    struct elf_builder b;

    elf_init(&b);
    elf_note(&b, "VMCOREINFO", 0, info, sizeof(info) - 1);
    elf_load(&b, 0, page, sizeof(page));
    return write_built(&b);
}

static char *write_zstd(const void *bytes, size_t size)
{
    static uint8_t out[1 << 18];
    size_t n = ZSTD_compress(out, sizeof(out), bytes, size, 3);

    assert_false(ZSTD_isError(n));
    return write_file(out, n);
}

static char *write_gzip(const void *bytes, size_t size)
{
    static uint8_t out[1 << 18];
    z_stream z = { 0 };

    assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    z.next_in = (unsigned char *)(uintptr_t)bytes;
    z.avail_in = (unsigned int)size;
    z.next_out = out;
    z.avail_out = sizeof(out) - 4;
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    deflateEnd(&z);
    memset(out + z.total_out, 0, 4); /* What is warned of. */
    return write_file(out, z.total_out + 4);
}

static int make_files(void **state)
{
    struct files *f = calloc(1, sizeof(*f));
    struct elf_builder b;

    fill(page, sizeof(page), 1);
    build_core(&b);
    elf_build(&b);
    f->raw = write_file(page, sizeof(page));
    f->core = write_file(b.file.p, b.file.size);
    f->zstd = write_zstd(b.file.p, b.file.size);
    f->gzip = write_gzip(b.file.p, b.file.size);
    f->xl = write_xl();
    f->linux_core = write_linux();
    elf_fini(&b);
    *state = f;
    return 0;
}

static int drop_files(void **state)
{
    struct files *f = *state;
    char *paths[] = { f->raw, f->core, f->zstd, f->gzip, f->xl, f->linux_core };

    for (size_t i = 0; i < COUNT(paths); i++) {
        unlink(paths[i]);
        free(paths[i]);
    }
    free(f);
    return 0;
}

/* --- No memory ----------------------------------------------------------------------------- */

/* Lets each allocation of an open be the first to fail. */
static void sweep(const char *path, const char *symbols)
{
    struct xenpt_image_options opt = { .symbols = symbols };
    unsigned long n = 0;

    for (;; n++) {
        struct xenpt_image *image = NULL;
        struct xenpt_error err = { 0 };
        enum xenpt_code code;

        fail_alloc_after(n);
        code = xenpt_image_open(path, &opt, &image, &err);
        if (!fail_alloc_stop()) {
            assert_int_equal(code, XENPT_OK);
            xenpt_image_close(image);
            break;
        }
        if (code != XENPT_ENOMEM)
            fail_msg("%s: allocation %lu fails: code %d, %s", path, n, (int)code, err.text);
        assert_int_equal(err.code, XENPT_ENOMEM);
        assert_null(image);
    }
    assert_true(n > 3); /* It does allocate. */
}

static void test_no_memory(void **state)
{
    const struct files *f = *state;

    sweep(f->raw, NULL);
    sweep(f->raw, "/proc/self/exe");
    sweep(f->core, NULL);
    sweep(f->zstd, NULL);
    sweep(f->gzip, NULL);
    sweep(f->xl, NULL);
    sweep(f->linux_core, NULL);
}

static void test_no_memory_at_all(void **state)
{
    struct xenpt_image *image = NULL;

    (void)state;
    fail_alloc_after(0);
    assert_int_equal(image_open_bytes(page, sizeof(page), NULL, &image, NULL), XENPT_ENOMEM);
    assert_int_equal(fail_alloc_stop(), 1);
    assert_null(image);
}

/* --- No luck ------------------------------------------------------------------------------- */

static void test_refusals(void **state)
{
    const struct files *f = *state;
    const struct {
        enum call call;
        const char *path;
        enum xenpt_code code;
        const char *says;
    } rows[] = {
        { OPEN, f->raw, XENPT_EIO, "cannot open" },
        { FSTAT, f->raw, XENPT_EIO, "not a file" },
        { LSEEK, f->raw, XENPT_EIO, "cannot find its end" },
        { PWRITE, f->zstd, XENPT_EIO, "cannot write to a temporary file" },
        { PWRITE, f->gzip, XENPT_EIO, "cannot write to a temporary file" },
        { FTRUNCATE, f->zstd, XENPT_EIO, "cannot size a temporary file" },
        { ZSTD_CREATE, f->zstd, XENPT_ENOMEM, "no memory to decompress with" },
        { INFLATE_INIT, f->gzip, XENPT_ENOMEM, "no memory to decompress with" },
        { INFLATE, f->gzip, XENPT_ENOMEM, "no memory to decompress with" },
        { ELF_MEMORY, f->core, XENPT_EPARSE, "cannot be read" },
        { ELF_RAWCHUNK, f->core, XENPT_ENOMEM, "no memory for the notes" },
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct xenpt_image *image = NULL;
        struct xenpt_error err = { 0 };
        enum xenpt_code code;

        mood[rows[i].call] = FAILS;
        code = xenpt_image_open(rows[i].path, NULL, &image, &err);
        mood[rows[i].call] = FINE;
        if (code != rows[i].code || !strstr(err.text, rows[i].says))
            fail_msg("expected \"%s\", got code %d: %s", rows[i].says, (int)code, err.text);
        assert_null(image);
    }
}

/* All that a file system may lack, or interrupt, and that is no reason to fail. */
static void test_workarounds(void **state)
{
    static const struct {
        enum call call;
        enum mood mood;
    } rows[] = { { TMPFILE, FAILS }, { PWRITE, INTERRUPTED }, { PWRITE, HALF } };
    const struct files *f = *state;

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct xenpt_image *image = NULL;
        struct xenpt_error err = { 0 };

        mood[rows[i].call] = rows[i].mood;
        if (xenpt_image_open(f->zstd, NULL, &image, &err))
            fail_msg("row %zu: %s", i, err.text);
        mood[rows[i].call] = FINE;
        for (size_t at = 0; at < sizeof(page); at++)
            assert_int_equal(byte_at(image, 0x30000 + at), page[at]);
        xenpt_image_close(image);
    }
}

/* A file system without O_TMPFILE: the name is gone as soon as the file is open. */
static void test_no_name_stays(void **state)
{
    const struct files *f = *state;
    char dir[] = "/tmp/xenpt-test-dir-XXXXXX", *was = getenv("TMPDIR");
    struct xenpt_image *image;

    assert_non_null(mkdtemp(dir));
    was = was ? strdup(was) : NULL;
    setenv("TMPDIR", dir, 1);
    mood[TMPFILE] = FAILS;
    assert_int_equal(xenpt_image_open(f->zstd, NULL, &image, NULL), XENPT_OK);
    mood[TMPFILE] = FINE;
    assert_int_equal(rmdir(dir), 0); /* Which works for an empty one only. */
    xenpt_image_close(image);
    if (was)
        setenv("TMPDIR", was, 1);
    else
        unsetenv("TMPDIR");
    free(was);
}

static void test_long_tmpdir(void **state)
{
    const struct files *f = *state;
    char *was = getenv("TMPDIR"), *dir = malloc(5001);
    struct xenpt_image *image = NULL;
    struct xenpt_error err = { 0 };

    memset(dir, 'x', 5000);
    dir[5000] = '\0';
    was = was ? strdup(was) : NULL;
    setenv("TMPDIR", dir, 1);
    assert_int_equal(xenpt_image_open(f->zstd, NULL, &image, &err), XENPT_EIO);
    if (was)
        setenv("TMPDIR", was, 1);
    else
        unsetenv("TMPDIR");
    free(was);
    free(dir);
}

/* TMPDIR says where temporary files go; /tmp if it says nothing. */
static void test_tmpdir(void **state)
{
    static const struct {
        const char *tmpdir, *used;
    } rows[] = { { "/var/tmp", "/var/tmp" }, { "", "/tmp" }, { NULL, "/tmp" } };
    const struct files *f = *state;
    char *was = getenv("TMPDIR");

    was = was ? strdup(was) : NULL;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct xenpt_image *image = NULL;

        if (rows[i].tmpdir)
            setenv("TMPDIR", rows[i].tmpdir, 1);
        else
            unsetenv("TMPDIR");
        assert_int_equal(xenpt_image_open(f->zstd, NULL, &image, NULL), XENPT_OK);
        assert_string_equal(tmp_dir, rows[i].used);
        xenpt_image_close(image);
    }
    if (was)
        setenv("TMPDIR", was, 1);
    free(was);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_memory),     cmocka_unit_test(test_no_memory_at_all),
        cmocka_unit_test(test_refusals),      cmocka_unit_test(test_workarounds),
        cmocka_unit_test(test_no_name_stays), cmocka_unit_test(test_long_tmpdir),
        cmocka_unit_test(test_tmpdir),
    };

    return cmocka_run_group_tests_name("image_faults", tests, make_files, drop_files);
}
