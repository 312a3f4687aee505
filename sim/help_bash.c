/* help_bash.c - help as a completion script of bash. */
#include <string.h>

#include "commands.h"
#include "help.h"

/* The row before that has the same name, and is of other commands; NULL: there is none. */
static const struct option *before(const struct option *row)
{
    for (const struct option *o = row; o-- > options;)
        if (!strcmp(o->name, row->name))
            return o;
    return NULL;
}

static void value(FILE *to, const struct option *row)
{
    char words[NAMES_TEXT_MAX];

    if (row->values)
        fprintf(to, "        COMPREPLY=($(compgen -W '%s' -- \"$cur\"))\n",
                names_text(row->values, words));
    else if (!strcmp(row->argument, "FILE"))
        fputs("        COMPREPLY=($(compgen -f -- \"$cur\"))\n", to);
}

/* The same, where it depends on the command. */
static void value_of_commands(FILE *to, const struct option *row)
{
    const char *gap = "        ";

    for (size_t i = 0; i < NR_COMMANDS; i++)
        if (option_on(row, &commands[i])) {
            fprintf(to, "%s%s", gap, commands[i].name);
            gap = "|";
        }
    fputs(")\n", to);
    value(to, row);
    fputs("        ;;\n", to);
}

/* What may follow an option that takes a value: one of its words, or a file, or anything. */
static void values(FILE *to)
{
    for (const struct option *row = options; row < options + nr_options; row++) {
        bool several = false;

        if (!row->argument || before(row))
            continue;
        for (const struct option *o = row + 1; o < options + nr_options; o++)
            several |= before(o) == row;
        fprintf(to, "    --%s", row->name);
        if (row->letter)
            fprintf(to, "|-%c", row->letter);
        fputs(")\n", to);
        if (!several)
            value(to, row);
        else
            fputs("        case ${COMP_WORDS[1]} in\n", to);
        for (const struct option *o = row; several && o < options + nr_options; o++)
            if (!strcmp(o->name, row->name))
                value_of_commands(to, o);
        if (several)
            fputs("        esac\n", to);
        fputs("        return ;;\n", to);
    }
}

static void options_of(FILE *to, const struct command *c)
{
    const char *gap = "";

    fprintf(to, "    %s) options='", c->name);
    for (size_t i = 0; i < nr_options; i++)
        if (option_on(&options[i], c)) {
            fprintf(to, "%s--%s", gap, options[i].name);
            gap = " ";
        }
    fputs("' ;;\n", to);
}

void help_bash(FILE *to)
{
    fputs("# Completion of xenpt for bash.  Printed by: xenpt help --as bash\n"
          "_xenpt()\n{\n"
          "    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} options\n"
          "    COMPREPLY=()\n"
          "    # bash makes a word of its own of the = in --format=json.\n"
          "    if [[ $cur == = ]]; then\n        cur=\n"
          "    elif [[ $prev == = ]]; then\n        prev=${COMP_WORDS[COMP_CWORD-2]}\n    fi\n"
          "    if ((COMP_CWORD == 1)); then\n        COMPREPLY=($(compgen -W '",
          to);
    for (size_t i = 0; i < NR_COMMANDS; i++)
        fprintf(to, "%s ", commands[i].name);
    fputs("--help --version' -- \"$cur\"))\n        return\n    fi\n    case $prev in\n", to);
    values(to);
    fputs("    esac\n    case ${COMP_WORDS[1]} in\n", to);
    for (size_t i = 0; i < NR_COMMANDS; i++)
        options_of(to, &commands[i]);
    fputs("    esac\n    if [[ $cur == -* ]]; then\n"
          "        COMPREPLY=($(compgen -W \"$options\" -- \"$cur\"))\n"
          "    elif [[ ${COMP_WORDS[1]} == help ]]; then\n        COMPREPLY=($(compgen -W '",
          to);
    for (size_t i = 0; i < NR_COMMANDS; i++)
        fprintf(to, "%s ", commands[i].name);
    for (size_t i = 0; i < nr_topics; i++)
        fprintf(to, "%s%s", topics[i].name, i + 1 < nr_topics ? " " : "");
    fputs("' -- \"$cur\"))\n    else\n        COMPREPLY=($(compgen -f -- \"$cur\"))\n    fi\n}\n"
          "complete -o filenames -F _xenpt xenpt\n",
          to);
}
