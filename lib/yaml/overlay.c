/* overlay.c - one tree laid over another: how a file says only what differs from another. */
#include <string.h>

#include "yaml/doc.h"

/* Room for the keys of both. */
static struct node *joined(struct doc *doc, const struct node *base, const struct node *over)
{
    struct node *node = doc_alloc(doc, sizeof(*node));
    size_t max = base->nr + over->nr;

    if (!node)
        return NULL;
    *node = *over;
    node->nr = 0;
    node->weight = 1;
    node->keys = doc_alloc(doc, max * sizeof(const struct node *));
    node->items = doc_alloc(doc, max * sizeof(const struct node *));
    return node->keys && node->items ? node : NULL;
}

static void put(struct node *map, const struct node *key, const struct node *item)
{
    map->keys[map->nr] = key;
    map->items[map->nr++] = item;
    map->weight += key->weight + item->weight;
}

static size_t key_index(const struct node *map, const char *key)
{
    size_t i = 0;

    while (i < map->nr && strcmp(map->keys[i]->text, key) != 0)
        i++;
    return i;
}

static const struct node *overlay(struct doc *doc, const struct node *base, const struct node *over,
                                  bool *ok)
{
    struct node *map;

    if (base->kind != NODE_MAP || over->kind != NODE_MAP)
        return over;
    map = joined(doc, base, over);
    *ok = *ok && map;
    for (size_t i = 0; *ok && i < base->nr; i++) {
        size_t k = key_index(over, base->keys[i]->text);

        if (k == over->nr)
            put(map, base->keys[i], base->items[i]);
        else if (over->items[k]->kind != NODE_NULL) {
            const struct node *item = overlay(doc, base->items[i], over->items[k], ok);

            if (*ok)
                put(map, over->keys[k], item);
        }
    }
    for (size_t i = 0; *ok && i < over->nr; i++)
        if (key_index(base, over->keys[i]->text) == base->nr && over->items[i]->kind != NODE_NULL)
            put(map, over->keys[i], over->items[i]);
    return map;
}

const struct node *doc_overlay(struct doc *doc, const struct node *base, const struct node *over)
{
    bool ok = true;
    const struct node *node = overlay(doc, base, over, &ok);

    return ok ? node : NULL;
}
