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

/* "any: reads and writes; read: reads alone" */
static void choices(enum xenpt_scenario_part part, size_t i, size_t k, char *to, size_t size)
{
    struct xenpt_word word;
    size_t used = 0;

    for (size_t w = 0; used < size && xenpt_scenario_choice(part, i, k, w, &word); w++)
        used += (size_t)snprintf(to + used, size - used, "%s%s: %s", w ? "; " : "", word.name,
                                 word.text);
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
        char text[1400], values[1000];
        struct xenpt_word choice;

        if (key.nr_words && !key.several)
            choices(part, i, k, values, sizeof(values));
        else
            snprintf(values, sizeof(values), "%s", key.values);
        snprintf(text, sizeof(text), "%s%s (%s)", key.text, key.required ? " Needed." : "", values);
        help_entry(to, key.name, text);
        for (size_t w = 0; key.several && xenpt_scenario_choice(part, i, k, w, &choice); w++) {
            snprintf(text, sizeof(text), "  %s", choice.name);
            help_entry(to, text, choice.text);
        }
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
