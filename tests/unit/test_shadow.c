/*
 * test_shadow.c - shadows follow their guest: what a real guest did, done once more, gives the
 * shadows that its Xen had; and what sh_page_fault does by the sources.
 */
#include "machine_fixture.h"

#include <stdio.h>

#include "fail_alloc.h"
#include "xenpt/hvm.h"
#include "xenpt/image.h"
#include "xenpt/p2m.h"

#define RW     XENPT_BIT(1)
#define US     XENPT_BIT(2)
#define A      XENPT_BIT(5)
#define D      XENPT_BIT(6)
#define PS     XENPT_BIT(7)
#define PAGING UINT64_C(0x80010011)
#define ALONE  "domains: { d0: { type: hvm, memory: 64M, paging: shadow } }\n"
#define GUEST  "d0.v0.guest"

static struct xenpt_guest_done touch(struct world *w, uint32_t v, uint64_t va,
                                     enum xenpt_access_kind kind)
{
    struct xenpt_access access = { .kind = kind };
    struct xenpt_error err = { 0 };
    struct xenpt_guest_done done;

    if (xenpt_machine_touch(w->machine, 0, v, va, &access, &done, &err))
        fail_msg("%s", err.text);
    assert_int_equal(xenpt_machine_view(w->machine, &w->view, NULL), XENPT_OK);
    return done;
}

static struct xenpt_guest_done poke(struct world *w, uint64_t gaddr, uint64_t value,
                                    unsigned int size)
{
    struct xenpt_error err = { 0 };
    struct xenpt_guest_done done;

    if (xenpt_machine_guest_write_phys(w->machine, 0, 0, gaddr, value, size, &done, &err))
        fail_msg("%s", err.text);
    assert_int_equal(xenpt_machine_view(w->machine, &w->view, NULL), XENPT_OK);
    return done;
}

static struct xenpt_guest_done put(struct world *w, uint64_t va, uint64_t value)
{
    struct xenpt_guest_done done;
    struct xenpt_error err = { 0 };

    if (xenpt_machine_guest_write(w->machine, 0, 0, va, value, 8, NULL, &done, &err))
        fail_msg("%s", err.text);
    assert_int_equal(xenpt_machine_view(w->machine, &w->view, NULL), XENPT_OK);
    return done;
}

static struct xenpt_guest_done load(struct world *w, uint32_t v, struct xenpt_regs regs)
{
    struct xenpt_guest_done done;
    struct xenpt_error err = { 0 };

    if (xenpt_machine_load(w->machine, 0, v, &regs, &done, &err))
        fail_msg("%s", err.text);
    assert_int_equal(xenpt_machine_view(w->machine, &w->view, NULL), XENPT_OK);
    return done;
}

static struct xenpt_regs regs_of(struct world *w, uint32_t v)
{
    struct xenpt_regs regs;

    assert_true(xenpt_machine_guest_regs(w->machine, 0, v, &regs));
    return regs;
}

/* The entry that a context has for an address at a level; 0: the walk does not get there. */
static uint64_t entry_at(const struct world *w, const char *name, uint64_t va, unsigned int level)
{
    const struct xenpt_context *c = context(w, name);
    struct xenpt_walk walk;

    xenpt_walk(&c->paging, w->view->mem, va, &walk);
    for (unsigned int i = 0; i < walk.nr_steps; i++)
        if (walk.step[i].level == level)
            return walk.step[i].entry;
    return 0;
}

static uint64_t frame_of(const struct world *w, uint64_t gfn)
{
    struct xenpt_p2m_entry e;

    assert_true(xenpt_machine_p2m(w->machine, 0, XENPT_VIEW_HOST, gfn, &e));
    return e.maddr;
}

static uint64_t guest_word(const struct world *w, uint64_t gaddr)
{
    uint64_t word = 0;

    assert_true(xenpt_read(w->view->mem, frame_of(w, gaddr >> 12) + gaddr % 4096, &word, 8));
    return word;
}

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

