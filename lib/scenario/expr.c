/* expr.c - expressions: from text to a tree, and from that to a value. */
#include "scenario/expr.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "scenario/path.h"
#include "scenario/world.h"
#include "xenpt/suggest.h"

#define DEPTH_MAX  32 /* Of parentheses, and of names that name names. */
#define TEXT_MAX   1000
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

static const struct expr *number(struct parser *p)
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
        return number(p);
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

/* --- Values -------------------------------------------------------------------------------- */

static bool calculate(struct world *w, enum expr_op op, uint64_t a, uint64_t b, uint64_t *ret)
{
    switch (op) {
    case EXPR_OR:
        *ret = a | b;
        return true;
    case EXPR_AND:
        *ret = a & b;
        return true;
    case EXPR_SHL:
        *ret = b > 63 ? 0 : a << b;
        return true;
    case EXPR_SHR:
        *ret = b > 63 ? 0 : a >> b;
        return true;
    case EXPR_ADD:
        return !__builtin_add_overflow(a, b, ret) || world_cannot(w, "a sum has more than 64 bits");
    case EXPR_SUB:
        return !__builtin_sub_overflow(a, b, ret) || world_cannot(w, "a difference is less than 0");
    case EXPR_MUL:
        return !__builtin_mul_overflow(a, b, ret) ||
               world_cannot(w, "a product has more than 64 bits");
    default:
        *ret = b ? a / b : 0;
        return b || world_cannot(w, "something is divided by 0");
    }
}

static bool eval_vcpu(struct world *w, const struct expr *e, struct value *ret)
{
    struct value d;

    if (!expr_eval(w, e->a, &d))
        return false;
    *ret = (struct value){ .type = VALUE_VCPU,
                           .who = { WHO_VCPU, .domain = d.who.domain, .vcpu = e->value.who.vcpu } };
    return true;
}

static bool eval_mode(struct world *w, const struct expr *e, struct value *ret)
{
    if (!expr_eval(w, e->a, ret))
        return false;
    ret->type = VALUE_CONTEXT;
    ret->who.mode = e->value.who.mode;
    ret->who.user = e->value.who.user;
    return true;
}

static bool eval_range(struct world *w, const struct expr *e, struct value *ret)
{
    struct value last;

    if (!e->a || !e->b || !expr_eval(w, e->a, ret) || !expr_eval(w, e->b, &last))
        return false;
    ret->type = e->value.type;
    if (last.last < ret->v)
        return world_cannot(w, "a range ends before it begins: 0x%llx..0x%llx",
                            (unsigned long long)ret->v, (unsigned long long)last.last);
    ret->last = last.last;
    return true;
}

static bool eval_call(struct world *w, const struct expr *e, struct value *ret)
{
    struct value self = { .type = VALUE_NUMBER }, args[FUNC_ARGS_MAX];

    if (e->a && !expr_eval(w, e->a, &self))
        return false;
    for (unsigned int i = 0; i < e->nr_args; i++)
        if (!expr_eval(w, e->args[i], &args[i]))
            return false;
    *ret = (struct value){ .type = e->func->type };
    if (!e->func->fn(w, &self, args, e->nr_args, ret))
        return false;
    if (ret->last < ret->v)
        ret->last = ret->v;
    return true;
}

bool expr_eval(struct world *w, const struct expr *e, struct value *ret)
{
    struct value b;
    uint64_t v;

    switch (e->op) {
    case EXPR_VALUE:
        *ret = e->value;
        return true;
    case EXPR_BINDING:
        *ret = w->bound[e->value.v];
        return true;
    case EXPR_LET:
        *ret = w->lets[e->value.v];
        return true;
    case EXPR_VCPU:
        return eval_vcpu(w, e, ret);
    case EXPR_MODE:
        return eval_mode(w, e, ret);
    case EXPR_RANGE:
        return eval_range(w, e, ret);
    case EXPR_CALL:
        return eval_call(w, e, ret);
    default:
        if (!e->a || !e->b)
            return world_cannot(w, "an operation lacks a value");
        if (!expr_eval(w, e->a, ret) || !expr_eval(w, e->b, &b) ||
            !calculate(w, e->op, ret->v, b.v, &v))
            return false;
        *ret = (struct value){ .type = e->value.type, .v = v, .last = v };
        return true;
    }
}
