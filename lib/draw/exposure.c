/*
 * exposure.c - the picture of what contexts expose of whose memory: a matrix, in which a cell is
 * the darker the more of its owner's memory is read as it is.  Steps of lightness tell as much in
 * print.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "draw/draw.h"
#include "xenpt/expose.h"

#define ROWS_MAX   36
#define OWNERS_MAX 9 /* With a column of their own; the last one is all others together. */
#define NAME_WIDTH 250
#define CELL_WIDTH 122
#define CELL       42
#define HEAD       46

/* What is exposed of an owner. */
struct amount {
    uint64_t bytes[XENPT_EXPOSE_KINDS], plain;
};

struct matrix_row {
    char name[XENPT_NAME_MAX], domain[XENPT_DOMAIN_MAX];
    enum xenpt_executor by;
    size_t alike; /* So many more are the same. */
    struct amount of[OWNERS_MAX];
};

struct matrix {
    struct drawing *d;
    const struct xenpt_owners *owners;
    uint32_t owner[OWNERS_MAX]; /* Of a column: those that have memory. */
    uint64_t total[OWNERS_MAX];
    size_t nr_columns, others; /* others: so many owners have the last column. */
    struct matrix_row rows[ROWS_MAX];
    size_t nr, left;
};

/* A piece that ends where addresses do is as long as nobody knows. */
static bool is_endless(const struct xenpt_owned *p)
{
    return p->last == (UINT64_C(1) << XENPT_MADDR_BITS) - 1;
}

/* --- The matrix ---------------------------------------------------------------------------- */

static size_t column_of(const struct matrix *m, uint32_t owner)
{
    size_t c = 0;

    while (c < m->nr_columns - 1 && m->owner[c] != owner)
        c++;
    return c;
}

static bool has_memory(const struct xenpt_owners *o, size_t owner)
{
    for (size_t i = 0; i < o->nr_pieces; i++)
        if (o->pieces[i].owner == owner)
            return true;
    return false;
}

static void columns(struct matrix *m)
{
    m->nr_columns = m->others = 1; /* What has no owner: no RAM. */
    for (size_t i = 0; i < m->owners->nr_names; i++) {
        if (!has_memory(m->owners, i))
            continue;
        if (m->nr_columns < OWNERS_MAX)
            m->owner[m->nr_columns++ - 1] = (uint32_t)i;
        else
            m->others++;
    }
    for (size_t i = 0; i < m->owners->nr_pieces; i++) {
        const struct xenpt_owned *p = &m->owners->pieces[i];

        if (!is_endless(p))
            m->total[column_of(m, p->owner)] += p->last - p->first + 1;
    }
}

static bool same(const struct matrix_row *a, const struct matrix_row *b)
{
    return a->by == b->by && !strcmp(a->domain, b->domain) && !memcmp(a->of, b->of, sizeof(a->of));
}

static bool take(void *ctx, const struct xenpt_expose_row *row)
{
    struct matrix *m = ctx;
    struct matrix_row r = { .by = row->by };

    snprintf(r.name, sizeof(r.name), "%s", row->context->name);
    snprintf(r.domain, sizeof(r.domain), "%s", row->context->domain);
    for (size_t i = 0; i < row->nr_cells; i++) {
        const struct xenpt_expose_cell *c = &row->cells[i];
        struct amount *a = &r.of[column_of(m, c->owner)];

        for (int k = 0; k < XENPT_EXPOSE_KINDS; k++)
            a->bytes[k] += c->bytes[k];
        a->plain += c->sight[XENPT_SIGHT_PLAINTEXT];
    }
    for (size_t i = 0; i < m->nr; i++)
        if (same(&m->rows[i], &r)) {
            m->rows[i].alike++;
            return true;
        }
    if (m->nr == ROWS_MAX)
        m->left++;
    else
        m->rows[m->nr++] = r;
    return true;
}

/* --- Cells --------------------------------------------------------------------------------- */

static const struct legend legend[] = {
    { FILL_PAPER, "none" },
    { FILL_HEAT1, "less than 1 % of it" },
    { FILL_HEAT2, "less than 10 %" },
    { FILL_HEAT3, "less than half" },
    { FILL_HEAT4, "more" },
    { FILL_HEAT5, "all of it" },
    { FILL_AGAIN, "ciphertext, or refused" },
    { FILL_SYSTEM, "some, of nobody knows how much" },
};

static enum fill fill_of(const struct amount *a, uint64_t total)
{
    if (!a->bytes[0] && !a->bytes[1] && !a->bytes[2])
        return FILL_PAPER;
    if (!a->plain)
        return a->bytes[0] ? FILL_AGAIN : FILL_HEAT1;
    if (!total) /* Of how much, nothing says. */
        return FILL_SYSTEM;
    if (a->plain >= total)
        return FILL_HEAT5;
    if (a->plain >= total / 2)
        return FILL_HEAT4;
    if (a->plain >= total / 10)
        return FILL_HEAT3;
    return a->plain >= total / 100 ? FILL_HEAT2 : FILL_HEAT1;
}

static void size_of(char buf[24], uint64_t bytes)
{
    static const char units[] = "KMGT";
    unsigned int u = 0;
    double n = (double)bytes / 1024;

    for (; n >= 1024 && u < 3; u++)
        n /= 1024;
    if (!bytes)
        snprintf(buf, 24, "-");
    else
        snprintf(buf, 24, n < 10 && u ? "%.1f%c" : "%.0f%c", n, units[u]);
}