/* The table that a shadow leads to. */
static uint64_t down(const struct xenpt_reader *mem, uint64_t table, unsigned int slot)
{
    uint64_t entry = 0;

    assert_true(xenpt_read(mem, table + 8 * slot, &entry, 8));
    return entry & ADDR;
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
    touch(&w, 0, 0x100000, XENPT_FETCH);
    for (size_t i = 0; i < sizeof(user) / sizeof(user[0]); i++)
        put(&w, L1_AT + 8 * user[i], (user[i] << 12) | P | RW | US | A | D);
    /* It has asked for shared_info there: what changes in its memory, shadows lose. */
    assert_int_equal(xenpt_machine_p2m_set_type(w.machine, 0, SHARED_INFO, "ram_rw", NULL), 0);
    for (unsigned int i = 0; i < 512; i++)
        if (entry[i] & D)
            touch(&w, 0, (uint64_t)i << 12, XENPT_WRITE);
    if (c->console)
        touch(&w, 0, 0xfefff000, XENPT_WRITE);
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

/* --- A and D ------------------------------------------------------------------------------- */

/* Frame 0x30 of the guest's was not written, 0x31 not even read: guest.c. */
static void test_a_and_d(void **state)
{
    struct xenpt_guest_done done;
    struct world w;

    (void)state;
    build(&w, HOST("rome") XEN("4.17", "") ALONE);
    assert_int_equal(entry_at(&w, GUEST, 0x31000, 1), 0);
    done = touch(&w, 0, 0x31000, XENPT_READ);
    assert_int_equal(done.outcome, XENPT_GUEST_DONE);
    assert_int_equal(done.exits, 1);
    assert_int_equal(guest_word(&w, 0x13000 + 8 * 0x31) & (A | D), A);
    assert_int_equal(entry_at(&w, GUEST, 0x31000, 1) & ~ADDR, P | A);
    done = touch(&w, 0, 0x31000, XENPT_WRITE);
    assert_int_equal(done.exits, 1);
    assert_int_equal(guest_word(&w, 0x13000 + 8 * 0x31) & (A | D), A | D);
    /* The processor's own D, in the shadow. */
    assert_int_equal(entry_at(&w, GUEST, 0x31000, 1) & ~ADDR, P | RW | A | D);
    assert_int_equal(touch(&w, 0, 0x31000, XENPT_WRITE).exits, 0);
    /* It was written before: no fault. */
    assert_int_equal(touch(&w, 0, 0x20000, XENPT_WRITE).exits, 0);
    end(&w);
}

/* --- Writes to tables ---------------------------------------------------------------------- */

static void test_upper_tables(void **state)
{
    struct xenpt_guest_done done;
    struct world w;

    (void)state;
    build(&w, HOST("rome") XEN("4.17", "") ALONE);
    assert_false(entry_at(&w, GUEST, 0x12000, 1) & RW);
    assert_int_not_equal(entry_at(&w, GUEST, 0x205000, 1), 0);
    /* An L2, which does not go out of sync: the larger page becomes absent. */
    done = put(&w, 0x12000 + 8, 0);
    assert_int_equal(done.outcome, XENPT_GUEST_EMULATED);
    assert_int_equal(done.exits, 1);
    assert_int_equal(guest_word(&w, 0x12008), 0);
    assert_int_equal(entry_at(&w, GUEST, 0x205000, 2), 0);
    assert_int_equal(touch(&w, 0, 0x205000, XENPT_READ).outcome, XENPT_GUEST_FAULT);
    /* It comes back read-only, by a fault. */
    done = put(&w, 0x12000 + 8, 0x200000 | P | A | D | PS);
    assert_int_equal(done.outcome, XENPT_GUEST_EMULATED);
    assert_int_equal(touch(&w, 0, 0x205000, XENPT_READ).outcome, XENPT_GUEST_DONE);
    done = touch(&w, 0, 0x205000, XENPT_WRITE);
    assert_int_equal(done.outcome, XENPT_GUEST_FAULT);
    assert_int_equal(done.fault.code, XENPT_PF_P | XENPT_PF_W);
    assert_int_equal(done.fault.address, 0x205000);
    end(&w);
}

/* A table that the guest has in use gets its shadow, and no mapping of it is writable. */
static void test_new_table(void **state)
{
    struct world w;

    (void)state;
    build(&w, HOST("rome") XEN("4.17", "") ALONE);
    for (unsigned int i = 0; i < 512; i++)
        assert_int_equal(poke(&w, 0x40000 + 8 * i, (0x100000 + 0x1000u * i) | 0x63, 8).outcome,
                         XENPT_GUEST_DONE);
    assert_true(entry_at(&w, GUEST, 0x40000, 1) & RW);
    put(&w, 0x12000 + 8 * 2, 0x40000 | 0x67);
    assert_true(entry_at(&w, GUEST, 0x40000, 1) & RW); /* Nothing has used it. */
    touch(&w, 0, 0x400000 + 0x5000, XENPT_READ);
    assert_false(entry_at(&w, GUEST, 0x40000, 1) & RW);
    assert_int_equal(entry_at(&w, GUEST, 0x405000, 1), frame_of(&w, 0x105) | P | RW | A);
    assert_int_equal(entry_at(&w, GUEST, 0x405000 + 31 * 4096, 1) & ~ADDR, P | RW | A);
    assert_int_equal(entry_at(&w, GUEST, 0x405000 + 32 * 4096, 1), 0);
    assert_int_equal(entry_at(&w, GUEST, 0x404000, 1), 0);
    end(&w);
}

/* An L1 goes out of sync: its shadow is what it was, until CR3 is loaded or INVLPG tells. */
static void test_out_of_sync(void **state)
{
    struct xenpt_shadow_stats stats;
    struct xenpt_guest_done done;
    struct world w;

    (void)state;
    build(&w, HOST("rome") XEN("4.17", "") ALONE);
    assert_false(entry_at(&w, GUEST, 0x13000, 1) & RW);
    done = put(&w, 0x13000 + 8 * 0x80, 0);
    assert_int_equal(done.outcome, XENPT_GUEST_DONE);
    assert_true(entry_at(&w, GUEST, 0x13000, 1) & RW);
    assert_int_not_equal(entry_at(&w, GUEST, 0x80000, 1), 0);
    assert_int_equal(touch(&w, 0, 0x80000, XENPT_READ).exits, 0);
    assert_int_equal(put(&w, 0x13000 + 8 * 0x81, 0).exits, 0);
    assert_int_equal(xenpt_machine_guest_invlpg(w.machine, 0, 0, 0x80000, &done, NULL), XENPT_OK);
    assert_int_equal(entry_at(&w, GUEST, 0x80000, 1), 0);
    assert_int_equal(entry_at(&w, GUEST, 0x81000, 1), 0);
    assert_false(entry_at(&w, GUEST, 0x13000, 1) & RW);
    assert_int_equal(touch(&w, 0, 0x80000, XENPT_READ).outcome, XENPT_GUEST_FAULT);
    put(&w, 0x13000 + 8 * 0x82, 0);
    assert_int_not_equal(entry_at(&w, GUEST, 0x82000, 1), 0);
    load(&w, 0, regs_of(&w, 0));
    assert_int_equal(entry_at(&w, GUEST, 0x82000, 1), 0);
    stats = xenpt_machine_shadow_stats(w.machine, 0);
    assert_int_equal(stats.unsynced, 2);
    assert_int_equal(stats.resynced, 2);
    end(&w);
}

/* While a vCPU does not page, nothing goes out of sync. */
static void test_in_sync(void **state)
{
    struct xenpt_regs regs;
    struct world w;

    (void)state;
    build(&w, HOST("rome") XEN(
                  "4.17",
                  "") "domains: { d0: { type: hvm, memory: 64M, vcpus: 2, paging: shadow } }\n");
    regs = regs_of(&w, 1);
    regs.cr0 = 0x11;
    load(&w, 1, regs);
    assert_int_equal(put(&w, 0x13000 + 8 * 0x80, 0).outcome, XENPT_GUEST_EMULATED);
    assert_int_equal(entry_at(&w, GUEST, 0x80000, 1), 0);
    assert_int_equal(xenpt_machine_shadow_stats(w.machine, 0).unsynced, 0);
    end(&w);
}

/* Without CR0.WP the guest's kernel writes to read-only pages; the processor's WP is always set. */
static void test_no_wp(void **state)
{
    struct xenpt_regs regs;
    struct world w;

    (void)state;
    build(&w, HOST("rome") XEN("4.17", "") ALONE);
    poke(&w, 0x13000 + 8 * 0x90, 0x90000 | P | A | D, 8);
    assert_int_equal(touch(&w, 0, 0x90000, XENPT_WRITE).outcome, XENPT_GUEST_FAULT);
    regs = regs_of(&w, 0);
    regs.cr0 &= ~XENPT_CR0_WP;
    load(&w, 0, regs);
    assert_int_equal(put(&w, 0x90008, 0x1234).outcome, XENPT_GUEST_EMULATED);
    assert_int_equal(guest_word(&w, 0x90008), 0x1234);
    assert_false(entry_at(&w, GUEST, 0x90000, 1) & RW);
    assert_true(context(&w, GUEST)->paging.regs.cr0 & XENPT_CR0_WP);
    end(&w);
}

/* --- Modes --------------------------------------------------------------------------------- */

static uint64_t linear(const struct world *w)
{
    return slot(w, "d0.v0.xen", 259) & ADDR;
}

/* As a guest boots: no paging, two levels, PAE, long mode. */
static void test_modes(void **state)
{
    struct xenpt_regs regs;
    struct xenpt_shadow one;
    struct world w;
    uint64_t monitor;
    size_t n = 0;

    (void)state;
    build(&w,
          HOST("rome") XEN(
              "4.17",
              "") "domains: { d0: { type: hvm, memory: 64M, paging: shadow, mode: unpaged } }\n");
    assert_string_equal(context(&w, GUEST)->paging.format.name, "PAE");
    assert_int_equal(context(&w, GUEST)->paging.regs.cr0, 0x80010011);
    monitor = context(&w, "d0.v0.xen")->paging.root;
    touch(&w, 0, 0x3000000, XENPT_WRITE);
    assert_int_equal(entry_at(&w, GUEST, 0x3000000, 1) & ~ADDR, P | RW | US | A | D);

    /* Two levels: a page of 4 MiB, and a table. */
    poke(&w, 0x10000, 0x67 | 0x11000, 4);
    poke(&w, 0x10000 + 4, 0xe3 | 0x400000, 4);
    poke(&w, 0x11000 + 4 * 0x205, 0x63 | 0x300000, 4);
    poke(&w, 0x11000 + 4 * 0x55, 0x63 | 0x55000, 4);
    regs = regs_of(&w, 0);
    regs.cr4 = XENPT_CR4_PSE;
    regs.cr3 = 0x10000;
    regs.cr0 |= XENPT_CR0_PG;
    load(&w, 0, regs);
    assert_int_equal(context(&w, "d0.v0.xen")->paging.root, monitor); /* Three levels still. */
    touch(&w, 0, 0x205000, XENPT_READ);
    assert_int_equal(entry_at(&w, GUEST, 0x205000, 1), frame_of(&w, 0x300) | P | RW | A);
    touch(&w, 0, 0x55000, XENPT_READ);
    assert_int_equal(entry_at(&w, GUEST, 0x55000, 1), frame_of(&w, 0x55) | P | RW | A);
    touch(&w, 0, 0x7ff000, XENPT_WRITE);
    assert_int_equal(entry_at(&w, GUEST, 0x7ff000, 1) & ADDR, frame_of(&w, 0x7ff));
    /* The L2s of all four GiB are pages of one shadow; Xen reads them where they are linear. */
    assert_int_equal(down(w.view->mem, down(w.view->mem, linear(&w), 0), 0),
                     down(w.view->mem, context(&w, GUEST)->paging.root, 0));

    /* PAE: PDPTEs at any 32 bytes. */
    poke(&w, 0x20020, P | 0x21000, 8);
    poke(&w, 0x21000, 0xe3, 8);
    regs.cr0 &= ~XENPT_CR0_PG;
    load(&w, 0, regs);
    regs.cr0 |= XENPT_CR0_PG;
    regs.cr4 = XENPT_CR4_PAE;
    regs.cr3 = 0x20020;
    load(&w, 0, regs);
    touch(&w, 0, 0x1000, XENPT_READ);
    assert_int_equal(entry_at(&w, GUEST, 0x1000, 1) & ADDR, frame_of(&w, 1));
    /* Another PDPTE is not known until CR3 is loaded. */
    poke(&w, 0x20028, P | 0x21000, 8);
    assert_int_equal(touch(&w, 0, 0x40001000, XENPT_READ).outcome, XENPT_GUEST_FAULT);
    load(&w, 0, regs);
    touch(&w, 0, 0x40001000, XENPT_READ);
    assert_int_equal(entry_at(&w, GUEST, 0x40001000, 1) & ADDR, frame_of(&w, 1));

    /* Long mode: a shadow of four levels, and another monitor table. */
    poke(&w, 0x30000, 0x67 | 0x31000, 8);
    poke(&w, 0x31000, 0x67 | 0x21000, 8);
    regs.cr0 &= ~XENPT_CR0_PG;
    load(&w, 0, regs);
    regs.efer |= XENPT_EFER_LME;
    regs.cr0 |= XENPT_CR0_PG;
    regs.cr3 = 0x30000;
    load(&w, 0, regs);
    assert_true(regs_of(&w, 0).efer & XENPT_EFER_LMA);
    touch(&w, 0, 0x1000, XENPT_READ);
    assert_int_equal(entry_at(&w, GUEST, 0x1000, 1) & ADDR, frame_of(&w, 1));
    assert_int_equal(linear(&w), context(&w, GUEST)->paging.root);
    assert_int_equal(xenpt_machine_shadow_stats(w.machine, 0).monitors, 2);
    /* The roots of before are kept, in case that they are loaded again. */
    while (xenpt_machine_shadow(w.machine, 0, n, &one)) {
        if (!strcmp(one.type, "l2-pae"))
            assert_true(one.pinned);
        n++;
    }
    assert_true(n > 6);
    end(&w);
}

static void test_registers_refused(void **state)
{
    static const struct {
        uint64_t cr0, cr4, efer; /* Turned round. */
        const char *says;
    } rows[] = {
        { 0, 0, XENPT_EFER_LME, "EFER.LME is not changed" },
        { XENPT_CR0_PE, 0, 0, "CR0.PG without CR0.PE" },
        { XENPT_CR0_NW, 0, 0, "CR0.NW" },
        { 0, XENPT_CR4_PAE, 0, "long mode without CR4.PAE" },
        { 0, XENPT_CR4_LA57, 0, "" },
        { 0, XENPT_CR4_PCIDE, 0, "" }, /* No guest under shadow paging has it. */
        { 0, XENPT_CR4_PKE, 0, "" },
    };
    struct xenpt_guest_done done;
    struct world w;

    (void)state;
    build(&w, HOST("genoa") XEN("4.17", "") ALONE);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct xenpt_regs regs = regs_of(&w, 0), before = regs;

        regs.cr0 ^= rows[i].cr0;
        regs.cr4 ^= rows[i].cr4;
        regs.efer ^= rows[i].efer;
        done = load(&w, 0, regs);
        if (done.outcome != XENPT_GUEST_FAULT || done.fault.kind != XENPT_FAULT_GP ||
            !done.reason[0] || !strstr(done.reason, rows[i].says))
            fail_msg("row %zu: %u %s", i, done.outcome, done.reason);
        regs = regs_of(&w, 0);
        assert_memory_equal(&regs, &before, sizeof(regs));
    }
    end(&w);
}

