/* words.h - rights, fault codes and bits, in words. */
#ifndef XENPT_REPORT_WORDS_H
#define XENPT_REPORT_WORDS_H

#include "analysis/rights.h"
#include "xenpt/judge.h"

#define WORDS_MAX 320

/* Where a rule stands: for a second stage's, where its faults do. */
const char *rule_source(const struct xenpt_rule *rule, enum xenpt_fault_kind kind);

/* The bits of a fault's code by name: "P W U". */
const char *code_names(const struct xenpt_fault *fault, char buf[WORDS_MAX]);
/* What they say: "protection violation, write, user mode". */
const char *code_words(const struct xenpt_fault *fault, char buf[WORDS_MAX]);

/* What these bits of an entry are: "US is 0, RW is 0"; "bits 51:46 are not 0". */
const char *bits_words(const struct xenpt_format *f, const struct xenpt_step *step, uint64_t bits,
                       char buf[WORDS_MAX]);

/* "read", "write", "fetch"; "R" bit by bit in "read at CPL 3, implicit". */
const char *access_name(enum xenpt_access_kind kind);
const char *access_words(const struct xenpt_access *access, char buf[WORDS_MAX]);

#endif
