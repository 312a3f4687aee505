/*
 * read.c - a file's bytes, as libyaml's events, up to the one node that it is.
 *
 * libyaml reports the first thing that is no YAML, and nothing after it.  All else that can be
 * wrong is noted and passed over, so that one run tells of all of it.
 */
#include "yaml/reading.h"

#include <stdio.h>
#include <string.h>

const struct doc_limits doc_limits = {
    .bytes = (size_t)4 << 20,
    .weight = (size_t)1 << 18,
    .depth = 32,
};

struct place place_of(const struct reading *r, const yaml_mark_t *mark)
{
    return (struct place){ r->file, (unsigned int)mark->line + 1, (unsigned int)mark->column + 1 };
}

void no_memory(struct reading *r)
{
    mistake(r->m, NULL, XENPT_ENOMEM, "no memory for %s", r->file);
}

/* --- What is no YAML ----------------------------------------------------------------------- */

/* A byte that is no text: libyaml knows its offset only. */
static struct place place_at(const struct reading *r, size_t offset)
{
    struct place at = { r->file, 1, 1 };

    for (size_t i = 0; i < offset; i++) {
        if (r->bytes[i] == '\n') {
            at.line++;
            at.column = 1;
        } else if ((r->bytes[i] & 0xc0) != 0x80) {
            at.column++;
        }
    }
    return at;
}

/* Whether the character that a mark is at is a tab, which libyaml does not say. */
static bool is_tab(const struct reading *r, const yaml_mark_t *mark)
{
    const unsigned char *c = r->bytes, *end = r->parser.input.string.end;
    size_t line = 0, column = 0;

    for (; c < end && (line < mark->line || column < mark->column); c++) {
        line += *c == '\n';
        column = *c == '\n' ? 0 : column + ((*c & 0xc0) != 0x80);
    }
    return c < end && *c == '\t';
}

/* Where what was being read began, if that is a line of its own: the mistake is often there. */
static const char *began(const yaml_parser_t *p, char *buf, size_t size)
{
    buf[0] = '\0';
    if (p->context && p->context_mark.line < p->problem_mark.line)
        snprintf(buf, size, " that begins in line %zu", p->context_mark.line + 1);
    return buf;
}

static void not_yaml(struct reading *r)
{
    char where[48];
    const yaml_parser_t *p = &r->parser;
    struct place at = place_of(r, &p->problem_mark);

    switch (p->error) {
    case YAML_MEMORY_ERROR:
        no_memory(r);
        return;
    case YAML_READER_ERROR:
        at = place_at(r, p->problem_offset);
        if (p->problem_value >= 0)
            mistake(r->m, &at, XENPT_EPARSE, "a file is UTF-8: %s, 0x%x", p->problem,
                    (unsigned int)p->problem_value);
        else
            mistake(r->m, &at, XENPT_EPARSE, "a file is UTF-8: %s", p->problem);
        return;
    default:
        mistake(r->m, &at, XENPT_EPARSE, "no YAML: %s%s%s%s%s", p->problem, p->context ? ", " : "",
                p->context ? p->context : "", began(p, where, sizeof(where)),
                is_tab(r, &p->problem_mark) ? ": it is a tab, and YAML is indented by blanks" : "");
    }
}

bool next_event(struct reading *r, yaml_event_t *event)
{
    if (yaml_parser_parse(&r->parser, event))
        return true;
    not_yaml(r);
    return false;
}

/* --- A file -------------------------------------------------------------------------------- */

#define DOCUMENTS_MAX 256

/* The documents of a stream. */
struct documents {
    const struct node *list[DOCUMENTS_MAX];
    size_t nr, max;
};

static bool begins(struct reading *r, const struct documents *d, const struct place *at)
{
    r->anchors = NULL; /* Names are a document's own. */
    if (d->nr < d->max)
        return true;
    if (d->max == 1)
        mistake(r->m, at, XENPT_EPARSE, "a second document: a file holds one");
    else
        mistake(r->m, at, XENPT_ERANGE, "more than %d documents", DOCUMENTS_MAX);
    return false;
}

/* False: no YAML. */
static bool read_stream(struct reading *r, struct documents *d)
{
    bool more = true;

    while (more) {
        struct place at;
        yaml_event_t event;

        if (!next_event(r, &event))
            return false;
        at = place_of(r, &event.start_mark);
        switch (event.type) {
        case YAML_STREAM_END_EVENT:
            if (!d->nr)
                mistake(r->m, &at, XENPT_EPARSE, "the file is empty");
            more = false;
            break;
        case YAML_DOCUMENT_START_EVENT:
            more = begins(r, d, &at);
            break;
        case YAML_STREAM_START_EVENT:
        case YAML_DOCUMENT_END_EVENT:
            break;
        default:
            d->list[d->nr] = read_node(r, &event);
            if (!d->list[d->nr++])
                return false;
            continue; /* The event is freed. */
        }
        yaml_event_delete(&event);
    }
    return true;
}

/* The only one, or a list of all. */
static const struct node *root_of(struct reading *r, const struct documents *d)
{
    struct node *list;

    if (!d->nr || !r->limits->several)
        return d->nr ? d->list[0] : NULL;
    list = doc_alloc(r->doc, sizeof(*list));
    if (list)
        list->items = doc_alloc(r->doc, d->nr * sizeof(const struct node *));
    if (!list || !list->items) {
        no_memory(r);
        return NULL;
    }
    list->kind = NODE_LIST;
    list->at = d->list[0]->at;
    list->text = "";
    list->nr = d->nr;
    memcpy(list->items, d->list, d->nr * sizeof(const struct node *));
    return list;
}

const struct node *doc_read(struct doc *doc, const char *file, const char *bytes, size_t n,
                            const struct doc_limits *limits, struct mistakes *m)
{
    struct reading r = {
        .doc = doc,
        .m = m,
        .limits = limits,
        .file = doc_text(doc, file, strlen(file)),
        .bytes = (const unsigned char *)bytes,
    };
    struct documents d = { .max = limits->several ? DOCUMENTS_MAX : 1 };
    const struct node *root;

    if (n > limits->bytes) {
        mistake(m, &(struct place){ file, 0, 0 }, XENPT_ERANGE, "it has more than %zu bytes",
                limits->bytes);
        return NULL;
    }
    if (!r.file || !yaml_parser_initialize(&r.parser)) {
        mistake(m, NULL, XENPT_ENOMEM, "no memory for %s", file);
        return NULL;
    }
    yaml_parser_set_encoding(&r.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&r.parser, r.bytes, n);
    root = read_stream(&r, &d) ? root_of(&r, &d) : NULL;
    yaml_parser_delete(&r.parser);
    return root;
}
