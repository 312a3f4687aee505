/*
 * qemu.c - QEMU as an MMU: its own software MMU (TCG), or the host's through KVM.
 *
 * The machine's RAM is a file without a name that both have mapped, so that blobs and results
 * cost no copying and no port.  With two CPUs in threads of their own TCG does locked
 * read-modify-writes as a processor does; with one it makes a load and a store of them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "validate/backends.h"
#include "validate/machine.h"
#include "validate/process.h"

#define PROGRAM "qemu-system-x86_64"
#define ENDED   1 /* What isa-debug-exit makes of the image's 0. */

struct qemu {
    char program[PATH_MAX];
};

/* While it runs: does it come on? */
struct watch {
    const struct mmu_options *options;
    const struct ram *ram;
    uint32_t progress;
    double since; /* What it had had by then. */
};

static bool comes_on(void *ctx, double had)
{
    struct watch *w = ctx;
    uint32_t progress = ram_progress(w->ram);

    if (progress != w->progress) {
        w->progress = progress;
        w->since = had;
    }
    return had - w->since < (ram_began(w->ram) ? RUN_STUCK : RUN_START) &&
           !options_stopped(w->options);
}

/* The last line that it printed, for an error. */
static const char *last_words(char *output)
{
    char *end = output + strlen(output), *line;

    while (end > output && (end[-1] == '\n' || end[-1] == '\r'))
        *--end = '\0';
    line = strrchr(output, '\n');
    return line ? line + 1 : output;
}

static enum xenpt_code start(struct mmu_session *session, const struct ram *ram, int image,
                             struct xenpt_error *err)
{
    const struct qemu *q = session->own;
    struct watch watch = { .options = &session->options, .ram = ram };
    struct process_end end;
    char memory[128], kernel[64], size[16];
    const char *argv[] = { q->program,
                           "-nodefaults",
                           "-no-user-config",
                           "-no-reboot",
                           "-display",
                           "none",
                           "-machine",
                           "pc,memory-backend=ram",
                           "-accel",
                           session->mmu->how,
                           "-smp",
                           "2",
                           "-m",
                           size,
                           "-cpu",
                           session->mmu->model,
                           "-object",
                           memory,
                           "-kernel",
                           kernel,
                           "-device",
                           "isa-debug-exit,iobase=0xf4,iosize=4",
                           NULL };
    const struct process process = {
        .argv = argv,
        .keep = { ram->fd, image },
        .seconds = session->options.timeout ? session->options.timeout : RUN_TIMEOUT,
        .most = 1 << 16,
        .go_on = comes_on,
        .ctx = &watch,
    };
    enum xenpt_code code;

    snprintf(size, sizeof(size), "%uM", PROBE_MEMORY >> 20);
    snprintf(memory, sizeof(memory),
             "memory-backend-file,id=ram,size=%s,mem-path=/proc/self/fd/%d,share=on", size,
             ram->fd);
    snprintf(kernel, sizeof(kernel), "/proc/self/fd/%d", image);
    code = process_run(&process, &end, err);
    if (code)
        return code;
    if (options_stopped(&session->options))
        code = xenpt_fail(err, XENPT_ESTOPPED, "stopped");
    else if (end.timed_out)
        code = xenpt_fail(err, XENPT_EIO, "%s took more than %u seconds", PROGRAM, process.seconds);
    else if (!ram_began(ram))
        code = xenpt_fail(err, XENPT_EUNSUPPORTED, "%s does not start the machine%s%s", PROGRAM,
                          end.size ? ": " : "", last_words(end.output));
    free(end.output);
    return code;
}

static enum xenpt_code once(struct mmu_session *session, const struct blob *blob, uint32_t first,
                            struct results *ret, struct xenpt_error *err)
{
    const struct probe_image *image = image_for(blob);
    struct ram ram;
    int fd;
    enum xenpt_code code = memory_file("the probe image", image->bytes, image->size, &fd, err);

    if (code)
        return code;
    code = ram_create(&ram, err);
    if (!code) {
        ram_place(&ram, blob, first);
        code = start(session, &ram, fd, err);
        if (!code)
            code = ram_results(&ram, ret, err);
        ram_destroy(&ram);
    }
    close(fd);
    return code;
}

static enum xenpt_code ask_version(struct mmu_session *session, struct xenpt_error *err)
{
    const struct qemu *q = session->own;
    const char *const argv[] = { q->program, "--version", NULL };
    const struct process process = {
        .argv = argv, .keep = { -1, -1 }, .seconds = 30, .most = sizeof(session->version) - 1
    };
    struct process_end end;
    enum xenpt_code code = process_run(&process, &end, err);

    if (code)
        return code;
    end.output[strcspn(end.output, "(\n")] = '\0';
    snprintf(session->version, sizeof(session->version), "%s", end.output);
    for (size_t n = strlen(session->version); n && session->version[n - 1] == ' ';)
        session->version[--n] = '\0';
    free(end.output);
    return XENPT_OK;
}

enum xenpt_code qemu_open(const struct mmu *mmu, const struct mmu_options *options,
                          struct mmu_session *ret, struct xenpt_error *err)
{
    struct mmu_session session = { .mmu = mmu, .options = *options };
    struct qemu *q = calloc(1, sizeof(*q));
    enum xenpt_code code;

    if (!q)
        return xenpt_fail(err, XENPT_ENOMEM, "no memory for %s", mmu->name);
    session.own = q;
    code = program_find(options->qemu ? options->qemu : PROGRAM, q->program, err);
    if (!code)
        code = ask_version(&session, err);
    if (!code)
        code = session_ask(&session, once, err);
    if (!code && strcmp(mmu->how, "kvm") != 0)
        snprintf(session.kind, sizeof(session.kind), "software, TCG");
    else if (!code)
        code = kvm_correct(&session, err);
    if (code)
        free(q);
    else
        *ret = session;
    return code;
}

enum xenpt_code qemu_run(struct mmu_session *session, const struct blob *blob, struct results *ret,
                         struct xenpt_error *err)
{
    return run_all(session, blob, once, ret, err);
}

void qemu_close(struct mmu_session *session)
{
    free(session->own);
    session->own = NULL;
}
