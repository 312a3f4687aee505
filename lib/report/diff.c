/*
 * diff.c - what differs between two contexts.  In text:
 *
 *     d1.v0.kernel, d1.v0.xen
 *       new      ffff80007f8f6000-ffff80007f8f6fff      4K  rw-u 4K  to 3dffb000
 *       changed  ffffffff80001000-ffffffff80001fff      4K  r--u 4K  to 1fed5000, was rw-u 4K
 */
#include <inttypes.h>
#include <stdio.h>

#include "base/bits.h"
#include "report/json_keys.h"
#include "report/state.h"
#include "report/words.h"

/* Contexts of a line that are named; of the others it is said how many they are. */
#define NAMED_MAX 12

struct diff_writer {
    struct xenpt_report *r;
    const struct xenpt_report_diff *d;
};

/* --- Text ---------------------------------------------------------------------------------- */

static void flags_words(struct text *t, const struct xenpt_format *f,
                        const struct xenpt_map_leaf *leaf)
{
    const struct xenpt_flag *names[64];
    size_t n = xenpt_entry_flags(f, leaf->level, leaf->entry, false, names, ARRAY_SIZE(names));

    for (size_t i = 0; i < n; i++)
        text_format(t, FAINT, " %s", names[i]->name);
}

/* What a side has; parts: those that matter. */
static void side_text(struct text *t, const struct xenpt_context *c,
                      const struct xenpt_map_range *m, unsigned int parts)
{
    uint64_t table = c->has_second ? m->gaddr : m->maddr;
    char rights[RIGHTS_TEXT_MAX];

    switch (m->kind) {
    case XENPT_MAP_PAGES:
        text_format(t, PLAIN, "%s %s", rights_text(m->rights, rights), m->page);
        if (parts & 1u << XENPT_DIFF_GUEST)
            text_format(t, PLAIN, "  gfn 0x%" PRIx64, m->gaddr >> XENPT_PAGE_SHIFT);
        if (parts & 1u << XENPT_DIFF_TARGET)
            text_format(t, PLAIN, m->repeated ? "  each to %" PRIx64 : "  to %" PRIx64, m->maddr);
        if (parts & 1u << XENPT_DIFF_FLAGS)
            flags_words(t, &c->paging.format, &m->leaf);
        break;
    case XENPT_MAP_SHARED:
    case XENPT_MAP_LINEAR:
        text_format(t, PLAIN, "%s the table at %" PRIx64 " again, as from %" PRIx64 " on",
                    rights_text(m->rights, rights), table, m->same_as);
        break;
    case XENPT_MAP_MALFORMED:
        text_format(t, BAD, "illegal entries, %016" PRIx64, m->leaf.entry);
        break;
    case XENPT_MAP_NO_SECOND:
        text_format(t, ODD, "gfn 0x%" PRIx64 ", which the second stage does not map",
                    m->gaddr >> XENPT_PAGE_SHIFT);
        break;
    default:
        text_format(t, ODD, "a table at %" PRIx64 " that is not in memory", table);
    }
}

static void line(struct diff_writer *w, const struct xenpt_difference_range *r)
{
    static const enum style styles[] = { GOOD, BAD, ODD };
    const struct xenpt_diff_side *side = r->kind == XENPT_DIFF_GONE ? &w->d->before : &w->d->after;
    unsigned int all = 1u << XENPT_DIFF_TARGET |
                       (side->context->has_second ? 1u << XENPT_DIFF_GUEST : 0);
    char size[SIZE_TEXT_MAX], area[AREA_TEXT_MAX];
    struct text *t = &w->r->text;

    out_text(t->out, "  ");
    text_cell(t, styles[r->kind], xenpt_diff_kind_name(r->kind), 7);
    text_format(t, PLAIN, "  %016" PRIx64 "-%016" PRIx64 " %7s  ", r->first, r->last,
                size_text(r->last - r->first + 1, size));
    side_text(t, side->context, r->kind == XENPT_DIFF_GONE ? &r->before : &r->after,
              r->parts | all);
    if (r->kind == XENPT_DIFF_CHANGED) {
        out_text(t->out, ", was ");
        side_text(t, w->d->before.context, &r->before, r->parts);
    }
    if (*area_text(side->view, side->context, r->first, area))
        text_format(t, FAINT, "  %s", area);
    out_char(t->out, '\n');
}

static void names_text(struct text *t, const struct xenpt_report_diff *d)
{
    text_begin(t, HEAD);
    for (size_t i = 0; i < d->nr_names && i < NAMED_MAX; i++) {
        out_text(t->out, i ? ", " : "");
        out_text(t->out, d->names[i]);
    }
    text_end(t, HEAD);
    if (d->nr_names > NAMED_MAX)
        text_format(t, PLAIN, " and %zu others", d->nr_names - NAMED_MAX);
}

static void begin_text(struct diff_writer *w)
{
    const struct xenpt_context *a = w->d->before.context, *b = w->d->after.context;
    struct text *t = &w->r->text;

    if (w->r->items)
        out_char(t->out, '\n');
    names_text(t, w->d);
    if (!a || !b)
        text_put(t, a ? BAD : GOOD, a ? ": gone" : ": new");
    else if (a->paging.root != b->paging.root)
        text_format(t, PLAIN, ": its root was 0x%" PRIx64 ", and is 0x%" PRIx64, a->paging.root,
                    b->paging.root);
    out_char(t->out, '\n');
}

