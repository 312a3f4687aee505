/* machine.h - what all machines have in common: memory, an image in it, deaths. */
#ifndef XENPT_VALIDATE_MACHINE_H
#define XENPT_VALIDATE_MACHINE_H

#include "validate/images.h"
#include "validate/results.h"

/* RAM of a machine, shared with whoever has its descriptor. */
struct ram {
    int fd;
    uint8_t *bytes; /* PROBE_MEMORY of them. */
};

XENPT_CHECK enum xenpt_code ram_create(struct ram *ret, struct xenpt_error *err);
void ram_destroy(struct ram *ram);
/* The image that carries out a blob. */
const struct probe_image *image_for(const struct blob *blob);
/* XENPT_EUNSUPPORTED: the library was built without it. */
XENPT_CHECK enum xenpt_code image_check(const struct blob *blob, struct xenpt_error *err);
/* A copy of a blob's header for a run that begins with access @first. */
struct blob_header blob_header_from(const struct blob *blob, uint32_t first, uint32_t flags);
/* Puts the blob where the image looks for it. */
void ram_place(struct ram *ram, const struct blob *blob, uint32_t first);
/* Whether the image has begun, so that there are results to be had. */
bool ram_began(const struct ram *ram);
/* How many results are there by now; what is being written is not there yet. */
uint32_t ram_progress(const struct ram *ram);
XENPT_CHECK enum xenpt_code ram_results(const struct ram *ram, struct results *ret,
                                        struct xenpt_error *err);

/* A file without a name, that holds these bytes; close() it. */
XENPT_CHECK enum xenpt_code memory_file(const char *name, const void *bytes, size_t n, int *ret,
                                        struct xenpt_error *err);

/* One start of a machine: results from access @first on, as far as it came. */
typedef enum xenpt_code run_once(struct mmu_session *session, const struct blob *blob,
                                 uint32_t first, struct results *ret, struct xenpt_error *err);

/*
 * Starts the machine as often as it takes: again after an access that killed it, and again
 * where the room for results was used up.
 */
XENPT_CHECK enum xenpt_code run_all(struct mmu_session *session, const struct blob *blob,
                                    run_once *once, struct results *ret, struct xenpt_error *err);

/* Runs that make no progress for so many seconds that they have had (had.h) are dead; before the
 * image begins, it is the firmware that may take its time. */
#define RUN_STUCK 3
#define RUN_START 60
#define RUN_QUIET 20 /* Of one whose progress is not seen: without a word. */
static inline bool options_stopped(const struct mmu_options *options)
{
    return options->stopped && options->stopped(options->ctx);
}

/* The same as a process asks it; @ctx is the options. */
bool options_go_on(void *ctx, double had);

/* Seconds for a run, unless mmu_options.timeout says otherwise. */
#define RUN_TIMEOUT 600

/*
 * Has the machine say what it is, by a blob without cases, and fills in `machine`, `cpu` and
 * `suites`: those of the row that the machine can do by its own account.
 */
XENPT_CHECK enum xenpt_code session_ask(struct mmu_session *session, run_once *once,
                                        struct xenpt_error *err);
/* Takes away the suites in which a plain access does not go through when it is tried. */
XENPT_CHECK enum xenpt_code session_try_suites(struct mmu_session *session, run_once *once,
                                               struct xenpt_error *err);

/* What the model is to take from what a machine says of itself. */
struct xenpt_cpu machine_cpu(const struct results_machine *machine);
/* Those suites of a session's row that its machine can do, and that there is an image for. */
unsigned int session_suites(const struct mmu_session *session);
/* Bit s: it can do enum suite s, by its own account. */
unsigned int machine_suites(const struct results_machine *machine);

#endif
