/*
 * test_derive_machines.c - machines of every layout, with every kind of domain, as memory that
 * tells of no root: what is found has to be what is there, and what is derived from it has to
 * explain all of it.  Real machines are for test_derive.c and test_roots_captures.c; these are of
 * releases and sizes that no dump here is of.
 */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "xenpt/compare.h"
#include "xenpt/derive.h"

#define GIB (UINT64_C(1) << 30)
#define MIB (UINT64_C(1) << 20)

#define CONTEXTS 512

static const struct xenpt_cpu_model *model_named(const char *name)
{
    const struct xenpt_cpu_model *models;
    size_t nr = xenpt_cpu_models(&models);

    for (size_t i = 0; i < nr; i++)
        if (!strcmp(models[i].name, name))
            return &models[i];
    fail_msg("there is no processor %s", name);
    return NULL;
}

/* What the machine's contexts say of a root; NULL: it is none of theirs. */
static const struct xenpt_context *context_of(const struct xenpt_view *view, uint64_t root)
{
    for (size_t i = 0; i < view->nr_contexts; i++) {
        const struct xenpt_context *c = &view->contexts[i];

        if (c->kind && !c->has_second && c->paging.root == root)
            return c;
    }
    return NULL;
}

static const struct xenpt_root *find(const struct xenpt_roots *roots, uint64_t root)
{
    const struct xenpt_root *list;
    size_t n = xenpt_roots_list(roots, &list);

    for (size_t i = 0; i < n; i++)
        if (list[i].context.paging.root == root)
            return &list[i];
    return NULL;
}

static void check_roots(const char *what, const struct xenpt_view *view,
                        const struct xenpt_roots *roots)
{
    const struct xenpt_root *list;
    size_t n = xenpt_roots_list(roots, &list);

    for (size_t i = 0; i < view->nr_contexts; i++) {
        const struct xenpt_context *c = &view->contexts[i];
        const struct xenpt_root *r;

        if (context_of(view, c->paging.root) != c)
            continue;
        r = find(roots, c->paging.root);
        if (!r)
            fail_msg("%s: %s was not found", what, c->name);
        if (strcmp(r->context.kind, c->kind) != 0 &&
            !(r->confidence == XENPT_POSSIBLE && strstr(r->why, c->kind)))
            fail_msg("%s: %s is %s, found as %s: %s", what, c->name, c->kind, r->context.kind,
                     r->why);
        if (r->stale)
            fail_msg("%s: %s is no stale one: %s", what, c->name, r->why);
    }
    for (size_t i = 0; i < n; i++)
        if (!context_of(view, list[i].context.paging.root) &&
            strcmp(list[i].context.kind, "hvm-shadow") != 0)
            fail_msg("%s: %s is called a root: %s", what, list[i].context.name, list[i].why);
}

static bool tell(void *ctx, const struct xenpt_difference *d)
{
    if (*(unsigned int *)ctx < 8)
        print_error("  %s %s L%u of 0x%" PRIx64 " %s: %s: 0x%" PRIx64 ", not 0x%" PRIx64 "\n",
                    xenpt_compared_name(d->compared), d->pair->model->name, d->level, d->in,
                    d->why.area ? d->why.area : "-", d->reason, d->found, d->expected);
    ++*(unsigned int *)ctx;
    return true;
}

static void check_derived(const char *what, const struct xenpt_view *view,
                          const struct xenpt_roots *roots)
{
    const struct xenpt_context *contexts[CONTEXTS];
    struct xenpt_comparison result;
    struct xenpt_derived *derived;
    struct xenpt_pairing pairing;
    const struct xenpt_root *list;
    struct xenpt_error err = { 0 };
    size_t n = xenpt_roots_list(roots, &list), nr = 0;
    unsigned int told = 0;

    for (size_t i = 0; i < n && nr < CONTEXTS; i++)
        if (!list[i].stale)
            contexts[nr++] = &list[i].context;
    if (xenpt_derive(view, roots, &derived, &err))
        fail_msg("%s: %s", what, err.text);
    if (xenpt_pair_contexts(xenpt_derived_view(derived), view, contexts, nr, &pairing, &err) ||
        xenpt_compare(xenpt_derived_view(derived), view, pairing.pairs, pairing.nr_pairs, NULL,
                      tell, &told, &result, &err))
        fail_msg("%s: %s", what, err.text);
    if (told)
        fail_msg("%s: %" PRIu64 " unexplained, %" PRIu64 " missing", what,
                 result.entries[XENPT_UNEXPLAINED], result.entries[XENPT_MISSING]);
    assert_true(pairing.nr_pairs > 1);
    xenpt_comparison_fini(&result);
    xenpt_pairing_fini(&pairing);
    xenpt_derived_free(derived);
}

