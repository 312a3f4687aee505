/* test_shadow_modes.c - an HVM guest loads registers: how it pages, and the shadows of that. */
#include <stdio.h>

#include "guest_fixture.h"
#define ALONE "domains: { d0: { type: hvm, memory: 64M, paging: shadow } }\n"

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
    touch(&w, 0x3000000, XENPT_WRITE);
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
    touch(&w, 0x205000, XENPT_READ);
    assert_int_equal(entry_at(&w, GUEST, 0x205000, 1), frame_of(&w, 0x300) | P | RW | A);
    touch(&w, 0x55000, XENPT_READ);
    assert_int_equal(entry_at(&w, GUEST, 0x55000, 1), frame_of(&w, 0x55) | P | RW | A);
    touch(&w, 0x7ff000, XENPT_WRITE);
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
    touch(&w, 0x1000, XENPT_READ);
    assert_int_equal(entry_at(&w, GUEST, 0x1000, 1) & ADDR, frame_of(&w, 1));
    /* Another PDPTE is not known until CR3 is loaded. */
    poke(&w, 0x20028, P | 0x21000, 8);
    assert_int_equal(touch(&w, 0x40001000, XENPT_READ).outcome, XENPT_GUEST_FAULT);
    load(&w, 0, regs);
    touch(&w, 0x40001000, XENPT_READ);
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
    touch(&w, 0x1000, XENPT_READ);
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

/* --- PDPTEs -------------------------------------------------------------------------------- */

/* Those of PAE are the processor's from when CR3 is loaded; with nested paging they are not. */
static void test_pdptes(void **state)
{
    static const struct {
        const char *processor, *paging;
        bool kept;
    } rows[] = { { "rome", "shadow", true },
                 { "rome", "usual", false },
                 { "haswell", "usual", true } };
    char text[256];

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct xenpt_guest_done done;
        struct xenpt_regs regs;
        struct world w;

        snprintf(text, sizeof(text),
                 "host: { ram: 4G, processor: %s }\nxen: { release: \"4.17\" }\n"
                 "domains: { d0: { type: hvm, memory: 64M, paging: %s, mode: pae } }\n",
                 rows[i].processor, rows[i].paging);
        build(&w, text);
        assert_int_equal(touch(&w, 0x20000, XENPT_READ).maddr, frame_of(&w, 0x20));
        poke(&w, 0x10000, 0, 8);
        assert_int_equal(touch(&w, 0x21000, XENPT_READ).outcome,
                         rows[i].kept ? XENPT_GUEST_DONE : XENPT_GUEST_FAULT);
        regs = regs_of(&w, 0);
        load(&w, 0, regs);
        assert_int_equal(touch(&w, 0x22000, XENPT_READ).outcome, XENPT_GUEST_FAULT);
        /* RW is reserved there; SDM vol. 3, "PDPTE Registers". */
        poke(&w, 0x10000, 0x12000 | P | RW, 8);
        done = load(&w, 0, regs);
        assert_int_equal(done.outcome, XENPT_GUEST_FAULT);
        assert_non_null(strstr(done.reason, "PDPTE"));
        poke(&w, 0x10000, 0x12000 | P, 8);
        load(&w, 0, regs);
        assert_int_equal(touch(&w, 0x20000, XENPT_READ).outcome, XENPT_GUEST_DONE);
        end(&w);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_modes),
        cmocka_unit_test(test_registers_refused),
        cmocka_unit_test(test_pdptes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
