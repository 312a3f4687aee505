/* scene.c - a picture before it has a form. */
#include "draw/scene.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct paint paints[NR_FILLS] = {
    [FILL_NONE] = { 0xffffff, PATTERN_NONE, "none" },
    [FILL_PAPER] = { 0xffffff, PATTERN_NONE, "paper" },
    [FILL_HEAD] = { 0xe6e6e6, PATTERN_NONE, "head" },
    [FILL_SYSTEM] = { 0xc4e3f6, PATTERN_NONE, "system" },
    [FILL_USER] = { 0xe69f00, PATTERN_NONE, "user" },
    [FILL_SECOND] = { 0xbfe5d8, PATTERN_DOTS, "second" },
    [FILL_GUEST] = { 0xf7f2b6, PATTERN_NONE, "guest" },
    [FILL_SELF] = { 0xffffff, PATTERN_RISING, "self" },
    [FILL_AGAIN] = { 0xf2f2f2, PATTERN_FALLING, "again" },
    [FILL_MIXED] = { 0xf0d9e6, PATTERN_DOTS, "mixed" },
    [FILL_BAD] = { 0xf0b08a, PATTERN_CROSS, "bad" },
    [FILL_DOT] = { 0x000000, PATTERN_NONE, "dot" },
    [FILL_HEAT1] = { 0xfdf3dd, PATTERN_NONE, "heat1" },
    [FILL_HEAT2] = { 0xfae0ad, PATTERN_NONE, "heat2" },
    [FILL_HEAT3] = { 0xf5c66a, PATTERN_NONE, "heat3" },
    [FILL_HEAT4] = { 0xe69f00, PATTERN_NONE, "heat4" },
    [FILL_HEAT5] = { 0xbd8200, PATTERN_NONE, "heat5" },
};

/* --- Memory -------------------------------------------------------------------------------- */

void scene_free(struct scene *s)
{
    free(s->shapes);
    free(s->texts);
    *s = (struct scene){ 0 };
}

static struct shape *add(struct scene *s, struct shape shape)
{
    if (s->nr == s->max && !s->no_memory) {
        size_t max = s->max ? s->max * 2 : 256;
        struct shape *more = realloc(s->shapes, max * sizeof(*more));

        if (more) {
            s->shapes = more;
            s->max = max;
        } else {
            s->no_memory = true;
        }
    }
    if (s->no_memory)
        return NULL;
    s->shapes[s->nr] = shape;
    return &s->shapes[s->nr++];
}

/* Text of a shape; 0 is where the empty one is. */
static size_t keep(struct scene *s, const char *text, size_t n)
{
    size_t at = s->used ? s->used : 1;

    if (!n || s->no_memory)
        return 0;
    if (at + n + 1 > s->size) {
        size_t size = (at + n + 1) * 2;
        char *more = realloc(s->texts, size);

        if (!more) {
            s->no_memory = true;
            return 0;
        }
        s->texts = more;
        s->size = size;
        s->texts[0] = '\0';
    }
    memcpy(s->texts + at, text, n);
    s->texts[at + n] = '\0';
    s->used = at + n + 1;
    return at;
}

/* --- Shapes -------------------------------------------------------------------------------- */

void scene_box(struct scene *s, int x, int y, int w, int h, enum fill fill, unsigned int weight)
{
    add(s, (struct shape){ .kind = SHAPE_BOX,
                           .fill = (uint8_t)fill,
                           .weight = (uint8_t)weight,
                           .x = x,
                           .y = y,
                           .w = w,
                           .h = h });
}

void scene_hint(struct scene *s, const char *fmt, ...)
{
    char buf[600];
    va_list ap;
    size_t at;

    va_start(ap, fmt);
    vsnprintf(buf, sizeof(buf), fmt, ap);
    va_end(ap);
    at = keep(s, buf, strlen(buf));
    if (s->nr && !s->no_memory)
        s->shapes[s->nr - 1].text = at;
}

void scene_line(struct scene *s, int x1, int y1, int x2, int y2, unsigned int weight, bool dashed)
{
    add(s, (struct shape){ .kind = SHAPE_LINE,
                           .weight = (uint8_t)weight,
                           .dashed = dashed,
                           .x = x1,
                           .y = y1,
                           .w = x2 - x1,
                           .h = y2 - y1 });
}

void scene_arrow(struct scene *s, int x1, int y1, int x2, int y2)
{
    struct shape *line;

    scene_line(s, x1, y1, x2, y2, 1, false);
    line = s->no_memory ? NULL : &s->shapes[s->nr - 1];
    if (line)
        line->arrow = true;
}

/* --- Text ---------------------------------------------------------------------------------- */

