/*
 * test_pair.c - machines of many domains against the memory of the same machine, and of one that
 * is like it: who is who, where no name tells.
 */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "xenpt/compare.h"
#include "xenpt/machine.h"
#include "xenpt/roots.h"

#define GIB     (UINT64_C(1) << 30)
#define MIB     (UINT64_C(1) << 20)
#define DOMAINS 24

struct host {
    struct xenpt_layout *layout;
    struct xenpt_machine *machine;
    const struct xenpt_view *view;
    struct xenpt_roots *roots;
    const struct xenpt_context *contexts[256]; /* Those found in its memory. */
    size_t nr;
};

static void host_init(struct host *h, const struct xenpt_domain_desc *domains, size_t nr)
{
    struct xenpt_machine_desc desc = {
        .host = { .ram = 16 * GIB, .cpus = 4 },
        .xen = { .pv32 = true },
        .domains = domains,
        .nr_domains = nr,
    };
    struct xenpt_error err = { 0 };

    *h = (struct host){ .nr = 0 };
    assert_int_equal(xenpt_layout_open("4.17", &h->layout, &err), XENPT_OK);
    desc.xen.layout = h->layout;
    if (xenpt_machine_create(&desc, &h->machine, &err))
        fail_msg("%s", err.text);
}

static void run(struct host *h, uint32_t cpu, uint32_t domain, enum xenpt_run_mode mode)
{
    struct xenpt_error err = { 0 };

    if (xenpt_machine_run(h->machine, domain, 0, cpu, mode, &err))
        fail_msg("%s", err.text);
}

/* Contexts, and the roots that are found where nobody tells of them. */
static void look(struct host *h)
{
    const struct xenpt_root *list;
    struct xenpt_view bare;
    size_t n;

    assert_int_equal(xenpt_machine_view(h->machine, &h->view, NULL), XENPT_OK);
    bare = (struct xenpt_view){ .mem = h->view->mem };
    assert_int_equal(xenpt_roots_find(&bare, h->layout, &h->roots, NULL), XENPT_OK);
    n = xenpt_roots_list(h->roots, &list);
    assert_true(n > 0 && n < 256);
    for (size_t i = 0; i < n; i++)
        h->contexts[h->nr++] = &list[i].context;
}

static void host_fini(struct host *h)
{
    xenpt_roots_free(h->roots);
    xenpt_machine_destroy(h->machine);
    xenpt_layout_close(h->layout);
}

static bool tell(void *ctx, const struct xenpt_difference *d)
{
    (void)ctx;
    print_error("  %s, %s: L%u of 0x%" PRIx64 ": %s\n", d->pair->model->name, d->pair->image->name,
                d->level, d->in, d->reason);
    return true;
}

/* Pairs a model with memory, and holds one against the other. */
static void pair(const struct host *model, const struct host *image, struct xenpt_pairing *ret)
{
    struct xenpt_view memory = { .mem = image->view->mem };
    struct xenpt_comparison result;
    struct xenpt_error err = { 0 };

    if (xenpt_pair_contexts(model->view, &memory, image->contexts, image->nr, ret, &err) ||
        xenpt_compare(model->view, &memory, ret->pairs, ret->nr_pairs, NULL, tell, NULL, &result,
                      &err))
        fail_msg("%s", err.text);
    assert_int_equal(result.entries[XENPT_UNEXPLAINED], 0);
    assert_int_equal(result.entries[XENPT_MISSING], 0);
    for (size_t i = 0; i < ret->nr_lone_image; i++)
        assert_string_equal(ret->lone_image[i]->kind, "hvm-shadow");
    xenpt_comparison_fini(&result);
}

/* Of one machine, each root is itself. */
static void check_same(const struct xenpt_pairing *p)
{
    for (size_t i = 0; i < p->nr_pairs; i++)
        if (p->pairs[i].model->paging.root != p->pairs[i].image->paging.root)
            fail_msg("%s is %s", p->pairs[i].model->name, p->pairs[i].image->name);
}

/* Domains that nothing but the CPUs that they run on tells apart. */
static void test_by_cpus(void **state)
{
    struct xenpt_domain_desc domains[5];
    struct xenpt_pairing pairing;
    struct host h;

    (void)state;
    for (size_t i = 0; i < 5; i++)
        domains[i] = (struct xenpt_domain_desc){ .type = XENPT_DOMAIN_PV64,
                                                 .memory = 16 * MIB,
                                                 .vcpus = 1 };
    host_init(&h, domains, 5);
    run(&h, 0, 4, XENPT_RUN_KERNEL);
    run(&h, 1, 1, XENPT_RUN_USER);
    run(&h, 2, 0, XENPT_RUN_KERNEL);
    run(&h, 3, 2, XENPT_RUN_KERNEL);
    look(&h);
    pair(&h, &h, &pairing);
    check_same(&pairing);
    assert_int_equal(pairing.nr_lone_model, 0);
    xenpt_pairing_fini(&pairing);
    host_fini(&h);
}

/* Each has another number of vCPUs, or kind: each is the only one of its shape. */
static void describe(struct xenpt_domain_desc domains[DOMAINS], bool ldt)
{
    for (size_t i = 0; i < DOMAINS; i++)
        domains[i] = (struct xenpt_domain_desc){
            .type = (enum xenpt_domain_type)(i % XENPT_NR_DOMAIN_TYPES),
            .paging = i % 8 == XENPT_DOMAIN_HVM ? XENPT_GUEST_SHADOW : XENPT_GUEST_USUAL,
            .memory = 16 * MIB,
            .vcpus = (uint32_t)(i / XENPT_NR_DOMAIN_TYPES + 1),
            .privileged = !i,
            .built_by_xen = !i,
            .ldt = ldt && i % XENPT_NR_DOMAIN_TYPES < 2,
        };
}

static void test_by_shape(void **state)
{
    struct xenpt_domain_desc domains[DOMAINS];
    struct xenpt_pairing pairing;
    struct host h;

    (void)state;
    describe(domains, false);
    host_init(&h, domains, DOMAINS);
    look(&h);
    pair(&h, &h, &pairing);
    for (size_t i = 0; i < pairing.nr_pairs; i++)
        assert_string_equal(pairing.pairs[i].model->kind, pairing.pairs[i].image->kind);
    xenpt_pairing_fini(&pairing);
    host_fini(&h);
}

/* The other machine's domains have LDTs, so none of those looks like one of the model's. */
static void test_by_distance(void **state)
{
    struct xenpt_domain_desc domains[DOMAINS];
    struct xenpt_pairing pairing;
    struct host model, image;

    (void)state;
    describe(domains, false);
    host_init(&model, domains, DOMAINS);
    look(&model);
    describe(domains, true);
    host_init(&image, domains, DOMAINS);
    look(&image);
    pair(&model, &image, &pairing);
    xenpt_pairing_fini(&pairing);
    host_fini(&model);
    host_fini(&image);
}

static void test_refused(void **state)
{
    struct xenpt_domain_desc domain = { .type = XENPT_DOMAIN_PV64, .memory = 16 * MIB };
    struct xenpt_pairing pairing;
    struct xenpt_view view;
    struct host h;

    (void)state;
    host_init(&h, &domain, 1);
    look(&h);
    view = *h.view;
    view.explainer = NULL;
    assert_int_equal(xenpt_pair_contexts(&view, h.view, h.contexts, h.nr, &pairing, NULL),
                     XENPT_ESTATE);
    host_fini(&h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_by_cpus),
        cmocka_unit_test(test_by_shape),
        cmocka_unit_test(test_by_distance),
        cmocka_unit_test(test_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
