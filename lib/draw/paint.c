/* paint.c - a picture as PNG and as PDF, painted by cairo. */
#include "draw/scene.h"

#ifndef XENPT_WITH_CAIRO

enum xenpt_code scene_png(const struct scene *s, struct out *out, struct xenpt_error *err)
{
    (void)s;
    (void)out;
    return xenpt_fail(err, XENPT_EUNSUPPORTED,
                      "this xenpt was built without cairo, which makes PNG");
}

enum xenpt_code scene_pdf(const struct scene *s, struct out *out, struct xenpt_error *err)
{
    (void)s;
    (void)out;
    return xenpt_fail(err, XENPT_EUNSUPPORTED,
                      "this xenpt was built without cairo, which makes PDF");
}

#else

#include <cairo-pdf.h>
#include <cairo.h>

/* Pixels of PNG for each of the scene's. */
#define PNG_SCALE 2
/* A page's margin, and its sides by DIN: A4 as long as that leaves text legible, then A3. */
#define MARGIN    28
#define A4_SHORT  595
#define A4_LONG   842
#define A3_SHORT  842
#define A3_LONG   1191
#define LEGIBLE   0.45

static void colour(cairo_t *c, unsigned int rgb)
{
    cairo_set_source_rgb(c, (rgb >> 16 & 0xff) / 255.0, (rgb >> 8 & 0xff) / 255.0,
                         (rgb & 0xff) / 255.0);
}

static void hatch(cairo_t *c, const struct shape *b, int rising)
{
    for (int d = -b->h; d < b->w; d += 8) {
        int x = b->x + d;

        cairo_move_to(c, x, rising ? b->y + b->h : b->y);
        cairo_line_to(c, x + b->h, rising ? b->y : b->y + b->h);
    }
    cairo_stroke(c);
}

static void dots(cairo_t *c, const struct shape *b)
{
    for (int y = 2; y < b->h; y += 4)
        for (int x = y % 8; x < b->w; x += 8)
            cairo_rectangle(c, b->x + x, b->y + y, 1, 1);
    cairo_fill(c);
}

static void fill(cairo_t *c, const struct shape *b)
{
    const struct paint *p = &paints[b->fill];

    colour(c, p->rgb);
    cairo_rectangle(c, b->x, b->y, b->w, b->h);
    cairo_fill(c);
    if (!p->pattern)
        return;
    cairo_save(c);
    cairo_rectangle(c, b->x, b->y, b->w, b->h);
    cairo_clip(c);
    cairo_set_line_width(c, 1);
    colour(c, p->pattern == PATTERN_CROSS ? 0xffffff : 0xbbbbbb);
    if (p->pattern == PATTERN_RISING || p->pattern == PATTERN_CROSS)
        hatch(c, b, 1);
    if (p->pattern == PATTERN_FALLING || p->pattern == PATTERN_CROSS)
        hatch(c, b, 0);
    if (p->pattern == PATTERN_DOTS)
        dots(c, b);
    cairo_restore(c);
}

static void box(cairo_t *c, const struct shape *b)
{
    if (b->fill != FILL_NONE)
        fill(c, b);
    if (!b->weight)
        return;
    colour(c, 0x333333);
    cairo_set_line_width(c, b->weight);
    cairo_rectangle(c, b->x, b->y, b->w, b->h);
    cairo_stroke(c);
}

/* Arrows are level or upright but for few; the tip is drawn along the axis that is longer. */
static void tip(cairo_t *c, const struct shape *l)
{
    int x = l->x + l->w, y = l->y + l->h;
    int level = (l->w < 0 ? -l->w : l->w) >= (l->h < 0 ? -l->h : l->h);
    int back = (level ? l->w : l->h) < 0 ? 6 : -6;

    cairo_move_to(c, x, y);
    cairo_line_to(c, level ? x + back : x - 3, level ? y - 3 : y + back);
    cairo_line_to(c, level ? x + back : x + 3, level ? y + 3 : y + back);
    cairo_close_path(c);
    cairo_fill(c);
}

static void line(cairo_t *c, const struct shape *l)
{
    static const double dashes[] = { 4, 3 };

    colour(c, 0x333333);
    cairo_set_line_width(c, l->weight);
    cairo_set_dash(c, dashes, l->dashed ? 2 : 0, 0);
    cairo_move_to(c, l->x, l->y);
    cairo_line_to(c, l->x + l->w, l->y + l->h);
    cairo_stroke(c);
    cairo_set_dash(c, dashes, 0, 0);
    if (l->arrow)
        tip(c, l);
}

