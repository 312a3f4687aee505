/*
 * test_who_machines.c - who reaches a frame, of whole machines: what an index says is what a search
 * through everything that every context maps finds, by every path.
 *
 * The search is xenpt_map()'s, page by page; what is asked about are frames of every use: tables of
 * all levels, XPTI's roots, M2P, the directmap, grants, shared pages, guests' memory.
 */
#include <stdio.h>
#include <stdlib.h>

#include "machine_fixture.h"
#include "xenpt/image.h"
#include "xenpt/map.h"
#include "xenpt/roots.h"
#include "xenpt/who.h"

#define ASKED_MAX 200

/* One address of a frame that is asked about. */
struct one {
    const struct xenpt_context *context;
    uint64_t frame, in;
    unsigned int rights;
};

struct list {
    struct one *of;
    size_t nr, max;
};

struct search {
    const struct xenpt_context *context;
    const uint64_t *asked; /* Ascending. */
    size_t nr_asked;
    struct list found;
};

static void add(struct list *l, const struct one *o)
{
    if (l->nr == l->max) {
        l->max = l->max ? 2 * l->max : 1024;
        l->of = realloc(l->of, l->max * sizeof(*l->of));
        assert_non_null(l->of);
    }
    l->of[l->nr++] = *o;
}

/* The first that is asked about, from a frame on. */
static size_t from(const struct search *s, uint64_t frame)
{
    size_t a = 0, b = s->nr_asked;

    while (a < b) {
        size_t mid = (a + b) / 2;

        if (s->asked[mid] < frame)
            a = mid + 1;
        else
            b = mid;
    }
    return a;
}

static bool one_range(void *ctx, const struct xenpt_map_range *r)
{
    struct search *s = ctx;
    uint64_t frame = r->maddr >> 12, last = (r->maddr + (r->last - r->first)) >> 12;

    for (size_t i = from(s, frame); i < s->nr_asked && s->asked[i] <= last; i++)
        add(&s->found, &(struct one){ s->context, s->asked[i],
                                      r->first + ((s->asked[i] - frame) << 12), r->rights });
    return true;
}

static int by_all(const void *x, const void *y)
{
    const struct one *a = x, *b = y;

    if (a->frame != b->frame)
        return a->frame < b->frame ? -1 : 1;
    if (a->context != b->context)
        return a->context < b->context ? -1 : 1;
    return (a->in > b->in) - (a->in < b->in);
}

static bool one_reach(void *ctx, const struct xenpt_reach *r)
{
    struct search *s = ctx;

    assert_int_equal(r->count, 1);
    add(&s->found, &(struct one){ r->context, r->maddr >> 12, r->first, r->rights });
    return true;
}

/* The addresses of a folded answer, all in all, and that they are no more. */
static bool count_reach(void *ctx, const struct xenpt_reach *r)
{
    assert_true(r->count && r->first <= r->last);
    *(uint64_t *)ctx += r->count;
    return true;
}

static void check(const char *name, const struct xenpt_view *view,
                  const struct xenpt_context *const *contexts, size_t nr_contexts,
                  const uint64_t *asked, size_t nr_asked)
{
    const struct xenpt_map_options every = { .leaves = true,
                                             .unfold = true,
                                             .kinds = 1u << XENPT_MAP_PAGES };
    struct search want = { .asked = asked, .nr_asked = nr_asked };

    for (size_t i = 0; i < nr_contexts; i++) {
        want.context = contexts[i];
        assert_int_equal(xenpt_map(view, contexts[i], &every, one_range, &want, NULL, NULL),
                         XENPT_OK);
    }
    qsort(want.found.of, want.found.nr, sizeof(*want.found.of), by_all);
    for (int pages = 0; pages < 2; pages++) {
        struct xenpt_who_options opt = { contexts, nr_contexts, pages };
        struct search got = { .asked = asked };
        struct xenpt_who *who;

        assert_int_equal(xenpt_who_create(view, &opt, &who, NULL), XENPT_OK);
        for (size_t i = 0; i < nr_asked; i++) {
            struct xenpt_who_question q = { asked[i] << 12, (asked[i] << 12) + 4095, true, 0 };
            size_t before = got.found.nr;
            uint64_t folded = 0;

            assert_int_equal(xenpt_who(who, &q, one_reach, &got, NULL), XENPT_OK);
            q.unfold = false;
            assert_int_equal(xenpt_who(who, &q, count_reach, &folded, NULL), XENPT_OK);
            assert_int_equal(folded, got.found.nr - before);
        }
        qsort(got.found.of, got.found.nr, sizeof(*got.found.of), by_all);
        for (size_t i = 0; i < want.found.nr && i < got.found.nr; i++) {
            const struct one *a = &want.found.of[i], *b = &got.found.of[i];

            if (by_all(a, b) || a->rights != b->rights)
                fail_msg("%s: mfn 0x%llx in %s at 0x%llx with %x, and in %s at 0x%llx with %x",
                         name, (unsigned long long)a->frame, a->context->name,
                         (unsigned long long)a->in, a->rights, b->context->name,
                         (unsigned long long)b->in, b->rights);
        }
        assert_int_equal(got.found.nr, want.found.nr);
        free(got.found.of);
        xenpt_who_destroy(who);
    }
    print_message("    %s: %zu addresses of %zu frames in %zu contexts\n", name, want.found.nr,
                  nr_asked, nr_contexts);
    free(want.found.of);
}

