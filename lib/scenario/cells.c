/* cells.c - parameters: their combinations, and their values put where $name stands. */
#include "scenario/cells.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "xenpt/suggest.h"

/* --- Reading them -------------------------------------------------------------------------- */

static bool is_name(const char *text, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!isalnum((unsigned char)text[i]) && text[i] != '_' && text[i] != '-')
            return false;
    return n && isalpha((unsigned char)text[0]);
}

static bool read_parameters(struct doc *doc, const struct node *map, struct mistakes *m,
                            struct cells *ret)
{
    char words[NODE_WORDS_MAX];

    if (map->kind != NODE_MAP || map->nr > PARAMETERS_MAX) {
        mistake(m, &map->at, XENPT_EPARSE,
                "parameters: %s, and a map of at most %d was expected, such as release: "
                "[\"4.16\", \"4.17\"]",
                node_words(map, words), PARAMETERS_MAX);
        return true;
    }
    for (size_t i = 0; i < map->nr; i++) {
        struct parameter *p = &ret->parameters[ret->nr_parameters++];
        const struct node *values = map->items[i];

        p->name = map->keys[i]->text;
        if (!is_name(p->name, strlen(p->name)))
            mistake(m, &map->keys[i]->at, XENPT_EPARSE,
                    "parameters: %s is no name: letters, digits, - and _",
                    node_words(map->keys[i], words));
        if (values->kind == NODE_LIST && values->nr) {
            p->values = values->items;
            p->nr = values->nr;
        } else {
            const struct node **one = doc_alloc(doc, sizeof(*one));

            if (!one)
                return false;
            *one = values;
            p->values = one;
            p->nr = 1;
            if (values->kind == NODE_LIST)
                mistake(m, &values->at, XENPT_EPARSE, "parameters: '%.*s' has no values", QUOTE_MAX,
                        p->name);
        }
    }
    return true;
}

static struct parameter *parameter_named(struct cells *c, const char *name, size_t n)
{
    for (size_t i = 0; i < c->nr_parameters; i++)
        if (strlen(c->parameters[i].name) == n && !memcmp(c->parameters[i].name, name, n))
            return &c->parameters[i];
    return NULL;
}

static void unknown_parameter(const struct cells *c, struct mistakes *m, const struct place *at,
                              const char *name, size_t n)
{
    char hint[XENPT_DID_YOU_MEAN_MAX], typed[QUOTE_MAX + 1];
    struct xenpt_suggestion s;

    snprintf(typed, sizeof(typed), "%.*s", (int)(n < QUOTE_MAX ? n : QUOTE_MAX), name);
    xenpt_suggest_begin(&s, typed);
    for (size_t i = 0; i < c->nr_parameters; i++)
        xenpt_suggest_try(&s, c->parameters[i].name, strlen(c->parameters[i].name));
    mistake(m, at, XENPT_EPARSE, "there is no parameter '%s'%s%s", typed,
            xenpt_suggest_words(&s, hint),
            c->nr_parameters ? "" : " (a $ that means none is written $$)");
}

static bool fix(struct doc *doc, struct cells *c, const char *set, struct mistakes *m)
{
    const char *equals = strchr(set, '=');
    struct place at = c->root->at;
    struct parameter *p;
    struct node *value;

    at.line = at.column = 0;
    if (!equals) {
        mistake(m, &at, XENPT_EPARSE, "--set: '%.*s', and NAME=VALUE was expected", QUOTE_MAX, set);
        return true;
    }
    p = parameter_named(c, set, (size_t)(equals - set));
    if (!p) {
        unknown_parameter(c, m, &at, set, (size_t)(equals - set));
        return true;
    }
    value = doc_alloc(doc, sizeof(*value));
    if (!value)
        return false;
    /* As it was written there, if it is one of them: a release is in quotes. */
    *value = (struct node){ .kind = NODE_TEXT, .at = at, .text = equals + 1, .weight = 1 };
    p->only = value;
    for (size_t i = 0; i < p->nr; i++)
        if (!strcmp(p->values[i]->text, value->text))
            p->only = p->values[i];
    value->quoted = p->nr && p->values[0]->quoted;
    return true;
}

