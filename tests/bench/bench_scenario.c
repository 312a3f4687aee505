/*
 * bench_scenario.c - scenarios: small files, many accesses, many cells of one machine.
 *
 * The floor under files is libyaml, which makes events of them; that under accesses is a walk that
 * is judged, with nothing around it.
 */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <yaml.h>

#include "bench.h"
#include "trees.h"
#include "xenpt/machine.h"
#include "xenpt/scenario.h"

#define ROUNDS   7
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

struct job {
    struct xenpt_runner *runner;
    char *text;
    size_t n;
    struct tree tree;
};

static uint64_t run_text(struct xenpt_runner *runner, const char *text, size_t n)
{
    struct xenpt_run *run = NULL;
    const struct xenpt_run_result *r;
    uint64_t held = 0;

    if (xenpt_run_bytes(runner, "bench.yaml", text, n, NULL, &run, NULL))
        abort();
    r = xenpt_run_result(run);
    if (r->verdict != XENPT_RUN_HELD) {
        for (size_t i = 0; i < r->nr_mistakes; i++)
            fprintf(stderr, "%u: %s\n", r->mistakes[i].line, r->mistakes[i].text);
        for (size_t i = 0; r->nr_cells && i < r->cells[0].nr_steps; i++)
            if (r->cells[0].steps[i].said)
                fprintf(stderr, "%s\n", r->cells[0].steps[i].said);
        abort();
    }
    for (size_t i = 0; i < r->nr_cells; i++)
        held += r->cells[i].held;
    xenpt_run_destroy(run);
    return held;
}

static uint64_t by_run(void *ctx)
{
    struct job *j = ctx;

    return run_text(j->runner, j->text, j->n);
}

/* --- Small files --------------------------------------------------------------------------- */

#define FILES 100

static const char small[] = "about: What a guest's user mode has of Xen under XPTI.\n"
                            "host: { ram: 4G, cpus: 2, processor: skylake-server }\n"
                            "xen: { release: \"4.17\", options: [xpti=domu] }\n"
                            "domains:\n"
                            "  d0: { type: pv64, memory: 512M, vcpus: 2, privileged: yes }\n"
                            "  d1: { type: pv64, memory: 256M, vcpus: 2 }\n"
                            "names:\n"
                            "  secret: d0.gfn(5)\n"
                            "expect:\n"
                            "  - mapped: xen.directmap(secret)\n"
                            "    in: every xen context\n"
                            "    rights: rw--\n"
                            "steps:\n"
                            "  - run: d1.v0.user\n"
                            "    on: cpu1\n"
                            "    expect:\n"
                            "      - unmapped: xen.directmap(secret)\n"
                            "        in: d1.v0.user\n"
                            "        because: an XPTI root has next to nothing of the directmap\n"
                            "      - slot: 258\n"
                            "        in: every xen context of d1\n"
                            "        is: self\n";

/* Its events, as the reader of nodes gets them. */
static uint64_t by_libyaml(void *ctx)
{
    struct job *j = ctx;
    uint64_t events = 0;

    for (size_t i = 0; i < FILES; i++) {
        yaml_parser_t parser;
        yaml_event_t event;
        bool more = true;

        if (!yaml_parser_initialize(&parser))
            abort();
        yaml_parser_set_input_string(&parser, (const unsigned char *)j->text, j->n);
        while (more) {
            if (!yaml_parser_parse(&parser, &event))
                abort();
            more = event.type != YAML_STREAM_END_EVENT;
            events++;
            yaml_event_delete(&event);
        }
        yaml_parser_delete(&parser);
    }
    return events;
}

static uint64_t by_files(void *ctx)
{
    struct job *j = ctx;
    uint64_t held = 0;

    for (size_t i = 0; i < FILES; i++)
        held += run_text(j->runner, j->text, j->n);
    return held;
}

static void files(struct job *j)
{
    struct contender c[] = {
        { .name = "libyaml: events", .run = by_libyaml },
        { .name = "the scenario", .run = by_files },
    };

    j->text = strdup(small);
    j->n = sizeof(small) - 1;
    bench("A small scenario, file by file", c, COUNT(c), ROUNDS, FILES, j);
    bench_target("files a second on one core", 1e9 / bench_least(&c[1]), false, 500);
    free(j->text);
}

/* --- Accesses ------------------------------------------------------------------------------ */

#define ACCESSES 1000000

static uint64_t by_walks(void *ctx)
{
    struct xenpt_access read = { .kind = XENPT_READ };
    struct job *j = ctx;
    uint64_t sum = 0;

    for (uint64_t i = 0; i < ACCESSES; i++) {
        struct xenpt_verdict verdict;
        struct xenpt_walk walk;

        xenpt_walk(&j->tree.paging, &j->tree.flat, i % 4096 << 12, &walk);
        xenpt_judge(&j->tree.paging, &walk, &read, &verdict);
        sum += walk.out + verdict.allowed;
    }
    return sum;
}

/* Of one kind: in whose context, where, with what remembered. */
static void accesses_of(struct job *j, const char *title, const char *tlb, const char *domain,
                        const char *in, const char *at)
{
    struct contender c[] = {
        { .name = "walk and judge", .run = by_walks },
        { .name = "steps", .run = by_run },
    };
    static char text[2048];

    j->text = text;
    j->n = (size_t)snprintf(
        text, sizeof(text),
        "host: { ram: 2G, cpus: 1, processor: skylake-server }\nxen: { release: \"4.17\", options: "
        "xpti=no }\ntlb: %s\ndomains: { d0: { type: pv64, memory: 64M, privileged: yes }, d1: { "
        "%s, "
        "memory: 64M } }\nsteps: [ { repeat: %d, as: i, steps: [ { access: write, in: %s, at: "
        "\"%s\", data: i } ], expect: [ { fault: none } ] } ]\n",
        tlb, domain, ACCESSES, in, at);
    bench(title, c, COUNT(c), 3, ACCESSES, j);
    bench_target("seconds for a million", bench_least(&c[1]) * ACCESSES / 1e9, true, 3);
}

