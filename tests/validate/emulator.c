/* emulator.c - starting QEMU and Bochs, and getting at what an image left. */
#define _GNU_SOURCE

#include "emulator.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "validate/disk.h"
#include "validate/images.h"

#define SECONDS 100

/* A folder for one run, and what lies in it. */
struct folder {
    char path[64], image[96], ram[96], disk[96], out[96], rc[96], log[96];
};

static bool installed(const char *program)
{
    char command[128];

    snprintf(command, sizeof(command), "command -v %s >/dev/null", program);
    return system(command) == 0;
}

bool emulator_has_qemu(void)
{
    return installed("qemu-system-x86_64");
}

bool emulator_has_bochs(void)
{
    return installed("bochs");
}

static void folder_make(struct folder *f)
{
    const char *tmp = getenv("TMPDIR");

    snprintf(f->path, sizeof(f->path), "%s/xenpt-XXXXXX", tmp && strlen(tmp) < 40 ? tmp : "/tmp");
    assert_non_null(mkdtemp(f->path));
    snprintf(f->image, sizeof(f->image), "%s/image", f->path);
    snprintf(f->ram, sizeof(f->ram), "%s/ram", f->path);
    snprintf(f->disk, sizeof(f->disk), "%s/disk", f->path);
    snprintf(f->out, sizeof(f->out), "%s/out", f->path);
    snprintf(f->rc, sizeof(f->rc), "%s/rc", f->path);
    snprintf(f->log, sizeof(f->log), "%s/log", f->path);
}

static void folder_remove(const struct folder *f)
{
    const char *files[] = { f->image, f->ram, f->disk, f->out, f->rc, f->log };

    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
        unlink(files[i]);
    rmdir(f->path);
}

static void write_file(const char *path, off_t at, const void *bytes, size_t n)
{
    int fd = open(path, O_WRONLY | O_CREAT, 0600);

    assert_true(fd >= 0);
    assert_int_equal(pwrite(fd, bytes, n, at), n);
    close(fd);
}

/* Runs a program with its output in a file; its exit code. */
static int run(const char *out, const char *const argv[])
{
    int status = 0;
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid == 0) {
        int in = open("/dev/null", O_RDONLY);
        int fd = open(out, O_WRONLY | O_CREAT | O_TRUNC, 0600);

        dup2(in, 0);
        dup2(fd, 1);
        dup2(fd, 2);
        alarm(SECONDS);
        execvp(argv[0], (char *const *)(uintptr_t)argv);
        _exit(127);
    }
    while (waitpid(pid, &status, 0) < 0)
        assert_int_equal(errno, EINTR);
    if (!WIFEXITED(status))
        fail_msg("%s was killed by signal %d", argv[0], WTERMSIG(status));
    return WEXITSTATUS(status);
}

static const struct probe_image *image_for(const struct blob *blob)
{
    return blob->flags & BLOB_32 ? &probe_image_32 : &probe_image_64;
}

static void take(struct emulator_run *ret, FILE *file, const char *what)
{
    if (ret->head.magic != RESULTS_MAGIC)
        fail_msg("%s: the image left no results", what);
    assert_int_equal(ret->head.version, BLOB_VERSION);
    ret->results = malloc(ret->head.size + 1);
    assert_non_null(ret->results);
    assert_int_equal(fread(ret->results, 1, ret->head.size, file), ret->head.size);
    assert_int_equal(blob_sum(ret->results, ret->head.size), ret->head.check);
}

void emulator_qemu(const struct blob *blob, const char *cpu, struct emulator_run *ret)
{
    const struct probe_image *image = image_for(blob);
    char memory[192];
    struct folder f;
    FILE *file;
    int code;

    folder_make(&f);
    write_file(f.image, 0, image->bytes, image->size);
    write_file(f.ram, 0, "", 0);
    assert_int_equal(truncate(f.ram, PROBE_MEMORY), 0);
    write_file(f.ram, PROBE_BLOB, blob->bytes, blob->size);
    snprintf(memory, sizeof(memory), "memory-backend-file,id=ram,size=256M,mem-path=%s,share=on",
             f.ram);
    code = run(f.out, (const char *const[]){ "qemu-system-x86_64",
                                             "-object",
                                             memory,
                                             "-machine",
                                             "pc,memory-backend=ram",
                                             "-accel",
                                             "tcg,thread=multi",
                                             "-smp",
                                             "2",
                                             "-cpu",
                                             cpu,
                                             "-kernel",
                                             f.image,
                                             "-nodefaults",
                                             "-display",
                                             "none",
                                             "-no-reboot",
                                             "-debugcon",
                                             "stdio",
                                             "-device",
                                             "isa-debug-exit,iobase=0xf4,iosize=4",
                                             NULL });
    file = fopen(f.ram, "rb");
    assert_non_null(file);
    assert_int_equal(fseek(file, PROBE_RESULTS, SEEK_SET), 0);
    assert_int_equal(fread(&ret->head, sizeof(ret->head), 1, file), 1);
    if (code != 1 || getenv("XENPT_SHOW")) {
        char command[128];

        snprintf(command, sizeof(command), "cat %s >&2", f.out);
        if (system(command) == 0)
            fprintf(stderr, "QEMU: exit code %d, end %u, %u results\n", code, ret->head.end,
                    ret->head.nr_results);
    }
    assert_int_equal(code, 1);
    take(ret, file, "QEMU");
    fclose(file);
    folder_remove(&f);
}

const struct result *emulator_next(const struct emulator_run *run, size_t *at)
{
    const struct result *r = (const struct result *)(const void *)(run->results + *at);

    if (*at >= run->head.size)
        return NULL;
    *at += sizeof(*r) + r->nr_changed * sizeof(struct result_changed);
    return r;
}
