/* values.c - reading what a person typed; what cannot be read is quoted back, with a reason. */
#include "values.h"

#include <ctype.h>
#include <string.h>

/* --- Numbers ------------------------------------------------------------------------------- */

static int digit_of(char c)
{
    const char *digits = "0123456789abcdef", *at = strchr(digits, tolower((unsigned char)c));

    return c && at ? (int)(at - digits) : 16;
}

/* Digits up to one that is none; how many there were.  False: they are too many. */
static bool digits(const char *text, unsigned int base, uint64_t *ret, size_t *n)
{
    *ret = 0;
    for (*n = 0; digit_of(text[*n]) < (int)base; ++*n) {
        unsigned int d = (unsigned int)digit_of(text[*n]);

        if (*ret > (UINT64_MAX - d) / base)
            return false;
        *ret = *ret * base + d;
    }
    return true;
}

static bool has_0x(const char *text)
{
    return text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
}

enum xenpt_code value_hex(const char *what, const char *text, uint64_t *ret,
                          struct xenpt_error *err)
{
    const char *from = has_0x(text) ? text + 2 : text;
    uint64_t v;
    size_t n;

    if (!digits(from, 16, &v, &n))
        return xenpt_fail(err, XENPT_ERANGE, "%s: '%s' has more than 64 bits", what, text);
    if (!n || from[n])
        return xenpt_fail(err, XENPT_EPARSE,
                          "%s: '%s' is no hexadecimal number, such as 0x1f000 or 1f000", what,
                          text);
    *ret = v;
    return XENPT_OK;
}

/* The power of two that a unit stands for, or 64. */
static unsigned int unit_shift(const char *unit)
{
    static const char units[] = "KMGT";
    const char *at = *unit ? strchr(units, toupper((unsigned char)*unit)) : NULL;

    if (!*unit)
        return 0;
    return at && !unit[1] ? 10 * (unsigned int)(at - units + 1) : 64;
}

enum xenpt_code value_number(const char *what, const char *text, uint64_t *ret,
                             struct xenpt_error *err)
{
    const char *from = has_0x(text) ? text + 2 : text;
    unsigned int shift;
    uint64_t v;
    size_t n;

    if (!digits(from, from == text ? 10 : 16, &v, &n))
        return xenpt_fail(err, XENPT_ERANGE, "%s: '%s' has more than 64 bits", what, text);
    shift = unit_shift(from + n);
    if (!n || shift == 64)
        return xenpt_fail(err, XENPT_EPARSE,
                          "%s: '%s' is no number, such as 4096, 0x1000, 4K or 2M", what, text);
    if (shift && v >> (64 - shift))
        return xenpt_fail(err, XENPT_ERANGE, "%s: '%s' has more than 64 bits", what, text);
    *ret = v << shift;
    return XENPT_OK;
}

/* --- Options ------------------------------------------------------------------------------- */

static void *at(struct settings *settings, size_t field)
{
    return (char *)settings + field;
}

enum xenpt_code take_switch(struct settings *settings, const struct option *row, const char *value,
                            struct xenpt_error *err)
{
    (void)value;
    (void)err;
    *(bool *)at(settings, row->field) = true;
    return XENPT_OK;
}

enum xenpt_code take_text(struct settings *settings, const struct option *row, const char *value,
                          struct xenpt_error *err)
{
    if (!*value)
        return xenpt_fail(err, XENPT_EPARSE, "--%s: %s is empty", row->name, row->argument);
    *(const char **)at(settings, row->field) = value;
    return XENPT_OK;
}

enum xenpt_code take_words(struct settings *settings, const struct option *row, const char *value,
                           struct xenpt_error *err)
{
    struct words *words = at(settings, row->field);

    if (!*value)
        return xenpt_fail(err, XENPT_EPARSE, "--%s: %s is empty", row->name, row->argument);
    if (words->nr == WORDS_MAX)
        return xenpt_fail(err, XENPT_ERANGE, "--%s can be given %u times, and no more", row->name,
                          WORDS_MAX);
    words->word[words->nr++] = value;
    return XENPT_OK;
}

enum xenpt_code take_hex(struct settings *settings, const struct option *row, const char *value,
                         struct xenpt_error *err)
{
    struct number *n = at(settings, row->field);
    char what[64] = "--";

    n->given = true;
    return value_hex(strncat(what, row->name, sizeof(what) - 3), value, &n->v, err);
}

enum xenpt_code take_number(struct settings *settings, const struct option *row, const char *value,
                            struct xenpt_error *err)
{
    struct number *n = at(settings, row->field);
    char what[64] = "--";

    n->given = true;
    return value_number(strncat(what, row->name, sizeof(what) - 3), value, &n->v, err);
}

enum xenpt_code take_choice(struct settings *settings, const struct option *row, const char *value,
                            struct xenpt_error *err)
{
    char what[64] = "--";
    enum xenpt_code code;
    size_t i;

    code = names_find(row->values, strncat(what, row->name, sizeof(what) - 3), value, &i, err);
    if (code)
        return code;
    *(unsigned int *)at(settings, row->field) = (unsigned int)i;
    if (row->given)
        *(bool *)at(settings, row->given) = true;
    return XENPT_OK;
}

enum xenpt_code take_form(struct settings *settings, const struct option *row, const char *value,
                          struct xenpt_error *err)
{
    const struct form *forms = row->values->rows;
    enum xenpt_code code;
    size_t i;

    code = names_find(row->values, "--format", value, &i, err);
    if (!code)
        *(unsigned int *)at(settings, row->field) = forms[i].form;
    return code;
}

/* Letters, each an access to try: r, w, x, rw, ... */
enum xenpt_code take_access(struct settings *settings, const struct option *row, const char *value,
                            struct xenpt_error *err)
{
    static const char letters[] = "rwx"; /* In the order of enum xenpt_access_kind. */
    unsigned int kinds = 0;

    for (const char *c = value; *c; c++) {
        const char *letter = strchr(letters, *c);

        if (!letter)
            return xenpt_fail(err, XENPT_EPARSE,
                              "--%s: '%s' is no access: r (read), w (write), x (fetch) or several "
                              "of them, such as rw",
                              row->name, value);
        kinds |= 1u << (letter - letters);
    }
    if (!kinds)
        return xenpt_fail(err, XENPT_EPARSE, "--%s: %s is empty", row->name, row->argument);
    settings->kinds = kinds;
    return XENPT_OK;
}

enum xenpt_code take_cpl(struct settings *settings, const struct option *row, const char *value,
                         struct xenpt_error *err)
{
    if (value[0] < '0' || value[0] > '3' || value[1])
        return xenpt_fail(err, XENPT_EPARSE, "--%s: '%s' is no privilege level: 0, 1, 2 or 3",
                          row->name, value);
    settings->cpl = (struct number){ true, (uint64_t)(value[0] - '0') };
    return XENPT_OK;
}
