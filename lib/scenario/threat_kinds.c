/* threat_kinds.c - see threat_kinds.h: each word is known before anything runs. */
#include "scenario/threat_kinds.h"

#include <stdio.h>
#include <string.h>

#include "scenario/threat_blocks.h"
#include "xenpt/suggest.h"
#include "xenpt/threat.h"

#define SCHEMA_NAMES "{\"type\":[\"string\",\"array\"],\"items\":{\"type\":\"string\"}}"

/* Whether a word is one, and what there is instead. */
typedef bool (*is_word_fn)(const struct scope *s, const char *word, struct xenpt_suggestion *near);

static void add(struct mistakes *m, const struct row *row, const struct node *node,
                const char *word, is_word_fn is_word, struct name_list *to)
{
    char hint[XENPT_DID_YOU_MEAN_MAX];
    struct xenpt_suggestion near;

    xenpt_suggest_begin(&near, word);
    if (to->nr == NAMES_MAX)
        mistake(m, &node->at, XENPT_ERANGE, "%s: more than %d", row->key, NAMES_MAX);
    else if (!is_word(scope_of(m), word, &near))
        mistake(m, &node->at, XENPT_EPARSE, "%s: '%.*s' is none; expected %s%s", row->key,
                QUOTE_MAX, word, row->kind->words, xenpt_suggest_words(&near, hint));
    else
        to->word[to->nr++] = word;
}

/* False: no memory. */
static bool read_list(struct doc *doc, const struct row *row, const struct node *node,
                      struct mistakes *m, is_word_fn is_word, struct name_list *ret)
{
    char words[NODE_WORDS_MAX];

    ret->nr = 0;
    for (size_t i = 0; node->kind == NODE_LIST && i < node->nr; i++)
        add(m, row, node->items[i], node->items[i]->text, is_word, ret);
    if (node->kind == NODE_MAP || node->kind == NODE_NULL)
        mistake(m, &node->at, XENPT_EPARSE, "%s: %s, and expected was %s", row->key,
                node_words(node, words), row->kind->words);
    for (const char *c = node->text; node->kind == NODE_TEXT && *c; c += strspn(c, " ,")) {
        size_t n = strcspn(c, " ,");
        const char *word = doc_text(doc, c, n);

        if (!word)
            return false;
        add(m, row, node, word, is_word, ret);
        c += n;
    }
    return true;
}

/* --- Words --------------------------------------------------------------------------------- */

static bool is_domain(const struct scope *s, const char *word, size_t n,
                      struct xenpt_suggestion *near)
{
    for (size_t i = 0; i < s->nr_domains; i++) {
        const char *name = s->domains[i].name;

        if (strlen(name) == n && !memcmp(name, word, n))
            return true;
        xenpt_suggest_try(near, name, strlen(name));
    }
    return n == 4 && !memcmp(word, "dom0", n);
}

static bool is_party(const struct scope *s, const char *word, struct xenpt_suggestion *near)
{
    const char *dot = strrchr(word, '.');

    if (!strcmp(word, "xen") || is_domain(s, word, strlen(word), near))
        return true;
    for (unsigned int k = 0; dot && k < XENPT_PARTY_UNCHECKED; k++)
        if (!strcmp(xenpt_party_kind_word((enum xenpt_party_kind)k)->name, dot + 1))
            return is_domain(s, word, (size_t)(dot - word), near);
    return false;
}

static bool is_domain_word(const struct scope *s, const char *word, struct xenpt_suggestion *near)
{
    return is_domain(s, word, strlen(word), near);
}

static bool is_move(const struct scope *s, const char *word, struct xenpt_suggestion *near)
{
    (void)s;
    for (size_t i = 0; xenpt_move(i); i++)
        xenpt_suggest_try(near, xenpt_move(i)->name, strlen(xenpt_move(i)->name));
    return xenpt_move_named(word);
}

