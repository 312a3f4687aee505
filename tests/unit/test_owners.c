/*
 * test_owners.c - whose the memory of a machine is: frame by frame as the expectation `owner` has
 * it, all of RAM and nothing beside; of an image of the same machine, as far as tables tell.
 */
#include "fail_alloc.h"
#include "machine_fixture.h"
#include "xen/owner.h"
#include "xenpt/encrypt.h"
#include "xenpt/owners.h"

static const char *name_at(const struct xenpt_owners *o, uint64_t at)
{
    for (size_t i = 0; i < o->nr_pieces; i++)
        if (o->pieces[i].first <= at && at <= o->pieces[i].last)
            return o->names[o->pieces[i].owner];
    return "nobody";
}

static const char *name_of(const struct xenpt_machine *m, uint64_t frame)
{
    static const char *const names[] = { "nobody", "free", "xen" };
    uint32_t domain;
    enum owner owner = frame_owner(m, frame, &domain);

    return owner == OWNER_DOMAIN ? m->domains[domain].name : names[owner];
}

static void check_all(struct world *w)
{
    struct xenpt_owners *o;
    uint64_t end = 0;

    assert_int_equal(xenpt_machine_owners(w->machine, &o, NULL), XENPT_OK);
    for (size_t i = 0; i < o->nr_pieces; i++) {
        assert_true(o->pieces[i].first >= end && o->pieces[i].last > o->pieces[i].first);
        end = o->pieces[i].last + 1;
        /* Both ends of each piece, and what is on either side of it. */
        for (int side = 0; side < 4; side++) {
            uint64_t at = side < 2 ? o->pieces[i].first : o->pieces[i].last;

            if ((side == 0 && at < XENPT_PAGE_SIZE))
                continue;
            at = side == 0 ? at - XENPT_PAGE_SIZE : side == 3 ? at + XENPT_PAGE_SIZE : at;
            assert_string_equal(name_at(o, at), name_of(w->machine, at >> XENPT_PAGE_SHIFT));
        }
    }
    for (uint64_t frame = 0; frame < UINT64_C(0x180000); frame += 97)
        assert_string_equal(name_at(o, frame << XENPT_PAGE_SHIFT), name_of(w->machine, frame));
    xenpt_owners_free(o);
}

static void test_machine(void **state)
{
    struct world w;

    (void)state;
    build(&w, HOST("skylake-server") XEN("4.17", "") ALL_KINDS);
    check_all(&w);
    assert_string_equal(xenpt_machine_control(w.machine), "d0");
    assert_string_equal(xenpt_machine_processor(w.machine)->name, "skylake-server");
    assert_int_equal(xenpt_machine_seer(w.machine, context(&w, "d1.v0.xen"), XENPT_BY_XEN, 1),
                     XENPT_SEER_XEN);
    assert_int_equal(xenpt_machine_seer(w.machine, context(&w, "d1.v0.user"), XENPT_BY_USER, 1),
                     XENPT_SEER_OWN);
    assert_int_equal(xenpt_machine_seer(w.machine, context(&w, "d1.v0.user"), XENPT_BY_USER, 0),
                     XENPT_SEER_OTHER);
    assert_int_equal(xenpt_machine_seer(w.machine, context(&w, "idle"), XENPT_BY_DEVICE, 0),
                     XENPT_SEER_DEVICE);
    assert_int_equal(xenpt_machine_domain_destroy(w.machine, 3, NULL), XENPT_OK);
    check_all(&w);
    end(&w);
    build(&w, HOST("milan") XEN("4.17", "") "domains:\n  d0: { type: pv64, memory: 64M }\n");
    assert_null(xenpt_machine_control(w.machine));
    end(&w);
}

