/* progress.h - a bar on a terminal for what takes longer than two seconds. */
#ifndef SIM_PROGRESS_H
#define SIM_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

struct progress {
    bool on;    /* Somebody may be looking. */
    bool shown; /* Something stands on the line that has to be wiped. */
    const char *what;
    struct timespec begun, drawn;
};

void progress_begin(struct progress *p, bool wanted, const char *what);
/* A struct xenpt_image_options::progress; and one for maps. */
void progress_bytes(void *ctx, uint64_t done, uint64_t total);
void progress_pages(void *ctx, uint64_t pages);
/* Wipes the line. */
void progress_end(struct progress *p);

#endif
