/*
 * json_fixture.h - JSON reports, read back by a parser that is not ours.
 *
 * What is asked for by a key has to be there and of that type; else the test fails and says so.
 */
#ifndef XENPT_TESTS_JSON_FIXTURE_H
#define XENPT_TESTS_JSON_FIXTURE_H

#include <jansson.h>

#include "map_fixture.h"
#include "xenpt/report.h"

/* A document as it comes out. */
struct sheet {
    char *text;
    size_t n;
    size_t room; /* Bytes that can still be written. */
};

bool put(void *ctx, const char *bytes, size_t n);

struct xenpt_report *begin(enum xenpt_report_kind kind, struct sheet *s);

/* The finished document, parsed. */
json_t *end(struct xenpt_report *report, struct sheet *s);

const char *text_of(const json_t *object, const char *key);
uint64_t hex_of(const json_t *object, const char *key);
json_int_t number_of(const json_t *object, const char *key);
const json_t *list_of(const json_t *object, const char *key, size_t n);
void is_null(const json_t *object, const char *key);

/* A list of strings, as words. */
const char *words_of(const json_t *object, const char *key, char buf[128]);

/* A tree from 0x1000: two pages of 4K, that nobody may write or execute, and one of 2M. */
#define NR_TABLES 6
extern const struct entry tables[NR_TABLES];

/* The report of one walk. */
json_t *walk(const struct world *w, struct xenpt_question question, bool *allowed);

#define GUEST_AT 0x200000

/* The guest's memory, 2 MiB, is one large page of EPT; gaddr + GUEST_AT is where it lies. */
void put_guest(struct world *w, uint64_t leaf);

#endif