/* --- Shadows as such ----------------------------------------------------------------------- */

/* What leads to a shadow keeps it; what nothing leads to is given up, with all below. */
static void test_references(void **state)
{
    struct xenpt_shadow_stats stats;
    struct xenpt_shadow one;
    struct xenpt_regs regs;
    struct world w;
    uint64_t tables;

    (void)state;
    build(&w, HOST("rome") XEN(
                  "4.17",
                  "") "domains: { d0: { type: hvm, memory: 64M, vcpus: 2, paging: shadow } }\n");
    assert_int_equal(xenpt_machine_shadow_stats(w.machine, 0).made, 5);
    tables = xenpt_machine_stats(w.machine).tables;
    assert_true(xenpt_machine_shadow(w.machine, 0, 0, &one));
    assert_string_equal(one.type, "l4-64");
    assert_int_equal(one.of, frame_of(&w, 0x10));
    assert_int_equal(one.refs, 3); /* Two vCPUs and a pin. */
    assert_int_equal(context(&w, "d0.v1.guest")->paging.root, one.page[0]);
    put(&w, 0x12000, 0); /* The first 2 MiB are gone, with the tables in them. */
    stats = xenpt_machine_shadow_stats(w.machine, 0);
    assert_int_equal(stats.freed, 1);
    assert_int_equal(xenpt_machine_stats(w.machine).tables, tables - 1);
    /* NX means nothing until EFER.NXE is set: all entries are made anew. */
    regs = regs_of(&w, 0);
    regs.efer |= XENPT_EFER_NXE;
    load(&w, 0, regs);
    stats = xenpt_machine_shadow_stats(w.machine, 0);
    assert_int_equal(stats.made - stats.freed, 1);
    assert_int_equal(entry_at(&w, GUEST, 0x205000, 4), 0);
    touch(&w, 1, 0x205000, XENPT_READ);
    assert_int_not_equal(entry_at(&w, GUEST, 0x205000, 1), 0);
    end(&w);
}

