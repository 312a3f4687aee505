/*
 * test_image_kdump.c - vmcores: what Xen's crash notes and Linux's VMCOREINFO tell of roots.
 */
#include "image_fixture.h"

#define CRASH_INFO 0x1000001
#define CRASH_REGS 0x1000002

static const uint8_t page[4096];

/* --- Xen ----------------------------------------------------------------------------------- */

static void crash_regs(struct elf_builder *b, uint64_t cr0, uint64_t cr3, uint64_t cr4)
{
    uint64_t cr[4] = { cr0, 0xdead, cr3, cr4 };

    elf_note(b, "Xen", CRASH_REGS, cr, sizeof(cr));
}

/* As Xen writes them: general registers, then control registers, for each CPU in turn. */
static void test_xen(void **state)
{
    struct elf_builder b;
    struct xenpt_image *image;
    const struct xenpt_context *ctx;

    (void)state;
    elf_init(&b);
    elf_prstatus_note(&b, 0xffff82d040201000, 0xe008, 0x46);
    crash_regs(&b, 0x80050033, 0x187ad000, 0x1526e0);
    elf_note(&b, "Xen", CRASH_INFO, page, 72);
    elf_prstatus_note(&b, 0xffff82d040202000, 0xe033, 0x40202);
    crash_regs(&b, 0x8005003b, 0x1dbfd002, 0x3726e0); /* With PCIDs. */
    elf_prstatus_note(&b, 0, 0, 0);
    crash_regs(&b, 0, 0, 0); /* Never came out of its loop. */
    elf_note(&b, "VMCOREINFO_XEN", 0, "SYMBOL(idle_pg_table)=0\n", 24);
    elf_load(&b, 0x1000, page, sizeof(page));
    image = open_elf(&b, NULL);
    assert_int_equal(xenpt_image_info(image).form, XENPT_IMAGE_ELF_XEN);
    assert_int_equal(xenpt_image_view(image)->nr_contexts, 2);
    ctx = context(image, "cpu0");
    assert_int_equal(ctx->paging.id, XENPT_4LEVEL);
    assert_int_equal(ctx->paging.root, 0x187ad000);
    assert_int_equal(ctx->paging.regs.cr0, 0x80050033);
    assert_int_equal(ctx->paging.regs.cr4, 0x1526e0);
    assert_int_equal(ctx->paging.regs.pat, 0x050100070406); /* As Xen's public headers fix it. */
    assert_int_equal(ctx->ip, 0xffff82d040201000);
    assert_int_equal(ctx->cpl, 0);
    assert_false(ctx->ac);
    assert_string_equal(ctx->assumed, "EFER.LMA=1 (Xen is 64-bit); EFER.NXE=1; PAT as Xen sets it");
    ctx = context(image, "cpu1");
    assert_int_equal(ctx->paging.root, 0x1dbfd000);
    assert_int_equal(ctx->paging.pcid, 2);
    assert_int_equal(ctx->ip, 0xffff82d040202000);
    assert_int_equal(ctx->cpl, 3);
    assert_true(ctx->ac);
    assert_true(warns(image, "cpu2 is left out: it wrote no control registers"));
    xenpt_image_close(image);
    elf_fini(&b);
}

/* What is stated needs no assumption. */
static void test_xen_stated(void **state)
{
    struct xenpt_image_options opt = {
        .has_pat = true, .pat = XENPT_PAT_RESET, .has_efer = true, .efer = 0x1d01
    };
    struct elf_builder b;
    struct xenpt_image *image;

    (void)state;
    elf_init(&b);
    elf_prstatus_note(&b, 0xffff82d040201000, 0xe008, 0x46);
    crash_regs(&b, 0x80050033, 0x187ad000, 0x1526e0);
    elf_load(&b, 0x1000, page, sizeof(page));
    image = open_elf(&b, &opt);
    assert_string_equal(context(image, "cpu0")->assumed, "");
    assert_int_equal(context(image, "cpu0")->paging.regs.pat, XENPT_PAT_RESET);
    assert_int_equal(context(image, "cpu0")->paging.regs.efer, 0x1d01);
    xenpt_image_close(image);
    elf_fini(&b);
}

