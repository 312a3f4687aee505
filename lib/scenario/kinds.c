/* kinds.c - values of steps and expectations that rows alone cannot read. */
#include <stdio.h>
#include <string.h>

#include "analysis/rights.h"
#include "scenario/verb.h"
#include "xenpt/suggest.h"

#define SCHEMA_EXPR  "{\"type\":[\"string\",\"integer\"]}"
#define SCHEMA_NAMES "{\"type\":[\"string\",\"array\"],\"items\":{\"type\":\"string\"}}"

static bool put(void *at, const void *value)
{
    memcpy(at, &value, sizeof(value));
    return true;
}

/* --- Expressions --------------------------------------------------------------------------- */

#define EXPR_KIND(name, how, want_, words_)                                                        \
    static bool read_##name(struct doc *doc, const struct row *row, const struct node *node,       \
                            void *at, struct mistakes *m)                                          \
    {                                                                                              \
        (void)doc;                                                                                 \
        (void)row;                                                                                 \
        return put(at, how(scope_of(m), node, want_));                                             \
    }                                                                                              \
    const struct row_kind kind_##name = { .words = (words_),                                       \
                                          .schema = SCHEMA_EXPR,                                   \
                                          .read = read_##name }

static const struct expr *any_type(struct scope *s, const struct node *node, enum value_type want)
{
    (void)want;
    return expr_parse_part(s, node, 0, strlen(node->text));
}

/* What memory holds: a number, or a machine address with bits, as entries are. */
static const struct expr *word(struct scope *s, const struct node *node, enum value_type want)
{
    const struct expr *e = expr_parse_part(s, node, 0, strlen(node->text));

    if (e && expr_type(e) == VALUE_MADDR)
        return e;
    return expr_wants(s, node, e, want) ? e : NULL;
}

/* Frames, or all of a domain's. */
static const struct expr *memory(struct scope *s, const struct node *node, enum value_type want)
{
    const struct expr *e;

    if (strstr(node->text, ".."))
        return expr_parse_range(s, node, want);
    e = expr_parse_part(s, node, 0, strlen(node->text));
    if (e && expr_type(e) == VALUE_DOMAIN)
        return e;
    return expr_wants(s, node, e, want) ? e : NULL;
}

EXPR_KIND(address, expr_parse, VALUE_ADDRESS,
          "an address, such as 0x7fff0000, va(0,0,1,5) or "
          "xen.directmap(d1.gfn(5))");
EXPR_KIND(addresses, expr_parse_range, VALUE_ADDRESS,
          "an address; or FIRST..LAST; or an area such "
          "as xen.directmap, or a slot such as l4.slot(258), as a whole");
EXPR_KIND(number, expr_parse, VALUE_NUMBER, "a number");
EXPR_KIND(numbers, expr_parse_range, VALUE_NUMBER, "a number, or FIRST..LAST");
EXPR_KIND(word, word, VALUE_NUMBER, "a number, or maddr(d1.gfn(5)) | 0x67 as entries have it");
EXPR_KIND(frame, expr_parse, VALUE_MFN, "a frame, such as d1.gfn(5), d1.v0.kernel.root or 0x1234");
EXPR_KIND(maddr, expr_parse, VALUE_MADDR, "a machine address, such as maddr(d1.gfn(5)) + 8");
EXPR_KIND(vcpu, expr_parse, VALUE_VCPU, "a vCPU, such as d1.v0");
EXPR_KIND(domain, expr_parse, VALUE_DOMAIN, "a domain, such as d1");
EXPR_KIND(cpu, expr_parse, VALUE_CPU, "a CPU, such as cpu1");
EXPR_KIND(context, expr_parse, VALUE_CONTEXT, "a context, such as d1.v0.user");
EXPR_KIND(memory, memory, VALUE_MFN,
          "a frame, such as d1.gfn(5); or FIRST..LAST; or a domain: all "
          "of its memory");
EXPR_KIND(vcpus, any_type, VALUE_NUMBER, "a vCPU, such as d1.v0; or a domain, such as d1");
EXPR_KIND(anything, any_type, VALUE_NUMBER, "an expression");

/* --- Selectors ----------------------------------------------------------------------------- */

static bool read_contexts(struct doc *doc, const struct row *row, const struct node *node, void *at,
                          struct mistakes *m)
{
    (void)doc;
    (void)row;
    return put(at, selector_parse(scope_of(m), node, VALUE_CONTEXT));
}

const struct row_kind kind_contexts = {
    .words = "a context, such as d1.v0.user; a list; or every, any, no context ...",
    .schema = SCHEMA_NAMES,
    .read = read_contexts,
};

/* --- Rights -------------------------------------------------------------------------------- */

static bool read_rights(struct doc *doc, const struct row *row, const struct node *node, void *at,
                        struct mistakes *m)
{
    static const char letters[] = "rwxu";
    struct rights_wanted r = { .text = node->text };
    size_t n = strlen(node->text);
    char words[NODE_WORDS_MAX];
    bool ok = n == 3 || n == 4;

