/*
 * scene.h - a picture before it has a form: boxes, lines and text, in the order in which they are
 * painted.  Units are pixels of 1/96 inch; y grows downwards.
 */
#ifndef XENPT_DRAW_SCENE_H
#define XENPT_DRAW_SCENE_H

#include "report/out.h"
#include "xenpt/error.h"

/*
 * How a box is filled.  Hues are of the palette of Okabe and Ito, which people tell apart whatever
 * they see of colour, lightened so that black text can be read on them; where two would be
 * one grey in print, one of them has a pattern.
 */
enum fill {
    FILL_NONE,
    FILL_PAPER,  /* Nothing there. */
    FILL_HEAD,   /* Names. */
    FILL_SYSTEM, /* A supervisor's alone. */
    FILL_USER,   /* User mode may, too. */
    FILL_SECOND, /* A second stage's. */
    FILL_GUEST,  /* Of a guest's walk. */
    FILL_SELF,   /* Leads back to where it is. */
    FILL_AGAIN,  /* Was there before. */
    FILL_MIXED,  /* Several things, folded. */
    FILL_BAD,
    FILL_DOT,   /* Where lines are joined. */
    FILL_HEAT1, /* More and more of something. */
    FILL_HEAT2,
    FILL_HEAT3,
    FILL_HEAT4,
    FILL_HEAT5,
    NR_FILLS,
};

enum pattern { PATTERN_NONE, PATTERN_RISING, PATTERN_FALLING, PATTERN_DOTS, PATTERN_CROSS };

struct paint {
    unsigned int rgb;
    enum pattern pattern;
    const char *name; /* For SVG's classes. */
};
extern const struct paint paints[NR_FILLS];

enum shape_kind { SHAPE_BOX, SHAPE_LINE, SHAPE_TEXT };
enum anchor { ANCHOR_START, ANCHOR_MIDDLE, ANCHOR_END };
enum face { FACE_PLAIN, FACE_BOLD, FACE_FAINT, FACE_MONO, NR_FACES };

struct shape {
    uint8_t kind, fill, anchor, face; /* Enums above. */
    uint8_t weight;                   /* Of a line or a border, in pixels; 0: none. */
    bool dashed, arrow;               /* LINE. */
    int x, y, w, h; /* LINE: to x + w, y + h.  TEXT: w is the room it has, h its size. */
    size_t text;    /* Where it begins in the scene's texts; BOX: what is told on hovering. */
};

struct scene {
    struct shape *shapes;
    size_t nr, max;
    char *texts;
    size_t used, size;
    bool no_memory;
    int width, height;
    char title[200], about[200];
};

void scene_free(struct scene *s);

void scene_box(struct scene *s, int x, int y, int w, int h, enum fill fill, unsigned int weight);
/* What is told of the last box by hovering over it. */
__attribute__((format(printf, 2, 3))) void scene_hint(struct scene *s, const char *fmt, ...);
void scene_line(struct scene *s, int x1, int y1, int x2, int y2, unsigned int weight, bool dashed);
void scene_arrow(struct scene *s, int x1, int y1, int x2, int y2);

/* Where text goes: its baseline, the room that it has, how it looks. */
struct spot {
    int x, y, room, size;
    enum anchor anchor;
    enum face face;
};
/* What does not fit is cut, and ends in an ellipsis. */
__attribute__((format(printf, 3, 4))) void scene_text(struct scene *s, struct spot spot,
                                                      const char *fmt, ...);
/* Up to `lines` lines, broken at blanks.  @return How many they were. */
unsigned int scene_paragraph(struct scene *s, struct spot spot, int step, unsigned int lines,
                             const char *text);

/* How wide text is at most, in pixels. */
int text_width(const char *text, int size, enum face face);

/* --- Forms --------------------------------------------------------------------------------- */

void scene_svg(const struct scene *s, struct out *out);
/* Fails with XENPT_EUNSUPPORTED if this was built without cairo. */
enum xenpt_code scene_png(const struct scene *s, struct out *out, struct xenpt_error *err);
enum xenpt_code scene_pdf(const struct scene *s, struct out *out, struct xenpt_error *err);

#endif
