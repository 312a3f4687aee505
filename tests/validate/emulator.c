/* emulator.c - starting QEMU and Bochs, and getting at what an image left. */
#include "emulator.h"

#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "validate/disk.h"
#include "validate/images.h"
#include "validate/process.h"
#include "validate/results.h"

#define SECONDS   100
#define OUTPUT    (256u << 20)
#define NAME_SIZE (PATH_MAX + 64)
#define QEMU      "qemu-system-x86_64"

/* QEMU's exit status after a run that ended as it should, and after one that the image gave up.
 * Bochs has none: it panics. */
#define QEMU_ENDED   1
#define QEMU_REFUSED 3
#define ANY          (-1)

static char folder[PATH_MAX];
static struct xenpt_error err;

/* A path in the folder of this run. */
static const char *in_folder(const char *name, char ret[NAME_SIZE])
{
    snprintf(ret, NAME_SIZE, "%s/%s", folder, name);
    return ret;
}

static void write_file(const char *name, off_t size, const void *bytes, size_t n, off_t at)
{
    char path[NAME_SIZE];
    int fd = open(in_folder(name, path), O_WRONLY | O_CREAT, 0600);

    assert_true(fd >= 0);
    assert_int_equal(ftruncate(fd, size), 0);
    assert_int_equal(pwrite(fd, bytes, n, at), n);
    close(fd);
}

bool emulator_there(const struct emulator *e)
{
    char path[PATH_MAX];

    return program_find(e->bochs ? "bochs" : QEMU, path, &err) == XENPT_OK;
}

/* Runs a program and gives what it wrote. */
static void run(const char *name, const char *argv[], int status, struct process_end *end)
{
    struct process process = {
        .argv = argv, .folder = folder, .keep = { -1, -1 }, .seconds = SECONDS, .most = OUTPUT
    };
    char path[PATH_MAX];

    if (program_find(name, path, &err))
        fail_msg("%s", err.text);
    argv[0] = path;
    if (process_run(&process, end, &err))
        fail_msg("%s", err.text);
    if (end->timed_out ||
        (status != ANY && (!WIFEXITED(end->status) || WEXITSTATUS(end->status) != status)))
        fail_msg("%s: status %#x%s, %s", name, end->status, end->timed_out ? ", timed out" : "",
                 end->output);
}

static const struct probe_image *image_for(const struct blob *blob)
{
    return blob->flags & BLOB_32 ? &probe_image_32 : &probe_image_64;
}

static void write_disk(const struct blob *blob, char path[NAME_SIZE])
{
    if (disk_write(in_folder("disk", path), image_for(blob), blob->bytes, blob->size, &err))
        fail_msg("%s", err.text);
}

/* Of a file that is the machine's memory, or its disk. */
static void parse_file(const char *name, off_t at, struct results *ret)
{
    char path[NAME_SIZE];
    int fd = open(in_folder(name, path), O_RDONLY);
    size_t n = PROBE_MEMORY - PROBE_RESULTS;
    void *bytes = malloc(n);

    assert_non_null(bytes);
    assert_true(fd >= 0);
    assert_int_equal(pread(fd, bytes, n, at), n);
    if (results_parse(bytes, n, ret, &err))
        fail_msg("%s", err.text);
    free(bytes);
    close(fd);
}

static void parse(const struct blob *blob, const struct process_end *end, struct results *ret)
{
    enum xenpt_code code = XENPT_OK;

    if (blob->flags & BLOB_TEXT)
        code = results_parse_text(end->output, end->size, ret, &err);
    else if (blob->flags & BLOB_STREAM)
        code = results_parse_stream(end->output, end->size, ret, &err);
    else if (blob->flags & BLOB_DISK)
        parse_file("disk", PROBE_DISK_RESULTS, ret);
    else
        parse_file("ram", PROBE_RESULTS, ret);
    if (code)
        fail_msg("line %u: %s", err.line, err.text);
}

