/* layout_diff.c - what differs between two layouts, in words, or as JSON. */
#include <inttypes.h>
#include <stdio.h>

#include "report/layout.h"
#include "xenpt/layout_diff.h"

/* "xen-image.text in pv32" */
static void subject(struct text *t, const struct xenpt_layout_change *c)
{
    const struct xenpt_area *area = c->new_area ? c->new_area : c->old_area;

    text_begin(t, HEAD);
    if (area)
        out_text(t->out, area->name);
    else if (c->record)
        out_text(t->out, c->record);
    if (c->part)
        text_format(t, PLAIN, ".%s", c->part);
    text_end(t, HEAD);
    if (c->root)
        text_format(t, PLAIN, " in %s", c->root);
    if (area || c->record)
        out_text(t->out, ": ");
}

static void range(struct text *t, const struct xenpt_area *a)
{
    text_format(t, PLAIN, "%016" PRIx64 "-%016" PRIx64, a->first, a->last);
}

static void value(struct text *t, const char *s)
{
    text_put(t, PLAIN, *s ? s : "nothing");
}

static void moved(struct text *t, const struct xenpt_area *a, const struct xenpt_area *b)
{
    bool up = b->first > a->first;
    char size[SIZE_TEXT_MAX];

    text_format(t, PLAIN, "moved %s by %s, from ", up ? "up" : "down",
                size_text(up ? b->first - a->first : a->first - b->first, size));
}

static void resized(struct text *t, const struct xenpt_area *a, const struct xenpt_area *b)
{
    uint64_t old = xenpt_area_size(a), new = xenpt_area_size(b);
    char before[SIZE_TEXT_MAX], after[SIZE_TEXT_MAX];

    text_format(t, PLAIN, "%s from %s to %s, from ", new > old ? "grew" : "shrank",
                size_text(old, before), size_text(new, after));
}

static bool change_text(void *ctx, const struct xenpt_layout_change *c)
{
    struct xenpt_report *r = ctx;
    struct text *t = &r->text;

    subject(t, c);
    switch (c->kind) {
    case XENPT_CHANGE_NEW:
        text_put(t, GOOD, "new");
        if (!c->part) {
            out_text(t->out, ", ");
            range(t, c->new_area);
            text_format(t, PLAIN, ": %s", c->new_area->use);
        }
        break;
    case XENPT_CHANGE_GONE:
        text_put(t, BAD, "gone");
        if (!c->part) {
            out_text(t->out, ", it was ");
            range(t, c->old_area);
        }
        break;
    case XENPT_CHANGE_VALUE:
        text_format(t, PLAIN, "%s is ", c->key);
        value(t, c->after);
        out_text(t->out, ", it was ");
        value(t, c->before);
        break;
    default:
        if (c->kind == XENPT_CHANGE_MOVED)
            moved(t, c->old_area, c->new_area);
        else
            resized(t, c->old_area, c->new_area);
        range(t, c->old_area);
        out_text(t->out, " to ");
        range(t, c->new_area);
    }
    out_char(t->out, '\n');
    r->items++;
    return true;
}

static void place_json(struct json *j, const char *key, const struct xenpt_area *a)
{
    json_key(j, key);
    if (!a) {
        json_nothing(j);
        return;
    }
    json_open(j, '{');
    json_key(j, "first");
    json_hex(j, a->first);
    json_key(j, "last");
    json_hex(j, a->last);
    json_close(j, '}');
}

static bool change_json(void *ctx, const struct xenpt_layout_change *c)
{
    struct xenpt_report *r = ctx;
    struct json *j = &r->json;
    const struct xenpt_area *area = c->new_area ? c->new_area : c->old_area;
    const struct {
        const char *key, *text;
    } texts[] = {
        { "what", xenpt_change_name(c->kind) },
        { "area", area ? area->name : NULL },
        { "part", c->part },
        { "in", c->root },
        { "of", c->record },
        { "key", c->key },
        { "before", c->before },
        { "after", c->after },
    };

    json_line(j);
    json_open(j, '{');
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        json_key(j, texts[i].key);
        json_text(j, texts[i].text);
    }
    place_json(j, "old", c->old_area);
    place_json(j, "new", c->new_area);
    json_close(j, '}');
    return true;
}

enum xenpt_code xenpt_report_layout_diff(struct xenpt_report *report, const struct xenpt_layout *a,
                                         const struct xenpt_layout *b, struct xenpt_error *err)
{
    bool text = report->form == XENPT_REPORT_TEXT;
    enum xenpt_code code = xenpt_layout_diff(a, b, text ? change_text : change_json, report, err);

    if (!code && text && !report->items)
        out_text(&report->out, "nothing differs\n");
    if (!code && report->out.failed)
        code = xenpt_fail(err, XENPT_EIO, "the report cannot be written");
    return code;
}
