/*
 * sparse.c - a temporary file without a name, in which a block of zeros takes no room.
 *
 * Memory is mostly zeros, and the image of a machine is as large as the machine: written out
 * plainly it might not fit where temporary files live.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "image/internal.h"

#define BLOCK ((size_t)4096)

static int open_named(const char *dir)
{
    char path[4096];
    int fd;

    if ((size_t)snprintf(path, sizeof(path), "%s/xenpt-XXXXXX", dir) >= sizeof(path)) {
        errno = ENAMETOOLONG;
        return -1;
    }
    fd = mkostemp(path, O_CLOEXEC);
    if (fd >= 0)
        unlink(path);
    return fd;
}

static int open_nameless(const char *dir)
{
    int fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

    /* Not every file system knows files without a name. */
    return fd >= 0 ? fd : open_named(dir);
}

enum xenpt_code image_sparse_init(struct image_sparse *ret, uint64_t max, struct xenpt_error *err)
{
    const char *dir = getenv("TMPDIR");
    struct image_sparse s = { .fd = -1, .max = max };

    if (!dir || !*dir)
        dir = "/tmp";
    s.buf = malloc(SPARSE_BUF);
    if (!s.buf)
        return xenpt_fail(err, XENPT_ENOMEM, "no memory to decompress with");
    s.fd = open_nameless(dir);
    if (s.fd < 0) {
        free(s.buf);
        return xenpt_fail(err, XENPT_EIO, "cannot make a temporary file in %s (TMPDIR): %s", dir,
                          strerror(errno));
    }
    *ret = s;
    return XENPT_OK;
}

void image_sparse_fini(struct image_sparse *s)
{
    free(s->buf);
    close(s->fd);
    *s = (struct image_sparse){ .fd = -1 };
}

static bool all_zero(const uint8_t *p, size_t size)
{
    return !p[0] && !memcmp(p, p + 1, size - 1);
}

static bool write_all(int fd, const uint8_t *p, size_t size, uint64_t at)
{
    while (size) {
        ssize_t n = pwrite(fd, p, size, (off_t)at);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        p += n;
        at += (uint64_t)n;
        size -= (size_t)n;
    }
    return true;
}

/* Where the blocks from `at` on stop being all zero, or stop being not. */
static size_t stretch(const struct image_sparse *s, size_t at, bool zero)
{
    while (at < s->fill) {
        size_t size = min_u64(BLOCK, s->fill - at);

        if (all_zero(s->buf + at, size) != zero)
            return at;
        at += size;
    }
    return at;
}

enum xenpt_code image_sparse_flush(struct image_sparse *s, struct xenpt_error *err)
{
    size_t at = 0;

    if (s->fill > s->max - s->size)
        return xenpt_fail(err, XENPT_ERANGE, "it decompresses to more than the limit of %llu bytes",
                          (unsigned long long)s->max);
    while (at < s->fill) {
        size_t end = stretch(s, at, false);

        if (!write_all(s->fd, s->buf + at, end - at, s->size + at))
            return xenpt_fail(err, XENPT_EIO, "cannot write to a temporary file: %s",
                              strerror(errno));
        at = stretch(s, end, true);
    }
    s->size += s->fill;
    s->fill = 0;
    return XENPT_OK;
}

enum xenpt_code image_sparse_finish(struct image_sparse *s, struct xenpt_error *err)
{
    enum xenpt_code code = image_sparse_flush(s, err);

    if (code)
        return code;
    if (ftruncate(s->fd, (off_t)s->size))
        return xenpt_fail(err, XENPT_EIO, "cannot size a temporary file: %s", strerror(errno));
    return XENPT_OK;
}
