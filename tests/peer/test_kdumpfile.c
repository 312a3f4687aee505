/*
 * test_kdumpfile.c - libkdumpfile as a peer, over the captures and a core that we wrote: its own
 * reading of the file, and its own walk of the tables in it.
 *
 * Every page that a scan of ours finds, through every path, is asked about at its first byte
 * and at a random one, every hole at both ends and at a random address.
 */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <libkdumpfile/kdumpfile.h>

#include "addrxlat.h"
#include "captures.h"
#include "xenpt/image.h"
#include "xenpt/model.h"
#include "xenpt/scan.h"

/* --- A capture, opened by both ---------------------------------------------------------------- */

static kdump_ctx_t *open_file(const char *name, FILE *file)
{
    kdump_ctx_t *kdump = kdump_new();
    kdump_attr_t bits = { .type = KDUMP_NUMBER, .val.number = 48 };

    assert_non_null(kdump);
    assert_int_equal(fflush(file), 0);
    /* A core of QEMU says nothing of the kernel it holds, and none of it is needed. */
    if (kdump_open_fd(kdump, fileno(file)) != KDUMP_OK ||
        kdump_set_attr(kdump, "addrxlat.force.virt_bits", &bits) != KDUMP_OK)
        fail_msg("%s: %s", name, kdump_get_err(kdump));
    return kdump;
}

/* libkdumpfile reads no zstd: it gets the unpacked file. */
static kdump_ctx_t *open_by_kdumpfile(const char *name, FILE **file)
{
    size_t size;
    char *bytes = captures_unpack(name, &size);

    *file = tmpfile();
    assert_non_null(*file);
    assert_int_equal(fwrite(bytes, 1, size, *file), size);
    free(bytes);
    return open_file(name, *file);
}

static struct xenpt_image *open_by_xenpt(const char *name)
{
    struct xenpt_image *image;
    struct xenpt_error err = { 0 };
    char path[1024];

    snprintf(path, sizeof(path), "%s/%s", XENPT_CAPTURES, name);
    if (xenpt_image_open(path, NULL, &image, &err))
        fail_msg("%s: %s", path, err.text);
    return image;
}

/* --- Comparing -------------------------------------------------------------------------------- */

struct comparison {
    const char *where;
    const struct xenpt_paging *pg;
    const struct xenpt_reader *mem;
    addrxlat_ctx_t *ctx;
    addrxlat_meth_t meth;
    uint64_t seed, pages, holes, outside;
};

static uint64_t random_up_to(struct comparison *c, uint64_t max)
{
    c->seed ^= c->seed << 13;
    c->seed ^= c->seed >> 7;
    c->seed ^= c->seed << 17;
    return max == UINT64_MAX ? c->seed : c->seed % (max + 1);
}

static void expect(struct comparison *c, uint64_t in, enum xenpt_outcome outcome, uint64_t out)
{
    uint64_t theirs = 0;
    addrxlat_status status = addrxlat_ask(c->ctx, &c->meth, in, &theirs);

    if (status != addrxlat_answer_to(outcome) || theirs != out)
        fail_msg("%s, 0x%" PRIx64 ": ours \"%s\" 0x%" PRIx64 ", libkdumpfile's \"%s\" 0x%" PRIx64,
                 c->where, in, xenpt_outcome_name(outcome), out, addrxlat_strerror(status), theirs);
}

static bool compare_ranges(void *ctx, const struct xenpt_range ranges[], size_t n)
{
    struct comparison *c = ctx;

    for (size_t i = 0; i < n; i++) {
        const struct xenpt_range *r = &ranges[i];
        uint64_t some = random_up_to(c, r->last - r->first);

        switch (r->kind) {
        case XENPT_RANGE_PAGES:
            expect(c, r->first, XENPT_MAPPED, r->out);
            expect(c, r->first + some, XENPT_MAPPED, r->out + some);
            c->pages++;
            break;
        case XENPT_RANGE_HOLE:
            expect(c, r->first, XENPT_NOT_PRESENT, 0);
            expect(c, r->last, XENPT_NOT_PRESENT, 0);
            expect(c, r->first + some, XENPT_NOT_PRESENT, 0);
            c->holes++;
            break;
        case XENPT_RANGE_NO_MEMORY:
            /* Not asked about: libkdumpfile 0.5.1 leaks memory for a page that a core lacks. */
            c->outside++;
            break;
        default:
            fail_msg("%s, 0x%" PRIx64 ": a range of kind %d", c->where, r->first, r->kind);
        }
    }
    return true;
}

static void compare(struct comparison *c)
{
    struct xenpt_scan_options opt = { .unfold = true, .holes = true };
    struct xenpt_scan_counts counts;
    struct xenpt_error err = { 0 };

    c->meth = addrxlat_meth_of(c->pg);
    c->seed = UINT64_C(0x9e3779b97f4a7c15);
    if (xenpt_scan(c->pg, c->mem, &opt, compare_ranges, c, &counts, &err))
        fail_msg("%s: %s", c->where, err.text);
    assert_int_equal(counts.leaves, c->pages);
    /* All tables are in the captures, but for those of guests under nested paging, whose roots
     * are no machine addresses. */
    assert_true(c->outside == 0 || (c->outside == 1 && c->pages + c->holes == 0));
}

