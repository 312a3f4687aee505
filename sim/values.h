/* values.h - reading numbers, addresses and words that a person typed. */
#ifndef SIM_VALUES_H
#define SIM_VALUES_H

#include "rows.h"

/* Hexadecimal, with or without 0x. */
enum xenpt_code value_hex(const char *what, const char *text, uint64_t *ret,
                          struct xenpt_error *err);
/* Decimal, or hexadecimal after 0x, with K, M, G or T behind it. */
enum xenpt_code value_number(const char *what, const char *text, uint64_t *ret,
                             struct xenpt_error *err);

/* Takers of options: rows of options.c name them. */
enum xenpt_code take_switch(struct settings *settings, const struct option *row, const char *value,
                            struct xenpt_error *err);
enum xenpt_code take_text(struct settings *settings, const struct option *row, const char *value,
                          struct xenpt_error *err);
enum xenpt_code take_words(struct settings *settings, const struct option *row, const char *value,
                           struct xenpt_error *err);
enum xenpt_code take_hex(struct settings *settings, const struct option *row, const char *value,
                         struct xenpt_error *err);
enum xenpt_code take_number(struct settings *settings, const struct option *row, const char *value,
                            struct xenpt_error *err);
/* A word of --format, and which enum xenpt_report_form, or xenpt_picture_form, that is. */
struct form {
    const char *word;
    unsigned int form;
};
enum xenpt_code take_form(struct settings *settings, const struct option *row, const char *value,
                          struct xenpt_error *err);
enum xenpt_code take_choice(struct settings *settings, const struct option *row, const char *value,
                            struct xenpt_error *err);
enum xenpt_code take_access(struct settings *settings, const struct option *row, const char *value,
                            struct xenpt_error *err);
enum xenpt_code take_cpl(struct settings *settings, const struct option *row, const char *value,
                         struct xenpt_error *err);

#endif
