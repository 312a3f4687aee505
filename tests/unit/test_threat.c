/*
 * test_threat.c - what parties reach by what they may do next, as Xen's checks have it, and the
 * shortest ways there.  What is expected is read in the sources that the rows of moves name.
 */
#include "fail_alloc.h"
#include "threat_fixture.h"

#include <stdio.h>

#include "pv/op.h"

static const struct xenpt_threat_options stock, strict = { .iommu = XENPT_DMA_STRICT },
                                                none = { .iommu = XENPT_DMA_NONE },
                                                restricted = { .qemu = XENPT_QEMU_RESTRICTED };
static const char *const no_set_context[] = { "set-context" };
static const char *const no_foreign[] = { "set-context", "foreign-map" };
static const struct xenpt_threat_options without_context = { .iommu = XENPT_DMA_STRICT,
                                                             .without = no_set_context,
                                                             .nr_without = 1 };
static const struct xenpt_threat_options without_foreign = { .iommu = XENPT_DMA_STRICT,
                                                             .without = no_foreign,
                                                             .nr_without = 2 };

/* --- Reach --------------------------------------------------------------------------------- */

struct row {
    const char *claim, *who;
    const struct xenpt_threat_options *opt;
    enum place where;
    const char *rights; /* rwxet: t is retype. */
    const char *way;    /* To the first of them. */
};

/* clang-format off */
static const struct row rows[] = {
    /* A PV guest's kernel. */
    { "its own page", "d1", &stock, AT_D1, "rwx--", "map-own" },
    { "a table of its own: read-only while it is one", "d1", &stock, AT_D1_L4, "r-xet", "mapped" },
    { "what Xen shares with it", "d1", &stock, AT_SHARED, "rwx--", "map-own" },
    { "nothing of another guest's", "d1", &stock, AT_D2, "-----", "" },
    { "nothing of dom0's", "d1", &stock, AT_D0, "-----", "" },
    { "nothing of Xen's image", "d1", &stock, AT_IMAGE, "-----", "" },
    { "nothing of Xen's heap", "d1", &stock, AT_HEAP, "-----", "" },
    { "M2P, which Xen has put into its root", "d1", &stock, AT_M2P, "r----", "mapped" },
    { "no device", "d1", &stock, AT_MMIO, "-----", "" },
    { "no configuration space", "d1", &stock, AT_MMCFG, "-----", "" },
    { "what is nobody's, as it may have a MiB more", "d1", &stock, AT_FREE, "rwx--", "populate" },
    { "a 32-bit guest's own page", "d2", &stock, AT_D2, "rwx--", "map-own" },
    { "a 32-bit guest's own root", "d2", &stock, AT_D2_L3, "r-xet", "mapped" },
    /* User code. */
    { "nothing that is not mapped for it", "d1.user", &stock, AT_D1, "-----", "" },
    { "no table", "d1.user", &stock, AT_D1_L4, "-----", "" },
    { "M2P, which an XPTI root has in user mode as well", "d1.user", &stock, AT_M2P, "r----", "mapped" },
    /* Guests with a p2m. */
    { "what its p2m has", "d3", &stock, AT_D3, "rwx--", "own-p2m" },
    { "nothing else", "d3", &stock, AT_D4, "-----", "" },
    { "no M2P", "d3", &stock, AT_M2P, "-----", "" },
    /* dom0's kernel. */
    { "a page of another PV guest's", "dom0", &strict, AT_D1, "rwx--", "foreign-map" },
    { "a table of another: read-only, but it may edit it, and have it be none", "dom0", &strict, AT_D1_L4, "r-xet", "foreign-map" },
    { "an L1 of another likewise", "dom0", &strict, AT_D1_L1, "r-xet", "foreign-map" },
    { "what Xen shares with another", "dom0", &strict, AT_SHARED, "rwx--", "foreign-map" },
    { "a grant table: by itself, and, as it gives d1 a device, as d1", "dom0", &without_foreign, AT_GRANTS, "rwx--", "acquire-resource" },
    { "a page of a PVH guest's, of which no type is taken", "dom0", &strict, AT_D3, "rwxe-", "foreign-map" },
    { "M2P, read-only", "dom0", &strict, AT_M2P, "r-x--", "mapped" },
    { "a device", "dom0", &strict, AT_MMIO, "rwx--", "map-mmio" },
    { "configuration space, without RW", "dom0", &strict, AT_MMCFG, "r-x--", "map-mmio" },
    { "by its devices, all but Xen's image...", "dom0", &stock, AT_HEAP, "rwxet", "drive dma" },
    { "...and then it is Xen", "dom0", &stock, AT_IMAGE, "rwxet", "drive dma overwrite-xen directmap" },
    { "with dom0-iommu=strict, nothing of Xen's", "dom0", &strict, AT_HEAP, "-----", "" },
    { "with dom0-iommu=strict, no table is written", "dom0", &strict, AT_D1_L4, "r-xet", "foreign-map" },
    { "with dom0-iommu=strict, nothing of Xen's image", "dom0", &strict, AT_IMAGE, "-----", "" },
    { "and no user code of its does that", "d0.user", &stock, AT_D1, "-----", "" },
    /* Without moves. */
    { "without set-context, foreign maps are left", "dom0", &without_context, AT_D1, "rwx--", "foreign-map" },
    /* Devices. */
    { "its domain's memory: then its kernel is what it writes", "d1.device", &stock, AT_D1, "rwx--", "dma" },
    { "no table of its domain's", "d1.device", &without_context, AT_D1_L4, "r-xet", "dma overwrite-kernel mapped" },
    { "nobody else's", "d1.device", &stock, AT_D2, "-----", "" },
    { "without an IOMMU, everybody's", "d1.device", &none, AT_D2, "rwxet", "dma" },
    { "without an IOMMU, Xen's image", "d1.device", &none, AT_IMAGE, "rwxet", "dma" },
    { "dom0's, with an IOMMU as Xen sets it up: all RAM but the image", "d0.device", &stock, AT_D2_L3, "rwxet", "dma" },
    { "dom0's, strict", "d0.device", &strict, AT_D0, "rwx--", "dma" },
    /* Device models. */
    { "root in dom0 with all hypercalls", "d4.qemu", &strict, AT_D1, "rwx--", "privcmd foreign-map" },
    { "restricted: its guest", "d4.qemu", &restricted, AT_D4, "rwx--", "device-model" },
    { "restricted: nobody else", "d4.qemu", &restricted, AT_D3, "-----", "" },
    { "restricted: nothing of dom0's", "d4.qemu", &restricted, AT_D0, "-----", "" },
    /* Xen. */
    { "its image", "xen", &stock, AT_IMAGE, "rwxet", "directmap" },
    { "a guest's table", "xen", &stock, AT_D1_L4, "rwxet", "directmap" },
    { "a guest's memory", "xen", &stock, AT_D4, "rwxet", "directmap" },
    { "what is no RAM", "xen", &stock, AT_MMIO, "rwxet", "xen-map" },
};
/* clang-format on */

