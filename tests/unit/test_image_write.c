/*
 * test_image_write.c - machines written as cores and read back: each context has to map in the
 * core what it maps in the machine, and each CPU to have the registers that it had.
 */
#include <elf.h>
#include <fcntl.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "fail_alloc.h"
#include "xenpt/compare.h"
#include "xenpt/image.h"
#include "xenpt/map.h"
#include "xenpt/model.h"
#include "xenpt/roots.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* asm/x86: what Xen sets PAT to, which a core does not tell. */
#define XEN_PAT UINT64_C(0x050100070406)

/* --- A machine and its core ---------------------------------------------------------------- */

struct world {
    struct xenpt_model *model;
    struct xenpt_machine *machine;
    const struct xenpt_view *view;
    const struct xenpt_context *cpus[8];
    size_t nr_cpus;
};

static void begin(struct world *w, const char *text)
{
    struct xenpt_error err = { 0 };
    char name[16];

    *w = (struct world){ 0 };
    if (xenpt_model_parse("model", text, strlen(text), NULL, NULL, &w->model, &err) ||
        xenpt_model_build(w->model, &w->machine, &err))
        fail_msg("%u:%u: %s", err.line, err.column, err.text);
    assert_int_equal(xenpt_machine_view(w->machine, &w->view, &err), XENPT_OK);
    for (; w->nr_cpus < COUNT(w->cpus); w->nr_cpus++) {
        snprintf(name, sizeof(name), "cpu%zu", w->nr_cpus);
        w->cpus[w->nr_cpus] = xenpt_view_context(w->view, name);
        if (!w->cpus[w->nr_cpus])
            break;
    }
    assert_true(w->nr_cpus > 0);
}

static void end(struct world *w)
{
    xenpt_machine_destroy(w->machine);
    xenpt_model_close(w->model);
}

/* What was written, in memory. */
struct bytes {
    char *at;
    size_t nr;
    size_t fail_at; /* The call that fails, counted from 1. */
    size_t calls;
};

/* Not by malloc(): that is made to fail. */
static _Alignas(8) char room[(size_t)16 << 20];

static bool keep(void *ctx, const char *bytes, size_t n)
{
    struct bytes *b = ctx;

    if (++b->calls == b->fail_at)
        return false;
    assert_true(b->nr + n <= sizeof(room));
    memcpy(b->at + b->nr, bytes, n);
    b->nr += n;
    return true;
}

static struct bytes written(const struct world *w, const struct xenpt_image_write_options *opt)
{
    struct bytes b = { .at = room };
    struct xenpt_image_written ret;
    struct xenpt_error err = { 0 };

    if (xenpt_image_write(w->view, w->cpus, w->nr_cpus, opt, keep, &b, &ret, &err))
        fail_msg("%s", err.text);
    assert_int_equal(ret.size, b.nr);
    return b;
}

static struct xenpt_image *opened(const struct world *w, struct bytes b)
{
    struct xenpt_image_options opt = {
        .cpu = &w->view->contexts[0].paging.cpu,
        .has_pat = true,
        .pat = XEN_PAT,
    };
    char path[] = "/tmp/xenpt-write.XXXXXX";
    struct xenpt_error err = { 0 };
    struct xenpt_image *image;
    int fd = mkstemp(path);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, b.at, b.nr), b.nr);
    close(fd);
    if (xenpt_image_open(path, &opt, &image, &err))
        fail_msg("%s", err.text);
    unlink(path);
    return image;
}

/* --- What is mapped ------------------------------------------------------------------------ */

struct ranges {
    struct xenpt_map_range *list;
    size_t nr;
};

static bool collect(void *ctx, const struct xenpt_map_range *range)
{
    struct ranges *r = ctx;

    r->list = realloc(r->list, (r->nr + 1) * sizeof(*r->list));
    assert_non_null(r->list);
    r->list[r->nr++] = *range;
    return true;
}

