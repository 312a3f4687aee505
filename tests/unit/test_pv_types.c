/* test_pv_types.c - what Xen knows of frames: how it begins, and how hypercalls change it. */
#include "pv_fixture.h"

#include "xen/internal.h"

static struct pv_world p;

static void setup(const char *text)
{
    pv_begin(&p, text);
}

#define USUAL PV_HOST PV_XEN("4.17") PV_DOMAINS

/* --- How counts begin ---------------------------------------------------------------------- */

static void test_begins(void **state)
{
    static const char *const machines[] = {
        USUAL,
        PV_HOST PV_XEN("4.2") PV_DOMAINS,
        PV_HOST PV_XEN("4.22") PV_DOMAINS,
        PV_HOST "xen: { release: \"4.12\", pv32: yes, options: pcid=off }\n" PV_DOMAINS,
        "host: { ram: 2G, cpus: 1, processor: rome }\n" PV_XEN(
            "4.17") "domains:\n"
                    "  d0: { type: pv32, memory: 64M, vcpus: 2, privileged: yes, ldt: yes }\n",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(machines) / sizeof(machines[0]); i++) {
        setup(machines[i]);
        counts_hold(&p);
        pv_finish(&p);
    }
}

/* A root of d1: pinned, on one vCPU; a general reference more than that for its memory. */
static void test_of_builder(void **state)
{
    const struct domain *d;
    struct xenpt_frame f;
    uint64_t l1;

    (void)state;
    setup(USUAL);
    d = &p.w.machine->domains[1];
    f = frame_is(&p, d->vcpus[0].kernel_l4 >> 12);
    assert_int_equal(f.type, XENPT_FRAME_L4);
    assert_true(f.pinned && f.validated);
    assert_int_equal(f.type_count, 2);
    /* Its memory, pin, CR3; the kernel's own mapping of it, which is read-only. */
    assert_int_equal(f.count, 4);
    assert_int_equal(f.linear, 0);
    /* The process's L3 is in each of four roots. */
    f = frame_is(&p, mem(&p, d->vcpus[0].user_l4) >> 12 & 0xfffffffff);
    assert_int_equal(f.type, XENPT_FRAME_L3);
    assert_int_equal(f.type_count, 4);
    assert_false(f.pinned);
    /* The page after the GDT's is the LDT's; both vCPUs have it. */
    f = frame_is(&p, d->gdt >> 12);
    assert_int_equal(f.type, XENPT_FRAME_SEG_DESC);
    assert_int_equal(f.type_count, 2);
    f = frame_is(&p, d->ldt >> 12);
    assert_int_equal(f.type_count, 2);
    /* A page of the kernel's. */
    f = frame_is(&p, mfn_of(&p, 1, 5));
    assert_int_equal(f.type, XENPT_FRAME_WRITABLE);
    assert_int_equal(f.type_count, 1);
    assert_int_equal(f.count, 2);
    /* One that nothing leads to. */
    f = frame_is(&p, mfn_of(&p, 1, d->nr_frames - 1));
    assert_int_equal(f.type, XENPT_FRAME_NONE);
    assert_int_equal(f.count, 1);
    /* The last L2 of a 32-bit guest. */
    l1 = mem(&p, p.w.machine->domains[2].vcpus[0].l3 + 24) >> 12 & 0xfffffffff;
    f = frame_is(&p, l1);
    assert_true(f.pae_xen_l2);
    assert_int_equal(f.type_count, 1);
    pv_finish(&p);
}

/* --- A guest builds tables, pins them, and takes them apart -------------------------------- */

#define TABLE UINT64_C(0x67)
#define PAGE  UINT64_C(0x63)

static void test_pin(void **state)
{
    uint64_t l1, l2, l3, l4, page;
    struct xenpt_frame f;

    (void)state;
    setup(USUAL);
    l1 = fresh(&p, 1);
    l2 = fresh(&p, 1);
    l3 = fresh(&p, 1);
    l4 = fresh(&p, 1);
    page = fresh(&p, 1);
    /* While they are no tables they are written freely. */
    assert_string_equal(mmu(&p, 1, l1 << 12 | 0, page << 12 | PAGE, 0x7ff0), "ok");
    assert_string_equal(mmu(&p, 1, l2 << 12 | 8, l1 << 12 | TABLE, 0x7ff0), "ok");
    assert_string_equal(mmu(&p, 1, l3 << 12 | 16, l2 << 12 | TABLE, 0x7ff0), "ok");
    assert_string_equal(mmu(&p, 1, l4 << 12 | 24, l3 << 12 | TABLE, 0x7ff0), "ok");
    assert_int_equal(mem(&p, l1 << 12), page << 12 | PAGE);
    assert_string_equal(ext(&p, 1, XENPT_PV_PIN_L4, l4, 0, 0x7ff0), "ok");
    counts_hold(&p);
    /* The page is the kernel's, as it has no US; and writable. */
    assert_int_equal(mem(&p, l1 << 12), page << 12 | PAGE | 4 | UINT64_C(1) << 52);
    f = frame_is(&p, page);
    assert_int_equal(f.type, XENPT_FRAME_WRITABLE);
    assert_int_equal(f.count, 2);
    /* Xen's slots are there, but M2P is not: it is no kernel's root yet. */
    assert_int_equal(mem(&p, (l4 << 12) + 8 * 256), 0);
    assert_int_equal(mem(&p, (l4 << 12) + 8 * 258) >> 12 & 0xfffffffff, l4);
    assert_string_equal(ext(&p, 1, XENPT_PV_PIN_L4, l4, 0, 0x7ff0), "EINVAL");
    assert_string_equal(pv_rule(&p), "pin-twice");
    assert_string_equal(ext(&p, 1, XENPT_PV_NEW_BASE, l4, 0, 0x7ff0), "ok");
    assert_int_not_equal(mem(&p, (l4 << 12) + 8 * 256), 0);
    counts_hold(&p);
    f = frame_is(&p, l4);
    assert_int_equal(f.type_count, 2);
    assert_string_equal(ext(&p, 1, XENPT_PV_UNPIN, l4, 0, 0x7ff0), "ok");
    assert_string_equal(ext(&p, 1, XENPT_PV_UNPIN, l4, 0, 0x7ff0), "EINVAL");
    counts_hold(&p);
    pv_finish(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_begins),
        cmocka_unit_test(test_of_builder),
        cmocka_unit_test(test_pin),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