static void test_xen_32bit_and_odd(void **state)
{
    static const uint32_t cr[4] = { 0x8005003b, 0, 0x5420, 0x20 };
    struct elf_builder b;
    struct xenpt_image *image;

    (void)state;
    elf_init(&b);
    b.machine = EM_386;
    elf_prstatus_note(&b, 0xff123456, 0xe008, 0x46);
    elf_note(&b, "Xen", CRASH_REGS, cr, sizeof(cr));
    elf_note(&b, "CORE", NT_PRSTATUS, page, 100); /* Of no known layout: says nothing. */
    elf_note(&b, "Xen", CRASH_REGS, cr, 12);
    elf_note(&b, "Xen", CRASH_REGS, cr, sizeof(cr));
    elf_load(&b, 0x1000, page, sizeof(page));
    image = open_elf(&b, NULL);
    assert_int_equal(context(image, "cpu0")->paging.id, XENPT_PAE);
    assert_int_equal(context(image, "cpu0")->paging.root, 0x5420);
    assert_int_equal(context(image, "cpu0")->ip, 0xff123456);
    assert_true(warns(image, "cpu1 is left out: the note of its control registers"));
    assert_true(warns(image, "has 12 bytes, not 32 or 16"));
    assert_int_equal(context(image, "cpu2")->ip, 0);
    xenpt_image_close(image);
    elf_fini(&b);
}

static void test_xen_too_many(void **state)
{
    struct elf_builder b;
    struct xenpt_image *image;

    (void)state;
    elf_init(&b);
    for (unsigned int i = 0; i < IMAGE_MAX_CPUS + 1; i++)
        crash_regs(&b, 0x80050033, 0x187ad000, 0x1526e0);
    elf_load(&b, 0x1000, page, sizeof(page));
    image = open_elf(&b, NULL);
    assert_int_equal(xenpt_image_view(image)->nr_contexts, IMAGE_MAX_CPUS);
    assert_true(warns(image, "notes of 8193 CPUs"));
    xenpt_image_close(image);
    elf_fini(&b);
}

/* A note of Xen without registers still tells whose core it is. */
static void test_xen_by_name(void **state)
{
    static const struct {
        const char *owner;
        uint32_t type;
    } rows[] = { { "Xen", CRASH_INFO }, { "VMCOREINFO_XEN", 0 } };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct elf_builder b;
        struct xenpt_image *image;

        elf_init(&b);
        elf_note(&b, rows[i].owner, rows[i].type, page, 72);
        elf_load(&b, 0x1000, page, sizeof(page));
        image = open_elf(&b, NULL);
        assert_int_equal(xenpt_image_info(image).form, XENPT_IMAGE_ELF_XEN);
        assert_int_equal(xenpt_image_view(image)->nr_contexts, 0);
        xenpt_image_close(image);
        elf_fini(&b);
    }
}

static void test_notes_of_others(void **state)
{
    struct elf_builder b;
    struct xenpt_image *image;

    (void)state;
    elf_init(&b);
    elf_note(&b, "GNU", 0, page, 440);
    elf_note(&b, "QEMU", 7, page, 440); /* Of a type that is not known. */
    elf_note(&b, "", 0, page, 4);
    elf_note(&b, "QEMU", 0, page, 440); /* Without a name: what looks like one is contents. */
    put32(b.notes.p + b.notes.size - 440 - 20, 0);
    elf_load(&b, 0x1000, page, sizeof(page));
    image = open_elf(&b, NULL);
    assert_int_equal(xenpt_image_info(image).form, XENPT_IMAGE_ELF_OTHER);
    xenpt_image_close(image);
    elf_fini(&b);
}

/* --- Linux --------------------------------------------------------------------------------- */

static struct xenpt_image *open_linux(struct elf_builder *b, uint16_t machine, const char *info)
{
    elf_init(b);
    b->machine = machine;
    elf_prstatus_note(b, 0xffffffff81000000, 0x10, 0x46);
    elf_note(b, "VMCOREINFO", 0, info, strlen(info));
    elf_load(b, 0x1000, page, sizeof(page));
    return open_elf(b, NULL);
}

