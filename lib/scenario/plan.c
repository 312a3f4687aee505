/* plan.c - from the steps of a file to what is done. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "scenario/caches.h"
#include "scenario/hypercall.h"
#include "scenario/lines.h"
#include "scenario/path.h"
#include "scenario/threat_blocks.h"
#include "scenario/verb.h"
#include "xenpt/suggest.h"

/* --- Texts --------------------------------------------------------------------------------- */

static void put_node(char *buf, size_t size, size_t *used, const struct node *node)
{
    if (*used >= size)
        return;
    if (node->kind == NODE_LIST) {
        for (size_t i = 0; i < node->nr && *used < size; i++) {
            *used += (size_t)snprintf(buf + *used, size - *used, i ? ", " : "[");
            put_node(buf, size, used, node->items[i]);
        }
        if (*used < size)
            *used += (size_t)snprintf(buf + *used, size - *used, "]");
    } else {
        *used += (size_t)snprintf(buf + *used, size - *used, "%s",
                                  node->kind == NODE_MAP ? "{...}" : node->text);
    }
}

const char *plan_text(struct doc *doc, const struct node *node)
{
    static const char *const apart[] = { "name", "expect", "because", "steps" };
    char buf[400] = "";
    size_t used = 0;

    for (size_t i = 0; node->kind == NODE_MAP && i < node->nr && used < sizeof(buf); i++) {
        bool left_out = false;

        for (size_t k = 0; k < ARRAY_SIZE(apart); k++)
            left_out |= !strcmp(node->keys[i]->text, apart[k]);
        if (left_out)
            continue;
        used += (size_t)snprintf(buf + used, sizeof(buf) - used, "%s%s: ", used ? ", " : "",
                                 node->keys[i]->text);
        put_node(buf, sizeof(buf), &used, node->items[i]);
    }
    return doc_text(doc, buf, strlen(buf));
}

/* --- Verbs --------------------------------------------------------------------------------- */

static const struct verb *verb_named(const struct verb *const verbs[], const char *name)
{
    for (size_t i = 0; verbs[i]; i++)
        if (!strcmp(verbs[i]->record.name, name))
            return verbs[i];
    return NULL;
}

static const char *all_verbs(const struct verb *const verbs[], char *buf, size_t size)
{
    size_t used = 0;

    buf[0] = '\0';
    for (size_t i = 0; verbs[i] && used < size; i++)
        used += (size_t)snprintf(buf + used, size - used, "%s%s", i ? " " : "",
                                 verbs[i]->record.name);
    return buf;
}

static void no_verb(struct scope *s, const struct verb *const verbs[], const char *what,
                    const struct node *node)
{
    char hint[XENPT_DID_YOU_MEAN_MAX] = "", all[300];
    const struct node *key = NULL;

    for (size_t i = 0; i < node->nr && !hint[0]; i++) {
        struct xenpt_suggestion sug;

        key = node->keys[i];
        xenpt_suggest_begin(&sug, key->text);
        for (size_t k = 0; verbs[k]; k++)
            xenpt_suggest_try(&sug, verbs[k]->record.name, strlen(verbs[k]->record.name));
        xenpt_suggest_words(&sug, hint);
    }
    if (hint[0])
        mistake(&s->m, &key->at, XENPT_EPARSE, "'%.*s' is no %s%s", QUOTE_MAX, key->text, what,
                hint);
    else
        mistake(&s->m, &node->at, XENPT_EPARSE, "%s has one of these keys, and this has none: %s",
                what, all_verbs(verbs, all, sizeof(all)));
}

static bool has_row(const struct record *record, const char *key)
{
    for (size_t i = 0; i < record->nr; i++)
        if (!strcmp(record->rows[i].key, key))
            return true;
    return false;
}