/* A device model answers: an entry with reserved bits has the frame; where there are none, none. */
static void test_device(void **state)
{
    struct world w;

    (void)state;
    build(&w, HOST("rome") XEN("4.17", "") ALONE);
    poke(&w, 0x13000 + 8 * 0x90, 0xf1234000 | P | RW | A | D, 8);
    assert_int_equal(touch(&w, 0, 0x90000, XENPT_READ).outcome, XENPT_GUEST_DEVICE);
    assert_int_equal(entry_at(&w, GUEST, 0x90000, 1), UINT64_C(0xfffffff000000003) | 0xf1234 << 4);
    assert_int_equal(touch(&w, 0, 0x90000, XENPT_WRITE).outcome, XENPT_GUEST_DEVICE);
    end(&w);
    build(&w, HOST("genoa") XEN("4.17", "") ALONE);
    poke(&w, 0x13000 + 8 * 0x90, 0xf1234000 | P | RW | A | D, 8);
    assert_int_equal(touch(&w, 0, 0x90000, XENPT_READ).outcome, XENPT_GUEST_DEVICE);
    assert_int_equal(entry_at(&w, GUEST, 0x90000, 1), 0);
    end(&w);
}

/* --- Why an entry is as it is -------------------------------------------------------------- */

static const char *why(const struct world *w, uint64_t va, unsigned int level)
{
    struct xenpt_entry_question q = { .context = context(w, GUEST), .level = level, .in = va };
    struct xenpt_entry_explanation x;
    struct xenpt_walk walk;

    xenpt_walk(&q.context->paging, w->view->mem, va, &walk);
    for (unsigned int i = 0; i < walk.nr_steps; i++)
        if (walk.step[i].level == level)
            q.entry = walk.step[i].entry;
    if (!w->view->explainer->entry(w->view->explainer, &q, &x))
        return "nothing";
    assert_string_equal(x.owner, "d0");
    assert_string_equal(x.area, "shadow");
    assert_int_equal(x.entry, q.entry);
    return x.rule->name;
}

