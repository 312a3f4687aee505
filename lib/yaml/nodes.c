/*
 * nodes.c - from events to nodes.
 */
#include <stdlib.h>
#include <string.h>

#include "yaml/reading.h"

/* A list that grows, outside of the document until its length is known. */
struct growing {
    const struct node **list;
    size_t nr, max;
};

static bool grow(struct reading *r, struct growing *g, const struct node *node)
{
    if (g->nr == g->max) {
        size_t max = g->max ? 2 * g->max : 8;
        const struct node **list = realloc(g->list, max * sizeof(const struct node *));

        if (!list) {
            no_memory(r);
            return false;
        }
        g->list = list;
        g->max = max;
    }
    g->list[g->nr++] = node;
    return true;
}

/* Moves a list into the document. */
static bool keep(struct reading *r, const struct growing *g, const struct node ***ret)
{
    *ret = doc_alloc(r->doc, g->nr * sizeof(const struct node *));
    if (!*ret) {
        no_memory(r);
        return false;
    }
    if (g->nr)
        memcpy(*ret, g->list, g->nr * sizeof(const struct node *));
    return true;
}

static bool weighs_too_much(struct reading *r, const struct place *at, size_t weight)
{
    r->weight += weight;
    if (r->weight <= r->limits->weight)
        return false;
    mistake(r->m, at, XENPT_ERANGE, "more than %zu values, aliases followed", r->limits->weight);
    return true;
}

static struct node *new_node(struct reading *r, enum node_kind kind, const yaml_event_t *event)
{
    struct place at = place_of(r, &event->start_mark);
    struct node *node;

    if (weighs_too_much(r, &at, 1))
        return NULL;
    node = doc_alloc(r->doc, sizeof(*node));
    if (!node) {
        no_memory(r);
        return NULL;
    }
    *node = (struct node){ .kind = kind, .at = at, .text = "", .weight = 1 };
    return node;
}

static bool is_nothing(const char *text)
{
    return !*text || !strcmp(text, "~") || !strcmp(text, "null");
}

static const struct node *read_text(struct reading *r, const yaml_event_t *event)
{
    const char *text = (const char *)event->data.scalar.value;
    size_t n = event->data.scalar.length;
    struct node *node = new_node(r, NODE_TEXT, event);

    if (!node)
        return NULL;
    if (memchr(text, '\0', n))
        mistake(r->m, &node->at, XENPT_EPARSE, "a text holds a NUL, which ends any text");
    node->quoted = event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
    if (!node->quoted && is_nothing(text)) {
        node->kind = NODE_NULL;
        return node;
    }
    node->text = doc_text(r->doc, text, n);
    if (node->text)
        return node;
    no_memory(r);
    return NULL;
}

static bool fill_list(struct reading *r, struct growing *items, struct node *list)
{
    for (;;) {
        yaml_event_t event;
        const struct node *item;

        if (!next_event(r, &event))
            return false;
        if (event.type == YAML_SEQUENCE_END_EVENT) {
            yaml_event_delete(&event);
            return true;
        }
        item = read_node(r, &event);
        if (!item || !grow(r, items, item))
            return false;
        list->weight += item->weight;
    }
}

static bool fill_map(struct reading *r, struct growing *keys, struct growing *items,
                     struct node *map)
{
    for (;;) {
        const struct node *key, *item;
        yaml_event_t event;

        if (!next_event(r, &event))
            return false;
        if (event.type == YAML_MAPPING_END_EVENT) {
            yaml_event_delete(&event);
            return true;
        }
        key = read_node(r, &event);
        if (!key || !next_event(r, &event))
            return false;
        item = read_node(r, &event);
        if (!item)
            return false;
        map->weight += key->weight + item->weight;
        if (key->kind != NODE_TEXT) {
            char words[NODE_WORDS_MAX];

            mistake(r->m, &key->at, XENPT_EPARSE, "%s cannot be a key: a text can",
                    node_words(key, words));
        } else if (!grow(r, keys, key) || !grow(r, items, item)) {
            return false;
        }
    }
}

static int by_text(const void *a, const void *b)
{
    const struct node *x = *(const struct node *const *)a, *y = *(const struct node *const *)b;
    int order = strcmp(x->text, y->text);

    if (order)
        return order;
    if (x->at.line != y->at.line)
        return x->at.line < y->at.line ? -1 : 1;
    return x->at.column < y->at.column ? -1 : x->at.column > y->at.column;
}

