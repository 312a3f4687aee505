/*
 * derive.c - from the tables of a memory image back to a machine.
 *
 *     derive_ram.c      RAM
 *     derive_cpus.c     CPUs and their stacks
 *     derive_host.c     what else the host and the build have
 *     derive_image.c    the image and its sections
 *     derive_domains.c  domains, vCPUs
 *     derive_p2m.c      memory of those that have a second stage
 *
 * What all roots share is read as the idle table has it.  Each inference is written down with
 * what it is from.  The machine is then built as from any description, and vCPUs are put on CPUs
 * as the CPUs' own roots tell.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "xen/deriving.h"

struct xenpt_derived {
    struct xenpt_machine_desc desc;
    struct xenpt_ram_range *ram;
    uint64_t *stacks;
    struct xenpt_domain_desc *domains;
    char (*names)[XENPT_DOMAIN_MAX];
    char options[64];
    struct xenpt_inference *inferred;
    size_t nr_inferred;
    struct xenpt_machine *machine;
    const struct xenpt_view *view;
};

void infer(struct deriving *d, const char *what, const char *value, const char *from, ...)
{
    struct xenpt_inference *x;
    va_list ap;

    if (*d->nr_inferred == INFERENCES_MAX)
        return;
    x = &(*d->inferred)[(*d->nr_inferred)++];
    x->what = what;
    snprintf(x->value, sizeof(x->value), "%s", value);
    va_start(ap, from);
    vsnprintf(x->from, sizeof(x->from), from, ap);
    va_end(ap);
}

bool root_is(const struct xenpt_root *root, enum xenpt_root_kind kind)
{
    return !strcmp(root->context.kind, xenpt_root_kind_word(kind)->name);
}

/* --- Pages --------------------------------------------------------------------------------- */

#define LEAF_FLAGS                                                                                 \
    (XENPT_BIT(1) | XENPT_BIT(2) | XENPT_BIT(3) | XENPT_BIT(4) | XENPT_BIT(8) | XENPT_BIT(63))

bool range_writable(const struct xenpt_range *r)
{
    return r->entry & XENPT_BIT(1);
}

bool range_executable(const struct xenpt_range *r)
{
    return !(r->entry & XENPT_BIT(63));
}

static bool note(void *ctx, const struct xenpt_range ranges[], size_t n)
{
    struct ranges *list = ctx;

    for (size_t i = 0; i < n; i++) {
        if (list->nr == list->max) {
            size_t max = list->max ? 2 * list->max : 64;
            struct xenpt_range *more = realloc(list->range, max * sizeof(*more));

            list->no_memory = !more;
            if (!more)
                return false;
            list->range = more;
            list->max = max;
        }
        if (ranges[i].kind == XENPT_RANGE_PAGES || ranges[i].kind == XENPT_RANGE_HOLE)
            list->range[list->nr++] = ranges[i];
    }
    return true;
}

enum xenpt_code pages_of(const struct deriving *d, const struct xenpt_context *context,
                         uint64_t first, uint64_t last, bool holes, struct ranges *ret)
{
    struct xenpt_scan_options opt = {
        .first = first,
        .last = last,
        .merge = true,
        .holes = holes,
        .same = LEAF_FLAGS,
    };
    enum xenpt_code code;

    *ret = (struct ranges){ 0 };
    code = xenpt_scan(&context->paging, d->view->mem, &opt, note, ret, NULL, d->err);
    if (!code)
        return XENPT_OK;
    free(ret->range);
    *ret = (struct ranges){ .no_memory = ret->no_memory };
    return ret->no_memory ? xenpt_fail(d->err, XENPT_ENOMEM, "no memory for ranges of pages")
                          : code;
}

static bool stop_at_page(void *ctx, const struct xenpt_range ranges[], size_t n)
{
    (void)n;
    *(bool *)ctx = ranges[0].kind == XENPT_RANGE_PAGES;
    return false;
}

bool maps_any_page(const struct deriving *d, const struct xenpt_context *context, uint64_t first,
                   uint64_t last)
{
    struct xenpt_scan_options opt = { .first = first, .last = last };
    bool any = false;

    /* Stopping at the first page is no failure. */
    (void)!xenpt_scan(&context->paging, d->view->mem, &opt, stop_at_page, &any, NULL, NULL);
    return any;
}

/* --- What runs where ----------------------------------------------------------------------- */

static uint32_t number_of(const struct xenpt_derived *x, const char *domain)
{
    for (uint32_t i = 0; i < x->desc.nr_domains; i++)
        if (!strcmp(x->names[i], domain))
            return i;
    return UINT32_MAX;
}

/* The domain whose area a CPU's root has: something of it ran there last. */
static uint32_t ran_last(const struct xenpt_derived *x, const struct deriving *d,
                         const struct xenpt_context *xpti)
{
    const struct xenpt_area *area = xenpt_layout_filled(d->layout, XENPT_FILL_DOMAIN);
    char name[XENPT_DOMAIN_MAX];
    struct xenpt_walk walk;

    if (!area)
        return UINT32_MAX;
    xenpt_walk(&xpti->paging, d->view->mem, area->first, &walk);
    if (!walk.nr_steps || walk.step[0].role != XENPT_TABLE)
        return UINT32_MAX;
    snprintf(name, sizeof(name), "0x%" PRIx64,
             (walk.step[0].entry & XENPT_BITS(51, 12)) >> XENPT_PAGE_SHIFT);
    return number_of(x, name);
}

