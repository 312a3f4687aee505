/* output.h - where a report goes: standard output, or a file that appears when complete. */
#ifndef SIM_OUTPUT_H
#define SIM_OUTPUT_H

#include <stdio.h>

#include "settings.h"

struct output {
    FILE *file;
    char *target; /* The file to become; NULL: what is written is where it belongs. */
    char *temporary;
};

enum xenpt_code output_open(struct output *ret, const struct settings *settings,
                            struct xenpt_error *err);
/* The same for a file that is no report. */
enum xenpt_code output_open_file(struct output *ret, const char *path, struct xenpt_error *err);
/* Makes what was written visible.  On failure nothing is. */
enum xenpt_code output_commit(struct output *o, struct xenpt_error *err);
/*
 * The same after writing, which may have failed; returns what it all came to.  If what failed is
 * the file, that knows why better than who wrote.
 */
enum xenpt_code output_written(struct output *o, enum xenpt_code code, struct xenpt_error *err);
/* Forgets what was not committed. */
void output_close(struct output *o);

/* A struct xenpt_report_options::write; its context is the output. */
bool output_write(void *ctx, const char *bytes, size_t n);
/* Whether text should have colours. */
bool output_colour(const struct output *o, const struct settings *settings);

#endif
