/*
 * test_image_xlcore.c - domains by xl dump-core: PV of 64 and 32 bits, and the others.
 *
 * The offsets in a vcpu_guest_context below are counted from Xen's public headers by hand.
 */
#include "image_fixture.h"

#define SLOT      5168
#define IN_KERNEL 4
#define ONLINE    32

static uint8_t pages[4 * 4096];

static int fill_pages(void **state)
{
    (void)state;
    fill(pages, sizeof(pages), 5);
    return 0;
}

struct vcpu {
    uint64_t flags, rip, rflags, cr0, cr1, cr3, cr4, fs, gs, gs_user;
    uint16_t cs;
};

static void put_64(uint8_t *at, struct vcpu v)
{
    put64(at + 512, v.flags);
    put64(at + 520 + 128, v.rip);
    put16(at + 520 + 136, v.cs);
    put64(at + 520 + 144, v.rflags);
    put64(at + 4984, v.cr0);
    put64(at + 4992, v.cr1);
    put64(at + 5008, v.cr3);
    put64(at + 5016, v.cr4);
    put64(at + 5144, v.fs);
    put64(at + 5152, v.gs);
    put64(at + 5160, v.gs_user);
}

static void put_32(uint8_t *at, struct vcpu v)
{
    put32(at + 512, (uint32_t)v.flags);
    put32(at + 516 + 32, (uint32_t)v.rip);
    put16(at + 516 + 36, v.cs);
    put32(at + 516 + 40, (uint32_t)v.rflags);
    put32(at + 2716, (uint32_t)v.cr0);
    put32(at + 2716 + 12, (uint32_t)v.cr3);
    put32(at + 2716 + 16, (uint32_t)v.cr4);
}

struct p2m {
    uint64_t pfn, gmfn;
};

static void put_note(struct elf_bytes *notes, uint32_t type, const uint64_t *words, size_t nr)
{
    uint8_t *at;

    notes->p = realloc(notes->p, notes->size + 16 + nr * 8);
    at = notes->p + notes->size;
    put32(at, 4);
    put32(at + 4, (uint32_t)(nr * 8));
    put32(at + 8, type);
    memcpy(at + 12, "Xen", 4);
    if (nr)
        memcpy(at + 16, words, nr * 8);
    notes->size += 16 + nr * 8;
}

/* The sections of a dump-core in the order in which libxenctrl writes them. */
static void dump_core(struct elf_builder *b, uint64_t nr_vcpus, const uint8_t *contexts,
                      size_t slot, const void *list, size_t nr_pages, bool pv)
{
    uint64_t header[] = { pv ? 0xf00febed : 0xf00febee, nr_vcpus, nr_pages, 4096 };
    uint64_t version = 1;
    struct elf_bytes notes = { 0 };

    elf_init(b);
    put_note(&notes, 0x2000000, NULL, 0);
    put_note(&notes, 0x2000001, header, 4);
    put_note(&notes, 0x2000003, &version, 1);
    elf_section(b, ".note.Xen", SHT_NOTE, notes.p, notes.size, 0);
    elf_section(b, ".xen_prstatus", SHT_PROGBITS, contexts, nr_vcpus * slot, slot);
    elf_section(b, ".xen_shared_info", SHT_PROGBITS, NULL, 4096, 4096);
    elf_section(b, ".xen_pages", SHT_PROGBITS, pages, nr_pages * 4096, 4096);
    elf_section(b, pv ? ".xen_p2m" : ".xen_pfn", SHT_PROGBITS, list, nr_pages * (pv ? 16 : 8),
                pv ? 16 : 8);
    free(notes.p);
}

