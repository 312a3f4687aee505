/*
 * parse.c - from a command line to settings, by the rows of options.c.
 *
 *     --name VALUE   --name=VALUE   --switch   -o VALUE   -oVALUE   -q   --  (no more options)
 */
#include "parse.h"

#include <stdio.h>
#include <string.h>

#include "modes.h"
#include "values.h"

struct parser {
    const struct command *command;
    char **argv;
    int argc, next; /* The next word to read. */
    struct settings *settings;
    struct xenpt_error *err;
    bool seen[OPTIONS_MAX]; /* Row i of options was given. */
};

/* The command's own; if it has none of that name, another one's. */
static const struct option *named(const struct parser *p, const char *name, size_t n)
{
    const struct option *ret = NULL;

    for (size_t i = 0; i < nr_options; i++)
        if (strlen(options[i].name) == n && !strncmp(options[i].name, name, n) &&
            (!ret || option_on(&options[i], p->command)))
            ret = &options[i];
    return ret;
}

static const struct option *lettered(char letter)
{
    for (size_t i = 0; i < nr_options; i++)
        if (options[i].letter && options[i].letter == letter)
            return &options[i];
    return NULL;
}

/* Commands that an option of another command belongs to, by name. */
static const char *home(const struct option *row)
{
    for (size_t i = 0; i < NR_COMMANDS; i++)
        if (option_on(row, &commands[i]))
            return commands[i].name;
    return "";
}

static enum xenpt_code unknown(struct parser *p, const char *name, size_t n)
{
    char hint[XENPT_DID_YOU_MEAN_MAX], typed[XENPT_SUGGESTION_MAX], dashed[XENPT_SUGGESTION_MAX];
    struct xenpt_suggestion s;

    snprintf(typed, sizeof(typed), "--%.*s", (int)n, name);
    xenpt_suggest_begin(&s, typed);
    for (size_t i = 0; i < nr_options; i++) {
        if (!option_on(&options[i], p->command))
            continue;
        snprintf(dashed, sizeof(dashed), "--%s", options[i].name);
        xenpt_suggest_try(&s, dashed, strlen(dashed));
    }
    return xenpt_fail(p->err, XENPT_EPARSE, "there is no option %s%s", typed,
                      xenpt_suggest_words(&s, hint));
}

static enum xenpt_code take(struct parser *p, const struct option *row, const char *value)
{
    bool *seen = &p->seen[row - options];

    if (!option_on(row, p->command))
        return xenpt_fail(p->err, XENPT_EPARSE, "--%s is no option of %s, but of %s", row->name,
                          p->command->name, home(row));
    if (*seen && !row->repeats)
        return xenpt_fail(p->err, XENPT_EPARSE, "--%s is given twice", row->name);
    *seen = true;
    if (row->argument && !value) {
        if (p->next == p->argc)
            return xenpt_fail(p->err, XENPT_EPARSE, "--%s needs %s after it", row->name,
                              row->argument);
        value = p->argv[p->next++];
    }
    if (!row->argument && value)
        return xenpt_fail(p->err, XENPT_EPARSE, "--%s takes no value, and '%s' is one", row->name,
                          value);
    return row->take(p->settings, row, value, p->err);
}

/* --no-nx: short for --without nx. */
static bool is_lacking(const char *name)
{
    if (strncmp(name, "no-", 3) != 0)
        return false;
    for (size_t i = 0; i < feature_names.nr; i++)
        if (!strcmp(name + 3, names_at(&feature_names, i)))
            return true;
    return false;
}

static enum xenpt_code long_option(struct parser *p, const char *word)
{
    const char *name = word + 2, *equals = strchr(name, '=');
    size_t n = equals ? (size_t)(equals - name) : strlen(name);
    const struct option *row = named(p, name, n);

    if (row)
        return take(p, row, equals ? equals + 1 : NULL);
    if (is_lacking(name))
        return take(p, named(p, "without", strlen("without")), name + 3);
    return unknown(p, name, n);
}

static enum xenpt_code short_options(struct parser *p, const char *word)
{
    enum xenpt_code code = XENPT_OK;

    for (const char *c = word + 1; !code && *c; c++) {
        const struct option *row = lettered(*c);

        if (!row)
            return xenpt_fail(p->err, XENPT_EPARSE,
                              "there is no option -%c; long options begin with two dashes", *c);
        if (row->argument)
            return take(p, row, c[1] ? c + 1 : NULL);
        code = take(p, row, NULL);
    }
    return code;
}

static enum xenpt_code check_count(const struct parser *p)
{
    const struct command *c = p->command;
    size_t n = p->settings->nr_arguments;

    if (p->settings->help || p->settings->version || (n >= c->min && n <= c->max))
        return XENPT_OK;
    if (n > c->max)
        return xenpt_fail(p->err, XENPT_EPARSE, "'%s' is too much: it takes %s",
                          p->settings->arguments[c->max], c->arguments);
    return xenpt_fail(p->err, XENPT_EPARSE, "it needs %s; `xenpt help %s` tells more", c->arguments,
                      c->name);
}

enum xenpt_code parse(const struct command *command, int argc, char **argv, struct settings *ret,
                      struct xenpt_error *err)
{
    struct parser p = { .command = command, .argv = argv, .argc = argc, .err = err };
    enum xenpt_code code = XENPT_OK;
    bool only_arguments = false;

    p.settings = ret;
    *ret = (struct settings){ .arguments = (const char **)argv };
    while (!code && p.next < argc) {
        const char *word = argv[p.next++];

        if (only_arguments || word[0] != '-' || !word[1])
            ret->arguments[ret->nr_arguments++] = word;
        else if (!strcmp(word, "--"))
            only_arguments = true;
        else if (word[1] == '-')
            code = long_option(&p, word);
        else
            code = short_options(&p, word);
    }
    return code ? code : check_count(&p);
}
