/*
 * bochs.c - Bochs as an MMU.
 *
 * It boots a disk, since that is all it can boot, and its results come on that disk: its memory
 * is its own.  A machine that dies does not leave its last results there; it is run once more,
 * with results through port 0xe9, which Bochs prints byte by byte.  Each run has a folder, for
 * Bochs makes files.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "validate/backends.h"
#include "validate/disk.h"
#include "validate/machine.h"
#include "validate/process.h"

#define PROGRAM "bochs"
#define BIOS    "/usr/share/bochs/BIOS-bochs-latest"
#define VGABIOS "/usr/share/bochs/VGABIOS-lgpl-latest"

#define SECTOR 512

struct bochs {
    char program[PATH_MAX];
    bool debugger; /* It was built with its debugger, which has to be told to go on. */
};

/*
 * A machine of which all is said: what is left out, it would take from the user's own files.
 * Bochs is stopped by a panic, which is what its log is read for.
 */
static const char config[] = "config_interface: textconfig\n"
                             "display_library: term\n"
                             "romimage: file=" BIOS "\n"
                             "vgaromimage: file=" VGABIOS "\n"
                             "cpu: model=%s, count=1, ips=200000000, reset_on_triple_fault=0, "
                             "ignore_bad_msrs=1\n"
                             "memory: guest=%u, host=%u\n"
                             "ata0: enabled=1, ioaddr1=0x1f0, ioaddr2=0x3f0, irq=14\n"
                             "ata0-master: type=disk, path=disk, mode=flat, cylinders=%u, "
                             "heads=%u, spt=%u\n"
                             "boot: disk\n"
                             "port_e9_hack: enabled=1\n"
                             "log: log\n"
                             "panic: action=fatal\n"
                             "error: action=report\n"
                             "info: action=ignore\n"
                             "debug: action=ignore\n"
                             "speaker: enabled=0\n"
                             "sound: driver=dummy\n";

/* Says on the disk's copy of the blob how results are to leave: BLOB_DISK or BLOB_STREAM. */
static enum xenpt_code write_disk(const char *folder, const struct blob *blob, uint32_t first,
                                  uint32_t way, struct xenpt_error *err)
{
    struct blob_header head = blob_header_from(blob, first, way);
    uint8_t *copy = malloc(blob->size);
    char path[PATH_MAX + 16];
    enum xenpt_code code;

    if (!copy)
        return xenpt_fail(err, XENPT_ENOMEM, "no memory for a disk");
    memcpy(copy, blob->bytes, blob->size);
    memcpy(copy, &head, sizeof(head));
    snprintf(path, sizeof(path), "%s/disk", folder);
    code = disk_write(path, image_for(blob), copy, blob->size, err);
    free(copy);
    return code;
}

static enum xenpt_code write_file(const char *path, const char *text, struct xenpt_error *err)
{
    FILE *file = fopen(path, "we");
    bool bad = !file || fputs(text, file) < 0;

    if (file)
        bad = fclose(file) || bad;
    return bad ? xenpt_fail(err, XENPT_EIO, "cannot write %s: %s", path, strerror(errno))
               : XENPT_OK;
}

static enum xenpt_code write_config(const char *folder, const char *model, struct xenpt_error *err)
{
    char path[PATH_MAX + 16], text[sizeof(config) + 256];
    struct stat disk;
    enum xenpt_code code;

    snprintf(path, sizeof(path), "%s/disk", folder);
    if (stat(path, &disk))
        return xenpt_fail(err, XENPT_EIO, "no disk for Bochs: %s", strerror(errno));
    snprintf(text, sizeof(text), config, model, PROBE_MEMORY >> 20, PROBE_MEMORY >> 20,
             (unsigned int)(disk.st_size / (DISK_HEADS * DISK_SECTORS * SECTOR)), DISK_HEADS,
             DISK_SECTORS);
    snprintf(path, sizeof(path), "%s/bochsrc", folder);
    code = write_file(path, text, err);
    snprintf(path, sizeof(path), "%s/go", folder);
    return code ? code : write_file(path, "c\n", err);
}

/* What the log says of a panic; "" if there was none. */
static void read_panic(const char *folder, char *ret, size_t size)
{
    static const char mark[] = "PANIC";
    char line[512], path[PATH_MAX + 16];
    FILE *log;

    *ret = '\0';
    snprintf(path, sizeof(path), "%s/log", folder);
    log = fopen(path, "re");
    while (log && fgets(line, sizeof(line), log)) {
        const char *panic = strstr(line, mark);

        line[strcspn(line, "\n")] = '\0';
        if (panic)
            snprintf(ret, size, ": %.160s", panic);
    }
    if (log)
        fclose(log);
}

/* The results on the disk, which was made for them. */
static enum xenpt_code read_disk(const char *folder, struct results *ret, struct xenpt_error *err)
{
    size_t n = PROBE_MEMORY - PROBE_RESULTS;
    char path[PATH_MAX + 16];
    enum xenpt_code code;
    void *bytes;
    int fd;

    snprintf(path, sizeof(path), "%s/disk", folder);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return xenpt_fail(err, XENPT_EIO, "cannot read %s: %s", path, strerror(errno));
    bytes = mmap(NULL, n, PROT_READ, MAP_PRIVATE, fd, PROBE_DISK_RESULTS);
    close(fd);
    if (bytes == MAP_FAILED)
        return xenpt_fail(err, XENPT_ENOMEM, "cannot map %s: %s", path, strerror(errno));
    code = results_parse(bytes, n, ret, err);
    munmap(bytes, n);
    return code;
}

