/*
 * map_text.c - a map in columns:
 *
 *   first            last                size  rwxu pg  target      flags
 *   ffff830000000000-ffff8300000fffff      1M  rwx- 4K  0000000000  P RW A D G
 *
 * A flag that only some pages of a range have is followed by "?".
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/bits.h"
#include "report/state.h"
#include "report/words.h"

struct writer {
    struct xenpt_report *r;
    const struct xenpt_view *view;
    const struct xenpt_context *context;
    unsigned int digits; /* Of an input address. */
};

/* Columns that flags take, before what is said of the area. */
#define FLAGS_WIDTH 16

/* --- Flags --------------------------------------------------------------------------------- */

/* Flags of a range in words; its length. */
static size_t flags(struct text *t, const struct xenpt_format *f, const struct xenpt_map_leaf *leaf)
{
    uint64_t differ = (leaf->any & ~leaf->all) & (f->accessed | f->dirty);
    uint64_t entry = leaf->entry | differ;
    const struct xenpt_flag *names[64];
    size_t n = xenpt_entry_flags(f, leaf->level, entry, false, names, ARRAY_SIZE(names)), width = 0;
    char buf[32];

    for (size_t i = 0; i < n; i++) {
        uint64_t mask = names[i]->mask;
        const char *word = names[i]->name;

        if (names[i]->field) {
            snprintf(buf, sizeof(buf), "%s=%u", names[i]->name,
                     (unsigned int)((entry & mask) >> __builtin_ctzll(mask)));
            word = buf;
        }
        if (i)
            out_char(t->out, ' ');
        out_text(t->out, word);
        if (mask & differ)
            out_char(t->out, '?');
        width += strlen(word) + (i != 0) + ((mask & differ) != 0);
    }
    if (f->pkey && entry & f->pkey) {
        int more = snprintf(buf, sizeof(buf), " PK=%u", (unsigned int)((entry & f->pkey) >> 59));

        out_text(t->out, buf);
        width += (size_t)more;
    }
    return width;
}

/* --- One line ------------------------------------------------------------------------------ */

static void addresses(struct writer *w, const struct xenpt_map_range *m)
{
    struct out *o = w->r->text.out;
    char size[SIZE_TEXT_MAX];
    size_t n;

    out_hex(o, m->first, w->digits);
    out_char(o, '-');
    out_hex(o, m->last, w->digits);
    size_text(m->last - m->first + 1, size);
    n = strlen(size);
    out_blanks(o, n < 7 ? 7 - n : 1);
    out_text(o, size);
    out_text(o, "  ");
}

static void rights(struct text *t, unsigned int held)
{
    bool alarming = held & 1u << XENPT_W && held & 1u << XENPT_XS;
    char buf[RIGHTS_TEXT_MAX];

    text_put(t, alarming ? BAD : held & 1u << XENPT_U ? ODD : PLAIN, rights_text(held, buf));
}

/* Whether a range that begins in `first` needs no word of where it ends. */
static bool same_area(const char *first, const char *last)
{
    size_t n = strcspn(first, "+");

    return !*last || (strcspn(last, "+") == n && !strncmp(first, last, n));
}

static void notes(struct writer *w, const struct xenpt_map_range *m, size_t width)
{
    struct text *t = &w->r->text;
    char first[AREA_TEXT_MAX], last[AREA_TEXT_MAX];

    if (m->repeated || m->scattered) {
        out_blanks(t->out, width < FLAGS_WIDTH ? FLAGS_WIDTH - width : 0);
        text_format(t, FAINT,
                    m->repeated ? "  one page, %" PRIu64 " times"
                                : "  %" PRIu64 " pages, scattered",
                    m->leaves);
        width = FLAGS_WIDTH;
    }
    if (!w->view->explainer)
        return;
    area_text(w->view, w->context, m->first, first);
    area_text(w->view, w->context, m->last, last);
    if (!*first && !*last)
        return;
    out_blanks(t->out, width < FLAGS_WIDTH ? FLAGS_WIDTH - width : 0);
    text_format(t, FAINT, "  %s%s%s", first, same_area(first, last) ? "" : " .. ",
                same_area(first, last) ? "" : last);
}

static void pages(struct writer *w, const struct xenpt_map_range *m)
{
    const struct xenpt_context *c = w->context;
    struct text *t = &w->r->text;
    size_t width;

    rights(t, m->rights);
    out_char(t->out, ' ');
    out_text(t->out, c->paging.format.top || c->has_second ? m->page : "- ");
    out_text(t->out, "  ");
    if (c->has_second) {
        out_hex(t->out, m->gaddr, 10);
        out_text(t->out, "  ");
    }
    out_hex(t->out, m->maddr, 10);
    out_text(t->out, "  ");
    width = flags(t, &c->paging.format, &m->leaf);
    if (c->has_second) {
        out_text(t->out, " / ");
        width += 3 + flags(t, &c->second.format, &m->second);
    }
    notes(w, m, width);
}

