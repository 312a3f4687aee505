/* threat_blocks.c - the key `threat` is read; see threat_blocks.h. */
#include "scenario/threat_blocks.h"

#include <string.h>

#include "scenario/run.h"
#include "xenpt/suggest.h"

#define RIGHT(r) (1u << XENPT_THREAT_##r)

/* clang-format off */
const struct xenpt_word threat_claim_words[NR_THREAT_CLAIMS] = {
    [CLAIM_UNREACHABLE] = { "unreachable", "no right at all" },
    [CLAIM_UNREADABLE] = { "unreadable", "no way to read" },
    [CLAIM_UNWRITABLE] = { "unwritable", "no way to write, whatever is written" },
    [CLAIM_UNCHANGEABLE] = { "unchangeable", "no way to write, nor to have Xen change entries, nor to make of a table what can be written, nor to spoil what is encrypted" },
};
const unsigned int threat_claim_rights[NR_THREAT_CLAIMS] = {
    [CLAIM_UNREACHABLE] = RIGHT(READ) | RIGHT(WRITE) | RIGHT(EXECUTE) | RIGHT(EDIT) | RIGHT(RETYPE) |
                          RIGHT(CIPHERTEXT) | RIGHT(SPOIL),
    [CLAIM_UNREADABLE] = RIGHT(READ),
    [CLAIM_UNWRITABLE] = RIGHT(WRITE),
    [CLAIM_UNCHANGEABLE] = RIGHT(WRITE) | RIGHT(EDIT) | RIGHT(RETYPE) | RIGHT(SPOIL),
};

static const struct row rows[] = {
    { .key = "compromised", KIND_ROW(kind_parties, threat_block, terms.who), .required = true, .text = "Who is." },
    { .key = "unreachable", KIND_ROW(kind_threat_targets, threat_block, claims[CLAIM_UNREACHABLE]),
      .text = "To what they have no right at all: not to read, write or execute, nor by Xen's hand to edit it or to have it be no table any more; of what is encrypted not even ciphertext." },
    { .key = "unreadable", KIND_ROW(kind_threat_targets, threat_block, claims[CLAIM_UNREADABLE]), .text = "What they have no way to read; ciphertext they may see." },
    { .key = "unwritable", KIND_ROW(kind_threat_targets, threat_block, claims[CLAIM_UNWRITABLE]),
      .text = "What they have no way to write, whatever is written, while it is used as it is; Xen may change it for them, as it does tables of PV guests." },
    { .key = "unchangeable", KIND_ROW(kind_threat_targets, threat_block, claims[CLAIM_UNCHANGEABLE]), .text = "What they have no way to write, edit, retype or spoil." },
    { .key = "becomes-not", KIND_ROW(kind_parties, threat_block, becomes_not), .text = "Parties that they do not become." },
    { .key = "except", .type = ROW_ONE, ROW_AT(threat_block, except), .words = &threat_except_choice, .text = "Frames that do not count." },
    { .key = "after", .type = ROW_TREE,
      .text = "After which steps it has to hold: a name or a number, or a list of them, 0 being before any; without it, before any and after each." },
    { .key = "because", .type = ROW_TEXT, ROW_AT(threat_block, because), .text = "Why it has to be so: shown when it is not." },
    THREAT_TERM_ROWS(threat_block),
};
const struct record threat_record = { .name = "threat", .rows = rows, .nr = ARRAY_SIZE(rows),
    .text = "A threat, by its name: who is compromised, and what must stay out of their reach, by all that they may do next, whatever happens. "
        "The moves are those of docs/threats.md, and the rules those of the scenario." };
/* clang-format on */

/* --- By name ------------------------------------------------------------------------------- */

bool threat_block_is(const struct scope *s, const char *name)
{
    return s->threats && s->threats->kind == NODE_MAP && node_get(s->threats, name);
}

const struct threat_block *threat_block_named(const struct scope *s, const char *name)
{
    for (size_t i = 0; s->blocks && i < s->blocks->nr; i++)
        if (!strcmp(s->blocks->list[i].name, name))
            return &s->blocks->list[i];
    return NULL;
}