static void check_except(struct cells *c, struct mistakes *m)
{
    const struct node *except = node_get(c->root, "except");
    char words[NODE_WORDS_MAX];

    if (!except || except->kind == NODE_NULL)
        return;
    if (except->kind != NODE_LIST) {
        mistake(m, &except->at, XENPT_EPARSE,
                "except: %s, and a list was expected, such as - { release: \"4.6\", xpti: \"on\" }",
                node_words(except, words));
        return;
    }
    for (size_t i = 0; i < except->nr; i++) {
        const struct node *one = except->items[i];

        if (one->kind != NODE_MAP)
            mistake(m, &one->at, XENPT_EPARSE, "except: %s, and a map of parameters was expected",
                    node_words(one, words));
        for (size_t k = 0; one->kind == NODE_MAP && k < one->nr; k++)
            if (!parameter_named(c, one->keys[k]->text, strlen(one->keys[k]->text)))
                unknown_parameter(c, m, &one->keys[k]->at, one->keys[k]->text,
                                  strlen(one->keys[k]->text));
    }
}

bool cells_read(struct doc *doc, const struct node *root, const char *const *set, size_t nr_set,
                struct mistakes *m, struct cells *ret)
{
    const struct node *parameters = node_get(root, "parameters");

    *ret = (struct cells){ .root = root, .nr = 1 };
    if (parameters && parameters->kind != NODE_NULL && !read_parameters(doc, parameters, m, ret))
        return false;
    for (size_t i = 0; i < nr_set; i++)
        if (!fix(doc, ret, set[i], m))
            return false;
    check_except(ret, m);
    for (size_t i = 0; i < ret->nr_parameters; i++) {
        ret->nr *= ret->parameters[i].only ? 1 : ret->parameters[i].nr;
        if (ret->nr > CELLS_MAX) {
            mistake(m, &parameters->at, XENPT_ERANGE,
                    "parameters: they make more than %u combinations", CELLS_MAX);
            ret->nr = 1;
            break;
        }
    }
    return true;
}

/* --- One combination ----------------------------------------------------------------------- */

/* The last parameter changes fastest. */
static const struct node *value_in(const struct cells *c, size_t cell, size_t parameter)
{
    for (size_t i = c->nr_parameters; i-- > parameter + 1;)
        cell /= c->parameters[i].only ? 1 : c->parameters[i].nr;
    if (c->parameters[parameter].only)
        return c->parameters[parameter].only;
    return c->parameters[parameter].values[cell % c->parameters[parameter].nr];
}

static bool matches(const struct cells *c, size_t cell, const struct node *except)
{
    for (size_t k = 0; k < except->nr; k++)
        for (size_t i = 0; i < c->nr_parameters; i++) {
            const struct node *v = value_in(c, cell, i), *of = except->items[k];
            bool same = node_same(v, of);

            if (strcmp(c->parameters[i].name, except->keys[k]->text) != 0)
                continue;
            for (size_t n = 0; of->kind == NODE_LIST && n < of->nr; n++)
                same |= node_same(v, of->items[n]);
            if (!same)
                return false;
        }
    return except->nr;
}

bool cell_is_left_out(const struct cells *c, size_t i)
{
    const struct node *except = node_get(c->root, "except");

    for (size_t k = 0; except && except->kind == NODE_LIST && k < except->nr; k++)
        if (except->items[k]->kind == NODE_MAP && matches(c, i, except->items[k]))
            return true;
    return false;
}

static void put_value(char *buf, size_t size, size_t *used, const struct node *v)
{
    for (size_t i = 0; v->kind == NODE_LIST && i < v->nr; i++) {
        if (i && *used < size)
            *used += (size_t)snprintf(buf + *used, size - *used, ",");
        put_value(buf, size, used, v->items[i]);
    }
    if (*used < size && v->kind != NODE_LIST)
        *used += (size_t)snprintf(buf + *used, size - *used, "%s",
                                  v->kind == NODE_TEXT   ? v->text
                                  : v->kind == NODE_NULL ? "nothing"
                                                         : "{...}");
}

const char *cell_name(struct doc *doc, const char *before, const struct cells *c, size_t i)
{
    char buf[400];
    size_t used = (size_t)snprintf(buf, sizeof(buf), "%.200s", before);

    for (size_t k = 0; k < c->nr_parameters && used < sizeof(buf); k++) {
        used += (size_t)snprintf(buf + used, sizeof(buf) - used, "%s%s=", used ? " " : "",
                                 c->parameters[k].name);
        put_value(buf, sizeof(buf), &used, value_in(c, i, k));
    }
    return doc_text(doc, buf, strlen(buf));
}