static uint32_t first_pv64(const struct xenpt_derived *x)
{
    for (uint32_t i = 0; i < x->desc.nr_domains; i++)
        if (x->desc.domains[i].type == XENPT_DOMAIN_PV64)
            return i;
    return UINT32_MAX;
}

/* vCPUs of one domain, each on a CPU of its own as far as there are as many. */
static enum xenpt_code run(struct xenpt_derived *x, const struct deriving *d)
{
    enum xenpt_code code = XENPT_OK;
    uint32_t nr_on = 0;

    for (uint32_t cpu = 0; !code && cpu < d->nr_xpti && cpu < x->desc.host.cpus; cpu++) {
        uint32_t domain = ran_last(x, d, d->xpti[cpu]), pv64 = first_pv64(x), vcpu;

        if (domain == UINT32_MAX)
            continue;
        /* What is copied comes from a 64-bit guest, whoever came after it. */
        if (x->desc.domains[domain].type == XENPT_DOMAIN_PV32 && pv64 != UINT32_MAX)
            code = xenpt_machine_run(x->machine, pv64, nr_on % x->desc.domains[pv64].vcpus, cpu,
                                     XENPT_RUN_KERNEL, d->err);
        vcpu = nr_on++ % x->desc.domains[domain].vcpus;
        if (!code)
            code = xenpt_machine_run(x->machine, domain, vcpu, cpu, XENPT_RUN_KERNEL, d->err);
    }
    return code;
}

/* --- All of it ----------------------------------------------------------------------------- */

static const struct xenpt_context *shared(const struct deriving *d)
{
    for (size_t i = 0; i < d->nr_roots; i++)
        if (root_is(&d->root[i], XENPT_ROOT_IDLE))
            return &d->root[i].context;
    for (size_t i = 0; i < d->nr_roots; i++)
        if (!root_is(&d->root[i], XENPT_ROOT_XPTI) && !d->root[i].stale)
            return &d->root[i].context;
    return NULL;
}

static void infer_layout(struct deriving *d, const struct xenpt_roots *roots)
{
    const char *fit, *equal = NULL;
    char value[80];
    size_t others = 0;

    snprintf(value, sizeof(value), "%s%s%s", d->layout->name, d->layout->variant ? ":" : "",
             d->layout->variant ? d->layout->variant : "");
    for (size_t i = 0; (fit = xenpt_roots_fit(roots, i)); i++)
        if (strcmp(fit, value) != 0) {
            equal = fit;
            others++;
        }
    if (others == 1)
        infer(d, "layout", value, "it describes the tables best; %s does as well, by these", equal);
    else if (others)
        infer(d, "layout", value, "it describes the tables best; %zu others do as well, by these",
              others);
    else
        infer(d, "layout", value,
              "the roots were recognised by it: it describes the tables best, or was stated");
}

static enum xenpt_code derive(struct xenpt_derived *x, struct deriving *d,
                              const struct xenpt_roots *roots)
{
    static enum xenpt_code (*const steps[])(struct deriving * d) = {
        derive_ram, derive_image, derive_cpus, derive_host, derive_domains,
    };
    enum xenpt_code code = XENPT_OK;

    d->idle = shared(d);
    if (!d->layout || !d->idle)
        return xenpt_fail(d->err, XENPT_ESTATE, "there is no root of a Xen to infer anything from");
    x->desc.xen.layout = d->layout;
    infer_layout(d, roots);
    for (size_t i = 0; !code && i < sizeof(steps) / sizeof(steps[0]); i++)
        code = steps[i](d);
    x->ram = d->ram;
    x->stacks = d->stacks;
    x->domains = d->domains;
    x->names = d->names;
    if (!code)
        code = xenpt_machine_create(&x->desc, &x->machine, d->err);
    if (!code)
        code = run(x, d);
    return code ? code : xenpt_machine_view(x->machine, &x->view, d->err);
}

enum xenpt_code xenpt_derive(const struct xenpt_view *view, const struct xenpt_roots *roots,
                             struct xenpt_derived **ret, struct xenpt_error *err)
{
    struct xenpt_derived *x = calloc(1, sizeof(*x));
    struct deriving d = { .view = view, .layout = xenpt_roots_layout(roots), .err = err };
    enum xenpt_code code;

    if (x)
        x->inferred = calloc(INFERENCES_MAX, sizeof(*x->inferred));
    if (!x || !x->inferred) {
        free(x);
        return xenpt_fail(err, XENPT_ENOMEM, "no memory for what is inferred");
    }
    d.nr_roots = xenpt_roots_list(roots, &d.root);
    d.desc = &x->desc;
    d.options = x->options;
    d.options_size = sizeof(x->options);
    d.inferred = &x->inferred;
    d.nr_inferred = &x->nr_inferred;
    code = derive(x, &d, roots);
    free(d.xpti);
    if (code) {
        xenpt_derived_free(x);
        return code;
    }
    *ret = x;
    return XENPT_OK;
}

void xenpt_derived_free(struct xenpt_derived *derived)
{
    if (!derived)
        return;
    xenpt_machine_destroy(derived->machine);
    free(derived->ram);
    free(derived->stacks);
    free(derived->domains);
    free(derived->names);
    free(derived->inferred);
    free(derived);
}

const struct xenpt_machine_desc *xenpt_derived_desc(const struct xenpt_derived *derived)
{
    return &derived->desc;
}

const struct xenpt_view *xenpt_derived_view(const struct xenpt_derived *derived)
{
    return derived->view;
}

size_t xenpt_derived_from(const struct xenpt_derived *derived, const struct xenpt_inference **ret)
{
    *ret = derived->inferred;
    return derived->nr_inferred;
}
