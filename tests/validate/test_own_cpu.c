/*
 * test_own_cpu.c - the CPU that this runs on agrees with the model; and the way to its live
 * tables, tried on a kcore of our own making.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <elf.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "validate/own_live.h"

static void test_real(void **state)
{
    static const struct mmu_options options;
    static struct own_report report;
    struct xenpt_error err = { 0 };

    (void)state;
    if (own_cpu_check(&options, &report, &err))
        fail_msg("%s", err.text);
    for (uint64_t i = 0; i < report.differing && i < OWN_DIFFERENCES; i++) {
        const struct own_difference *d = &report.difference[i];

        print_message("kind %u size %u at %llx: vector %u code %x at %llx, not %u %x %llx\n",
                      d->access.kind, d->access.size, (unsigned long long)d->access.va,
                      d->outcome.vector, d->outcome.code, (unsigned long long)d->outcome.address,
                      d->expected.outcome.vector, d->expected.outcome.code,
                      (unsigned long long)d->expected.outcome.address);
    }
    print_message("%llu accesses, %llu refused, %llu either; %llu frames (%s); %llu live (%s); "
                  "keys %d, large %d\n",
                  (unsigned long long)report.accesses, (unsigned long long)report.refused,
                  (unsigned long long)report.either, (unsigned long long)report.frames,
                  report.no_frames, (unsigned long long)report.live, report.no_live, report.keys,
                  report.large);
    assert_int_equal(report.differing, 0);
    assert_int_equal(report.live_differing, 0);
    assert_true(report.accesses > 5000);
    /* Absent, read-only, not to be executed, and not canonical were all met. */
    assert_true(report.by_rule[XENPT_RULE_NOT_PRESENT] > 1000);
    assert_true(report.by_rule[XENPT_RULE_WRITE] > 500);
    assert_true(report.by_rule[XENPT_RULE_EXECUTE] > 50);
    assert_true(report.by_rule[XENPT_RULE_NON_CANONICAL] > 10);
    assert_true(!report.keys || report.by_rule[XENPT_RULE_PKEY] > 100);
    /* Either a number, or a reason. */
    assert_true(!report.frames == !!report.no_frames[0]);
    assert_true(!report.live == !!report.no_live[0]);
}

/* --- A machine of 64 pages, as a kcore ----------------------------------------------------- */

#define PAGES           64
#define BASE            UINT64_C(0x40000000) /* Machine address of the first... */
#define WHERE           UINT64_C(0x3000)     /* ...and its place in the file. */
#define ENTRY(n, flags) ((BASE + (n)*OWN_PAGE) | (flags))

struct fake {
    char path[64];
    uint64_t page[PAGES][512];
    struct own_ground ground;
};

static unsigned int slot(uint64_t va, unsigned int level)
{
    return va >> (12 + 9 * (level - 1)) & 511;
}

static void write_kcore(struct fake *f, const Elf64_Phdr *phdrs, uint16_t nr)
{
    Elf64_Ehdr header = { .e_ident = ELFMAG,
                          .e_type = ET_CORE,
                          .e_machine = EM_X86_64,
                          .e_phoff = sizeof(header),
                          .e_phentsize = sizeof(Elf64_Phdr),
                          .e_phnum = nr };
    int fd;

    header.e_ident[EI_CLASS] = ELFCLASS64;
    strcpy(f->path, "/tmp/xenpt-kcore-XXXXXX");
    fd = mkstemp(f->path);
    assert_true(fd >= 0);
    assert_int_equal(pwrite(fd, &header, sizeof(header), 0), sizeof(header));
    assert_int_equal(pwrite(fd, phdrs, nr * sizeof(*phdrs), sizeof(header)), nr * sizeof(*phdrs));
    assert_int_equal(pwrite(fd, f->page, sizeof(f->page), (off_t)WHERE), sizeof(f->page));
    close(fd);
}

static const Elf64_Phdr good_phdrs[] = {
    { .p_type = PT_NOTE, .p_filesz = 4 },
    /* vmalloc, then the direct map, then the kernel's text, which is a part of it. */
    { .p_type = PT_LOAD,
      .p_vaddr = 0xffffc90000000000,
      .p_paddr = ~UINT64_C(0),
      .p_offset = WHERE,
      .p_filesz = 0x1000 },
    { .p_type = PT_LOAD,
      .p_vaddr = 0xffff888040000000,
      .p_paddr = BASE,
      .p_offset = WHERE,
      .p_filesz = PAGES * OWN_PAGE },
    { .p_type = PT_LOAD,
      .p_vaddr = 0xffffffff81000000,
      .p_paddr = BASE + 0x8000,
      .p_offset = WHERE,
      .p_filesz = 0x2000 },
};

/*
 * Pages: 1 user's root, 2 L3, 3 L2, 4 L1, 5 the kernel's own root; 6 a page of data that looks
 * like an L2 table, 8... the frames of ours.
 */
static struct fake *fake_machine(void)
{
    struct fake *f = calloc(1, sizeof(*f));
    struct own_ground *g;
    uint64_t va;

