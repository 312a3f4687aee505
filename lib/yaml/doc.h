/*
 * doc.h - a YAML file as a tree of nodes, each of which knows its file, line and column.
 *
 * Only read.c and nodes.c see libyaml.  What is no tree of maps, lists and texts is refused:
 * several documents, tags, keys that are not texts.  Memory and depth are bounded whatever is in
 * the file; an alias is the node that it names, and is counted as often as it is used.
 */
#ifndef XENPT_YAML_DOC_H
#define XENPT_YAML_DOC_H

#include "base/mistakes.h"

enum node_kind {
    NODE_NULL, /* Nothing, ~ or null. */
    NODE_TEXT,
    NODE_LIST,
    NODE_MAP,
};

struct node {
    enum node_kind kind;
    struct place at;
    bool quoted;               /* A text in quotes is not a number, nor nothing. */
    const char *text;          /* Of a text; "" otherwise. */
    const struct node **keys;  /* Of a map: texts, in the order of the file. */
    const struct node **items; /* Of a map the values, of a list its items. */
    size_t nr;
    size_t weight; /* Nodes in it, aliases followed. */
};

struct doc_limits {
    size_t bytes;  /* Of a file. */
    size_t weight; /* Nodes of a document, aliases followed. */
    size_t depth;  /* Of lists and maps in each other. */
    bool several;  /* A file may hold several documents: its root is a list of them. */
};

/* More than any file needs that a person wrote; a hostile one is refused in no time. */
extern const struct doc_limits doc_limits;

/* Where nodes live: all of them, of any number of files, until it is destroyed. */
struct doc;

enum xenpt_code doc_create(struct doc **ret, struct xenpt_error *err);
void doc_destroy(struct doc *doc);
/* Room in it, zeroed, or NULL. */
void *doc_alloc(struct doc *doc, size_t size);
/* Whether there was no room once: something is missing then. */
bool doc_failed(const struct doc *doc);
const char *doc_text(struct doc *doc, const char *text, size_t n);

/*
 * The root of a file that is in memory, or NULL if it is none.  Mistakes that leave a tree are
 * noted as well, so a root alone does not say that all is well.
 */
const struct node *doc_read(struct doc *doc, const char *file, const char *bytes, size_t n,
                            const struct doc_limits *limits, struct mistakes *m);
const struct node *doc_read_file(struct doc *doc, const char *path, const struct doc_limits *limits,
                                 struct mistakes *m);

/*
 * What `base` says, but where `over` says otherwise: maps are joined key by key, anything else
 * is replaced, and a key whose value is nothing is taken out.  NULL: no memory.
 */
const struct node *doc_overlay(struct doc *doc, const struct node *base, const struct node *over);

/* The value of a key of a map, or NULL. */
const struct node *node_get(const struct node *map, const char *key);

/* "a map", "a list", "'text'", "nothing". */
#define NODE_WORDS_MAX (QUOTE_MAX + 16)
const char *node_words(const struct node *node, char buf[NODE_WORDS_MAX]);

/* Decimal, or hexadecimal after 0x; then K, M, G, T, P or E, or KiB and so on: binary units. */
bool node_number(const struct node *node, uint64_t *ret);

#endif
