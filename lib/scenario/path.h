/* path.h - expressions from inside: their trees, and parsing one. */
#ifndef XENPT_SCENARIO_PATH_H
#define XENPT_SCENARIO_PATH_H

#include <stdarg.h>
#include <stdio.h>

#include "scenario/expr.h"

enum expr_op {
    EXPR_VALUE,   /* value */
    EXPR_BINDING, /* What "for" has bound under number value.v. */
    EXPR_LET,     /* What a step has remembered under number value.v. */
    EXPR_VCPU,    /* vCPU value.who.vcpu of the domain a. */
    EXPR_MODE,    /* The vCPU a in the mode of value.who. */
    EXPR_GIVEN,   /* Frame value.v of those that the domain of value.who is given. */
    EXPR_RANGE,   /* From a to b. */
    EXPR_CALL,    /* func of a, with args. */
    EXPR_OR,
    EXPR_AND,
    EXPR_SHL,
    EXPR_SHR,
    EXPR_ADD,
    EXPR_SUB,
    EXPR_MUL,
    EXPR_DIV,
};

struct expr {
    enum expr_op op;
    struct value value; /* Its type is that of the whole. */
    const struct expr *a, *b;
    const struct func *func;
    const struct expr *args[FUNC_ARGS_MAX];
    unsigned int nr_args;
    size_t weight; /* Values in it, those of names as often as they are named. */
};

struct parser {
    struct scope *scope;
    const struct node *node;
    const char *text, *at, *end;
    bool failed;
};

struct token {
    const char *at;
    size_t n;
};

/* lex.c */
struct place parser_place(const struct parser *p, const char *at);
__attribute__((format(printf, 3, 4))) const struct expr *
parser_fail(struct parser *p, const char *at, const char *fmt, ...);
bool parser_weigh(struct parser *p, struct expr *e, const struct expr *by);
/* If a text ends too early: how that may have come. */
static inline const char *parser_comma(const struct parser *p)
{
    return p->at == p->end && !p->node->quoted
               ? " (between braces or brackets, a text with a comma is in quotes)"
               : "";
}
struct expr *parser_new(struct parser *p, enum expr_op op, enum value_type type);
void parser_blanks(struct parser *p);
bool parser_take(struct parser *p, const char *token);
bool parser_name(struct parser *p, struct token *ret);
bool token_is(const struct token *t, const char *word);
/* A number, which begins here. */
const struct expr *parser_number(struct parser *p);

/* expr.c */
const struct expr *parser_expr(struct parser *p);
/* False: it is no name of the file's. */
bool name_find(struct parser *p, const struct token *t, const struct expr **ret);

/* path.c: "d1.v0.user.root", "va(0, 0, 1, 5)" */
const struct expr *parse_path(struct parser *p);

#endif