static void test_linux_roots(void **state)
{
    static const struct {
        const char *claim;
        uint16_t machine;
        const char *info;
        enum xenpt_format_id format;
        uint64_t root;
    } rows[] = {
        { "the root is relative to the kernel's image, which phys_base moves", EM_X86_64,
          "OSRELEASE=6.1.0\nPAGESIZE=4096\nSYMBOL(swapper_pg_dir)=ffffffff8260a000\n"
          "NUMBER(phys_base)=0\nSYMBOL(init_top_pgt)=ffffffff8260a000\n",
          XENPT_4LEVEL, 0x260a000 },
        { "KASLR: both the symbol and phys_base have moved", EM_X86_64,
          "SYMBOL(init_top_pgt)=ffffffffb0e0a000\nNUMBER(phys_base)=4479516672\n"
          "KERNELOFFSET=2e800000\n",
          XENPT_4LEVEL, 0x30e0a000 + 4479516672 },
        { "a kernel below its own address", EM_X86_64,
          "SYMBOL(init_top_pgt)=ffffffff9260a000\nNUMBER(phys_base)=-16777216\n", XENPT_4LEVEL,
          0x1160a000 },
        { "5-level paging in use", EM_X86_64,
          "SYMBOL(init_top_pgt)=ffffffff8260a000\nNUMBER(phys_base)=0\n"
          "NUMBER(pgtable_l5_enabled)=1\n",
          XENPT_5LEVEL, 0x260a000 },
        { "5-level paging compiled in and not in use", EM_X86_64,
          "SYMBOL(init_top_pgt)=ffffffff8260a000\nNUMBER(phys_base)=0\n"
          "NUMBER(pgtable_l5_enabled)=0\n",
          XENPT_4LEVEL, 0x260a000 },
        { "an older name, the last line without its end", EM_X86_64,
          "NUMBER(phys_base)=4096\nSYMBOL(init_level4_pgt)=ffffffff81c09000", XENPT_4LEVEL,
          0x1c0a000 },
        { "32-bit with PAE", EM_386, "SYMBOL(swapper_pg_dir)=c1a00000\nCONFIG_X86_PAE=y\n",
          XENPT_PAE, 0x1a00000 },
        { "32-bit without", EM_386, "SYMBOL(swapper_pg_dir)=c1a00000\n", XENPT_2LEVEL, 0x1a00000 },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct elf_builder b;
        struct xenpt_image *image = open_linux(&b, rows[i].machine, rows[i].info);
        const struct xenpt_context *ctx = context(image, "kernel");

        assert_int_equal(xenpt_image_info(image).form, XENPT_IMAGE_ELF_KDUMP);
        assert_int_equal(xenpt_image_view(image)->nr_contexts, 1);
        if (ctx->paging.id != rows[i].format || ctx->paging.root != rows[i].root)
            fail_msg("%s: format %d, root 0x%llx", rows[i].claim, ctx->paging.id,
                     (unsigned long long)ctx->paging.root);
        assert_false(ctx->has_cpu);
        assert_non_null(strstr(ctx->assumed, "KPTI"));
        assert_non_null(strstr(ctx->assumed, "PAT as Linux sets it"));
        /* As Linux logs it: WB WC UC- UC WB WP UC- WT. */
        assert_int_equal(ctx->paging.regs.pat, 0x0407050600070106);
        xenpt_image_close(image);
        elf_fini(&b);
    }
}

static void test_linux_without_a_root(void **state)
{
    static const char *const infos[] = {
        "OSRELEASE=6.1.0\n",
        "SYMBOL(init_top_pgt)=ffffffff8260a000\n",                                   /* phys_base */
        "SYMBOL(init_top_pgt)=ffffffff8260a000\nSYMBOL(phys_base)=ffffffff82412010", /* An address.
                                                                                      */
        "SYMBOL(init_top_pgt)=ffff88800260a000\nNUMBER(phys_base)=0\n", /* Not in the image. */
        "SYMBOL(init_top_pgt)=xyz\nNUMBER(phys_base)=0\n",
        "SYMBOL(init_top_pgt)=\nNUMBER(phys_base)=0\n",
        "SYMBOL(init_top_pgt)=ffffffff8260a0000000000000000000000000000\nNUMBER(phys_base)=0\n",
        "xSYMBOL(init_top_pgt)=ffffffff8260a000\nNUMBER(phys_base)=0\n",
        "SYMBOL(init_top_pgt)?ffffffff8260a000\nNUMBER(phys_base)=0\n",
        "SYMBOL(init_top_pgt)",
        "\n\n\n",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(infos); i++) {
        struct elf_builder b;
        struct xenpt_image *image = open_linux(&b, EM_X86_64, infos[i]);

        assert_int_equal(xenpt_image_info(image).form, XENPT_IMAGE_ELF_KDUMP);
        if (xenpt_image_view(image)->nr_contexts ||
            !warns(image, "VMCOREINFO does not tell where the kernel's page tables are"))
            fail_msg("%s", infos[i]);
        xenpt_image_close(image);
        elf_fini(&b);
    }
}

