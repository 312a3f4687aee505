/* requests.c - what hypercalls of steps are given: lists of requests, numbers, domains. */
#include "scenario/hypercall.h"

bool number_or(struct world *w, const struct expr *e, uint64_t usual, uint64_t *ret)
{
    struct value v = { .v = usual };

    if (e && !expr_eval(w, e, &v))
        return false;
    *ret = v.v;
    return true;
}

bool domain_or(struct world *w, const struct expr *e, uint32_t usual, uint32_t *ret)
{
    struct value v = { .who = { .domain = usual } };

    if (e && !expr_eval(w, e, &v))
        return false;
    *ret = v.who.domain;
    return true;
}

/* A list is given in place of what one request has, and not beside it. */
static bool is_alone(struct scope *s, const struct node *step, const struct record *record)
{
    for (size_t i = 0; i < record->nr; i++) {
        const struct node *beside = node_get(step, record->rows[i].key);

        if (beside) {
            mistake(&s->m, &beside->at, XENPT_EPARSE,
                    "%s: it is of one request, and requests has several, each with its own",
                    record->rows[i].key);
            return false;
        }
    }
    return true;
}

bool requests_read(struct scope *s, const struct node *step, const struct record *record,
                   void (*examine)(struct scope *s, const struct node *node, const void *request),
                   void *one, struct requests *ret)
{
    const struct node *list = node_get(step, "requests");
    size_t before = s->m.nr;
    char words[NODE_WORDS_MAX];

    *ret = (struct requests){ .first = one, .nr = 1 };
    if (!list) {
        examine(s, step, one);
        return s->m.nr == before;
    }
    if (list->kind != NODE_LIST || !list->nr || list->nr > REQUESTS_MAX) {
        mistake(&s->m, &list->at, XENPT_EPARSE,
                "requests: %s, and a list of 1 to %d requests was expected, each a map",
                node_words(list, words), REQUESTS_MAX);
        return false;
    }
    if (!is_alone(s, step, record))
        return false;
    ret->nr = list->nr;
    ret->first = doc_alloc(s->doc, list->nr * record->size);
    if (!ret->first) {
        mistake(&s->m, &list->at, XENPT_ENOMEM, "no memory for a list of requests");
        return false;
    }
    for (size_t i = 0; i < list->nr; i++) {
        char *at = (char *)ret->first + i * record->size;
        size_t mistakes = s->m.nr;

        if (!read_record(s->doc, record, list->items[i], at, &s->m))
            return false;
        if (s->m.nr == mistakes)
            examine(s, list->items[i], at);
    }
    return s->m.nr == before;
}