static void test_pv64(void **state)
{
    static const struct p2m p2m[] = {
        { 0, 0x5001 },
        { 1, 0x4fff },
        { 2, 0x5002 },
        { UINT64_MAX, UINT64_MAX },
    };
    uint8_t contexts[4 * SLOT] = { 0 };
    struct elf_builder b;
    struct xenpt_image *image;
    const struct xenpt_context *ctx;

    (void)state;
    put_64(contexts, (struct vcpu){ .flags = ONLINE | IN_KERNEL,
                                    .rip = 0xffffffff81001000,
                                    .cs = 0xe033,
                                    .rflags = 0x246,
                                    .cr0 = 8,
                                    .cr1 = 0x4fff000,
                                    .cr3 = 0x5001000,
                                    .cr4 = 0x660 });
    put_64(contexts + SLOT, (struct vcpu){ .flags = ONLINE,
                                           .rip = 0x401000,
                                           .cs = 0x33,
                                           .rflags = 0x40246,
                                           .cr1 = 0x4fff000,
                                           .cr3 = 0x5001000 });
    put_64(contexts + 2 * SLOT, (struct vcpu){ .cr3 = 0x5001000 }); /* Offline. */
    put_64(contexts + 3 * SLOT, /* In user mode, and without a root for it. */
           (struct vcpu){ .flags = ONLINE,
                          .cr3 = 0x5002000,
                          .cr4 = XENPT_CR4_PAE | XENPT_CR4_PCIDE | XENPT_CR4_LA57 });
    dump_core(&b, 4, contexts, SLOT, p2m, COUNT(p2m), true);
    image = open_elf(&b, NULL);
    assert_int_equal(xenpt_image_info(image).form, XENPT_IMAGE_XL_CORE);
    assert_int_equal(xenpt_image_info(image).nr_segments, 3);
    assert_int_equal(xenpt_image_info(image).bytes, 3 * PAGE);
    /* By machine frame, each at the place in the file that its row in the list has. */
    assert_int_equal(byte_at(image, 0x5001000), pages[0]);
    assert_int_equal(byte_at(image, 0x4fff005), pages[PAGE + 5]);
    assert_int_equal(byte_at(image, 0x5002fff), pages[3 * PAGE - 1]);
    assert_int_equal(byte_at(image, 0x5000000), -1);
    assert_int_equal(byte_at(image, 0x5003000), -1);
    assert_int_equal(byte_at(image, 0), -1);

    assert_int_equal(xenpt_image_view(image)->nr_contexts, 3);
    ctx = context(image, "cpu0");
    assert_int_equal(ctx->paging.id, XENPT_4LEVEL);
    assert_int_equal(ctx->paging.root, 0x5001000);
    assert_int_equal(ctx->paging.regs.cr0, XENPT_CR0_PG | XENPT_CR0_WP | XENPT_CR0_PE | 8);
    assert_int_equal(ctx->paging.regs.cr4, 0x660);
    assert_int_equal(ctx->paging.regs.pat, PAT_XEN);
    assert_int_equal(ctx->ip, 0xffffffff81001000);
    assert_int_equal(ctx->cpl, 3); /* The kernel of a 64-bit PV guest runs in ring 3. */
    assert_false(ctx->ac);
    assert_non_null(strstr(ctx->assumed, "a PV guest"));
    ctx = context(image, "cpu1");
    assert_int_equal(ctx->paging.root, 0x4fff000);
    assert_int_equal(ctx->paging.regs.cr4, XENPT_CR4_PAE);
    assert_true(ctx->ac);
    assert_non_null(strstr(ctx->assumed, "the guest's user root"));
    assert_true(warns(image, "cpu2 is left out: the vCPU was offline"));
    assert_int_equal(xenpt_image_info(image).nr_warnings, 1);
    ctx = context(image, "cpu3");
    assert_int_equal(ctx->paging.id, XENPT_4LEVEL);
    assert_int_equal(ctx->paging.root, 0x5002000);
    assert_int_equal(ctx->paging.regs.cr4, XENPT_CR4_PAE);
    xenpt_image_close(image);
    elf_fini(&b);
}

/*
 * A 32-bit PV guest with its L3 above 4 GiB, where a folded CR3 is needed, and with rights in
 * its L3 entries, which no PDPTE may have: a walk must go through all four levels.
 */
