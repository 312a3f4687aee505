/*
 * expr.c - expressions: from text to a tree.  Tokens are lex.c's, names with dots path.c's, and
 * values eval.c's.
 */
#include "scenario/expr.h"

#include <ctype.h>
#include <string.h>

#include "scenario/path.h"
#include "scenario/world.h"

#define DEPTH_MAX 32 /* Of parentheses, and of names that name names. */
#define TEXT_MAX  1000

/* --- Operators ----------------------------------------------------------------------------- */

/* Of two types, what an operation makes; NR_VALUE_TYPES: it cannot be. */
static enum value_type combined(enum expr_op op, enum value_type a, enum value_type b)
{
    if (a > VALUE_GFN || b > VALUE_GFN)
        return NR_VALUE_TYPES;
    if (a == VALUE_NUMBER && b == VALUE_NUMBER)
        return VALUE_NUMBER;
    if (op == EXPR_SUB && a == b)
        return VALUE_NUMBER; /* A distance. */
    if (b == VALUE_NUMBER && op != EXPR_MUL && op != EXPR_DIV)
        return a;
    return op == EXPR_ADD && a == VALUE_NUMBER ? b : NR_VALUE_TYPES;
}

static const struct expr *binary(struct parser *p, enum expr_op op, const char *at,
                                 const struct expr *a, const struct expr *b)
{
    struct expr *e;
    enum value_type type;

    if (!a || !b)
        return NULL;
    type = combined(op, a->value.type, b->value.type);
    if (type == NR_VALUE_TYPES)
        return parser_fail(p, at, "%s and %s make nothing together",
                           value_type_words[a->value.type], value_type_words[b->value.type]);
    e = parser_new(p, op, type);
    if (!e)
        return NULL;
    e->a = a;
    e->b = b;
    return parser_weigh(p, e, a) && parser_weigh(p, e, b) ? e : NULL;
}

static const struct expr *primary(struct parser *p)
{
    const struct expr *e;

    parser_blanks(p);
    if (p->at == p->end)
        return parser_fail(p, p->at, "something is missing at the end");
    if (isdigit((unsigned char)*p->at))
        return parser_number(p);
    if (!parser_take(p, "("))
        return parse_path(p);
    if (++p->scope->depth > DEPTH_MAX)
        return parser_fail(p, p->at, "more than %d parentheses in each other", DEPTH_MAX);
    e = parser_expr(p);
    p->scope->depth--;
    if (e && !parser_take(p, ")"))
        return parser_fail(p, p->at, "a closing parenthesis is missing%s", parser_comma(p));
    return e;
}

static const struct {
    const char *token;
    enum expr_op op;
    unsigned int binds;
} operators[] = {
    { "|", EXPR_OR, 1 },  { "&", EXPR_AND, 2 }, { "<<", EXPR_SHL, 3 }, { ">>", EXPR_SHR, 3 },
    { "+", EXPR_ADD, 4 }, { "-", EXPR_SUB, 4 }, { "*", EXPR_MUL, 5 },  { "/", EXPR_DIV, 5 },
};

/* What binds at least as closely as this, from the left. */
static const struct expr *climb(struct parser *p, unsigned int binds)
{
    const struct expr *e = primary(p);

    for (bool more = true; e && more;) {
        more = false;
        for (size_t i = 0; i < ARRAY_SIZE(operators) && !more; i++) {
            const char *at;

            parser_blanks(p);
            at = p->at;
            if (operators[i].binds < binds || !parser_take(p, operators[i].token))
                continue;
            more = true;
            e = binary(p, operators[i].op, at, e, climb(p, operators[i].binds + 1));
        }
    }
    return e;
}

const struct expr *parser_expr(struct parser *p)
{
    return climb(p, 1);
}

/* --- Whole texts --------------------------------------------------------------------------- */

static bool begin(struct parser *p, struct scope *s, const struct node *node, size_t from, size_t n)
{
    char words[NODE_WORDS_MAX];

    *p = (struct parser){ .scope = s, .node = node, .text = node->text };
    p->at = node->text + from;
    p->end = p->at + n;
    if (node->kind != NODE_TEXT || strlen(node->text) > TEXT_MAX) {
        mistake(&s->m, &node->at, XENPT_EPARSE,
                "%s, and an expression was expected, such as 0x1000 or xen.directmap(5)",
                node_words(node, words));
        return false;
    }
    return true;
}