/* Roots, layout and all entries of a machine, of which its memory alone is known. */
static void check_machine(const char *what, struct xenpt_machine *machine,
                          const struct xenpt_layout *layout)
{
    const struct xenpt_view *view = NULL;
    struct xenpt_error err = { 0 };
    struct xenpt_roots *roots;
    struct xenpt_view bare;

    if (xenpt_machine_view(machine, &view, &err))
        fail_msg("%s: %s", what, err.text);
    /* Memory alone: no context, no explainer. */
    bare = (struct xenpt_view){ .mem = view->mem };
    if (xenpt_roots_find(&bare, NULL, &roots, &err))
        fail_msg("%s: %s", what, err.text);
    if (!xenpt_roots_layout(roots) || strcmp(xenpt_roots_layout(roots)->name, layout->name) != 0 ||
        !xenpt_roots_layout(roots)->variant != !layout->variant)
        fail_msg("%s: taken for %s", what,
                 xenpt_roots_layout(roots) ? xenpt_roots_layout(roots)->name : "nothing");
    check_roots(what, view, roots);
    check_derived(what, &bare, roots);
    xenpt_roots_free(roots);
}

static void check(const char *name, const char *processor, uint64_t ram, bool hvm)
{
    static const struct xenpt_domain_desc domains[] = {
        { .type = XENPT_DOMAIN_PV64,
          .memory = 64 * MIB,
          .vcpus = 3,
          .privileged = true,
          .built_by_xen = true,
          .ldt = true },
        { .type = XENPT_DOMAIN_PV64, .memory = 16 * MIB, .vcpus = 1 },
        { .type = XENPT_DOMAIN_PV32, .memory = 16 * MIB, .vcpus = 2 },
        { .type = XENPT_DOMAIN_PVH, .memory = 16 * MIB, .vcpus = 2 },
        { .type = XENPT_DOMAIN_HVM, .memory = 16 * MIB, .vcpus = 1, .paging = XENPT_GUEST_SHADOW },
    };
    struct xenpt_machine_desc desc = {
        .host = { .ram = ram, .cpus = 4, .processor = model_named(processor) },
        .xen = { .options = "pv=32", .pv32 = true },
        .domains = domains,
        .nr_domains = hvm ? 5 : 3,
    };
    struct xenpt_layout *layout;
    struct xenpt_error err = { 0 };
    struct xenpt_machine *machine;
    char what[96];

    snprintf(what, sizeof(what), "%s, %s, %" PRIu64 " MiB", name, processor, ram / MIB);
    assert_int_equal(xenpt_layout_open(name, &layout, &err), XENPT_OK);
    desc.xen.layout = layout;
    if (xenpt_machine_create(&desc, &machine, &err) ||
        xenpt_machine_run(machine, 0, 0, 0, XENPT_RUN_KERNEL, &err) ||
        xenpt_machine_run(machine, 1, 0, 2, XENPT_RUN_USER, &err))
        fail_msg("%s: %s", what, err.text);
    check_machine(what, machine, layout);
    xenpt_machine_destroy(machine);
    xenpt_layout_close(layout);
}

static void test_layouts(void **state)
{
    const struct xenpt_layout_name *name;

    (void)state;
    for (size_t i = 0; (name = xenpt_layout_name(i)); i++) {
        if (strncmp(name->name, "xen-", 4) != 0)
            continue;
        check(name->name, "naples", 2 * GIB, true);
        check(name->name, "skylake-server", 6 * GIB, true);
    }
}

/* Builds with larger tables, hosts with more RAM than a PV root's directmap reaches. */
static void test_large(void **state)
{
    (void)state;
    check("xen-4.8:bigmem", "skylake-server", 6 * GIB, true);
    check("xen-4.17:bigmem", "naples", 20 * GIB, true);
    check("xen-4.17", "skylake-server", 600 * GIB, true);
    check("xen-4.17", "naples", 6144 * GIB, true);
    check("xen-4.17:bigmem", "naples", 18000 * GIB, false);
}

/* --- Machines of unusual shape ------------------------------------------------------------- */

#define GUESTS 4
#define RANGES 5

