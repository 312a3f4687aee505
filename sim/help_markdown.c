/* help_markdown.c - help as docs/commands.md. */
#include <string.h>

#include "commands.h"
#include "help.h"

/* A cell of a table: no bar may end it early. */
static void cell(FILE *to, const char *text)
{
    for (; *text; text++)
        fprintf(to, *text == '|' ? "\\|" : "%c", *text);
}

static void paragraph(FILE *to, const struct paragraph *p)
{
    if (p->as_it_is)
        fprintf(to, "```\n%.*s\n```\n", (int)p->n, p->text);
    else
        help_fill(to, p->text, p->n, 0, 0);
    fputc('\n', to);
}

static void option_table(FILE *to, enum option_group group, const struct command *command)
{
    char term[OPTION_TEXT_MAX], words[NAMES_TEXT_MAX];
    bool any = false;

    for (size_t i = 0; i < nr_options; i++) {
        const struct option *row = &options[i];

        if (row->group != group || (command && !option_on(row, command)))
            continue;
        if (!any)
            fputs("| option | meaning |\n|---|---|\n", to);
        any = true;
        fprintf(to, "| `%s` | ", help_option(row, term));
        cell(to, row->text);
        if (row->values)
            fprintf(to, " One of: `%s`.", names_text(row->values, words));
        fputs(" |\n", to);
    }
    if (any)
        fputc('\n', to);
}

static void command_section(FILE *to, const struct command *c)
{
    fprintf(to, "## xenpt %s\n\n```\nxenpt %s %s [OPTION]...\n```\n\n", c->name, c->name,
            c->arguments);
    help_paragraphs(to, c->text, paragraph);
    option_table(to, GROUP_COMMAND, c);
    fputs("```\n", to);
    for (size_t i = 0; i < COUNT(c->examples) && c->examples[i].line; i++)
        fprintf(to, "%s# %s\n%s\n", i ? "\n" : "", c->examples[i].text, c->examples[i].line);
    fputs("```\n\n", to);
}

void help_markdown(FILE *to)
{
    fputs("# The command\n\n<!-- Printed by `xenpt help --as markdown`; a test holds this file to "
          "it. -->\n\n| command | answers |\n|---|---|\n",
          to);
    for (size_t i = 0; i < NR_COMMANDS; i++) {
        fprintf(to, "| [`xenpt %s ", commands[i].name);
        cell(to, commands[i].arguments);
        fprintf(to, "`](#xenpt-%s) | %s |\n", commands[i].name, commands[i].summary);
    }
    fputc('\n', to);
    for (size_t i = 0; i < NR_COMMANDS; i++)
        command_section(to, &commands[i]);
    fputs("## Options of all commands that read an image\n\n", to);
    for (unsigned int group = GROUP_COMMAND + 1; group < NR_GROUPS; group++) {
        fprintf(to, "### %s\n\n", group_heading((enum option_group)group));
        option_table(to, (enum option_group)group, NULL);
    }
    for (size_t i = 0; i < nr_topics; i++) {
        fprintf(to, "## %s\n\n", topics[i].heading);
        help_paragraphs(to, topics[i].text, paragraph);
    }
}
