/* machine_stop.h - a machine under QEMU: stopped, looked at, and going on. */
#ifndef SIM_MACHINE_STOP_H
#define SIM_MACHINE_STOP_H

#include "qmp.h"

struct stopped {
    struct qmp qmp;
    bool ran, runs;  /* Before it was stopped; and now, as far as is known. */
    bool told;       /* To stop, and not yet to go on. */
    char status[32]; /* As QEMU calls it, while it is stopped: "paused", "guest-panicked". */
    json_t *cpus;    /* What query-cpus-fast says. */
    uint64_t memory; /* Bytes that it has at least; 0: QEMU does not say. */
};

/* Stops it, if it runs. */
enum xenpt_code machine_stop(struct stopped *m, struct xenpt_error *err);
/* Lets it go on, if it ran.  A failure is told behind what err has, if code says that it has. */
enum xenpt_code machine_continue(struct stopped *m, enum xenpt_code code, struct xenpt_error *err);

/* The registers of each CPU, with what else the file has. */
enum xenpt_code machine_registers(struct stopped *m, const char *name, json_t **ret,
                                  struct xenpt_error *err);
/* Its memory and registers as an ELF core. */
enum xenpt_code machine_dump(struct stopped *m,
                             bool (*take)(void *ctx, const char *bytes, size_t n), void *ctx,
                             struct xenpt_error *err);
void machine_end(struct stopped *m);

#endif
