/*
 * image.c - opening a memory image, and what there is to ask of it.
 *
 * An image is made of what its file says and of nothing else, so all of it is known once it
 * is open; after that it is only read, by as many threads as like.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "image/internal.h"

static const char *const form_names[] = {
    [XENPT_IMAGE_RAW] = "raw",
    [XENPT_IMAGE_ELF_QEMU] = "QEMU core",
    [XENPT_IMAGE_ELF_XEN] = "Xen kdump",
    [XENPT_IMAGE_ELF_KDUMP] = "Linux kdump",
    [XENPT_IMAGE_XL_CORE] = "xl dump-core",
    [XENPT_IMAGE_ELF_OTHER] = "ELF core",
};

const char *xenpt_image_form_name(enum xenpt_image_form form)
{
    return (size_t)form < ARRAY_SIZE(form_names) ? form_names[form] : "unknown";
}

/* --- Memory -------------------------------------------------------------------------------- */

enum xenpt_code image_set_extents(struct xenpt_image *image, struct image_extents *x,
                                  struct xenpt_error *err)
{
    struct image_conflicts odd;
    enum xenpt_code code = image_extents_flatten(x, &odd, err);

    if (code)
        return code;
    image->runs = *x;
    *x = (struct image_extents){ 0 };
    for (size_t i = 0; i < image->runs.nr; i++)
        image->bytes += image->runs.list[i].last - image->runs.list[i].first + 1;
    if (!odd.nr)
        return XENPT_OK;
    return image_warn(&image->warnings, err,
                      "machine address 0x%" PRIx64 " is in the file twice, at offsets 0x%" PRIx64
                      " and 0x%" PRIx64 "; the first is taken, here and in %" PRIu64 " more such "
                      "overlaps",
                      max_u64(odd.kept.first, odd.dropped.first), odd.kept.offset,
                      odd.dropped.offset, odd.nr - 1);
}

/* Lists the runs of the file, and the pages made beside it, as the index wants them. */
static size_t list_held(const struct xenpt_image *image, struct mem_run *ret)
{
    const struct image_extents *runs = &image->runs;
    size_t nr = runs->nr;

    for (size_t i = 0; i < nr; i++)
        ret[i] = (struct mem_run){ .first = runs->list[i].first,
                                   .last = runs->list[i].last,
                                   .bytes = image->file.bytes + runs->list[i].offset };
    if (image->nr_made)
        ret[nr++] = (struct mem_run){
            .first = image->made_at,
            .last = image->made_at + image->nr_made * XENPT_PAGE_SIZE - 1,
            .bytes = image->made,
        };
    return nr;
}

static enum xenpt_code make_reader(struct xenpt_image *image, struct xenpt_error *err)
{
    size_t nr = image->runs.nr + 1;

    image->held = malloc(nr * sizeof(*image->held));
    if (!image->held)
        return xenpt_fail(err, XENPT_ENOMEM, "no memory for the image's %zu runs", nr);
    nr = list_held(image, image->held);
    /* One piece needs no index, and is read faster without. */
    if (nr == 1) {
        image->reader = xenpt_reader_flat(image->held->bytes, image->held->first,
                                          image->held->last - image->held->first + 1);
        return XENPT_OK;
    }
    image->indexed = mem_runs_init(&image->index, image->held, nr);
    if (!image->indexed)
        return xenpt_fail(err, XENPT_ENOMEM, "no memory for the index of %zu runs", nr);
    image->reader = mem_runs_reader(&image->index);
    return XENPT_OK;
}

static enum xenpt_code open_raw(struct xenpt_image *image, const struct xenpt_image_options *opt,
                                struct xenpt_error *err)
{
    uint64_t last = opt->raw_base + (image->file.size - 1);
    struct image_extents x = { 0 };
    enum xenpt_code code;

    if (last < opt->raw_base || last >> XENPT_MADDR_BITS)
        return xenpt_fail_at(err, XENPT_ERANGE, image->file.path, 0,
                             "0x%zx bytes from machine address 0x%" PRIx64 " on end above 2^52",
                             image->file.size, opt->raw_base);
    image->form = XENPT_IMAGE_RAW;
    image->nr_segments = 1;
    code = image_extents_add(&x, opt->raw_base, last, 0, err);
    if (!code)
        code = image_set_extents(image, &x, err);
    image_extents_fini(&x);
    return code;
}

/* --- Opening ------------------------------------------------------------------------------- */

static enum xenpt_code read_form(struct xenpt_image *image, const struct xenpt_image_options *opt,
                                 struct xenpt_error *err)
{
    enum xenpt_code code;

