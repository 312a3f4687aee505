/* selector.c - who is meant: parsing it, and finding them. */
#include "scenario/selector.h"

#include <string.h>

#include "scenario/path.h"
#include "xen/internal.h"
#include "xenpt/suggest.h"

#define TYPE(t) (1u << XENPT_DOMAIN_##t)
#define KIND(k) (1u << KIND_##k)

/* clang-format off */
const struct filter_word filter_words[] = {
    { { "pv64", "of 64-bit PV domains" }, { TYPE(PV64), 0 } },
    { { "pv32", "of 32-bit PV domains" }, { TYPE(PV32), 0 } },
    { { "pv", "of both" }, { TYPE(PV64) | TYPE(PV32), 0 } },
    { { "hvm", "of HVM domains" }, { TYPE(HVM), 0 } },
    { { "pvh", "of PVH domains" }, { TYPE(PVH), 0 } },
    { { "user", "a PV guest's user mode" }, { 0, KIND(USER) } },
    { { "kernel", "a PV guest's kernel" }, { 0, KIND(KERNEL) } },
    { { "guest", "whatever guests execute in: user, kernel, and non-root mode" },
      { 0, KIND(USER) | KIND(KERNEL) | KIND(GUEST) } },
    { { "xen", "Xen, on behalf of a vCPU or idle" }, { 0, KIND(XEN) } },
    { { "idle", "Xen, idle" }, { 0, KIND(IDLE) } },
    { { "xpti", "the XPTI root of a CPU" }, { 0, KIND(XPTI) } },
    { { "p2m", "a guest's physical memory" }, { 0, KIND(P2M) } },
};
/* clang-format on */
const size_t nr_filter_words = ARRAY_SIZE(filter_words);

static const struct {
    const char *word;
    enum quantifier quant;
} quantifiers[] = { { "every", QUANT_EVERY }, { "any", QUANT_ANY }, { "no", QUANT_NO } };

static const struct {
    const char *word;
    enum value_type type;
} nouns[] = {
    { "context", VALUE_CONTEXT }, { "contexts", VALUE_CONTEXT }, { "vcpu", VALUE_VCPU },
    { "vcpus", VALUE_VCPU },      { "domain", VALUE_DOMAIN },    { "domains", VALUE_DOMAIN },
};

/* --- Parsing ------------------------------------------------------------------------------- */

static const struct filter_word *filter_find(const struct token *t)
{
    for (size_t i = 0; i < nr_filter_words; i++)
        if (token_is(t, filter_words[i].word.name))
            return &filter_words[i];
    return NULL;
}

/* The next word, which stays where it is. */
static bool peek(struct parser *p, struct token *ret)
{
    const char *at;
    bool there;

    parser_blanks(p);
    at = p->at;
    there = parser_name(p, ret);
    p->at = at;
    return there;
}

static bool take_word(struct parser *p, const char *word)
{
    struct token t;

    if (!peek(p, &t) || !token_is(&t, word))
        return false;
    p->at = t.at + t.n;
    return true;
}

static void narrow(struct filter *to, const struct filter *by)
{
    to->types = to->types && by->types ? to->types & by->types : to->types | by->types;
    to->kinds = to->kinds && by->kinds ? to->kinds & by->kinds : to->kinds | by->kinds;
}

static bool unknown_word(struct parser *p, const struct token *t)
{
    char hint[XENPT_DID_YOU_MEAN_MAX], typed[QUOTE_MAX + 1];
    struct xenpt_suggestion s;

    snprintf(typed, sizeof(typed), "%.*s", (int)(t->n < QUOTE_MAX ? t->n : QUOTE_MAX), t->at);
    xenpt_suggest_begin(&s, typed);
    for (size_t i = 0; i < nr_filter_words; i++)
        xenpt_suggest_try(&s, filter_words[i].word.name, strlen(filter_words[i].word.name));
    for (size_t i = 0; i < ARRAY_SIZE(nouns); i++)
        xenpt_suggest_try(&s, nouns[i].word, strlen(nouns[i].word));
    xenpt_suggest_try(&s, "of", 2);
    xenpt_suggest_try(&s, "but", 3);
    parser_fail(p, t->at,
                "'%s' does not say who is meant: every, any or no, then words such as "
                "pv64 user, then context, vcpu or domain, then of d1, then but d0%s",
                typed, xenpt_suggest_words(&s, hint));
    return false;
}