    assert_non_null(f);
    g = &f->ground;
    g->has_frames = true;
    g->large = UINT64_C(0x7f1234400000);
    va = g->pages = UINT64_C(0x7f1234800000);
    for (unsigned int i = 0; i < OWN_PAGES; i++) {
        enum own_kind kind = own_kind_of(i);
        uint64_t nx = kind == OWN_RX || kind == OWN_RWX ? 0 : XENPT_BIT(63);

        if (kind == OWN_ABSENT)
            continue;
        g->frame[i] = (BASE >> 12) + 8 + i % 48;
        f->page[4][slot(va, 1) + i] = kind == OWN_NONE ? ENTRY(8 + i % 48, 0x100)
                                                       : ENTRY(8 + i % 48, 0x65) | nx;
    }
    f->page[3][slot(va, 2)] = f->page[6][slot(va, 2)] = ENTRY(4, 0x67);
    f->page[2][slot(va, 3)] = ENTRY(3, 0x67);
    f->page[5][slot(va, 4)] = ENTRY(2, 0x67) | XENPT_BIT(63);
    f->page[1][slot(va, 4)] = ENTRY(2, 0x67);
    return f;
}

static void fake_free(struct fake *f)
{
    unlink(f->path);
    free(f);
}

static void test_kcore(void **state)
{
    struct fake *f = fake_machine();
    struct kcore kcore;
    uint64_t word;

    (void)state;
    f->page[63][511] = 0x1122334455667788;
    write_kcore(f, good_phdrs, 4);
    assert_int_equal(kcore_open(f->path, &kcore, NULL), XENPT_OK);
    assert_int_equal(kcore.nr_runs, 1);
    assert_true(xenpt_read(&kcore.reader, BASE + PAGES * OWN_PAGE - 8, &word, 8));
    assert_int_equal(word, 0x1122334455667788);
    assert_false(xenpt_read(&kcore.reader, BASE + PAGES * OWN_PAGE - 4, &word, 8));
    assert_false(xenpt_read(&kcore.reader, BASE - 1, &word, 1));
    assert_false(xenpt_read(&kcore.reader, ~UINT64_C(0), &word, 8));
    kcore_close(&kcore);
    fake_free(f);
}

static void test_live(void **state)
{
    static struct own_report report;
    struct fake *f = fake_machine();
    struct kcore kcore;

    (void)state;
    write_kcore(f, good_phdrs, 4);
    assert_int_equal(kcore_open(f->path, &kcore, NULL), XENPT_OK);
    assert_int_equal(own_live_root(&kcore, &f->ground, 4), BASE + 0x1000);
    assert_int_equal(own_live_root(&kcore, &f->ground, 5), 0);
    kcore_close(&kcore);

    own_machine(&report.machine);
    report.machine.regs.cr4 &= ~XENPT_CR4_LA57;
    report.machine.la57 = false;
    f->ground.nr_accesses = 3;
    /* The first two pages are RW, or so it says; the tables say RO. */
    f->ground.access[0] = (struct own_access){ f->ground.pages, ACCESS_READ, 8 };
    f->ground.access[1] = (struct own_access){ f->ground.pages, ACCESS_WRITE, 8 };
    f->ground.access[2] = (struct own_access){ f->ground.pages, ACCESS_FETCH, 1 };
    f->ground.outcome[0] = (struct own_outcome){ .made = 1 };
    f->ground.outcome[1] = (struct own_outcome){ 1, SIGSEGV, 14, 7, f->ground.pages };
    f->ground.outcome[2] = (struct own_outcome){ 1, SIGSEGV, 14, 0x15, f->ground.pages };
    own_live_check(f->path, &f->ground, &report);
    assert_string_equal(report.no_live, "");
    assert_true(report.live > 50);
    assert_int_equal(report.live_differing, 0);
    /* What the CPU did otherwise is noticed, and so is another frame. */
    f->ground.outcome[1].code = 6;
    report.live = 0;
    own_live_check(f->path, &f->ground, &report);
    assert_int_equal(report.live_differing, 1);
    fake_free(f);
}

static void check_refused(struct fake *f, const char *words)
{
    struct xenpt_error err = { 0 };
    struct kcore kcore;

    assert_int_equal(kcore_open(f->path, &kcore, &err), XENPT_EUNSUPPORTED);
    if (!strstr(err.text, words))
        fail_msg("'%s' does not say '%s'", err.text, words);
}

static void test_kcore_refused(void **state)
{
    static struct own_report report;
    struct fake *f = fake_machine();
    FILE *file;

    (void)state;
    strcpy(f->path, "/no/such/kcore");
    check_refused(f, "No such file");
    write_kcore(f, good_phdrs, 2);
    check_refused(f, "does not say where");
    unlink(f->path);
    write_kcore(f, good_phdrs, 4);
    file = fopen(f->path, "w");
    assert_non_null(file);
    fputs("\177ELF, or so", file);
    fclose(file);
    check_refused(f, "no ELF core");
    unlink(f->path);
    /* A machine with other tables than ours. */
    f->page[3][slot(f->ground.pages, 2)] = 0;
    f->page[6][slot(f->ground.pages, 2)] = 0;
    write_kcore(f, good_phdrs, 4);
    own_live_check(f->path, &f->ground, &report);
    assert_non_null(strstr(report.no_live, "no page tables of ours"));
    assert_int_equal(report.live, 0);
    fake_free(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_real),
        cmocka_unit_test(test_kcore),
        cmocka_unit_test(test_live),
        cmocka_unit_test(test_kcore_refused),
    };

    return cmocka_run_group_tests_name("own_cpu", tests, NULL, NULL);
}