static enum xenpt_code start(const struct mmu_session *session, const char *folder, uint32_t way,
                             struct results *ret, struct xenpt_error *err)
{
    const struct bochs *b = session->own;
    const char *argv[] = {
        b->program, "-q", "-f", "bochsrc", b->debugger ? "-rc" : NULL, "go", NULL
    };
    const struct process process = {
        .argv = argv,
        .folder = folder,
        .keep = { -1, -1 },
        .seconds = session->options.timeout ? session->options.timeout : RUN_TIMEOUT,
        .quiet = RUN_QUIET,
        .most = PROBE_MEMORY,
        .go_on = options_go_on,
        .ctx = (void *)(uintptr_t)&session->options,
    };
    struct process_end end;
    char panic[200];
    enum xenpt_code code = process_run(&process, &end, err);

    if (code)
        return code;
    read_panic(folder, panic, sizeof(panic));
    if (end.ended)
        code = xenpt_fail(err, XENPT_ESTOPPED, "stopped");
    else if (end.timed_out)
        code = xenpt_fail(err, XENPT_EIO, "%s took more than %u seconds", PROGRAM, process.seconds);
    else if (end.cut)
        code = xenpt_fail(err, XENPT_EIO, "%s printed more than %zu bytes", PROGRAM, process.most);
    else if (way == BLOB_DISK)
        code = read_disk(folder, ret, err);
    else
        code = results_parse_stream(end.output, end.size, ret, err);
    if (code && end.silent)
        code = xenpt_fail(err, XENPT_EIO,
                          "%s said nothing while it had %u seconds, and there are no results: it "
                          "hangs",
                          PROGRAM, process.quiet);
    if (code && code != XENPT_ESTOPPED && panic[0])
        code = xenpt_fail(err, XENPT_EIO, "%s gives up%s", PROGRAM, panic);
    free(end.output);
    return code;
}

static enum xenpt_code by_way(struct mmu_session *session, const struct blob *blob, uint32_t first,
                              uint32_t way, struct results *ret, struct xenpt_error *err)
{
    char folder[PATH_MAX];
    enum xenpt_code code = folder_create(session->options.folder, folder, err);

    if (code)
        return code;
    code = write_disk(folder, blob, first, way, err);
    if (!code)
        code = write_config(folder, session->mmu->model, err);
    if (!code)
        code = start(session, folder, way, ret, err);
    folder_remove(folder);
    return code;
}

static enum xenpt_code once(struct mmu_session *session, const struct blob *blob, uint32_t first,
                            struct results *ret, struct xenpt_error *err)
{
    enum xenpt_code code = by_way(session, blob, first, BLOB_DISK, ret, err);

    if (code || ret->head.end != END_RUNNING)
        return code;
    results_free(ret);
    return by_way(session, blob, first, BLOB_STREAM, ret, err);
}

/* What a word of its help tells; it prints it all, and ends. */
static enum xenpt_code ask_help(const struct mmu_session *session, const char *about, char **ret,
                                struct xenpt_error *err)
{
    const struct bochs *b = session->own;
    const char *const argv[] = { b->program, "--help", about, NULL };
    const struct process process = {
        .argv = argv, .keep = { -1, -1 }, .seconds = 30, .most = 1 << 16
    };
    struct process_end end;
    enum xenpt_code code = process_run(&process, &end, err);

    *ret = code ? NULL : end.output;
    return code;
}

/* Its version, whether it has a debugger, and whether it knows the model. */
static enum xenpt_code ask_version(struct mmu_session *session, struct xenpt_error *err)
{
    static const char mark[] = "Bochs x86 Emulator ";
    struct bochs *b = session->own;
    const char *at;
    char *help;
    enum xenpt_code code = ask_help(session, NULL, &help, err);

    if (code)
        return code;
    at = strstr(help, mark);
    snprintf(session->version, sizeof(session->version), "Bochs%s%.*s", at ? " " : "",
             at ? (int)strcspn(at + sizeof(mark) - 1, " \n") : 0, at ? at + sizeof(mark) - 1 : "");
    b->debugger = strstr(help, "-rc ");
    free(help);
    code = ask_help(session, "cpu", &help, err);
    if (code)
        return code;
    if (!strstr(help, session->mmu->model))
        code = xenpt_fail(err, XENPT_EUNSUPPORTED, "%s knows no processor %s", session->version,
                          session->mmu->model);
    free(help);
    return code;
}

static enum xenpt_code check_files(struct xenpt_error *err)
{
    static const char *const files[] = { BIOS, VGABIOS };

    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
        if (access(files[i], R_OK))
            return xenpt_fail(err, XENPT_EUNSUPPORTED, "Bochs needs %s: %s", files[i],
                              strerror(errno));
    return XENPT_OK;
}

enum xenpt_code bochs_open(const struct mmu *mmu, const struct mmu_options *options,
                           struct mmu_session *ret, struct xenpt_error *err)
{
    struct mmu_session session = { .mmu = mmu, .options = *options, .kind = "software, Bochs" };
    struct bochs *b = calloc(1, sizeof(*b));
    enum xenpt_code code;

    if (!b)
        return xenpt_fail(err, XENPT_ENOMEM, "no memory for %s", mmu->name);
    session.own = b;
    code = program_find(options->bochs ? options->bochs : PROGRAM, b->program, err);
    if (!code)
        code = check_files(err);
    if (!code)
        code = ask_version(&session, err);
    if (!code)
        code = session_ask(&session, once, err);
    if (code)
        free(b);
    else
        *ret = session;
    return code;
}

enum xenpt_code bochs_run(struct mmu_session *session, const struct blob *blob, struct results *ret,
                          struct xenpt_error *err)
{
    return run_all(session, blob, once, ret, err);
}

void bochs_close(struct mmu_session *session)
{
    free(session->own);
    session->own = NULL;
}
