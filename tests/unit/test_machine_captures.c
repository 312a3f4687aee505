/*
 * test_machine_captures.c - is the machine of a model the machine that was captured?
 *
 * For each capture there is a model, NAME.yaml.  Every table below every root of Xen's in the
 * capture is gone through, and the machine's explainer is asked about each entry: what is there
 * has to be what it says, or something that the rule it names leaves open; and what it says
 * has to be there.  Frames that an allocator chose may have other numbers, one for one.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "xenpt/image.h"
#include "xenpt/model.h"

#define P    UINT64_C(1)
#define PS   UINT64_C(0x80)
#define ADDR XENPT_BITS(51, 12)

/* --- Frames, one for one ------------------------------------------------------------------- */

#define FRAMES 8192

struct renaming {
    struct {
        uint64_t image, model;
    } pair[FRAMES];
    size_t nr;
};

static bool same_frame(struct renaming *r, uint64_t image, uint64_t model)
{
    for (size_t i = 0; i < r->nr; i++)
        if (r->pair[i].image == image || r->pair[i].model == model)
            return r->pair[i].image == image && r->pair[i].model == model;
    assert_true(r->nr < FRAMES);
    r->pair[r->nr].image = image;
    r->pair[r->nr++].model = model;
    return true;
}

/* --- Entries ------------------------------------------------------------------------------- */

struct counts {
    size_t exact, allowed, unexplained, missing, opaque;
};

struct comparison {
    const char *name;
    const struct xenpt_reader *image;
    const struct xenpt_explainer *explainer;
    const struct xenpt_context *context;
    struct renaming renaming;
    struct counts counts;
};

static void differs(struct comparison *c, const char *how, const struct xenpt_entry_question *q,
                    const struct xenpt_entry_explanation *x)
{
    print_message(
        "%s: %s: %s L%u entry for %016llx: %016llx, expected %016llx (%s, may differ %llx, "
        "frame %u)\n",
        c->name, c->context->name, how, q->level, (unsigned long long)q->in,
        (unsigned long long)q->entry, (unsigned long long)x->entry,
        x->rule ? x->rule->name : "no rule", (unsigned long long)x->may_differ,
        (unsigned int)x->frame);
}

static bool is_page(uint64_t entry, unsigned int level)
{
    return level == 1 || (level < 4 && entry & PS);
}

static bool right(struct comparison *c, const struct xenpt_entry_question *q,
                  const struct xenpt_entry_explanation *x)
{
    uint64_t differ = (q->entry ^ x->entry) & ~x->may_differ;

    if (differ & ~ADDR)
        return false;
    if (x->frame == XENPT_FRAME_EXACT)
        return !(differ & ADDR);
    return x->frame == XENPT_FRAME_ANY ||
           same_frame(&c->renaming, q->entry & ADDR, x->entry & ADDR);
}

static void table(struct comparison *c, uint64_t at, unsigned int level, uint64_t in);

static void entry(struct comparison *c, const struct xenpt_entry_question *q)
{
    struct xenpt_entry_explanation x = { 0 };
    bool present = q->entry & P, page = is_page(q->entry, q->level);

    assert_true(c->explainer->entry(c->explainer, q, &x));
    assert_non_null(x.rule);
    if (x.opaque) {
        c->counts.opaque += present;
        return;
    }
    if (!present) {
        if (x.entry & P && !x.may_be_absent) {
            c->counts.missing++;
            differs(c, "missing", q, &x);
        }
        return;
    }
    if (x.entry & P && x.may_be_split && page != is_page(x.entry, q->level) && !page) {
        c->counts.allowed++;
    } else if (!(x.entry & P) || !right(c, q, &x)) {
        c->counts.unexplained++;
        differs(c, "unexplained", q, &x);
        return;
    } else if (x.one_of_several || x.frame == XENPT_FRAME_ANY || ((q->entry ^ x.entry) & ~ADDR)) {
        c->counts.allowed++;
    } else {
        c->counts.exact++;
    }
    if (!page && strncmp(x.rule->name, "linear", 6) && strncmp(x.rule->name, "shadow-linear", 13))
        table(c, q->entry & ADDR, q->level - 1, q->in);
}