static void test_why(void **state)
{
    struct world w;

    (void)state;
    build(&w, HOST("rome") XEN("4.17", "") ALONE);
    assert_string_equal(why(&w, 0x20000, 4), "shadow-table");
    assert_string_equal(why(&w, 0x20000, 1), "shadow-page");
    assert_string_equal(why(&w, 0x13000, 1), "shadow-protected");
    assert_string_equal(why(&w, 0x30000, 1), "shadow-clean");
    assert_string_equal(why(&w, 0x31000, 1), "shadow-unused");
    assert_string_equal(why(&w, 0x205000, 1), "shadow-piece");
    assert_string_equal(why(&w, 0x600000, 2), "shadow-absent");
    assert_string_equal(why(&w, UINT64_C(0x8000000000), 4), "shadow-absent");
    put(&w, 0x13000 + 8 * 0x80, 0);
    assert_string_equal(why(&w, 0x13000, 1), "shadow-open");
    assert_string_equal(why(&w, 0x80000, 1), "shadow-stale");
    load(&w, 0, regs_of(&w, 0));
    assert_string_equal(why(&w, 0x80000, 1), "shadow-absent");
    assert_int_equal(xenpt_machine_p2m_set_type(w.machine, 0, 0x85, "ram_ro", NULL), XENPT_OK);
    assert_string_equal(why(&w, 0x85000, 1), "shadow-later");
    touch(&w, 0, 0x85000, XENPT_READ);
    assert_string_equal(why(&w, 0x85000, 1), "shadow-read-only");
    poke(&w, 0x13000 + 8 * 0x90, 0xf1234000 | P | RW | A | D, 8);
    touch(&w, 0, 0x90000, XENPT_READ);
    assert_string_equal(why(&w, 0x90000, 1), "shadow-device");
    assert_int_equal(xenpt_machine_log_dirty(w.machine, 0, XENPT_LOG_ENABLE, NULL), XENPT_OK);
    touch(&w, 0, 0x20000, XENPT_READ);
    assert_string_equal(why(&w, 0x20000, 1), "shadow-log");
    end(&w);
    build(&w,
          HOST("rome") XEN(
              "4.17",
              "") "domains: { d0: { type: hvm, memory: 64M, paging: shadow, mode: 2level } }\n");
    assert_string_equal(why(&w, 0x20000, 3), "shadow-root");
    assert_string_equal(why(&w, 0x13000, 1), "shadow-protected");
    assert_string_equal(why(&w, 0x405000, 1), "shadow-piece");
    end(&w);
}

