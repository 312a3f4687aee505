/*
 * address.c - addresses as a person writes them; topics.c tells the rules.
 *
 *     ffff830000000000   0x401000   start_xen   start_xen+0x10   _etext-1
 */
#include "address.h"

#include <stdio.h>
#include <string.h>

#include "values.h"

/* Longer words are no addresses, and no symbols that anybody types. */
#define WORD_MAX 512

static bool is_hex(const char *text)
{
    return *text && !text[strspn(text, "0123456789abcdefABCDEF")];
}

static bool has_0x(const char *text)
{
    return text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
}

/* A model has no symbols. */
static const char *symbol_name(const struct xenpt_image *image, size_t i)
{
    return image ? xenpt_image_symbol_name(image, i) : NULL;
}

static bool symbol_of(const struct xenpt_image *image, const char *name, uint64_t *ret)
{
    return image && xenpt_image_symbol(image, name, ret);
}

/* ", did you mean 'x'?", of all symbols there are. */
static const char *nearest(const char *name, const struct xenpt_image *image,
                           char buf[XENPT_DID_YOU_MEAN_MAX])
{
    const char *candidate;
    struct xenpt_suggestion s;

    xenpt_suggest_begin(&s, name);
    for (size_t i = 0; (candidate = symbol_name(image, i)); i++)
        xenpt_suggest_try(&s, candidate, strlen(candidate));
    return xenpt_suggest_words(&s, buf);
}

static enum xenpt_code no_symbol(const char *name, const struct xenpt_image *image,
                                 struct xenpt_error *err)
{
    char hint[XENPT_DID_YOU_MEAN_MAX];

    if (!symbol_name(image, 0))
        return xenpt_fail(
            err, XENPT_EPARSE,
            "'%s' is no address: a hexadecimal number was expected, or --symbols FILE "
            "for names",
            name);
    return xenpt_fail(err, XENPT_EPARSE, "'%s' is no hexadecimal number and no symbol%s", name,
                      nearest(name, image, hint));
}

/* What stands before an offset.  An offset marks a word that could be both as a symbol. */
static enum xenpt_code base(const char *text, bool has_offset, const struct xenpt_image *image,
                            uint64_t *ret, struct xenpt_error *err)
{
    bool symbol = !has_0x(text) && symbol_of(image, text, ret);

    if (has_0x(text))
        return value_hex("address", text, ret, err);
    if (symbol && is_hex(text) && !has_offset)
        return xenpt_fail(err, XENPT_EPARSE,
                          "'%s' is a hexadecimal number and a symbol as well: write 0x%s or %s+0",
                          text, text, text);
    if (symbol)
        return XENPT_OK;
    return is_hex(text) ? value_hex("address", text, ret, err) : no_symbol(text, image, err);
}

/* The sign before an offset, or NULL. */
static const char *offset_sign(const char *text)
{
    const char *sign = NULL;

    for (const char *c = text; *c; c++)
        if (c != text && (*c == '+' || *c == '-'))
            sign = c;
    return sign;
}

enum xenpt_code address_read(const char *text, const struct xenpt_image *image, uint64_t *ret,
                             struct xenpt_error *err)
{
    const char *sign = offset_sign(text);
    size_t n = sign ? (size_t)(sign - text) : strlen(text);
    uint64_t at = 0, offset = 0;
    enum xenpt_code code;
    char word[WORD_MAX];

    if (!n || n >= sizeof(word))
        return xenpt_fail(err, XENPT_EPARSE, "'%.40s%s' is no address", text, n ? "..." : "");
    memcpy(word, text, n);
    word[n] = '\0';
    code = base(word, sign, image, &at, err);
    if (!code && sign)
        code = value_hex("offset", sign + 1, &offset, err);
    if (code)
        return code;
    if (sign && (*sign == '+' ? at + offset < at : offset > at))
        return xenpt_fail(err, XENPT_ERANGE, "'%s' is not within 64 bits", text);
    *ret = sign && *sign == '-' ? at - offset : at + offset;
    return XENPT_OK;
}

/* One end of a range; an empty one is that of the address space. */
static enum xenpt_code end(const char *text, size_t n, uint64_t otherwise,
                           const struct xenpt_image *image, uint64_t *ret, struct xenpt_error *err)
{
    char word[WORD_MAX];

    *ret = otherwise;
    if (!n)
        return XENPT_OK;
    snprintf(word, sizeof(word), "%.*s", (int)(n < WORD_MAX ? n : WORD_MAX), text);
    return address_read(word, image, ret, err);
}

enum xenpt_code address_range(const char *text, const struct xenpt_image *image, uint64_t *first,
                              uint64_t *last, struct xenpt_error *err)
{
    const char *dots = strstr(text, "..");
    uint64_t a = 0, b = 0;
    enum xenpt_code code;

    if (!dots) {
        code = address_read(text, image, &a, err);
        if (!code)
            b = a;
    } else {
        code = end(text, (size_t)(dots - text), 0, image, &a, err);
        if (!code)
            code = end(dots + 2, strlen(dots + 2), UINT64_MAX, image, &b, err);
    }
    if (code)
        return xenpt_prefix(err, code, "--va");
    if (a > b)
        return xenpt_fail(err, XENPT_ERANGE, "--va: '%s' ends before it begins", text);
    *first = a;
    *last = b | (XENPT_PAGE_SIZE - 1); /* 0 to 0 would stand for everything. */
    return XENPT_OK;
}

enum xenpt_code address_area(const char *name, const struct xenpt_image *image,
                             struct xenpt_error *err)
{
    char hint[XENPT_DID_YOU_MEAN_MAX];
    uint64_t at;

    if (symbol_of(image, name, &at))
        return XENPT_OK;
    if (!symbol_name(image, 0))
        return xenpt_fail(
            err, XENPT_EPARSE,
            "--area: nothing tells the name of an address: --layout NAME and --symbols "
            "FILE do");
    return xenpt_fail(err, XENPT_EPARSE, "--area: there is no '%s'%s", name,
                      nearest(name, image, hint));
}
