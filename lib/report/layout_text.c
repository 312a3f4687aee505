/* layout_text.c - layouts for people: a line for each area, and what is particular below. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "report/layout.h"

#define NAME_WIDTH 30

void layout_name_text(struct xenpt_report *r, const struct xenpt_layout *layout)
{
    struct text *t = &r->text;
    char releases[RELEASES_TEXT_MAX];

    if (!r->items) {
        text_put(t, HEAD, "name           releases        variants");
        out_char(t->out, '\n');
    }
    text_cell(t, PLAIN, layout->name, 15);
    text_cell(t, PLAIN, releases_text(layout, releases), 16);
    if (!layout->nr_variants)
        out_char(t->out, '-');
    for (size_t i = 0; i < layout->nr_variants; i++)
        text_format(t, PLAIN, "%s%s", i ? " " : "", layout->variants[i].name);
    out_text(t->out, "\n  ");
    text_wrap(t, layout->text, 2, 2);
}

static void prose(struct text *t, const char *label, const char *s)
{
    if (!s)
        return;
    text_cell(t, FAINT, label, 12);
    text_wrap(t, s, 12, 12);
}

/* "262-510" */
static void slots_cell(struct text *t, const struct xenpt_layout *l, const struct xenpt_area *a)
{
    unsigned int first = xenpt_layout_slot_of(l, a->first), last = xenpt_layout_slot_of(l, a->last);
    char buf[24];

    if (first == last)
        snprintf(buf, sizeof(buf), "%u", first);
    else
        snprintf(buf, sizeof(buf), "%u-%u", first, last);
    text_cell(t, PLAIN, buf, 9);
}

static unsigned int depth_of(const struct xenpt_area *a)
{
    unsigned int depth = 0;

    for (; a->inside; a = a->inside)
        depth++;
    return depth;
}

static const struct row *row_of(const struct record *record, const char *key)
{
    for (size_t i = 0; i < record->nr; i++)
        if (!strcmp(record->rows[i].key, key))
            return &record->rows[i];
    return &record->rows[0];
}

/* "L4 P RW A D NX", with a gap before all but the first. */
static void labelled(struct text *t, const char *label, const struct row *row, const void *of,
                     bool *any)
{
    char buf[VALUE_TEXT_MAX];

    value_text(row, (const char *)of + row->offset, buf);
    if (!*buf)
        return;
    text_format(t, PLAIN, "%s%s ", *any ? ", " : "", label);
    out_text(t->out, buf);
    *any = true;
}

/* What an area says beside its place; a line, or nothing. */
static void details(struct text *t, const struct xenpt_area *a)
{
    static const char *const keys[] = { "L5", "L4", "L3", "L2", "leaf", "pages", "when" };
    bool any = false;

    out_blanks(t->out, 38);
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
        labelled(t, keys[i], row_of(&area_record, keys[i]), a, &any);
    if (a->sharing) {
        text_format(t, PLAIN, "%sshared by %s", any ? ", " : "",
                    xenpt_sharing_word(a->sharing)->name);
        any = true;
    }
    if (a->entry_size)
        text_format(t, PLAIN, ", %" PRIu32 " bytes a frame", a->entry_size);
    if (a->repeat.stride)
        text_format(t, PLAIN, ", 0x%" PRIx64 " bytes a %s%s", a->repeat.stride,
                    xenpt_each_word(a->repeat.each)->name, a->repeat.down ? ", downwards" : "");
    if (a->boot_pages)
        text_format(t, PLAIN, ", %" PRIu32 " pages", a->boot_pages);
    if (!any)
        text_put(t, FAINT, "nothing mapped");
    out_char(t->out, '\n');
}

static void exception_text(struct text *t, const struct xenpt_layout *l, const struct xenpt_area *a,
                           const struct xenpt_exception *but)
{
    bool any = true;

    out_blanks(t->out, 38);
    text_format(t, ODD, "but in %s", xenpt_root_kind_word(but->kind)->name);
    if (but->last != a->last)
        text_format(t, PLAIN, ", last %016" PRIx64, but->last);
    if (but->table != a->table[l->levels])
        labelled(t, "root", row_of(&exception_record, "root"), but, &any);
    if (but->sharing != a->sharing)
        labelled(t, "shared by", row_of(&exception_record, "shared"), but, &any);
    if (but->when != a->when)
        labelled(t, "when", row_of(&exception_record, "when"), but, &any);
    out_char(t->out, '\n');
}