/* "d1, d2.v0": names with commas or "and" between. */
static bool names(struct parser *p, struct selector *sel)
{
    do {
        const struct expr *e;

        if (sel->nr_list == SELECTOR_LIST_MAX) {
            parser_fail(p, p->at, "more than %d names", SELECTOR_LIST_MAX);
            return false;
        }
        e = parse_path(p);
        if (!e)
            return false;
        sel->list[sel->nr_list++] = e;
    } while (parser_take(p, ",") || take_word(p, "and"));
    return true;
}

static bool is_who(enum value_type type)
{
    return type >= VALUE_DOMAIN && type <= VALUE_CPU;
}

static bool excluded(struct parser *p, struct selector *sel)
{
    do {
        struct exclusion *x = &sel->but[sel->nr_but];
        const struct filter_word *f;
        struct token t;
        bool any = false;

        if (sel->nr_but == SELECTOR_LIST_MAX) {
            parser_fail(p, p->at, "more than %d exceptions", SELECTOR_LIST_MAX);
            return false;
        }
        while (peek(p, &t) && (f = filter_find(&t)) && !(t.at + t.n < p->end && t.at[t.n] == '.')) {
            narrow(&x->filter, &f->filter);
            p->at = t.at + t.n;
            any = true;
        }
        if (!any)
            x->e = parse_path(p);
        if (!any && !x->e)
            return false;
        if (x->e && !is_who(expr_type(x->e))) {
            parser_fail(p, p->at, "%s is nobody", value_type_words[expr_type(x->e)]);
            return false;
        }
        sel->nr_but++;
    } while (parser_take(p, ",") || take_word(p, "and"));
    return true;
}

static bool quantified(struct parser *p, struct selector *sel)
{
    const struct filter_word *f;
    bool noun = false;
    struct token t;

    while (peek(p, &t)) {
        f = filter_find(&t);
        if (f) {
            narrow(&sel->filter, &f->filter);
            p->at = t.at + t.n;
            continue;
        }
        for (size_t i = 0; !noun && i < ARRAY_SIZE(nouns); i++)
            if (take_word(p, nouns[i].word)) {
                noun = true;
                sel->type = nouns[i].type;
            }
        if (noun || token_is(&t, "of") || token_is(&t, "but"))
            break;
        return unknown_word(p, &t);
    }
    if (!noun && !sel->filter.kinds) {
        parser_fail(p, p->at, "of what: context, vcpu or domain?");
        return false;
    }
    if (take_word(p, "of") && !names(p, sel))
        return false;
    if (take_word(p, "but") && !excluded(p, sel))
        return false;
    parser_blanks(p);
    if (p->at < p->end) {
        if (peek(p, &t))
            return unknown_word(p, &t);
        parser_fail(p, p->at, "'%.*s' is too much", (int)(p->end - p->at), p->at);
        return false;
    }
    return true;
}

static bool from_text(struct scope *s, const struct node *node, struct selector *sel)
{
    struct parser p = { .scope = s, .node = node, .text = node->text, .at = node->text };

    p.end = p.at + strlen(node->text);
    for (size_t i = 0; i < ARRAY_SIZE(quantifiers); i++)
        if (take_word(&p, quantifiers[i].word)) {
            sel->quant = quantifiers[i].quant;
            return quantified(&p, sel);
        }
    if (!names(&p, sel))
        return false;
    parser_blanks(&p);
    if (p.at < p.end) {
        parser_fail(&p, p.at, "'%.*s' is too much", (int)(p.end - p.at), p.at);
        return false;
    }
    return true;
}

static bool from_list(struct scope *s, const struct node *node, struct selector *sel)
{
    if (node->nr > SELECTOR_LIST_MAX) {
        mistake(&s->m, &node->at, XENPT_ERANGE, "more than %d names", SELECTOR_LIST_MAX);
        return false;
    }
    for (size_t i = 0; i < node->nr; i++) {
        const struct node *item = node->items[i];

        sel->list[sel->nr_list] = expr_parse_part(s, item, 0, strlen(item->text));
        if (!sel->list[sel->nr_list++])
            return false;
    }
    return true;
}