static void check_pv32(size_t slot)
{
    static const struct p2m p2m[] = { { 0, 0x234567 }, { 1, 0x200000 }, { 2, 0x200010 } };
    uint8_t contexts[2 * SLOT] = { 0 };
    struct elf_builder b;
    struct xenpt_image *image;
    const struct xenpt_context *ctx;
    struct xenpt_walk walk;

    memset(pages, 0, sizeof(pages));
    put64(pages + 3 * 8, 0x200000067);            /* L3[3] -> frame 0x200000 */
    put64(pages + PAGE + 2 * 8, 0x200010067);     /* L2[2] -> frame 0x200010 */
    put64(pages + 2 * PAGE + 1 * 8, 0x123456067); /* L1[1] */
    for (size_t i = 0; i < 2; i++) {
        /* Its trap table, which lies where a wider context behind it would have its root. */
        memset(contexts + i * slot + 584, 0xff, 2048);
        put_32(contexts + i * slot, (struct vcpu){ .flags = ONLINE | IN_KERNEL,
                                                   .rip = 0xc1001000,
                                                   .cs = 0xe019,
                                                   .rflags = 0x206,
                                                   .cr3 = 0x34567002,
                                                   .cr4 = 0x660 });
    }
    dump_core(&b, 2, contexts, slot, p2m, COUNT(p2m), true);
    image = open_elf(&b, NULL);
    assert_int_equal(xenpt_image_view(image)->nr_contexts, 2);
    for (size_t i = 0; i < 2; i++) {
        ctx = &xenpt_image_view(image)->contexts[i];
        assert_int_equal(ctx->paging.id, XENPT_4LEVEL);
        assert_int_equal(ctx->ip, 0xc1001000);
        assert_int_equal(ctx->cpl, 1);
        assert_non_null(strstr(ctx->assumed, "the L4 is made like Xen's"));
        assert_int_equal(xenpt_walk(&ctx->paging, xenpt_image_view(image)->mem, 0xc0401234, &walk),
                         XENPT_MAPPED);
        assert_int_equal(walk.out, 0x123456234);
        assert_int_equal(walk.nr_steps, 4);
        assert_int_equal(walk.step[0].entry, 0x234567067);
        assert_int_equal(walk.step[1].at, 0x234567018);
        /* Nothing but slot 0 is there. */
        assert_int_equal(
            xenpt_walk(&ctx->paging, xenpt_image_view(image)->mem, UINT64_C(0x8000000000), &walk),
            XENPT_NOT_PRESENT);
    }
    /* Each has a root of its own, as under Xen, and no page that the file holds. */
    assert_int_not_equal(xenpt_image_view(image)->contexts[0].paging.root,
                         xenpt_image_view(image)->contexts[1].paging.root);
    assert_int_equal(xenpt_image_info(image).bytes, 3 * PAGE);
    xenpt_image_close(image);
    elf_fini(&b);
    fill_pages(NULL);
}

static void test_pv32(void **state)
{
    (void)state;
    check_pv32(SLOT); /* By 64-bit tools, which leave room for either. */
    check_pv32(2800); /* By 32-bit ones. */
}

