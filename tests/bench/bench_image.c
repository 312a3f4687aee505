/*
 * bench_image.c - translations over a real machine's tables, read from a file: naive, peers,
 * by hand, and ours; in one segment and in 10,000; and how long opening takes.
 *
 *     bench_image CAPTURE
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "bench.h"
#include "core.h"
#include "peers.h"
#include "trees.h"

#define ROUNDS    15
#define ADDRESSES 100000
#define PIECES    10000
#define GIB2      (UINT64_C(2) << 30)

struct imaging {
    struct xenpt_image *flat, *pieces, *shuffled;
    struct xenpt_paging paging;
    struct xenpt_ask ask;
    struct naive_memory naive;
    struct segment segment;
    struct limit_machine limit;
    struct peer *direct, *by_file;
    uint64_t va[ADDRESSES], random;
    uint64_t first[1 << 18], last[1 << 18];
    size_t nr_ranges;
};

static bool note_ranges(void *ctx, const struct xenpt_range *r, size_t n)
{
    struct imaging *m = ctx;

    for (size_t i = 0; i < n && m->nr_ranges < sizeof(m->first) / sizeof(m->first[0]); i++) {
        if (r[i].kind != XENPT_RANGE_PAGES || r[i].first >> 63)
            continue;
        m->first[m->nr_ranges] = r[i].first;
        m->last[m->nr_ranges++] = r[i].last;
    }
    return true;
}

/* Random user addresses, all mapped. */
static void choose_addresses(struct imaging *m)
{
    struct xenpt_error err = { 0 };

    must(xenpt_scan(&m->paging, xenpt_image_view(m->flat)->mem, NULL, note_ranges, m, NULL, &err),
         &err);
    for (size_t i = 0; i < ADDRESSES && m->nr_ranges; i++) {
        size_t r = bench_random(&m->random) % m->nr_ranges;

        m->va[i] = m->first[r] + bench_random(&m->random) % (m->last[r] - m->first[r] + 1);
    }
}

static uint64_t naive(void *ctx)
{
    struct imaging *m = ctx;
    uint64_t sum = 0;

    for (size_t i = 0; i < ADDRESSES; i++) {
        struct naive_translation t;

        naive_walk(&m->naive, m->paging.root, 52, m->va[i], &t);
        sum += t.out;
    }
    return sum;
}

static uint64_t by_hand(void *ctx)
{
    struct imaging *m = ctx;
    uint64_t sum = 0;

    for (size_t i = 0; i < ADDRESSES; i++) {
        uint64_t out = 0, attributes;

        limit_walk(&m->limit, m->va[i], 1, 0, &out, &attributes);
        sum += out;
    }
    return sum;
}

static uint64_t translate(struct imaging *m, const struct xenpt_image *image)
{
    const struct xenpt_reader *mem = xenpt_image_view(image)->mem;
    uint64_t sum = 0;

    for (size_t i = 0; i < ADDRESSES; i++) {
        struct xenpt_translation t;

        xenpt_translate(&m->paging, mem, &m->ask, m->va[i], &t);
        sum += t.out;
    }
    return sum;
}

static uint64_t ours(void *ctx)
{
    struct imaging *m = ctx;

    return translate(m, m->flat);
}

static uint64_t ours_in_pieces(void *ctx)
{
    struct imaging *m = ctx;

    return translate(m, m->pieces);
}

static uint64_t ours_shuffled(void *ctx)
{
    struct imaging *m = ctx;

    return translate(m, m->shuffled);
}

static uint64_t peer_direct(void *ctx)
{
    struct imaging *m = ctx;

    return peer_translate(m->direct, m->va, ADDRESSES);
}

static uint64_t peer_by_file(void *ctx)
{
    struct imaging *m = ctx;

    return peer_translate(m->by_file, m->va, ADDRESSES);
}

/*
 * A 2 GiB core with the capture's tables, its memory in n pieces.  Shuffled, neighbours in memory
 * are none in the file, and so none for the TLB of the host: whoever reads them pays for that.
 */
static char *make_core(const struct xenpt_image *capture, uint64_t cr3, size_t n, bool shuffled)
{
    struct xenpt_image_info info = xenpt_image_info(capture);
    const struct xenpt_reader *mem = xenpt_image_view(capture)->mem;
    uint64_t step = (GIB2 / n + 4095) & ~UINT64_C(4095), headers = core_headers(n);
    struct core_segment *s = calloc(n, sizeof(*s));
    static uint8_t page[4096];
    char *path;

    if (!s)
        exit(2);
    for (size_t i = 0; i < n; i++) {
        uint64_t place = shuffled ? i * UINT64_C(7919) % n : i; /* 7919 is prime. */

        s[i] = (struct core_segment){ .first = i * step,
                                      .size = step,
                                      .offset = headers + place * step };
    }
    path = core_create(s, n, cr3, headers + n * step);
    for (size_t r = 0; r < info.nr_runs; r++)
        for (uint64_t at = info.runs[r].first; at < info.runs[r].last; at += 4096)
            if (xenpt_read(mem, at, page, sizeof(page)))
                core_write(path, s[at / step].offset + at % step, page, sizeof(page));
    free(s);
    return path;
}