static bool fits(struct scope *s, const struct node *node, struct selector *sel,
                 enum value_type want)
{
    char words[NODE_WORDS_MAX];

    if (want == NR_VALUE_TYPES && sel->quant == QUANT_THESE && sel->nr_list &&
        is_who(expr_type(sel->list[0])))
        want = expr_type(sel->list[0]);
    else if (want == NR_VALUE_TYPES)
        want = sel->quant == QUANT_THESE ? VALUE_VCPU : sel->type;
    if (sel->quant == QUANT_THESE) {
        sel->type = want;
        for (size_t i = 0; i < sel->nr_list; i++)
            if (!expr_wants(s, node, sel->list[i], want))
                return false;
        if (sel->nr_list)
            return true;
    } else if (sel->type == want) {
        return true;
    }
    mistake(&s->m, &node->at, XENPT_EPARSE, "%s: %s was expected", node_words(node, words),
            value_type_words[want]);
    return false;
}

const struct selector *selector_parse(struct scope *s, const struct node *node,
                                      enum value_type want)
{
    struct selector *sel = doc_alloc(s->doc, sizeof(*sel));
    char words[NODE_WORDS_MAX];

    if (!sel) {
        mistake(&s->m, NULL, XENPT_ENOMEM, "no memory for a selector");
        return NULL;
    }
    sel->type = sel->quant == QUANT_THESE ? want : VALUE_CONTEXT;
    sel->text = node->kind == NODE_TEXT ? node->text : NULL;
    if (node->kind != NODE_TEXT && node->kind != NODE_LIST) {
        mistake(&s->m, &node->at, XENPT_EPARSE,
                "%s, and %s was expected, such as d1.v0.user, or "
                "several, such as every pv64 user context of d1",
                node_words(node, words),
                value_type_words[want == NR_VALUE_TYPES ? VALUE_CONTEXT : want]);
        return NULL;
    }
    if (!(node->kind == NODE_TEXT ? from_text(s, node, sel) : from_list(s, node, sel)))
        return NULL;
    return fits(s, node, sel, want) ? sel : NULL;
}

/* --- Finding them -------------------------------------------------------------------------- */

/* What a context of a view is; false: it is another one over again, as cpu0 is. */
static bool identify(const struct world *w, const char *name, struct value *ret,
                     unsigned int *kinds)
{
    static const unsigned int of_mode[] = { KIND(USER), KIND(KERNEL), KIND(GUEST), KIND(XEN) };
    const struct xenpt_machine *m = w->machine;
    size_t n = strlen(name);
    struct context_name c;

    *ret = (struct value){ .type = VALUE_CONTEXT };
    if (!strcmp(name, "idle")) {
        ret->who.kind = WHO_IDLE;
        *kinds = KIND(IDLE) | KIND(XEN);
        return true;
    }
    if (n > 8 && !strcmp(name + n - 5, ".xpti") && digits_read(name + 3, n - 8, &ret->who.cpu)) {
        ret->who.kind = WHO_XPTI;
        *kinds = KIND(XPTI);
        return true;
    }
    if (context_name_read(name, &c)) {
        ret->who = (struct who){ WHO_VCPU, .vcpu = c.vcpu, .mode = c.mode, .user = c.user };
        *kinds = of_mode[c.mode];
        n = c.domain;
    } else if (n > 4 && !strcmp(name + n - 4, ".p2m")) {
        ret->who.kind = WHO_P2M;
        *kinds = KIND(P2M);
        n -= 4;
    } else {
        return false;
    }
    for (uint32_t i = 0; i < m->nr_domains; i++) {
        ret->who.domain = i;
        if (strlen(m->domains[i].name) == n && !memcmp(m->domains[i].name, name, n))
            return true;
    }
    return false;
}

static bool same_who(const struct who *a, const struct who *b)
{
    return a->kind == b->kind && a->domain == b->domain && a->vcpu == b->vcpu && a->cpu == b->cpu &&
           a->mode == b->mode && a->user == b->user;
}

