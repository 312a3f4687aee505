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

static const struct record *record_at(enum xenpt_scenario_part part, size_t i)
{
    const struct verb *v = verb_at(part, i);
    size_t n = 0;

    if (v)
        return &v->record;
    while (model_records[n])
        n++;
    return part == XENPT_SCENARIO_RECORD && i < n ? model_records[i] : NULL;
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
    } else if (record_at(part, i)) {
        ret->name = ret->form = record_at(part, i)->name;
        ret->text = record_at(part, i)->text;
        ret->nr_keys = record_at(part, i)->nr;
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
    const struct record *record = record_at(part, i);
    const struct row *row;

    if (!record || k >= record->nr)
        return false;
    row = &record->rows[k];
    *ret = (struct xenpt_scenario_key){
        .name = row->key,
        .text = row->text,
        .required = row->required,
        .values = row->type == ROW_KIND   ? row->kind->words
                  : row->type == ROW_TREE ? "see there"
                                          : row_type_words[row->type],
    };
    ret->several = row->type == ROW_SET;
    if (row->type == ROW_ONE)
        ret->nr_words = row->words->nr;
    else if (row->type == ROW_SET)
        ret->nr_words = row->words->nr + row->words->nr_groups;
    return true;
}

bool xenpt_scenario_choice(enum xenpt_scenario_part part, size_t i, size_t k, size_t w,
                           struct xenpt_word *ret)
{
    const struct record *record = record_at(part, i);
    struct xenpt_scenario_key key;
    const struct words *words;

    if (!xenpt_scenario_key(part, i, k, &key) || w >= key.nr_words)
        return false;
    words = record->rows[k].words;
    if (w < words->nr)
        *ret = words->rows[w];
    else
        *ret = (struct xenpt_word){ words->groups[w - words->nr].name,
                                    words->groups[w - words->nr].text };
    return true;
}