static void accesses(struct job *j)
{
#define PAGE "0x100000 + ((i & 0x1ff) << 12)"
    tree_init(&j->tree, 8, DENSE, true);
    accesses_of(j, "Accesses of Xen's to the directmap", "none", "type: pv64", "d0.v0.xen",
                "xen.directmap(0x40000 + (i & 0xfff))");
    accesses_of(j, "The same, remembered", "modelled", "type: pv64", "d0.v0.xen",
                "xen.directmap(0x40000 + (i & 0xfff))");
    accesses_of(j, "Of a guest under EPT", "none", "type: pvh", "d1.v0.guest", PAGE);
    accesses_of(j, "The same, remembered", "modelled", "type: pvh", "d1.v0.guest", PAGE);
    accesses_of(j, "Of a guest on shadows", "none", "type: hvm, paging: shadow", "d1.v0.guest",
                PAGE);
    tree_fini(&j->tree);
}

/* --- Cells ---------------------------------------------------------------------------------- */

#define CELLS 500

static char *matrix(unsigned int cells, const char *memory)
{
    size_t size = 4096 + 8 * (size_t)cells, used;
    char *text = malloc(size);

    if (!text)
        abort();
    used = (size_t)snprintf(
        text, size,
        "host: { ram: 64G, cpus: 2, processor: rome }\nxen: { release: \"4.17\" }\ndomains: { d0: "
        "{ type: pv64, memory: %s, vcpus: 2, privileged: yes } }\nsteps: [ { poke: "
        "maddr(d0.gfn(5)), value: $n + 1, expect: [ { mapped: xen.directmap(d0.gfn(5)), in: "
        "d0.v0.xen } ] } ]\nparameters: { n: [",
        memory);
    for (unsigned int i = 0; i < cells; i++)
        used += (size_t)snprintf(text + used, size - used, "%s%u", i ? "," : "", i);
    snprintf(text + used, size - used, "] }\n");
    return text;
}

static uint64_t by_one(void *ctx)
{
    struct job *j = ctx;
    char *text = matrix(1, "8G");
    uint64_t held = run_text(j->runner, text, strlen(text));

    free(text);
    return held;
}

/* Bytes that a scenario takes at its most, by what the allocator has in use when it ends. */
static double bytes_of(struct job *j, unsigned int cells)
{
    char *text = matrix(cells, "8G");
    struct xenpt_run *run = NULL;
    size_t before = mallinfo2().uordblks, after;

    if (xenpt_run_bytes(j->runner, "bench.yaml", text, strlen(text), NULL, &run, NULL))
        abort();
    after = mallinfo2().uordblks;
    xenpt_run_destroy(run);
    free(text);
    return (double)after - (double)before;
}

/* Taking and going back, after one page has changed. */
static void snapshots(struct job *j)
{
    char *text = matrix(1, "8G");
    struct xenpt_machine_snapshot *snapshot = NULL;
    const struct xenpt_run_options until = { .until = "0" };
    struct xenpt_machine *machine;
    struct xenpt_run *run = NULL;
    double took = 0;

    if (xenpt_run_bytes(j->runner, "bench.yaml", text, strlen(text), &until, &run, NULL))
        abort();
    machine = xenpt_run_machine(run);
    for (unsigned int i = 0; i < 1000; i++) {
        double begun = bench_cpu_seconds();

        if (xenpt_machine_snapshot_take(machine, &snapshot, NULL) ||
            xenpt_machine_snapshot_restore(snapshot, NULL))
            abort();
        took += bench_cpu_seconds() - begun;
        xenpt_machine_snapshot_drop(snapshot);
    }
    printf("A snapshot of a machine of 64 GiB, taken and gone back to: %.1f us\n", took * 1e3);
    bench_target("microseconds for it", took * 1e3, true, 50);
    xenpt_run_destroy(run);
    free(text);
}

static void cells(struct job *j)
{
    struct contender c[] = {
        { .name = "one cell", .run = by_one },
        { .name = "500 cells", .run = by_run },
    };
    double one, all;

    j->text = matrix(CELLS, "8G");
    j->n = strlen(j->text);
    bench("Cells that have one machine", c, COUNT(c), ROUNDS, 1, j);
    one = bench_least(&c[0]);
    all = bench_least(&c[1]);
    printf("  each of the others costs %.3f of the first, %.0f us\n",
           (all - one) / (CELLS - 1) / one, (all - one) / (CELLS - 1) / 1e3);
    bench_target("another cell / the first", (all - one) / (CELLS - 1) / one, true, 0.1);
    printf("  results of one: %.0f bytes; of 500: %.0f a cell\n", bytes_of(j, 1),
           bytes_of(j, CELLS) / CELLS);
    free(j->text);
    snapshots(j);
}

int main(void)
{
    struct job j = { .n = 0 };

    if (xenpt_runner_create(&j.runner, NULL))
        abort();
    files(&j);
    accesses(&j);
    cells(&j);
    xenpt_runner_destroy(j.runner);
    return bench_missed() != 0;
}
