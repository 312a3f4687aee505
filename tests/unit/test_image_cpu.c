/*
 * test_image_cpu.c - CPUs of a core by QEMU: which format their registers select, and what had
 * to be assumed for it.
 */
#include "image_fixture.h"

#define PE   XENPT_CR0_PE
#define WP   XENPT_CR0_WP
#define PG   (XENPT_CR0_PG | XENPT_CR0_PE)
#define PAE  XENPT_CR4_PAE
#define PSE  XENPT_CR4_PSE
#define LME  XENPT_EFER_LME
#define LMA  XENPT_EFER_LMA
#define NXE  XENPT_EFER_NXE
#define LONG (LME | LMA | NXE)

/* Segment flags as QEMU keeps them, copied from dumps: 64-bit code, flat 32-bit, DPL n. */
#define CS64    0x00af9b00
#define CS32    0x00cf9b00
#define DATA(n) (0x00cf9300u | (n) << 13)
#define HIGH    UINT64_C(0xffff820000000000)

static struct xenpt_image *open_cpus(struct elf_builder *b, const struct qemu_cpu *cpus, size_t nr,
                                     const struct xenpt_image_options *opt)
{
    static const uint8_t page[4096];

    for (size_t i = 0; i < nr; i++)
        elf_qemu_note(b, cpus[i]);
    elf_load(b, 0x1000, page, sizeof(page));
    return open_elf(b, opt);
}

/* --- The format ---------------------------------------------------------------------------- */