    (void)doc;
    for (size_t i = 0; ok && i < n; i++) {
        ok = node->text[i] == letters[i] || node->text[i] == '-' || node->text[i] == '.';
        if (node->text[i] != '.')
            r.mask |= 1u << i;
        if (node->text[i] == letters[i])
            r.value |= 1u << i;
    }
    if (!ok)
        mistake(
            m, &node->at, XENPT_EPARSE,
            "%s: %s, and rights are rwxu in this order, with - for one that is absent and . for "
            "one that does not matter: rw-, r-xu",
            row->key, node_words(node, words));
    memcpy(at, &r, sizeof(r));
    return true;
}

bool rights_hold(const struct rights_wanted *want, unsigned int rights)
{
    unsigned int letters = (rights >> XENPT_R & 1) | (rights >> XENPT_W & 1) << 1 |
                           (unsigned int)rights_fetch(rights) << 2 | (rights >> XENPT_U & 1) << 3;

    return !((letters ^ want->value) & want->mask);
}

const struct row_kind kind_rights = {
    .words =
        "rights as `xenpt map` writes them: rw-u, or rw- if user or not does not matter; . for "
        "any that does not",
    .schema = "{\"type\":\"string\",\"pattern\":\"^[r.-][w.-][x.-][u.-]?$\"}",
    .read = read_rights,
};

/* --- Flags --------------------------------------------------------------------------------- */

/* Of which format and level will be known when there is an entry: here, of any. */
static bool is_flag(const char *word, struct xenpt_suggestion *s)
{
    const struct xenpt_flag *flags[64];

    for (unsigned int f = 0; f < XENPT_NR_FORMATS; f++)
        for (unsigned int level = 1; level <= xenpt_format((enum xenpt_format_id)f)->top; level++) {
            size_t n = xenpt_entry_flags(xenpt_format((enum xenpt_format_id)f), level, UINT64_MAX,
                                         true, flags, ARRAY_SIZE(flags));

            for (size_t i = 0; i < n; i++) {
                size_t name = strlen(flags[i]->name);

                if (!strcmp(flags[i]->name, word) ||
                    (flags[i]->field && !strncmp(flags[i]->name, word, name) && word[name] == '='))
                    return true;
                xenpt_suggest_try(s, flags[i]->name, name);
            }
        }
    return false;
}

static void add_flag(struct mistakes *m, const struct row *row, const struct node *node,
                     const char *word, struct flag_words *to)
{
    char hint[XENPT_DID_YOU_MEAN_MAX];
    struct xenpt_suggestion s;

    xenpt_suggest_begin(&s, word);
    if (to->nr == FLAG_WORDS_MAX)
        mistake(m, &node->at, XENPT_ERANGE, "%s: more than %d flags", row->key, FLAG_WORDS_MAX);
    else if (!is_flag(word, &s))
        mistake(m, &node->at, XENPT_EPARSE,
                "%s: '%.*s' is no flag of an entry, such as P RW US A D "
                "PS G NX%s",
                row->key, QUOTE_MAX, word, xenpt_suggest_words(&s, hint));
    else
        to->word[to->nr++] = word;
}

static bool read_flags(struct doc *doc, const struct row *row, const struct node *node, void *at,
                       struct mistakes *m)
{
    struct flag_words words = { .nr = 0 };
    char expected[NODE_WORDS_MAX];

    for (size_t i = 0; node->kind == NODE_LIST && i < node->nr; i++)
        add_flag(m, row, node->items[i], node->items[i]->text, &words);
    if (node->kind == NODE_MAP || node->kind == NODE_NULL)
        mistake(m, &node->at, XENPT_EPARSE, "%s: %s, and flags were expected, such as [RW, NX]",
                row->key, node_words(node, expected));
    for (const char *c = node->text; node->kind == NODE_TEXT && *c; c += strspn(c, " ,")) {
        size_t n = strcspn(c, " ,");
        const char *word = doc_text(doc, c, n);

        if (!word)
            return false;
        add_flag(m, row, node, word, &words);
        c += n;
    }
    memcpy(at, &words, sizeof(words));
    return true;
}

const struct row_kind kind_flags = {
    .words = "flags of an entry, such as RW NX or [RW, NX]",
    .schema = SCHEMA_NAMES,
    .read = read_flags,
};

/* --- Sizes of pages ------------------------------------------------------------------------ */

static bool read_page(struct doc *doc, const struct row *row, const struct node *node, void *at,
                      struct mistakes *m)
{
    static const char *const sizes[] = { "4K", "2M", "4M", "1G" };
    char words[NODE_WORDS_MAX];

    (void)doc;
    for (size_t i = 0; i < ARRAY_SIZE(sizes); i++)
        if (!strcmp(sizes[i], node->text))
            return put(at, sizes[i]);
    mistake(m, &node->at, XENPT_EPARSE, "%s: %s, and a page is 4K, 2M, 4M or 1G", row->key,
            node_words(node, words));
    return true;
}

const struct row_kind kind_page = {
    .words = "4K, 2M, 4M or 1G",
    .schema = "{\"enum\":[\"4K\",\"2M\",\"4M\",\"1G\"]}",
    .read = read_page,
};
