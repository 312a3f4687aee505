/*
 * who.c - who reaches a piece of memory.  In text:
 *
 *     mfn 0x3dffb: d1's start-info
 *       address           count  rights  page  what there is
 *       ffff83003dffb000      1  rw--    1G    directmap+0x3dffb000
 *                                 idle, d0.v0.xen, d1.v0.xen
 *
 * with a line for all contexts that reach it by the same address in the same way.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/state.h"
#include "report/words.h"

/* Contexts of a line that are named; of the others it is said how many they are. */
#define NAMED_MAX 12

struct found {
    struct xenpt_reach reach;
    size_t number; /* In the order in which they came. */
};

struct who_writer {
    struct xenpt_report *r;
    const struct xenpt_view *view;
    struct found *list;
    size_t nr, max;
    bool no_memory;
};

static bool collect(void *ctx, const struct xenpt_reach *reach)
{
    struct who_writer *w = ctx;

    if (w->nr == w->max) {
        size_t max = w->max ? 2 * w->max : 256;
        struct found *list = realloc(w->list, max * sizeof(*list));

        if (!list) {
            w->no_memory = true;
            return false;
        }
        w->list = list;
        w->max = max;
    }
    w->list[w->nr] = (struct found){ *reach, w->nr };
    w->nr++;
    return true;
}

/* --- Text ---------------------------------------------------------------------------------- */

static int by_number(const struct found *a, const struct found *b)
{
    return (a->number > b->number) - (a->number < b->number);
}

/* What makes a line, and what does not: whose it is, and where its last entry is. */
static int look(const struct xenpt_reach *x, const struct xenpt_reach *y)
{
    const uint64_t a[] = { x->first, x->last, x->count, x->rights, x->gaddr };
    const uint64_t b[] = { y->first, y->last, y->count, y->rights, y->gaddr };

    for (size_t i = 0; i < sizeof(a) / sizeof(a[0]); i++)
        if (a[i] != b[i])
            return a[i] < b[i] ? -1 : 1;
    return strcmp(x->page, y->page);
}

static int by_look(const void *a, const void *b)
{
    const struct found *x = a, *y = b;
    int order = look(&x->reach, &y->reach);

    return order ? order : by_number(x, y);
}

static bool same_line(const struct who_writer *w, const struct found *a, const struct found *b)
{
    char x[AREA_TEXT_MAX], y[AREA_TEXT_MAX];

    return !look(&a->reach, &b->reach) &&
           !strcmp(area_text(w->view, a->reach.context, a->reach.first, x),
                   area_text(w->view, b->reach.context, b->reach.first, y));
}

static void names(struct text *t, const struct found *list, size_t nr)
{
    char buf[(NAMED_MAX + 1) * (XENPT_NAME_MAX + 2) + 64] = "";
    const struct xenpt_reach *r = &list->reach;
    size_t used = 0;

    if (r->last > r->first)
        used = (size_t)snprintf(buf, sizeof(buf), "up to %016" PRIx64 ": ", r->last);
    for (size_t i = 0; i < nr && i < NAMED_MAX; i++)
        used += (size_t)snprintf(buf + used, sizeof(buf) - used, "%s%s", i ? ", " : "",
                                 list[i].reach.context->name);
    if (nr > NAMED_MAX)
        snprintf(buf + used, sizeof(buf) - used, " and %zu others", nr - NAMED_MAX);
    out_blanks(t->out, 6);
    text_wrap(t, buf, 6, 6);
}

static void line(struct who_writer *w, const struct found *list, size_t nr)
{
    const struct xenpt_reach *r = &list->reach;
    char area[AREA_TEXT_MAX], rights[RIGHTS_TEXT_MAX];
    struct text *t = &w->r->text;

    area_text(w->view, r->context, r->first, area);
    text_format(t, HEAD, "  %016" PRIx64, r->first);
    if (r->count == UINT64_MAX)
        text_put(t, PLAIN, "      many");
    else
        text_format(t, PLAIN, "%10" PRIu64, r->count);
    text_format(t, PLAIN, "  %-6s  ", rights_text(r->rights, rights));
    text_format(t, PLAIN, r->gaddr || *area ? "%-4s  " : "%s", r->page);
    if (r->gaddr)
        text_format(t, PLAIN, "gfn 0x%" PRIx64 "%s", r->gaddr >> XENPT_PAGE_SHIFT,
                    *area ? "  " : "");
    text_put(t, FAINT, area);
    out_char(t->out, '\n');
    names(t, list, nr);
}