static const struct {
    const char *claim;
    bool core_is_64bit;
    struct qemu_cpu cpu;
    enum xenpt_format_id format;
    uint64_t efer, root;
    const char *assumed; /* Part of it; NULL: nothing of EFER. */
} formats[] = {
    { "real mode", false, { .cr0 = 0x10, .rip = 0xfff0 }, XENPT_UNPAGED, 0, 0, NULL },
    { "protected mode, paging off; CR4.PAE says nothing yet",
      false,
      { .cr0 = PE, .cr4 = PAE, .cs_flags = CS32 },
      XENPT_UNPAGED,
      0,
      0,
      NULL },
    { "paging off in a core of machine x86-64", true, { .cr0 = PE }, XENPT_UNPAGED, 0, 0, NULL },
    { "2-level paging",
      false,
      { .cr0 = PG, .cr4 = PSE, .cr3 = 0x5000, .cs_flags = CS32 },
      XENPT_2LEVEL,
      0,
      0x5000,
      NULL },
    { "PAE paging, its root aligned to 32 bytes",
      false,
      { .cr0 = PG, .cr4 = PAE, .cr3 = 0x5420, .cs_flags = CS32 },
      XENPT_PAE,
      NXE,
      0x5420,
      "EFER.LMA=0 (nothing needs 64-bit mode); EFER.NXE=1" },
    { "64-bit code",
      false,
      { .cr0 = PG, .cr4 = PAE, .cr3 = 0x5000, .cs_flags = CS64 },
      XENPT_4LEVEL,
      LONG,
      0x5000,
      "EFER.LMA=1 (CS.L); EFER.NXE=1" },
    { "compatibility mode, seen by GDTR",
      false,
      { .cr0 = PG, .cr4 = PAE, .cs_flags = CS32, .gdt = HIGH },
      XENPT_4LEVEL,
      LONG,
      0,
      "EFER.LMA=1 (a segment or table base above 4 GiB)" },
    { "... by IDTR",
      false,
      { .cr0 = PG, .cr4 = PAE, .idt = HIGH },
      XENPT_4LEVEL,
      LONG,
      0,
      "base above 4 GiB" },
    { "... by TR",
      false,
      { .cr0 = PG, .cr4 = PAE, .tr = HIGH },
      XENPT_4LEVEL,
      LONG,
      0,
      "base above 4 GiB" },
    { "... by LDTR",
      false,
      { .cr0 = PG, .cr4 = PAE, .ldt = HIGH },
      XENPT_4LEVEL,
      LONG,
      0,
      "base above 4 GiB" },
    { "... by FS",
      false,
      { .cr0 = PG, .cr4 = PAE, .fs = HIGH },
      XENPT_4LEVEL,
      LONG,
      0,
      "base above 4 GiB" },
    { "... by GS",
      false,
      { .cr0 = PG, .cr4 = PAE, .gs = HIGH },
      XENPT_4LEVEL,
      LONG,
      0,
      "base above 4 GiB" },
    { "... by the other GS",
      false,
      { .cr0 = PG, .cr4 = PAE, .kernel_gs = HIGH },
      XENPT_4LEVEL,
      LONG,
      0,
      "base above 4 GiB" },
    { "a base of exactly 4 GiB - 1 needs nothing",
      false,
      { .cr0 = PG, .cr4 = PAE, .gdt = 0xffffffff },
      XENPT_PAE,
      NXE,
      0,
      "EFER.LMA=0" },
    { "... by RIP",
      false,
      { .cr0 = PG, .cr4 = PAE, .rip = HIGH },
      XENPT_4LEVEL,
      LONG,
      0,
      "EFER.LMA=1 (RIP above 4 GiB)" },
    { "... by CR3",
      false,
      { .cr0 = PG, .cr4 = PAE, .cr3 = 0x100000000 },
      XENPT_4LEVEL,
      LONG,
      0x100000000,
      "EFER.LMA=1 (CR3 above 4 GiB)" },
    { "... by PCIDs, which are not part of the root",
      false,
      { .cr0 = PG, .cr4 = PAE | XENPT_CR4_PCIDE, .cr3 = 0x5123 },
      XENPT_4LEVEL,
      LONG,
      0x5000,
      "EFER.LMA=1 (CR4.PCIDE)" },
    { "... by QEMU's choice of machine",
      true,
      { .cr0 = PG, .cr4 = PAE, .cs_flags = CS32 },
      XENPT_4LEVEL,
      LONG,
      0,
      "EFER.LMA=1 (the core is of machine x86-64" },
    { "... which tells where its registers do not",
      true,
      { .cr0 = PG, .cr4 = PAE, .cs_flags = CS32, .gdt = HIGH },
      XENPT_4LEVEL,
      LONG,
      0,
      "base above 4 GiB" },
    { "5-level paging",
      false,
      { .cr0 = PG, .cr4 = PAE | XENPT_CR4_LA57, .cs_flags = CS64 },
      XENPT_5LEVEL,
      LONG,
      0,
      "EFER.LMA=1 (CS.L)" },
    { "LA57 says nothing outside of IA-32e mode",
      false,
      { .cr0 = PG, .cr4 = PAE | XENPT_CR4_LA57, .cs_flags = CS32 },
      XENPT_PAE,
      NXE,
      0,
      "EFER.LMA=0" },
};

static void test_formats(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(formats); i++) {
        struct elf_builder b;
        struct xenpt_image *image;
        const struct xenpt_context *ctx;

        elf_init(&b);
        b.machine = formats[i].core_is_64bit ? EM_X86_64 : EM_386;
        image = open_cpus(&b, &formats[i].cpu, 1, NULL);
        assert_int_equal(xenpt_image_info(image).form, XENPT_IMAGE_ELF_QEMU);
        ctx = context(image, "cpu0");
        if (ctx->paging.id != formats[i].format || ctx->paging.regs.efer != formats[i].efer ||
            ctx->paging.root != formats[i].root)
            fail_msg("%s: format %d, EFER 0x%llx, root 0x%llx", formats[i].claim, ctx->paging.id,
                     (unsigned long long)ctx->paging.regs.efer,
                     (unsigned long long)ctx->paging.root);
        if (!strstr(ctx->assumed, formats[i].assumed ? formats[i].assumed : "PAT as after reset"))
            fail_msg("%s: assumed %s", formats[i].claim, ctx->assumed);
        if (!formats[i].assumed && strstr(ctx->assumed, "EFER"))
            fail_msg("%s: assumed %s", formats[i].claim, ctx->assumed);
        xenpt_image_close(image);
        elf_fini(&b);
    }
}

