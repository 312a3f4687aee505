/*
 * file.c - the bytes of a file, mapped.
 *
 * Compressed files are decompressed into a file without a name, which is mapped in their
 * place; whoever reads an image sees no difference.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "image/internal.h"

/* Names the file that a failure in `err` is about, and returns its code. */
static enum xenpt_code in_file(struct xenpt_error *err, const char *path, enum xenpt_code code)
{
    struct xenpt_error was;

    if (!err)
        return code;
    was = *err;
    xenpt_fail_at(err, code, path, was.offset, "%s", was.text);
    err->has_offset = was.has_offset;
    return code;
}

static enum xenpt_code map(struct image_file *ret, int fd, uint64_t size, struct xenpt_error *err)
{
    void *bytes;

    if (!size)
        return xenpt_fail(err, XENPT_EPARSE, "it is empty");
    bytes = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (bytes == MAP_FAILED)
        return xenpt_fail(err, errno == ENOMEM ? XENPT_ENOMEM : XENPT_EIO,
                          "cannot map its %llu bytes: %s", (unsigned long long)size,
                          strerror(errno));
    ret->bytes = bytes;
    ret->size = size;
    ret->mapped = true;
    return XENPT_OK;
}

static enum xenpt_code map_path(struct image_file *ret, const char *path, struct xenpt_error *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    enum xenpt_code code;
    struct stat st;
    off_t end;

    if (fd < 0)
        return xenpt_fail(err, XENPT_EIO, "cannot open: %s", strerror(errno));
    /* A block device is as good as a file, and only the end of it tells its size. */
    if (fstat(fd, &st) || !(S_ISREG(st.st_mode) || S_ISBLK(st.st_mode)))
        code = xenpt_fail(err, XENPT_EIO, "not a file that can be mapped");
    else if ((end = lseek(fd, 0, SEEK_END)) < 0)
        code = xenpt_fail(err, XENPT_EIO, "cannot find its end: %s", strerror(errno));
    else
        code = map(ret, fd, (uint64_t)end, err);
    close(fd);
    return code;
}

/* The most that decompressing may yield, if nobody says: more than any machine's memory. */
#define DEFAULT_MAX ((uint64_t)1 << 40)

/* Puts what `file` decompresses to in its place. */
static enum xenpt_code expand(struct image_file *file, const struct image_codec *codec,
                              const struct xenpt_image_options *opt, struct image_warnings *w,
                              struct xenpt_error *err)
{
    struct image_file plain = { .path = file->path, .compression = image_codec_name(codec) };
    struct image_sparse out;
    enum xenpt_code code;

    code = image_sparse_init(&out, opt->max_size ? opt->max_size : DEFAULT_MAX, err);
    if (code)
        return code;
    code = image_decompress(codec, file, opt, &out, w, err);
    if (!code)
        code = image_sparse_finish(&out, err);
    if (!code)
        code = map(&plain, out.fd, out.size, err);
    image_sparse_fini(&out);
    if (code)
        return code;
    image_file_close(file);
    *file = plain;
    if (image_codec_of(file->bytes, file->size))
        return xenpt_fail(err, XENPT_EUNSUPPORTED, "compressed twice: decompress it once first");
    return XENPT_OK;
}

/* Decompresses what is compressed; takes over `file`, and gives it back closed on failure. */
static enum xenpt_code settle(struct image_file *ret, struct image_file *file,
                              const struct xenpt_image_options *opt, struct image_warnings *w,
                              struct xenpt_error *err)
{
    const struct image_codec *codec = image_codec_of(file->bytes, file->size);
    enum xenpt_code code = codec ? expand(file, codec, opt, w, err) : XENPT_OK;

    if (code) {
        image_file_close(file);
        return in_file(err, file->path, code);
    }
    *ret = *file;
    return XENPT_OK;
}

enum xenpt_code image_file_open(struct image_file *ret, const char *path,
                                const struct xenpt_image_options *opt, struct image_warnings *w,
                                struct xenpt_error *err)
{
    struct image_file file = { .path = path };
    enum xenpt_code code = map_path(&file, path, err);

    return code ? in_file(err, path, code) : settle(ret, &file, opt, w, err);
}

enum xenpt_code image_file_use(struct image_file *ret, const uint8_t *bytes, size_t size,
                               const struct xenpt_image_options *opt, struct image_warnings *w,
                               struct xenpt_error *err)
{
    struct image_file file = { .path = "", .bytes = bytes, .size = size };

    return settle(ret, &file, opt, w, err);
}

void image_file_close(struct image_file *file)
{
    if (file->mapped)
        munmap((void *)file->bytes, file->size);
    file->bytes = NULL;
    file->size = 0;
    file->mapped = false;
}