/* Whether one belongs to whom an expression names: a domain, a vCPU, a context. */
static bool belongs(struct world *w, const struct expr *e, const struct value *v)
{
    struct value of;

    if (!expr_eval(w, e, &of))
        return false;
    if (of.type == VALUE_CONTEXT && v->type == VALUE_CONTEXT)
        return same_who(&of.who, &v->who);
    if (v->type == VALUE_CONTEXT && v->who.kind != WHO_VCPU && v->who.kind != WHO_P2M)
        return false;
    if (of.who.domain != v->who.domain)
        return false;
    return of.type == VALUE_DOMAIN ||
           (of.type == VALUE_VCPU && v->type != VALUE_DOMAIN && of.who.vcpu == v->who.vcpu);
}

static bool passes(const struct world *w, const struct filter *f, const struct value *v,
                   unsigned int kinds)
{
    bool domains = v->type != VALUE_CONTEXT || v->who.kind == WHO_VCPU || v->who.kind == WHO_P2M;

    if (f->types && (!domains || !(f->types >> w->machine->domains[v->who.domain].desc->type & 1)))
        return false;
    return !f->kinds || v->type != VALUE_CONTEXT || f->kinds & kinds;
}

static bool is_meant(struct world *w, const struct selector *sel, const struct value *v,
                     unsigned int kinds)
{
    bool of = !sel->nr_list;

    if (!passes(w, &sel->filter, v, kinds))
        return false;
    /* Addresses of a guest's physical memory are others than those of a processor's. */
    if (kinds & KIND(P2M) && !(sel->filter.kinds & KIND(P2M)))
        return false;
    for (size_t i = 0; i < sel->nr_list && !of; i++)
        of = belongs(w, sel->list[i], v);
    for (size_t i = 0; i < sel->nr_but && of; i++)
        of = sel->but[i].e ? !belongs(w, sel->but[i].e, v)
                           : !passes(w, &sel->but[i].filter, v, kinds);
    return of;
}

typedef bool (*found_fn)(struct world *w, const struct value *v, void *ctx);

static bool each_context(struct world *w, const struct selector *sel, found_fn fn, void *ctx)
{
    for (size_t i = 0; world_view(w) && i < w->view->nr_contexts; i++) {
        unsigned int kinds;
        struct value v;

        if (identify(w, w->view->contexts[i].name, &v, &kinds) && is_meant(w, sel, &v, kinds) &&
            !fn(w, &v, ctx))
            return false;
    }
    return w->view;
}

static bool each_vcpu(struct world *w, const struct selector *sel, found_fn fn, void *ctx)
{
    for (uint32_t d = 0; d < w->machine->nr_domains; d++)
        for (uint32_t i = 0; i < w->machine->domains[d].nr_vcpus; i++) {
            struct value v = { .type = VALUE_VCPU, .who = { WHO_VCPU, .domain = d, .vcpu = i } };

            if (is_meant(w, sel, &v, 0) && !fn(w, &v, ctx))
                return false;
        }
    return true;
}

static bool each_domain(struct world *w, const struct selector *sel, found_fn fn, void *ctx)
{
    for (uint32_t d = 0; d < w->machine->nr_domains; d++) {
        struct value v = { .type = VALUE_DOMAIN, .who = { WHO_VCPU, .domain = d } };

        if (is_meant(w, sel, &v, 0) && !fn(w, &v, ctx))
            return false;
    }
    return true;
}

bool selector_each(struct world *w, const struct selector *sel, found_fn fn, void *ctx)
{
    if (sel->quant == QUANT_THESE) {
        for (size_t i = 0; i < sel->nr_list; i++) {
            struct value v;

            if (!expr_eval(w, sel->list[i], &v) || !fn(w, &v, ctx))
                return false;
        }
        return true;
    }
    if (sel->type == VALUE_CONTEXT)
        return each_context(w, sel, fn, ctx);
    return sel->type == VALUE_VCPU ? each_vcpu(w, sel, fn, ctx) : each_domain(w, sel, fn, ctx);
}
