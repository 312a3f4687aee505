/* meant.c - addresses and frames, as numbers, symbols and expressions. */
#include "meant.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "address.h"

/* --- Numbers and symbols ------------------------------------------------------------------- */

/* Both ends of FIRST..LAST, or what is no range as both. */
static enum xenpt_code numbers(const struct source *s, const char *text, uint64_t *first,
                               uint64_t *last, struct xenpt_error *err)
{
    const char *dots = strstr(text, "..");
    enum xenpt_code code;
    char word[64];

    if (!dots) {
        code = address_read(text, s->image, first, err);
        *last = *first;
        return code;
    }
    snprintf(word, sizeof(word), "%.*s", (int)(dots - text), text);
    code = address_read(word, s->image, first, err);
    return code ? code : address_read(dots + 2, s->image, last, err);
}

/* --- Expressions --------------------------------------------------------------------------- */

/* d1 and add are numbers; as a name of the file's they could be meant as well, at either end. */
static bool could_be_name(const char *text)
{
    const char *dots = strstr(text, "..");

    return isalpha((unsigned char)text[0]) || (dots && isalpha((unsigned char)dots[2]));
}

/* A file's own names may look like numbers. */
static enum xenpt_code only_number(struct source *s, const char *text, enum xenpt_run_value want,
                                   struct xenpt_error *err)
{
    struct xenpt_error none = { 0 };
    uint64_t first, last;

    if (!could_be_name(text) || source_run(s, &none) ||
        xenpt_run_evaluate(s->run, text, want, &first, &last, &none))
        return XENPT_OK;
    return xenpt_fail(err, XENPT_EPARSE,
                      "'%s' is hexadecimal and a name of the file's as well: write 0x before a "
                      "number, or parentheses around a name",
                      text);
}

static enum xenpt_code meant(struct source *s, const char *text, enum xenpt_run_value want,
                             uint64_t *first, uint64_t *last, struct xenpt_error *err)
{
    enum xenpt_code code = numbers(s, text, first, last, err);

    if (!s->machine || (code && code != XENPT_EPARSE))
        return code;
    if (!code)
        return only_number(s, text, want, err);
    code = source_run(s, err);
    return code ? code : xenpt_run_evaluate(s->run, text, want, first, last, err);
}

enum xenpt_code meant_address(struct source *s, const char *text, uint64_t *ret,
                              struct xenpt_error *err)
{
    uint64_t last = 0;
    enum xenpt_code code = meant(s, text, XENPT_RUN_ADDRESS, ret, &last, err);

    if (!code && last != *ret)
        code = xenpt_fail(err, XENPT_EPARSE, "'%s' are several addresses, and one was expected",
                          text);
    return code;
}

enum xenpt_code meant_frames(struct source *s, const char *text, uint64_t *first, uint64_t *last,
                             struct xenpt_error *err)
{
    enum xenpt_code code = meant(s, text, XENPT_RUN_MFN, first, last, err);

    if (!code && (*last < *first || *last >> (64 - XENPT_PAGE_SHIFT)))
        code = xenpt_fail(err, XENPT_ERANGE,
                          "'%s': no frames of a machine: their numbers ascend, and have 52 bits",
                          text);
    return code;
}
