/*
 * reading.h - a file while it is read: libyaml's events on one side, nodes on the other.
 */
#ifndef XENPT_YAML_READING_H
#define XENPT_YAML_READING_H

#include <yaml.h>

#include "yaml/doc.h"

struct anchor {
    const char *name;
    const struct node *node; /* NULL: it is not complete yet. */
    struct anchor *next;
};

struct reading {
    struct doc *doc;
    struct mistakes *m;
    const struct doc_limits *limits;
    const char *file;
    const unsigned char *bytes;
    yaml_parser_t parser;
    struct anchor *anchors; /* The newest first: a name may be given again. */
    size_t weight, depth;
};

struct place place_of(const struct reading *r, const yaml_mark_t *mark);
void no_memory(struct reading *r);

/* The next event, which the caller frees; false if there is none, which is then a mistake. */
bool next_event(struct reading *r, yaml_event_t *event);

/* The node that begins with an event, which is freed; NULL if it cannot be had. */
const struct node *read_node(struct reading *r, yaml_event_t *event);

#endif
