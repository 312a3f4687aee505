/* help.c - help as text on a terminal. */
#include "help.h"

#include <string.h>

#include "commands.h"

#define WIDTH  79
#define COLUMN 26 /* Where the explanation of an option begins... */
#define NARROW 15 /* ...and of a command. */

void help_fill(FILE *to, const char *text, size_t n, size_t column, size_t indent)
{
    const char *end = text + n;
    bool fresh = true;

    while (text < end) {
        size_t word = strcspn(text, " \n");

        word = word < (size_t)(end - text) ? word : (size_t)(end - text);
        if (!fresh && column + 1 + word > WIDTH) {
            fprintf(to, "\n%*s", (int)indent, "");
            column = indent;
            fresh = true;
        }
        fprintf(to, "%s%.*s", fresh ? "" : " ", (int)word, text);
        column += word + !fresh;
        fresh = false;
        text += word;
        while (text < end && (*text == ' ' || *text == '\n'))
            text++;
    }
    fputc('\n', to);
}

void help_paragraphs(FILE *to, const char *text,
                     void (*fn)(FILE *to, const struct paragraph *paragraph))
{
    for (bool first = true; *text; first = false) {
        const char *gap = strstr(text, "\n\n");
        struct paragraph p = { text, gap ? (size_t)(gap - text) : strlen(text), first,
                               *text == ' ' };

        fn(to, &p);
        text += p.n;
        text += strspn(text, "\n");
    }
}

const char *help_option(const struct option *row, char buf[OPTION_TEXT_MAX])
{
    char letter[8] = "";

    if (row->letter)
        snprintf(letter, sizeof(letter), "-%c, ", row->letter);
    snprintf(buf, OPTION_TEXT_MAX, "%s--%s%s%s", letter, row->name, row->argument ? " " : "",
             row->argument ? row->argument : "");
    return buf;
}

/* A term, and what it means from a column on. */
static void entry(FILE *to, size_t column, const char *term, const char *text)
{
    int indent = (int)column;

    if (strlen(term) + 4 > column)
        fprintf(to, "  %s\n%*s", term, indent, "");
    else
        fprintf(to, "  %-*s", indent - 2, term);
    help_fill(to, text, strlen(text), column, column);
}

void help_entry(FILE *to, const char *term, const char *text)
{
    entry(to, COLUMN, term, text);
}

static void paragraph(FILE *to, const struct paragraph *p)
{
    if (!p->first)
        fputc('\n', to);
    if (p->as_it_is)
        fprintf(to, "%.*s\n", (int)p->n, p->text);
    else
        help_fill(to, p->text, p->n, 0, 0);
}

static void option_entry(FILE *to, const struct option *row)
{
    char term[OPTION_TEXT_MAX], text[1024], words[NAMES_TEXT_MAX];

    snprintf(text, sizeof(text), "%s%s%s%s", row->text, row->values ? " One of: " : "",
             row->values ? names_text(row->values, words) : "", row->values ? "." : "");
    entry(to, COLUMN, help_option(row, term), text);
}

static void option_entries(FILE *to, const struct command *command)
{
    for (unsigned int group = 0; group < NR_GROUPS; group++) {
        bool any = false;

        for (size_t i = 0; i < nr_options; i++) {
            if (options[i].group != group || !option_on(&options[i], command))
                continue;
            if (!any)
                fprintf(to, "\n%s:\n", group_heading((enum option_group)group));
            any = true;
            option_entry(to, &options[i]);
        }
    }
}

void help_command(FILE *to, const struct command *command)
{
    fprintf(to, "xenpt %s: %s\n\nUsage: xenpt %s %s [OPTION]...\n\n", command->name,
            command->summary, command->name, command->arguments);
    help_paragraphs(to, command->text, paragraph);
    fputs("\nExamples:\n", to);
    for (size_t i = 0; i < COUNT(command->examples) && command->examples[i].line; i++)
        fprintf(to, "  %s\n      %s\n", command->examples[i].line, command->examples[i].text);
    option_entries(to, command);
}

void help_topic(FILE *to, const struct topic *topic)
{
    fprintf(to, "%s\n\n", topic->heading);
    help_paragraphs(to, topic->text, paragraph);
    if (topic->more)
        topic->more(to);
}

void help_overview(FILE *to)
{
    fputs("xenpt: walk, map and explain the page tables in a machine's memory image\n\n"
          "Usage: xenpt COMMAND [OPTION]... ARGUMENT...\n\nCommands:\n",
          to);
    for (size_t i = 0; i < NR_COMMANDS; i++)
        entry(to, NARROW, commands[i].name, commands[i].summary);
    fputs("\nTopics, for `xenpt help TOPIC`:\n", to);
    for (size_t i = 0; i < nr_topics; i++)
        entry(to, NARROW, topics[i].name, topics[i].heading);
    fputs("\n`xenpt help COMMAND` lists a command's options.  Exit codes:\n", to);
    for (size_t i = 0; i < nr_topics; i++)
        if (!strcmp(topics[i].name, "exit"))
            fprintf(to, "%s\n", topics[i].text);
}