/* An image of a machine: what its tables say, beside what the machine knows. */
static void test_image(void **state)
{
    struct xenpt_owners *known, *told;
    struct xenpt_roots *roots;
    struct world w;
    uint64_t xen = 0, domain = 0;

    (void)state;
    build(&w, HOST("skylake-server") XEN("4.17", "") ALL_KINDS);
    assert_int_equal(xenpt_roots_find(w.view, NULL, &roots, NULL), XENPT_OK);
    assert_int_equal(xenpt_machine_owners(w.machine, &known, NULL), XENPT_OK);
    assert_int_equal(xenpt_image_owners(w.view, roots, &told, NULL), XENPT_OK);
    for (uint64_t frame = 0; frame < UINT64_C(0x140000); frame += 7) {
        const char *a = name_at(known, frame << 12), *b = name_at(told, frame << 12);

        /* Who is named has it; of what nobody maps, nothing is said. */
        if (!strcmp(b, "xen"))
            assert_string_equal(a, "xen");
        else if (!strncmp(b, "0x", 2) || !strncmp(b, "root", 4))
            assert_true(*a == 'd' || !strcmp(a, "xen")); /* Pages that Xen shares with it. */
        xen += !strcmp(a, "xen") && !strcmp(b, "xen");
        domain += *a == 'd' && (!strncmp(b, "0x", 2) || !strncmp(b, "root", 4));
    }
    /* M2P, frametable and image are most of what Xen has; of guests those with a second stage. */
    assert_true(xen > 1000 && domain > 1000);
    xenpt_owners_free(known);
    xenpt_owners_free(told);
    xenpt_roots_free(roots);
    end(&w);
}

/* What two guests map is of several; Xen's, that a guest maps, stays Xen's. */
static void test_several(void **state)
{
    struct xenpt_walk mine, theirs, xens;
    struct xenpt_owners *told;
    struct xenpt_roots *roots;
    struct world w;

    (void)state;
    build(&w, HOST("milan")
                  XEN("4.17", "") "domains:\n  d0: { type: pv64, memory: 64M, privileged: yes }\n"
                                  "  d1: { type: pv64, memory: 64M }\n");
    xenpt_walk(&context(&w, "d0.v0.user")->paging, w.view->mem, 0x401000, &mine);
    xenpt_walk(&context(&w, "d1.v0.user")->paging, w.view->mem, 0x401000, &theirs);
    xenpt_walk(&context(&w, "idle")->paging, w.view->mem, UINT64_C(0xffff82d040200000), &xens);
    assert_true(mine.outcome == XENPT_MAPPED && theirs.outcome == XENPT_MAPPED &&
                xens.outcome == XENPT_MAPPED);
    for (int i = 0; i < 2; i++) {
        uint64_t out = i ? xens.out : theirs.out;

        assert_int_equal(xenpt_store_write64(w.machine->store, mine.step[3].at,
                                             out | (mine.step[3].entry & ~ADDR), NULL),
                         XENPT_OK);
        assert_int_equal(xenpt_roots_find(w.view, NULL, &roots, NULL), XENPT_OK);
        assert_int_equal(xenpt_image_owners(w.view, roots, &told, NULL), XENPT_OK);
        assert_string_equal(name_at(told, out), i ? "xen" : "several");
        xenpt_owners_free(told);
        xenpt_roots_free(roots);
    }
    end(&w);
}

static void test_no_xen(void **state)
{
    static uint8_t page[4096];
    struct xenpt_reader mem = xenpt_reader_flat(page, 0, sizeof(page));
    struct xenpt_view view = { .mem = &mem };
    struct xenpt_owners *o;
    struct xenpt_roots *roots;
    struct xenpt_error err;

    (void)state;
    assert_int_equal(xenpt_roots_find(&view, NULL, &roots, NULL), XENPT_OK);
    assert_int_equal(xenpt_image_owners(&view, roots, &o, &err), XENPT_ESTATE);
    assert_non_null(strstr(err.text, "no Xen"));
    xenpt_roots_free(roots);
}

static void test_no_memory(void **state)
{
    struct xenpt_owners *o;
    struct xenpt_roots *roots;
    enum xenpt_code code;
    struct world w;

    (void)state;
    build(&w, HOST("skylake-server") XEN("4.17", "") ALL_KINDS);
    assert_int_equal(xenpt_roots_find(w.view, NULL, &roots, NULL), XENPT_OK);
    for (int image = 0; image < 2; image++) {
        for (unsigned long n = 0;; n++) {
            fail_alloc_after(n);
            code = image ? xenpt_image_owners(w.view, roots, &o, NULL)
                         : xenpt_machine_owners(w.machine, &o, NULL);
            if (!fail_alloc_stop())
                break;
            assert_int_equal(code, XENPT_ENOMEM);
        }
        assert_int_equal(code, XENPT_OK);
        xenpt_owners_free(o);
    }
    xenpt_owners_free(NULL);
    xenpt_roots_free(roots);
    end(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_machine),   cmocka_unit_test(test_image),
        cmocka_unit_test(test_several),   cmocka_unit_test(test_no_xen),
        cmocka_unit_test(test_no_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