static const struct odd {
    const char *claim, *layout, *processor;
    uint64_t ram;
    struct xenpt_ram_range ranges[RANGES];
    uint32_t cpus;
    const char *options;
    struct xenpt_domain_desc domains[GUESTS];
    struct xenpt_release release;
    bool debug;
} odd[] = {
    { .claim = "holes in RAM, and a CPU's IDT right below its stack",
      .layout = "xen-4.8",
      .processor = "haswell",
      .ranges = { { 0, 0x9ffff },
                  { 0x100000, 0x7ff5ffff },
                  { 0x7ff80000, 0x7fffffff },
                  { 0x100000000, 0x27fffffff },
                  { 0x300000000, 0x47fffffff } },
      .cpus = 3,
      .domains = { { .type = XENPT_DOMAIN_PV64, .memory = 256 * MIB, .vcpus = 3 },
                   { .type = XENPT_DOMAIN_PVH, .memory = 64 * MIB, .vcpus = 2 },
                   { .type = XENPT_DOMAIN_HVM, .memory = 128 * MIB } } },
    { .claim = "RAM in pieces below the one that Xen is in, one of them after a hole as small as a "
               "stack's guards",
      .layout = "xen-4.11",
      .processor = "haswell",
      .ranges = { { 0, 0x9dfff },
                  { 0x100000, 0x3fffffff },
                  { 0x40005000, 0x5fffdfff },
                  { 0x60000000, 0x7ff5ffff },
                  { 0x100000000, 0x27fffffff } },
      .cpus = 1,
      .domains = { { .type = XENPT_DOMAIN_PV64, .memory = 64 * MIB, .vcpus = 2 } } },
    { .claim = "a log of dirty pages: types below are to be worked out anew, of nested paging",
      .layout = "xen-4.18",
      .processor = "milan",
      .ram = 4 * GIB,
      .cpus = 1,
      .domains = { { .type = XENPT_DOMAIN_PV64, .memory = 64 * MIB },
                   { .type = XENPT_DOMAIN_HVM, .memory = 33 * MIB, .log_dirty = true } } },
    { .claim = "the same of EPT, in a processor whose larger pages cannot be executed",
      .layout = "xen-4.15",
      .processor = "haswell",
      .ram = 4 * GIB,
      .cpus = 2,
      .domains = { { .type = XENPT_DOMAIN_PV64, .memory = 64 * MIB },
                   { .type = XENPT_DOMAIN_HVM, .memory = 33 * MIB, .log_dirty = true } } },
    { .claim = "a PVH dom0, and PV and HVM domains after it",
      .layout = "xen-4.18",
      .processor = "skylake-server",
      .ram = 4 * GIB,
      .cpus = 2,
      .options = "dom0=pvh",
      .domains = { { .type = XENPT_DOMAIN_PVH, .memory = 64 * MIB },
                   { .type = XENPT_DOMAIN_PV64, .memory = 32 * MIB, .vcpus = 2 },
                   { .type = XENPT_DOMAIN_HVM, .memory = 48 * MIB, .vcpus = 2 } } },
    { .claim = "more RAM than the directmap of all roots reaches",
      .layout = "xen-4.2",
      .processor = "haswell",
      .ram = 6144 * GIB,
      .cpus = 2,
      .domains = { { .type = XENPT_DOMAIN_PV64, .memory = 64 * MIB },
                   { .type = XENPT_DOMAIN_HVM, .memory = 64 * MIB, .vcpus = 3 } } },
    { .claim = "a debug build, which is told by what PV guests have",
      .layout = "xen-4.17",
      .processor = "haswell",
      .ram = 4 * GIB,
      .cpus = 2,
      .domains = { { .type = XENPT_DOMAIN_PV64, .memory = 64 * MIB, .vcpus = 2 },
                   { .type = XENPT_DOMAIN_PV32, .memory = 64 * MIB } },
      .options = "pv=32",
      .debug = true },
    { .claim = "nodes with RAM far apart, more vCPUs than CPUs",
      .layout = "xen-4.17",
      .processor = "skylake-server",
      .ranges = { { 0, 0x9ffff },
                  { 0x100000, 0xbfffffff },
                  { 0x100000000, 0x103fffffff },
                  { 0x8000000000, 0x8fffffffff },
                  { 0x10000000000, 0x10fffffffff } },
      .cpus = 16,
      .options = "pv=32",
      .domains = { { .type = XENPT_DOMAIN_PV64, .memory = GIB, .vcpus = 16 },
                   { .type = XENPT_DOMAIN_PV64, .memory = 512 * MIB, .vcpus = 20, .ldt = true },
                   { .type = XENPT_DOMAIN_PV32, .memory = 128 * MIB, .vcpus = 9 } } },
    { .claim = "a guest of many vCPUs under shadow paging, and one under nested paging",
      .layout = "xen-4.10",
      .processor = "naples",
      .ram = 8 * GIB,
      .cpus = 8,
      .domains = { { .type = XENPT_DOMAIN_PV64, .memory = 256 * MIB, .vcpus = 8 },
                   { .type = XENPT_DOMAIN_HVM,
                     .memory = 256 * MIB,
                     .vcpus = 64,
                     .paging = XENPT_GUEST_SHADOW,
                     .mode = XENPT_GUEST_PAE },
                   { .type = XENPT_DOMAIN_PVH, .memory = 256 * MIB, .vcpus = 100 } } },
    { .claim = "a processor on which all guests' larger pages can be executed",
      .layout = "xen-4.17",
      .processor = "ice-lake-server",
      .ram = 8 * GIB,
      .cpus = 2,
      .domains = { { .type = XENPT_DOMAIN_PV64, .memory = 128 * MIB },
                   { .type = XENPT_DOMAIN_PVH, .memory = 96 * MIB },
                   { .type = XENPT_DOMAIN_HVM, .memory = 200 * MIB, .vcpus = 5 } } },
    { .claim = "the first of two releases of one layout, which EPT tells apart",
      .layout = "xen-4.21",
      .processor = "haswell",
      .ram = 4 * GIB,
      .cpus = 2,
      .domains = { { .type = XENPT_DOMAIN_PV64, .memory = 128 * MIB },
                   { .type = XENPT_DOMAIN_PVH, .memory = 96 * MIB } },
      .release = { .major = 4, .minor = 21 } },
    { .claim = "a 32-bit guest with LDTs, where its roots have all that others have",
      .layout = "xen-4.2",
      .processor = "haswell",
      .ram = 4 * GIB,
      .cpus = 2,
      .options = "pv=32",
      .domains = { { .type = XENPT_DOMAIN_PV64, .memory = 128 * MIB },
                   { .type = XENPT_DOMAIN_PV32, .memory = 64 * MIB, .vcpus = 3, .ldt = true } } },
    { .claim = "no domain: nothing but the image tells this release from the next",
      .layout = "xen-4.14",
      .processor = "skylake-server",
      .ram = 4 * GIB,
      .cpus = 2 },
    { .claim = "the next one",
      .layout = "xen-4.15",
      .processor = "skylake-server",
      .ram = 4 * GIB,
      .cpus = 2 },
    { .claim = "XPTI where nobody needs it, and nested paging",
      .layout = "xen-4.17",
      .processor = "naples",
      .ram = 4 * GIB,
      .cpus = 2,
      .options = "xpti=yes",
      .domains = { { .type = XENPT_DOMAIN_PV64, .memory = 64 * MIB, .vcpus = 2 },
                   { .type = XENPT_DOMAIN_PVH, .memory = 64 * MIB, .vcpus = 2 } } },
};