static const struct verb *verb_of(struct scope *s, const struct verb *const verbs[],
                                  const char *what, const struct node *node)
{
    const struct verb *found = NULL;
    char words[NODE_WORDS_MAX];

    if (node->kind != NODE_MAP) {
        mistake(&s->m, &node->at, XENPT_EPARSE, "%s, and %s was expected: a map, such as %s",
                node_words(node, words), what, verbs[0]->example);
        return NULL;
    }
    for (size_t i = 0; i < node->nr; i++) {
        const struct verb *v = verb_named(verbs, node->keys[i]->text);

        /* One verb can be an argument of another: a page that is mapped has a frame. */
        if (!v || (found && has_row(&found->record, v->record.name)))
            continue;
        if (!found || has_row(&v->record, found->record.name)) {
            found = v;
            continue;
        }
        mistake(&s->m, &node->keys[i]->at, XENPT_EPARSE,
                "%s is '%s' already: '%s' is another, and begins with a - of its own", what,
                found->record.name, v->record.name);
        return NULL;
    }
    if (!found)
        no_verb(s, verbs, what, node);
    return found;
}

/* --- Bindings ------------------------------------------------------------------------------ */

/* "v in every pv64 vcpu" */
static bool bind(struct scope *s, const struct node *node, struct check_head *head)
{
    const char *c = node->text;
    size_t n = 0, gap;
    struct node rest = *node;
    const char *name;

    while (isalnum((unsigned char)c[n]) || c[n] == '_' || c[n] == '-')
        n++;
    gap = n + strspn(c + n, " ");
    if (!n || !isalpha((unsigned char)*c) || strncmp(c + gap, "in ", 3) != 0) {
        char words[NODE_WORDS_MAX];

        mistake(&s->m, &node->at, XENPT_EPARSE,
                "for: %s, and NAME in SELECTOR was expected, such as v in every pv64 vcpu",
                node_words(node, words));
        return false;
    }
    rest.text = c + gap + 3;
    rest.at.column += (unsigned int)(gap + 3);
    head->bind = selector_parse(s, &rest, NR_VALUE_TYPES);
    name = doc_text(s->doc, c, n);
    return head->bind && name && scope_bind(s, &node->at, name, head->bind->type, &head->binding);
}

/* --- Expectations -------------------------------------------------------------------------- */

static bool no_memory(struct scope *s)
{
    mistake(&s->m, NULL, XENPT_ENOMEM, "no memory for a plan");
    return false;
}

static bool read_expectation(struct scope *s, const struct node *node, struct expectation *ret)
{
    const struct verb *v = verb_of(s, expect_verbs, "an expectation", node);
    const struct node *binding = v ? node_get(node, "for") : NULL;
    size_t before = s->m.nr, bound = s->nr_bindings;
    struct check_head *head;
    void *args;
    bool ok;

    if (!v)
        return true;
    args = doc_alloc(s->doc, v->size);
    if (!args)
        return no_memory(s);
    head = args;
    if (binding && !bind(s, binding, head))
        return true; /* Names that it binds would all be told as unknown. */
    ok = read_record(s->doc, &v->record, node, args, &s->m);
    if (ok && v->examine && s->m.nr == before)
        v->examine(s, node, args);
    s->nr_bindings = bound;
    *ret = (struct expectation){ v, args, node };
    return ok;
}

static bool read_expectations(struct scope *s, const struct node *list, struct step *to)
{
    struct expectation *all;
    char words[NODE_WORDS_MAX];

    if (!list || list->kind == NODE_NULL)
        return true;
    if (list->kind != NODE_LIST) {
        mistake(&s->m, &list->at, XENPT_EPARSE,
                "expect: %s, and a list of expectations was expected: each begins with a -",
                node_words(list, words));
        return true;
    }
    all = doc_alloc(s->doc, (list->nr + 1) * sizeof(*all));
    if (!all)
        return no_memory(s);
    for (size_t i = 0; i < list->nr; i++)
        if (!read_expectation(s, list->items[i], &all[i]))
            return false;
    to->expect = all;
    to->nr_expect = list->nr;
    return true;
}

/* --- Steps --------------------------------------------------------------------------------- */

static bool read_arguments(struct scope *s, const struct node *node, struct step *ret)
{
    const struct verb *v = ret->verb;
    size_t before = s->m.nr;
    void *args = doc_alloc(s->doc, v->size);

    if (!args)
        return no_memory(s);
    ret->args = args;
    if (!read_record(s->doc, &v->record, node, args, &s->m))
        return false;
    if (v->examine && s->m.nr == before)
        v->examine(s, node, args);
    return true;
}