static void test_rows(void **state)
{
    (void)state;
    pv_begin(&p, THREAT_MACHINE);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct row *r = &rows[i];
        const struct xenpt_threat *t = threat_of(r->who, r->opt);
        uint64_t frame = place(r->where);
        const char *rights = reach_of(t, frame);
        size_t first = strspn(rights, "-");

        if (strcmp(rights, r->rights) != 0)
            fail_msg("%s: %s: %s, and not %s", r->who, r->claim, rights, r->rights);
        if (first < XENPT_NR_THREAT_RIGHTS &&
            strcmp(way_of(t, frame, (enum xenpt_threat_right)first), r->way) != 0)
            fail_msg("%s: %s: by %s, and not %s", r->who, r->claim,
                     way_of(t, frame, (enum xenpt_threat_right)first), r->way);
    }
    threat_end();
    pv_finish(&p);
}

/* --- A PVH dom0 ---------------------------------------------------------------------------- */

/* p2m_add_foreign takes no type: a table of a PV guest's can be written, and then all is. */
static void test_pvh_dom0(void **state)
{
    const struct xenpt_threat *t;

    (void)state;
    pv_begin(&p, PV_HOST "xen: { release: \"4.17\", options: dom0=pvh, livepatch: no, kexec: no }\n"
                         "domains:\n"
                         "  d0: { type: pvh, memory: 16M, privileged: yes }\n"
                         "  d1: { type: pv64, memory: 16M }\n"
                         "running: { cpu1: d1.v0.kernel }\n");
    t = threat_of("dom0", &strict);
    assert_string_equal(way_of(t, place(AT_D1_L4), XENPT_THREAT_WRITE), "foreign-p2m");
    assert_string_equal(way_of(t, place(AT_D1), XENPT_THREAT_EXECUTE), "set-context map-own");
    assert_string_equal(way_of(t, place(AT_IMAGE), XENPT_THREAT_READ),
                        "foreign-p2m set-context write-entries unchecked-entry");
    t = threat_of("dom0", &(struct xenpt_threat_options){
                              .without = (const char *const[]){ "foreign-p2m" }, .nr_without = 1 });
    reaches(t, place(AT_IMAGE), "-----");
    threat_end();
    pv_finish(&p);
}

