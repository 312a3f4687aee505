/* read.c - from a tree of nodes to structs, as the rows of the schema have it. */
#include <stdio.h>
#include <string.h>

#include "layout/schema.h"
#include "xenpt/suggest.h"
#include "yaml/doc.h"

struct reading {
    struct doc *doc;
    struct mistakes *m;
    bool out_of_memory;
};

static void record_in(struct reading *r, const struct record *record, const struct node *map,
                      void *out, uint64_t *given);

/* "first last use ..." */
static const char *keys_text(const struct record *record, char *buf, size_t size)
{
    size_t used = 0;

    buf[0] = '\0';
    for (size_t i = 0; i < record->nr && used < size; i++)
        used += (size_t)snprintf(buf + used, size - used, "%s%s", i ? " " : "",
                                 record->rows[i].key);
    return buf;
}

static void unknown_key(struct reading *r, const struct record *record, const struct node *key)
{
    char hint[XENPT_DID_YOU_MEAN_MAX], all[300], words[NODE_WORDS_MAX];
    struct xenpt_suggestion s;

    xenpt_suggest_begin(&s, key->text);
    for (size_t i = 0; i < record->nr; i++)
        xenpt_suggest_try(&s, record->rows[i].key, strlen(record->rows[i].key));
    xenpt_suggest_words(&s, hint);
    mistake(r->m, &key->at, XENPT_EPARSE, "%s: %s is no key; %s%s", record->name,
            node_words(key, words), hint[0] ? "" : "there are ",
            hint[0] ? hint + 2 : keys_text(record, all, sizeof(all)));
}

static bool is_map(struct reading *r, const char *what, const struct node *node)
{
    char words[NODE_WORDS_MAX];

    if (node->kind == NODE_MAP)
        return true;
    mistake(r->m, &node->at, XENPT_EPARSE, "%s: %s, and a map was expected", what,
            node_words(node, words));
    return false;
}

/* Structs by name, in the order of the file. */
static void records_in(struct reading *r, const struct row *row, const struct node *node, void *out)
{
    const struct record *record = row->record;
    char *list;

    if (!is_map(r, row->key, node))
        return;
    list = doc_alloc(r->doc, node->nr * record->size);
    if (!list) {
        r->out_of_memory = true;
        return;
    }
    for (size_t i = 0; i < node->nr; i++) {
        char *one = list + i * record->size;
        struct given *given = (struct given *)(void *)(one + record->given_offset);

        given->node = node->items[i];
        given->at = node->keys[i]->at;
        memcpy(one + record->name_offset, &node->keys[i]->text, sizeof(const char *));
        record_in(r, record, node->items[i], one, &given->rows);
    }
    memcpy((char *)out + row->offset, &list, sizeof(list));
    memcpy((char *)out + row->nr_offset, &node->nr, sizeof(node->nr));
}

static void value_in(struct reading *r, const struct row *row, const struct node *node, void *out)
{
    char *at = (char *)out + row->offset;

    switch (row->type) {
    case ROW_RECORD:
        record_in(r, row->record, node, out, NULL);
        break;
    case ROW_RECORDS:
        records_in(r, row, node, out);
        break;
    case ROW_AREA:
        at = (char *)out + row->nr_offset;
        /* fallthrough */
    default:
        r->out_of_memory |= !value_read(r->doc, row, node, at, r->m);
    }
}

static const struct row *row_of(const struct record *record, const char *key)
{
    for (size_t i = 0; i < record->nr; i++)
        if (!strcmp(record->rows[i].key, key))
            return &record->rows[i];
    return NULL;
}

static void record_in(struct reading *r, const struct record *record, const struct node *map,
                      void *out, uint64_t *given)
{
    uint64_t seen = 0;

    if (!is_map(r, record->name, map))
        return;
    for (size_t i = 0; i < map->nr && !r->out_of_memory; i++) {
        const struct row *row = row_of(record, map->keys[i]->text);

        if (!row) {
            unknown_key(r, record, map->keys[i]);
            continue;
        }
        seen |= XENPT_BIT(row - record->rows);
        if (row->type != ROW_TREE)
            value_in(r, row, map->items[i], out);
    }
    for (size_t i = 0; i < record->nr && !r->out_of_memory; i++)
        if (record->rows[i].required && !(seen >> i & 1))
            mistake(r->m, &map->at, XENPT_EPARSE, "%s: the key '%s' is missing", record->name,
                    record->rows[i].key);
    if (given)
        *given = seen;
}

bool read_record(struct doc *doc, const struct record *record, const struct node *node, void *out,
                 struct mistakes *m)
{
    struct reading r = { .doc = doc, .m = m };

    record_in(&r, record, node, out, NULL);
    if (r.out_of_memory)
        mistake(m, NULL, XENPT_ENOMEM, "no memory for a layout");
    return !r.out_of_memory;
}
