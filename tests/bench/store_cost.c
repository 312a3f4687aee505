/* store_cost.c - bytes a page that a store takes beside the page; see machine.h. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/bits.h"
#include "bench.h"
#include "machine.h"
#include "trees.h"

/* Pages from which on a target is a target: of fewer, what a heap keeps for itself is most. */
#define MANY 100

/* Bytes: the process's own, and the page tables that the host keeps for them. */
struct cost {
    double own, tables;
};

/* Bytes of this process that a line of a file in /proc/self tells. */
static uint64_t told(const char *file, const char *line)
{
    FILE *f = fopen(file, "r");
    char text[256];
    uint64_t kib = 0;

    while (f && fgets(text, sizeof(text), f))
        if (!strncmp(text, line, strlen(line)))
            kib = strtoull(text + strlen(line), NULL, 0);
    if (f)
        fclose(f);
    return kib << 10;
}

/* Memory of its own; code and data of files are shared, and come as they may. */
static struct cost costs(void)
{
    return (struct cost){ (double)told("/proc/self/smaps_rollup", "Anonymous:"),
                          (double)told("/proc/self/status", "VmPTE:") };
}

static void fill_flat(struct machine *m)
{
    flat_init(&m->flat);
    for (uint64_t i = 0; i < m->nr; i++)
        memset(m->flat.bytes + by_frame(m, i), 1, PAGE);
}

static void fill_radix(struct machine *m)
{
    radix_init(&m->radix, m->frame_of, m->nr, bench_memory(m->nr * PAGE));
    memset(m->radix.pool, 1, m->nr * PAGE);
}

static void fill_hash(struct machine *m)
{
    hash_init(&m->hash, m->frame_of, m->nr, bench_memory(m->nr * PAGE));
    memset(m->hash.pool, 1, m->nr * PAGE);
}

/* What a store is filled from; touched before anything is counted. */
static uint8_t page[PAGE];

static void fill_ours(struct machine *m)
{
    struct xenpt_error err = { 0 };

    machine_our_store(m);
    for (uint64_t i = 0; i < m->nr; i++)
        must(xenpt_store_write(m->ours, by_frame(m, i), page, PAGE, &err), &err);
}

/* So that the stack grows before anything is counted, and not while a store is filled. */
static void touch_stack(void)
{
    volatile uint8_t stack[64 * 1024];

    for (size_t i = 0; i < sizeof(stack); i += 1024)
        stack[i] = 1;
}

/* In a process of its own, so that one does not use what another gave back. */
static struct cost bytes_per_page(void (*fill)(struct machine *m), layout *frame_of, uint64_t nr)
{
    struct machine m = { .frame_of = frame_of, .nr = nr };
    struct cost each = { 0 };
    int fd[2];

    if (pipe(fd))
        exit(2);
    if (!fork()) {
        struct cost before, after;

        touch_stack();
        memset(page, 1, sizeof(page));
        costs(); /* What reading files takes, it has taken. */
        before = costs();
        fill(&m);
        after = costs();
        each.own = (after.own - before.own) / (double)nr - PAGE;
        each.tables = (after.tables - before.tables) / (double)nr;
        if (write(fd[1], &each, sizeof(each)) < 0)
            _exit(2);
        _exit(0);
    }
    if (read(fd[0], &each, sizeof(each)) != sizeof(each))
        exit(2);
    close(fd[0]);
    close(fd[1]);
    wait(NULL);
    return each;
}

void measure_cost(uint64_t nr)
{
    static void (*const fill[])(struct machine * m) = { fill_flat, fill_radix, fill_hash,
                                                        fill_ours };

    printf("\nbytes a page beside its 4096 + those of the host's page tables, %llu pages\n  %-14s"
           " %16s %16s %16s %16s\n",
           (unsigned long long)nr, "", "flat", "radix", "hash", "xenpt_store");
    fflush(stdout);
    for (size_t i = 0; i < NR_LAYOUTS; i++) {
        struct cost each = { 0 };

        printf("  %-14s", layouts[i].name);
        fflush(stdout);
        for (size_t k = 0; k < ARRAY_SIZE(fill); k++) {
            each = bytes_per_page(fill[k], layouts[i].frame, nr);
            printf(" %8.1f + %5.0f", each.own, each.tables);
        }
        printf("\n");
        if (nr >= MANY)
            bench_target("xenpt_store", each.own, true, 32);
    }
}
