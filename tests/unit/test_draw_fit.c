/*
 * test_draw_fit.c - no text is wider than its room, and none leaves the page, as cairo measures the
 * font that pictures ask for.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cairo.h>

#include <cmocka.h>

#include "draw_fixture.h"

static cairo_t *ruler(void)
{
    cairo_surface_t *surface = cairo_image_surface_create(CAIRO_FORMAT_A8, 8, 8);
    cairo_font_options_t *options = cairo_font_options_create();
    cairo_t *c = cairo_create(surface);

    cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
    cairo_set_font_options(c, options);
    cairo_font_options_destroy(options);
    cairo_surface_destroy(surface);
    return c;
}

static double measured(cairo_t *c, const char *text, int size, enum face face)
{
    cairo_text_extents_t e;

    cairo_select_font_face(c, face == FACE_MONO ? "DejaVu Sans Mono" : "DejaVu Sans",
                           CAIRO_FONT_SLANT_NORMAL,
                           face == FACE_BOLD ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL);
    cairo_set_font_size(c, size);
    cairo_text_extents(c, text, &e);
    return e.x_advance;
}

static void check(cairo_t *c, const struct scene *s)
{
    for (size_t i = 0; i < s->nr; i++) {
        const struct shape *t = &s->shapes[i];
        double w, left;

        if (t->kind != SHAPE_TEXT) {
            assert_true(t->x >= 0 && t->y >= 0 && t->x + t->w <= s->width &&
                        t->y + t->h <= s->height);
            continue;
        }
        w = measured(c, s->texts + t->text, t->h, t->face);
        left = t->anchor == ANCHOR_START ? t->x : t->anchor == ANCHOR_END ? t->x - w : t->x - w / 2;
        if (w > t->w || left < 0 || left + w > s->width || t->y > s->height)
            fail_msg("'%s' takes %g of %d, from %g on a page of %d", s->texts + t->text, w, t->w,
                     left, s->width);
    }
}

static void test_fit(void **state)
{
    static enum xenpt_code (*const pictures[])(struct drawing *,
                                               struct xenpt_error *) = { draw_slots, draw_tree,
                                                                         draw_walk, draw_sharing };
    static const uint64_t in[] = { 0xffff830000000000, 0x401000, 0xffffffff81000000 };
    cairo_t *c = ruler();

    (void)state;
    for (const char *const *name = drawn_captures; *name; name++) {
        struct drawn d;

        drawn_begin(&d, *name);
        d.opt.in = in;
        d.opt.nr_in = 3;
        for (size_t p = 0; p < sizeof(pictures) / sizeof(pictures[0]); p++) {
            struct drawing *drawing = calloc(1, sizeof(*drawing));

            assert_non_null(drawing);
            drawing->view = &d.view;
            drawing->opt = &d.opt;
            assert_int_equal(pictures[p](drawing, NULL), XENPT_OK);
            check(c, &drawing->scene);
            assert_in_range(drawing->scene.height, 100, 2600);
            assert_in_range(drawing->scene.width, 400, 1500);
            scene_free(&drawing->scene);
            free(drawing);
        }
        drawn_end(&d);
    }
    cairo_destroy(c);
}

/* What is cut ends in an ellipsis, and fits; what has no room for that is not there. */
static void test_cut(void **state)
{
    cairo_t *c = ruler();

    (void)state;
    for (int room = 0; room < 200; room++) {
        struct scene s = { .width = 400, .height = 100 };

        scene_text(&s, (struct spot){ 10, 20, room, 11, ANCHOR_START, FACE_BOLD },
                   "Wide \xc3\xa4 WORDS and narrow illicit ones");
        if (s.nr) {
            const char *text = s.texts + s.shapes[0].text;

            assert_true(measured(c, text, 11, FACE_BOLD) <= room);
            assert_non_null(strstr(text, "\xe2\x80\xa6"));
        } else {
            assert_in_range(room, 0, 30);
        }
        scene_free(&s);
    }
    cairo_destroy(c);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_fit),
    cmocka_unit_test(test_cut),
};

int main(void)
{
    int failed = cmocka_run_group_tests(tests, NULL, NULL);

    cairo_debug_reset_static_data();
    return failed;
}