static struct ranges map_of(const struct xenpt_view *view, const struct xenpt_reader *mem,
                            const struct xenpt_context *c)
{
    struct xenpt_view through = *view;
    struct ranges r = { 0 };
    struct xenpt_error err = { 0 };

    through.mem = mem;
    if (xenpt_map(&through, c, NULL, collect, &r, NULL, &err))
        fail_msg("%s: %s", c->name, err.text);
    return r;
}

static bool same_leaf(const struct xenpt_map_leaf *a, const struct xenpt_map_leaf *b)
{
    return a->entry == b->entry && a->all == b->all && a->any == b->any && a->level == b->level;
}

static bool same(const struct xenpt_map_range *a, const struct xenpt_map_range *b)
{
    return a->first == b->first && a->last == b->last && a->maddr == b->maddr &&
           a->gaddr == b->gaddr && a->same_as == b->same_as && a->leaves == b->leaves &&
           same_leaf(&a->leaf, &b->leaf) && same_leaf(&a->second, &b->second) &&
           a->rights == b->rights && a->kind == b->kind && a->same_level == b->same_level;
}

/* Returns the ranges that there were. */
static size_t expect_same_map(const struct world *w, const struct xenpt_reader *mem,
                              const struct xenpt_context *ours, const struct xenpt_context *theirs)
{
    struct ranges a = map_of(w->view, w->view->mem, ours), b = map_of(w->view, mem, theirs);

    for (size_t i = 0; i < a.nr && i < b.nr; i++)
        if (!same(&a.list[i], &b.list[i]))
            fail_msg("%s: at 0x%" PRIx64 " (%s), and in the core at 0x%" PRIx64 " (%s)", ours->name,
                     a.list[i].first, xenpt_map_kind_name(a.list[i].kind), b.list[i].first,
                     xenpt_map_kind_name(b.list[i].kind));
    if (a.nr != b.nr)
        fail_msg("%s: %zu ranges, and %zu in the core", ours->name, a.nr, b.nr);
    free(a.list);
    free(b.list);
    return a.nr;
}

/* --- Registers ----------------------------------------------------------------------------- */

static void expect_same_cpu(const struct xenpt_context *a, const struct xenpt_context *b)
{
    assert_string_equal(a->name, b->name);
    assert_int_equal(a->paging.regs.cr0, b->paging.regs.cr0);
    assert_int_equal(a->paging.regs.cr3, b->paging.regs.cr3);
    assert_int_equal(a->paging.regs.cr4, b->paging.regs.cr4);
    assert_int_equal(a->paging.id, b->paging.id);
    assert_int_equal(a->paging.root, b->paging.root);
    assert_int_equal(a->paging.pcid, b->paging.pcid);
    assert_int_equal(a->cpl, b->cpl);
    assert_int_equal(a->ac, b->ac);
    assert_int_equal(a->ip, b->ip);
    assert_true(b->has_cpu);
}

/* --- Machines ------------------------------------------------------------------------------ */

#define HOST(cpu) "host: { ram: 5G, cpus: 3, processor: " cpu " }\n"

static const char *const machines[] = {
    HOST("skylake-server") "xen: { release: '4.17', options: [xpti=yes] }\n"
                           "domains:\n"
                           "  d0: { type: pv64, memory: 64M, vcpus: 2, privileged: yes }\n"
                           "  d1: { type: pv64, memory: 32M }\n"
                           "running: { cpu0: d0.v0.user, cpu1: d0.v1.kernel, cpu2: d1.v0.xen }\n",
    HOST("naples") "xen: { release: '4.17', pv32: yes }\n"
                   "domains:\n"
                   "  d0: { type: pv64, memory: 64M, privileged: yes }\n"
                   "  d1: { type: pv32, memory: 32M, vcpus: 2 }\n"
                   "running: { cpu0: d1.v0.kernel, cpu1: d1.v1.user, cpu2: d0.v0.kernel }\n",
    HOST("skylake-server") "xen: { release: '4.20', options: [dom0=pvh] }\n"
                           "domains:\n"
                           "  d0: { type: pvh, memory: 64M, vcpus: 2, privileged: yes }\n"
                           "  d1: { type: hvm, memory: 32M, mode: unpaged }\n"
                           "running: { cpu0: d0.v0.guest, cpu1: d1.v0.guest, cpu2: d0.v1.xen }\n",
    HOST("naples") "xen: { release: '4.14' }\n"
                   "domains:\n"
                   "  d0: { type: pv64, memory: 64M, privileged: yes }\n"
                   "  d1: { type: pvh, memory: 32M }\n"
                   "  d2: { type: hvm, memory: 32M, mode: 2level }\n"
                   "running: { cpu0: d2.v0.guest, cpu1: d1.v0.guest }\n",
    HOST("skylake-server") "xen: { release: '4.17' }\n"
                           "domains:\n"
                           "  d0: { type: pv64, memory: 64M, privileged: yes }\n"
                           "  d1: { type: hvm, memory: 32M, paging: shadow, mode: 4level }\n"
                           "  d2: { type: hvm, memory: 32M, paging: shadow, mode: pae }\n"
                           "  d3: { type: hvm, memory: 32M, paging: shadow, mode: 2level }\n"
                           "  d4: { type: hvm, memory: 32M, paging: shadow, mode: unpaged }\n"
                           "running: { cpu0: d2.v0.guest, cpu1: d1.v0.guest, cpu2: d3.v0.guest }\n",
};

