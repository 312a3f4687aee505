/* ask_cpu.c - the MMU "cpu": the processor that this runs on, through a child's accesses. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "validate/campaign.h"
#include "validate/machine.h"
#include "validate/own_cpu.h"

static void say_outcome(const struct own_outcome *o, char *ret, size_t size)
{
    if (!o->signal)
        snprintf(ret, size, "done");
    else if (o->vector == 14)
        snprintf(ret, size, "exception 14, code 0x%x, CR2 0x%" PRIx64, o->code, o->address);
    else
        snprintf(ret, size, "exception %u, code 0x%x", o->vector, o->code);
}

static void tell(struct asker *a, const struct own_difference *d)
{
    static const char *const kinds[] = { "read", "write", "locked add", "fetch" };
    struct xenpt_validate_difference told = {
        .mmu = a->mmu->name, .suite = "user", .what = "outcome", .rule = d->expected.rule, .like = 1
    };
    char text[160];

    say_outcome(&d->expected.outcome, told.model, sizeof(told.model));
    say_outcome(&d->outcome, told.answer, sizeof(told.answer));
    snprintf(text, sizeof(text), "%s of %u bytes at 0x%" PRIx64 ", CPL 3\n",
             kinds[d->access.kind & 3], d->access.size, d->access.va);
    told.text = strdup(text);
    keep_told(a, &told);
}

static void say_notes(const struct own_report *report, char *ret, size_t size)
{
    int n = snprintf(ret, size, "%s protection keys, %s pages of 2M. ",
                     report->keys ? "with" : "without", report->large ? "with" : "without");

    if (report->frames)
        n += snprintf(ret + n, size - (size_t)n, "Linux names a frame for %" PRIu64 " pages. ",
                      report->frames);
    else
        n += snprintf(ret + n, size - (size_t)n, "No frames: %s. ", report->no_frames);
    if (report->live)
        snprintf(ret + n, size - (size_t)n,
                 "%" PRIu64 " answers compared with the live tables, %" PRIu64 " differ.",
                 report->live, report->live_differing);
    else
        snprintf(ret + n, size - (size_t)n, "Live tables not looked at: %s.", report->no_live);
}

static void count(struct asker *a, const struct own_report *report)
{
    struct xenpt_validate_counts *counts = &a->result->counts[SUITE_USER];

    counts->cases = 1;
    counts->accesses = report->accesses;
    counts->disagreed = report->differing + report->live_differing;
    counts->agreed = report->accesses - report->differing;
    memcpy(a->result->rules, report->by_rule, sizeof(report->by_rule));
    for (uint64_t i = 0; i < report->differing && i < OWN_DIFFERENCES; i++)
        tell(a, &report->difference[i]);
    say_notes(report, a->result->note, sizeof(a->result->note));
    snprintf(a->result->processor, sizeof(a->result->processor), "%.12s, %u-bit addresses%s",
             report->machine.machine.vendor, report->machine.cpu.maxphyaddr,
             report->machine.la57 ? ", la57" : "");
}

void ask_cpu(struct asker *a)
{
    const struct mmu_options options = { .stopped = is_stopped, .ctx = a->campaign };
    struct own_report *report;
    struct xenpt_error err = { 0 };

    if (a->campaign->view || !(a->campaign->suites >> SUITE_USER & 1)) {
        a->result->skipped = true;
        snprintf(a->result->why, sizeof(a->result->why),
                 "it runs a process's own tables, and no others");
        return;
    }
    a->suite = SUITE_USER;
    tell_progress(a, 0);
    report = malloc(sizeof(*report));
    if (!report || own_cpu_check(&options, report, &err)) {
        a->result->skipped = a->result->missed = true;
        snprintf(a->result->why, sizeof(a->result->why), "%s", report ? err.text : "no memory");
    } else {
        a->result->suites = 1u << SUITE_USER;
        snprintf(a->result->kind, sizeof(a->result->kind), "hardware, in user mode");
        count(a, report);
    }
    free(report);
}
