/* settings.h - what the command line asked for, before any file is opened. */
#ifndef SIM_SETTINGS_H
#define SIM_SETTINGS_H

#include "xenpt.h"

/* A number that may have been given. */
struct number {
    bool given;
    uint64_t v;
};

/* An option that may be given more than once: the words, as they stand in argv. */
#define WORDS_MAX 64
struct words {
    size_t nr;
    const char *word[WORDS_MAX];
};

enum colour {
    COLOUR_AUTO,
    COLOUR_ALWAYS,
    COLOUR_NEVER,
};

/* Forms in which help prints itself: the order of the words in its option's row. */
enum help_form {
    HELP_TEXT,
    HELP_MAN,
    HELP_MARKDOWN,
    HELP_BASH,
    HELP_ZSH,
};

struct settings {
    /* Which machine, which contexts of it. */
    struct words contexts, roots;
    unsigned int mode; /* Row of modes.c. */
    bool mode_given;
    const char *second;
    struct number efer, cr0, cr4, pkru, pkrs, pat, maxphyaddr;
    unsigned int vendor;
    bool vendor_given, raw;
    struct words with, without;
    const char *symbols, *layout;
    struct number raw_base;

    /* walk */
    unsigned int kinds; /* Bit k: enum xenpt_access_kind k. */
    struct number cpl;
    bool ac, implicit, shadow_stack, stack_segment;

    /* map */
    bool leaves, overview, fold, unfold, writable, executable, user;
    bool slots, allowed, derive, diff, contents; /* roots, compare, layout, export */
    const char *va, *area;
    struct number limit;

    /* validate */
    struct words matrix, mmus, require;
    struct number cases, seed, jobs; /* jobs: run. */
    const char *results, *write_disk;

    /* export */
    struct words run;

    /* run: scenarios */
    struct words set;
    const char *only;
    const char *at; /* Every source. */

    /* threat */
    struct words compromised, frames, devices, stubs, without_moves, without_rules;
    unsigned int iommu, qemu;

    /* help */
    unsigned int help_form;

    /* The report. */
    unsigned int format, picture; /* enum xenpt_report_form; render: enum xenpt_picture_form. */
    unsigned int colour;          /* enum colour. */
    const char *output;
    bool quiet;

    /* expose */
    struct words threats, policies;
    bool ranges;

    /* check */
    struct words invariants;

    /* render */
    unsigned int view; /* enum xenpt_picture. */
    bool view_given;

    /* capture; registers: every source as well. */
    const char *qmp, *registers;
    struct number timeout;
    bool tables, keep_stopped;

    bool help, version;
    bool keep_going, trace, check_invariants, journal; /* run */
    const char **arguments;                            /* What is no option, in order. */
    size_t nr_arguments;
};

#endif
