/*
 * rows.h - commands, options, topics and exit codes as tables.  Parsing, --help, the manual
 * page, docs/commands.md and shell completion are all made from these rows.
 */
#ifndef SIM_ROWS_H
#define SIM_ROWS_H

#include <stdio.h>

#include "names.h"
#include "settings.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* How the program ends.  Rows of topics.c say what each means. */
enum ending {
    END_DONE = 0,
    END_REFUSED = 1,
    END_CANNOT = 2,
};

enum command_id {
    CMD_WALK,
    CMD_MAP,
    CMD_ROOTS,
    CMD_WHO,
    CMD_SHARE,
    CMD_COMPARE,
    CMD_DIFF,
    CMD_EXPORT,
    CMD_RUN,
    CMD_NEW,
    CMD_LAYOUT,
    CMD_VALIDATE,
    CMD_HELP,
    CMD_THREAT,
    CMD_EXPOSE,
    CMD_RENDER,
    CMD_CHECK,
    CMD_CAPTURE,
    NR_COMMANDS,
};

struct example {
    const char *line, *text;
};

struct command {
    const char *name;
    const char *arguments; /* "SOURCE VA..." */
    const char *summary;   /* A line. */
    const char *text;      /* Paragraphs, an empty line between them. */
    unsigned int min, max; /* Arguments that are no options. */
    struct example examples[4];
    enum ending (*run)(const struct settings *settings, struct xenpt_error *err);
};

extern const struct command commands[NR_COMMANDS];
/* The command of that name, or NULL. */
const struct command *command_find(const char *name);

/* Under which heading an option is listed. */
enum option_group {
    GROUP_COMMAND, /* The command's own. */
    GROUP_SOURCE,
    GROUP_CPU,
    GROUP_OUTPUT,
    NR_GROUPS,
};

struct option {
    const char *name;           /* Without its dashes. */
    const char *argument;       /* "FILE"; NULL: it takes none. */
    const struct names *values; /* The words that it takes, or NULL: any. */
    const char *text;
    size_t field;    /* Where in struct settings `take` puts it. */
    size_t given;    /* Where it says so as well; 0: nowhere. */
    unsigned int on; /* Bit c: an option of enum command_id c. */
    enum option_group group;
    char letter; /* "-o"; 0: none. */
    bool repeats;
    enum xenpt_code (*take)(struct settings *settings, const struct option *row, const char *value,
                            struct xenpt_error *err);
};

/* Rows that there can be, at most. */
#define OPTIONS_MAX 128
extern const struct option options[];
extern const size_t nr_options;
const char *group_heading(enum option_group group);

/* Whether an option belongs to a command. */
static inline bool option_on(const struct option *row, const struct command *command)
{
    return row->on >> (command - commands) & 1;
}

/* What is to be known beside commands and options. */
struct topic {
    const char *name, *heading;
    const char *text;       /* Paragraphs; a line that begins with a blank stays a line. */
    void (*more)(FILE *to); /* What a terminal is told besides, or NULL. */
};

extern const struct topic topics[];
extern const size_t nr_topics;

#endif