static void test_hvm(void **state)
{
    static const uint64_t pfn[] = { 0, 1, 2, 0xfeffc };
    uint8_t contexts[6 * SLOT] = { 0 };
    struct elf_builder b;
    struct xenpt_image *image;

    (void)state;
    put_64(contexts, (struct vcpu){ .flags = ONLINE,
                                    .rip = 0xffffffff81001000,
                                    .cs = 0x10,
                                    .cr0 = 0x80050033,
                                    .cr3 = 0x1000,
                                    .cr4 = 0x6f0 });
    put_64(contexts + SLOT, (struct vcpu){ .flags = ONLINE,
                                           .rip = 0x8048000,
                                           .cs = 0x23,
                                           .cr0 = 0x80050033,
                                           .cr3 = 0x2000,
                                           .cr4 = 0x6f0,
                                           .gs = 0xffff888000000000 });
    put_64(contexts + 2 * SLOT, (struct vcpu){ .flags = ONLINE,
                                               .rip = 0xc0100000,
                                               .cs = 0x60,
                                               .cr0 = 0x80050033,
                                               .cr3 = 0x2020,
                                               .cr4 = 0x6b0 });
    put_64(contexts + 3 * SLOT, (struct vcpu){ .flags = ONLINE, .rip = 0xfff0 });
    put_64(contexts + 4 * SLOT,
           (struct vcpu){ .flags = ONLINE, .cr0 = 0x80050033, .cr4 = 0x6f0, .fs = 0x7fff00000000 });
    put_64(contexts + 5 * SLOT,
           (struct vcpu){
               .flags = ONLINE, .cr0 = 0x80050033, .cr4 = 0x6f0, .gs_user = 0x7fff00000000 });
    dump_core(&b, 6, contexts, SLOT, pfn, COUNT(pfn), false);
    image = open_elf(&b, NULL);
    assert_int_equal(xenpt_image_info(image).nr_runs, 2);
    assert_int_equal(byte_at(image, 0x1000), pages[PAGE]);
    assert_int_equal(byte_at(image, 0xfeffc000), pages[3 * PAGE]);
    assert_int_equal(context(image, "cpu0")->paging.id, XENPT_4LEVEL);
    assert_int_equal(context(image, "cpu0")->cpl, 0);
    assert_int_equal(context(image, "cpu1")->paging.id, XENPT_4LEVEL);
    assert_int_equal(context(image, "cpu1")->cpl, 3);
    assert_non_null(strstr(context(image, "cpu1")->assumed, "base above 4 GiB"));
    assert_int_equal(context(image, "cpu2")->paging.id, XENPT_PAE);
    assert_int_equal(context(image, "cpu2")->paging.root, 0x2020);
    assert_int_equal(context(image, "cpu3")->paging.id, XENPT_UNPAGED);
    assert_int_equal(context(image, "cpu4")->paging.id, XENPT_4LEVEL);
    assert_int_equal(context(image, "cpu5")->paging.id, XENPT_4LEVEL);
    xenpt_image_close(image);
    elf_fini(&b);
}

/* --- Dumps that do not add up -------------------------------------------------------------- */

static void test_lists_that_do_not_match(void **state)
{
    static const uint64_t pfn[] = { 7, 8, XENPT_BIT(40), 9 };
    uint8_t contexts[SLOT] = { 0 };
    struct elf_builder b;
    struct xenpt_image *image;

    (void)state;
    dump_core(&b, 1, contexts, SLOT, pfn, 4, false);
    b.section[b.nr_sections - 1].size = 3 * 8; /* .xen_pfn */
    image = open_elf(&b, NULL);
    assert_true(warns(image, ".xen_pfn lists 3 frames for 4 pages"));
    assert_true(warns(image, "1 pages have frame numbers that no x86 machine has"));
    assert_int_equal(xenpt_image_info(image).bytes, 2 * PAGE);
    xenpt_image_close(image);
    elf_fini(&b);
}

/* More pages than there are, and all of them listed: those that are in the file are kept. */
static void test_pages_past_the_end(void **state)
{
    static uint64_t pfn[100];
    uint8_t contexts[SLOT] = { 0 };
    struct elf_builder b;
    struct xenpt_image *image;

    (void)state;
    for (size_t i = 0; i < COUNT(pfn); i++)
        pfn[i] = i;
    dump_core(&b, 1, contexts, SLOT, pfn, 4, false);
    b.nr_sections--;
    elf_section(&b, ".xen_pfn", SHT_PROGBITS, pfn, sizeof(pfn), 8);
    b.section[3].size = COUNT(pfn) * 4096;
    image = open_elf(&b, NULL);
    assert_true(warns(image, ".xen_pfn lists 100 frames for 4 pages"));
    assert_int_equal(xenpt_image_info(image).bytes, 4 * PAGE);
    xenpt_image_close(image);
    elf_fini(&b);
}

