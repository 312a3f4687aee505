/* path.c - names in expressions, with dots between: who is meant, and what of it. */
#include "scenario/path.h"

#include <string.h>

#include "xenpt/suggest.h"

/* --- What a name can begin with ------------------------------------------------------------ */

/* "cpu3" */
static bool numbered(const struct token *t, const char *prefix, uint32_t *ret)
{
    size_t n = strlen(prefix);

    return t->n > n && !memcmp(t->at, prefix, n) && digits_read(t->at + n, t->n - n, ret);
}

static const struct expr *value_of(struct parser *p, enum value_type type, struct who who)
{
    struct expr *e = parser_new(p, EXPR_VALUE, type);

    if (e)
        e->value.who = who;
    return e;
}

static const struct expr *bound(struct parser *p, enum expr_op op, const struct binding *b,
                                size_t i)
{
    struct expr *e = parser_new(p, op, b->type);

    if (e)
        e->value.v = i;
    return e;
}

/* Frame i of those that a domain is given. */
static const struct expr *frame_given(struct parser *p, const struct scope_domain *d, size_t i)
{
    struct expr *e = parser_new(p, EXPR_GIVEN, VALUE_MFN);

    if (e) {
        e->value.v = i;
        e->value.who.domain = (uint32_t)(d - p->scope->domains);
    }
    return e;
}

/* Number of a frame of this name that a domain is given. */
#define NO_FRAME SIZE_MAX
static size_t given_named(const struct scope_domain *d, const struct token *t)
{
    for (size_t i = 0; d && i < d->nr_given; i++)
        if (d->given[i].name && token_is(t, d->given[i].name))
            return i;
    return NO_FRAME;
}

static void suggest_given(struct xenpt_suggestion *s, const struct scope_domain *d)
{
    for (size_t i = 0; d && i < d->nr_given; i++)
        if (d->given[i].name)
            xenpt_suggest_try(s, d->given[i].name, strlen(d->given[i].name));
}

static const struct expr *unknown(struct parser *p, const struct token *t)
{
    const struct scope *s = p->scope;
    char hint[XENPT_DID_YOU_MEAN_MAX], typed[QUOTE_MAX + 1];
    struct xenpt_suggestion sug;

    snprintf(typed, sizeof(typed), "%.*s", (int)(t->n < QUOTE_MAX ? t->n : QUOTE_MAX), t->at);
    xenpt_suggest_begin(&sug, typed);
    for (size_t i = 0; i < s->nr_domains; i++)
        xenpt_suggest_try(&sug, s->domains[i].name, strlen(s->domains[i].name));
    for (size_t i = 0; s->names && i < s->names->nr; i++)
        xenpt_suggest_try(&sug, s->names->keys[i]->text, strlen(s->names->keys[i]->text));
    for (size_t i = 0; i < s->nr_bindings; i++)
        xenpt_suggest_try(&sug, s->bindings[i].name, strlen(s->bindings[i].name));
    for (size_t i = 0; i < s->nr_lets; i++)
        xenpt_suggest_try(&sug, s->lets[i].name, strlen(s->lets[i].name));
    for (size_t i = 0; i < nr_funcs; i++)
        if (funcs[i].on == VALUE_NUMBER)
            xenpt_suggest_try(&sug, funcs[i].name, strlen(funcs[i].name));
    xenpt_suggest_try(&sug, "xen", 3);
    xenpt_suggest_try(&sug, "idle", 4);
    xenpt_suggest_try(&sug, "quarantine", 10);
    suggest_given(&sug, s->own);
    if (s->own) {
        xenpt_suggest_try(&sug, "self", 4);
        xenpt_suggest_try(&sug, "any", 3);
    }
    xenpt_suggest_words(&sug, hint);
    return parser_fail(p, t->at, "there is no '%s'%s%s", typed,
                       !hint[0] && memchr(t->at, '-', t->n)
                           ? " (a minus has blanks around it; without, it is part of a name)"
                           : "",
                       hint);
}

/* --- Functions ----------------------------------------------------------------------------- */

