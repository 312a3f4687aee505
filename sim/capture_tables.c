/* capture_tables.c - a dump that has come, read back; and its tables by themselves. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "capture.h"

enum xenpt_code capture_scratch(struct capture *c, struct xenpt_error *err)
{
    size_t size = strlen(c->core.target) + sizeof(".XXXXXX");
    char *path = malloc(size);
    int fd;

    if (!path)
        return xenpt_fail(err, XENPT_ENOMEM, "no memory for the name of a file");
    snprintf(path, size, "%s.XXXXXX", c->core.target);
    fd = mkstemp(path);
    if (fd >= 0)
        unlink(path);
    free(path);
    c->scratch = fd < 0 ? NULL : fdopen(fd, "w+");
    if (c->scratch)
        return XENPT_OK;
    if (fd >= 0)
        close(fd);
    return xenpt_fail(err, XENPT_EIO, "no room for the machine's memory beside %s: %s",
                      c->core.target, strerror(errno));
}

static enum xenpt_code open_image(struct capture *c, struct xenpt_error *err)
{
    struct xenpt_image_options opt = { 0 };
    char path[64];

    snprintf(path, sizeof(path), "/proc/self/fd/%d",
             fileno(c->scratch ? c->scratch : c->core.file));
    return xenpt_prefix(err, xenpt_image_open(path, &opt, &c->image, err),
                        "what QEMU sent as a dump");
}

enum xenpt_code capture_check(struct capture *c, struct xenpt_error *err)
{
    struct xenpt_image_info info;
    enum xenpt_code code = open_image(c, err);

    if (code)
        return code;
    info = xenpt_image_info(c->image);
    c->bytes = info.bytes;
    if (info.form != XENPT_IMAGE_ELF_QEMU)
        return xenpt_fail(err, XENPT_EPARSE, "what QEMU sent as a dump is %s, and no core of its",
                          xenpt_image_form_name(info.form));
    if (info.bytes < c->machine.memory)
        return xenpt_fail(err, XENPT_EPARSE,
                          "what QEMU sent as a dump is not whole: it has %" PRIu64
                          " bytes of memory, and the machine has %" PRIu64,
                          info.bytes, c->machine.memory);
    return XENPT_OK;
}

/* --- Tables --------------------------------------------------------------------------------- */

/* The image's own contexts and the roots that are in it, as one list to be freed. */
static struct xenpt_context *contexts(const struct capture *c, const struct xenpt_roots *roots,
                                      size_t *nr)
{
    const struct xenpt_view *own = xenpt_image_view(c->image);
    const struct xenpt_root *list;
    size_t nr_roots = xenpt_roots_list(roots, &list);
    struct xenpt_context *ret = calloc(own->nr_contexts + nr_roots + 1, sizeof(*ret));

    *nr = own->nr_contexts + nr_roots;
    for (size_t i = 0; ret && i < *nr; i++)
        ret[i] = i < own->nr_contexts ? own->contexts[i] : list[i - own->nr_contexts].context;
    return ret;
}

/* How many roots they are. */
static size_t distinct(const struct xenpt_context *list, size_t nr)
{
    size_t ret = 0;

    for (size_t i = 0; i < nr; i++) {
        size_t j = 0;

        while (j < i && list[j].paging.root != list[i].paging.root)
            j++;
        ret += j == i;
    }
    return ret;
}

static enum xenpt_code write_tables(struct capture *c, const struct xenpt_view *view,
                                    struct xenpt_error *err)
{
    struct xenpt_image_write_options opt = { .tables_only = true, .notes_of = c->image };
    enum xenpt_code code = xenpt_image_write(view, NULL, 0, &opt, compressed_write, &c->writer,
                                             &c->written, err);

    if ((!code || code == XENPT_EIO) && !compressed_finish(&c->writer))
        code = xenpt_fail(err, XENPT_EIO, "cannot write %s: %s", c->core.target, strerror(errno));
    return code;
}

enum xenpt_code capture_tables(struct capture *c, bool zstd, struct xenpt_error *err)
{
    struct xenpt_view view = *xenpt_image_view(c->image);
    struct xenpt_roots *roots;
    struct xenpt_context *list;
    enum xenpt_code code = xenpt_roots_find(&view, NULL, &roots, err);

    if (code)
        return code;
    c->found_xen = xenpt_roots_layout(roots);
    list = contexts(c, roots, &view.nr_contexts);
    view.contexts = list;
    c->nr_roots = list ? distinct(list, view.nr_contexts) : 0;
    compressed_end(&c->writer);
    if (!list || !compressed_begin(&c->writer, c->core.file, zstd))
        code = xenpt_fail(err, XENPT_ENOMEM, "no memory for the machine's tables");
    else
        code = write_tables(c, &view, err);
    free(list);
    xenpt_roots_free(roots);
    return code;
}
