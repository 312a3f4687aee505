/*
 * xen_model.c - the cases, asked of the model.
 *
 *   xen_model [--release N] [--options WORDS] [--last iret-frame/iret-user-table/tss-of-its-own]
 *             [--with paging,devices] [--but RULES] [--each]
 *
 * Prints the lines that the guest prints, each followed by a tab and the rules that refused what.
 * With --each, of every rule but these, how many of these lines are others without it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pv/rules.h"
#include "xen_model.h"
#include "xenpt/hvm.h"

#define MODEL                                                                                      \
    "host: { ram: [0x0..0x9fbff, 0x100000..0xffd%cfff], cpus: 2, processor: naples%s }\n"          \
    "xen: { release: \"%s\", options: [\"%s\"] }\n"                                                \
    "domains:\n"                                                                                   \
    "  d0: { type: pv64, memory: 32M, privileged: yes%s }\n"                                       \
    "  d1: { type: pv64, memory: 16M }\n"                                                          \
    "  d2: { type: pvh, memory: 4M%s }\n"                                                          \
    "running: { cpu0: d0.v0.kernel, cpu1: d1.v0.kernel }\n"

struct xenpt_machine *machine;
struct xenpt_pv_rules in_force_now;
unsigned int caller_domain;
char refused_by[512];

_Noreturn void failed(const struct xenpt_error *err)
{
    fflush(stdout);
    fprintf(stderr, "xen_model: %u:%u: %s\n", err->line, err->column, err->text);
    exit(2);
}

/* --- Running --------------------------------------------------------------------------------- */

static FILE *out;
static unsigned int last; /* IRET_... */

static void print(const char *line)
{
    fprintf(out, "%.*s\t%s\n", (int)strcspn(line, "\n"), line, refused_by);
    refused_by[0] = '\0';
}

/* It has d1's CPU, and the tables that guest/d2.c makes: its first GiB as it is. */
static void begin_d2(void)
{
    struct xenpt_guest_done done;
    struct xenpt_error err = { 0 };
    struct xenpt_regs regs;

    caller_domain = D2;
    put(240, 0, 241 << 12 | 0x63);
    put(241, 0, 242 << 12 | 0x63);
    for (unsigned int i = 0; i < 512; i++)
        put(242, i, (uint64_t)i << 21 | 0xe3);
    if (!xenpt_machine_guest_regs(machine, D2, 0, &regs))
        exit(2);
    regs.cr0 = 0x80000031;
    regs.cr3 = 240 << 12;
    regs.cr4 = 0x20;
    regs.efer = 0x500;
    if (xenpt_machine_run(machine, D2, 0, 1, XENPT_RUN_GUEST, &err) ||
        xenpt_machine_load(machine, D2, 0, &regs, &done, &err))
        failed(&err);
}

static void run(FILE *to)
{
    out = to;
    for (caller_domain = D0; caller_domain <= D1; caller_domain++)
        cases_run(print);
    caller_domain = D1;
    last_iret(last);
    cases_last(D1, last, crashed, print);
    begin_d2();
    cases_run(print);
    cases_last(D2, last, !last_of_d2(last), print);
    fflush(to);
}

/* Up to the tab: what a guest prints as well. */
static bool same(const char *a, const char *b)
{
    size_t n = strcspn(a, "\t\n");

    return n == strcspn(b, "\t\n") && !strncmp(a, b, n);
}

/*
 * The cases without one rule, in a process of its own: what a rule protects may be the model's own
 * sense.  Prints the rule, how many lines are others, and the first of them.
 */
static void without(size_t i, FILE *as_they_are)
{
    const struct xenpt_pv_rule *rule = xenpt_pv_rule(i);
    char line[1200], other[1200], first[1200] = "";
    unsigned int differ = 0;
    FILE *made = tmpfile();
    int status = 0;
    pid_t child;

    if (!made)
        exit(2);
    fflush(stdout);
    child = fork();
    if (!child) {
        /* What it complains of is what was to be seen. */
        if (!freopen("/dev/null", "w", stderr))
            _exit(3);
        xenpt_pv_rules_switch(&in_force_now, rule->name, false);
        if (i >= NR_RULES)
            machine->own_rules[i - NR_RULES] = false;
        run(made);
        _exit(0);
    }
    if (child < 0 || waitpid(child, &status, 0) != child)
        exit(2);
    rewind(made);
    rewind(as_they_are);
    while (fgets(line, sizeof(line), as_they_are)) {
        if (fgets(other, sizeof(other), made) && same(line, other))
            continue;
        if (!differ++)
            strcpy(first, line);
    }
    fclose(made);
    printf("%s\t%u\t%.*s%s\t%s\n", rule->name, differ, (int)strcspn(first, ":"), first,
           status ? " (the model gives up)" : "", in_force_now.in_force[i] ? "yes" : "no");
}

/* Whether it is a word of a list. */
static bool is_in(const char *list, const char *name)
{
    size_t n = strlen(name);

    for (; list; list = strchr(list, ',')) {
        list += *list == ',';
        if (!strncmp(list, name, n) && (!list[n] || list[n] == ','))
            return true;
    }
    return false;
}

/* @but: without these. */
static void each(const char *but)
{
    FILE *as_they_are = tmpfile();

    if (!as_they_are)
        exit(2);
    if (!fork()) {
        run(as_they_are);
        _exit(0);
    }
    wait(NULL);
    for (size_t i = 0; xenpt_pv_rule(i); i++)
        if (!is_in(but, xenpt_pv_rule(i)->name))
            without(i, as_they_are);
    fclose(as_they_are);
}

static const char *option(int argc, char **argv, const char *name, const char *otherwise)
{
    for (int i = 1; i + 1 < argc; i++)
        if (!strcmp(argv[i], name))
            return argv[i + 1];
    return otherwise;
}

static unsigned int last_named(const char *name)
{
    return !strcmp(name, "iret-user-table")  ? IRET_USER_TABLE
           : !strcmp(name, "tss-of-its-own") ? TSS_OF_ITS_OWN
                                             : IRET_FRAME;
}

int main(int argc, char **argv)
{
    char text[2000];
    struct xenpt_model *model;
    struct xenpt_error err = { 0 };

    for (unsigned int i = ALWAYS + 1; i < NR_FEATURES; i++)
        built_with[i] = strstr(option(argc, argv, "--with", ""), feature_names[i]);
    snprintf(text, sizeof(text), MODEL, built_with[DEVICES] ? 'e' : 'f',
             built_with[DEVICES] ? ", iommu: amd, mmcfg: { base: 0xb0000000 }" : "",
             option(argc, argv, "--release", "4.17.7"), option(argc, argv, "--options", ""),
             built_with[DEVICES] ? ", devices: [some]" : "",
             built_with[DEVICES] ? ", devices: []" : "");
    if (xenpt_model_parse("model", text, strlen(text), NULL, NULL, &model, &err) ||
        xenpt_model_build(model, &machine, &err))
        failed(&err);
    last = last_named(option(argc, argv, "--last", ""));
    in_force_now = xenpt_pv_rules_of_machine(machine);
    if (argc > 1 && !strcmp(argv[argc - 1], "--each"))
        each(option(argc, argv, "--but", ""));
    else
        run(stdout);
    xenpt_machine_destroy(machine);
    xenpt_model_close(model);
    return 0;
}