/* --- Under HAP ----------------------------------------------------------------------------- */

/* The same calls: the processor sets A and D, and nothing faults. */
static void test_hap(void **state)
{
    struct xenpt_guest_done done;
    struct world w;

    (void)state;
    build(&w, HOST("rome") XEN("4.17", "") "domains: { d0: { type: pvh, memory: 64M } }\n");
    done = touch(&w, 0, 0x31000, XENPT_WRITE);
    assert_int_equal(done.outcome, XENPT_GUEST_DONE);
    assert_int_equal(done.exits, 0);
    assert_int_equal(done.maddr, frame_of(&w, 0x31));
    assert_int_equal(guest_word(&w, 0x13000 + 8 * 0x31) & (A | D), A | D);
    put(&w, 0x12008, 0);
    assert_int_equal(touch(&w, 0, 0x205000, XENPT_READ).outcome, XENPT_GUEST_FAULT);
    assert_int_equal(touch(&w, 0, 0x205000, XENPT_READ).exits, 0);
    assert_false(xenpt_machine_shadow(w.machine, 0, 0, &(struct xenpt_shadow){ 0 }));
    end(&w);
}

/* --- What cannot be ------------------------------------------------------------------------ */

static void test_refused(void **state)
{
    struct xenpt_guest_done done;
    struct xenpt_error err = { 0 };
    struct xenpt_regs regs;
    struct world w;

    (void)state;
    build(&w, HOST("rome") XEN("4.17", "") ALONE "  \n");
    assert_int_equal(xenpt_machine_guest_write(w.machine, 0, 0, 0x1000, 0, 2, NULL, &done, &err),
                     XENPT_ERANGE);
    assert_int_equal(xenpt_machine_guest_write(w.machine, 0, 0, 0x1004, 0, 8, NULL, &done, &err),
                     XENPT_ERANGE);
    assert_int_equal(xenpt_machine_guest_write(w.machine, 0, 1, 0x1000, 0, 8, NULL, &done, &err),
                     XENPT_ERANGE);
    regs = regs_of(&w, 0);
    regs.cr3 = 0xfffff000;
    assert_int_equal(xenpt_machine_load(w.machine, 0, 0, &regs, &done, &err), XENPT_ESTATE);
    end(&w);
    build(&w, HOST("rome") XEN("4.17", "") "domains: { d0: { type: pv64, memory: 64M } }\n");
    assert_false(xenpt_machine_guest_regs(w.machine, 0, 0, &regs));
    assert_int_equal(xenpt_machine_load(w.machine, 0, 0, &regs, &done, &err), XENPT_ESTATE);
    assert_non_null(strstr(err.text, "hypercalls"));
    end(&w);
}