/* As `dump -p` does: as many segments as pages of the kernel's maps, overlapping. */
static void measure_opening(void)
{
    enum { SEGMENTS = 66779 };
    static struct core_segment s[SEGMENTS];
    uint64_t headers = core_headers(SEGMENTS), random = 88172645463325252;
    struct xenpt_error err = { 0 };
    struct rusage before, after;
    struct xenpt_image *image;
    double seconds[5];
    char *path;

    for (size_t i = 0; i < SEGMENTS; i++) {
        uint64_t first = bench_random(&random) % (GIB2 >> 12) << 12;
        uint64_t size = (1 + bench_random(&random) % 64) << 12;

        size = size < GIB2 - first ? size : GIB2 - first;
        s[i] = (struct core_segment){ first, size, headers + first };
    }
    path = core_create(s, SEGMENTS, 0x1000, headers + GIB2);
    getrusage(RUSAGE_SELF, &before);
    for (int i = 0; i < 5; i++) {
        seconds[i] = bench_wall_seconds();
        must(xenpt_image_open(path, NULL, &image, &err), &err);
        seconds[i] = bench_wall_seconds() - seconds[i];
        if (i == 4)
            printf("\nopening a core of 2 GiB in %d overlapping segments: %zu runs\n", SEGMENTS,
                   xenpt_image_info(image).nr_runs);
        xenpt_image_close(image);
    }
    getrusage(RUSAGE_SELF, &after);
    printf("  peak memory grew by %ld KiB, %.0f bytes a segment\n",
           after.ru_maxrss - before.ru_maxrss,
           (double)(after.ru_maxrss - before.ru_maxrss) * 1024 / SEGMENTS);
    bench_target("seconds to open it", seconds[4], true, 0.2);
    core_remove(path);
}

static void open_all(struct imaging *m, const char *capture_path, char *core[3])
{
    struct xenpt_image *capture;
    struct xenpt_error err = { 0 };

    must(xenpt_image_open(capture_path, NULL, &capture, &err), &err);
    if (!xenpt_image_view(capture)->nr_contexts) {
        fprintf(stderr, "%s names no CPU\n", capture_path);
        exit(2);
    }
    m->paging = xenpt_image_view(capture)->contexts[0].paging;
    core[0] = make_core(capture, m->paging.root, 1, false);
    core[1] = make_core(capture, m->paging.root, PIECES, false);
    core[2] = make_core(capture, m->paging.root, PIECES, true);
    xenpt_image_close(capture);
    must(xenpt_image_open(core[0], NULL, &m->flat, &err), &err);
    must(xenpt_image_open(core[1], NULL, &m->pieces, &err), &err);
    must(xenpt_image_open(core[2], NULL, &m->shuffled, &err), &err);
}

enum { NAIVE, BY_HAND, OURS, PIECE, SHUFFLED, DIRECT, FILE_, NR };

int main(int argc, char **argv)
{
    static struct imaging m;
    struct xenpt_access read = { .cpl = 3 };
    struct contender c[NR] = {
        [NAIVE] = { .name = "naive, mapped file", .run = naive },
        [BY_HAND] = { .name = "by hand (checks less), mapped file", .run = by_hand },
        [OURS] = { .name = "xenpt_translate, one segment", .run = ours },
        [PIECE] = { .name = "xenpt_translate, 10,000 segments", .run = ours_in_pieces },
        [SHUFFLED] = { .name = "xenpt_translate, 10,000, shuffled in the file",
                       .run = ours_shuffled },
        [DIRECT] = { .name = "libaddrxlat, zero-copy callback", .run = peer_direct },
        [FILE_] = { .name = "libkdumpfile", .run = peer_by_file },
    };
    char *core[3];
    size_t n = NR;

    if (argc != 2) {
        fprintf(stderr, "usage: bench_image CAPTURE\n");
        return 2;
    }
    m.random = 88172645463325252;
    open_all(&m, argv[1], core);
    xenpt_ask_init(&m.ask, &m.paging, &read);
    choose_addresses(&m);
    m.segment.bytes = core_map(core[0], core_headers(1), GIB2);
    m.segment.size = GIB2;
    m.naive = (struct naive_memory){ &m.segment, 1 };
    m.limit = (struct limit_machine){ m.segment.bytes, GIB2, m.paging.root, 0, 0 };
    m.direct = peer_open(NULL, &m.segment, m.paging.root);
    m.by_file = peer_open(core[0], NULL, m.paging.root);
    if (!m.direct || !m.by_file) {
        printf("libkdumpfile is not there: no peers\n");
        n = DIRECT;
    }
    bench_agree(c, n, &m);
    bench("one translation of a real tree, random user addresses", c, n, ROUNDS, ADDRESSES, &m);
    bench_target("10,000 segments / one", bench_ratio(&c[PIECE], &c[OURS], ROUNDS), true, 1.5);
    if (n == NR) {
        bench_target("libaddrxlat / xenpt", bench_ratio(&c[DIRECT], &c[OURS], ROUNDS), false, 7);
        bench_target("libkdumpfile / xenpt", bench_ratio(&c[FILE_], &c[OURS], ROUNDS), false, 10);
    }
    measure_opening();
    for (int i = 0; i < 3; i++)
        core_remove(core[i]);
    printf("\n%u targets missed\n", bench_missed());
    return 0;
}
