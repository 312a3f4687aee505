/*
 * fuzz_image.c - any bytes as an image: they are opened or refused, and what is open can be
 * read wherever it says that it holds memory, and nowhere else.
 */
#include <stdlib.h>
#include <string.h>

#include "image/internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok)
{
    if (!ok)
        abort();
}

/* The bytes at each end of each run, by every way that there is to read them. */
static void check_runs(const struct xenpt_image *image, const uint8_t *data)
{
    const struct xenpt_reader *mem = xenpt_image_view(image)->mem;
    struct xenpt_image_info info = xenpt_image_info(image);
    uint64_t bytes = 0;

    for (size_t i = 0; i < info.nr_runs; i++) {
        const struct xenpt_image_run *r = &info.runs[i];
        uint8_t byte;

        must(r->first <= r->last && !(r->last >> XENPT_MADDR_BITS));
        must(i == 0 || r->first > info.runs[i - 1].last);
        must(xenpt_read(mem, r->first, &byte, 1));
        must(info.compression || byte == data[r->offset]);
        must(xenpt_read(mem, r->last, &byte, 1));
        must(info.compression || byte == data[r->offset + (r->last - r->first)]);
        bytes += r->last - r->first + 1;
    }
    must(bytes == info.bytes);
}

static void check_contexts(const struct xenpt_view *view)
{
    for (size_t i = 0; i < view->nr_contexts; i++) {
        const struct xenpt_context *ctx = &view->contexts[i];
        struct xenpt_walk walk;

        must(xenpt_view_context(view, ctx->name) == ctx);
        must(memchr(ctx->assumed, '\0', sizeof(ctx->assumed)));
        xenpt_walk(&ctx->paging, view->mem, ctx->ip, &walk);
    }
}

static void check_symbols(const struct image_symbols *symbols)
{
    const struct xenpt_explainer *explainer = image_symbols_explainer(symbols);
    struct xenpt_explanation e;
    uint64_t at = 0, offset;

    for (unsigned int bit = 64; bit-- > 0; at |= XENPT_BIT(bit)) {
        const char *name = image_symbols_at(symbols, at, &offset);

        if (name)
            must(image_symbols_find(symbols, name, &offset));
        if (explainer->address(explainer, NULL, at, &e))
            must(e.area_offset <= at);
    }
}

static void try_image(const uint8_t *data, size_t size, const struct xenpt_image_options *opt)
{
    struct xenpt_image *image = NULL;
    struct xenpt_error err = { 0 };

    if (image_open_bytes(data, size, opt, &image, &err)) {
        must(!image && err.code && err.text[0]);
        return;
    }
    check_runs(image, data);
    check_contexts(xenpt_image_view(image));
    xenpt_image_close(image);
}

static void try_symbols(const uint8_t *data, size_t size, const struct xenpt_image_options *opt)
{
    struct image_warnings warnings = { 0 };
    struct image_symbols *symbols = NULL;
    struct image_file file;

    if (!image_file_use(&file, data, size, opt, &warnings, NULL) &&
        !image_symbols_create(&symbols, &file, 0x1000, NULL))
        check_symbols(symbols);
    image_symbols_destroy(symbols);
    image_warnings_fini(&warnings);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct xenpt_image_options opt = { .max_size = 1 << 20 };

    if (!size)
        return 0;
    try_image(data, size, &opt);
    try_symbols(data, size, &opt);
    return 0;
}
