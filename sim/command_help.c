/* command_help.c - xenpt help. */
#include <string.h>

#include "commands.h"
#include "help.h"
#include "output.h"

static const struct topic *topic_find(const char *name)
{
    for (size_t i = 0; i < nr_topics; i++)
        if (!strcmp(topics[i].name, name))
            return &topics[i];
    return NULL;
}

static enum xenpt_code unknown(const char *name, struct xenpt_error *err)
{
    char hint[XENPT_DID_YOU_MEAN_MAX];
    struct xenpt_suggestion s;

    xenpt_suggest_begin(&s, name);
    for (size_t i = 0; i < NR_COMMANDS; i++)
        xenpt_suggest_try(&s, commands[i].name, strlen(commands[i].name));
    for (size_t i = 0; i < nr_topics; i++)
        xenpt_suggest_try(&s, topics[i].name, strlen(topics[i].name));
    help_scenario_suggest(&s);
    return xenpt_fail(err, XENPT_EPARSE, "there is no command or topic '%s'%s", name,
                      xenpt_suggest_words(&s, hint));
}

static enum xenpt_code rule(FILE *to, const char *name, struct xenpt_error *err)
{
    char hint[XENPT_DID_YOU_MEAN_MAX];
    struct xenpt_suggestion s;

    if (help_rule(to, name))
        return XENPT_OK;
    xenpt_suggest_begin(&s, name);
    help_rule_suggest(&s);
    return xenpt_fail(err, XENPT_EPARSE, "there is no rule '%s'%s", name,
                      xenpt_suggest_words(&s, hint));
}

static enum xenpt_code text(FILE *to, const struct settings *settings, struct xenpt_error *err)
{
    const char *name = settings->nr_arguments ? settings->arguments[0] : NULL;
    const struct command *command = name ? command_find(name) : NULL;
    const struct topic *topic = name ? topic_find(name) : NULL;

    if (name && !strcmp(name, "rule") && settings->nr_arguments == 2)
        return rule(to, settings->arguments[1], err);
    if (settings->nr_arguments == 2)
        return xenpt_fail(err, XENPT_EPARSE, "'%s' is too much: only a rule has two words",
                          settings->arguments[1]);
    if (!name)
        help_overview(to);
    else if (command)
        help_command(to, command);
    else if (topic)
        help_topic(to, topic);
    else if (!help_scenario_word(to, name))
        return unknown(name, err);
    return XENPT_OK;
}

/* In the order of enum help_form. */
static void (*const forms[])(FILE *to) = {
    [HELP_MAN] = help_man,
    [HELP_MARKDOWN] = help_markdown,
    [HELP_BASH] = help_bash,
    [HELP_ZSH] = help_zsh,
};

enum ending command_help(const struct settings *settings, struct xenpt_error *err)
{
    struct output output;
    enum xenpt_code code;

    if (settings->help_form != HELP_TEXT && settings->nr_arguments) {
        xenpt_fail(err, XENPT_EPARSE, "'%s' is too much: --as prints all of the help",
                   settings->arguments[0]);
        return END_CANNOT;
    }
    code = output_open(&output, settings, err);
    if (code)
        return END_CANNOT;
    if (settings->help_form == HELP_TEXT)
        code = text(output.file, settings, err);
    else
        forms[settings->help_form](output.file);
    if (!code)
        code = output_commit(&output, err);
    output_close(&output);
    return code ? END_CANNOT : END_DONE;
}
