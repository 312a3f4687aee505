/* guest.c - see guest.h. */
#define _GNU_SOURCE
#include "guest.h"

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PROGRAM "qemu-system-x86_64"
#define PROMPT  "(qemu) "

/* Registers as QEMU's debugger stub counts them: its file i386-64bit.xml. */
enum { CR0 = 27, CR3 = 29, CR4 = 30, EFER = 32 };

static void run(const struct guest *g, int memory)
{
    char size[32], backend[128], monitor[64], debugger[64];
    const char *argv[] = { PROGRAM,
                           "-nodefaults",
                           "-no-user-config",
                           "-display",
                           "none",
                           "-S",
                           "-machine",
                           "pc,memory-backend=ram",
                           "-accel",
                           "tcg",
                           "-cpu",
                           "max",
                           "-m",
                           size,
                           "-object",
                           backend,
                           "-monitor",
                           monitor,
                           "-gdb",
                           debugger,
                           NULL };

    snprintf(size, sizeof(size), "%zuM", g->size >> 20);
    snprintf(backend, sizeof(backend),
             "memory-backend-file,id=ram,size=%zuM,mem-path=/proc/self/fd/%d,share=on",
             g->size >> 20, memory);
    snprintf(monitor, sizeof(monitor), "unix:%s/monitor,server,nowait", g->folder);
    snprintf(debugger, sizeof(debugger), "unix:%s/debugger,server,nowait", g->folder);
    execvp(PROGRAM, (char *const *)(uintptr_t)argv);
    _exit(127);
}

/* Connects to one of its sockets, once it is there; -1: it does not come. */
static int reach(const struct guest *g, const char *name)
{
    const struct timespec a_moment = { .tv_nsec = 20 * 1000 * 1000 };
    struct sockaddr_un to = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    snprintf(to.sun_path, sizeof(to.sun_path), "%s/%s", g->folder, name);
    for (int i = 0; fd >= 0 && i < 500; i++) {
        if (!connect(fd, (const struct sockaddr *)&to, sizeof(to)))
            return fd;
        if (waitpid(g->pid, NULL, WNOHANG) == g->pid)
            break;
        nanosleep(&a_moment, NULL);
    }
    close(fd);
    return -1;
}

/* Reads to the next prompt. */
static char *read_answer(int fd)
{
    size_t room = 1 << 16, n = 0;
    char *text = malloc(room);
    ssize_t got;

    while (text && (got = read(fd, text + n, room - n - 1)) > 0) {
        n += (size_t)got;
        text[n] = '\0';
        if (n >= strlen(PROMPT) && !strcmp(text + n - strlen(PROMPT), PROMPT))
            return text;
        if (room - n < room / 2)
            text = realloc(text, room *= 2);
    }
    free(text);
    return NULL;
}

const char *guest_start(struct guest *g, size_t size)
{
    int memory = memfd_create("memory", 0);

    signal(SIGPIPE, SIG_IGN); /* It may end while it is written to. */
    *g = (struct guest){ .size = size, .folder = "/tmp/xenpt-bench-XXXXXX" };
    if (memory < 0 || ftruncate(memory, (off_t)size) || !mkdtemp(g->folder))
        return "no file for its memory, or no folder for its sockets";
    g->memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0);
    if (g->memory == MAP_FAILED)
        return "its memory cannot be mapped";
    g->pid = fork();
    if (!g->pid)
        run(g, memory);
    close(memory);
    g->monitor = reach(g, "monitor");
    g->debugger = g->monitor < 0 ? -1 : reach(g, "debugger");
    if (g->debugger >= 0) {
        free(read_answer(g->monitor));
        return NULL;
    }
    guest_stop(g);
    return PROGRAM " is not there, or does not start";
}

void guest_stop(struct guest *g)
{
    char path[64];

    kill(g->pid, SIGKILL);
    waitpid(g->pid, NULL, 0);
    munmap(g->memory, g->size);
    for (int i = 0; i < 2; i++) {
        snprintf(path, sizeof(path), "%s/%s", g->folder, i ? "debugger" : "monitor");
        unlink(path);
    }
    rmdir(g->folder);
}

/* A packet of the remote protocol, and whether what comes back begins as it should. */
static bool debugger_does(const struct guest *g, const char *packet, const char *expected)
{
    char text[96], answer[8192];
    unsigned int sum = 0;
    size_t got = 0;
    int n;

    for (const char *at = packet; *at; at++)
        sum += (unsigned char)*at;
    n = snprintf(text, sizeof(text), "$%s#%02x", packet, sum & 0xff);
    if (write(g->debugger, text, (size_t)n) != n)
        return false;
    do { /* "+$answer#sum", at once or in pieces. */
        ssize_t more = read(g->debugger, answer + got, sizeof(answer) - 1 - got);

        if (more <= 0)
            return false;
        got += (size_t)more;
        answer[got] = '\0';
    } while (got < 5 || answer[got - 3] != '#');
    return !strncmp(answer, expected, strlen(expected));
}

const char *guest_enter_long_mode(const struct guest *g, uint64_t cr3, uint64_t cr4, uint64_t efer)
{
    const struct {
        unsigned int number;
        uint64_t value;
    } set[] = { { CR4, cr4 }, { EFER, efer }, { CR3, cr3 }, { CR0, 0x80050033 } };
    char packet[64];

    /* It lets nobody set registers who has not asked how it numbers them. */
    if (!debugger_does(g, "qXfer:features:read:target.xml:0,ffb", "+$"))
        return "its debugger stub does not answer";
    for (size_t i = 0; i < sizeof(set) / sizeof(set[0]); i++) {
        snprintf(packet, sizeof(packet), "P%x=%016llx", set[i].number,
                 (unsigned long long)__builtin_bswap64(set[i].value));
        if (!debugger_does(g, packet, "+$OK"))
            return "its debugger stub refuses to set a register";
    }
    return NULL;
}

char *guest_ask(const struct guest *g, const char *command)
{
    char line[128];
    int n = snprintf(line, sizeof(line), "%s\n", command);

    return write(g->monitor, line, (size_t)n) == n ? read_answer(g->monitor) : NULL;
}