static void table(struct comparison *c, uint64_t at, unsigned int level, uint64_t in)
{
    uint64_t size = UINT64_C(1) << (12 + 9 * (level - 1)), entries[512];

    if (!xenpt_read(c->image, at, entries, sizeof(entries))) {
        c->counts.unexplained++;
        print_message("%s: no table at %llx\n", c->name, (unsigned long long)at);
        return;
    }
    for (unsigned int i = 0; i < 512; i++) {
        uint64_t first = in + i * size;

        if (level == 4 && i > 255 && c->context->paging.format.sign_extended)
            first |= XENPT_BITS(63, 48);
        entry(c, &(struct xenpt_entry_question){ .context = c->context,
                                                 .level = level,
                                                 .in = first,
                                                 .at = at + 8 * i,
                                                 .entry = entries[i] });
    }
}

/* --- Roots --------------------------------------------------------------------------------- */

/* Which context of the machine a root of the capture is, from what the sidecar calls it. */
static bool context_name(const json_t *root, const struct xenpt_reader *mem, uint64_t at,
                         const struct xenpt_view *view, char name[64])
{
    const char *note = json_string_value(json_object_get(root, "note"));
    const json_t *owner = json_object_get(json_object_get(root, "page_info"), "owner_domid");
    unsigned int domain = 0, vcpu = 0, cpu;
    char all[512] = "";
    uint64_t ro_m2p = 0;
    const json_t *kind;
    size_t i;

    if (note && !strncmp(note, "STALE", 5))
        return false;
    json_array_foreach(json_object_get(root, "kinds"), i, kind)
    {
        strcat(all, json_string_value(kind));
        strcat(all, ";");
    }
    if (json_is_integer(owner))
        domain = (unsigned int)json_integer_value(owner);
    if (strstr(all, "idle_pg_table"))
        strcpy(name, "idle");
    else if (strstr(all, "xpti_root cpu") &&
             sscanf(strstr(all, "xpti_root"), "xpti_root cpu%u", &cpu))
        sprintf(name, "cpu%u.xpti", cpu);
    else {
        if (strstr(all, "guest_table") || strstr(all, "monitor"))
            sscanf(all, "d%uv%u", &domain, &vcpu);
        assert_true(xenpt_read(mem, at + 256 * 8, &ro_m2p, 8));
        sprintf(name, "d%u.v%u.xen", domain, vcpu);
        if (!xenpt_view_context(view, name))
            return false;
        if (!strcmp(xenpt_view_context(view, name)->kind, "pv64-kernel") &&
            (strstr(all, "_user") || (!strstr(all, "guest_table") && !(ro_m2p & P))))
            strcat(name, "-user");
    }
    return xenpt_view_context(view, name) != NULL;
}

/* Tables of guests' physical memory: "d1 p2m/NPT root". */
static void second_stages(struct comparison *c, const json_t *sidecar, const char *key,
                          const struct xenpt_view *view)
{
    const json_t *root;
    unsigned int domain;
    char name[64];
    size_t i;

    json_array_foreach(json_object_get(sidecar, key), i, root)
    {
        if (sscanf(json_string_value(json_object_get(root, "kind")), "d%u p2m", &domain) != 1)
            continue;
        snprintf(name, sizeof(name), "d%u.p2m", domain);
        c->context = xenpt_view_context(view, name);
        assert_non_null(c->context);
        table(c, strtoull(json_string_value(json_object_get(root, "mfn")), NULL, 16) << 12, 4, 0);
    }
}

/* --- Captures ------------------------------------------------------------------------------ */

static struct counts compare(const char *capture)
{
    struct comparison *c = calloc(1, sizeof(*c));
    char path[256], name[64];
    struct xenpt_error err = { 0 };
    struct xenpt_image *image;
    struct xenpt_model *model = NULL;
    struct xenpt_machine *machine = NULL;
    const struct xenpt_view *view;
    struct counts counts;
    json_t *sidecar, *root;
    size_t i;