/* A name has to be none of somebody who can be compromised, which stands in the same place. */
static void check_name(struct scope *s, const struct node *key)
{
    bool taken = !strcmp(key->text, "xen") || !strcmp(key->text, "dom0");

    if (!scope_name_ok(s, &key->at, key->text))
        return;
    for (size_t i = 0; i < s->nr_domains; i++)
        taken |= !strcmp(s->domains[i].name, key->text);
    if (taken)
        mistake(&s->m, &key->at, XENPT_EPARSE,
                "threat: '%.*s' is somebody who can be compromised, and no name of a threat",
                QUOTE_MAX, key->text);
}

/* --- Steps --------------------------------------------------------------------------------- */

static void mark_step(struct scope *s, const struct node *node, const struct plan *plan,
                      struct threat_block *b)
{
    char words[NODE_WORDS_MAX], hint[XENPT_DID_YOU_MEAN_MAX];
    struct xenpt_suggestion near;
    bool any = false;

    xenpt_suggest_begin(&near, node->text);
    for (size_t i = 0; node->kind == NODE_TEXT && i < plan->nr_steps; i++) {
        const struct step_head *head = plan->steps[i].args;

        if (is_step(&plan->steps[i], node->text))
            any = b->at[i] = true;
        else if (plan->steps[i].verb && head->name)
            xenpt_suggest_try(&near, head->name, strlen(head->name));
    }
    if (!any)
        mistake(&s->m, &node->at, XENPT_EPARSE,
                "after: %s is no step: their names, or numbers up to %zu, were expected%s",
                node_words(node, words), plan->nr_steps - 1, xenpt_suggest_words(&near, hint));
}

/* False: no memory. */
static bool mark_steps(struct scope *s, const struct plan *plan, struct threat_block *b)
{
    const struct node *after = node_get(b->node, "after");

    if (!after || after->kind == NODE_NULL)
        return true;
    b->at = doc_alloc(s->doc, plan->nr_steps * sizeof(*b->at));
    if (!b->at)
        return false;
    if (after->kind != NODE_LIST)
        mark_step(s, after, plan, b);
    for (size_t i = 0; after->kind == NODE_LIST && i < after->nr; i++)
        mark_step(s, after->items[i], plan, b);
    return true;
}

/* --- All of it ----------------------------------------------------------------------------- */

static bool read_block(struct scope *s, const struct node *key, const struct node *node,
                       const struct plan *plan, struct threat_block *b)
{
    size_t before = s->m.nr, claims = 0;
    char words[NODE_WORDS_MAX];

    b->name = key->text;
    b->node = node;
    check_name(s, key);
    if (node->kind != NODE_MAP) {
        mistake(&s->m, &node->at, XENPT_EPARSE,
                "threat: %s, and a map was expected, such as { compromised: d1, unreachable: d2 }",
                node_words(node, words));
        return true;
    }
    if (!read_record(s->doc, &threat_record, node, b, &s->m))
        return false;
    for (size_t i = 0; i < NR_THREAT_CLAIMS; i++)
        claims += b->claims[i].nr;
    if (s->m.nr == before && !claims && !b->becomes_not.nr)
        mistake(&s->m, &node->at, XENPT_EPARSE,
                "threat: nothing is said of what they must not: unreachable, unreadable, "
                "unwritable, unchangeable or becomes-not");
    return mark_steps(s, plan, b);
}

bool threat_blocks_read(struct scope *s, const struct node *root, struct plan *plan)
{
    const struct node *all = node_get(root, "threat");
    struct threat_blocks *blocks = doc_alloc(s->doc, sizeof(*blocks));
    char words[NODE_WORDS_MAX];

    if (!blocks)
        return false;
    s->blocks = blocks;
    if (!all || all->kind == NODE_NULL)
        return true;
    if (all->kind != NODE_MAP) {
        mistake(&s->m, &all->at, XENPT_EPARSE,
                "threat: %s, and a map of names to threats was expected, such as apart: { "
                "compromised: d1, unreachable: d2 }",
                node_words(all, words));
        return true;
    }
    blocks->list = doc_alloc(s->doc, (all->nr + 1) * sizeof(*blocks->list));
    if (!blocks->list)
        return false;
    for (size_t i = 0; i < all->nr; i++)
        if (!read_block(s, all->keys[i], all->items[i], plan, &blocks->list[i]))
            return false;
    blocks->nr = all->nr;
    return true;
}
