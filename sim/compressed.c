/* compressed.c - bytes on their way into a file, through zstd if that is wanted. */
#include "compressed.h"

#include <stdlib.h>
#include <zstd.h>

bool compressed_begin(struct compressed *ret, FILE *file, bool zstd)
{
    *ret = (struct compressed){ .file = file };
    if (!zstd)
        return true;
    ret->zstd = ZSTD_createCCtx();
    return ret->zstd && !ZSTD_isError(ZSTD_CCtx_setParameter(ret->zstd, ZSTD_c_checksumFlag, 1));
}

static bool pass(const struct compressed *c, const char *bytes, size_t n, ZSTD_EndDirective how)
{
    ZSTD_inBuffer in = { .src = bytes, .size = n };
    char part[1 << 14];
    size_t left;

    do {
        ZSTD_outBuffer out = { .dst = part, .size = sizeof(part) };

        left = ZSTD_compressStream2(c->zstd, &out, &in, how);
        if (ZSTD_isError(left) || fwrite(part, 1, out.pos, c->file) != out.pos)
            return false;
    } while (in.pos < in.size || (how == ZSTD_e_end && left));
    return true;
}

bool compressed_write(void *ctx, const char *bytes, size_t n)
{
    struct compressed *c = ctx;

    c->taken += n;
    return c->zstd ? pass(c, bytes, n, ZSTD_e_continue) : fwrite(bytes, 1, n, c->file) == n;
}

bool compressed_finish(struct compressed *c)
{
    if (c->zstd && !pass(c, "", 0, ZSTD_e_end))
        return false;
    return !fflush(c->file) && !ferror(c->file);
}

void compressed_end(struct compressed *c)
{
    ZSTD_freeCCtx(c->zstd);
    c->zstd = NULL;
}