static const struct func *func_find(enum value_type on, const struct token *t)
{
    for (size_t i = 0; i < nr_funcs; i++)
        if (funcs[i].on == on && token_is(t, funcs[i].name))
            return &funcs[i];
    return NULL;
}

static bool argument(struct parser *p, struct expr *call)
{
    const struct func *f = call->func;
    const struct expr *arg;
    const char *at;

    parser_blanks(p);
    at = p->at;
    if (call->nr_args == f->max) {
        parser_fail(p, at, "%s is all that it takes", f->form);
        return false;
    }
    arg = parser_expr(p);
    if (!arg)
        return false;
    if (!value_fits(arg->value.type, f->args[call->nr_args])) {
        parser_fail(p, at, "%s, and %s was expected for %s%s", value_type_words[arg->value.type],
                    value_type_words[f->args[call->nr_args]], f->form,
                    value_hint(arg->value.type, f->args[call->nr_args]));
        return false;
    }
    call->args[call->nr_args++] = arg;
    return parser_weigh(p, call, arg);
}

static const struct expr *call(struct parser *p, const struct expr *self, const struct func *f)
{
    struct expr *e = parser_new(p, EXPR_CALL, f->type);

    if (!e)
        return NULL;
    e->a = self;
    e->func = f;
    if (f->bare)
        return e;
    if (!parser_take(p, "("))
        return parser_fail(p, p->at, "it is written as %s", f->form);
    do {
        if (!argument(p, e))
            return NULL;
    } while (parser_take(p, ","));
    if (!parser_take(p, ")"))
        return parser_fail(p, p->at, "a closing parenthesis is missing%s", parser_comma(p));
    if (e->nr_args < f->min)
        return parser_fail(p, p->at, "it is written as %s", f->form);
    return e;
}

/* --- Members ------------------------------------------------------------------------------- */

static const struct scope_domain *domain_of(const struct parser *p, const struct expr *e)
{
    return e->op == EXPR_VALUE && e->value.who.domain < p->scope->nr_domains
               ? &p->scope->domains[e->value.who.domain]
               : NULL;
}

static const struct expr *member_of_domain(struct parser *p, const struct expr *self,
                                           const struct token *t)
{
    const struct scope_domain *d = domain_of(p, self);
    size_t i;
    struct expr *e;
    uint32_t n;

    if (token_is(t, "p2m") && d) {
        if (d->type <= XENPT_DOMAIN_PV32)
            return parser_fail(p, t->at, "%s is %s, which has no p2m of its own", d->name,
                               xenpt_domain_type_word(d->type)->name);
        return value_of(p, VALUE_CONTEXT,
                        (struct who){ WHO_P2M, .domain = self->value.who.domain });
    }
    if (token_is(t, "device") && self->op == EXPR_VALUE)
        return value_of(p, VALUE_CONTEXT,
                        (struct who){ WHO_DEVICES, .domain = self->value.who.domain });
    i = given_named(d, t);
    if (i != NO_FRAME)
        return frame_given(p, d, i);
    if (!numbered(t, "v", &n))
        return NULL;
    if (d && n >= d->vcpus)
        return parser_fail(p, t->at, "%s has %u vCPU%s, from v0 on", d->name,
                           (unsigned int)d->vcpus, d->vcpus == 1 ? "" : "s");
    e = parser_new(p, d ? EXPR_VALUE : EXPR_VCPU, VALUE_VCPU);
    if (!e)
        return NULL;
    e->value.who = (struct who){ WHO_VCPU, .domain = self->value.who.domain, .vcpu = n };
    e->a = d ? NULL : self;
    return e;
}

static bool mode_fits(enum xenpt_domain_type type, const struct context_name *mode)
{
    if (mode->mode == XENPT_RUN_XEN)
        return !mode->user || type == XENPT_DOMAIN_PV64;
    return (mode->mode == XENPT_RUN_GUEST) == (type > XENPT_DOMAIN_PV32);
}