static void test_odd(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
        const struct odd *o = &odd[i];
        struct xenpt_machine_desc desc = {
            .host = { .ram = o->ram, .cpus = o->cpus, .processor = model_named(o->processor) },
            .xen = { .options = o->options,
                     .pv32 = true,
                     .release = o->release,
                     .debug = o->debug },
            .domains = o->domains,
        };
        struct xenpt_domain_desc domains[GUESTS];
        struct xenpt_layout *layout;
        struct xenpt_machine *machine;
        struct xenpt_error err = { 0 };

        if (!o->ram) {
            desc.host.ranges = o->ranges;
            desc.host.nr_ranges = RANGES;
        }
        memcpy(domains, o->domains, sizeof(domains));
        domains[0].privileged = domains[0].built_by_xen = true;
        desc.domains = domains;
        while (desc.nr_domains < GUESTS && domains[desc.nr_domains].memory)
            desc.nr_domains++;
        assert_int_equal(xenpt_layout_open(o->layout, &layout, &err), XENPT_OK);
        desc.xen.layout = layout;
        if (xenpt_machine_create(&desc, &machine, &err))
            fail_msg("%s: %s", o->claim, err.text);
        check_machine(o->claim, machine, layout);
        xenpt_machine_destroy(machine);
        xenpt_layout_close(layout);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_layouts),
        cmocka_unit_test(test_large),
        cmocka_unit_test(test_odd),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