/* The machine of the core tells of the first CPU only: the others may be on their way up. */
static void test_machine_tells_of_the_first(void **state)
{
    static const struct qemu_cpu cpus[] = {
        { .cr0 = PG, .cr4 = PAE, .cs_flags = CS32 },
        { .cr0 = PG, .cr4 = PAE, .cs_flags = CS32 },
    };
    struct elf_builder b;
    struct xenpt_image *image;

    (void)state;
    elf_init(&b);
    image = open_cpus(&b, cpus, 2, NULL);
    assert_int_equal(context(image, "cpu0")->paging.id, XENPT_4LEVEL);
    assert_int_equal(context(image, "cpu1")->paging.id, XENPT_PAE);
    xenpt_image_close(image);
    elf_fini(&b);
}

static void test_32bit_core(void **state)
{
    static const struct qemu_cpu cpu = { .cr0 = PG, .cr3 = 0x9000, .cs_flags = CS32 };
    struct elf_builder b;
    struct xenpt_image *image;

    (void)state;
    elf_init(&b);
    b.is_32bit = true;
    b.machine = EM_386;
    image = open_cpus(&b, &cpu, 1, NULL);
    assert_int_equal(context(image, "cpu0")->paging.id, XENPT_2LEVEL);
    assert_int_equal(context(image, "cpu0")->paging.root, 0x9000);
    xenpt_image_close(image);
    elf_fini(&b);
}

/* --- The CPU itself ------------------------------------------------------------------------ */

static void test_state(void **state)
{
    static const struct qemu_cpu cpus[] = {
        { .cr0 = PG,
          .cr4 = PAE,
          .cs_flags = CS64,
          .ss_flags = DATA(3),
          .rip = 0x401000,
          .rflags = 0x40202 },
        { .cr0 = PG, .cr4 = PAE, .cs_flags = CS64, .ss_flags = DATA(0), .rflags = 0x202 },
        { .cr0 = PG, .cs_flags = CS32, .ss_flags = DATA(1) },
        { .cr0 = 0, .ss_flags = DATA(3) },
    };
    static const uint8_t cpl[] = { 3, 0, 1, 0 };
    struct elf_builder b;
    struct xenpt_image *image;

    (void)state;
    elf_init(&b);
    image = open_cpus(&b, cpus, COUNT(cpus), NULL);
    assert_int_equal(xenpt_image_view(image)->nr_contexts, COUNT(cpus));
    for (size_t i = 0; i < COUNT(cpus); i++) {
        const struct xenpt_context *ctx = &xenpt_image_view(image)->contexts[i];

        assert_true(ctx->has_cpu);
        assert_false(ctx->has_second);
        assert_int_equal(ctx->cpl, cpl[i]);
        assert_int_equal(ctx->ac, i == 0);
        assert_int_equal(ctx->ip, cpus[i].rip);
    }
    xenpt_image_close(image);
    elf_fini(&b);
}