static void headline(struct who_writer *w, const struct xenpt_who_question *q)
{
    const struct xenpt_explainer *x = w->view->explainer;
    uint64_t first = q->first >> XENPT_PAGE_SHIFT, last = q->last >> XENPT_PAGE_SHIFT;
    struct xenpt_memory_explanation what = { .owner = NULL };
    struct text *t = &w->r->text;

    if (w->r->items)
        out_char(t->out, '\n');
    if (first == last)
        text_format(t, HEAD, "mfn 0x%" PRIx64, first);
    else
        text_format(t, HEAD, "mfn 0x%" PRIx64 "..0x%" PRIx64, first, last);
    if (x && x->memory && x->memory(x, q->first, &what) && what.use)
        text_format(t, PLAIN, ": %s%s%s", what.owner ? what.owner : "", what.owner ? "'s " : "",
                    what.use);
    if (what.outside)
        text_format(t, PLAIN, ", %s: %s", what.what, what.outside);
    out_char(t->out, '\n');
}

static void text(struct who_writer *w, const struct xenpt_who_question *q)
{
    struct text *t = &w->r->text;
    size_t next;

    headline(w, q);
    if (!w->nr) {
        text_put(t, ODD, "  nobody reaches it\n");
        return;
    }
    text_put(t, HEAD, "  address                count  rights  page");
    out_char(t->out, '\n');
    qsort(w->list, w->nr, sizeof(*w->list), by_look);
    for (size_t i = 0; i < w->nr; i = next) {
        next = i + 1;
        while (next < w->nr && same_line(w, &w->list[i], &w->list[next]))
            next++;
        line(w, &w->list[i], next - i);
    }
}

/* --- JSON ---------------------------------------------------------------------------------- */

static void reach(struct json *j, const struct xenpt_view *view, const struct xenpt_reach *r)
{
    const struct xenpt_format *f = &r->context->paging.format;
    char rights[RIGHTS_TEXT_MAX];

    json_line(j);
    json_open(j, '{');
    json_key(j, "context");
    json_text(j, r->context->name);
    json_key(j, "va");
    json_hex(j, r->first);
    json_key(j, "last");
    json_hex(j, r->last);
    json_key(j, "count");
    json_number(j, r->count);
    json_key(j, "maddr");
    json_hex(j, r->maddr);
    json_key(j, "gaddr");
    if (r->context->has_second)
        json_hex(j, r->gaddr);
    else
        json_nothing(j);
    json_key(j, "page");
    json_text(j, r->page);
    json_key(j, "rights");
    json_text(j, rights_text(r->rights, rights));
    json_key(j, "via");
    json_open(j, '{');
    area_json(j, view, r->context, r->first);
    json_key(j, "level");
    json_number(j, r->level);
    json_key(j, "at");
    json_hex(j, r->at);
    json_key(j, "entry");
    json_hex(j, r->entry);
    json_key(j, "flags");
    flags_json(j, f, r->level, r->entry);
    json_close(j, '}');
    json_close(j, '}');
}

static void json(struct who_writer *w, const struct xenpt_who_question *q)
{
    struct json *j = &w->r->json;

    json_line(j);
    json_open(j, '{');
    json_key(j, "maddr");
    json_hex(j, q->first);
    json_key(j, "last");
    json_hex(j, q->last);
    json_key(j, "reached_by");
    json_open(j, '[');
    for (size_t i = 0; i < w->nr; i++)
        reach(j, w->view, &w->list[i].reach);
    json_close(j, ']');
    json_close(j, '}');
}

/* --- Either -------------------------------------------------------------------------------- */

enum xenpt_code xenpt_report_who(struct xenpt_report *report, const struct xenpt_view *view,
                                 const struct xenpt_who *who,
                                 const struct xenpt_who_question *question, struct xenpt_error *err)
{
    struct who_writer w = { .r = report, .view = view };
    enum xenpt_code code = xenpt_who(who, question, collect, &w, err);

    if (w.no_memory)
        code = xenpt_fail(err, XENPT_ENOMEM, "no memory for who reaches 0x%llx",
                          (unsigned long long)question->first);
    if (!code && report->form == XENPT_REPORT_JSON)
        json(&w, question);
    else if (!code)
        text(&w, question);
    if (!code)
        report->items++;
    free(w.list);
    if (!code && report->out.failed)
        return xenpt_fail(err, XENPT_EIO, "the report cannot be written");
    return code;
}
