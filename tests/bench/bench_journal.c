/*
 * bench_journal.c - what a journal of touches costs: the same steps with nobody who asks for it,
 * and with an expectation that does.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "xenpt/scenario.h"

#define ROUNDS   7
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define STEPS    20000

struct job {
    struct xenpt_runner *runner;
    char *text[2]; /* Without it, and with it. */
};

static uint64_t run_text(struct job *j, unsigned int which)
{
    struct xenpt_run *run = NULL;
    uint64_t held;

    if (xenpt_run_bytes(j->runner, "bench.yaml", j->text[which], strlen(j->text[which]), NULL, &run,
                        NULL) ||
        xenpt_run_result(run)->verdict != XENPT_RUN_HELD)
        abort();
    held = xenpt_run_result(run)->cells[0].held;
    xenpt_run_destroy(run);
    return held;
}

static uint64_t without(void *ctx)
{
    return run_text(ctx, 0);
}

static uint64_t with(void *ctx)
{
    return run_text(ctx, 1);
}

static char *scenario(const char *step, const char *expectation)
{
    static const char form[] =
        "host: { ram: 1G, cpus: 3 }\nxen: { release: \"4.17\" }\ndomains: { d0: { type: pv64, "
        "memory: 64M, privileged: yes }, d1: { type: pv64, memory: 64M }, d2: { type: pvh, memory: "
        "64M } }\nrunning: { cpu0: d0.v0.kernel, cpu1: d1.v0.kernel, cpu2: d2.v0.guest "
        "}\nsteps:\n- { grant-offer: d1, ref: 8, to: d0, frame: d1.gfn(8) }\n- { repeat: %d, as: "
        "i, "
        "steps: [ %s ], expect: [ { %s } ] }\n";
    size_t size = sizeof(form) + strlen(step) + strlen(expectation) + 32;
    char *text = malloc(size);

    if (!text)
        abort();
    snprintf(text, size, form, STEPS, step, expectation);
    return text;
}

static void steps(struct job *j, const char *title, const char *step)
{
    struct contender c[] = {
        { .name = "without a journal", .run = without },
        { .name = "with one", .run = with },
    };

    j->text[0] = scenario(step, "grant: 8, of: d1, pins: 0");
    j->text[1] = scenario(step, "untouched: d1, since: 2");
    bench(title, c, COUNT(c), ROUNDS, STEPS, j);
    bench_target("of a step's time, %", 100 * (bench_least(&c[1]) / bench_least(&c[0]) - 1), true,
                 10);
    free(j->text[0]);
    free(j->text[1]);
}

int main(void)
{
    struct job j = { .text = { NULL } };

    if (xenpt_runner_create(&j.runner, NULL))
        abort();
    steps(&j, "mmu-update, three touches each",
          "{ mmu-update: d1.v0, table: d1.v0.root, slot: 5, value: 0, argument: "
          "0xffffffff80005000 }");
    steps(
        &j, "update-va-mapping, of other addresses",
        "{ update-va-mapping: d1.v0, at: \"0xffffffff80005000 + ((i & 0xff) << 12)\", value: 0 }");
    steps(&j, "grant-copy, six touches each",
          "{ grant-copy: d0.v0, from-ref: 8, from-of: d1, to-frame: d0.gfn(16000), length: 64 }");
    steps(&j, "accesses of a guest's own, which are none",
          "{ access: write, in: d2.v0.guest, at: \"0x100000 + ((i & 0x1f) << 12)\" }");
    xenpt_runner_destroy(j.runner);
    return bench_missed() != 0;
}