    if (opt->force_raw)
        return open_raw(image, opt, err);
    if (image_is_elf(&image->file))
        return image_open_elf(image, opt, err);
    code = image_refuse_known(&image->file, err);
    return code ? code : open_raw(image, opt, err);
}

static enum xenpt_code read_symbols(struct xenpt_image *image,
                                    const struct xenpt_image_options *opt, struct xenpt_error *err)
{
    struct image_file file;
    enum xenpt_code code;

    if (!opt->symbols)
        return XENPT_OK;
    code = image_file_open(&file, opt->symbols, opt, &image->warnings, err);
    if (!code)
        code = image_symbols_create(&image->symbols, &file, image->kernel_offset, err);
    if (!code)
        image->view.explainer = image_symbols_explainer(image->symbols);
    return code;
}

/* All that follows getting the bytes, which ended with `code`; takes over `image`. */
static enum xenpt_code finish(struct xenpt_image *image, const struct xenpt_image_options *opt,
                              enum xenpt_code code, struct xenpt_image **ret,
                              struct xenpt_error *err)
{
    if (!code)
        code = read_form(image, opt, err);
    /* An offset in an error is one in what came out, where there was something to undo. */
    if (code && image->file.compression)
        (void)xenpt_prefix(err, code, "decompressed by %s", image->file.compression);
    if (!code)
        code = make_reader(image, err);
    if (!code)
        code = read_symbols(image, opt, err);
    if (code) {
        xenpt_image_close(image);
        return code;
    }
    image->file.path = NULL;
    image->view.mem = &image->reader;
    image->view.contexts = image->contexts;
    image->view.nr_contexts = image->nr_contexts;
    *ret = image;
    return XENPT_OK;
}

static const struct xenpt_image_options no_options;

enum xenpt_code xenpt_image_open(const char *path, const struct xenpt_image_options *opt,
                                 struct xenpt_image **ret, struct xenpt_error *err)
{
    struct xenpt_image *image = calloc(1, sizeof(*image));
    enum xenpt_code code;

    if (!image)
        return xenpt_fail(err, XENPT_ENOMEM, "no memory for an image");
    opt = opt ? opt : &no_options;
    code = image_file_open(&image->file, path, opt, &image->warnings, err);
    return finish(image, opt, code, ret, err);
}

enum xenpt_code image_open_bytes(const uint8_t *bytes, size_t size,
                                 const struct xenpt_image_options *opt, struct xenpt_image **ret,
                                 struct xenpt_error *err)
{
    struct xenpt_image *image = calloc(1, sizeof(*image));
    enum xenpt_code code;

    if (!image)
        return xenpt_fail(err, XENPT_ENOMEM, "no memory for an image");
    opt = opt ? opt : &no_options;
    code = image_file_use(&image->file, bytes, size, opt, &image->warnings, err);
    return finish(image, opt, code, ret, err);
}

void xenpt_image_close(struct xenpt_image *image)
{
    if (!image)
        return;
    image_symbols_destroy(image->symbols);
    if (image->indexed)
        mem_runs_fini(&image->index);
    free(image->held);
    free(image->made);
    free(image->contexts);
    image_extents_fini(&image->runs);
    image_file_close(&image->file);
    image_warnings_fini(&image->warnings);
    free(image);
}

/* --- Asking -------------------------------------------------------------------------------- */

const struct xenpt_view *xenpt_image_view(const struct xenpt_image *image)
{
    return &image->view;
}

struct xenpt_image_info xenpt_image_info(const struct xenpt_image *image)
{
    return (struct xenpt_image_info){
        .form = image->form,
        .runs = image->runs.list,
        .nr_runs = image->runs.nr,
        .nr_segments = image->nr_segments,
        .bytes = image->bytes,
        .compression = image->file.compression,
        .warnings = (const char *const *)image->warnings.text,
        .nr_warnings = image->warnings.nr,
    };
}

bool xenpt_image_symbol(const struct xenpt_image *image, const char *name, uint64_t *ret)
{
    return image->symbols && image_symbols_find(image->symbols, name, ret);
}

const char *xenpt_image_symbol_at(const struct xenpt_image *image, uint64_t address,
                                  uint64_t *offset)
{
    return image->symbols ? image_symbols_at(image->symbols, address, offset) : NULL;
}

const char *xenpt_image_symbol_name(const struct xenpt_image *image, size_t i)
{
    return image->symbols ? image_symbols_name(image->symbols, i) : NULL;
}
