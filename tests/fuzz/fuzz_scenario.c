/*
 * fuzz_scenario.c - any bytes as the rest of a scenario, behind a small machine: mistakes, or a
 * result in which everything adds up, within the limits.
 */
#include <stdlib.h>
#include <string.h>

#include "xenpt/scenario.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok)
{
    if (!ok)
        abort();
}

static const char host[] = "host: { ram: 256M, cpus: 2 }\n"
                           "xen: { release: \"4.17\", pv32: yes }\n"
                           "domains:\n"
                           "  d0: { type: pv64, memory: 16M, vcpus: 2, privileged: yes }\n"
                           "  d1: { type: pv32, memory: 4M }\n"
                           "  d2: { type: hvm, memory: 4M, paging: shadow }\n";

static void check_cell(const struct xenpt_run_cell *c)
{
    uint64_t seen[XENPT_NR_RUN_VERDICTS] = { 0 };

    must(c->name);
    for (size_t i = 0; i < c->nr_steps; i++) {
        const struct xenpt_run_step *s = &c->steps[i];

        must(s->verdict < XENPT_NR_RUN_VERDICTS && s->text);
        for (size_t k = 0; k < s->nr_expectations; k++) {
            must(s->expectations[k].verdict < XENPT_NR_RUN_VERDICTS && s->expectations[k].text);
            must(s->expectations[k].verdict == XENPT_RUN_HELD ||
                 s->expectations[k].verdict == XENPT_RUN_SKIPPED || s->expectations[k].found);
            seen[s->expectations[k].verdict]++;
        }
    }
    must(seen[XENPT_RUN_FAILED] <= c->failed);
    must(c->verdict != XENPT_RUN_HELD || (!c->failed && !c->errors));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct xenpt_run_options opt = { .keep_going = true, .limit = 200 };
    static struct xenpt_runner *runner; /* Layouts are read once. */
    struct xenpt_run *run = NULL;
    const struct xenpt_run_result *r;
    char *text = malloc(sizeof(host) + size);

    if (!text || (!runner && xenpt_runner_create(&runner, NULL))) {
        free(text);
        return 0;
    }
    memcpy(text, host, sizeof(host) - 1);
    memcpy(text + sizeof(host) - 1, data, size);
    must(!xenpt_run_bytes(runner, "fuzz", text, sizeof(host) - 1 + size, &opt, &run, NULL));
    r = xenpt_run_result(run);
    must(!r->nr_mistakes || r->verdict == XENPT_RUN_ERROR);
    must(!r->nr_mistakes || !r->nr_cells);
    for (size_t i = 0; i < r->nr_cells; i++)
        check_cell(&r->cells[i]);
    xenpt_run_destroy(run);
    free(text);
    return 0;
}
