/*
 * svg.c - a picture as SVG: nothing but boxes, lines and text, which is text and can be selected
 * and searched.  No number has a fraction, so that the bytes are the same everywhere.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "draw/scene.h"
#include "report/xml.h"

__attribute__((format(printf, 2, 3))) static void put(struct out *o, const char *fmt, ...)
{
    char buf[512];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(buf, sizeof(buf), fmt, ap);
    va_end(ap);
    out_text(o, buf);
}

static void pattern(struct out *o, const struct paint *p)
{
    static const char *const strokes[] = {
        [PATTERN_NONE] = "",
        [PATTERN_RISING] = "<path d=\"M-2 2L2 -2M0 8L8 0M6 10L10 6\"/>",
        [PATTERN_FALLING] = "<path d=\"M-2 6L2 10M0 0L8 8M6 -2L10 2\"/>",
        [PATTERN_DOTS] = "<path d=\"M2 2h1M6 6h1\"/>",
        [PATTERN_CROSS] = "<path d=\"M0 8L8 0M0 0L8 8\"/>",
    };

    put(o,
        "<pattern id=\"p-%s\" width=\"8\" height=\"8\" patternUnits=\"userSpaceOnUse\">"
        "<rect width=\"8\" height=\"8\" fill=\"#%06x\"/>"
        "<g stroke=\"#%s\" fill=\"none\">%s</g></pattern>\n",
        p->name, p->rgb, p->pattern == PATTERN_CROSS ? "fff" : "bbb", strokes[p->pattern]);
}

static void styles(struct out *o)
{
    out_text(o, "<defs>\n");
    for (unsigned int f = 0; f < NR_FILLS; f++)
        if (paints[f].pattern)
            pattern(o, &paints[f]);
    out_text(o,
             "<marker id=\"tip\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"7\" "
             "markerHeight=\"7\" orient=\"auto\"><path d=\"M0 1L7 4L0 7z\"/></marker>\n"
             "</defs>\n<style>\n"
             "text{font-family:'DejaVu Sans',Verdana,Arial,sans-serif;fill:#000;white-space:pre}\n"
             ".bold{font-weight:bold}.faint{fill:#444}\n"
             ".mono{font-family:'DejaVu Sans Mono','Liberation Mono',monospace}\n"
             "line{stroke:#333}rect{stroke:#333;stroke-width:0}\n");
    for (unsigned int f = 0; f < NR_FILLS; f++) {
        if (f == FILL_NONE)
            put(o, ".%s{fill:none}", paints[f].name);
        else if (paints[f].pattern)
            put(o, ".%s{fill:url(#p-%s)}", paints[f].name, paints[f].name);
        else
            put(o, ".%s{fill:#%06x}", paints[f].name, paints[f].rgb);
    }
    out_text(o, "\n</style>\n");
}

static void box(struct out *o, const struct scene *s, const struct shape *b)
{
    put(o, "<rect class=\"%s\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\"", paints[b->fill].name,
        b->x, b->y, b->w, b->h);
    if (b->weight)
        put(o, " style=\"stroke-width:%u\"", b->weight);
    if (!b->text) {
        out_text(o, "/>\n");
        return;
    }
    out_text(o, "><title>");
    xml_text(o, s->texts + b->text);
    out_text(o, "</title></rect>\n");
}

static void line(struct out *o, const struct shape *l)
{
    put(o, "<line x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\" stroke-width=\"%u\"%s%s/>\n", l->x, l->y,
        l->x + l->w, l->y + l->h, l->weight, l->dashed ? " stroke-dasharray=\"4 3\"" : "",
        l->arrow ? " marker-end=\"url(#tip)\"" : "");
}

static void text(struct out *o, const struct scene *s, const struct shape *t)
{
    static const char *const faces[NR_FACES] = { "", " class=\"bold\"", " class=\"faint\"",
                                                 " class=\"mono\"" };
    static const char *const anchors[] = { "", " text-anchor=\"middle\"", " text-anchor=\"end\"" };

    put(o, "<text x=\"%d\" y=\"%d\" font-size=\"%d\"%s%s>", t->x, t->y, t->h, anchors[t->anchor],
        faces[t->face]);
    xml_text(o, s->texts + t->text);
    out_text(o, "</text>\n");
}

void scene_svg(const struct scene *s, struct out *o)
{
    put(o,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d "
        "%d\" "
        "role=\"img\">\n<title>",
        s->width, s->height, s->width, s->height);
    xml_text(o, s->title);
    out_text(o, "</title>\n<desc>");
    xml_text(o, s->about);
    out_text(o, "</desc>\n");
    styles(o);
    put(o, "<rect class=\"paper\" width=\"%d\" height=\"%d\"/>\n", s->width, s->height);
    for (size_t i = 0; i < s->nr; i++) {
        const struct shape *shape = &s->shapes[i];

        if (shape->kind == SHAPE_BOX)
            box(o, s, shape);
        else if (shape->kind == SHAPE_LINE)
            line(o, shape);
        else
            text(o, s, shape);
    }
    out_text(o, "</svg>\n");
}
