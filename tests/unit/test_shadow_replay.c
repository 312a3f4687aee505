/* test_shadow_replay.c - what a real guest did, done once more, gives the shadows that its Xen had.
 */
#include <stdio.h>

#include "guest_fixture.h"
#include "xenpt/image.h"

#define PAGING UINT64_C(0x80010011)

/* --- A real guest, once more --------------------------------------------------------------- */

struct capture {
    const char *file;
    uint64_t p2m, shadow; /* Machine addresses of its roots. */
    bool other_unpaged;   /* It has a second vCPU, which does not page. */
    bool console;         /* It wrote to its console's page. */
};

#define GUEST_ROOT UINT64_C(0x10c)

/* The guest opened these pages to its user mode once it ran on its tables, in its L1. */
#define L1_AT UINT64_C(0x106000)
static const uint64_t user[] = { 0x104, 0x11b };
#define SHARED_INFO 0x117

static uint64_t real_maddr(const struct capture *c, const struct xenpt_reader *mem, uint64_t gaddr)
{
    struct xenpt_cpu cpu = xenpt_cpu_widest(XENPT_AMD);
    struct xenpt_regs host = { .cr0 = PAGING | 0x20, .cr4 = 0x20, .efer = 0xd00 };
    struct xenpt_paging npt;
    struct xenpt_walk walk;

    assert_int_equal(xenpt_paging_init_npt(&npt, &cpu, &host, c->p2m, NULL), XENPT_OK);
    return xenpt_walk(&npt, mem, gaddr, &walk) == XENPT_MAPPED ? walk.out : 0;
}

/* The guest's tables, at the guest's own frames. */
static void copy_table(struct world *w, const struct capture *c, const struct xenpt_reader *mem,
                       uint64_t gfn, unsigned int level)
{
    uint64_t entry[512];

    assert_true(xenpt_read(mem, real_maddr(c, mem, gfn << 12), entry, sizeof(entry)));
    for (unsigned int i = 0; i < 512; i++) {
        if (!(entry[i] & P))
            continue;
        poke(w, (gfn << 12) + 8 * i, entry[i], 8);
        if (level > 1 && !(entry[i] & PS))
            copy_table(w, c, mem, (entry[i] & ADDR) >> 12, level - 1);
    }
}

static void same_as_real(struct world *w, const struct capture *c, const struct xenpt_reader *mem,
                         uint64_t real, uint64_t va)
{
    uint64_t entry[512];

    assert_true(xenpt_read(mem, real, entry, sizeof(entry)));
    for (unsigned int i = 0; i < 512; i++) {
        uint64_t at = va + ((uint64_t)i << 12), ours = entry_at(w, GUEST, at, 1);

        if ((entry[i] ^ ours) & ~ADDR)
            fail_msg("%s: %llx: %llx, and real %llx", c->file, (unsigned long long)at,
                     (unsigned long long)ours, (unsigned long long)entry[i]);
        if (!entry[i])
            continue;
        assert_int_equal(entry[i] & ADDR, real_maddr(c, mem, at)); /* It maps one to one. */
        assert_int_equal(ours & ADDR, frame_of(w, at >> 12));
    }
}

static void processor_has(const struct world *w, const char *name, uint64_t cr0, uint64_t efer)
{
    const struct xenpt_regs *regs = &context(w, name)->paging.regs;

    assert_int_equal(regs->cr0, cr0);
    assert_int_equal(regs->cr4, 0x60);
    assert_int_equal(regs->efer, efer);
}

static void once_more(const struct capture *c)
{
    struct xenpt_image_options opt = { 0 };
    const struct xenpt_reader *mem;
    struct xenpt_image *image;
    struct xenpt_regs regs;
    uint64_t l3, l1, entry[512];
    char path[512];
    struct world w;

    snprintf(path, sizeof(path), XENPT_CAPTURES "/%s", c->file);
    assert_int_equal(xenpt_image_open(path, &opt, &image, NULL), XENPT_OK);
    mem = xenpt_image_view(image)->mem;
    build(&w, HOST("naples") XEN(
                  "4.17",
                  "") "domains: { d0: { type: hvm, memory: 64M, vcpus: 2, paging: shadow } }\n");
    if (c->other_unpaged) {
        regs = regs_of(&w, 1);
        regs.cr0 = 0x19;
        load(&w, 1, regs);
    }
    copy_table(&w, c, mem, GUEST_ROOT, 4);
    for (size_t i = 0; i < sizeof(user) / sizeof(user[0]); i++)
        poke(&w, L1_AT + 8 * user[i], (user[i] << 12) | P | RW | A | D, 8);
    regs = regs_of(&w, 0);
    regs.cr0 = PAGING;
    regs.cr3 = GUEST_ROOT << 12;
    regs.efer |= XENPT_EFER_NXE;
    assert_int_equal(load(&w, 0, regs).outcome, XENPT_GUEST_DONE);
    assert_int_equal(entry_at(&w, GUEST, 0x100000, 4), 0); /* All is made when it is used. */
    /* Their VMCBs. */
    processor_has(&w, GUEST, 0x80010011, 0x1d00);
    if (c->other_unpaged)
        processor_has(&w, "d0.v1.guest", 0x80010019, 0x1800);

    l3 = down(mem, c->shadow, 0);
    l1 = down(mem, down(mem, l3, 0), 0);
    assert_true(xenpt_read(mem, l1, entry, sizeof(entry)));
    touch(&w, 0x100000, XENPT_FETCH);
    for (size_t i = 0; i < sizeof(user) / sizeof(user[0]); i++)
        put(&w, L1_AT + 8 * user[i], (user[i] << 12) | P | RW | US | A | D);
    /* It has asked for shared_info there: what changes in its memory, shadows lose. */
    assert_int_equal(xenpt_machine_p2m_set_type(w.machine, 0, SHARED_INFO, "ram_rw", NULL), 0);
    for (unsigned int i = 0; i < 512; i++)
        if (entry[i] & D)
            touch(&w, (uint64_t)i << 12, XENPT_WRITE);
    if (c->console)
        touch(&w, 0xfefff000, XENPT_WRITE);
    same_as_real(&w, c, mem, l1, 0);
    for (unsigned int level = 4; level > 1; level--)
        assert_int_equal(entry_at(&w, GUEST, 0x100000, level) & ~ADDR, 0x67);
    if (c->console) {
        l1 = down(mem, down(mem, l3, 3), 503);
        same_as_real(&w, c, mem, l1, 0xfee00000);
        assert_int_equal(entry_at(&w, GUEST, 0xfefff000, 2) & ~ADDR, 0x63);
    }
    end(&w);
    xenpt_image_close(image);
}

static void test_captures(void **state)
{
    static const struct capture captures[] = {
        /* One vCPU: its L1 is out of sync, so it can be written; what was has not got through. */
        { "rel-pvhd0-sh64-guest.elf.zst", 0xfcaf000, 0xf937000, false, false },
        /* Another vCPU does not page, so nothing goes out of sync. */
        { "rel-sh64-amd-guest.elf.zst", 0x1dc80000, 0x18712000, true, true },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(captures) / sizeof(captures[0]); i++)
        once_more(&captures[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_captures),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