/* What a section that lies or ends beyond the file comes to differs; that all ends well, not. */
static void test_sections_beyond_the_end(void **state)
{
    static const uint64_t pfn[] = { 7, 8, 9, 10 };
    uint8_t contexts[SLOT] = { 0 };

    (void)state;
    for (size_t i = 0; i < 10; i++) {
        struct elf_builder b;
        struct xenpt_image *image = NULL;
        uint8_t *header;

        dump_core(&b, 1, contexts, SLOT, pfn, 4, false);
        elf_build(&b);
        header = b.file.p + *(uint64_t *)(void *)(b.file.p + 40) + 64 * (1 + i / 2);
        put64(header + (i % 2 ? 24 : 32), i % 2 ? XENPT_BIT(40) : UINT64_MAX / 2);
        if (image_open_bytes(b.file.p, b.file.size, NULL, &image, NULL) == XENPT_OK)
            assert_true(xenpt_image_info(image).bytes <= b.file.size);
        xenpt_image_close(image);
        elf_fini(&b);
    }
}

static void test_refused(void **state)
{
    static const uint64_t pfn[] = { 7 };
    uint8_t contexts[SLOT] = { 0 };
    struct elf_builder b;

    (void)state;
    dump_core(&b, 1, contexts, SLOT, pfn, 1, false);
    b.section[b.nr_sections - 1].name = ".xen_other";
    refuse_elf(&b, NULL, XENPT_EPARSE, "no section that says which they are");
    elf_fini(&b);

    dump_core(&b, 1, contexts, SLOT, pfn, 1, false);
    elf_build(&b);
    put64(b.file.p + b.section[0].offset + 16 + 16 + 24, 16384); /* An ia64 once had these. */
    refuse_elf(&b, NULL, XENPT_EUNSUPPORTED, "pages of 16384 bytes");
    memcpy(b.file.p + b.section[0].offset + 16 + 12, "Foo", 4); /* Somebody else's. */
    xenpt_image_close(open_elf(&b, NULL));
    elf_fini(&b);

    /* Cut before its last sections, whose names are the last of all. */
    dump_core(&b, 1, contexts, SLOT, pfn, 1, false);
    elf_build(&b);
    put64(b.file.p + 40, b.file.size - 10); /* e_shoff */
    refuse_elf(&b, NULL, XENPT_EPARSE, "no memory in it");
    elf_fini(&b);
}

static void test_odd_contexts(void **state)
{
    static const uint64_t pfn[] = { 7 };
    static const struct p2m p2m[] = { { 0, XENPT_BIT(40) - 1 } };
    uint8_t contexts[SLOT] = { 0 };
    struct elf_builder b;
    struct xenpt_image *image;

    (void)state;
    dump_core(&b, 1, contexts, SLOT, pfn, 1, false);
    b.section[1].size = 100;
    image = open_elf(&b, NULL);
    assert_true(warns(image, ".xen_prstatus has 100 bytes for 1 vCPUs"));
    xenpt_image_close(image);
    elf_fini(&b);

    /* Slots too small for the only layout that such a domain has. */
    dump_core(&b, 1, contexts, 2800, pfn, 1, false);
    image = open_elf(&b, NULL);
    assert_true(warns(image, ".xen_prstatus has 2800 bytes for 1 vCPUs"));
    assert_int_equal(xenpt_image_view(image)->nr_contexts, 0);
    xenpt_image_close(image);
    elf_fini(&b);

    /* A format to come, and a header that names no vCPUs. */
    dump_core(&b, 0, contexts, SLOT, pfn, 1, false);
    elf_build(&b);
    put64(b.file.p + b.section[0].offset + 16 + 48 + 16, XENPT_BIT(32));
    image = open_elf(&b, NULL);
    assert_true(warns(image, "format version 1.0, read as 0.1"));
    assert_int_equal(xenpt_image_view(image)->nr_contexts, 0);
    xenpt_image_close(image);
    elf_fini(&b);

    dump_core(&b, 1, contexts, SLOT, p2m, 1, true);
    refuse_elf(&b, NULL, XENPT_ERANGE, "no room above it");
    elf_fini(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pv64),
        cmocka_unit_test(test_pv32),
        cmocka_unit_test(test_hvm),
        cmocka_unit_test(test_lists_that_do_not_match),
        cmocka_unit_test(test_pages_past_the_end),
        cmocka_unit_test(test_sections_beyond_the_end),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_odd_contexts),
    };

    return cmocka_run_group_tests_name("image_xlcore", tests, fill_pages, NULL);
}
