/*
 * schema.h - the keys of a layout file as tables.  Reading, errors, docs/layouts.md and the
 * difference of two layouts are all made from these rows.
 */
#ifndef XENPT_LAYOUT_SCHEMA_H
#define XENPT_LAYOUT_SCHEMA_H

#include "base/bits.h"
#include "base/mistakes.h"
#include "xenpt/layout.h"

struct doc;
struct node;

/* Words that stand for several others, where several can be given. */
struct word_group {
    const char *name, *text;
    unsigned int bits;
};

struct words {
    const struct xenpt_word *rows;
    size_t nr;
    const struct word_group *groups;
    size_t nr_groups;
};

extern const struct words kind_words, condition_words, fill_words, sharing_words, each_words,
    livepatch_words;

enum row_type {
    ROW_TEXT,    /* const char * */
    ROW_NUMBER,  /* uint64_t: an address or a size */
    ROW_COUNT,   /* uint32_t */
    ROW_BOOL,    /* bool */
    ROW_ONE,     /* an enum: one of the words */
    ROW_SET,     /* unsigned int: bit i for word i */
    ROW_FLAGS,   /* uint64_t: bits of an entry by name */
    ROW_PAGES,   /* unsigned int: bit l for pages of level l */
    ROW_BITS,    /* uint32_t: bit n for number n */
    ROW_RELEASE, /* struct xenpt_release */
    ROW_AREA,    /* const struct xenpt_area *, whose name is in the raw record */
    ROW_RECORD,  /* a struct, by a table of its own */
    ROW_RECORDS, /* any number of structs, by name: pointer and number */
    ROW_TREE,    /* not read: it is used before reading */
    ROW_KIND,    /* what a module of its own makes of it */
    NR_ROW_TYPES,
};

struct record;
struct row;

/* A type of value that belongs to one language alone. */
struct row_kind {
    const char *words;  /* How its values are written. */
    const char *schema; /* Which of them a JSON Schema takes. */
    bool (*read)(struct doc *doc, const struct row *row, const struct node *node, void *at,
                 struct mistakes *m); /* As value_read(). */
};

struct row {
    const char *key;
    enum row_type type;
    size_t offset;               /* Where the value goes in the struct... */
    size_t nr_offset;            /* ...and the number of ROW_RECORDS, or the name of ROW_AREA. */
    const struct words *words;   /* ROW_ONE, ROW_SET */
    const struct record *record; /* ROW_RECORD, ROW_RECORDS */
    const struct row_kind *kind; /* ROW_KIND */
    const char *text;
    bool required;
    bool own;   /* Not taken over by a file that is based on this one. */
    bool prose; /* Says nothing that could differ between two machines. */
};

/* A record that is read as one of several has a head before the values that users see. */
struct record {
    const char *name; /* "an area" */
    const char *text;
    const struct row *rows;
    size_t nr;
    size_t size;         /* Of one of several. */
    size_t given_offset; /* Where of one of several a struct given is. */
    size_t name_offset;  /* Where its const char * name goes. */
};

/* What was read of one of several: for checks, and for what is left to take from elsewhere. */
struct given {
    uint64_t rows; /* Bit i: row i. */
    const struct node *node;
    struct place at; /* Of its name. */
};

struct raw_part {
    struct xenpt_part part; /* First, as are those below: rows have one offset for both. */
    struct given given;
};

struct raw_exception {
    struct xenpt_exception but;
    struct given given;
    const char *kind;
};

struct raw_area {
    struct xenpt_area area;
    struct given given;
    const char *inside, *mirrors;
    struct raw_part *parts;
    struct raw_exception *but;
};

struct raw_layout {
    struct xenpt_layout layout;
    struct raw_area *areas;
    size_t nr_areas;
    const struct node *root;
};

extern const struct record layout_record, area_record, part_record, exception_record, repeat_record,
    releases_record, image_record, sections_record, stack_record, xpti_record;

/* Whether a row of that key was given. */
bool was_given(const struct record *record, const struct given *given, const char *key);

/* How the values of a type are written. */
extern const char *const row_type_words[NR_ROW_TYPES];

/* Reads a record; all that is wrong with it is noted.  False: no memory. */
bool read_record(struct doc *doc, const struct record *record, const struct node *node, void *out,
                 struct mistakes *m);

/* --- values.c: one value, from and to its text --- */

/* Notes a mistake if the node holds none of this type.  False: no memory. */
bool value_read(struct doc *doc, const struct row *row, const struct node *node, void *at,
                struct mistakes *m);
/* The value as a file has it. */
#define VALUE_TEXT_MAX 256
const char *value_text(const struct row *row, const void *at, char buf[VALUE_TEXT_MAX]);

#endif