static const struct expr *member_of_vcpu(struct parser *p, const struct expr *self,
                                         const struct token *t)
{
    static const char *const modes[] = { "user, kernel, xen and xen-user", "kernel, user and xen",
                                         "guest and xen", "guest and xen" };
    const struct scope_domain *d = domain_of(p, self);
    struct context_name mode;
    struct expr *e;
    char text[24];

    snprintf(text, sizeof(text), "d.v0.%.*s", (int)(t->n < 12 ? t->n : 12), t->at);
    if (!context_name_read(text, &mode))
        return NULL;
    if (d && !mode_fits(d->type, &mode))
        return parser_fail(p, t->at, "%s is %s: its contexts are %s", d->name,
                           xenpt_domain_type_word(d->type)->name, modes[d->type]);
    e = parser_new(p, d ? EXPR_VALUE : EXPR_MODE, VALUE_CONTEXT);
    if (!e)
        return NULL;
    e->value.who = self->value.who;
    e->value.who.mode = mode.mode;
    e->value.who.user = mode.user;
    e->a = d ? NULL : self;
    return e;
}

static const struct expr *member_of_xen(struct parser *p, const struct token *t)
{
    const struct xenpt_layout *l = p->scope->layout;
    struct expr *e;

    for (size_t i = 0; l && i < l->nr_areas; i++)
        if (token_is(t, l->areas[i].name)) {
            e = parser_new(p, EXPR_VALUE, VALUE_ADDRESS);
            if (e) {
                e->value.v = l->areas[i].first;
                e->value.last = l->areas[i].last;
            }
            return e;
        }
    return NULL;
}

static void suggest_members(const struct parser *p, const struct expr *self,
                            struct xenpt_suggestion *s, char *all, size_t size)
{
    const struct xenpt_layout *l = p->scope->layout;
    static const char *const modes[] = { "user", "kernel", "guest", "xen", "xen-user" };
    const struct scope_domain *d = self->value.type == VALUE_DOMAIN ? domain_of(p, self) : NULL;
    size_t used = 0;

    all[0] = '\0';
    suggest_given(s, d);
    for (size_t i = 0; i < nr_funcs; i++)
        if (funcs[i].on == self->value.type) {
            xenpt_suggest_try(s, funcs[i].name, strlen(funcs[i].name));
            if (used < size)
                used += (size_t)snprintf(all + used, size - used, "%s%s", used ? " " : "",
                                         funcs[i].name);
        }
    for (size_t i = 0; self->value.type == VALUE_XEN && l && i < l->nr_areas; i++)
        xenpt_suggest_try(s, l->areas[i].name, strlen(l->areas[i].name));
    for (size_t i = 0; self->value.type == VALUE_VCPU && i < ARRAY_SIZE(modes); i++)
        xenpt_suggest_try(s, modes[i], strlen(modes[i]));
}

static const struct expr *no_member(struct parser *p, const struct expr *self,
                                    const struct token *t)
{
    char hint[XENPT_DID_YOU_MEAN_MAX], typed[QUOTE_MAX + 1], all[160];
    const struct xenpt_layout *l = p->scope->layout;
    struct xenpt_suggestion s;

    snprintf(typed, sizeof(typed), "%.*s", (int)(t->n < QUOTE_MAX ? t->n : QUOTE_MAX), t->at);
    xenpt_suggest_begin(&s, typed);
    suggest_members(p, self, &s, all, sizeof(all));
    xenpt_suggest_words(&s, hint);
    if (self->value.type == VALUE_XEN && l)
        return parser_fail(p, t->at, "%s has no area '%s'%s%s", l->name, typed, hint,
                           hint[0] ? "" : "; `xenpt layout` lists them");
    return parser_fail(p, t->at, "%s has no '%s'%s%s%s", value_type_words[self->value.type], typed,
                       hint, hint[0] || !all[0] ? "" : "; there are ", hint[0] ? "" : all);
}

