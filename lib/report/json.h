/*
 * json.h - writing JSON as it comes: no tree, no memory, whatever the length.
 *
 * Inside an object each value follows its key; inside an array json_line() may put an element
 * on a line of its own, so that a document can be read and compared line by line.
 */
#ifndef XENPT_REPORT_JSON_H
#define XENPT_REPORT_JSON_H

#include "report/out.h"

/* The deepest that any document here goes. */
#define JSON_DEPTH 12

struct json {
    struct out *out;
    unsigned int depth;
    bool comma[JSON_DEPTH]; /* By depth: something was written already. */
    bool keyed;             /* A key was, and waits for its value. */
    bool line;              /* The next element goes on a line of its own. */
};

void json_open(struct json *j, char bracket);
void json_close(struct json *j, char bracket);
void json_line(struct json *j);
void json_key(struct json *j, const char *key);
void json_text(struct json *j, const char *text); /* NULL: null. */
void json_hex(struct json *j, uint64_t v);        /* "0x..." */
void json_number(struct json *j, uint64_t v);
void json_bool(struct json *j, bool v);
void json_nothing(struct json *j);

#endif
