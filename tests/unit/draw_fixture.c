/* draw_fixture.c - views to be drawn. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "draw_fixture.h"

/* Fontconfig, which cairo asks for letters, keeps some memory to the end; LeakSanitizer asks this.
 */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:libfontconfig";
}

/* Of each kind of machine one. */
const char *const drawn_captures[] = {
    "deb-pv64-intel-hc-xen",
    "deb-pv64-intel-noxpti-guest",
    "deb-pv64-amd-guest",
    "rel-pv32-amd-guest",
    "rel-pvhd0-hap64-xen",
    "rel-pvhd0-sh64-guest",
    "rel-hap64-amd-guest",
    "rel-xl2-intel-xen",
    "deb-linux-intel-kernel",
    "bochs-pvhd0-ept-guest",
    NULL,
};

static bool take(void *ctx, const char *bytes, size_t n)
{
    struct drawn *d = ctx;

    if (d->used + n + 1 > d->size) {
        d->size = 2 * (d->used + n + 1);
        d->bytes = realloc(d->bytes, d->size);
        if (!d->bytes)
            abort();
    }
    memcpy(d->bytes + d->used, bytes, n);
    d->used += n;
    d->bytes[d->used] = '\0';
    return true;
}

void drawn_begin(struct drawn *d, const char *capture)
{
    const struct xenpt_root *found;
    char path[512];
    size_t n;

    *d = (struct drawn){ 0 };
    snprintf(path, sizeof(path), XENPT_CAPTURES "/%s.elf.zst", capture);
    assert_int_equal(xenpt_image_open(path, NULL, &d->image, NULL), XENPT_OK);
    d->view = *xenpt_image_view(d->image);
    assert_int_equal(xenpt_roots_find(&d->view, NULL, &d->roots, NULL), XENPT_OK);
    n = xenpt_roots_list(d->roots, &found);
    d->contexts = calloc(d->view.nr_contexts + n + 1, sizeof(struct xenpt_context *));
    assert_non_null(d->contexts);
    for (size_t i = 0; i < d->view.nr_contexts; i++)
        d->contexts[d->nr++] = &d->view.contexts[i];
    for (size_t i = 0; i < n; i++)
        d->contexts[d->nr++] = &found[i].context;
    d->opt = (struct xenpt_draw_options){
        .title = capture, .contexts = d->contexts, .nr_contexts = d->nr, .write = take, .ctx = d
    };
}

void drawn_end(struct drawn *d)
{
    free(d->bytes);
    free(d->contexts);
    xenpt_roots_free(d->roots);
    xenpt_image_close(d->image);
}

enum xenpt_code drawn_draw(struct drawn *d, enum xenpt_picture picture,
                           enum xenpt_picture_form form, struct xenpt_error *err)
{
    d->used = 0;
    d->opt.picture = picture;
    d->opt.form = form;
    return xenpt_draw(&d->view, &d->opt, err);
}
