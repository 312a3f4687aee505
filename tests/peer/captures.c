/* captures.c - see captures.h.  What cannot be read fails the test that asked for it. */
#include "captures.h"

#include <dirent.h>
#include <fnmatch.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <zstd.h>

static int by_name(const void *a, const void *b)
{
    return strcmp(a, b);
}

size_t captures_find(const char *pattern, char names[CAPTURES_MAX][CAPTURES_NAME])
{
    DIR *dir = opendir(XENPT_CAPTURES);
    size_t n = 0;

    if (!dir)
        fail_msg("cannot open " XENPT_CAPTURES);
    for (struct dirent *entry; (entry = readdir(dir));) {
        if (fnmatch(pattern, entry->d_name, 0))
            continue;
        assert_true(n < CAPTURES_MAX);
        snprintf(names[n++], sizeof(names[0]), "%s", entry->d_name);
    }
    closedir(dir);
    qsort(names, n, sizeof(names[0]), by_name);
    return n;
}

static char *read_whole(const char *name, size_t *size)
{
    char path[1024], *bytes;
    FILE *f;
    long end = 0;

    snprintf(path, sizeof(path), "%s/%s", XENPT_CAPTURES, name);
    f = fopen(path, "rb");
    if (!f || fseek(f, 0, SEEK_END) || (end = ftell(f)) < 0)
        fail_msg("cannot read %s", path);
    rewind(f);
    bytes = malloc((size_t)end);
    assert_non_null(bytes);
    assert_int_equal(fread(bytes, 1, (size_t)end, f), end);
    fclose(f);
    *size = (size_t)end;
    return bytes;
}

/* A file of several frames, or one that does not say how large it gets, is fine. */
char *captures_unpack(const char *name, size_t *size)
{
    size_t packed, room = (size_t)1 << 20;
    char *in = read_whole(name, &packed), *out = malloc(room + 1);
    ZSTD_inBuffer from = { in, packed, 0 };
    ZSTD_outBuffer to = { out, room, 0 };
    ZSTD_DCtx *ctx = ZSTD_createDCtx();
    size_t left = 1;

    assert_non_null(out);
    assert_non_null(ctx);
    while (from.pos < from.size || left) {
        if (to.pos == to.size) {
            to.size *= 2;
            to.dst = realloc(to.dst, to.size + 1);
            assert_non_null(to.dst);
        }
        left = ZSTD_decompressStream(ctx, &to, &from);
        if (ZSTD_isError(left) || (left && from.pos == from.size && to.pos < to.size))
            fail_msg("%s: %s", name, ZSTD_isError(left) ? ZSTD_getErrorName(left) : "cut short");
    }
    ZSTD_freeDCtx(ctx);
    free(in);
    out = to.dst;
    out[to.pos] = '\0';
    *size = to.pos;
    return out;
}
