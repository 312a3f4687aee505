/* source.c - a file, with those that it includes laid under it. */
#include <stdio.h>
#include <string.h>

#include "scenario/cells.h"

#define INCLUDES_MAX 16  /* In each other... */
#define FILES_MAX    256 /* ...and in all. */

struct including {
    struct doc *doc;
    struct mistakes *m;
    const char *files[INCLUDES_MAX]; /* On the way here. */
    size_t depth, nr;
};

static const struct node *with_includes(struct including *r, const struct node *root);

const char *source_path(struct doc *doc, const struct node *name)
{
    const char *slash = strrchr(name->at.file, '/');
    size_t n = strlen(name->text), folder = slash ? (size_t)(slash - name->at.file) + 1 : 0;
    char *path;

    if (name->text[0] == '/' || !folder)
        return name->text;
    path = doc_alloc(doc, folder + n + 1);
    if (path) {
        memcpy(path, name->at.file, folder);
        memcpy(path + folder, name->text, n);
    }
    return path;
}

static const struct node *include_one(struct including *r, const struct node *name)
{
    const struct node *root;
    char words[NODE_WORDS_MAX];
    const char *path;

    if (name->kind != NODE_TEXT) {
        mistake(r->m, &name->at, XENPT_EPARSE, "include: %s, and the name of a file was expected",
                node_words(name, words));
        return NULL;
    }
    path = source_path(r->doc, name);
    if (!path)
        return NULL;
    for (size_t i = 0; i < r->depth; i++)
        if (!strcmp(r->files[i], path)) {
            mistake(r->m, &name->at, XENPT_EPARSE, "include: %s includes itself by that",
                    node_words(name, words));
            return NULL;
        }
    if (r->depth == INCLUDES_MAX || r->nr++ == FILES_MAX) {
        mistake(r->m, &name->at, XENPT_ERANGE, "more than %d files in each other, or %d in all",
                INCLUDES_MAX, FILES_MAX);
        return NULL;
    }
    r->files[r->depth++] = path;
    root = doc_read_file(r->doc, path, &doc_limits, r->m);
    if (root && root->kind != NODE_MAP) {
        mistake(r->m, &root->at, XENPT_EPARSE, "%s, and a map was expected",
                node_words(root, words));
        root = NULL;
    }
    root = root ? with_includes(r, root) : NULL;
    r->depth--;
    return root;
}

/* --- Joining ------------------------------------------------------------------------------- */

/* Lists of steps and expectations do not replace each other: what is included comes first. */
static const struct node *joined_list(struct doc *doc, const struct node *first,
                                      const struct node *then)
{
    struct node *node;

    if (!first || first->kind != NODE_LIST || then->kind != NODE_LIST)
        return then;
    node = doc_alloc(doc, sizeof(*node));
    if (!node)
        return NULL;
    *node = *then;
    node->nr = first->nr + then->nr;
    node->weight = first->weight + then->weight;
    node->items = doc_alloc(doc, (node->nr + 1) * sizeof(const struct node *));
    if (!node->items)
        return NULL;
    if (first->nr)
        memcpy(node->items, first->items, first->nr * sizeof(const struct node *));
    if (then->nr)
        memcpy(node->items + first->nr, then->items, then->nr * sizeof(const struct node *));
    return node;
}

static const struct node *joined(struct doc *doc, const struct node *base, const struct node *over)
{
    static const char *const lists[] = { "steps", "expect" };
    const struct node *all = doc_overlay(doc, base, over);

    for (size_t i = 0; all && i < ARRAY_SIZE(lists); i++) {
        const struct node *list = node_get(over, lists[i]);

        list = list ? joined_list(doc, node_get(base, lists[i]), list) : NULL;
        for (size_t k = 0; list && k < all->nr; k++)
            if (!strcmp(all->keys[k]->text, lists[i]))
                all->items[k] = list;
    }
    return all;
}

static const struct node *with_includes(struct including *r, const struct node *root)
{
    const struct node *include = node_get(root, "include"), *base = NULL;
    size_t nr;

    if (!include || include->kind == NODE_NULL)
        return root;
    nr = include->kind == NODE_LIST ? include->nr : 1;
    for (size_t i = 0; i < nr; i++) {
        const struct node *one = include_one(r, include->kind == NODE_LIST ? include->items[i]
                                                                           : include);

        if (one)
            base = base ? joined(r->doc, base, one) : one;
    }
    if (base && base->weight + root->weight > doc_limits.weight) {
        mistake(r->m, &include->at, XENPT_ERANGE,
                "with what it includes it has more than %zu values", doc_limits.weight);
        return root;
    }
    return base ? joined(r->doc, base, root) : root;
}

const struct node *source_read_all(struct doc *doc, const char *file, const char *bytes, size_t n,
                                   struct mistakes *m)
{
    struct including r = { .doc = doc, .m = m, .files = { file }, .depth = 1 };
    struct doc_limits limits = doc_limits;
    const struct node *root;
    struct node *list;

    limits.several = true;
    root = bytes ? doc_read(doc, file, bytes, n, &limits, m) : doc_read_file(doc, file, &limits, m);
    if (!root)
        return NULL;
    list = doc_alloc(doc, sizeof(*list));
    if (!list)
        return NULL;
    *list = *root; /* Whose items are in no other place yet. */
    for (size_t i = 0; i < list->nr; i++)
        if (list->items[i]->kind == NODE_MAP) {
            list->items[i] = with_includes(&r, list->items[i]);
            if (!list->items[i])
                return NULL;
        }
    return list;
}

/* The first of them is what others take. */
const struct node *source_read(struct doc *doc, const char *file, const char *bytes, size_t n,
                               struct mistakes *m)
{
    const struct node *all = source_read_all(doc, file, bytes, n, m);

    return all && all->nr ? all->items[0] : NULL;
}