static void test_assumptions_that_matter(void **state)
{
    static const struct qemu_cpu cpus[] = {
        { .cr0 = PG, .cr4 = PAE, .cs_flags = CS64 },
        { .cr0 = PG, .cr4 = PAE | XENPT_CR4_PKE | XENPT_CR4_PKS, .cs_flags = CS64 },
    };
    struct xenpt_image_options opt = {
        .has_pat = true, .pat = PAT_XEN, .has_efer = true, .efer = LONG
    };
    struct elf_builder b;
    struct xenpt_image *image;

    (void)state;
    elf_init(&b);
    image = open_cpus(&b, cpus, COUNT(cpus), NULL);
    assert_string_equal(context(image, "cpu0")->assumed,
                        "EFER.LMA=1 (CS.L); EFER.NXE=1; PAT as after reset");
    assert_string_equal(context(image, "cpu1")->assumed,
                        "EFER.LMA=1 (CS.L); EFER.NXE=1; PAT as after reset; PKRU=0; PKRS=0");
    assert_int_equal(context(image, "cpu0")->paging.regs.pat, XENPT_PAT_RESET);
    xenpt_image_close(image);

    image = open_elf(&b, &opt);
    assert_string_equal(context(image, "cpu0")->assumed, "");
    assert_int_equal(context(image, "cpu0")->paging.regs.pat, PAT_XEN);
    xenpt_image_close(image);
    elf_fini(&b);
}

/* --- What is stated ------------------------------------------------------------------------ */

static void test_stated_efer(void **state)
{
    static const struct {
        const char *claim;
        uint64_t cr0, cr4, stated;
        enum xenpt_format_id format;
        uint64_t efer;
    } rows[] = {
        { "LMA where nothing shows it, and no NXE", PG, PAE, LME | LMA, XENPT_4LEVEL, LME | LMA },
        { "no LMA", PG, PAE, 0, XENPT_PAE, 0 },
        { "LMA needs paging, which this CPU has off", PE, PAE, LONG, XENPT_UNPAGED, LME | NXE },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct xenpt_image_options opt = { .has_efer = true, .efer = rows[i].stated };
        struct qemu_cpu cpu = { .cr0 = rows[i].cr0, .cr4 = rows[i].cr4 };
        struct elf_builder b;
        struct xenpt_image *image;

        elf_init(&b);
        image = open_cpus(&b, &cpu, 1, &opt);
        if (context(image, "cpu0")->paging.id != rows[i].format ||
            context(image, "cpu0")->paging.regs.efer != rows[i].efer)
            fail_msg("%s", rows[i].claim);
        xenpt_image_close(image);
        elf_fini(&b);
    }
}

/* The widest processor, unless one is given; AMD's, if EFER has a bit that only AMD has. */
static void test_processor(void **state)
{
    static const struct qemu_cpu cpu = { .cr0 = PG, .cr4 = PAE, .cs_flags = CS64 };
    struct xenpt_cpu narrow = xenpt_cpu_widest(XENPT_AMD);
    struct xenpt_image_options given = { .cpu = &narrow };
    struct xenpt_image_options svm = { .has_efer = true, .efer = LONG | XENPT_BIT(12) };
    struct elf_builder b;
    struct xenpt_image *image;

    (void)state;
    narrow.maxphyaddr = 40;
    elf_init(&b);
    image = open_cpus(&b, &cpu, 1, NULL);
    assert_int_equal(context(image, "cpu0")->paging.cpu.vendor, XENPT_INTEL);
    assert_int_equal(context(image, "cpu0")->paging.cpu.maxphyaddr, 52);
    xenpt_image_close(image);
    image = open_elf(&b, &svm);
    assert_int_equal(context(image, "cpu0")->paging.cpu.vendor, XENPT_AMD);
    xenpt_image_close(image);
    svm.efer = LONG;
    image = open_elf(&b, &svm);
    assert_int_equal(context(image, "cpu0")->paging.cpu.vendor, XENPT_INTEL);
    xenpt_image_close(image);
    image = open_elf(&b, &given);
    assert_int_equal(context(image, "cpu0")->paging.cpu.vendor, XENPT_AMD);
    assert_int_equal(context(image, "cpu0")->paging.cpu.maxphyaddr, 40);
    assert_int_equal(context(image, "cpu0")->paging.regs.efer, LONG);
    xenpt_image_close(image);
    narrow.nx = false; /* Then no CPU can be using it. */
    image = open_elf(&b, &given);
    assert_int_equal(context(image, "cpu0")->paging.regs.efer, LME | LMA);
    assert_string_equal(context(image, "cpu0")->assumed,
                        "EFER.LMA=1 (CS.L); EFER.NXE=0; PAT as after reset");
    xenpt_image_close(image);
    elf_fini(&b);
}

