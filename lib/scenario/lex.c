/* lex.c - expressions: tokens of a text, and mistakes at their places. */
#include <ctype.h>
#include <string.h>

#include "scenario/path.h"

#define WEIGHT_MAX 65536u /* Of an expression: names can name names. */

/* --- Mistakes ------------------------------------------------------------------------------ */

struct place parser_place(const struct parser *p, const char *at)
{
    struct place place = p->node->at;

    /* Of a text on one line; in quotes it begins one later. */
    place.column += (unsigned int)(at - p->text) + p->node->quoted;
    return place;
}

const struct expr *parser_fail(struct parser *p, const char *at, const char *fmt, ...)
{
    struct place place = parser_place(p, at);
    char text[300];
    va_list ap;

    if (p->failed)
        return NULL;
    p->failed = true;
    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    mistake(&p->scope->m, &place, XENPT_EPARSE, "'%.*s': %s", QUOTE_MAX, p->node->text, text);
    return NULL;
}

struct expr *parser_new(struct parser *p, enum expr_op op, enum value_type type)
{
    struct expr *e = doc_alloc(p->scope->doc, sizeof(*e));

    if (!e) {
        if (!p->failed)
            mistake(&p->scope->m, NULL, XENPT_ENOMEM, "no memory for an expression");
        p->failed = true;
        return NULL;
    }
    e->op = op;
    e->value.type = type;
    e->weight = 1;
    return e;
}

/* Adds what is in another; false: it becomes too much. */
bool parser_weigh(struct parser *p, struct expr *e, const struct expr *by)
{
    e->weight += by ? by->weight : 0;
    if (e->weight <= WEIGHT_MAX)
        return true;
    parser_fail(p, p->at, "with the names in it, it has more than %u values", WEIGHT_MAX);
    return false;
}

/* --- Tokens -------------------------------------------------------------------------------- */

void parser_blanks(struct parser *p)
{
    while (p->at < p->end && (*p->at == ' ' || *p->at == '\t' || *p->at == '\n'))
        p->at++;
}

bool parser_take(struct parser *p, const char *token)
{
    size_t n = strlen(token);

    parser_blanks(p);
    if ((size_t)(p->end - p->at) < n || memcmp(p->at, token, n))
        return false;
    p->at += n;
    return true;
}

static bool name_letter(const struct parser *p, const char *at, bool first)
{
    if (at >= p->end)
        return false;
    if (isalpha((unsigned char)*at) || *at == '_')
        return true;
    if (first)
        return false;
    /* A minus stands apart from names; one inside is part of it: ro-m2p. */
    return isdigit((unsigned char)*at) ||
           (*at == '-' && at + 1 < p->end && isalnum((unsigned char)at[1]));
}

bool parser_name(struct parser *p, struct token *ret)
{
    const char *from;

    parser_blanks(p);
    from = p->at;
    if (!name_letter(p, p->at, true))
        return false;
    while (name_letter(p, p->at, p->at == from))
        p->at++;
    *ret = (struct token){ from, (size_t)(p->at - from) };
    return true;
}

bool token_is(const struct token *t, const char *word)
{
    return strlen(word) == t->n && !memcmp(t->at, word, t->n);
}

const struct expr *parser_number(struct parser *p)
{
    const char *from = p->at;
    struct node node = { .kind = NODE_TEXT };
    char copy[40];
    struct expr *e;
    size_t n;

    while (p->at < p->end && isalnum((unsigned char)*p->at))
        p->at++;
    n = (size_t)(p->at - from);
    if (n >= sizeof(copy))
        return parser_fail(p, from, "a number has 64 bits at most");
    memcpy(copy, from, n);
    copy[n] = '\0';
    node.text = copy;
    e = parser_new(p, EXPR_VALUE, VALUE_NUMBER);
    if (!e)
        return NULL;
    if (!node_number(&node, &e->value.v))
        return parser_fail(p, from,
                           "'%s' is no number of 64 bits: decimal, or hexadecimal after 0x, and "
                           "K, M, G, T behind it if need be",
                           copy);
    e->value.last = e->value.v;
    return e;
}
