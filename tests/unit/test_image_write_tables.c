/*
 * test_image_write_tables.c - tables of an image by themselves: with its notes, byte by byte, each
 * context maps what it did, and no page is there that is no table.
 */
#include <elf.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "fail_alloc.h"
#include "xenpt/image.h"
#include "xenpt/map.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

struct bytes {
    char *at;
    size_t nr;
};

/* Not by malloc(): that is made to fail. */
static char rooms[2][(size_t)32 << 20];

static bool keep(void *ctx, const char *bytes, size_t n)
{
    struct bytes *b = ctx;

    assert_true(b->nr + n <= sizeof(rooms[0]));
    memcpy(b->at + b->nr, bytes, n);
    b->nr += n;
    return true;
}

static struct xenpt_image *opened(const char *path)
{
    struct xenpt_error err = { 0 };
    struct xenpt_image *image;

    if (xenpt_image_open(path, NULL, &image, &err))
        fail_msg("%s", err.text);
    return image;
}

static struct xenpt_image *opened_bytes(struct bytes b)
{
    char path[] = "/tmp/xenpt-tables.XXXXXX";
    struct xenpt_image *image;
    int fd = mkstemp(path);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, b.at, b.nr), b.nr);
    close(fd);
    image = opened(path);
    unlink(path);
    return image;
}

static struct bytes written(const struct xenpt_image *image, unsigned int room)
{
    struct xenpt_image_write_options opt = { .tables_only = true, .notes_of = image };
    struct bytes b = { .at = rooms[room] };
    struct xenpt_error err = { 0 };

    if (xenpt_image_write(xenpt_image_view(image), NULL, 0, &opt, keep, &b, NULL, &err))
        fail_msg("%s", err.text);
    return b;
}

/* --- Captures ------------------------------------------------------------------------------ */

static bool fold(void *ctx, const struct xenpt_map_range *r)
{
    uint64_t *sum = ctx, values[] = { r->first, r->last, r->maddr, r->leaf.entry, r->rights };

    for (size_t i = 0; i < COUNT(values); i++)
        *sum = (*sum ^ values[i]) * UINT64_C(0x100000001b3);
    return true;
}

static uint64_t sum_of(const struct xenpt_view *view, const struct xenpt_context *c)
{
    uint64_t sum = 1;
    struct xenpt_error err = { 0 };

    if (xenpt_map(view, c, NULL, fold, &sum, NULL, &err))
        fail_msg("%s: %s", c->name, err.text);
    return sum;
}

static void expect_same(const struct xenpt_view *before, const struct xenpt_view *after)
{
    assert_int_equal(before->nr_contexts, after->nr_contexts);
    for (size_t i = 0; i < before->nr_contexts; i++) {
        const struct xenpt_context *a = &before->contexts[i], *b = &after->contexts[i];

        assert_string_equal(a->name, b->name);
        assert_string_equal(a->assumed, b->assumed);
        assert_memory_equal(&a->paging.regs, &b->paging.regs, sizeof(a->paging.regs));
        assert_int_equal(a->ip, b->ip);
        assert_int_equal(a->cpl, b->cpl);
        assert_int_equal(sum_of(before, a), sum_of(after, b));
    }
}

static void test_captures(void **state)
{
    static const char *const names[] = { "deb-pv64-amd-guest", "deb-pv64-intel-hc-xen",
                                         "rel-pv32-amd-guest", "linux-nokaslr" };

    (void)state;
    for (size_t i = 0; i < COUNT(names); i++) {
        struct xenpt_image *image, *again;
        struct bytes once, twice;
        char path[256];

        snprintf(path, sizeof(path), XENPT_CAPTURES "/%s.elf.zst", names[i]);
        image = opened(path);
        once = written(image, 0);
        again = opened_bytes(once);
        assert_int_equal(xenpt_image_info(again).form, XENPT_IMAGE_ELF_QEMU);
        assert_int_equal(xenpt_image_info(again).nr_warnings, 0);
        assert_true(xenpt_image_info(again).bytes <= xenpt_image_info(image).bytes);
        expect_same(xenpt_image_view(image), xenpt_image_view(again));
        twice = written(again, 1);
        assert_int_equal(once.nr, twice.nr);
        assert_memory_equal(once.at, twice.at, once.nr);
        xenpt_image_close(again);
        xenpt_image_close(image);
    }
}

static bool has(const char *at, size_t n, uint64_t word)
{
    for (size_t i = 0; i + sizeof(word) <= n; i++)
        if (!memcmp(at + i, &word, sizeof(word)))
            return true;
    return false;
}