/* --- Tests ------------------------------------------------------------------------------------ */

/* As many captures as there are: one that goes missing does not pass unseen. */
#define NR_CAPTURES 40

static void test_every_capture(void **state)
{
    static char names[CAPTURES_MAX][CAPTURES_NAME];
    size_t nr_names = captures_find("*.elf.zst", names), nr_contexts = 0;
    struct comparison sum = { 0 };

    (void)state;
    for (size_t i = 0; i < nr_names; i++) {
        FILE *file;
        kdump_ctx_t *kdump = open_by_kdumpfile(names[i], &file);
        struct xenpt_image *image = open_by_xenpt(names[i]);
        const struct xenpt_view *view = xenpt_image_view(image);
        addrxlat_ctx_t *ctx;
        addrxlat_sys_t *sys;

        if (kdump_get_addrxlat(kdump, &ctx, &sys) != KDUMP_OK)
            fail_msg("%s: %s", names[i], kdump_get_err(kdump));
        for (size_t k = 0; k < view->nr_contexts; k++, nr_contexts++) {
            struct comparison c = {
                .where = names[i], .pg = &view->contexts[k].paging, .mem = view->mem, .ctx = ctx
            };

            compare(&c);
            sum.pages += c.pages;
            sum.holes += c.holes;
            sum.outside += c.outside;
        }
        addrxlat_sys_decref(sys);
        addrxlat_ctx_decref(ctx);
        kdump_free(kdump);
        xenpt_image_close(image);
        fclose(file);
    }
    print_message("%zu captures, %zu CPUs: %" PRIu64 " pages, %" PRIu64
                  " holes, all the same; %" PRIu64 " guest-physical roots\n",
                  nr_names, nr_contexts, sum.pages, sum.holes, sum.outside);
    assert_true(nr_names >= NR_CAPTURES);
    assert_true(nr_contexts >= nr_names);
}

/* --- Machines that were written --------------------------------------------------------------- */

static bool to_file(void *ctx, const char *bytes, size_t n)
{
    return fwrite(bytes, 1, n, ctx) == n;
}

/* Its memory as the machine has it, walked by us; the core, by libkdumpfile. */
static void test_written(void **state)
{
    static const char text[] = "host: { ram: 1G, cpus: 2, processor: skylake-server }\n"
                               "xen: { release: '4.17', pv32: yes, options: [xpti=yes] }\n"
                               "domains:\n"
                               "  d0: { type: pv64, memory: 64M, vcpus: 2, privileged: yes }\n"
                               "  d1: { type: pv32, memory: 32M }\n"
                               "  d2: { type: hvm, memory: 32M, paging: shadow }\n"
                               "running: { cpu0: d0.v0.user, cpu1: d2.v0.guest }\n";
    struct xenpt_error err = { 0 };
    struct xenpt_machine *machine = NULL;
    struct xenpt_model *model = NULL;
    const struct xenpt_view *view = NULL;
    const struct xenpt_context *cpus[2];
    struct comparison sum = { 0 };
    kdump_ctx_t *kdump;
    addrxlat_ctx_t *ctx;
    addrxlat_sys_t *sys;
    FILE *file = tmpfile();

    (void)state;
    assert_non_null(file);
    if (xenpt_model_parse("model", text, strlen(text), NULL, NULL, &model, &err) ||
        xenpt_model_build(model, &machine, &err) || xenpt_machine_view(machine, &view, &err))
        fail_msg("%s", err.text);
    cpus[0] = xenpt_view_context(view, "cpu0");
    cpus[1] = xenpt_view_context(view, "cpu1");
    if (xenpt_image_write(view, cpus, 2, NULL, to_file, file, NULL, &err))
        fail_msg("%s", err.text);
    kdump = open_file("a machine", file);
    if (kdump_get_addrxlat(kdump, &ctx, &sys) != KDUMP_OK)
        fail_msg("%s", kdump_get_err(kdump));
    for (size_t i = 0; i < view->nr_contexts; i++) {
        const struct xenpt_context *at = &view->contexts[i];
        struct comparison c = { at->name, &at->paging, view->mem, ctx, .seed = 0 };

        /* What addrxlat knows of: EPT it does not. */
        if (at->has_second || at->paging.id != XENPT_4LEVEL)
            continue;
        compare(&c);
        sum.pages += c.pages;
        sum.holes += c.holes;
    }
    print_message("a machine: %" PRIu64 " pages, %" PRIu64 " holes, all the same\n", sum.pages,
                  sum.holes);
    assert_true(sum.pages > 10000);
    addrxlat_sys_decref(sys);
    addrxlat_ctx_decref(ctx);
    kdump_free(kdump);
    fclose(file);
    xenpt_machine_destroy(machine);
    xenpt_model_close(model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_capture),
        cmocka_unit_test(test_written),
    };

    return cmocka_run_group_tests_name("libkdumpfile", tests, NULL, NULL);
}
