/*
 * bench_info_tlb.c - QEMU's `info tlb`, which lists every leaf that its CPU's tables have, and
 * ours of the same tables: the scan, every leaf, and the map as text.
 *
 *     bench_info_tlb CAPTURE
 *
 * QEMU holds the capture's tables where they lay and never runs.  Its time is the wall clock's,
 * from the command to the last of its answer.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "guest.h"
#include "trees.h"
#include "xenpt/report.h"

#define ROUNDS 9
#define MIB    ((uint64_t)1 << 20)
#define LARGE  (UINT64_C(3) << 30) /* More, and the machine has a hole below 4 GiB. */

struct listing {
    struct tree tree;
    struct xenpt_image *image;
    uint64_t leaves, sum, written;
};

static bool take(void *ctx, const struct xenpt_range *r, size_t n)
{
    struct listing *l = ctx;

    for (size_t i = 0; i < n; i++)
        l->sum += r[i].first ^ r[i].out;
    return true;
}

static double scan_seconds(struct listing *l)
{
    const struct xenpt_scan_options every = { .unfold = true };
    struct xenpt_scan_counts counts;
    struct xenpt_error err = { 0 };
    double begun = bench_wall_seconds();

    must(xenpt_scan(&l->tree.paging, &l->tree.flat, &every, take, l, &counts, &err), &err);
    l->leaves = counts.leaves;
    return bench_wall_seconds() - begun;
}

static bool write_nowhere(void *ctx, const char *bytes, size_t n)
{
    struct listing *l = ctx;

    l->sum += (uint64_t)bytes[0];
    l->written += n;
    return true;
}

static double text_seconds(struct listing *l)
{
    const struct xenpt_report_options opt = { .write = write_nowhere, .ctx = l };
    const struct xenpt_map_options every = { .unfold = true, .leaves = true };
    const struct xenpt_view *view = xenpt_image_view(l->image);
    struct xenpt_report *report;
    struct xenpt_error err = { 0 };
    double begun = bench_wall_seconds();

    l->written = 0;
    must(xenpt_report_create(XENPT_REPORT_MAP, &opt, &report, &err), &err);
    must(xenpt_report_map(report, view, &view->contexts[0], &every, &err), &err);
    must(xenpt_report_finish(report, &err), &err);
    xenpt_report_destroy(report);
    return bench_wall_seconds() - begun;
}

/* The lines of an answer but for the first, which repeats the command. */
static uint64_t leaves_of(const char *answer)
{
    uint64_t n = 0;

    for (const char *at = strchr(answer, '\n'); at && (at = strchr(at + 1, '\n'));)
        n++;
    return n;
}

static double info_tlb_seconds(const struct guest *g, uint64_t leaves)
{
    double seconds = bench_wall_seconds();
    char *answer = guest_ask(g, "info tlb");

    seconds = bench_wall_seconds() - seconds;
    if (!answer || leaves_of(answer) != leaves) {
        fprintf(stderr, "info tlb lists %llu leaves and the scan %llu\n",
                answer ? (unsigned long long)leaves_of(answer) : 0, (unsigned long long)leaves);
        exit(1);
    }
    free(answer);
    return seconds;
}

static int by_value(const void *a, const void *b)
{
    const double *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

static double median(double seconds[ROUNDS])
{
    qsort(seconds, ROUNDS, sizeof(*seconds), by_value);
    return seconds[ROUNDS / 2];
}

static void measure(struct listing *l, const struct guest *g)
{
    double qemu[ROUNDS], scan[ROUNDS], text[ROUNDS];

    scan_seconds(l);
    for (unsigned int i = 0; i < ROUNDS; i++) {
        qemu[i] = info_tlb_seconds(g, l->leaves);
        scan[i] = scan_seconds(l);
        text[i] = text_seconds(l);
    }
    printf(
        "\nevery leaf of %llu, in milliseconds\n  %-44s %10.3f\n  %-44s %10.3f\n  %-44s %10.3f\n",
        (unsigned long long)l->leaves, "QEMU's info tlb, by its monitor", median(qemu) * 1e3,
        "xenpt_scan, every leaf by itself", median(scan) * 1e3,
        "xenpt_report_map, a line of text a leaf", median(text) * 1e3);
    bench_target("info tlb / xenpt_scan", median(qemu) / median(scan), false, 500);
    printf("  info tlb / xenpt_report_map, %.1f MB of text: %.1f\n", (double)l->written / 1e6,
           median(qemu) / median(text));
}

int main(int argc, char **argv)
{
    static struct listing l;
    struct xenpt_error err = { 0 };
    const struct xenpt_regs *regs = &l.tree.paging.regs;
    struct guest guest;
    const char *why;

    if (argc != 2) {
        fprintf(stderr, "usage: bench_info_tlb CAPTURE\n");
        return 2;
    }
    tree_init_capture(&l.tree, argv[1]);
    must(xenpt_image_open(argv[1], NULL, &l.image, &err), &err);
    why = l.tree.size > LARGE ? "the capture's machine is larger than 3 GiB"
                              : guest_start(&guest, (l.tree.size + 64 * MIB) & ~(MIB - 1));
    if (why) {
        printf("skipped: %s\n", why);
        return 0;
    }
    memcpy(guest.memory, l.tree.bytes, l.tree.size);
    why = guest_enter_long_mode(&guest, l.tree.cr3, regs->cr4, regs->efer);
    if (why)
        printf("skipped: %s\n", why);
    else
        measure(&l, &guest);
    guest_stop(&guest);
    xenpt_image_close(l.image);
    tree_fini(&l.tree);
    printf("\n%u targets missed\n", bench_missed());
    return 0;
}
