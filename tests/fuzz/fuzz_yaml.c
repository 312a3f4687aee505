/*
 * fuzz_yaml.c - any bytes as YAML: a tree or a mistake, within the limits; each node stands
 * somewhere in the file, and a tree laid over itself is that tree.
 */
#include <stdlib.h>
#include <string.h>

#include "yaml/doc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok)
{
    if (!ok)
        abort();
}

static size_t visit(const struct node *n, unsigned int lines, size_t depth)
{
    size_t weight = 1;
    uint64_t v;

    must(depth <= doc_limits.depth);
    must(n->at.line >= 1 && n->at.line <= lines && n->at.column >= 1);
    (void)node_number(n, &v);
    for (size_t i = 0; i < n->nr; i++) {
        if (n->kind == NODE_MAP)
            weight += visit(n->keys[i], lines, depth + 1);
        weight += visit(n->items[i], lines, depth + 1);
    }
    return weight;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct mistakes m = { .fn = NULL };
    struct doc *doc;
    const struct node *root;
    unsigned int lines = 2;

    if (doc_create(&doc, NULL))
        return 0;
    /* YAML has more ends of lines than one: CR, NEL, LS and PS, all with one of these bytes. */
    for (size_t i = 0; i < size; i++)
        lines += data[i] == '\n' || data[i] == '\r' || data[i] == 0x85 || data[i] == 0xa8 ||
                 data[i] == 0xa9;
    root = doc_read(doc, "fuzz", (const char *)data, size, &doc_limits, &m);
    must(root || m.nr);
    if (root) {
        const struct node *same = doc_overlay(doc, root, root);

        must(visit(root, lines, 0) <= 2 * doc_limits.weight);
        must(same && same->kind == root->kind && same->nr <= root->nr);
    }
    doc_destroy(doc);
    return 0;
}
