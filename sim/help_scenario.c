/* help_scenario.c - the language of scenarios on a terminal, from the library's rows. */
#include <string.h>

#include "help.h"

static const char *const headings[XENPT_NR_SCENARIO_PARTS] = {
    [XENPT_SCENARIO_STEP] = "Steps, `xenpt help STEP` for the keys of one",
    [XENPT_SCENARIO_EXPECTATION] = "Expectations, likewise",
    [XENPT_SCENARIO_FUNCTION] = "In expressions",
    [XENPT_SCENARIO_WHO] = "Words between every, any or no and context, vcpu or domain",
};

void help_scenario(FILE *to)
{
    struct xenpt_scenario_word word;

    for (unsigned int p = 0; p < XENPT_NR_SCENARIO_PARTS; p++) {
        enum xenpt_scenario_part part = (enum xenpt_scenario_part)p;

        fprintf(to, "\n%s:\n", headings[p]);
        for (size_t i = 0; xenpt_scenario_word(part, i, &word); i++)
            help_entry(to, part == XENPT_SCENARIO_FUNCTION ? word.form : word.name, word.text);
    }
}

static void keys(FILE *to, enum xenpt_scenario_part part, size_t i,
                 const struct xenpt_scenario_word *word)
{
    struct xenpt_scenario_key key;

    fprintf(to, "%s\n\nExample:\n  - %s\n\nKeys:\n", word->text, word->form);
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

bool help_scenario_word(FILE *to, const char *name)
{
    struct xenpt_scenario_word word;
    bool any = false;

    for (unsigned int p = 0; p <= XENPT_SCENARIO_EXPECTATION; p++)
        for (size_t i = 0; xenpt_scenario_word((enum xenpt_scenario_part)p, i, &word); i++) {
            if (strcmp(word.name, name) != 0)
                continue;
            fprintf(to, "%s%s, %s of a scenario: ", any ? "\n" : "", name,
                    p == XENPT_SCENARIO_STEP ? "a step" : "an expectation");
            keys(to, (enum xenpt_scenario_part)p, i, &word);
            any = true;
        }
    return any;
}

void help_scenario_suggest(struct xenpt_suggestion *s)
{
    struct xenpt_scenario_word word;

    for (unsigned int p = 0; p <= XENPT_SCENARIO_EXPECTATION; p++)
        for (size_t i = 0; xenpt_scenario_word((enum xenpt_scenario_part)p, i, &word); i++)
            xenpt_suggest_try(s, word.name, strlen(word.name));
}
