/*
 * layout_json.c - layouts as JSON; docs/json.md has the schema.  Keys are those of a layout
 * file, with _ for -.
 */
#include <stdio.h>
#include <string.h>

#include "report/layout.h"

static void key_of(struct json *j, const char *key)
{
    char name[40];
    size_t i;

    for (i = 0; key[i] && i < sizeof(name) - 1; i++)
        name[i] = key[i] == '-' ? '_' : key[i];
    name[i] = '\0';
    json_key(j, name);
}

static void words_json(struct json *j, const char *text)
{
    json_open(j, '[');
    while (*text) {
        size_t n = strcspn(text, " ");
        char word[40];

        snprintf(word, sizeof(word), "%.*s", (int)n, text);
        json_text(j, word);
        text += n;
        text += strspn(text, " ");
    }
    json_close(j, ']');
}

/* Kinds of root one by one: a program need not know of groups. */
static void kinds_json(struct json *j, unsigned int kinds)
{
    json_open(j, '[');
    for (unsigned int k = 0; k < XENPT_NR_ROOT_KINDS; k++)
        if (kinds >> k & 1)
            json_text(j, xenpt_root_kind_word(k)->name);
    json_close(j, ']');
}

static void value_json(struct json *j, const struct row *row, const void *at)
{
    char buf[VALUE_TEXT_MAX];
    unsigned int bits;
    uint64_t v;

    value_text(row, at, buf);
    switch (row->type) {
    case ROW_NUMBER:
        memcpy(&v, at, sizeof(v));
        json_hex(j, v);
        break;
    case ROW_COUNT:
        memcpy(&bits, at, sizeof(bits));
        json_number(j, bits);
        break;
    case ROW_BOOL:
        json_bool(j, !strcmp(buf, "yes"));
        break;
    case ROW_FLAGS:
    case ROW_PAGES:
    case ROW_BITS:
        words_json(j, buf);
        break;
    case ROW_SET:
        memcpy(&bits, at, sizeof(bits));
        if (row->words == &kind_words)
            kinds_json(j, bits);
        else
            words_json(j, buf);
        break;
    default:
        json_text(j, *buf ? buf : NULL);
    }
}

static void rows_json(struct json *j, const struct record *record, const void *of, bool placed)
{
    for (size_t i = 0; i < record->nr; i++) {
        const struct row *row = &record->rows[i];
        bool place = !strcmp(row->key, "first") || !strcmp(row->key, "last");

        if (row->type == ROW_RECORDS || row->type == ROW_TREE || row->type == ROW_RECORD)
            continue;
        key_of(j, row->key);
        if (place && !placed)
            json_nothing(j);
        else
            value_json(j, row, (const char *)of + row->offset);
    }
}

static void record_json(struct json *j, const char *key, const struct record *record,
                        const void *of)
{
    key_of(j, key);
    json_open(j, '{');
    rows_json(j, record, of, true);
    json_close(j, '}');
}

static void parts_json(struct json *j, const struct xenpt_area *a)
{
    json_key(j, "parts");
    json_open(j, '[');
    for (size_t i = 0; i < a->nr_parts; i++) {
        json_open(j, '{');
        json_key(j, "name");
        json_text(j, a->parts[i].name);
        rows_json(j, &part_record, &a->parts[i], a->parts[i].placed);
        json_close(j, '}');
    }
    json_close(j, ']');
    json_key(j, "but");
    json_open(j, '[');
    for (size_t i = 0; i < a->nr_but; i++) {
        json_open(j, '{');
        json_key(j, "kind");
        json_text(j, xenpt_root_kind_word(a->but[i].kind)->name);
        rows_json(j, &exception_record, &a->but[i], true);
        json_close(j, '}');
    }
    json_close(j, ']');
}

static void area_json_of(struct json *j, const struct xenpt_layout *layout,
                         const struct xenpt_area *a)
{
    json_line(j);
    json_open(j, '{');
    json_key(j, "name");
    json_text(j, a->name);
    rows_json(j, &area_record, a, true);
    json_key(j, "size");
    json_hex(j, xenpt_area_size(a));
    json_key(j, "first_slot");
    json_number(j, xenpt_layout_slot_of(layout, a->first));
    json_key(j, "last_slot");
    json_number(j, xenpt_layout_slot_of(layout, a->last));
    json_key(j, "repeat");
    if (a->repeat.stride) {
        json_open(j, '{');
        rows_json(j, &repeat_record, a, true);
        json_close(j, '}');
    } else {
        json_nothing(j);
    }
    parts_json(j, a);
    json_close(j, '}');
}

static void head(struct json *j, const struct xenpt_layout *l)
{
    json_line(j);
    json_open(j, '{');
    json_key(j, "variant");
    json_text(j, l->variant);
    json_key(j, "releases");
    json_open(j, '{');
    rows_json(j, &releases_record, l, true);
    json_close(j, '}');
    json_key(j, "variants");
    json_open(j, '[');
    for (size_t i = 0; i < l->nr_variants; i++)
        json_text(j, l->variants[i].name);
    json_close(j, ']');
}

void layout_name_json(struct xenpt_report *r, const struct xenpt_layout *layout)
{
    head(&r->json, layout);
    json_key(&r->json, "name");
    json_text(&r->json, layout->name);
    json_key(&r->json, "system");
    json_text(&r->json, layout->system);
    json_key(&r->json, "text");
    json_text(&r->json, layout->text);
    json_close(&r->json, '}');
}

void layout_json(struct xenpt_report *r, const struct xenpt_layout *layout)
{
    struct json *j = &r->json;

    head(j, layout);
    rows_json(j, &layout_record, layout, true);
    for (size_t i = 0; i < layout_record.nr; i++) {
        const struct row *row = &layout_record.rows[i];

        if (row->type == ROW_RECORD && !row->own)
            record_json(j, row->key, row->record, layout);
    }
    json_key(j, "areas");
    json_open(j, '[');
    for (size_t i = 0; i < layout->nr_areas; i++)
        area_json_of(j, layout, &layout->areas[i]);
    json_close(j, ']');
    json_close(j, '}');
}