static void test_linux_with_encryption(void **state)
{
    struct elf_builder b;
    struct xenpt_image *image = open_linux(&b, EM_X86_64,
                                           "SYMBOL(init_top_pgt)=ffffffff8260a000\n"
                                           "NUMBER(phys_base)=0\n"
                                           "NUMBER(sme_mask)=140737488355328\n");

    (void)state;
    assert_true(warns(image, "memory encryption: its entries carry bit mask 0x800000000000"));
    xenpt_image_close(image);
    elf_fini(&b);
    image = open_linux(&b, EM_X86_64, "NUMBER(sme_mask)=0\n");
    assert_false(warns(image, "memory encryption"));
    xenpt_image_close(image);
    elf_fini(&b);
}

/* A dom0's crash under Xen has the notes of both: the CPUs are Xen's. */
static void test_xen_and_linux(void **state)
{
    struct elf_builder b;
    struct xenpt_image *image;

    (void)state;
    elf_init(&b);
    elf_note(&b, "VMCOREINFO", 0, "SYMBOL(init_top_pgt)=ffffffff8260a000\n", 38);
    elf_prstatus_note(&b, 0xffff82d040201000, 0xe008, 0x46);
    crash_regs(&b, 0x80050033, 0x187ad000, 0x1526e0);
    elf_load(&b, 0x1000, page, sizeof(page));
    image = open_elf(&b, NULL);
    assert_int_equal(xenpt_image_info(image).form, XENPT_IMAGE_ELF_XEN);
    assert_int_equal(xenpt_image_view(image)->nr_contexts, 1);
    context(image, "cpu0");
    xenpt_image_close(image);
    elf_fini(&b);
}

/* Two writers in one core, which cannot be: the CPUs are those of the first. */
static void test_two_writers(void **state)
{
    (void)state;
    for (int qemu_first = 0; qemu_first <= 1; qemu_first++) {
        struct elf_builder b;
        struct xenpt_image *image;

        elf_init(&b);
        for (int i = 0; i < 2; i++)
            if (i == qemu_first)
                crash_regs(&b, 0x80050033, 0x187ad000, 0x1526e0);
            else
                elf_qemu_note(&b, (struct qemu_cpu){ .cr0 = XENPT_CR0_PE });
        elf_note(&b, "Xen", CRASH_INFO, page, 72);
        elf_load(&b, 0x1000, page, sizeof(page));
        image = open_elf(&b, NULL);
        assert_int_equal(xenpt_image_info(image).form,
                         qemu_first ? XENPT_IMAGE_ELF_QEMU : XENPT_IMAGE_ELF_XEN);
        assert_int_equal(xenpt_image_view(image)->nr_contexts, 1);
        assert_int_equal(context(image, "cpu0")->paging.id,
                         qemu_first ? XENPT_UNPAGED : XENPT_4LEVEL);
        xenpt_image_close(image);
        elf_fini(&b);
    }
}

/* Notes that run past the end of the file are read as far as they go. */
static void test_cut_notes(void **state)
{
    struct elf_builder b;
    struct xenpt_image *image;

    (void)state;
    elf_init(&b);
    elf_prstatus_note(&b, 0xffff82d040201000, 0xe008, 0x46);
    crash_regs(&b, 0x80050033, 0x187ad000, 0x1526e0);
    elf_load_raw(&b, 0x1000, 0, 64, 64);
    elf_build(&b);
    put64(b.file.p + b.headers_at + 32, 1 << 20); /* p_filesz of the notes. */
    image = open_elf(&b, NULL);
    assert_true(warns(image, "run past the end of the file"));
    context(image, "cpu0");
    xenpt_image_close(image);
    elf_fini(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_xen),
        cmocka_unit_test(test_xen_stated),
        cmocka_unit_test(test_xen_32bit_and_odd),
        cmocka_unit_test(test_xen_too_many),
        cmocka_unit_test(test_xen_by_name),
        cmocka_unit_test(test_notes_of_others),
        cmocka_unit_test(test_linux_roots),
        cmocka_unit_test(test_linux_without_a_root),
        cmocka_unit_test(test_linux_with_encryption),
        cmocka_unit_test(test_xen_and_linux),
        cmocka_unit_test(test_two_writers),
        cmocka_unit_test(test_cut_notes),
    };

    return cmocka_run_group_tests_name("image_kdump", tests, NULL, NULL);
}
