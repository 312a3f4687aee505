/* doc.c - where nodes live, and what can be asked of one. */
#include "yaml/doc.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A piece holds this much, or one thing that is larger. */
#define PIECE 16384u

struct piece {
    struct piece *next;
    size_t used, size;
    max_align_t bytes[];
};

struct doc {
    struct piece *pieces; /* The newest first. */
    bool failed;
};

enum xenpt_code doc_create(struct doc **ret, struct xenpt_error *err)
{
    struct doc *doc = calloc(1, sizeof(*doc));

    if (!doc)
        return xenpt_fail(err, XENPT_ENOMEM, "no memory for a document");
    *ret = doc;
    return XENPT_OK;
}

void doc_destroy(struct doc *doc)
{
    if (!doc)
        return;
    for (struct piece *p = doc->pieces, *next; p; p = next) {
        next = p->next;
        free(p);
    }
    free(doc);
}

static struct piece *add_piece(struct doc *doc, size_t size)
{
    struct piece *p = calloc(1, sizeof(*p) + size);

    if (!p)
        return NULL;
    p->size = size;
    p->next = doc->pieces;
    doc->pieces = p;
    return p;
}

void *doc_alloc(struct doc *doc, size_t size)
{
    struct piece *p = doc->pieces;
    void *ret;

    size = (size + sizeof(max_align_t) - 1) & ~(sizeof(max_align_t) - 1);
    if (!p || p->size - p->used < size)
        p = add_piece(doc, size > PIECE ? size : PIECE);
    if (!p) {
        doc->failed = true;
        return NULL;
    }
    ret = (char *)p->bytes + p->used;
    p->used += size;
    return ret;
}

bool doc_failed(const struct doc *doc)
{
    return doc->failed;
}

const char *doc_text(struct doc *doc, const char *text, size_t n)
{
    char *copy = doc_alloc(doc, n + 1);

    return copy ? memcpy(copy, text, n) : NULL;
}

/* --- Nodes --------------------------------------------------------------------------------- */

const struct node *node_get(const struct node *map, const char *key)
{
    for (size_t i = 0; map->kind == NODE_MAP && i < map->nr; i++)
        if (!strcmp(map->keys[i]->text, key))
            return map->items[i];
    return NULL;
}

const char *node_words(const struct node *node, char buf[NODE_WORDS_MAX])
{
    static const char *const words[] = {
        [NODE_NULL] = "nothing",
        [NODE_TEXT] = "",
        [NODE_LIST] = "a list",
        [NODE_MAP] = "a map",
    };
    size_t n = strlen(node->text);

    if (node->kind != NODE_TEXT)
        snprintf(buf, NODE_WORDS_MAX, "%s", words[node->kind]);
    else if (n <= QUOTE_MAX)
        snprintf(buf, NODE_WORDS_MAX, "'%s'", node->text);
    else
        snprintf(buf, NODE_WORDS_MAX, "'%.*s...'", QUOTE_MAX, node->text);
    return buf;
}

static unsigned int digit_of(char c)
{
    const char *digits = "0123456789abcdef", *at = strchr(digits, tolower((unsigned char)c));

    return c && at ? (unsigned int)(at - digits) : 16;
}

/* The power of two that a unit stands for, or 64. */
static unsigned int unit_shift(const char *unit)
{
    static const char units[] = "KMGTPE";
    const char *at;

    unit += *unit == ' ';
    if (!*unit)
        return 0;
    at = strchr(units, *unit);
    if (!at || (unit[1] && strcmp(unit + 1, "iB")))
        return 64;
    return 10 * (unsigned int)(at - units + 1);
}

bool node_number(const struct node *node, uint64_t *ret)
{
    const char *c = node->text;
    unsigned int base = 10, shift;
    uint64_t v = 0;
    size_t n = 0;

    if (node->kind != NODE_TEXT || node->quoted)
        return false;
    if (c[0] == '0' && c[1] == 'x') {
        base = 16;
        c += 2;
    }
    for (; digit_of(*c) < base; c++, n++) {
        if (v > (UINT64_MAX - digit_of(*c)) / base)
            return false;
        v = v * base + digit_of(*c);
    }
    shift = unit_shift(c);
    if (!n || shift == 64 || (shift && v >> (64 - shift)))
        return false;
    *ret = v << shift;
    return true;
}