static const struct expr *member(struct parser *p, const struct expr *self, const struct token *t)
{
    const struct func *f = func_find(self->value.type, t);
    const struct expr *e = NULL;
    bool called = p->at < p->end && *p->at == '(';

    if (f && (f->bare || called || self->value.type != VALUE_XEN))
        return call(p, self, f);
    if (self->value.type == VALUE_DOMAIN)
        e = member_of_domain(p, self, t);
    else if (self->value.type == VALUE_VCPU)
        e = member_of_vcpu(p, self, t);
    else if (self->value.type == VALUE_XEN)
        e = member_of_xen(p, t);
    else if (self->value.type == VALUE_CPU && token_is(t, "xpti"))
        e = value_of(p, VALUE_CONTEXT, (struct who){ WHO_XPTI, .cpu = self->value.who.cpu });
    if (e || p->failed)
        return e;
    if (f)
        return call(p, self, f); /* Without its parentheses, and no area is called so. */
    /* Whatever holds of a context holds of a CPU: of what it runs on. */
    f = self->value.type == VALUE_CPU ? func_find(VALUE_CONTEXT, t) : NULL;
    return f ? call(p, self, f) : no_member(p, self, t);
}

/* --- The whole ----------------------------------------------------------------------------- */

/* Domains may have dots in their names. */
static bool domain_first(struct parser *p, const struct token *t, uint32_t *ret)
{
    const struct scope *s = p->scope;
    size_t best = 0;

    for (size_t i = 0; i < s->nr_domains; i++) {
        size_t n = strlen(s->domains[i].name);
        const char *end = t->at + n;

        if (n < t->n || n <= best || n > (size_t)(p->end - t->at) ||
            memcmp(t->at, s->domains[i].name, n) || (n > t->n && t->at[t->n] != '.') ||
            (n == t->n ? false : end < p->end && *end != '.' && *end != ' '))
            continue;
        best = n;
        *ret = (uint32_t)i;
    }
    if (best)
        p->at = t->at + best;
    return best;
}

static const struct expr *first(struct parser *p, const struct token *t)
{
    const struct func *f = func_find(VALUE_NUMBER, t);
    size_t own = given_named(p->scope->own, t);
    const struct expr *e;
    uint32_t n;

    for (size_t i = 0; i < p->scope->nr_bindings; i++)
        if (token_is(t, p->scope->bindings[i].name))
            return bound(p, EXPR_BINDING, &p->scope->bindings[i], i);
    for (size_t i = 0; i < p->scope->nr_lets; i++)
        if (token_is(t, p->scope->lets[i].name))
            return bound(p, EXPR_LET, &p->scope->lets[i], i);
    if (own != NO_FRAME)
        return frame_given(p, p->scope->own, own);
    if (name_find(p, t, &e))
        return e;
    if (domain_first(p, t, &n))
        return value_of(p, VALUE_DOMAIN, (struct who){ WHO_VCPU, .domain = n });
    if (f)
        return call(p, NULL, f);
    if (token_is(t, "xen"))
        return value_of(p, VALUE_XEN, (struct who){ .kind = WHO_IDLE });
    if (token_is(t, "idle"))
        return value_of(p, VALUE_CONTEXT, (struct who){ .kind = WHO_IDLE });
    if (token_is(t, "quarantine"))
        return value_of(p, VALUE_CONTEXT, (struct who){ .kind = WHO_DEVICE });
    if (numbered(t, "cpu", &n)) {
        if (n >= p->scope->cpus)
            return parser_fail(p, t->at, "the host has %u CPU%s, from cpu0 on",
                               (unsigned int)p->scope->cpus, p->scope->cpus == 1 ? "" : "s");
        return value_of(p, VALUE_CPU, (struct who){ WHO_CPU, .cpu = n });
    }
    if (numbered(t, "l", &n) && n >= 1 && n <= XENPT_TOP_MAX) {
        struct expr *level = parser_new(p, EXPR_VALUE, VALUE_LEVEL);

        if (level)
            level->value.v = n;
        return level;
    }
    return unknown(p, t);
}

const struct expr *parse_path(struct parser *p)
{
    const struct expr *e;
    struct token t;

    if (!parser_name(p, &t))
        return parser_fail(p, p->at, "'%.*s' is no number and no name", (int)(p->end - p->at),
                           p->at);
    e = first(p, &t);
    while (e && p->at < p->end && *p->at == '.' && !(p->at + 1 < p->end && p->at[1] == '.')) {
        p->at++;
        if (!parser_name(p, &t))
            return parser_fail(p, p->at, "a name is missing after the dot");
        e = member(p, e, &t);
    }
    return e;
}