    assert_non_null(c);
    snprintf(path, sizeof(path), XENPT_CAPTURES "/%s.elf.zst", capture);
    assert_int_equal(xenpt_image_open(path, NULL, &image, &err), XENPT_OK);
    snprintf(path, sizeof(path), XENPT_CAPTURES "/%s.yaml", capture);
    if (xenpt_model_read(path, NULL, NULL, &model, &err) ||
        xenpt_model_build(model, &machine, &err))
        fail_msg("%s: %s", path, err.text);
    assert_int_equal(xenpt_machine_view(machine, &view, &err), XENPT_OK);
    snprintf(path, sizeof(path), XENPT_CAPTURES "/%s.json", capture);
    sidecar = json_load_file(path, 0, NULL);
    assert_non_null(sidecar);
    c->name = capture;
    c->image = xenpt_image_view(image)->mem;
    c->explainer = view->explainer;
    json_array_foreach(json_object_get(sidecar, "roots"), i, root)
    {
        uint64_t at = strtoull(json_string_value(json_object_get(root, "mfn")), NULL, 16) << 12;

        if (!context_name(root, c->image, at, view, name))
            continue;
        c->context = xenpt_view_context(view, name);
        table(c, at, 4, 0);
    }
    second_stages(c, sidecar, "npt_roots", view);
    second_stages(c, sidecar, "ept_roots", view);
    counts = c->counts;
    print_message("%s: exact %zu, allowed %zu, unexplained %zu, missing %zu, opaque %zu\n", capture,
                  counts.exact, counts.allowed, counts.unexplained, counts.missing, counts.opaque);
    json_decref(sidecar);
    xenpt_machine_destroy(machine);
    xenpt_model_close(model);
    xenpt_image_close(image);
    free(c);
    return counts;
}

/* Captures that have a model; of their entries so many in a hundred are predicted exactly. */
static const struct row {
    const char *capture;
    unsigned int exact;
} rows[] = {
    { "v5-pv64-amd-guest", 99 },           { "v5-pv32-amd-guest", 99 },
    { "v8-pv64-intel-guest", 99 },         { "v12-pv64-intel-guest", 99 },
    { "v12-pv32-amd-guest", 99 },          { "v15-pv64-intel-guest", 96 }, /* D in code. */
    { "v15-pvhd0-hap64-guest", 94 },       { "v20-pv64-intel-guest", 99 },
    { "v20-pv32-amd-guest", 99 },          { "deb-pv64-amd-guest", 98 },
    { "deb-pv64-amd-idle1-guest", 98 },    { "deb-pv64-amd-user-user", 98 },
    { "deb-pv64-amd-xpti-guest", 98 },     { "deb-pv64-intel-guest", 98 },
    { "deb-pv64-intel-hc-xen", 98 },       { "deb-pv64-intel-noxpti-guest", 98 },
    { "deb-linux-amd-kernel", 99 },        { "deb-linux-amd-user", 99 },
    { "deb-linux-intel-kernel", 99 },      { "deb-linux-intel-user", 99 },
    { "deb-pvhd0-hap64-guest", 98 },       { "deb-pvhd0-hap64-xen", 98 },
    { "rel-pv64-intel-q35-guest", 98 },    { "rel-pv32-amd-guest", 98 },
    { "rel-pv32-amd-user-user", 98 },      { "rel-xl2-intel-pv64", 99 },
    { "rel-xl2-intel-pv32", 99 },          { "rel-xl2-intel-xen", 99 },
    { "rel-hap64-amd-guest", 99 },         { "rel-sh64-amd-guest", 99 },
    { "rel-pvhd0-sh64-guest", 96 },        { "rel-pvhd0-sh64-xen", 96 },
    { "rel-pvhd0-hap64-guest", 96 },       { "rel-pvhd0-hap64-xen", 96 },
    { "bochs-lin-hap64-guest", 99 },       { "bochs-pvhd0-ept-guest", 90 },
    { "bochs-pvhd0-ept-xen", 90 },         { "bochs-rel-xpti-pcid-guest", 99 },
    { "bochs-rel-xpti-pcid-hc-xen", 99 },  { "bochs-rel-xpti-pcid-user-user", 99 },
    { "bochs-rel-noxpti-pcid-guest", 99 },
};

static void test_capture(void **state)
{
    const struct row *row = *state;
    struct counts c = compare(row->capture);

    assert_int_equal(c.unexplained, 0);
    assert_int_equal(c.missing, 0);
    assert_true(c.exact > 1000);
    assert_true(100 * c.exact >= row->exact * (c.exact + c.allowed));
}

int main(void)
{
    struct CMUnitTest tests[sizeof(rows) / sizeof(rows[0])];

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        tests[i] = (struct CMUnitTest){ rows[i].capture, test_capture, NULL, NULL,
                                        (void *)(uintptr_t)&rows[i] };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