static void area_text_of(struct text *t, const struct xenpt_layout *l, const struct xenpt_area *a)
{
    char size[SIZE_TEXT_MAX], kinds[XENPT_ROOT_KINDS_TEXT_MAX];
    unsigned int depth = 2 * depth_of(a);

    text_format(t, PLAIN, "%016" PRIx64 "-%016" PRIx64 " ", a->first, a->last);
    text_format(t, PLAIN, "%8s  ", size_text(xenpt_area_size(a), size));
    slots_cell(t, l, a);
    out_blanks(t->out, depth);
    text_cell(t, a->fill == XENPT_FILL_NONE ? FAINT : HEAD, a->name, NAME_WIDTH - depth);
    text_cell(t, PLAIN, xenpt_fill_word(a->fill)->name, 12);
    text_put(t, PLAIN, xenpt_root_kinds_text(a->kinds, kinds));
    out_char(t->out, '\n');
    if (a->fill != XENPT_FILL_NONE)
        details(t, a);
    for (size_t i = 0; i < a->nr_but; i++)
        exception_text(t, l, a, &a->but[i]);
}

static void part_text(struct text *t, const struct xenpt_area *a, const struct xenpt_part *p)
{
    char name[100], kinds[XENPT_ROOT_KINDS_TEXT_MAX];
    bool any = false;

    snprintf(name, sizeof(name), "%s.%s", a->name, p->name);
    out_text(t->out, "  ");
    text_cell(t, PLAIN, name, 30);
    if (p->placed)
        text_format(t, PLAIN, "+0x%" PRIx64 "..0x%" PRIx64 ", ", p->first, p->last);
    labelled(t, "leaf", row_of(&part_record, "leaf"), p, &any);
    if (!any)
        text_put(t, FAINT, "not mapped");
    any = true;
    labelled(t, "pages", row_of(&part_record, "pages"), p, &any);
    labelled(t, "when", row_of(&part_record, "when"), p, &any);
    if (p->kinds != a->kinds)
        text_format(t, PLAIN, ", in %s", xenpt_root_kinds_text(p->kinds, kinds));
    out_text(t->out, "\n      ");
    text_wrap(t, p->use, 6, 6);
}

static void record_text(struct text *t, const char *name, const struct record *record,
                        const void *of)
{
    char buf[VALUE_TEXT_MAX];

    for (size_t i = 0; i < record->nr; i++) {
        const struct row *row = &record->rows[i];

        value_text(row, (const char *)of + row->offset, buf);
        if (!*buf || !strcmp(buf, "0x0") || !strcmp(buf, "no") || !strcmp(buf, "0"))
            continue;
        text_format(t, FAINT, "  %s.%s ", name, row->key);
        out_text(t->out, buf);
        out_char(t->out, '\n');
    }
}

static void head(struct text *t, const struct xenpt_layout *l)
{
    char releases[RELEASES_TEXT_MAX];

    text_format(t, HEAD, "%s%s%s", l->name, l->variant ? ":" : "", l->variant ? l->variant : "");
    text_format(t, PLAIN, ": %s %s\n", l->system, releases_text(l, releases));
    prose(t, "", l->text);
    prose(t, "source", l->source);
    prose(t, "observed", l->observed);
    for (size_t i = 0; i < l->nr_variants; i++) {
        text_cell(t, FAINT, "variant", 12);
        text_format(t, PLAIN, "%s: %s\n", l->variants[i].name, l->variants[i].text);
    }
    out_char(t->out, '\n');
}

void layout_text(struct xenpt_report *r, const struct xenpt_layout *l)
{
    struct text *t = &r->text;

    if (r->items)
        out_char(t->out, '\n');
    head(t, l);
    text_put(t, HEAD,
             "first            last                 size  slots    area                          "
             "fill        in the roots of");
    out_char(t->out, '\n');
    for (size_t i = 0; i < l->nr_areas; i++)
        area_text_of(t, l, &l->areas[i]);
    out_char(t->out, '\n');
    for (size_t i = 0; i < l->nr_areas; i++)
        for (size_t k = 0; k < l->areas[i].nr_parts; k++)
            part_text(t, &l->areas[i], &l->areas[i].parts[k]);
    for (size_t i = 0; i < layout_record.nr; i++)
        if (layout_record.rows[i].type == ROW_RECORD && !layout_record.rows[i].own)
            record_text(t, layout_record.rows[i].key, layout_record.rows[i].record, l);
}