/* Sorted, equal keys are neighbours. */
static bool check_keys(struct reading *r, const struct node *map)
{
    struct growing sorted = { 0 };

    for (size_t i = 0; i < map->nr; i++)
        if (!grow(r, &sorted, map->keys[i])) {
            free(sorted.list);
            return false;
        }
    if (sorted.nr)
        qsort(sorted.list, sorted.nr, sizeof(sorted.list[0]), by_text);
    for (size_t i = 1; i < sorted.nr; i++) {
        const struct node *key = sorted.list[i], *before = sorted.list[i - 1];
        char words[NODE_WORDS_MAX];

        if (!strcmp(key->text, before->text))
            mistake(r->m, &key->at, XENPT_EPARSE, "the key %s is there already, in line %u",
                    node_words(key, words), before->at.line);
    }
    free(sorted.list);
    return true;
}

static const struct node *read_group(struct reading *r, struct node *node)
{
    struct growing keys = { 0 }, items = { 0 };
    bool ok;

    if (!node)
        return NULL;
    if (++r->depth > r->limits->depth) {
        mistake(r->m, &node->at, XENPT_ERANGE, "more than %zu lists and maps in each other",
                r->limits->depth);
        return NULL;
    }
    ok = node->kind == NODE_MAP ? fill_map(r, &keys, &items, node) : fill_list(r, &items, node);
    node->nr = items.nr;
    ok = ok && keep(r, &items, &node->items) && keep(r, &keys, &node->keys);
    if (ok && node->kind == NODE_MAP)
        ok = check_keys(r, node);
    free(keys.list);
    free(items.list);
    r->depth--;
    return ok ? node : NULL;
}

/* --- Aliases ------------------------------------------------------------------------------- */

static const struct node *read_alias(struct reading *r, const yaml_event_t *event)
{
    const char *name = (const char *)event->data.alias.anchor;
    struct place at = place_of(r, &event->start_mark);

    for (const struct anchor *a = r->anchors; a; a = a->next) {
        if (strcmp(a->name, name) != 0)
            continue;
        if (!a->node) {
            mistake(r->m, &at, XENPT_EPARSE, "*%.*s stands in what it names", QUOTE_MAX, name);
            return NULL;
        }
        return weighs_too_much(r, &at, a->node->weight) ? NULL : a->node;
    }
    mistake(r->m, &at, XENPT_EPARSE, "*%.*s names nothing: there is no &%.*s before it", QUOTE_MAX,
            name, QUOTE_MAX, name);
    return NULL;
}

static bool add_anchor(struct reading *r, const yaml_char_t *name, struct anchor **ret)
{
    struct anchor *a;

    *ret = NULL;
    if (!name)
        return true;
    a = doc_alloc(r->doc, sizeof(*a));
    if (a)
        a->name = doc_text(r->doc, (const char *)name, strlen((const char *)name));
    if (!a || !a->name) {
        no_memory(r);
        return false;
    }
    a->next = r->anchors;
    r->anchors = *ret = a;
    return true;
}

/* A tag would say what a value is; that is for the key to say. */
static void check_tag(struct reading *r, const yaml_event_t *event, const yaml_char_t *tag)
{
    struct place at = place_of(r, &event->start_mark);

    if (tag)
        mistake(r->m, &at, XENPT_EPARSE, "tags are not taken: %.*s", QUOTE_MAX, (const char *)tag);
}

static const struct node *read_tagged(struct reading *r, const yaml_event_t *event,
                                      const yaml_char_t *anchor, const yaml_char_t *tag)
{
    const struct node *node;
    struct anchor *a;

    check_tag(r, event, tag);
    if (!add_anchor(r, anchor, &a))
        return NULL;
    if (event->type == YAML_SCALAR_EVENT)
        node = read_text(r, event);
    else
        node = read_group(
            r, new_node(r, event->type == YAML_MAPPING_START_EVENT ? NODE_MAP : NODE_LIST, event));
    if (a)
        a->node = node;
    return node;
}

const struct node *read_node(struct reading *r, yaml_event_t *event)
{
    const struct node *node = NULL;

    switch (event->type) {
    case YAML_ALIAS_EVENT:
        node = read_alias(r, event);
        break;
    case YAML_SCALAR_EVENT:
        node = read_tagged(r, event, event->data.scalar.anchor, event->data.scalar.tag);
        break;
    case YAML_SEQUENCE_START_EVENT:
        node = read_tagged(r, event, event->data.sequence_start.anchor,
                           event->data.sequence_start.tag);
        break;
    case YAML_MAPPING_START_EVENT:
        node = read_tagged(r, event, event->data.mapping_start.anchor,
                           event->data.mapping_start.tag);
        break;
    default: /* libyaml has a value here, or has failed. */
        break;
    }
    yaml_event_delete(event);
    return node;
}
