/* help.h - what the program says of itself: the rows, in the form of each reader. */
#ifndef SIM_HELP_H
#define SIM_HELP_H

#include <stdio.h>

#include "rows.h"

void help_overview(FILE *to);
void help_command(FILE *to, const struct command *command);
void help_topic(FILE *to, const struct topic *topic);
/* A term, and what it means. */
void help_entry(FILE *to, const char *term, const char *text);

/* help_scenario.c: the language, and one step or expectation of it; false: there is none. */
void help_scenario(FILE *to);
void help_models(FILE *to);
bool help_scenario_word(FILE *to, const char *name);
void help_scenario_suggest(struct xenpt_suggestion *s);

/* help_rule.c: one of Xen's rules; false: there is none. */
bool help_rule(FILE *to, const char *name);
void help_rule_suggest(struct xenpt_suggestion *s);

void help_man(FILE *to);
void help_markdown(FILE *to);
void help_bash(FILE *to);
void help_zsh(FILE *to);

/* A paragraph, filled to `width` columns, every line but the first indented. */
void help_fill(FILE *to, const char *text, size_t n, size_t column, size_t indent);

/* A paragraph of a text. */
struct paragraph {
    const char *text;
    size_t n;
    bool first;
    bool as_it_is; /* Its lines stay as they are, since they begin with a blank. */
};

void help_paragraphs(FILE *to, const char *text,
                     void (*fn)(FILE *to, const struct paragraph *paragraph));

/* "-o, --output FILE" */
#define OPTION_TEXT_MAX 80
const char *help_option(const struct option *row, char buf[OPTION_TEXT_MAX]);

#endif