/*
 * Advances of DejaVu Sans, hundredths of its size, rounded up, from blank to tilde.  It is the
 * widest of the fonts that are asked for, so that another leaves room and does not overflow.
 */
static const uint8_t advances[2][95] = {
    { 32, 41, 46, 84, 64, 96, 78, 28, 40, 40, 50, 84, 32, 37,  32, 34, 64, 64, 64,
      64, 64, 64, 64, 64, 64, 64, 34, 34, 84, 84, 84, 54, 100, 69, 69, 70, 78, 64,
      58, 78, 76, 30, 30, 66, 56, 87, 75, 79, 61, 79, 70, 64,  62, 74, 69, 99, 69,
      62, 69, 40, 34, 40, 84, 50, 50, 62, 64, 55, 64, 62, 36,  64, 64, 28, 28, 58,
      28, 98, 64, 62, 64, 64, 42, 53, 40, 64, 60, 82, 60, 60,  53, 64, 34, 64, 84 },
    { 35, 46,  53, 84, 70, 101, 88, 31,  46, 46, 53, 84, 38, 42,  38, 37, 70, 70,  70,
      70, 70,  70, 70, 70, 70,  70, 40,  40, 84, 84, 84, 59, 100, 78, 77, 74, 84,  69,
      69, 83,  84, 38, 38, 78,  64, 100, 84, 86, 74, 86, 78, 73,  69, 82, 78, 111, 78,
      73, 73,  46, 37, 46, 84,  50, 50,  68, 72, 60, 72, 68, 44,  72, 72, 35, 35,  67,
      35, 105, 72, 69, 72, 72,  50, 60,  48, 72, 66, 93, 65, 66,  59, 72, 37, 72,  84 },
};
#define ADVANCE_MONO  61
#define ADVANCE_OTHER 105
#define ELLIPSIS      "\xe2\x80\xa6"

/* Bytes of the character at p, and its advance. */
static size_t character(const char *p, enum face face, int *advance)
{
    unsigned char c = (unsigned char)*p;
    size_t n = 1;

    if (c >= ' ' && c <= '~') {
        *advance = face == FACE_MONO ? ADVANCE_MONO : advances[face == FACE_BOLD][c - ' '];
        return 1;
    }
    while (((unsigned char)p[n] & 0xc0) == 0x80)
        n++;
    *advance = face == FACE_MONO ? ADVANCE_MONO : ADVANCE_OTHER;
    return n;
}

/* Bytes of text that fit into so many hundredths of its size. */
static size_t fitting(const char *text, long room, enum face face, long *used)
{
    size_t n = 0;

    *used = 0;
    while (text[n]) {
        int advance;
        size_t bytes = character(text + n, face, &advance);

        if (*used + advance > room)
            break;
        *used += advance;
        n += bytes;
    }
    return n;
}

int text_width(const char *text, int size, enum face face)
{
    long used;

    fitting(text, 1L << 30, face, &used);
    return (int)((used * size + 99) / 100);
}

static void put(struct scene *s, struct spot p, const char *text, size_t n)
{
    size_t at = keep(s, text, n);

    if (at)
        add(s, (struct shape){ .kind = SHAPE_TEXT,
                               .anchor = (uint8_t)p.anchor,
                               .face = (uint8_t)p.face,
                               .x = p.x,
                               .y = p.y,
                               .w = p.room,
                               .h = p.size,
                               .text = at });
}

void scene_text(struct scene *s, struct spot spot, const char *fmt, ...)
{
    char buf[640];
    long room = (long)spot.room * 100 / spot.size, used;
    va_list ap;
    size_t n;

    va_start(ap, fmt);
    vsnprintf(buf, sizeof(buf) - sizeof(ELLIPSIS), fmt, ap);
    va_end(ap);
    n = fitting(buf, room, spot.face, &used);
    if (buf[n]) {
        n = fitting(buf, room - ADVANCE_OTHER, spot.face, &used);
        while (n && buf[n - 1] == ' ')
            n--;
        if (!n)
            return; /* There is room for nothing that would say anything. */
        strcpy(buf + n, ELLIPSIS);
        n += strlen(ELLIPSIS);
    }
    put(s, spot, buf, n);
}

unsigned int scene_paragraph(struct scene *s, struct spot spot, int step, unsigned int lines,
                             const char *text)
{
    unsigned int line = 0;
    long used;

    while (*text && line + 1 < lines) {
        size_t n = fitting(text, (long)spot.room * 100 / spot.size, spot.face, &used), cut = n;

        while (text[n] && cut && text[cut] != ' ')
            cut--;
        if (!cut)
            break;
        put(s, spot, text, cut);
        text += cut + strspn(text + cut, " ");
        spot.y += step;
        line++;
    }
    if (*text) {
        scene_text(s, spot, "%s", text);
        line++;
    }
    return line;
}