static void text(cairo_t *c, const struct scene *s, const struct shape *t)
{
    const char *string = s->texts + t->text;
    cairo_text_extents_t e;
    double x = t->x;

    cairo_select_font_face(
        c, t->face == FACE_MONO ? "DejaVu Sans Mono" : "DejaVu Sans", CAIRO_FONT_SLANT_NORMAL,
        t->face == FACE_BOLD ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL);
    cairo_set_font_size(c, t->h);
    cairo_text_extents(c, string, &e);
    if (t->anchor == ANCHOR_MIDDLE)
        x -= e.x_advance / 2;
    else if (t->anchor == ANCHOR_END)
        x -= e.x_advance;
    colour(c, t->face == FACE_FAINT ? 0x444444 : 0);
    cairo_move_to(c, x, t->y);
    cairo_show_text(c, string);
}

static void scene_paint(cairo_t *c, const struct scene *s)
{
    cairo_font_options_t *options = cairo_font_options_create();

    /* Widths are as in a larger picture of the same. */
    cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
    cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE);
    cairo_set_font_options(c, options);
    cairo_font_options_destroy(options);
    colour(c, 0xffffff);
    cairo_rectangle(c, 0, 0, s->width, s->height);
    cairo_fill(c);
    for (size_t i = 0; i < s->nr; i++) {
        const struct shape *shape = &s->shapes[i];

        if (shape->kind == SHAPE_BOX)
            box(c, shape);
        else if (shape->kind == SHAPE_LINE)
            line(c, shape);
        else
            text(c, s, shape);
    }
}

static cairo_status_t take(void *ctx, const unsigned char *bytes, unsigned int n)
{
    struct out *out = ctx;

    out_bytes(out, (const char *)bytes, n);
    return out->failed ? CAIRO_STATUS_WRITE_ERROR : CAIRO_STATUS_SUCCESS;
}

/* What is the file's fault is noticed by whoever owns the output. */
static enum xenpt_code verdict(cairo_status_t status, const struct out *out, const char *form,
                               struct xenpt_error *err)
{
    if (status == CAIRO_STATUS_SUCCESS || out->failed)
        return XENPT_OK;
    return xenpt_fail(err, status == CAIRO_STATUS_NO_MEMORY ? XENPT_ENOMEM : XENPT_ESTATE,
                      "no picture as %s: %s", form, cairo_status_to_string(status));
}

enum xenpt_code scene_png(const struct scene *s, struct out *out, struct xenpt_error *err)
{
    cairo_surface_t *surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, s->width * PNG_SCALE,
                                                          s->height * PNG_SCALE);
    cairo_t *c = cairo_create(surface);
    cairo_status_t status;

    cairo_scale(c, PNG_SCALE, PNG_SCALE);
    scene_paint(c, s);
    status = cairo_status(c);
    cairo_destroy(c);
    if (status == CAIRO_STATUS_SUCCESS)
        status = cairo_surface_write_to_png_stream(surface, take, out);
    cairo_surface_destroy(surface);
    return verdict(status, out, "PNG", err);
}

struct page {
    double w, h, scale;
};

static struct page page_of(const struct scene *s, int across, int down)
{
    double x = (double)(across - 2 * MARGIN) / s->width,
           y = (double)(down - 2 * MARGIN) / s->height;
    double scale = x < y ? x : y;

    return (struct page){ across, down, scale < 0.75 ? scale : 0.75 };
}

static struct page best_page(const struct scene *s)
{
    int wide = s->width > s->height;
    struct page a4 = wide ? page_of(s, A4_LONG, A4_SHORT) : page_of(s, A4_SHORT, A4_LONG);
    struct page a3 = wide ? page_of(s, A3_LONG, A3_SHORT) : page_of(s, A3_SHORT, A3_LONG);

    return a4.scale >= LEGIBLE ? a4 : a3;
}

enum xenpt_code scene_pdf(const struct scene *s, struct out *out, struct xenpt_error *err)
{
    struct page page = best_page(s);
    cairo_surface_t *surface = cairo_pdf_surface_create_for_stream(take, out, page.w, page.h);
    cairo_t *c = cairo_create(surface);
    cairo_status_t status;

    cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_TITLE, s->title);
    cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATE_DATE, "");
    cairo_translate(c, MARGIN, MARGIN);
    cairo_scale(c, page.scale, page.scale);
    scene_paint(c, s);
    cairo_show_page(c);
    status = cairo_status(c);
    cairo_destroy(c);
    cairo_surface_finish(surface);
    if (status == CAIRO_STATUS_SUCCESS)
        status = cairo_surface_status(surface);
    cairo_surface_destroy(surface);
    return verdict(status, out, "PDF", err);
}

#endif
