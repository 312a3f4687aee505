/* draw.c - from what is asked for to a picture in its form. */
#include "draw/draw.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct picture {
    const char *name;
    enum xenpt_code (*scene)(struct drawing *d, struct xenpt_error *err);
    enum xenpt_code (*dot)(struct drawing *d, struct xenpt_error *err); /* NULL: it is no graph. */
} pictures[XENPT_NR_PICTURES] = {
    [XENPT_PICTURE_SLOTS] = { "slots", draw_slots, NULL },
    [XENPT_PICTURE_TREE] = { "tree", draw_tree, dot_tree },
    [XENPT_PICTURE_WALK] = { "walk", draw_walk, NULL },
    [XENPT_PICTURE_SHARING] = { "sharing", draw_sharing, dot_sharing },
    [XENPT_PICTURE_TIMELINE] = { "timeline", draw_timeline, NULL },
    [XENPT_PICTURE_EXPOSURE] = { "exposure", draw_exposure, NULL },
};

const char *xenpt_picture_name(enum xenpt_picture picture)
{
    return picture < XENPT_NR_PICTURES ? pictures[picture].name : "unknown";
}

/* --- What pictures have in common ----------------------------------------------------------- */

int draw_heading(struct drawing *d, const char *what, const char *about)
{
    struct scene *s = &d->scene;
    int room = s->width - 2 * EDGE;
    unsigned int lines;

    snprintf(s->title, sizeof(s->title), "%s%s%s", what, d->opt->title ? ": " : "",
             d->opt->title ? d->opt->title : "");
    snprintf(s->about, sizeof(s->about), "%s", about);
    scene_text(s, (struct spot){ EDGE, EDGE + 16, room, 17, ANCHOR_START, FACE_BOLD }, "%s",
               s->title);
    lines = scene_paragraph(s, (struct spot){ EDGE, EDGE + 36, room, 12, ANCHOR_START, FACE_FAINT },
                            16, 3, about);
    return EDGE + 32 + (int)lines * 16;
}

int draw_legend(struct scene *s, int x, int y, const struct legend *legend, unsigned int nr)
{
    int at = x, rows = 1;

    for (unsigned int i = 0; i < nr; i++) {
        int w = 24 + text_width(legend[i].text, 11, FACE_PLAIN) + 20;

        if (at + w > s->width - EDGE && at > x) {
            at = x;
            rows++;
        }
        scene_box(s, at, y + (rows - 1) * 20, 18, 14, legend[i].fill, 1);
        scene_text(s,
                   (struct spot){ at + 24, y + (rows - 1) * 20 + 11, w - 24, 11, ANCHOR_START,
                                  FACE_PLAIN },
                   "%s", legend[i].text);
        at += w;
    }
    return rows * 20;
}

void draw_end(struct drawing *d, int y, const char *fmt, ...)
{
    struct scene *s = &d->scene;
    unsigned int lines;
    char buf[600];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(buf, sizeof(buf), fmt, ap);
    va_end(ap);
    lines = scene_paragraph(
        s, (struct spot){ EDGE, y + 14, s->width - 2 * EDGE, 11, ANCHOR_START, FACE_FAINT }, 15, 4,
        buf);
    s->height = y + (int)lines * 15 + EDGE;
}

/* --- Drawing ------------------------------------------------------------------------------- */

static enum xenpt_code write_scene(struct drawing *d, struct xenpt_error *err)
{
    if (d->scene.no_memory)
        return xenpt_fail(err, XENPT_ENOMEM, "no memory for the picture");
    switch (d->opt->form) {
    case XENPT_PICTURE_PNG:
        return scene_png(&d->scene, &d->out, err);
    case XENPT_PICTURE_PDF:
        return scene_pdf(&d->scene, &d->out, err);
    default:
        scene_svg(&d->scene, &d->out);
        return XENPT_OK;
    }
}

static enum xenpt_code draw(struct drawing *d, struct xenpt_error *err)
{
    const struct picture *p = &pictures[d->opt->picture];
    enum xenpt_code code;

    if (d->opt->form == XENPT_PICTURE_HTML)
        return draw_html(d, err);
    if (d->opt->form == XENPT_PICTURE_DOT)
        return p->dot ? p->dot(d, err)
                      : xenpt_fail(err, XENPT_EUNSUPPORTED,
                                   "%s is no graph, so there is no DOT of it: tree and sharing are",
                                   p->name);
    code = p->scene(d, err);
    return code ? code : write_scene(d, err);
}

enum xenpt_code xenpt_draw(const struct xenpt_view *view, const struct xenpt_draw_options *opt,
                           struct xenpt_error *err)
{
    struct drawing *d;
    enum xenpt_code code;

    if (opt->picture >= XENPT_NR_PICTURES || opt->form >= XENPT_NR_PICTURE_FORMS)
        return xenpt_fail(err, XENPT_EUNSUPPORTED, "there is no such picture");
    d = calloc(1, sizeof(*d));
    if (!d)
        return xenpt_fail(err, XENPT_ENOMEM, "no memory for a picture");
    d->view = view;
    d->opt = opt;
    d->out.write = opt->write;
    d->out.ctx = opt->ctx;
    code = draw(d, err);
    if (!code)
        out_flush(&d->out);
    if (!code && d->out.failed)
        code = xenpt_fail(err, XENPT_EIO, "the picture cannot be written");
    scene_free(&d->scene);
    free(d);
    return code;
}