static void test_read_back(void **state)
{
    size_t ranges = 0, contexts = 0;

    (void)state;
    for (size_t m = 0; m < COUNT(machines); m++) {
        const struct xenpt_view *view;
        struct xenpt_image *image;
        struct world w;

        begin(&w, machines[m]);
        image = opened(&w, written(&w, NULL));
        view = xenpt_image_view(image);
        assert_int_equal(xenpt_image_info(image).form, XENPT_IMAGE_ELF_QEMU);
        assert_int_equal(xenpt_image_info(image).nr_warnings, 0);
        for (size_t i = 0; i < w.view->nr_contexts; i++, contexts++) {
            const struct xenpt_context *c = &w.view->contexts[i];

            ranges += expect_same_map(&w, view->mem, c, c);
        }
        assert_int_equal(view->nr_contexts, w.nr_cpus);
        for (size_t i = 0; i < w.nr_cpus; i++) {
            expect_same_cpu(w.cpus[i], &view->contexts[i]);
            if (!w.cpus[i]->has_second)
                expect_same_map(&w, view->mem, w.cpus[i], &view->contexts[i]);
        }
        xenpt_image_close(image);
        end(&w);
    }
    print_message("%zu machines, %zu contexts, %zu ranges\n", COUNT(machines), contexts, ranges);
    assert_true(ranges > 1000);
}

/* The frame of an entry: where any will do it is not looked at, and domains that are alike may
 * have been taken for one another. */
#define FRAME UINT64_C(0x000ffffffffff000)

static bool tell(void *ctx, const struct xenpt_difference *d)
{
    (void)ctx;
    if (d->compared != XENPT_ALLOWED || (d->found ^ d->expected) & ~FRAME)
        fail_msg("%s: 0x%" PRIx64 " L%u: found 0x%" PRIx64 ", expected 0x%" PRIx64 ": %s",
                 d->pair->model->name, d->in, d->level, d->found, d->expected, d->reason);
    return true;
}

/* Roots are found in it, none too many, and a comparison finds each entry as it is expected. */
static void test_compares_equal(void **state)
{
    struct xenpt_compare_options opt = { .allowed = true };
    struct xenpt_error err = { 0 };

    (void)state;
    for (size_t m = 0; m < COUNT(machines); m++) {
        const struct xenpt_context *contexts[64];
        struct xenpt_comparison result = { 0 };
        const struct xenpt_root *list;
        struct xenpt_pairing pairing;
        struct xenpt_image *image;
        struct xenpt_roots *roots;
        struct world w;
        size_t nr, n = 0;

        begin(&w, machines[m]);
        image = opened(&w, written(&w, NULL));
        assert_int_equal(xenpt_roots_find(xenpt_image_view(image), NULL, &roots, &err), XENPT_OK);
        nr = xenpt_roots_list(roots, &list);
        for (size_t i = 0; i < nr && n < COUNT(contexts); i++)
            if (!list[i].stale)
                contexts[n++] = &list[i].context;
        assert_int_equal(
            xenpt_pair_contexts(w.view, xenpt_image_view(image), contexts, n, &pairing, &err),
            XENPT_OK);
        assert_int_equal(xenpt_compare(w.view, xenpt_image_view(image), pairing.pairs,
                                       pairing.nr_pairs, &opt, tell, NULL, &result, &err),
                         XENPT_OK);
        assert_true(result.entries[XENPT_EXACT] > 1000);
        assert_int_equal(result.entries[XENPT_UNEXPLAINED], 0);
        assert_int_equal(result.entries[XENPT_MISSING], 0);
        xenpt_comparison_fini(&result);
        xenpt_pairing_fini(&pairing);
        xenpt_roots_free(roots);
        xenpt_image_close(image);
        end(&w);
    }
}

