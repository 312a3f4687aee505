/*
 * decompress.c - zstd and gzip, as a stream.
 *
 * Both forms may be several files put one behind the other, and both are read so.  What
 * comes out goes to a sparse file a buffer at a time, so that memory in use does not depend
 * on the size of the image.
 */
#define ZLIB_CONST /* zlib only reads what it is given. */

#include <string.h>
#include <zlib.h>
#include <zstd.h>

#include "image/internal.h"

/* What a codec reads from and writes to. */
struct stream {
    const struct image_file *in;
    size_t at; /* How far it has read. */
    const struct xenpt_image_options *opt;
    struct image_sparse *out;
    struct image_warnings *warnings;
};

struct image_codec {
    const char *name;
    uint8_t magic[4];
    size_t magic_size;
    enum xenpt_code (*run)(struct stream *s, struct xenpt_error *err);
};

static enum xenpt_code fail_here(const struct stream *s, struct xenpt_error *err,
                                 enum xenpt_code code, const char *what, const char *why)
{
    return xenpt_fail_at(err, code, s->in->path, s->at, "%s: %s", what, why);
}

/* Passes on a buffer that is full, and says how far the work has come. */
static enum xenpt_code drain(struct stream *s, struct xenpt_error *err)
{
    enum xenpt_code code = XENPT_OK;

    if (s->out->fill < SPARSE_BUF)
        return XENPT_OK;
    code = image_sparse_flush(s->out, err);
    if (!code && s->opt->progress)
        s->opt->progress(s->opt->progress_ctx, s->at, s->in->size);
    return code;
}

/* --- zstd, RFC 8878 ------------------------------------------------------------------------ */

/* Windows above 128 MiB (zstd --long=31 makes them) only for what may become so large. */
static int window_log_max(uint64_t max)
{
    int log = 27;

    while (log < 31 && max >> log > 1)
        log++;
    return log;
}

/* The library says where it failed no closer than by what it was given. */
#define ZSTD_STEP ((size_t)1 << 16)

static enum xenpt_code zstd_frames(struct stream *s, ZSTD_DStream *ds, struct xenpt_error *err)
{
    size_t left = 1;

    while (s->at < s->in->size || left) {
        ZSTD_inBuffer in = { s->in->bytes + s->at, min_u64(s->in->size - s->at, ZSTD_STEP), 0 };
        ZSTD_outBuffer out = { s->out->buf, SPARSE_BUF, s->out->fill };
        enum xenpt_code code;

        left = ZSTD_decompressStream(ds, &out, &in);
        if (ZSTD_isError(left))
            return fail_here(s, err, XENPT_EPARSE, "corrupt zstd data", ZSTD_getErrorName(left));
        if (!in.size && out.pos == s->out->fill)
            return fail_here(s, err, XENPT_EPARSE, "truncated zstd data",
                             "the file ends within a frame");
        s->at += in.pos;
        s->out->fill = out.pos;
        code = drain(s, err);
        if (code)
            return code;
    }
    return XENPT_OK;
}

static enum xenpt_code run_zstd(struct stream *s, struct xenpt_error *err)
{
    ZSTD_DStream *ds = ZSTD_createDStream();
    enum xenpt_code code;

    if (!ds)
        return xenpt_fail(err, XENPT_ENOMEM, "no memory to decompress with");
    ZSTD_DCtx_setParameter(ds, ZSTD_d_windowLogMax, window_log_max(s->out->max));
    code = zstd_frames(s, ds, err);
    ZSTD_freeDStream(ds);
    return code;
}

/* --- gzip, RFC 1952 ------------------------------------------------------------------------ */

/* zlib counts what it is given in an unsigned int. */
#define GZIP_STEP ((size_t)1 << 30)

/* Whether another member follows; what else follows is warned of and ignored, as gzip does. */
static enum xenpt_code gzip_next(struct stream *s, z_stream *z, bool *ret, struct xenpt_error *err)
{
    const uint8_t *rest = s->in->bytes + s->at;
    size_t left = s->in->size - s->at;

    *ret = left >= 2 && rest[0] == 0x1f && rest[1] == 0x8b;
    if (*ret)
        inflateReset(z);
    else if (left)
        return image_warn(s->warnings, err, "%zu bytes after the end of the gzip data are ignored",
                          left);
    return XENPT_OK;
}

static enum xenpt_code gzip_members(struct stream *s, z_stream *z, struct xenpt_error *err)
{
    bool more = true;

    while (more) {
        size_t given = min_u64(s->in->size - s->at, GZIP_STEP), room = SPARSE_BUF - s->out->fill;
        enum xenpt_code code;
        int result;

        z->next_in = s->in->bytes + s->at;
        z->avail_in = (unsigned int)given;
        z->next_out = s->out->buf + s->out->fill;
        z->avail_out = (unsigned int)room;
        result = inflate(z, Z_NO_FLUSH);
        s->at += given - z->avail_in;
        s->out->fill += room - z->avail_out;
        if (result == Z_BUF_ERROR)
            return fail_here(s, err, XENPT_EPARSE, "truncated gzip data",
                             "the file ends within a member");
        if (result == Z_MEM_ERROR)
            return xenpt_fail(err, XENPT_ENOMEM, "no memory to decompress with");
        if (result != Z_OK && result != Z_STREAM_END)
            return fail_here(s, err, XENPT_EPARSE, "corrupt gzip data",
                             z->msg ? z->msg : "it cannot be decompressed");
        code = drain(s, err);
        if (!code && result == Z_STREAM_END)
            code = gzip_next(s, z, &more, err);
        if (code)
            return code;
    }
    return XENPT_OK;
}

static enum xenpt_code run_gzip(struct stream *s, struct xenpt_error *err)
{
    z_stream z = { 0 };
    enum xenpt_code code;

    /* 15: the largest window; 16 more: a gzip header, not a zlib one. */
    if (inflateInit2(&z, 15 + 16) != Z_OK)
        return xenpt_fail(err, XENPT_ENOMEM, "no memory to decompress with");
    code = gzip_members(s, &z, err);
    inflateEnd(&z);
    return code;
}

/* --- Either -------------------------------------------------------------------------------- */

static const struct image_codec codecs[] = {
    { "zstd", { 0x28, 0xb5, 0x2f, 0xfd }, 4, run_zstd },
    { "gzip", { 0x1f, 0x8b, 0x08 }, 3, run_gzip },
};

const struct image_codec *image_codec_of(const uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < ARRAY_SIZE(codecs); i++)
        if (size >= codecs[i].magic_size && !memcmp(bytes, codecs[i].magic, codecs[i].magic_size))
            return &codecs[i];
    return NULL;
}

const char *image_codec_name(const struct image_codec *codec)
{
    return codec->name;
}

enum xenpt_code image_decompress(const struct image_codec *codec, const struct image_file *in,
                                 const struct xenpt_image_options *opt, struct image_sparse *out,
                                 struct image_warnings *w, struct xenpt_error *err)
{
    struct stream s = { .in = in, .opt = opt, .out = out, .warnings = w };

    return codec->run(&s, err);
}
