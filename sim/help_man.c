/* help_man.c - help as a manual page, in the man(7) macros. */
#include <string.h>

#include "commands.h"
#include "help.h"

/* Text as roff takes it: no line begins with a control character, no dash is a hyphen. */
static void put(FILE *to, const char *text, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (text[i] == '\\')
            fputs("\\e", to);
        else if (text[i] == '-')
            fputs("\\-", to);
        else if ((text[i] == '.' || text[i] == '\'') && (i == 0 || text[i - 1] == '\n'))
            fprintf(to, "\\&%c", text[i]);
        else if (text[i] == '`')
            continue; /* What Markdown shows as code. */
        else
            fputc(text[i], to);
    }
}

static void put_text(FILE *to, const char *text)
{
    put(to, text, strlen(text));
}

static void paragraph(FILE *to, const struct paragraph *p)
{
    if (!p->first)
        fputs(".PP\n", to);
    if (p->as_it_is)
        fputs(".nf\n", to);
    put(to, p->text, p->n);
    fputs(p->as_it_is ? "\n.fi\n" : "\n", to);
}

static void option_entry(FILE *to, const struct option *row)
{
    char words[NAMES_TEXT_MAX];

    fputs(".TP\n", to);
    if (row->letter)
        fprintf(to, "\\fB\\-%c\\fP, ", row->letter);
    fputs("\\fB\\-\\-", to);
    put_text(to, row->name);
    fputs("\\fP", to);
    if (row->argument) {
        fputs(" \\fI", to);
        put_text(to, row->argument);
        fputs("\\fP", to);
    }
    fputc('\n', to);
    put_text(to, row->text);
    if (row->values) {
        fputs(" One of: ", to);
        put_text(to, names_text(row->values, words));
        fputc('.', to);
    }
    fputc('\n', to);
}

/* Options that every command with a source has stand together. */
static void options_of_group(FILE *to, enum option_group group, const struct command *command)
{
    for (size_t i = 0; i < nr_options; i++)
        if (options[i].group == group && (!command || option_on(&options[i], command)))
            option_entry(to, &options[i]);
}

static void command_section(FILE *to, const struct command *c)
{
    fprintf(to, ".SS xenpt %s ", c->name);
    put_text(to, c->arguments);
    fputc('\n', to);
    help_paragraphs(to, c->text, paragraph);
    options_of_group(to, GROUP_COMMAND, c);
}

static void examples(FILE *to)
{
    fputs(".SH EXAMPLES\n", to);
    for (size_t c = 0; c < NR_COMMANDS; c++)
        for (size_t i = 0; i < COUNT(commands[c].examples) && commands[c].examples[i].line; i++) {
            fputs(".TP\n\\fB", to);
            put_text(to, commands[c].examples[i].line);
            fputs("\\fP\n", to);
            put_text(to, commands[c].examples[i].text);
            fputc('\n', to);
        }
}

static void heading(FILE *to, const char *text)
{
    fputs(".SH ", to);
    for (; *text; text++)
        fputc(*text >= 'a' && *text <= 'z' ? *text - 'a' + 'A' : *text, to);
    fputc('\n', to);
}

void help_man(FILE *to)
{
    fprintf(to,
            ".\\\" Printed by: xenpt help --as man\n.TH XENPT 1 \"\" \"xenpt %s\" "
            "\"User Commands\"\n",
            xenpt_version());
    fputs(".SH NAME\nxenpt \\- walk, map and explain the page tables in a machine's memory "
          "image\n.SH SYNOPSIS\n\\fBxenpt\\fP \\fICOMMAND\\fP [\\fIOPTION\\fP]... "
          "\\fIARGUMENT\\fP...\n.SH COMMANDS\n",
          to);
    for (size_t i = 0; i < NR_COMMANDS; i++)
        command_section(to, &commands[i]);
    for (unsigned int group = GROUP_COMMAND + 1; group < NR_GROUPS; group++) {
        heading(to, group_heading((enum option_group)group));
        options_of_group(to, (enum option_group)group, NULL);
    }
    for (size_t i = 0; i < nr_topics; i++) {
        heading(to, topics[i].heading);
        help_paragraphs(to, topics[i].text, paragraph);
    }
    examples(to);
}