/* Whichever allocation is the first that fails, it is said, and nothing leaks. */
static void test_no_memory(void **state)
{
    struct xenpt_access write = { .kind = XENPT_WRITE };
    enum xenpt_code code = XENPT_OK;

    (void)state;
    for (unsigned long n = 0; n < 4000; n++) {
        struct xenpt_machine_snapshot *snap;
        struct xenpt_guest_done done;
        struct xenpt_regs regs;
        struct world w;

        build(&w, HOST("rome") XEN("4.17", "") ALONE);
        regs = regs_of(&w, 0);
        regs.efer |= XENPT_EFER_NXE;
        fail_alloc_after(n);
        code = xenpt_machine_touch(w.machine, 0, 0, 0x2000000, &write, &done, NULL);
        if (!code)
            code = xenpt_machine_snapshot_take(w.machine, &snap, NULL);
        if (!code)
            code = xenpt_machine_load(w.machine, 0, 0, &regs, &done, NULL);
        for (uint64_t va = 0x13000; !code && va < 0x15000; va += 0x1000)
            code = xenpt_machine_touch(w.machine, 0, 0, va, &write, &done, NULL);
        if (!fail_alloc_stop()) {
            end(&w);
            break;
        }
        assert_int_equal(code, XENPT_ENOMEM);
        end(&w);
    }
    assert_int_equal(code, XENPT_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_captures),
        cmocka_unit_test(test_a_and_d),
        cmocka_unit_test(test_upper_tables),
        cmocka_unit_test(test_new_table),
        cmocka_unit_test(test_out_of_sync),
        cmocka_unit_test(test_in_sync),
        cmocka_unit_test(test_no_wp),
        cmocka_unit_test(test_modes),
        cmocka_unit_test(test_registers_refused),
        cmocka_unit_test(test_references),
        cmocka_unit_test(test_device),
        cmocka_unit_test(test_hap),
        cmocka_unit_test(test_why),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_no_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
