/* program.c - the program: a table of commands, and one place that complains. */
#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "help.h"
#include "parse.h"

static enum ending complain(const struct command *command, const struct xenpt_error *err)
{
    char text[sizeof(err->text) + sizeof(err->file) + 64];

    xenpt_error_format(err, text, sizeof(text));
    fprintf(stderr, "xenpt%s%s: %s\n", command ? " " : "", command ? command->name : "", text);
    return END_CANNOT;
}

/* Text that was asked for goes where reports go, and may fail as they do. */
static enum ending told(const struct command *command)
{
    struct xenpt_error err = { 0 };

    if (!fflush(stdout) && !ferror(stdout))
        return END_DONE;
    xenpt_fail(&err, XENPT_EIO, "cannot write the help");
    return complain(command, &err);
}

static enum ending tell_version(void)
{
    printf("xenpt %s\n", xenpt_version());
    return told(NULL);
}

static enum ending no_command(const char *word)
{
    struct xenpt_error err = { 0 };
    char hint[XENPT_DID_YOU_MEAN_MAX];
    struct xenpt_suggestion s;

    xenpt_suggest_begin(&s, word);
    for (size_t i = 0; i < NR_COMMANDS; i++)
        xenpt_suggest_try(&s, commands[i].name, strlen(commands[i].name));
    xenpt_fail(&err, XENPT_EPARSE, "there is no command '%s'%s%s", word,
               xenpt_suggest_words(&s, hint), s.best[0] ? "" : "; `xenpt help` lists them");
    return complain(NULL, &err);
}

static bool is_one_of(const char *word, const char *a, const char *b)
{
    return !strcmp(word, a) || !strcmp(word, b);
}

enum ending program(int argc, char **argv)
{
    const char *word = argc > 1 ? argv[1] : NULL;
    const struct command *command = word ? command_find(word) : NULL;
    struct xenpt_error err = { 0 };
    struct settings settings;
    enum ending ending;

    if (!word) {
        help_overview(stderr);
        return END_CANNOT;
    }
    if (is_one_of(word, "--help", "-h")) {
        help_overview(stdout);
        return told(NULL);
    }
    if (is_one_of(word, "--version", "-V"))
        return tell_version();
    if (!command)
        return no_command(word);
    if (parse(command, argc - 2, argv + 2, &settings, &err))
        return complain(command, &err);
    if (settings.version)
        return tell_version();
    if (settings.help) {
        help_command(stdout, command);
        return told(command);
    }
    ending = command->run(&settings, &err);
    return ending == END_CANNOT ? complain(command, &err) : ending;
}