/* --- What else may be in it ---------------------------------------------------------------- */

/* M2P and p2m lists are in no frame of the store: they are written where they are asked for, and
 * only there. */
static void test_computed(void **state)
{
    struct xenpt_image_run runs[32], *m2p = runs;
    struct xenpt_image_write_options opt = { .more = runs };
    struct xenpt_ram_range piece;
    uint64_t entries[2][512], owned = 0;
    struct xenpt_image *image;
    struct world w;

    (void)state;
    begin(&w, machines[0]);
    while (xenpt_machine_computed(w.machine, opt.nr_more, &piece))
        runs[opt.nr_more++] = (struct xenpt_image_run){ .first = piece.first, .last = piece.last };
    assert_in_range(opt.nr_more, 1, COUNT(runs));
    while (m2p->last - m2p->first + 1 < 0x200000)
        m2p++; /* Lists are smaller. */
    image = opened(&w, written(&w, NULL));
    assert_false(xenpt_read(xenpt_image_view(image)->mem, runs[0].first, entries[0], 4096));
    xenpt_image_close(image);

    image = opened(&w, written(&w, &opt));
    for (uint64_t at = m2p->first; at < m2p->last; at += 4096) {
        assert_true(xenpt_read(w.view->mem, at, entries[0], 4096));
        assert_true(xenpt_read(xenpt_image_view(image)->mem, at, entries[1], 4096));
        assert_memory_equal(entries[0], entries[1], 4096);
        for (unsigned int i = 0; i < 512; i++)
            owned += entries[1][i] != UINT64_MAX;
    }
    /* Frames of guests: 64M and 32M. */
    assert_in_range(owned, (64 + 32) * 256, (64 + 32) * 256 + 64);
    for (size_t i = 0; i < w.view->nr_contexts; i++)
        expect_same_map(&w, xenpt_image_view(image)->mem, &w.view->contexts[i],
                        &w.view->contexts[i]);
    xenpt_image_close(image);
    end(&w);
}

static void test_same_bytes(void **state)
{
    static char before[sizeof(room)];
    struct bytes a, b;
    struct world w;

    (void)state;
    begin(&w, machines[0]);
    a = written(&w, NULL);
    memcpy(before, a.at, a.nr);
    end(&w);
    begin(&w, machines[0]);
    b = written(&w, NULL);
    assert_int_equal(a.nr, b.nr);
    assert_memory_equal(before, b.at, b.nr);
    end(&w);
}

/* --- Many segments ------------------------------------------------------------------------- */

#define NR_PAGES 70000

/* A file without its middle: pages of what is sparse anyway. */
static bool to_file(void *ctx, const char *bytes, size_t n)
{
    static const char zeros[4096];
    int fd = *(int *)ctx;

    if (n == sizeof(zeros) && !memcmp(bytes, zeros, n))
        return lseek(fd, (off_t)n, SEEK_CUR) >= 0;
    return write(fd, bytes, n) == (ssize_t)n;
}

