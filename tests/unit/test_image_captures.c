/*
 * test_image_captures.c - dumps of real machines: each opens, and its CPUs are what the machine
 * itself was asked for when the dump was taken (the .json beside it).
 */
#include <jansson.h>

#include "image_fixture.h"

static uint64_t hex(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);

    if (!json_is_string(value))
        fail_msg("no %s", key);
    return strtoull(json_string_value(value), NULL, 16);
}

/* One CPU, against what QEMU or Bochs said of its registers. */
static void check_cpu(const char *capture, const struct xenpt_context *ctx, const json_t *vcpu)
{
    const struct xenpt_regs *r = &ctx->paging.regs;
    uint64_t cr3 = hex(vcpu, "cr3"), cr4 = hex(vcpu, "cr4"), efer = hex(vcpu, "efer");
    uint64_t lm = XENPT_EFER_LME | XENPT_EFER_LMA;

    if (r->cr0 != hex(vcpu, "cr0") || r->cr3 != cr3 || r->cr4 != cr4)
        fail_msg("%s: %s: control registers", capture, ctx->name);
    if (ctx->paging.root != (cr3 & ~UINT64_C(0xfff)))
        fail_msg("%s: %s: root 0x%llx", capture, ctx->name, (unsigned long long)ctx->paging.root);
    if (ctx->paging.pcid != (cr4 & XENPT_CR4_PCIDE ? cr3 & 0xfff : 0))
        fail_msg("%s: %s: PCID", capture, ctx->name);
    /* EFER is in none of the dumps: that it was inferred rightly is the point of this test. */
    if ((r->efer & lm) != (efer & lm) || ctx->paging.id != XENPT_4LEVEL)
        fail_msg("%s: %s: EFER 0x%llx, inferred 0x%llx", capture, ctx->name,
                 (unsigned long long)efer, (unsigned long long)r->efer);
    if (ctx->ip != hex(vcpu, "rip"))
        fail_msg("%s: %s: RIP", capture, ctx->name);
    if (ctx->cpl != json_integer_value(json_object_get(vcpu, "cpl")))
        fail_msg("%s: %s: CPL %u", capture, ctx->name, ctx->cpl);
    if (ctx->ac != !!(hex(vcpu, "rflags") & XENPT_EFLAGS_AC))
        fail_msg("%s: %s: AC", capture, ctx->name);
}

/* The root must be in the image, or it would be of no use. */
static void check_root(const char *capture, const struct xenpt_image *image,
                       const struct xenpt_context *ctx)
{
    uint8_t root[4096];

    if (!xenpt_read(xenpt_image_view(image)->mem, ctx->paging.root, root, sizeof(root)))
        fail_msg("%s: %s: no root in memory", capture, ctx->name);
}

/* A guest that runs in guest-physical memory has its root there, not in the machine's. */
static bool is_guest(const json_t *vcpu)
{
    return hex(vcpu, "cr3") == 0x10c000;
}

static void check_capture(const char *name)
{
    char path[512];
    struct xenpt_image *image = NULL;
    struct xenpt_error err = { 0 };
    struct xenpt_image_info info;
    json_t *sidecar, *vcpus;

    snprintf(path, sizeof(path), "%s/%s.json", XENPT_CAPTURES, name);
    sidecar = json_load_file(path, 0, NULL);
    snprintf(path, sizeof(path), "%s/%s.elf.zst", XENPT_CAPTURES, name);
    if (xenpt_image_open(path, NULL, &image, &err))
        fail_msg("%s: %s", name, err.text);
    info = xenpt_image_info(image);
    assert_int_equal(info.form, XENPT_IMAGE_ELF_QEMU);
    assert_string_equal(info.compression, "zstd");
    if (info.nr_warnings)
        fail_msg("%s: %s", name, info.warnings[0]);
    assert_int_equal(info.nr_runs, info.nr_segments);
    vcpus = json_object_get(sidecar, "vcpus");
    if (sidecar)
        assert_int_equal(xenpt_image_view(image)->nr_contexts, json_array_size(vcpus));
    for (size_t i = 0; i < xenpt_image_view(image)->nr_contexts; i++) {
        const struct xenpt_context *ctx = &xenpt_image_view(image)->contexts[i];
        char expected[32];

        snprintf(expected, sizeof(expected), "cpu%zu", i);
        assert_string_equal(ctx->name, expected);
        if (sidecar)
            check_cpu(name, ctx, json_array_get(vcpus, i));
        if (!sidecar || !is_guest(json_array_get(vcpus, i)))
            check_root(name, image, ctx);
    }
    xenpt_image_close(image);
    json_decref(sidecar);
}

static void test_all(void **state)
{
    (void)state;
    assert_int_equal(each_file(XENPT_CAPTURES, ".elf.zst", check_capture), 42);
}

/* The one without a sidecar, whose registers its README states. */
static void test_linux(void **state)
{
    struct xenpt_image *image;
    const struct xenpt_context *ctx;

    (void)state;
    assert_int_equal(xenpt_image_open(XENPT_CAPTURES "/linux-nokaslr.elf.zst", NULL, &image, NULL),
                     XENPT_OK);
    ctx = context(image, "cpu0");
    assert_int_equal(ctx->paging.root, 0x5dd2000);
    assert_int_equal(ctx->paging.regs.cr0, 0x80050033);
    assert_int_equal(ctx->paging.regs.cr4, 0x750ef0);
    assert_int_equal(ctx->paging.regs.efer, 0xd00); /* d01, but for SCE, which is no matter. */
    assert_int_equal(ctx->cpl, 3);
    xenpt_image_close(image);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all),
        cmocka_unit_test(test_linux),
    };

    return cmocka_run_group_tests_name("image_captures", tests, NULL, NULL);
}