/* --- Parties ------------------------------------------------------------------------------- */

static void test_parties(void **state)
{
    const struct xenpt_threat_stub stub = { 1, 4 };
    const struct xenpt_threat_options with_stub = { .stubs = &stub, .nr_stubs = 1 };
    static const char *const no_maps[] = { "directmap", "xen-map" };
    const uint32_t d1 = 1;
    const struct xenpt_threat *t;
    struct xenpt_threat_way way;

    (void)state;
    pv_begin(&p, THREAT_MACHINE);
    t = threat_of("dom0", &strict);
    assert_true(xenpt_threat_becomes(t, (struct xenpt_party){ XENPT_PARTY_KERNEL, 1 }));
    assert_true(xenpt_threat_becomes(t, (struct xenpt_party){ XENPT_PARTY_USER, 1 }));
    assert_true(xenpt_threat_becomes(t, (struct xenpt_party){ XENPT_PARTY_QEMU, 4 }));
    assert_true(xenpt_threat_becomes(t, (struct xenpt_party){ XENPT_PARTY_DEVICE, 2 }));
    assert_false(xenpt_threat_becomes(t, (struct xenpt_party){ .kind = XENPT_PARTY_XEN }));
    assert_true(xenpt_threat_way_to(t, (struct xenpt_party){ XENPT_PARTY_USER, 1 }, &way));
    assert_int_equal(way.nr, 2);
    assert_string_equal(way.step[0].move->name, "set-context");
    assert_string_equal(way.step[1].move->name, "own-user");
    assert_false(xenpt_threat_way_to(t, (struct xenpt_party){ .kind = XENPT_PARTY_XEN }, &way));
    assert_true(xenpt_threat_way_to(t, (struct xenpt_party){ XENPT_PARTY_KERNEL, 0 }, &way));
    assert_int_equal(way.nr, 0);
    /* A guest has a device if that is said. */
    t = threat_of("d1", &strict);
    assert_false(xenpt_threat_becomes(t, (struct xenpt_party){ XENPT_PARTY_DEVICE, 1 }));
    t = threat_of("d1", &(struct xenpt_threat_options){
                            .iommu = XENPT_DMA_NONE, .devices = &d1, .nr_devices = 1 });
    assert_string_equal(way_of(t, place(AT_IMAGE), XENPT_THREAT_READ), "drive dma");
    /* A stub domain is its device model: it has its guest, and nothing of dom0's. */
    t = threat_of("d4.qemu", &with_stub);
    assert_true(xenpt_threat_becomes(t, (struct xenpt_party){ XENPT_PARTY_KERNEL, 1 }));
    assert_false(xenpt_threat_becomes(t, (struct xenpt_party){ XENPT_PARTY_KERNEL, 0 }));
    t = threat_of("d1", &with_stub);
    reaches(t, place(AT_D4), "rwxe-");
    assert_string_equal(way_of(t, place(AT_D4), XENPT_THREAT_READ), "foreign-map");
    reaches(t, place(AT_D3), "-----");
    /* Xen need not write to a guest's memory to say what it executes. */
    t = threat_of("xen", &(struct xenpt_threat_options){ .without = no_maps, .nr_without = 2 });
    assert_true(xenpt_threat_becomes(t, (struct xenpt_party){ XENPT_PARTY_KERNEL, 0 }));
    assert_string_equal(way_of(t, place(AT_D1), XENPT_THREAT_WRITE), "run-anywhere map-own");
    t = threat_of("xen", &stock);
    assert_true(xenpt_threat_becomes(t, (struct xenpt_party){ XENPT_PARTY_KERNEL, 0 }));
    assert_string_equal(way_of(t, place(AT_D1), XENPT_THREAT_WRITE), "directmap");
    threat_end();
    pv_finish(&p);
}

/* --- What is mapped now --------------------------------------------------------------------- */