static void met_before(struct writer *w, const struct xenpt_map_range *m)
{
    struct text *t = &w->r->text;
    uint64_t table = w->context->has_second ? m->gaddr : m->maddr;
    unsigned int level = m->leaf.level - 1u;
    char times[32] = "";

    if (m->leaves > 1)
        snprintf(times, sizeof(times), ", %" PRIu64 " times", m->leaves);
    rights(t, m->rights);
    if (m->kind == XENPT_MAP_SHARED)
        text_format(t, FAINT, " the L%u at %" PRIx64 " again%s, as from %0*" PRIx64 " on", level,
                    table, times, (int)w->digits, m->same_as);
    else
        text_format(t, FAINT, " linear: the L%u at %" PRIx64 " read as an L%u", m->same_level,
                    table, level);
}

static void illegal(struct text *t, const struct xenpt_paging *pg,
                    const struct xenpt_map_leaf *leaf)
{
    const struct xenpt_format *f = &pg->format;
    struct xenpt_step step = { .level = leaf->level, .entry = leaf->entry };
    char buf[WORDS_MAX];

    text_format(t, BAD, "illegal %s %0*" PRIx64 ": %s", f->level[leaf->level].name,
                f->entry_size * 2, leaf->entry,
                bits_words(f, &step, xenpt_entry_offence(pg, leaf->level, leaf->entry), buf));
}

static void no_page(struct writer *w, const struct xenpt_map_range *m)
{
    struct text *t = &w->r->text;

    switch (m->kind) {
    case XENPT_MAP_MALFORMED:
        illegal(t, &w->context->paging, &m->leaf);
        break;
    case XENPT_MAP_NO_SECOND:
        text_format(t, ODD, "guest-physical %" PRIx64 " is not mapped by the second stage",
                    m->gaddr);
        break;
    default:
        text_format(t, ODD, "the table at %" PRIx64 " is not in memory",
                    w->context->has_second ? m->gaddr : m->maddr);
    }
    if (m->leaves > 1)
        text_format(t, PLAIN, ", and %" PRIu64 " more", m->leaves - 1);
}

static bool line(void *ctx, const struct xenpt_map_range *m)
{
    struct writer *w = ctx;

    addresses(w, m);
    if (m->kind == XENPT_MAP_PAGES)
        pages(w, m);
    else if (m->kind == XENPT_MAP_SHARED || m->kind == XENPT_MAP_LINEAR)
        met_before(w, m);
    else
        no_page(w, m);
    out_char(w->r->text.out, '\n');
    return !w->r->out.failed;
}

/* --- The whole ----------------------------------------------------------------------------- */

static void headings(struct writer *w)
{
    struct text *t = &w->r->text;

    out_char(t->out, '\n');
    text_begin(t, HEAD);
    out_text(t->out, "first");
    out_blanks(t->out, w->digits - 4);
    out_text(t->out, "last");
    out_blanks(t->out, w->digits - 1);
    out_text(t->out, "size  rwxu pg  ");
    if (w->context->has_second)
        out_text(t->out, "guest addr  ");
    out_text(t->out, "target      flags");
    text_end(t, HEAD);
    out_char(t->out, '\n');
}

static const char *s_of(uint64_t n)
{
    return n == 1 ? "" : "s";
}

static void summary(struct text *t, const struct xenpt_map_counts *c)
{
    static const struct {
        enum xenpt_map_kind kind;
        const char *text;
    } rows[] = {
        { XENPT_MAP_SHARED, "met before" },
        { XENPT_MAP_LINEAR, "linear" },
        { XENPT_MAP_MALFORMED, "illegal" },
        { XENPT_MAP_NO_MEMORY, "with tables not in memory" },
        { XENPT_MAP_NO_SECOND, "not mapped by the second stage" },
    };
    char size[SIZE_TEXT_MAX];

    if (c->pages)
        text_format(t, FAINT, "%s mapped by %" PRIu64 " page%s in %" PRIu64 " range%s",
                    size_text(c->bytes, size), c->pages, s_of(c->pages), c->ranges[XENPT_MAP_PAGES],
                    s_of(c->ranges[XENPT_MAP_PAGES]));
    else
        text_put(t, FAINT, "nothing is mapped");
    text_format(t, FAINT, "; %" PRIu64 " table%s", c->tables, s_of(c->tables));
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
        if (c->ranges[rows[i].kind])
            text_format(t, FAINT, "; %" PRIu64 " %s", c->ranges[rows[i].kind], rows[i].text);
    out_char(t->out, '\n');
}

enum xenpt_code map_text(struct xenpt_report *r, const struct xenpt_view *view,
                         const struct xenpt_context *context, const struct xenpt_map_options *opt,
                         struct xenpt_error *err)
{
    const struct xenpt_format *f = &context->paging.format;
    struct writer w = { r, view, context, f->input_bits > 32 ? 16 : 8 };
    struct xenpt_map_counts counts = { 0 };
    struct xenpt_map_options o = *opt;
    enum xenpt_code code;

    o.repeats = !opt->leaves;
    header_text(r, view, context);
    headings(&w);
    code = xenpt_map(view, context, &o, line, &w, &counts, err);
    if (code == XENPT_ESTOPPED)
        return xenpt_fail(err, XENPT_EIO, "the report cannot be written");
    if (code)
        return code;
    summary(&r->text, &counts);
    r->items++;
    return XENPT_OK;
}
