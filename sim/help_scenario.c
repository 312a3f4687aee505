/* help_scenario.c - the language of scenarios on a terminal, from the library's rows. */
#include <string.h>

#include "help.h"

static const char *const headings[XENPT_NR_SCENARIO_PARTS] = {
    [XENPT_SCENARIO_STEP] = "Steps, `xenpt help STEP` for the keys of one",
    [XENPT_SCENARIO_EXPECTATION] = "Expectations, likewise",
    [XENPT_SCENARIO_FUNCTION] = "In expressions",
    [XENPT_SCENARIO_RECORD] = "Parts of a model, `xenpt help PART` for the keys of one",
    [XENPT_SCENARIO_WHO] = "Words between every, any or no and context, vcpu or domain",
};

static void words(FILE *to, enum xenpt_scenario_part part)
{
    struct xenpt_scenario_word word;

    fprintf(to, "\n%s:\n", headings[part]);
    for (size_t i = 0; xenpt_scenario_word(part, i, &word); i++)
        help_entry(to, part == XENPT_SCENARIO_FUNCTION ? word.form : word.name, word.text);
}

void help_scenario(FILE *to)
{
    for (unsigned int p = 0; p < XENPT_SCENARIO_RECORD; p++)
        words(to, (enum xenpt_scenario_part)p);
}

void help_models(FILE *to)
{
    words(to, XENPT_SCENARIO_RECORD);
}

static void keys(FILE *to, enum xenpt_scenario_part part, size_t i,
                 const struct xenpt_scenario_word *word)
{
    struct xenpt_scenario_key key;

    fprintf(to, "%s\n\n", word->text);
    if (part != XENPT_SCENARIO_RECORD)
        fprintf(to, "Example:\n  - %s\n\n", word->form);
    fprintf(to, "Keys:\n");
    for (size_t k = 0; xenpt_scenario_key(part, i, k, &key); k++) {
        char text[1400];
        size_t used = (size_t)snprintf(text, sizeof(text), "%s%s ", key.text,
                                       key.required ? " Needed." : "");

        if (!key.nr_words)
            snprintf(text + used, sizeof(text) - used, "(%s)", key.values);
        for (size_t w = 0; w < key.nr_words && used < sizeof(text); w++)
            used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%s: %s%s", w ? "; " : "(",
                                     key.words[w].name, key.words[w].text,
                                     w + 1 == key.nr_words ? ")" : "");
        help_entry(to, key.name, text);
    }
}

/* Parts whose words have keys, and what such a word is. */
static const struct {
    enum xenpt_scenario_part part;
    const char *what;
} keyed[] = {
    { XENPT_SCENARIO_STEP, "a step of a scenario" },
    { XENPT_SCENARIO_EXPECTATION, "an expectation of a scenario" },
    { XENPT_SCENARIO_RECORD, "a part of a model" },
};
#define NR_KEYED (sizeof(keyed) / sizeof(keyed[0]))

bool help_scenario_word(FILE *to, const char *name)
{
    struct xenpt_scenario_word word;
    bool any = false;

    for (size_t p = 0; p < NR_KEYED; p++)
        for (size_t i = 0; xenpt_scenario_word(keyed[p].part, i, &word); i++) {
            if (strcmp(word.name, name) != 0)
                continue;
            fprintf(to, "%s%s, %s: ", any ? "\n" : "", name, keyed[p].what);
            keys(to, keyed[p].part, i, &word);
            any = true;
        }
    return any;
}

void help_scenario_suggest(struct xenpt_suggestion *s)
{
    struct xenpt_scenario_word word;

    for (size_t p = 0; p < NR_KEYED; p++)
        for (size_t i = 0; xenpt_scenario_word(keyed[p].part, i, &word); i++)
            xenpt_suggest_try(s, word.name, strlen(word.name));
}