/* What is mapped in spite of the rules counts as well: here a table, and nobody has checked it. */
static void test_mapped(void **state)
{
    const struct xenpt_context *c;
    const struct xenpt_threat *t;
    struct xenpt_threat_way way;
    struct xenpt_walk walk;
    uint64_t va;

    (void)state;
    pv_begin(&p, THREAT_MACHINE);
    va = va_of(1, 5);
    t = threat_of("d1", &stock);
    assert_true(xenpt_threat_way(t, mfn_of(&p, 1, 5), XENPT_THREAT_WRITE, &way));
    assert_true(way.step[0].has_address && way.step[0].address == va && way.step[0].vcpu == 0);
    assert_false(xenpt_threat_becomes(t, (struct xenpt_party){ XENPT_PARTY_UNCHECKED, 1 }));
    c = context(&p.w, "d1.v0.xen");
    assert_int_equal(xenpt_walk(&c->paging, p.w.view->mem, va, &walk), XENPT_MAPPED);
    assert_int_equal(xenpt_store_write64(p.w.machine->store, walk.step[3].at,
                                         place(AT_D1_L4) << 12 | 0x67 | UINT64_C(1) << 52, NULL),
                     XENPT_OK);
    t = threat_of("d1", &stock);
    assert_string_equal(way_of(t, place(AT_D1_L4), XENPT_THREAT_WRITE), "mapped");
    assert_true(xenpt_threat_becomes(t, (struct xenpt_party){ XENPT_PARTY_UNCHECKED, 1 }));
    assert_string_equal(way_of(t, place(AT_D2), XENPT_THREAT_WRITE),
                        "mapped write-entries unchecked-entry");
    /* And by that, Xen. */
    assert_true(xenpt_threat_way_to(t, (struct xenpt_party){ .kind = XENPT_PARTY_XEN }, &way));
    assert_string_equal(way.step[way.nr - 1].move->name, "overwrite-xen");
    /* Its user code has no such entry, but what its kernel writes is its own as well. */
    t = threat_of("d1.user", &stock);
    reaches(t, place(AT_D1_L4), "-----");
    threat_end();
    pv_finish(&p);
}

/* --- Pieces -------------------------------------------------------------------------------- */

/* All frames are in one piece each, in order, and what a piece says of one holds of all. */
static void test_pieces(void **state)
{
    struct xenpt_threat_piece piece;
    uint64_t next = 0, tables = 0, memory = 0;
    const struct xenpt_threat *t;
    struct domain *owner;

    (void)state;
    pv_begin(&p, THREAT_MACHINE);
    t = threat_of("d1", &stock);
    while (xenpt_threat_piece(t, next, &piece)) {
        uint64_t ends[] = { piece.first, piece.last };

        assert_int_equal(piece.first, next);
        for (size_t i = 0; i < 2; i++) {
            enum pv_owner is;

            is = pv_owner_of(p.w.machine, ends[i], &owner);
            if (piece.what == XENPT_THREAT_MEMORY || piece.what == XENPT_THREAT_TABLES)
                assert_true(is == PV_DOMAIN && owner->id == piece.domain);
            if (piece.what == XENPT_THREAT_M2P)
                assert_int_equal(is, PV_XEN);
            if (piece.what == XENPT_THREAT_MMIO || piece.what == XENPT_THREAT_MMCFG)
                assert_int_equal(is, PV_MMIO);
            if (piece.what == XENPT_THREAT_XEN || piece.what == XENPT_THREAT_FREE ||
                piece.what == XENPT_THREAT_IMAGE)
                assert_true(is == PV_NOBODY);
        }
        if (piece.what == XENPT_THREAT_TABLES && piece.domain == 1)
            for (uint64_t f = piece.first; f <= piece.last; f++, tables++) {
                struct xenpt_frame is = frame_is(&p, f);

                assert_true(is.type_count && is.type == piece.type);
            }
        if (piece.owned && piece.domain == 1 && piece.what != XENPT_THREAT_SHARED)
            memory += piece.last - piece.first + 1;
        next = piece.last + 1;
    }
    /* A Skylake's addresses have 46 bits. */
    assert_int_equal(next, UINT64_C(1) << 34);
    assert_int_equal(memory, p.w.machine->domains[1].nr_frames);
    assert_true(tables >= p.w.machine->domains[1].at.nr_pt);
    threat_end();
    pv_finish(&p);
}

/* --- Mistakes ------------------------------------------------------------------------------ */