static void cell(struct matrix *m, const struct matrix_row *r, size_t column, int x, int y)
{
    const struct amount *a = &r->of[column];
    bool own = column < m->nr_columns - 1 && !strcmp(m->owners->names[m->owner[column]], r->domain);
    struct scene *s = &m->d->scene;
    char size[XENPT_EXPOSE_KINDS][24];

    scene_box(s, x, y, CELL_WIDTH - 4, CELL - 4, fill_of(a, m->total[column]), own ? 2 : 1);
    scene_hint(s,
               "0x%" PRIx64 " bytes to read, 0x%" PRIx64 " of them plain, 0x%" PRIx64
               " to write, 0x%" PRIx64 " to execute",
               a->bytes[0], a->plain, a->bytes[1], a->bytes[2]);
    if (!a->bytes[0] && !a->bytes[1] && !a->bytes[2])
        return;
    for (int k = 0; k < XENPT_EXPOSE_KINDS; k++)
        size_of(size[k], a->bytes[k]);
    scene_text(s, (struct spot){ x + 6, y + 16, CELL_WIDTH - 16, 11, ANCHOR_START, FACE_BOLD },
               "r %s", size[0]);
    scene_text(s, (struct spot){ x + 6, y + 31, CELL_WIDTH - 16, 11, ANCHOR_START, FACE_PLAIN },
               "w %s, x %s", size[1], size[2]);
}

static void name(struct matrix *m, const struct matrix_row *r, int y)
{
    struct scene *s = &m->d->scene;
    char more[40] = "";

    if (r->alike)
        snprintf(more, sizeof(more), ", and %zu alike", r->alike);
    scene_box(s, EDGE, y, NAME_WIDTH - 8, CELL - 4, FILL_HEAD, 1);
    scene_text(s, (struct spot){ EDGE + 7, y + 16, NAME_WIDTH - 22, 11, ANCHOR_START, FACE_BOLD },
               "%s%s", r->name, more);
    scene_text(s, (struct spot){ EDGE + 7, y + 31, NAME_WIDTH - 22, 11, ANCHOR_START, FACE_PLAIN },
               "%s%s%s", xenpt_executor_name(r->by), *r->domain ? " of " : "", r->domain);
}

static void head(struct matrix *m, size_t column, int x, int y)
{
    struct scene *s = &m->d->scene;
    bool last = column == m->nr_columns - 1;
    char size[24];

    size_of(size, m->total[column]);
    scene_box(s, x, y, CELL_WIDTH - 4, HEAD - 6, FILL_HEAD, 1);
    scene_text(s, (struct spot){ x + 6, y + 16, CELL_WIDTH - 16, 11, ANCHOR_START, FACE_BOLD },
               "%s",
               !last           ? m->owners->names[m->owner[column]]
               : m->others > 1 ? "all others"
                               : "no RAM");
    if (m->total[column])
        scene_text(s, (struct spot){ x + 6, y + 31, CELL_WIDTH - 16, 11, ANCHOR_START, FACE_PLAIN },
                   "%s", size);
}

/* --- The picture --------------------------------------------------------------------------- */

static void paint(struct matrix *m, const struct xenpt_expose_options *o)
{
    int x0 = EDGE + NAME_WIDTH, y;
    char about[600], left[80] = "";

    m->d->scene.width = x0 + (int)m->nr_columns * CELL_WIDTH + EDGE;
    if (m->d->scene.width < 760)
        m->d->scene.width = 760;
    snprintf(about, sizeof(about),
             "Who reaches whose memory, %s%s: bytes to read (r), to write (w), to execute (x). "
             "A thick border: one's own.",
             o->threat ? "under " : "as the tables are",
             o->threat ? xenpt_fear_row(o->threat)->name : "");
    y = draw_heading(m->d, "Exposure", about);
    y += draw_legend(&m->d->scene, EDGE, y, legend, sizeof(legend) / sizeof(legend[0])) + 10;
    for (size_t c = 0; c < m->nr_columns; c++)
        head(m, c, x0 + (int)c * CELL_WIDTH, y);
    y += HEAD;
    for (size_t i = 0; i < m->nr; i++, y += CELL) {
        name(m, &m->rows[i], y);
        for (size_t c = 0; c < m->nr_columns; c++)
            cell(m, &m->rows[i], c, x0 + (int)c * CELL_WIDTH, y);
    }
    if (m->left)
        snprintf(left, sizeof(left), " %zu more are left out; --context chooses.", m->left);
    draw_end(m->d, y + 4, "%sContexts that expose the same are one row.%s",
             o->immune ? "This processor is immune: it is what the tables allow. " : "", left);
}

enum xenpt_code draw_exposure(struct drawing *d, struct xenpt_error *err)
{
    const struct xenpt_expose_options *o = d->opt->expose;
    struct matrix *m;
    enum xenpt_code code;

    if (!o || !o->owners)
        return xenpt_fail(err, XENPT_ESTATE,
                          "exposure is of owners, and nothing says whose memory is");
    m = calloc(1, sizeof(*m));
    if (!m)
        return xenpt_fail(err, XENPT_ENOMEM, "no memory for the picture");
    m->d = d;
    m->owners = o->owners;
    columns(m);
    code = xenpt_expose(d->view, o, take, m, NULL, err);
    if (!code && !m->nr)
        code = xenpt_fail(err, XENPT_ESTATE, "no context is one that the threat is about");
    if (!code)
        paint(m, o);
    free(m);
    return code;
}
