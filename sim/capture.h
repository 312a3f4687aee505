/* capture.h - a capture on its way from a machine into files. */
#ifndef SIM_CAPTURE_H
#define SIM_CAPTURE_H

#include "compressed.h"
#include "machine_stop.h"
#include "output.h"
#include "progress.h"

struct capture {
    const struct settings *settings;
    struct output core, registers;
    FILE *scratch;            /* All of the memory, where only tables are kept; else NULL. */
    struct compressed writer; /* Into either. */
    struct progress progress;
    struct stopped machine;
    json_t *cpus;
    struct xenpt_image *image; /* What was written, read back. */
    uint64_t bytes;            /* Of memory in it. */
    struct xenpt_image_written written;
    size_t nr_roots; /* That tables are kept of. */
    bool found_xen;
};

/* --- capture_tables.c ----------------------------------------------------------------------- */

/* A nameless file beside the output. */
enum xenpt_code capture_scratch(struct capture *c, struct xenpt_error *err);
/* Reads back what came: whether that is a machine, and all of it. */
enum xenpt_code capture_check(struct capture *c, struct xenpt_error *err);
/* From the nameless file into the core: notes, and the tables below all roots. */
enum xenpt_code capture_tables(struct capture *c, bool zstd, struct xenpt_error *err);

#endif