static bool read_step(struct scope *s, const struct node *node, struct step *ret)
{
    ret->node = node;
    ret->verb = verb_of(s, step_verbs, "a step", node);
    if (ret->verb && !read_arguments(s, node, ret))
        return false;
    /* Those of a step may name what it has remembered. */
    return node->kind != NODE_MAP || read_expectations(s, node_get(node, "expect"), ret);
}

bool plan_steps(struct scope *s, const struct node *list, struct step **ret, size_t *nr)
{
    *ret = doc_alloc(s->doc, (list->nr + 1) * sizeof(**ret));
    if (!*ret)
        return no_memory(s);
    for (*nr = 0; *nr < list->nr; (*nr)++) {
        (*ret)[*nr].number = (unsigned int)*nr + 1;
        if (!read_step(s, list->items[*nr], &(*ret)[*nr]))
            return false;
    }
    return true;
}

bool scope_name_ok(struct scope *s, const struct place *at, const char *name)
{
    for (const char *c = name; *c; c++)
        if (!(isalnum((unsigned char)*c) || *c == '_' || *c == '-') ||
            !isalpha((unsigned char)*name)) {
            mistake(&s->m, at, XENPT_EPARSE, "'%.*s' is no name: letters, digits, - and _",
                    QUOTE_MAX, name);
            return false;
        }
    return *name;
}

bool scope_bind(struct scope *s, const struct place *at, const char *name, enum value_type type,
                size_t *ret)
{
    if (!scope_name_ok(s, at, name))
        return false;
    if (s->nr_bindings == BINDINGS_MAX) {
        mistake(&s->m, at, XENPT_ERANGE, "more than %d names bound in each other", BINDINGS_MAX);
        return false;
    }
    *ret = s->nr_bindings;
    s->bindings[s->nr_bindings++] = (struct binding){ name, type };
    return true;
}

static bool read_names(struct scope *s)
{
    char words[NODE_WORDS_MAX];

    if (!s->names || s->names->kind == NODE_NULL) {
        s->names = NULL;
        return true;
    }
    if (s->names->kind != NODE_MAP) {
        mistake(&s->m, &s->names->at, XENPT_EPARSE,
                "names: %s, and a map was expected, such as secret: d1.gfn(5)",
                node_words(s->names, words));
        s->names = NULL;
        return true;
    }
    for (size_t i = 0; i < s->names->nr; i++) {
        const char *name = s->names->keys[i]->text;
        scope_name_ok(s, &s->names->keys[i]->at, name);
    }
    return true;
}

bool plan_read(struct scope *s, const struct node *root, struct plan *ret)
{
    const struct node *steps = node_get(root, "steps");
    char words[NODE_WORDS_MAX];
    size_t nr;

    enum xenpt_tlb_part_id part;

    struct xenpt_rules_wanted *rules = doc_alloc(s->doc, sizeof(*rules));

    if (!rules)
        return no_memory(s);
    s->rules = rules;
    s->threats = node_get(root, "threat");
    if (!read_names(s) || !rules_read(s, node_get(root, "rules"), rules) ||
        !invariants_read(s, node_get(root, "invariants"), &ret->invariants))
        return false;
    if (caches_read(s, node_get(root, "tlb"), &part))
        ret->part = part;
    lines_read(s, node_get(root, "caches"), &ret->lines);
    if (steps && steps->kind != NODE_LIST && steps->kind != NODE_NULL) {
        mistake(&s->m, &steps->at, XENPT_EPARSE,
                "steps: %s, and a list of steps was expected: each begins with a -",
                node_words(steps, words));
        steps = NULL;
    }
    nr = steps && steps->kind == NODE_LIST ? steps->nr : 0;
    ret->steps = doc_alloc(s->doc, (nr + 1) * sizeof(*ret->steps));
    if (!ret->steps)
        return no_memory(s);
    ret->nr_steps = nr + 1;
    ret->steps[0].node = root;
    if (!read_expectations(s, node_get(root, "expect"), &ret->steps[0]))
        return false;
    for (size_t i = 0; i < nr; i++) {
        ret->steps[i + 1].number = (unsigned int)i + 1;
        if (!read_step(s, steps->items[i], &ret->steps[i + 1]))
            return false;
    }
    if (!threat_blocks_read(s, root, ret))
        return no_memory(s);
    expr_check_names(s);
    return true;
}