/* Registers that no context has: the capture's JSON has these of its first CPU. */
static void test_notes(void **state)
{
    struct xenpt_image *image = opened(XENPT_CAPTURES "/deb-pv64-amd-guest.elf.zst");
    struct bytes b = written(image, 0);
    Elf64_Ehdr e;
    Elf64_Phdr p;

    (void)state;
    memcpy(&e, b.at, sizeof(e));
    memcpy(&p, b.at + e.e_phoff, sizeof(p));
    assert_int_equal(e.e_machine, EM_X86_64);
    assert_int_equal(p.p_type, PT_NOTE);
    assert_true(has(b.at + p.p_offset, p.p_filesz, 0x10ef90));                     /* RSP */
    assert_true(has(b.at + p.p_offset, p.p_filesz, UINT64_C(0xffff82d040577000))); /* IDT */
    assert_true(has(b.at + p.p_offset, p.p_filesz, UINT64_C(0xffff83000f9d4040))); /* TR of CPU 1 */
    xenpt_image_close(image);

    /* The machine is the other core's, too. */
    e.e_machine = EM_386;
    memcpy(b.at, &e, sizeof(e));
    image = opened_bytes(b);
    b = written(image, 1);
    memcpy(&e, b.at, sizeof(e));
    assert_int_equal(e.e_machine, EM_386);
    xenpt_image_close(image);
}

/* --- Which pages --------------------------------------------------------------------------- */

/* A root at 0x1000, of whose L3 at 0x2000 nothing is there; at 0x5000 something else. */
static void test_pages(void **state)
{
    static const struct xenpt_image_write_options only = { .tables_only = true };
    struct xenpt_cpu cpu = xenpt_cpu_widest(XENPT_INTEL);
    struct xenpt_regs regs = {
        .cr0 = XENPT_CR0_PE | XENPT_CR0_PG,
        .cr3 = 0x1000,
        .cr4 = XENPT_CR4_PAE,
        .efer = XENPT_EFER_LME | XENPT_EFER_LMA,
    };
    struct xenpt_context context = { .name = "cpu0" };
    struct xenpt_view view = { .contexts = &context, .nr_contexts = 1 };
    struct xenpt_image_written ret;
    struct xenpt_error err = { 0 };
    struct bytes b = { .at = rooms[0] };
    struct xenpt_store *store;

    (void)state;
    assert_int_equal(xenpt_store_create(&store, &err), XENPT_OK);
    assert_int_equal(xenpt_store_add_ram(store, 0, 0xfffff, &err), XENPT_OK);
    assert_int_equal(xenpt_store_write64(store, 0x1000, 0x2007, &err), XENPT_OK);
    assert_int_equal(xenpt_store_write64(store, 0x5000, 0x1234, &err), XENPT_OK);
    view.mem = xenpt_store_reader(store);
    assert_int_equal(xenpt_paging_init(&context.paging, &cpu, &regs, &err), XENPT_OK);
    assert_int_equal(xenpt_image_write(&view, NULL, 0, &only, keep, &b, &ret, &err), XENPT_OK);
    assert_int_equal(ret.runs, 1);
    assert_int_equal(ret.bytes, 0x2000);
    b.nr = 0;
    assert_int_equal(xenpt_image_write(&view, NULL, 0, NULL, keep, &b, &ret, &err), XENPT_OK);
    assert_int_equal(ret.runs, 2);
    assert_int_equal(ret.bytes, 0x3000);
    xenpt_store_destroy(store);
}

/* --- What cannot be ------------------------------------------------------------------------ */

static void test_no_core(void **state)
{
    static const char zeros[8192];
    char path[] = "/tmp/xenpt-tables.XXXXXX";
    struct xenpt_error err = { 0 };
    struct xenpt_image *image;
    struct xenpt_image_write_options opt = { .tables_only = true };
    struct bytes b = { .at = rooms[0] };
    int fd = mkstemp(path);

    (void)state;
    assert_int_equal(write(fd, zeros, sizeof(zeros)), sizeof(zeros));
    close(fd);
    image = opened(path);
    unlink(path);
    opt.notes_of = image;
    assert_int_equal(
        xenpt_image_write(xenpt_image_view(image), NULL, 0, &opt, keep, &b, NULL, &err),
        XENPT_EUNSUPPORTED);
    assert_non_null(strstr(err.text, "no notes"));
    assert_int_equal(b.nr, 0);
    xenpt_image_close(image);
}

static void test_no_memory(void **state)
{
    struct xenpt_image *image = opened(XENPT_CAPTURES "/deb-pv64-amd-guest.elf.zst");
    struct xenpt_image_write_options opt = { .tables_only = true, .notes_of = image };
    struct xenpt_error err = { 0 };
    enum xenpt_code code;

    (void)state;
    for (unsigned long n = 0;; n++) {
        struct bytes b = { .at = rooms[0] };

        fail_alloc_after(n);
        code = xenpt_image_write(xenpt_image_view(image), NULL, 0, &opt, keep, &b, NULL, &err);
        if (!fail_alloc_stop())
            break;
        assert_int_equal(code, XENPT_ENOMEM);
    }
    assert_int_equal(code, XENPT_OK);
    xenpt_image_close(image);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_captures),  cmocka_unit_test(test_notes),
        cmocka_unit_test(test_pages),     cmocka_unit_test(test_no_core),
        cmocka_unit_test(test_no_memory),
    };

    return cmocka_run_group_tests_name("writing tables", tests, NULL, NULL);
}