static bool is_stub(const struct scope *s, const char *word, struct xenpt_suggestion *near)
{
    const char *is = strchr(word, '=');

    return is && is_domain(s, word, (size_t)(is - word), near) &&
           is_domain(s, is + 1, strlen(is + 1), near);
}

static bool is_right(const struct scope *s, const char *word, struct xenpt_suggestion *near)
{
    (void)s;
    for (unsigned int r = 0; r < XENPT_NR_THREAT_RIGHTS; r++) {
        const char *name = xenpt_threat_right_word((enum xenpt_threat_right)r)->name;

        if (!strcmp(name, word))
            return true;
        xenpt_suggest_try(near, name, strlen(name));
    }
    return false;
}

static bool is_what(const struct scope *s, const char *word, struct xenpt_suggestion *near)
{
    (void)s;
    for (unsigned int i = 0; i < XENPT_NR_THREAT_WHATS; i++) {
        const char *name = xenpt_threat_what_word((enum xenpt_threat_what)i)->name;

        if (!strcmp(name, word))
            return true;
        xenpt_suggest_try(near, name, strlen(name));
    }
    return false;
}

/* --- Kinds --------------------------------------------------------------------------------- */

#define LIST_KIND(name, is_word, words_)                                                           \
    static bool read_##name(struct doc *doc, const struct row *row, const struct node *node,       \
                            void *at, struct mistakes *m)                                          \
    {                                                                                              \
        struct name_list list;                                                                     \
                                                                                                   \
        if (!read_list(doc, row, node, m, is_word, &list))                                         \
            return false;                                                                          \
        memcpy(at, &list, sizeof(list));                                                           \
        return true;                                                                               \
    }                                                                                              \
    const struct row_kind kind_##name = { .words = (words_),                                       \
                                          .schema = SCHEMA_NAMES,                                  \
                                          .read = read_##name }

LIST_KIND(parties, is_party,
          "xen, or a domain with .user, .kernel, .device or .qemu behind it; a "
          "domain alone is its kernel, dom0 the privileged one; or a list");
LIST_KIND(domains_named, is_domain_word, "a domain, or a list of them");
LIST_KIND(moves, is_move, "a move of docs/threats.md, or a list of them");
LIST_KIND(stubs, is_stub, "d3=d2, where d3 is the device model of d2, or a list of them");

#define BITS_KIND(bits_, is_word, nr_, word_of, words_)                                            \
    static bool read_##bits_(struct doc *doc, const struct row *row, const struct node *node,      \
                             void *at, struct mistakes *m)                                         \
    {                                                                                              \
        struct name_list list;                                                                     \
        unsigned int bits = 0;                                                                     \
                                                                                                   \
        if (!read_list(doc, row, node, m, is_word, &list))                                         \
            return false;                                                                          \
        for (size_t i = 0; i < list.nr; i++)                                                       \
            for (unsigned int k = 0; k < (nr_); k++)                                               \
                if (!strcmp(list.word[i], word_of(k)->name))                                       \
                    bits |= 1u << k;                                                               \
        memcpy(at, &bits, sizeof(bits));                                                           \
        return true;                                                                               \
    }                                                                                              \
    const struct row_kind kind_##bits_ = { .words = (words_),                                      \
                                           .schema = SCHEMA_NAMES,                                 \
                                           .read = read_##bits_ }

BITS_KIND(threat_rights, is_right, XENPT_NR_THREAT_RIGHTS, xenpt_threat_right_word,
          "read, write, execute, edit, retype, ciphertext or spoil, or a list of them");
BITS_KIND(threat_whats, is_what, XENPT_NR_THREAT_WHATS, xenpt_threat_what_word,
          "memory, tables, shared, m2p, image, xen, free, mmcfg, mmio or epc, or a list of them");

/* --- Parties, or a threat ------------------------------------------------------------------ */