/* --- What is asked about ------------------------------------------------------------------- */

static int by_frame(const void *x, const void *y)
{
    const uint64_t *a = x, *b = y;

    return (*a > *b) - (*a < *b);
}

static bool page_of(void *ctx, uint64_t first, const uint8_t *bytes, uint64_t size)
{
    struct search *frames = ctx;

    (void)bytes;
    for (uint64_t at = first; at < first + size; at += 4096)
        add(&frames->found, &(struct one){ .frame = at >> 12 });
    return true;
}

/* Roots, and frames with content all over memory, most of which are tables or seen by guests. */
static size_t choose(const struct xenpt_view *view, const struct xenpt_context *const *contexts,
                     size_t nr_contexts, uint64_t asked[ASKED_MAX])
{
    struct search frames = { 0 };
    size_t nr = 0, used = 0;

    for (size_t i = 0; i < nr_contexts && nr < ASKED_MAX / 4; i++)
        if (!contexts[i]->has_second)
            asked[nr++] = contexts[i]->paging.root >> 12;
    assert_int_equal(xenpt_each_stretch(view->mem, page_of, &frames, NULL), XENPT_OK);
    for (size_t i = 0; nr < ASKED_MAX && i < frames.found.nr;
         i += 1 + frames.found.nr / (ASKED_MAX / 2))
        asked[nr++] = frames.found.of[i].frame;
    free(frames.found.of);
    qsort(asked, nr, sizeof(*asked), by_frame);
    for (size_t i = 0; i < nr; i++)
        if (!i || asked[i] != asked[i - 1])
            asked[used++] = asked[i];
    return used;
}

/* --- Captures ------------------------------------------------------------------------------ */

static void test_captures(void **state)
{
    static const char *const names[] = {
        "deb-pv64-intel-hc-xen", "deb-pv64-intel-noxpti-guest", "rel-pv32-amd-guest",
        "rel-sh64-amd-guest",    "bochs-pvhd0-ept-guest",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        const struct xenpt_context *contexts[200];
        const struct xenpt_root *list;
        struct xenpt_image *image;
        struct xenpt_roots *roots;
        uint64_t asked[ASKED_MAX];
        const struct xenpt_view *view;
        char path[512];
        size_t nr = 0, n;

        snprintf(path, sizeof(path), XENPT_CAPTURES "/%s.elf.zst", names[i]);
        assert_int_equal(xenpt_image_open(path, NULL, &image, NULL), XENPT_OK);
        view = xenpt_image_view(image);
        assert_int_equal(xenpt_roots_find(view, NULL, &roots, NULL), XENPT_OK);
        n = xenpt_roots_list(roots, &list);
        for (size_t k = 0; k < view->nr_contexts; k++)
            contexts[nr++] = &view->contexts[k];
        for (size_t k = 0; k < n && nr < 200; k++)
            contexts[nr++] = &list[k].context;
        check(names[i], view, contexts, nr, asked, choose(view, contexts, nr, asked));
        xenpt_roots_free(roots);
        xenpt_image_close(image);
    }
}

/* --- Models -------------------------------------------------------------------------------- */

static void test_models(void **state)
{
    static const char *const texts[] = {
        "host: { ram: 1G, cpus: 2, processor: cascade-lake }\n"
        "xen: { release: \"4.17\", pv32: yes }\ndomains:\n"
        "  d0: { type: pv64, memory: 64M, privileged: yes, linear-pt: yes }\n"
        "  d1: { type: pv32, memory: 32M }\n  d2: { type: hvm, memory: 32M, mode: 4level }\n"
        "  d3: { type: hvm, memory: 32M, paging: shadow, mode: pae }\n"
        "  d4: { type: pvh, memory: 32M, mode: unpaged }\n",
        "host: { ram: 1G, cpus: 2, processor: milan }\n"
        "xen: { release: \"4.12\", pv32: yes }\ndomains:\n"
        "  d0: { type: pv64, memory: 64M, privileged: yes }\n"
        "  d1: { type: hvm, memory: 32M, mode: 2level }\n"
        "  d2: { type: hvm, memory: 32M, mode: pae }\n"
        "  d3: { type: hvm, memory: 32M, mode: pae }\n",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        const struct xenpt_context *contexts[100];
        uint64_t asked[ASKED_MAX];
        struct world w;
        char name[32];
        size_t nr = 0;

        snprintf(name, sizeof(name), "model %zu", i);
        build(&w, texts[i]);
        while (nr < w.view->nr_contexts && nr < 100) {
            contexts[nr] = &w.view->contexts[nr];
            nr++;
        }
        check(name, w.view, contexts, nr, asked, choose(w.view, contexts, nr, asked));
        end(&w);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_captures),
        cmocka_unit_test(test_models),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