/* --- What is refused ----------------------------------------------------------------------- */

/* A CPU that cannot be is left out; the others keep their numbers. */
static void test_impossible(void **state)
{
    static const struct {
        struct qemu_cpu cpu;
        const char *warning;
    } rows[] = {
        { { .cr0 = XENPT_CR0_PG }, "cpu1 is left out: CR0.PG is set with CR0.PE clear" },
        { { .cr0 = PE | XENPT_CR0_NW }, "cpu1 is left out: CR0.NW is set" },
        { { .cr0 = PG, .cr4 = PAE, .cs_flags = CS64, .cr3 = XENPT_BIT(60) },
          "cpu1 is left out: CR3" },
        { { .cr0 = PE, .version = 2 }, "of version 2" },
        { { .cr0 = PE, .size = 431 }, "is of version 1" },
        { { .cr0 = PE, .note_size = 431 }, "and 431 bytes" },
        { { .cr0 = PE, .note_size = 4 }, "and 4 bytes" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct qemu_cpu cpus[] = { { .cr0 = PE }, rows[i].cpu, { .cr0 = PE } };
        struct elf_builder b;
        struct xenpt_image *image;

        elf_init(&b);
        image = open_cpus(&b, cpus, 3, NULL);
        assert_int_equal(xenpt_image_view(image)->nr_contexts, 2);
        context(image, "cpu0");
        context(image, "cpu2");
        if (!warns(image, rows[i].warning))
            fail_msg("no warning: %s", rows[i].warning);
        xenpt_image_close(image);
        elf_fini(&b);
    }
}

/* Older releases of QEMU end before the last member; what follows is no part of it. */
static void test_short_note(void **state)
{
    static const struct qemu_cpu cpus[] = {
        { .cr0 = PG, .cr4 = PAE, .kernel_gs = HIGH, .size = 432 },
        { .cr0 = PG, .cr4 = PAE, .size = 432, .note_size = 432 },
    };
    struct elf_builder b;
    struct xenpt_image *image;

    (void)state;
    elf_init(&b);
    b.machine = EM_386;
    image = open_cpus(&b, cpus, 2, NULL);
    assert_int_equal(context(image, "cpu0")->paging.id, XENPT_PAE);
    assert_int_equal(context(image, "cpu1")->paging.id, XENPT_PAE);
    xenpt_image_close(image);
    elf_fini(&b);
}

static void test_too_many(void **state)
{
    struct elf_builder b;
    struct xenpt_image *image;
    static const uint8_t page[4096];

    (void)state;
    elf_init(&b);
    for (unsigned int i = 0; i < IMAGE_MAX_CPUS + 2; i++)
        elf_qemu_note(&b, (struct qemu_cpu){ .cr0 = PE });
    elf_load(&b, 0, page, sizeof(page));
    image = open_elf(&b, NULL);
    assert_int_equal(xenpt_image_view(image)->nr_contexts, IMAGE_MAX_CPUS);
    assert_true(warns(image, "notes of 8194 CPUs"));
    xenpt_image_close(image);
    elf_fini(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_formats),
        cmocka_unit_test(test_machine_tells_of_the_first),
        cmocka_unit_test(test_32bit_core),
        cmocka_unit_test(test_state),
        cmocka_unit_test(test_assumptions_that_matter),
        cmocka_unit_test(test_stated_efer),
        cmocka_unit_test(test_processor),
        cmocka_unit_test(test_impossible),
        cmocka_unit_test(test_short_note),
        cmocka_unit_test(test_too_many),
    };

    return cmocka_run_group_tests_name("image_cpu", tests, NULL, NULL);
}