static void test_mistakes(void **state)
{
    static const char *const no_such[] = { "fly" };
    const struct xenpt_threat_stub bad_stub = { 1, 3 }, lost_stub = { 1, 9 };
    const uint32_t d9 = 9;
    const struct {
        struct xenpt_party party;
        struct xenpt_threat_options opt;
        enum xenpt_code code;
        const char *text;
    } cases[] = {
        { { XENPT_PARTY_KERNEL, 9 }, stock, XENPT_ERANGE, "there is no domain 9" },
        { { XENPT_PARTY_UNCHECKED, 1 },
          stock,
          XENPT_ERANGE,
          "a party of a kind that there is not" },
        { { XENPT_PARTY_QEMU, 1 }, stock, XENPT_ERANGE, "d1 has no device model" },
        { { XENPT_PARTY_KERNEL, 1 },
          { .devices = &d9, .nr_devices = 1 },
          XENPT_ERANGE,
          "there is no domain 9" },
        { { XENPT_PARTY_KERNEL, 1 },
          { .stubs = &bad_stub, .nr_stubs = 1 },
          XENPT_ERANGE,
          "d3 has no device model" },
        { { XENPT_PARTY_KERNEL, 1 },
          { .stubs = &lost_stub, .nr_stubs = 1 },
          XENPT_ERANGE,
          "there is no domain 9" },
        { { XENPT_PARTY_KERNEL, 1 },
          { .without = no_such, .nr_without = 1 },
          XENPT_EPARSE,
          "there is no move 'fly'" },
        { { XENPT_PARTY_KERNEL, 1 },
          { .iommu = XENPT_NR_THREAT_IOMMU },
          XENPT_ERANGE,
          "options that there are not" },
    };
    struct xenpt_threat *t = NULL;
    struct xenpt_party party;

    (void)state;
    pv_begin(&p, THREAT_MACHINE);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct xenpt_error err = { 0 };

        assert_int_equal(
            xenpt_threat_create(p.w.machine, &cases[i].party, 1, &cases[i].opt, &t, &err),
            cases[i].code);
        assert_string_equal(err.text, cases[i].text);
        assert_null(t);
    }
    for (size_t i = 0; i < 3; i++) {
        static const char *const names[] = { "d7", "d1.unchecked", "xen.kernel" };
        struct xenpt_error err = { 0 };

        assert_int_equal(xenpt_party_parse(p.w.machine, names[i], &party, &err), XENPT_EPARSE);
        assert_non_null(strstr(err.text, "nobody who can be compromised"));
    }
    xenpt_threat_destroy(NULL);
    pv_finish(&p);
}

/* Each allocation fails once: there is no answer then. */
static void test_no_memory(void **state)
{
    const struct xenpt_party dom0 = { XENPT_PARTY_KERNEL, 0 };

    (void)state;
    pv_begin(&p, THREAT_MACHINE);
    offer(1, 8, 3, place(AT_D1), 0);
    for (unsigned long n = 0;; n++) {
        struct xenpt_threat *t = NULL;
        enum xenpt_code code;

        fail_alloc_after(n);
        code = xenpt_threat_create(p.w.machine, &dom0, 1, &stock, &t, NULL);
        if (!fail_alloc_stop()) {
            assert_int_equal(code, XENPT_OK);
            xenpt_threat_destroy(t);
            assert_true(n > 10);
            break;
        }
        assert_int_equal(code, XENPT_ENOMEM);
        assert_null(t);
    }
    pv_finish(&p);
}

/* Each row says what it has to, and its rules are rules. */
static void test_moves(void **state)
{
    size_t nr = 0;

    (void)state;
    for (const struct xenpt_move *m; (m = xenpt_move(nr)) != NULL; nr++) {
        assert_true(m->name && m->who && m->needs && m->gives && m->source);
        assert_ptr_equal(xenpt_move_named(m->name), m);
        for (size_t i = 0; i < 3 && m->rules[i]; i++)
            assert_non_null(xenpt_pv_rule_named(m->rules[i]));
    }
    assert_true(nr > 30 && nr <= XENPT_MOVES_MAX);
    assert_null(xenpt_move_named("fly"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),    cmocka_unit_test(test_pvh_dom0),
        cmocka_unit_test(test_parties), cmocka_unit_test(test_mapped),
        cmocka_unit_test(test_pieces),  cmocka_unit_test(test_mistakes),
        cmocka_unit_test(test_moves),   cmocka_unit_test(test_no_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
