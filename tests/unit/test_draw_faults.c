/* test_draw_faults.c - pictures without memory, and without a place to go. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "draw_fixture.h"
#include "fail_alloc.h"

/* Its own memory is none of the picture's. */
static bool forget(void *ctx, const char *bytes, size_t n)
{
    (void)bytes;
    *(size_t *)ctx += n;
    return true;
}

static bool refuse(void *ctx, const char *bytes, size_t n)
{
    (void)ctx;
    (void)bytes;
    (void)n;
    return false;
}

static const uint64_t in = 0xffff830000000000;

static void sweep(struct drawn *d, enum xenpt_picture picture, enum xenpt_picture_form form)
{
    enum xenpt_code code;
    size_t written;

    d->opt.picture = picture;
    d->opt.form = form;
    d->opt.write = forget;
    d->opt.ctx = &written;
    for (unsigned long n = 0;; n += 1 + n / 40) {
        written = 0;
        fail_alloc_after(n);
        code = xenpt_draw(&d->view, &d->opt, NULL);
        if (!fail_alloc_stop())
            break;
        assert_int_equal(code, XENPT_ENOMEM);
    }
    assert_int_equal(code, XENPT_OK);
    assert_true(written);
}

static void test_no_memory(void **state)
{
    struct xenpt_expose_options opt = { 0 };
    struct xenpt_owners *owners;
    struct drawn d;

    (void)state;
    drawn_begin(&d, "deb-pv64-intel-hc-xen");
    assert_int_equal(xenpt_image_owners(&d.view, d.roots, &owners, NULL), XENPT_OK);
    opt.owners = owners;
    opt.contexts = d.contexts;
    opt.nr_contexts = d.nr;
    d.opt.expose = &opt;
    d.opt.in = &in;
    d.opt.nr_in = 1;
    sweep(&d, XENPT_PICTURE_EXPOSURE, XENPT_PICTURE_SVG);
    for (unsigned int p = 0; p < XENPT_PICTURE_TIMELINE; p++)
        sweep(&d, p, XENPT_PICTURE_SVG);
    sweep(&d, XENPT_PICTURE_SLOTS, XENPT_PICTURE_HTML);
    sweep(&d, XENPT_PICTURE_TREE, XENPT_PICTURE_DOT);
    sweep(&d, XENPT_PICTURE_SHARING, XENPT_PICTURE_DOT);
    xenpt_owners_free(owners);
    drawn_end(&d);
}

static void test_no_place(void **state)
{
    struct drawn d;

    (void)state;
    drawn_begin(&d, "deb-pv64-intel-hc-xen");
    d.opt.write = refuse;
    for (unsigned int f = 0; f < XENPT_NR_PICTURE_FORMS; f++) {
        enum xenpt_code code;

        d.opt.picture = XENPT_PICTURE_TREE;
        d.opt.form = f;
        code = xenpt_draw(&d.view, &d.opt, NULL);
        assert_true(code == XENPT_EIO || code == XENPT_EUNSUPPORTED);
    }
    drawn_end(&d);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_no_memory),
    cmocka_unit_test(test_no_place),
};

int main(void)
{
    return cmocka_run_group_tests(tests, NULL, NULL);
}
