/* help_zsh.c - help as a completion script of zsh. */
#include <string.h>

#include "commands.h"
#include "help.h"

/* Whether a sentence ends here: a dot, then nothing or a capital. */
static bool is_end(const char *text)
{
    return !*text ||
           (*text == '.' && (!text[1] || (text[1] == ' ' && text[2] >= 'A' && text[2] <= 'Z')));
}

/* Text within single quotes and _arguments' brackets: its first sentence. */
static void brief(FILE *to, const char *text)
{
    for (; !is_end(text); text++) {
        if (strchr("[]:\\", *text))
            fputc('\\', to);
        if (*text == '\'')
            fputs("'\\'", to);
        fputc(*text, to);
    }
}

static void option_spec(FILE *to, const struct option *row)
{
    char words[NAMES_TEXT_MAX];

    fprintf(to, "            '%s--%s[", row->repeats ? "*" : "", row->name);
    brief(to, row->text);
    fputc(']', to);
    if (row->argument) {
        fputc(':', to);
        brief(to, row->argument);
        fputc(':', to);
        if (row->values)
            for (const char *c = names_text(row->values, words); *c; c++) {
                if (c == words)
                    fputc('(', to);
                fprintf(to, *c == ':' ? "\\:" : "%c", *c);
                if (!c[1])
                    fputc(')', to);
            }
        else if (!strcmp(row->argument, "FILE"))
            fputs("_files", to);
    }
    fputs("' \\\n", to);
}

static void command_case(FILE *to, const struct command *c)
{
    fprintf(to, "    %s)\n        _arguments -s \\\n", c->name);
    for (size_t i = 0; i < nr_options; i++)
        if (option_on(&options[i], c))
            option_spec(to, &options[i]);
    if (c != &commands[CMD_HELP]) {
        fputs("            '*:file:_files' ;;\n", to);
        return;
    }
    fputs("            ':subject:(", to);
    for (size_t i = 0; i < NR_COMMANDS; i++)
        fprintf(to, "%s ", commands[i].name);
    for (size_t i = 0; i < nr_topics; i++)
        fprintf(to, "%s%s", topics[i].name, i + 1 < nr_topics ? " " : "");
    fputs(")' ;;\n", to);
}

void help_zsh(FILE *to)
{
    fputs("#compdef xenpt\n# Completion of xenpt for zsh.  Printed by: xenpt help --as zsh\n"
          "_xenpt()\n{\n    local -a commands\n    commands=(\n",
          to);
    for (size_t i = 0; i < NR_COMMANDS; i++) {
        fprintf(to, "        '%s:", commands[i].name);
        brief(to, commands[i].summary);
        fputs("'\n", to);
    }
    fputs("    )\n    if ((CURRENT == 2)); then\n        _describe command commands\n"
          "        return\n    fi\n    shift words\n    ((CURRENT--))\n    case $words[1] in\n",
          to);
    for (size_t i = 0; i < NR_COMMANDS; i++)
        command_case(to, &commands[i]);
    fputs("    esac\n}\n_xenpt \"$@\"\n", to);
}