static void test_many_segments(void **state)
{
    char path[] = "/tmp/xenpt-write.XXXXXX";
    struct xenpt_error err = { 0 };
    struct xenpt_view view = { 0 };
    struct xenpt_image_written ret;
    struct xenpt_store *store;
    struct xenpt_image *image;
    int fd = mkstemp(path);
    Elf64_Ehdr e;
    Elf64_Shdr count;
    uint64_t word;

    (void)state;
    assert_true(fd >= 0);
    assert_int_equal(xenpt_store_create(&store, &err), XENPT_OK);
    assert_int_equal(xenpt_store_add_ram(store, 0, UINT64_C(2) * NR_PAGES * 4096 - 1, &err),
                     XENPT_OK);
    /* Zeros are content where they were written; the first and the last have more. */
    for (uint64_t i = 0; i < NR_PAGES; i++)
        assert_int_equal(
            xenpt_store_write64(store, 2 * i * 4096, i % (NR_PAGES - 1) ? 0 : i + 7, &err),
            XENPT_OK);
    view.mem = xenpt_store_reader(store);
    assert_int_equal(xenpt_image_write(&view, NULL, 0, NULL, to_file, &fd, &ret, &err), XENPT_OK);
    assert_int_equal(ftruncate(fd, (off_t)ret.size), 0);
    assert_int_equal(ret.runs, NR_PAGES);

    /* System V ABI: PN_XNUM, and the number in sh_info of section 0. */
    assert_int_equal(pread(fd, &e, sizeof(e), 0), sizeof(e));
    assert_int_equal(e.e_phnum, PN_XNUM);
    assert_int_equal(pread(fd, &count, sizeof(count), (off_t)e.e_shoff), sizeof(count));
    assert_int_equal(count.sh_info, NR_PAGES + 1);
    if (xenpt_image_open(path, NULL, &image, &err))
        fail_msg("%s", err.text);
    assert_int_equal(xenpt_image_info(image).nr_segments, NR_PAGES);
    assert_int_equal(xenpt_image_info(image).nr_warnings, 0);
    assert_true(xenpt_read(xenpt_image_view(image)->mem, 0, &word, 8));
    assert_int_equal(word, 7);
    assert_true(
        xenpt_read(xenpt_image_view(image)->mem, UINT64_C(2) * (NR_PAGES - 1) * 4096, &word, 8));
    assert_int_equal(word, NR_PAGES - 1 + 7);
    assert_false(xenpt_read(xenpt_image_view(image)->mem, 4096, &word, 8));
    xenpt_image_close(image);
    xenpt_store_destroy(store);
    close(fd);
    unlink(path);
}

/* --- Tables without an entry --------------------------------------------------------------- */

/*
 * EPT from 0x1000 down, which puts the guest's first 16 pages at 0x10000; of the guest, a root at
 * its 0x1000 whose slot 0 leads to an L3 at its 0x6000.  Nothing is in that, but it is a table:
 * it has to be there, at 0x16000, and what lies at 0x6000 need not be.
 */
static void test_empty_table_of_guest(void **state)
{
    struct xenpt_cpu cpu = xenpt_cpu_widest(XENPT_INTEL);
    struct xenpt_regs regs = {
        .cr0 = XENPT_CR0_PE | XENPT_CR0_PG,
        .cr3 = 0x1000,
        .cr4 = XENPT_CR4_PAE,
        .efer = XENPT_EFER_LME | XENPT_EFER_LMA,
    };
    struct xenpt_context context = { .name = "guest", .has_second = true };
    struct xenpt_view view = { .contexts = &context, .nr_contexts = 1 };
    struct xenpt_error err = { 0 };
    struct bytes b = { .at = room };
    const Elf64_Ehdr *e = (const void *)room;
    const Elf64_Phdr *p = (const void *)(room + sizeof(*e));
    struct xenpt_store *store;

    (void)state;
    assert_int_equal(xenpt_store_create(&store, &err), XENPT_OK);
    assert_int_equal(xenpt_store_add_ram(store, 0, 0xfffff, &err), XENPT_OK);
    for (uint64_t level = 1; level < 4; level++)
        assert_int_equal(xenpt_store_write64(store, level << 12, ((level + 1) << 12) | 7, &err),
                         XENPT_OK);
    for (uint64_t i = 0; i < 16; i++)
        assert_int_equal(
            xenpt_store_write64(store, 0x4000 + 8 * i, ((0x10 + i) << 12) | 0x37, &err), XENPT_OK);
    assert_int_equal(xenpt_store_write64(store, 0x11000, 0x6007, &err), XENPT_OK);
    view.mem = xenpt_store_reader(store);
    assert_int_equal(xenpt_paging_init(&context.paging, &cpu, &regs, &err), XENPT_OK);
    assert_int_equal(xenpt_paging_init_ept(&context.second, &cpu, 0x1000 | (3 << 3) | 6, &err),
                     XENPT_OK);
    assert_int_equal(xenpt_image_write(&view, NULL, 0, NULL, keep, &b, NULL, &err), XENPT_OK);
    assert_int_equal(e->e_phnum, 1 + 3);
    assert_int_equal(p[1].p_paddr, 0x1000);
    assert_int_equal(p[1].p_filesz, 0x4000);
    assert_int_equal(p[2].p_paddr, 0x11000);
    assert_int_equal(p[2].p_filesz, 0x1000);
    assert_int_equal(p[3].p_paddr, 0x16000);
    assert_int_equal(p[3].p_filesz, 0x1000);
    xenpt_store_destroy(store);
}