/* --- Putting values in --------------------------------------------------------------------- */

struct putting {
    struct doc *doc;
    struct cells *cells;
    size_t cell;
    struct mistakes *m;
    size_t weight; /* Of values put in. */
};

/* The name that a $ is followed by; 0: it is none. */
static size_t name_after(const char *at, const char **name, size_t *n)
{
    bool braces = at[1] == '{';
    const char *from = at + 1 + braces;
    size_t k = 0;

    while (isalnum((unsigned char)from[k]) || from[k] == '_' || (braces && from[k] == '-'))
        k++;
    *name = from;
    *n = k;
    if (!k || (braces && from[k] != '}'))
        return 0;
    return 1 + k + 2 * (size_t)braces;
}

static const struct node *value_named(struct putting *p, const struct node *node, const char *name,
                                      size_t n)
{
    const struct parameter *param = parameter_named(p->cells, name, n);

    if (param)
        return value_in(p->cells, p->cell, (size_t)(param - p->cells->parameters));
    unknown_parameter(p->cells, p->m, &node->at, name, n);
    return NULL;
}

static const struct node *put_text(struct putting *p, const struct node *node)
{
    char buf[2048];
    size_t used = 0, n, skip;
    const char *name;
    struct node *copy;

    /* A value as a whole may be more than a text. */
    if (node->text[0] == '$' && name_after(node->text, &name, &n) == strlen(node->text)) {
        const struct node *v = value_named(p, node, name, n);

        p->weight += v ? v->weight : 0;
        if (p->weight > doc_limits.weight) {
            mistake(p->m, &node->at, XENPT_ERANGE,
                    "with its parameters the file has more than %zu "
                    "values",
                    doc_limits.weight);
            return NULL;
        }
        return v ? v : node;
    }
    for (const char *c = node->text; *c && used + 1 < sizeof(buf);) {
        const struct node *v;

        if (*c != '$') {
            buf[used++] = *c++;
            continue;
        }
        if (c[1] == '$') {
            buf[used++] = '$';
            c += 2;
            continue;
        }
        skip = name_after(c, &name, &n);
        v = value_named(p, node, name, n);
        c += skip ? skip : 1;
        if (v)
            put_value(buf, sizeof(buf), &used, v);
        if (!v && !skip)
            return node;
    }
    if (used + 1 >= sizeof(buf)) {
        mistake(p->m, &node->at, XENPT_ERANGE, "a text with a $ has more than %zu bytes",
                sizeof(buf));
        return node;
    }
    copy = doc_alloc(p->doc, sizeof(*copy));
    if (!copy)
        return NULL;
    *copy = *node;
    copy->text = doc_text(p->doc, buf, used);
    return copy->text ? copy : NULL;
}

static const struct node *put_in(struct putting *p, const struct node *node)
{
    const struct node **items = NULL;
    struct node *copy;

    if (node->kind == NODE_TEXT)
        return strchr(node->text, '$') ? put_text(p, node) : node;
    for (size_t i = 0; i < node->nr; i++) {
        const struct node *item = put_in(p, node->items[i]);

        if (!item)
            return NULL;
        if (item == node->items[i])
            continue;
        if (!items) {
            items = doc_alloc(p->doc, node->nr * sizeof(const struct node *));
            if (!items)
                return NULL;
            memcpy(items, node->items, node->nr * sizeof(const struct node *));
        }
        items[i] = item;
    }
    if (!items)
        return node;
    copy = doc_alloc(p->doc, sizeof(*copy));
    if (!copy)
        return NULL;
    *copy = *node;
    copy->items = items;
    return copy;
}

const struct node *cell_root(struct doc *doc, const struct cells *c, size_t i, struct mistakes *m)
{
    struct putting p = { .doc = doc, .cells = (struct cells *)c, .cell = i, .m = m };

    return put_in(&p, c->root);
}

bool node_same(const struct node *a, const struct node *b)
{
    if (a == b)
        return true;
    if (!a || !b || a->kind != b->kind || a->nr != b->nr || strcmp(a->text, b->text) != 0)
        return false;
    for (size_t i = 0; i < a->nr; i++)
        if ((a->kind == NODE_MAP && strcmp(a->keys[i]->text, b->keys[i]->text) != 0) ||
            !node_same(a->items[i], b->items[i]))
            return false;
    return true;
}