static void end_text(struct diff_writer *w, const struct xenpt_diff_counts *counts)
{
    struct text *t = &w->r->text;
    bool any = false;

    if (!w->d->before.context || !w->d->after.context)
        return;
    out_text(t->out, "  ");
    for (int k = 0; k < XENPT_NR_DIFF_KINDS; k++) {
        char size[SIZE_TEXT_MAX];

        if (!counts->ranges[k])
            continue;
        text_format(t, FAINT, "%s%" PRIu64 " %s (%s)", any ? ", " : "", counts->ranges[k],
                    xenpt_diff_kind_name((enum xenpt_diff_kind)k),
                    size_text(counts->bytes[k], size));
        any = true;
    }
    text_put(t, FAINT, any ? "" : "nothing differs");
    out_char(t->out, '\n');
}

/* --- JSON ---------------------------------------------------------------------------------- */

/* c: NULL: it has nothing there. */
static void side_json(struct json *j, const char *key, const struct xenpt_context *c,
                      const struct xenpt_map_range *m)
{
    char rights[RIGHTS_TEXT_MAX];

    json_key(j, key);
    if (!c) {
        json_nothing(j);
        return;
    }
    json_open(j, '{');
    json_key(j, "kind");
    json_text(j, xenpt_map_kind_name(m->kind));
    json_key(j, "maddr");
    json_hex(j, m->maddr);
    json_key(j, "gaddr");
    if (c->has_second)
        json_hex(j, m->gaddr);
    else
        json_nothing(j);
    json_key(j, "rights");
    json_text(j, rights_text(m->rights, rights));
    json_key(j, "page");
    json_text(j, m->kind == XENPT_MAP_PAGES ? m->page : NULL);
    json_key(j, "flags");
    flags_json(j, &c->paging.format, m->leaf.level, m->leaf.entry);
    json_close(j, '}');
}

static void change_json(struct diff_writer *w, const struct xenpt_difference_range *r)
{
    const struct xenpt_diff_side *side = r->kind == XENPT_DIFF_GONE ? &w->d->before : &w->d->after;
    struct json *j = &w->r->json;

    json_line(j);
    json_open(j, '{');
    json_key(j, "what");
    json_text(j, xenpt_diff_kind_name(r->kind));
    json_key(j, "first");
    json_hex(j, r->first);
    json_key(j, "last");
    json_hex(j, r->last);
    area_json(j, side->view, side->context, r->first);
    key_list(j, "differs");
    for (unsigned int p = 0; p < XENPT_NR_DIFF_PARTS; p++)
        if (r->parts >> p & 1)
            json_text(j, xenpt_diff_part_name((enum xenpt_diff_part)p));
    json_close(j, ']');
    side_json(j, "before", r->kind == XENPT_DIFF_NEW ? NULL : w->d->before.context, &r->before);
    side_json(j, "after", r->kind == XENPT_DIFF_GONE ? NULL : w->d->after.context, &r->after);
    json_close(j, '}');
}

static void root_json(struct json *j, const char *key, const struct xenpt_context *c)
{
    json_key(j, key);
    if (c)
        json_hex(j, c->paging.root);
    else
        json_nothing(j);
}

static void begin_json(struct diff_writer *w)
{
    struct json *j = &w->r->json;

    json_line(j);
    json_open(j, '{');
    key_list(j, "contexts");
    for (size_t i = 0; i < w->d->nr_names; i++)
        json_text(j, w->d->names[i]);
    json_close(j, ']');
    root_json(j, "root_before", w->d->before.context);
    root_json(j, "root_after", w->d->after.context);
    key_list(j, "changes");
}

/* --- Either -------------------------------------------------------------------------------- */

static bool take(void *ctx, const struct xenpt_difference_range *range)
{
    struct diff_writer *w = ctx;

    if (w->r->form == XENPT_REPORT_JSON)
        change_json(w, range);
    else
        line(w, range);
    return !w->r->out.failed;
}

enum xenpt_code xenpt_report_diff(struct xenpt_report *report, const struct xenpt_report_diff *diff,
                                  struct xenpt_diff_counts *counts, struct xenpt_error *err)
{
    struct diff_writer w = { report, diff };
    bool both = diff->before.context && diff->after.context;
    bool json = report->form == XENPT_REPORT_JSON;
    enum xenpt_code code = XENPT_OK;

    *counts = (struct xenpt_diff_counts){ 0 };
    if (json)
        begin_json(&w);
    else
        begin_text(&w);
    if (both)
        code = xenpt_diff(&diff->before, &diff->after, take, &w, counts, err);
    if (report->out.failed)
        return xenpt_fail(err, XENPT_EIO, "the report cannot be written");
    if (code)
        return code;
    if (json) {
        json_close(&report->json, ']');
        json_close(&report->json, '}');
    } else {
        end_text(&w, counts);
    }
    report->items++;
    return XENPT_OK;
}