/* --- What cannot be ------------------------------------------------------------------------ */

static bool nothing(const struct xenpt_reader *self, uint64_t at, void *buf, size_t size)
{
    (void)self;
    (void)at;
    (void)buf;
    (void)size;
    return false;
}

static void test_refused(void **state)
{
    struct xenpt_image_run far = { .first = UINT64_C(1) << 45, .last = (UINT64_C(1) << 45) + 4095 };
    const struct xenpt_image_write_options small = { .max_size = 8192 },
                                           absent = { .more = &far, .nr_more = 1 };
    struct xenpt_reader call = { .read = nothing };
    struct xenpt_view none = { .mem = &call };
    struct xenpt_error err = { 0 };
    struct bytes b;
    struct world w;
    size_t calls;

    (void)state;
    begin(&w, machines[0]);
    calls = written(&w, NULL).calls;
    for (size_t i = 1; i <= calls; i++) {
        b = (struct bytes){ .at = room, .fail_at = i };
        assert_int_equal(xenpt_image_write(w.view, w.cpus, w.nr_cpus, NULL, keep, &b, NULL, &err),
                         XENPT_EIO);
        assert_int_equal(b.calls, i);
    }
    b = (struct bytes){ .at = room };
    assert_int_equal(xenpt_image_write(w.view, w.cpus, w.nr_cpus, &small, keep, &b, NULL, &err),
                     XENPT_ERANGE);
    assert_non_null(strstr(err.text, "8192 are allowed"));
    assert_int_equal(b.nr, 0);
    assert_int_equal(xenpt_image_write(w.view, w.cpus, w.nr_cpus, &absent, keep, &b, NULL, &err),
                     XENPT_ERANGE);
    assert_non_null(strstr(err.text, "0x200000000000"));
    assert_int_equal(xenpt_image_write(&none, NULL, 0, NULL, keep, &b, NULL, &err),
                     XENPT_EUNSUPPORTED);
    end(&w);
}

static void test_no_memory(void **state)
{
    struct xenpt_error err = { 0 };
    enum xenpt_code code;
    struct world w;

    (void)state;
    begin(&w, machines[2]);
    for (unsigned long n = 0;; n++) {
        struct bytes b = { .at = room };

        fail_alloc_after(n);
        code = xenpt_image_write(w.view, w.cpus, w.nr_cpus, NULL, keep, &b, NULL, &err);
        if (!fail_alloc_stop())
            break;
        assert_int_equal(code, XENPT_ENOMEM);
    }
    assert_int_equal(code, XENPT_OK);
    end(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_read_back),
        cmocka_unit_test(test_compares_equal),
        cmocka_unit_test(test_computed),
        cmocka_unit_test(test_same_bytes),
        cmocka_unit_test(test_many_segments),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_empty_table_of_guest),
        cmocka_unit_test(test_no_memory),
    };

    return cmocka_run_group_tests_name("writing images", tests, NULL, NULL);
}
