/*
 * test_derive.c - what is inferred from a dump, against what whoever took it knew: the model
 * beside the dump, written by hand.  And every allocation made to fail.
 */
#include "fail_alloc.h"
#include "image_fixture.h"
#include "xenpt/derive.h"

struct dump {
    struct xenpt_image *image;
    struct xenpt_layout *layout;
    struct xenpt_roots *roots;
};

static void dump_open(struct dump *d, const char *name, const char *release)
{
    struct xenpt_error err = { 0 };
    char path[512];

    snprintf(path, sizeof(path), "%s/%s.elf.zst", XENPT_CAPTURES, name);
    if (xenpt_image_open(path, NULL, &d->image, &err) ||
        xenpt_layout_open(release, &d->layout, &err) ||
        xenpt_roots_find(xenpt_image_view(d->image), d->layout, &d->roots, &err))
        fail_msg("%s: %s", name, err.text);
}

static void dump_close(struct dump *d)
{
    xenpt_roots_free(d->roots);
    xenpt_layout_close(d->layout);
    xenpt_image_close(d->image);
}

static struct xenpt_derived *derive(const struct dump *d)
{
    struct xenpt_derived *derived = NULL;
    struct xenpt_error err = { 0 };

    if (xenpt_derive(xenpt_image_view(d->image), d->roots, &derived, &err))
        fail_msg("%s", err.text);
    return derived;
}

/* Of deb-pv64-intel-hc-xen.yaml. */
static void test_xpti(void **state)
{
    const struct xenpt_machine_desc *desc;
    const struct xenpt_inference *from;
    struct xenpt_derived *derived;
    struct dump d;

    (void)state;
    dump_open(&d, "deb-pv64-intel-hc-xen", "4.17");
    derived = derive(&d);
    desc = xenpt_derived_desc(derived);
    assert_int_equal(desc->host.cpus, 2);
    assert_int_equal(desc->host.nr_ranges, 2);
    assert_int_equal(desc->host.ranges[1].first, 0x100000);
    assert_int_equal(desc->host.ranges[1].last, 0xffdffff);
    assert_true(desc->host.processor->meltdown);
    assert_false(desc->host.mmcfg);
    assert_false(desc->xen.pv32);
    assert_false(desc->xen.debug);
    assert_int_equal(desc->xen.image.text_end, 0x361000);
    assert_int_equal(desc->xen.image.rodata_end, 0x3b7000);
    assert_int_equal(desc->xen.image.data_first, 0x45b000);
    assert_int_equal(desc->xen.image.data_end, 0x5a7000);
    assert_int_equal(desc->xen.image.hole_first, 0x472000);
    assert_int_equal(desc->xen.image.boot_idt, 0x577000);
    assert_int_equal(desc->xen.image.boot_tss, 0x579000);
    assert_int_equal(desc->xen.nr_stacks, 2);
    assert_int_equal(desc->xen.stacks[0], 0xffd0000);
    assert_int_equal(desc->xen.stacks[1], 0xffc8000);
    assert_int_equal(desc->nr_domains, 1);
    assert_int_equal(desc->domains[0].type, XENPT_DOMAIN_PV64);
    assert_int_equal(desc->domains[0].vcpus, 2);
    assert_true(desc->domains[0].ldt);
    assert_true(xenpt_derived_from(derived, &from) >= 6);
    assert_string_equal(from[0].what, "layout");
    assert_string_equal(from[0].value, "xen-4.17");
    xenpt_derived_free(derived);
    dump_close(&d);
}

/* Of v12-pv64-intel-guest.yaml: guard pages that are not mapped, the boot stack in the image. */
static void test_before_414(void **state)
{
    const struct xenpt_machine_desc *desc;
    struct xenpt_derived *derived;
    struct dump d;

    (void)state;
    dump_open(&d, "v12-pv64-intel-guest", "4.12");
    derived = derive(&d);
    desc = xenpt_derived_desc(derived);
    assert_true(desc->xen.pv32);
    assert_int_equal(desc->xen.image.text_end, 0x364000);
    assert_int_equal(desc->xen.image.entry_first, 0x360000);
    assert_int_equal(desc->xen.image.boot_stack, 0x448000);
    assert_int_equal(desc->xen.nr_stacks, 2);
    assert_int_equal(desc->xen.stacks[0], 0xfc48000);
    assert_int_equal(desc->xen.stacks[1], 0xffc0000);
    xenpt_derived_free(derived);
    dump_close(&d);
}

/* Of rel-pvhd0-sh64-xen.yaml. */
static void test_pvh(void **state)
{
    const struct xenpt_machine_desc *desc;
    struct xenpt_derived *derived;
    struct dump d;

    (void)state;
    dump_open(&d, "rel-pvhd0-sh64-xen", "4.17");
    derived = derive(&d);
    desc = xenpt_derived_desc(derived);
    assert_true(desc->host.mmcfg);
    assert_int_equal(desc->host.mmcfg_base, 0xb0000000);
    assert_int_equal(desc->domains[0].type, XENPT_DOMAIN_PVH);
    assert_int_equal(desc->domains[0].paging, XENPT_GUEST_SHADOW);
    assert_int_equal(desc->domains[0].vcpus, 1);
    assert_string_equal(desc->xen.options, "dom0=pvh,shadow");
    xenpt_derived_free(derived);
    dump_close(&d);
}

/* Linux by itself: nothing was found, and nothing follows from it. */
static void test_nothing(void **state)
{
    struct xenpt_derived *derived = NULL;
    struct dump d;

    (void)state;
    dump_open(&d, "linux-nokaslr", "4.17");
    assert_int_equal(xenpt_derive(xenpt_image_view(d.image), d.roots, &derived, NULL),
                     XENPT_ESTATE);
    assert_null(derived);
    dump_close(&d);
}

static void test_out_of_memory(void **state)
{
    struct xenpt_derived *derived;
    enum xenpt_code code;
    unsigned long n = 0, refused;
    struct dump d;

    (void)state;
    dump_open(&d, "deb-pv64-intel-hc-xen", "4.17");
    do {
        derived = NULL;
        fail_alloc_once_after(n++);
        code = xenpt_derive(xenpt_image_view(d.image), d.roots, &derived, NULL);
        refused = fail_alloc_stop();
        assert_int_equal(code == XENPT_OK, derived != NULL);
        xenpt_derived_free(derived);
    } while (refused && n < 100000);
    assert_int_equal(code, XENPT_OK);
    assert_true(n > 20);
    dump_close(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_xpti),          cmocka_unit_test(test_before_414),
        cmocka_unit_test(test_pvh),           cmocka_unit_test(test_nothing),
        cmocka_unit_test(test_out_of_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
