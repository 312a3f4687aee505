/* machine.c - what all machines have in common: memory, and going on after a death. */
#include "validate/machine.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Of one blob.  More than that, and it is not single accesses that kill the machine. */
#define DEATHS_MAX 16

enum xenpt_code memory_file(const char *name, const void *bytes, size_t n, int *ret,
                            struct xenpt_error *err)
{
    int fd = memfd_create(name, MFD_CLOEXEC);
    const uint8_t *at = bytes;

    if (fd < 0)
        return xenpt_fail(err, XENPT_EIO, "no memory for %s: %s", name, strerror(errno));
    while (n) {
        ssize_t done = write(fd, at, n);

        if (done <= 0) {
            xenpt_fail(err, XENPT_EIO, "no memory for %s: %s", name, strerror(errno));
            close(fd);
            return XENPT_EIO;
        }
        at += done;
        n -= (size_t)done;
    }
    *ret = fd;
    return XENPT_OK;
}

enum xenpt_code ram_create(struct ram *ret, struct xenpt_error *err)
{
    void *bytes = MAP_FAILED;
    int fd = -1;
    enum xenpt_code code = memory_file("a machine's RAM", NULL, 0, &fd, err);

    if (code)
        return code;
    if (!ftruncate(fd, PROBE_MEMORY))
        bytes = mmap(NULL, PROBE_MEMORY, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, fd, 0);
    if (bytes == MAP_FAILED) {
        xenpt_fail(err, XENPT_ENOMEM, "no memory for a machine of %u MiB: %s", PROBE_MEMORY >> 20,
                   strerror(errno));
        close(fd);
        return XENPT_ENOMEM;
    }
    *ret = (struct ram){ fd, bytes };
    return XENPT_OK;
}

void ram_destroy(struct ram *ram)
{
    munmap(ram->bytes, PROBE_MEMORY);
    close(ram->fd);
    *ram = (struct ram){ -1, NULL };
}

enum xenpt_code image_check(const struct blob *blob, struct xenpt_error *err)
{
    return image_for(blob)->size ? XENPT_OK
                                 : xenpt_fail(err, XENPT_EUNSUPPORTED,
                                              "there is no probe image for this in the library");
}

bool options_go_on(void *ctx, double had)
{
    (void)had;
    return !options_stopped(ctx);
}

const struct probe_image *image_for(const struct blob *blob)
{
    return blob->flags & BLOB_32 ? &probe_image_32 : &probe_image_64;
}

struct blob_header blob_header_from(const struct blob *blob, uint32_t first, uint32_t flags)
{
    struct blob_header head;

    memcpy(&head, blob->bytes, sizeof(head));
    head.first = first;
    head.flags |= flags;
    return head;
}

void ram_place(struct ram *ram, const struct blob *blob, uint32_t first)
{
    struct blob_header head = blob_header_from(blob, first, 0);

    memcpy(ram->bytes + PROBE_BLOB, blob->bytes, blob->size);
    memcpy(ram->bytes + PROBE_BLOB, &head, sizeof(head));
}

static const struct results_header *results_in(const struct ram *ram)
{
    return (const void *)(ram->bytes + PROBE_RESULTS);
}

bool ram_began(const struct ram *ram)
{
    return results_in(ram)->magic == RESULTS_MAGIC;
}

uint32_t ram_progress(const struct ram *ram)
{
    const volatile struct results_header *head = results_in(ram);

    return head->magic == RESULTS_MAGIC ? head->nr_results : 0;
}

enum xenpt_code ram_results(const struct ram *ram, struct results *ret, struct xenpt_error *err)
{
    return results_parse(results_in(ram), PROBE_MEMORY - PROBE_RESULTS, ret, err);
}

/* What one start of a machine leaves for the next. */
struct progress {
    struct collector c;
    struct results_header head;
    unsigned int deaths;
};

static enum xenpt_code add_part(struct progress *p, const struct results *part,
                                struct xenpt_error *err)
{
    enum xenpt_code code = XENPT_OK;

    for (uint32_t i = 0; !code && i < part->head.nr_results; i++)
        code = collector_add(&p->c, (const void *)(part->bytes + part->at[i]), err);
    if (!code)
        p->head = part->head;
    return code;
}

/* Whether it ended well, can go on, or cannot. */
static enum xenpt_code add_end(struct progress *p, const struct results *part, uint32_t left,
                               bool *again, struct xenpt_error *err)
{
    static const struct result died = { .outcome = RESULT_DIED };

    *again = false;
    switch (part->head.end) {
    case END_DONE:
        return XENPT_OK;
    case END_RUNNING:
        /* A machine that was merely held up is not dead: the access has a second chance. */
        *again = part->head.nr_results && left;
        if (*again)
            return XENPT_OK;
        if (!left)
            return part->head.nr_results
                       ? XENPT_OK
                       : xenpt_fail(err, XENPT_EIO, "the machine ended before it began");
        if (p->deaths++ == DEATHS_MAX)
            return xenpt_fail(err, XENPT_EIO, "the machine died %u times, the last of access %zu",
                              DEATHS_MAX, p->c.nr);
        *again = left > 1;
        return collector_add(&p->c, &died, err);
    case END_NO_ROOM:
        *again = left > 0;
        return part->head.nr_results ? XENPT_OK
                                     : xenpt_fail(err, XENPT_ESTATE, "no room for a single result");
    case END_CANNOT:
        return xenpt_fail(err, XENPT_EUNSUPPORTED, "the machine lacks what these cases need");
    default:
        return xenpt_fail(err, XENPT_EUNSUPPORTED, "the image found no cases that it understands");
    }
}

static bool fits(const struct results *part, uint32_t first, uint32_t left)
{
    const struct results_header *head = &part->head;

    return head->first == first && head->nr_results <= left &&
           (head->end != END_DONE || head->nr_results == left);
}

enum xenpt_code run_all(struct mmu_session *session, const struct blob *blob, run_once *once,
                        struct results *ret, struct xenpt_error *err)
{
    struct progress p = { .head = { .end = END_RUNNING } };
    enum xenpt_code code = image_check(blob, err);
    bool again = true;

    while (!code && again) {
        struct results part = { 0 };
        uint32_t first = (uint32_t)p.c.nr, left = blob->nr_accesses - first;

        code = once(session, blob, first, &part, err);
        if (!code && !fits(&part, first, left))
            code = xenpt_fail(err, XENPT_ESTATE, "%u results from access %u on, where %u were left",
                              part.head.nr_results, part.head.first, left);
        if (!code)
            code = add_part(&p, &part, err);
        if (!code)
            code = add_end(&p, &part, left - part.head.nr_results, &again, err);
        results_free(&part);
    }
    if (code) {
        collector_free(&p.c);
        return code;
    }
    p.head.first = 0;
    p.head.end = END_DONE;
    collector_finish(&p.c, &p.head, ret);
    return XENPT_OK;
}

enum xenpt_code session_ask(struct mmu_session *session, run_once *once, struct xenpt_error *err)
{
    struct results results = { 0 };
    struct blob blob;
    enum xenpt_code code;

    blob_init(&blob, 0);
    code = blob_finish(&blob, err);
    if (!code)
        code = image_check(&blob, err);
    if (!code)
        code = once(session, &blob, 0, &results, err);
    if (!code && results.head.end != END_DONE)
        code = xenpt_fail(err, XENPT_EIO, "the machine did not come to its end");
    if (!code) {
        session->machine = results.head.machine;
        session->cpu = machine_cpu(&session->machine);
        session->suites = session_suites(session);
    }
    results_free(&results);
    blob_free(&blob);
    return code;
}
