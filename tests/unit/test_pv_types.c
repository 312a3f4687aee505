/* test_pv_types.c - what Xen knows of frames: how it begins, and how hypercalls change it. */
#include "pv_fixture.h"

#include "fail_alloc.h"
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

/* --- Through it all ------------------------------------------------------------------------ */

#define SELF XENPT_DOMID_SELF

/* Several requests: those before the one that is refused stay. */
static void test_several(void **state)
{
    struct xenpt_pv_caller c = { .domain = 1 };
    struct xenpt_pv_mmu_update req[4];
    struct xenpt_pv_result r;
    uint64_t l1, page;

    (void)state;
    setup(USUAL);
    l1 = fresh(&p, 1);
    page = fresh(&p, 1);
    assert_string_equal(ext(&p, 1, XENPT_PV_PIN_L1, l1, 0, SELF), "ok");
    for (unsigned int i = 0; i < 4; i++)
        req[i] = (struct xenpt_pv_mmu_update){ l1 << 12 | 8 * i, page << 12 | PAGE };
    req[2].val = l1 << 12 | PAGE;
    assert_int_equal(xenpt_pv_mmu_update(p.w.machine, &c, req, 4, SELF, &r, NULL), XENPT_OK);
    assert_string_equal(r.name, "EBUSY");
    assert_int_equal(r.error, 16);
    assert_int_equal(r.done, 2);
    assert_int_equal(r.frame, l1);
    assert_int_equal(r.slot, 2);
    assert_int_equal(frame_is(&p, page).type_count, 2);
    assert_int_equal(mem(&p, l1 << 12 | 24), 0);
    counts_hold(&p);
    pv_finish(&p);
}

/* A machine that is what it was has the counts that it had. */
static void test_snapshot(void **state)
{
    struct xenpt_machine_snapshot *snap;
    uint64_t before, l1;

    (void)state;
    setup(USUAL);
    l1 = fresh(&p, 1);
    assert_string_equal(ext(&p, 1, XENPT_PV_PIN_L1, l1, 0, SELF), "ok");
    before = pv_fingerprint(&p);
    assert_int_equal(xenpt_machine_snapshot_take(p.w.machine, &snap, NULL), XENPT_OK);
    for (int i = 0; i < 2; i++) {
        assert_string_equal(ext(&p, 1, XENPT_PV_UNPIN, l1, 0, SELF), "ok");
        assert_string_equal(ext(&p, 1, XENPT_PV_PIN_L2, l1, 0, SELF), "ok");
        assert_int_not_equal(pv_fingerprint(&p), before);
        assert_int_equal(xenpt_machine_snapshot_restore(snap, NULL), XENPT_OK);
        assert_int_equal(pv_fingerprint(&p), before);
        counts_hold(&p);
    }
    pv_finish(&p);
}

/* What is known of a domain's frames goes with it, and so does what it referred to. */
static void test_destroyed(void **state)
{
    uint64_t l1, page;

    (void)state;
    setup(USUAL);
    l1 = fresh(&p, 0);
    page = fresh(&p, 1);
    assert_string_equal(ext(&p, 0, XENPT_PV_PIN_L1, l1, 0, SELF), "ok");
    assert_string_equal(mmu(&p, 0, l1 << 12, page << 12 | PAGE, 1), "ok");
    assert_int_equal(frame_is(&p, page).count, 2);
    assert_string_equal(ext(&p, 1, XENPT_PV_PIN_L1, page, 0, SELF), "EINVAL");
    assert_int_equal(xenpt_machine_domain_destroy(p.w.machine, 0, NULL), XENPT_OK);
    assert_int_equal(frame_is(&p, page).count, 1);
    assert_int_equal(frame_is(&p, l1).count, 0);
    assert_string_equal(ext(&p, 1, XENPT_PV_PIN_L1, page, 0, SELF), "ok");
    counts_hold(&p);
    pv_finish(&p);
}

/* A vCPU without a table for user mode does not go there. */
static void test_no_user_base(void **state)
{
    struct xenpt_error err = { 0 };

    (void)state;
    setup(USUAL);
    assert_string_equal(ext(&p, 1, XENPT_PV_NEW_USER_BASE, 0, 0, SELF), "ok");
    counts_hold(&p);
    assert_int_equal(xenpt_machine_run(p.w.machine, 1, 0, 1, XENPT_RUN_USER, &err), XENPT_ESTATE);
    assert_non_null(strstr(err.text, "no table"));
    assert_int_equal(xenpt_machine_run(p.w.machine, 1, 0, 1, XENPT_RUN_KERNEL, &err), XENPT_OK);
    assert_int_equal(xenpt_machine_view(p.w.machine, &p.w.view, &err), XENPT_OK);
    pv_finish(&p);
}

