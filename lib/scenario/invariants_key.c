/* invariants_key.c - the key `invariants` of a scenario: which of them are checked, and when. */
#include <string.h>

#include "base/bits.h"
#include "scenario/invariant.h"
#include "xenpt/suggest.h"

/* clang-format off */
const struct xenpt_word invariants_moments[] = {
    { "end", "after the last step" },
    { "every-step", "after each step" },
    { "none", "never" },
    { NULL, NULL },
};
/* clang-format on */
enum { AT_END, EVERY_STEP, NEVER };

size_t number_of_invariants(void)
{
    size_t n = 0;

    while (invariants[n].word)
        n++;
    return n;
}

static invariant_set all_of_them(void)
{
    return (invariant_set)ones((unsigned int)number_of_invariants());
}

static void unknown(struct scope *s, const struct node *node, const char *name)
{
    char hint[XENPT_DID_YOU_MEAN_MAX], words[NODE_WORDS_MAX];
    struct xenpt_suggestion sug;

    xenpt_suggest_begin(&sug, name);
    for (size_t i = 0; invariants_moments[i].name; i++)
        xenpt_suggest_try(&sug, invariants_moments[i].name, strlen(invariants_moments[i].name));
    for (size_t i = 0; invariants[i].word; i++)
        xenpt_suggest_try(&sug, invariants[i].word->name, strlen(invariants[i].word->name));
    mistake(&s->m, &node->at, XENPT_EPARSE,
            "invariants: %s is none of end, every-step, none, and no invariant, or one with - "
            "before it%s",
            node_words(node, words), xenpt_suggest_words(&sug, hint));
}

/* What was read so far. */
struct reading {
    struct invariants_wanted *to;
    invariant_set only, but;
    bool never;
};

static bool read_word(struct reading *r, const char *word, size_t n)
{
    bool off = *word == '-';
    const char *name = word + off;

    n -= off;
    for (size_t i = 0; !off && invariants_moments[i].name; i++)
        if (strlen(invariants_moments[i].name) == n &&
            !memcmp(invariants_moments[i].name, name, n)) {
            r->to->every_step |= i == EVERY_STEP;
            r->never |= i == NEVER;
            return true;
        }
    for (size_t i = 0; invariants[i].word; i++)
        if (strlen(invariants[i].word->name) == n && !memcmp(invariants[i].word->name, name, n)) {
            *(off ? &r->but : &r->only) |= 1u << i;
            return true;
        }
    return false;
}

/* "every-step -own-memory" */
static void read_words(struct scope *s, const struct node *node, struct reading *r)
{
    bool ok = node->kind == NODE_TEXT && *node->text;

    for (const char *c = node->text; ok && *c; c += strspn(c, " ")) {
        size_t n = strcspn(c, " ");

        ok = read_word(r, c, n);
        c += n;
    }
    if (!ok)
        unknown(s, node, node->text + (*node->text == '-'));
}

bool invariants_read(struct scope *s, const struct node *node, struct invariants_wanted *ret)
{
    struct reading r = { .to = ret };

    *ret = (struct invariants_wanted){ .which = all_of_them() };
    if (!node || node->kind == NODE_NULL)
        return true;
    ret->given = true;
    if (node->kind != NODE_LIST)
        read_words(s, node, &r);
    for (size_t i = 0; node->kind == NODE_LIST && i < node->nr; i++)
        read_words(s, node->items[i], &r);
    if (r.never && (ret->every_step || r.only))
        mistake(&s->m, &node->at, XENPT_EPARSE,
                "invariants: none of them is to be checked, and some are");
    if (r.only)
        ret->which = r.only;
    ret->which = r.never ? 0 : ret->which & ~r.but;
    return true;
}