static void run_qemu(const struct emulator *e, const struct blob *blob, struct results *ret)
{
    const struct probe_image *image = image_for(blob);
    char memory[NAME_SIZE + 64], drive[NAME_SIZE + 64], path[NAME_SIZE];
    const char *argv[32] = { NULL,
                             "-machine",
                             "pc,memory-backend=ram",
                             "-accel",
                             "tcg,thread=multi",
                             "-smp",
                             "2",
                             "-cpu",
                             e->cpu,
                             "-nodefaults",
                             "-display",
                             "none",
                             "-no-reboot",
                             "-device",
                             "isa-debug-exit,iobase=0xf4,iosize=4",
                             "-object",
                             memory };
    struct process_end end;
    int n = 17;

    snprintf(memory, sizeof(memory), "memory-backend-file,id=ram,size=256M,mem-path=%s,share=on",
             in_folder("ram", path));
    argv[n++] = blob->flags & BLOB_TEXT ? "-serial" : "-debugcon";
    argv[n++] = "stdio";
    write_file("ram", PROBE_MEMORY, blob->bytes, e->boot == BOOT_KERNEL ? blob->size : 0,
               PROBE_BLOB);
    if (e->boot == BOOT_KERNEL) {
        write_file("image", (off_t)image->size, image->bytes, image->size, 0);
        argv[n++] = "-kernel";
        argv[n++] = "image";
    } else {
        write_disk(blob, path);
        snprintf(drive, sizeof(drive), "file=%s,format=raw,media=%s", path,
                 e->boot == BOOT_CD ? "cdrom" : "disk");
        argv[n++] = "-drive";
        argv[n++] = drive;
        argv[n++] = "-vga"; /* Or the BIOS has no screen to write to. */
        argv[n++] = "std";
    }
    run(QEMU, argv, e->refuses ? QEMU_REFUSED : QEMU_ENDED, &end);
    if (e->refuses && !strstr(end.output, e->refuses))
        fail_msg("\"%s\", where \"%s\" was to be said", end.output, e->refuses);
    if (e->refuses)
        *ret = (struct results){ 0 };
    else
        parse(blob, &end, ret);
    free(end.output);
}

static void run_bochs(const struct emulator *e, const struct blob *blob, struct results *ret)
{
    static const char form[] = "config_interface: textconfig\n"
                               "display_library: term\n"
                               "romimage: file=/usr/share/bochs/BIOS-bochs-latest\n"
                               "vgaromimage: file=/usr/share/bochs/VGABIOS-lgpl-latest\n"
                               "cpu: model=%s, count=1, ips=200000000, reset_on_triple_fault=0\n"
                               "memory: guest=256, host=256\n"
                               "ata0-master: type=disk, path=disk, mode=flat, cylinders=%u, "
                               "heads=%u, spt=%u\n"
                               "boot: disk\n"
                               "port_e9_hack: enabled=1\n"
                               "log: log\n"
                               "panic: action=fatal\n";
    const char *argv[] = { NULL, "-q", "-f", "rc", "-rc", "commands", NULL };
    char path[NAME_SIZE], rc[1024];
    struct process_end end;
    struct stat st;
    int n;

    write_disk(blob, path);
    assert_int_equal(stat(path, &st), 0);
    n = snprintf(rc, sizeof(rc), form, e->cpu,
                 (unsigned int)(st.st_size / (DISK_HEADS * DISK_SECTORS * 512)), DISK_HEADS,
                 DISK_SECTORS);
    write_file("rc", n, rc, (size_t)n, 0);
    write_file("commands", 2, "c\n", 2, 0); /* Debian's Bochs begins in its debugger. */
    run("bochs", argv, ANY, &end);
    parse(blob, &end, ret);
    free(end.output);
}

void emulator_run(const struct emulator *e, const struct blob *blob, struct results *ret)
{
    assert_int_equal(folder_create(NULL, folder, &err), XENPT_OK);
    if (e->bochs)
        run_bochs(e, blob, ret);
    else
        run_qemu(e, blob, ret);
    folder_remove(folder);
}