/* Who cannot make a hypercall. */
static void test_callers(void **state)
{
    static const struct {
        uint32_t domain, vcpu;
        enum xenpt_code code;
    } rows[] = { { 9, 0, XENPT_ERANGE },
                 { 1, 7, XENPT_ERANGE },
                 { 3, 0, XENPT_ESTATE },
                 { 1, 0, XENPT_ESTATE } };
    struct xenpt_pv_mmuext op = { XENPT_PV_TLB_LOCAL, 0, 0 };
    struct xenpt_pv_result r;

    (void)state;
    setup(USUAL);
    assert_int_equal(xenpt_machine_run(p.w.machine, 1, 0, 1, XENPT_RUN_USER, NULL), XENPT_OK);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct xenpt_pv_caller c = { .domain = rows[i].domain, .vcpu = rows[i].vcpu };

        assert_int_equal(xenpt_pv_mmuext(p.w.machine, &c, &op, 1, SELF, &r, NULL), rows[i].code);
    }
    pv_finish(&p);
}

/* What M2P says of a frame, and of its neighbours. */
static void test_m2p(void **state)
{
    const struct xenpt_machine *m;
    struct domain *d;
    uint64_t frame, first = 0;

    (void)state;
    setup(USUAL);
    m = p.w.machine;
    d = &p.w.machine->domains[1];
    frame = domain_frame(d, 7);
    for (size_t i = 0; i < m->contents.lists->nr_pieces && !first; i++) {
        const struct piece *piece = &m->contents.lists->pieces[i];

        if (!piece->nr && piece->entry_size == 8 && piece->frame <= frame &&
            frame - piece->frame < piece->size / 8)
            first = piece->maddr - 8 * piece->frame;
    }
    assert_string_equal(mmu(&p, 1, frame << 12 | XENPT_PV_MMU_M2P, 0x1234, SELF), "ok");
    assert_string_equal(mmu(&p, 1, domain_frame(d, 8) << 12 | XENPT_PV_MMU_M2P, 0x99, SELF), "ok");
    assert_string_equal(mmu(&p, 1, frame << 12 | XENPT_PV_MMU_M2P, 0x4321, SELF), "ok");
    for (uint64_t pfn = 5; pfn < 11; pfn++) {
        uint64_t word = 0;

        assert_true(
            xenpt_read(xenpt_store_reader(m->store), first + 8 * domain_frame(d, pfn), &word, 8));
        assert_int_equal(word, pfn == 7 ? 0x4321 : pfn == 8 ? 0x99 : pfn);
    }
    pv_finish(&p);
}

/* Each allocation fails once: nothing has changed then. */
static void test_no_memory(void **state)
{
    uint64_t frame[5], before;

    (void)state;
    setup(USUAL);
    for (int i = 0; i < 5; i++)
        frame[i] = fresh(&p, 1);
    for (int i = 0; i < 4; i++)
        assert_string_equal(
            mmu(&p, 1, frame[i] << 12, frame[i + 1] << 12 | (i == 3 ? PAGE : TABLE), SELF), "ok");
    before = pv_fingerprint(&p);
    for (unsigned long n = 0;; n++) {
        struct xenpt_pv_caller c = { .domain = 1 };
        struct xenpt_pv_mmuext op = { XENPT_PV_PIN_L4, frame[0], 0 };
        struct xenpt_pv_result r;
        enum xenpt_code code;

        fail_alloc_after(n);
        code = xenpt_pv_mmuext(p.w.machine, &c, &op, 1, SELF, &r, NULL);
        if (!fail_alloc_stop()) {
            assert_int_equal(code, XENPT_OK);
            assert_string_equal(r.name, "ok");
            break;
        }
        assert_int_equal(code, XENPT_ENOMEM);
        assert_int_equal(pv_fingerprint(&p), before);
    }
    counts_hold(&p);
    pv_finish(&p);
}

/* The same while counts begin. */
static void test_no_memory_at_first(void **state)
{
    (void)state;
    setup(USUAL);
    for (unsigned long n = 0;; n++) {
        struct xenpt_frame f;
        enum xenpt_code code;

        fail_alloc_after(n);
        code = xenpt_pv_frame(p.w.machine, 5, &f, NULL);
        if (!fail_alloc_stop()) {
            assert_int_equal(code, XENPT_OK);
            break;
        }
        assert_int_equal(code, XENPT_ENOMEM);
    }
    counts_hold(&p);
    pv_finish(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_begins),
        cmocka_unit_test(test_of_builder),
        cmocka_unit_test(test_pin),
        cmocka_unit_test(test_several),
        cmocka_unit_test(test_snapshot),
        cmocka_unit_test(test_destroyed),
        cmocka_unit_test(test_no_user_base),
        cmocka_unit_test(test_callers),
        cmocka_unit_test(test_m2p),
        cmocka_unit_test(test_no_memory),
        cmocka_unit_test(test_no_memory_at_first),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
