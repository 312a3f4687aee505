/* language.c - the language, as rows for whoever explains it. */
#include <string.h>

#include "scenario/verb.h"

static size_t count(const struct verb *const verbs[])
{
    size_t n = 0;

    while (verbs[n])
        n++;
    return n;
}

static const struct verb *verb_at(enum xenpt_scenario_part part, size_t i)
{
    const struct verb *const *verbs = part == XENPT_SCENARIO_STEP ? step_verbs : expect_verbs;

    return part <= XENPT_SCENARIO_EXPECTATION && i < count(verbs) ? verbs[i] : NULL;
}

bool xenpt_scenario_word(enum xenpt_scenario_part part, size_t i, struct xenpt_scenario_word *ret)
{
    static const size_t common[] = {
        [XENPT_SCENARIO_STEP] = NR_STEP_ROWS, [XENPT_SCENARIO_EXPECTATION] = NR_CHECK_ROWS
    };
    const struct verb *v = verb_at(part, i);

    *ret = (struct xenpt_scenario_word){ .name = NULL };
    if (v) {
        ret->name = v->record.name;
        ret->text = v->record.text;
        ret->form = v->example;
        /* Rows that all have are told once. */
        ret->nr_keys = v->record.nr - common[part];
    } else if (part == XENPT_SCENARIO_FUNCTION && i < nr_funcs) {
        ret->name = funcs[i].name;
        ret->text = funcs[i].text;
        ret->form = funcs[i].form;
    } else if (part == XENPT_SCENARIO_WHO && i < nr_filter_words) {
        ret->name = filter_words[i].word.name;
        ret->text = filter_words[i].word.text;
        ret->form = filter_words[i].word.name;
    }
    return ret->name;
}

bool xenpt_scenario_key(enum xenpt_scenario_part part, size_t i, size_t k,
                        struct xenpt_scenario_key *ret)
{
    const struct verb *v = verb_at(part, i);
    const struct row *row;

    if (!v || k >= v->record.nr)
        return false;
    row = &v->record.rows[k];
    *ret = (struct xenpt_scenario_key){
        .name = row->key,
        .text = row->text,
        .required = row->required,
        .values = row->type == ROW_KIND   ? row->kind->words
                  : row->type == ROW_TREE ? "see there"
                                          : row_type_words[row->type],
    };
    if (row->type == ROW_ONE) {
        ret->words = row->words->rows;
        ret->nr_words = row->words->nr;
    }
    return true;
}
