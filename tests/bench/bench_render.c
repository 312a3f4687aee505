/*
 * bench_render.c - pictures of a capture, beside opening it and finding its roots, which whoever
 * draws one waits for first.
 *
 *     bench_render [CAPTURE...]
 */
#include <stdio.h>
#include <stdlib.h>

#include "bench.h"
#include "trees.h"
#include "xenpt/draw.h"
#include "xenpt/image.h"
#include "xenpt/owners.h"

#define ROUNDS 5

struct drawn {
    const char *path;
    struct xenpt_image *image;
    struct xenpt_roots *roots;
    struct xenpt_owners *owners;
    const struct xenpt_context **list;
    size_t nr;
    uint64_t bytes;
};

static void begin(struct drawn *d)
{
    const struct xenpt_root *root;
    struct xenpt_error err = { 0 };
    size_t nr;

    must(xenpt_image_open(d->path, NULL, &d->image, &err), &err);
    must(xenpt_roots_find(xenpt_image_view(d->image), NULL, &d->roots, &err), &err);
    must(xenpt_image_owners(xenpt_image_view(d->image), d->roots, &d->owners, &err), &err);
    nr = xenpt_roots_list(d->roots, &root);
    d->list = calloc(nr, sizeof(const struct xenpt_context *));
    if (!d->list)
        exit(2);
    d->nr = 0;
    for (size_t i = 0; i < nr; i++)
        if (!root[i].stale)
            d->list[d->nr++] = &root[i].context;
}

static void end(struct drawn *d)
{
    free(d->list);
    xenpt_owners_free(d->owners);
    xenpt_roots_free(d->roots);
    xenpt_image_close(d->image);
}

static uint64_t open_it(void *ctx)
{
    struct drawn *d = ctx, own = { .path = d->path };

    begin(&own);
    end(&own);
    return own.nr;
}

static bool count(void *ctx, const char *bytes, size_t n)
{
    (void)bytes;
    *(uint64_t *)ctx += n;
    return true;
}

static uint64_t draw(struct drawn *d, enum xenpt_picture picture, enum xenpt_picture_form form)
{
    static const uint64_t in[] = { 0xffff830000000000, 0x401000, 0xffff82d040200000 };
    struct xenpt_expose_options expose = { .contexts = d->list,
                                           .nr_contexts = d->nr,
                                           .owners = d->owners };
    struct xenpt_draw_options opt = {
        .picture = picture,
        .form = form,
        .title = d->path,
        .contexts = d->list,
        .nr_contexts = d->nr,
        .in = in,
        .nr_in = sizeof(in) / sizeof(in[0]),
        .expose = &expose,
        .write = count,
        .ctx = &d->bytes,
    };
    struct xenpt_error err = { 0 };

    d->bytes = 0;
    must(xenpt_draw(xenpt_image_view(d->image), &opt, &err), &err);
    return d->bytes;
}

#define PICTURE(name, picture, form)                                                               \
    static uint64_t name(void *ctx)                                                                \
    {                                                                                              \
        return draw(ctx, XENPT_PICTURE_##picture, XENPT_PICTURE_##form);                           \
    }

PICTURE(slots, SLOTS, SVG)
PICTURE(tree, TREE, SVG)
PICTURE(walk, WALK, SVG)
PICTURE(sharing, SHARING, SVG)
PICTURE(exposure, EXPOSURE, SVG)
PICTURE(html, SLOTS, HTML)

int main(int argc, char **argv)
{
    static const char *const usual[] = { XENPT_CAPTURES "/rel-xl2-intel-xen.elf.zst",
                                         XENPT_CAPTURES "/rel-sh64-amd-guest.elf.zst",
                                         XENPT_CAPTURES "/deb-pv64-intel-guest.elf.zst" };
    size_t nr = argc > 1 ? (size_t)argc - 1 : sizeof(usual) / sizeof(usual[0]);
    double most = 0, beside = 0;

    for (size_t i = 0; i < nr; i++) {
        struct contender c[] = {
            { .name = "opened, roots found", .run = open_it },
            { .name = "slots", .run = slots },
            { .name = "tree", .run = tree },
            { .name = "three walks", .run = walk },
            { .name = "sharing", .run = sharing },
            { .name = "exposure", .run = exposure },
            { .name = "a page of HTML", .run = html },
        };
        struct drawn d = { .path = argc > 1 ? argv[i + 1] : usual[i] };

        begin(&d);
        printf("\n%s: %zu roots, HTML of %llu bytes", d.path, d.nr, (unsigned long long)html(&d));
        bench("nanoseconds a picture", c, sizeof(c) / sizeof(c[0]), ROUNDS, 1, &d);
        for (size_t k = 1; k < sizeof(c) / sizeof(c[0]); k++) {
            double ns = bench_median(&c[k], ROUNDS), ratio = ns / bench_median(&c[0], ROUNDS);

            most = ns > most ? ns : most;
            beside = ratio > beside ? ratio : beside;
        }
        end(&d);
    }
    printf("\n");
    bench_target("the slowest picture, in seconds", most / 1e9, true, 1.0);
    bench_target("the same / opening its capture and finding its roots", beside, true, 3.0);
    printf("\n%u targets missed\n", bench_missed());
    return 0;
}
