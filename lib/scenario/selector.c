/* selector.c - who is meant, as a file says it. */
#include "scenario/selector.h"

#include <string.h>

#include "scenario/path.h"
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
    { { "device", "a device, through its IOMMU" }, { 0, KIND(DEVICE) } },
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

/* Words for some that are not this language's, and what they are here. */
static const struct {
    const char *word, *meant;
} others[] = { { "all", "every" }, { "each", "every" }, { "some", "any" }, { "none", "no" } };

/* "xen contexts": who is meant is said, and how many of them is not. */
static bool lacks_quantifier(struct parser *p)
{
    const char *meant = NULL, *rest = p->at;
    bool noun = false;
    size_t n;

    for (size_t i = 0; i < ARRAY_SIZE(others); i++)
        if (take_word(p, others[i].word)) {
            meant = others[i].meant;
            rest = p->at + strspn(p->at, " ");
        }
    for (const char *c = rest; c < p->end; c += n + strspn(c + n, " ")) {
        n = strcspn(c, " ");
        for (size_t i = 0; i < ARRAY_SIZE(nouns); i++)
            noun |= strlen(nouns[i].word) == n && !memcmp(nouns[i].word, c, n);
    }
    if (!noun)
        p->at = p->text;
    else if (meant)
        parser_fail(p, p->text, "did you mean '%s %s'?", meant, rest);
    else
        parser_fail(p, p->text, "which of them? 'every %s', 'any %s' or 'no %s'", rest, rest, rest);
    return noun;
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
    if (lacks_quantifier(&p) || !names(&p, sel))
        return false;
    parser_blanks(&p);
    if (p.at < p.end) {
        parser_fail(&p, p.at, "'%.*s' is too much", (int)(p.end - p.at), p.at);
        return false;
    }
    return true;
}

static bool quantified_text(const char *text)
{
    for (size_t i = 0; i < ARRAY_SIZE(quantifiers); i++) {
        size_t n = strlen(quantifiers[i].word);

        if (!strncmp(text, quantifiers[i].word, n) && (text[n] == ' ' || !text[n]))
            return true;
    }
    return false;
}

/* An item that stands for several: all of them. */
static const struct selector *several(struct scope *s, const struct node *item,
                                      enum value_type want)
{
    const struct selector *sel = selector_parse(s, item, want);

    if (!sel || sel->quant == QUANT_EVERY)
        return sel;
    mistake(&s->m, &item->at, XENPT_EPARSE, "in a list, each item is one, or `every ...`");
    return NULL;
}

static bool from_list(struct scope *s, const struct node *node, struct selector *sel,
                      enum value_type want)
{
    if (node->nr > SELECTOR_LIST_MAX) {
        mistake(&s->m, &node->at, XENPT_ERANGE, "more than %d names", SELECTOR_LIST_MAX);
        return false;
    }
    for (; sel->nr_list < node->nr; sel->nr_list++) {
        const struct node *item = node->items[sel->nr_list];
        bool done;

        if (quantified_text(item->text))
            done = (sel->each[sel->nr_list] = several(s, item, want));
        else
            done = (sel->list[sel->nr_list] = expr_parse_part(s, item, 0, strlen(item->text)));
        if (!done)
            return false;
    }
    return true;
}

static bool fits(struct scope *s, const struct node *node, struct selector *sel,
                 enum value_type want)
{
    char words[NODE_WORDS_MAX];

    if (want == NR_VALUE_TYPES && sel->quant != QUANT_THESE)
        want = sel->type;
    else if (want == NR_VALUE_TYPES && sel->each[0])
        want = sel->each[0]->type;
    else if (want == NR_VALUE_TYPES)
        want = sel->nr_list && is_who(expr_type(sel->list[0])) ? expr_type(sel->list[0])
                                                               : VALUE_VCPU;
    if (sel->quant == QUANT_THESE) {
        bool fit = sel->nr_list;

        sel->type = want;
        for (size_t i = 0; i < sel->nr_list; i++) {
            if (sel->each[i])
                fit &= sel->each[i]->type == want;
            else if (!expr_wants(s, node, sel->list[i], want))
                return false;
        }
        if (fit)
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
    if (!(node->kind == NODE_TEXT ? from_text(s, node, sel) : from_list(s, node, sel, want)))
        return NULL;
    return fits(s, node, sel, want) ? sel : NULL;
}