static const struct expr *whole(struct parser *p)
{
    const struct expr *e = parser_expr(p);

    parser_blanks(p);
    if (e && p->at < p->end)
        return parser_fail(p, p->at, "'%.*s' is too much", (int)(p->end - p->at), p->at);
    return e;
}

const struct expr *expr_parse_part(struct scope *s, const struct node *node, size_t from, size_t n)
{
    struct parser p;

    return begin(&p, s, node, from, n) ? whole(&p) : NULL;
}

bool expr_wants(struct scope *s, const struct node *node, const struct expr *e,
                enum value_type want)
{
    char words[NODE_WORDS_MAX];

    if (!e)
        return false;
    if (value_fits(e->value.type, want))
        return true;
    mistake(&s->m, &node->at, XENPT_EPARSE, "%s is %s, and %s was expected%s",
            node_words(node, words), value_type_words[e->value.type], value_type_words[want],
            value_hint(e->value.type, want));
    return false;
}

const struct expr *expr_parse(struct scope *s, const struct node *node, enum value_type want)
{
    const struct expr *e = expr_parse_part(s, node, 0, strlen(node->text));

    return expr_wants(s, node, e, want) ? e : NULL;
}

const struct expr *expr_parse_range(struct scope *s, const struct node *node, enum value_type want)
{
    const char *dots = strstr(node->text, "..");
    const struct expr *a, *b;
    struct parser p;
    struct expr *e;

    if (!dots)
        return expr_parse(s, node, want);
    a = expr_parse_part(s, node, 0, (size_t)(dots - node->text));
    b = expr_parse_part(s, node, (size_t)(dots - node->text) + 2, strlen(dots + 2));
    if (!expr_wants(s, node, a, want) || !expr_wants(s, node, b, want) || !begin(&p, s, node, 0, 0))
        return NULL;
    e = parser_new(&p, EXPR_RANGE, a->value.type > b->value.type ? a->value.type : b->value.type);
    if (!e)
        return NULL;
    e->a = a;
    e->b = b;
    return e;
}

enum value_type expr_type(const struct expr *e)
{
    return e->value.type;
}

bool expr_is_constant(const struct expr *e, struct value *ret)
{
    struct world nothing = { .machine = NULL };

    if (e->op == EXPR_VALUE) {
        *ret = e->value;
        return true;
    }
    /* Operators and ranges are of two; nothing else is sure to stay as it is. */
    if (e->op == EXPR_CALL || !e->a || !e->b)
        return false;
    return expr_is_constant(e->a, ret) && expr_is_constant(e->b, ret) &&
           expr_eval(&nothing, e, ret);
}

/* --- Names --------------------------------------------------------------------------------- */

/* Its expression, read when it is needed first. */
static void read_name(struct scope *s, size_t i)
{
    struct name_state *state = &s->states[i];
    const struct node *node = s->names->items[i];
    struct parser p;

    if (state->progress != NAME_UNREAD)
        return;
    state->progress = NAME_BEING_READ;
    s->depth++;
    if (begin(&p, s, node, 0, strlen(node->text)))
        state->e = whole(&p);
    s->depth--;
    state->progress = NAME_READ;
}

bool name_find(struct parser *p, const struct token *t, const struct expr **ret)
{
    struct scope *s = p->scope;
    size_t i = 0;

    while (s->names && i < s->names->nr && !token_is(t, s->names->keys[i]->text))
        i++;
    if (!s->names || i == s->names->nr)
        return false;
    *ret = NULL;
    if (s->states[i].progress == NAME_BEING_READ || s->depth > DEPTH_MAX) {
        parser_fail(p, t->at, "the name '%.*s' stands for itself, or for too many others",
                    QUOTE_MAX, s->names->keys[i]->text);
        return true;
    }
    read_name(s, i);
    p->failed |= !s->states[i].e; /* It has been told. */
    *ret = s->states[i].e;
    return true;
}

void expr_check_names(struct scope *s)
{
    for (size_t i = 0; s->names && i < s->names->nr; i++)
        read_name(s, i);
}
