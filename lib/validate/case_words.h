/* case_words.h - the words of a case as text, for who reads it and who writes it. */
#ifndef XENPT_VALIDATE_CASE_WORDS_H
#define XENPT_VALIDATE_CASE_WORDS_H

#include <stdbool.h>
#include <stddef.h>

#define CASE_KINDS     4
#define CASE_OUTCOMES  5
#define CASE_STAGES    5
#define CASE_VENDORS   2
#define CASE_REGISTERS 7
#define CASE_FEATURES  18

extern const char *const case_kinds[CASE_KINDS];       /* By ACCESS_... */
extern const char *const case_outcomes[CASE_OUTCOMES]; /* By RESULT_... */
extern const char *const case_stages[CASE_STAGES];     /* By STAGE_... */
extern const char *const case_vendors[CASE_VENDORS];   /* Intel, AMD. */

/* A member of struct blob_state or of struct xenpt_cpu. */
struct case_member {
    const char *name;
    size_t at;
    bool narrow; /* It has 32 bits. */
};

extern const struct case_member case_registers[CASE_REGISTERS], case_features[CASE_FEATURES];

#endif