static bool is_compromised(const struct scope *s, const char *word, struct xenpt_suggestion *near)
{
    for (size_t i = 0; s->threats && s->threats->kind == NODE_MAP && i < s->threats->nr; i++)
        xenpt_suggest_try(near, s->threats->keys[i]->text, strlen(s->threats->keys[i]->text));
    return threat_block_is(s, word) || is_party(s, word, near);
}

static bool read_compromised(struct doc *doc, const struct row *row, const struct node *node,
                             void *at, struct mistakes *m)
{
    struct name_list list;

    if (!read_list(doc, row, node, m, is_compromised, &list))
        return false;
    for (size_t i = 0; list.nr > 1 && i < list.nr; i++)
        if (threat_block_is(scope_of(m), list.word[i]))
            mistake(m, &node->at, XENPT_EPARSE,
                    "%s: '%.*s' is a threat of this file, and stands alone", row->key, QUOTE_MAX,
                    list.word[i]);
    memcpy(at, &list, sizeof(list));
    return true;
}

const struct row_kind kind_compromised = {
    .words = "xen, or a domain with .user, .kernel, .device or .qemu behind it; a domain alone is "
             "its kernel, dom0 the privileged one; or a list; or the name of a threat of the file",
    .schema = SCHEMA_NAMES,
    .read = read_compromised,
};

/* --- Frames -------------------------------------------------------------------------------- */

/* The bit of the last word of a text, of whose length it is taken; 0: it is none. */
static unsigned int last_what(const char *text, size_t *n)
{
    size_t end = *n, begin;

    while (end && text[end - 1] == ' ')
        end--;
    for (begin = end; begin && text[begin - 1] != ' ';)
        begin--;
    for (unsigned int k = 0; k < XENPT_NR_THREAT_WHATS; k++) {
        const char *name = xenpt_threat_what_word((enum xenpt_threat_what)k)->name;

        if (strlen(name) == end - begin && !memcmp(name, text + begin, end - begin)) {
            *n = begin;
            return 1u << k;
        }
    }
    return 0;
}

/* "d1 tables", "xen", "d1.gfn(5)".  False: no memory. */
static bool read_target(struct doc *doc, const struct row *row, const struct node *node,
                        struct mistakes *m, struct target_list *to)
{
    struct threat_target t = { .text = node->text };
    size_t n = node->kind == NODE_TEXT ? strlen(node->text) : 0;
    char words[NODE_WORDS_MAX];
    struct node rest = *node;
    unsigned int bit;

    if (!n) {
        mistake(m, &node->at, XENPT_EPARSE, "%s: %s, and expected was %s", row->key,
                node_words(node, words), row->kind->words);
        return true;
    }
    if (to->nr == NAMES_MAX) {
        mistake(m, &node->at, XENPT_ERANGE, "%s: more than %d", row->key, NAMES_MAX);
        return true;
    }
    while ((bit = last_what(node->text, &n)) != 0)
        t.what |= bit;
    rest.text = doc_text(doc, node->text, n);
    if (!rest.text)
        return false;
    if (rest.text[strspn(rest.text, " ")] && !kind_memory.read(doc, row, &rest, (void *)&t.to, m))
        return false;
    to->target[to->nr++] = t;
    return true;
}

static bool read_targets(struct doc *doc, const struct row *row, const struct node *node, void *at,
                         struct mistakes *m)
{
    struct target_list *list = at;
    bool ok = true;

    list->nr = 0;
    if (node->kind != NODE_LIST)
        return read_target(doc, row, node, m, list);
    for (size_t i = 0; ok && i < node->nr; i++)
        ok = read_target(doc, row, node->items[i], m, list);
    return ok;
}

const struct row_kind kind_threat_targets = {
    .words = "a frame, a range of them or a domain, with what they are behind it or not: d1 "
             "tables; or that alone: xen, image, m2p; or a list of them",
    .schema = "{\"type\":[\"string\",\"integer\",\"array\"],\"items\":{\"type\":[\"string\","
              "\"integer\"]}}",
    .read = read_targets,
};
