/*
 * bench_roots.c - finding every root of a Xen in a raw image, beside reading all of it: the file
 * is mapped and every word of it is added up.
 *
 *     bench_roots CAPTURE
 *
 * The image is 1 GiB of noise with the capture's tables where they were.
 */
#define _GNU_SOURCE

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bench.h"
#include "trees.h"
#include "xenpt.h"

#define ROUNDS 9
#define SIZE   (UINT64_C(1) << 30)

struct finding {
    char path[256];
    struct xenpt_layout *layout; /* NULL: it is found, too. */
};

static void make_noise(uint64_t *words)
{
    uint64_t random = 88172645463325252;

    for (size_t i = 0; i < SIZE / sizeof(*words); i++)
        words[i] = bench_random(&random);
}

static void put_tables(uint8_t *bytes, const char *capture)
{
    struct xenpt_error err = { 0 };
    struct xenpt_image_info info;
    struct xenpt_image *image;

    must(xenpt_image_open(capture, NULL, &image, &err), &err);
    info = xenpt_image_info(image);
    for (size_t i = 0; i < info.nr_runs; i++)
        if (info.runs[i].last < SIZE)
            xenpt_read(xenpt_image_view(image)->mem, info.runs[i].first, bytes + info.runs[i].first,
                       info.runs[i].last - info.runs[i].first + 1);
    xenpt_image_close(image);
}

static void make_image(struct finding *f, const char *capture)
{
    const char *folder = getenv("TMPDIR");
    void *bytes;
    int fd;

    snprintf(f->path, sizeof(f->path), "%s/bench_roots.XXXXXX", folder ? folder : "/tmp");
    fd = mkstemp(f->path);
    if (fd < 0 || ftruncate(fd, (off_t)SIZE)) {
        perror(f->path);
        exit(2);
    }
    bytes = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    if (bytes == MAP_FAILED) {
        perror(f->path);
        exit(2);
    }
    make_noise(bytes);
    put_tables(bytes, capture);
    munmap(bytes, SIZE);
}

static uint64_t read_all(void *ctx)
{
    const struct finding *f = ctx;
    int fd = open(f->path, O_RDONLY);
    const uint64_t *words = mmap(NULL, SIZE, PROT_READ, MAP_SHARED, fd, 0);
    uint64_t sum = 0;

    close(fd);
    for (size_t i = 0; i < SIZE / sizeof(*words); i++)
        sum += words[i];
    munmap((void *)(uintptr_t)words, SIZE);
    return sum;
}

static uint64_t find(void *ctx)
{
    const struct finding *f = ctx;
    struct xenpt_error err = { 0 };
    const struct xenpt_root *list;
    struct xenpt_image *image;
    struct xenpt_roots *roots;
    uint64_t n;

    must(xenpt_image_open(f->path, NULL, &image, &err), &err);
    must(xenpt_roots_find(xenpt_image_view(image), f->layout, &roots, &err), &err);
    n = xenpt_roots_list(roots, &list);
    xenpt_roots_free(roots);
    xenpt_image_close(image);
    return n;
}

int main(int argc, char **argv)
{
    static struct finding f;
    struct contender c[] = { { .name = "reading every word", .run = read_all },
                             { .name = "finding every root", .run = find } };
    double gib;

    if (argc != 2) {
        fprintf(stderr, "usage: bench_roots CAPTURE\n");
        return 2;
    }
    make_image(&f, argv[1]);
    printf("%llu roots in an image of 1 GiB\n", (unsigned long long)find(&f));
    bench("a page of 4 KiB", c, 2, ROUNDS, (double)(SIZE >> 12), &f);
    gib = 1e9 / (bench_median(&c[1], ROUNDS) * (double)(SIZE >> 12));
    printf("  %.1f GiB a second\n", gib);
    bench_target("times as long as reading",
                 bench_median(&c[1], ROUNDS) / bench_median(&c[0], ROUNDS), true, 2.0);
    unlink(f.path);
    return bench_missed() ? 1 : 0;
}
