/* parts.c - values of a model that are more than one word: RAM, a processor, a command line. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scenario/keys.h"
#include "xen/options.h"
#include "xenpt/suggest.h"

static void expected(struct model_reading *r, const char *key, const struct node *node,
                     const char *what)
{
    char words[NODE_WORDS_MAX];

    mistake(r->m, &node->at, XENPT_EPARSE, "%s: %s, and this was expected: %s", key,
            node_words(node, words), what);
}

/* --- RAM ----------------------------------------------------------------------------------- */

/* "0x100000..0xfffffff" */
static bool range_of(const struct node *node, struct xenpt_ram_range *ret)
{
    const char *dots = strstr(node->text, "..");
    char *end;

    if (node->kind != NODE_TEXT || !dots || node->text[0] < '0' || node->text[0] > '9' ||
        dots[2] < '0' || dots[2] > '9')
        return false;
    ret->first = strtoull(node->text, &end, 0);
    if (end != dots)
        return false;
    ret->last = strtoull(dots + 2, &end, 0);
    return !*end && ret->first <= ret->last;
}

static bool ram(struct model_reading *r, const struct node *node)
{
    struct xenpt_ram_range *ranges;

    if (!node)
        return true;
    if (node_number(node, &r->desc.host.ram))
        return true;
    if (node->kind != NODE_LIST || !node->nr) {
        expected(r, "ram", node, "a size, such as 4G, or a list of ranges");
        return true;
    }
    ranges = doc_alloc(r->doc, node->nr * sizeof(*ranges));
    if (!ranges)
        return false;
    for (size_t i = 0; i < node->nr; i++)
        if (!range_of(node->items[i], &ranges[i]))
            expected(r, "ram", node->items[i], "a range, such as 0x100000..0xfffffff");
    r->desc.host.ranges = ranges;
    r->desc.host.nr_ranges = node->nr;
    return true;
}

/* --- The processor ------------------------------------------------------------------------- */

#define FEATURE(name, member)                                                                      \
    {                                                                                              \
        name, offsetof(struct xenpt_cpu_model, member)                                             \
    }
static const struct {
    const char *name;
    size_t offset;
} features[] = {
    FEATURE("nx", cpu.nx),
    FEATURE("gb-pages", cpu.gb_pages),
    FEATURE("ept-gb-pages", cpu.ept_gb_pages),
    FEATURE("smep", cpu.smep),
    FEATURE("smap", cpu.smap),
    FEATURE("pku", cpu.pku),
    FEATURE("pks", cpu.pks),
    FEATURE("la57", cpu.la57),
    FEATURE("cet-ss", cpu.cet_ss),
    FEATURE("pcid", cpu.pcid),
    FEATURE("invpcid", invpcid),
    FEATURE("ept-ad", cpu.ept_ad),
    FEATURE("ept-exec-only", cpu.ept_exec_only),
    FEATURE("meltdown", meltdown),
    FEATURE("l1tf", l1tf),
    FEATURE("multihit", multihit),
};

static void unknown(struct model_reading *r, const char *what, const struct node *node,
                    struct xenpt_suggestion *s)
{
    char hint[XENPT_DID_YOU_MEAN_MAX], words[NODE_WORDS_MAX];

    mistake(r->m, &node->at, XENPT_EPARSE, "%s: %s is not known%s", what, node_words(node, words),
            xenpt_suggest_words(s, hint));
}

static void feature(struct model_reading *r, const struct node *node, bool has,
                    struct xenpt_cpu_model *model)
{
    struct xenpt_suggestion s;

    xenpt_suggest_begin(&s, node->text);
    for (size_t i = 0; i < ARRAY_SIZE(features); i++) {
        if (node->kind == NODE_TEXT && !strcmp(features[i].name, node->text)) {
            *((bool *)(void *)((char *)model + features[i].offset)) = has;
            return;
        }
        xenpt_suggest_try(&s, features[i].name, strlen(features[i].name));
    }
    unknown(r, has ? "with" : "without", node, &s);
}

static void feature_list(struct model_reading *r, const char *key, const struct node *host,
                         bool has, struct xenpt_cpu_model *model)
{
    const struct node *list = node_get(host, key);

    if (list && list->kind == NODE_TEXT)
        feature(r, list, has, model);
    else if (list && list->kind != NODE_LIST)
        expected(r, key, list, "a list of features");
    for (size_t i = 0; list && list->kind == NODE_LIST && i < list->nr; i++)
        feature(r, list->items[i], has, model);
}

/* The names are few enough to be told. */
static void unknown_processor(struct model_reading *r, const struct node *node,
                              const struct xenpt_cpu_model *models, size_t n,
                              struct xenpt_suggestion *s)
{
    char hint[XENPT_DID_YOU_MEAN_MAX], words[NODE_WORDS_MAX], names[256] = "";
    size_t used = 0;

    for (size_t i = 0; i < n && used < sizeof(names); i++)
        used += (size_t)snprintf(names + used, sizeof(names) - used, " %s", models[i].name);
    xenpt_suggest_words(s, hint);
    mistake(r->m, &node->at, XENPT_EPARSE, "processor: %s is not known%s%s",
            node_words(node, words), *hint ? hint : ", and these are:", *hint ? "" : names);
}

static bool processor(struct model_reading *r, const struct node *host)
{
    const struct node *node = node_get(host, "processor");
    struct xenpt_cpu_model *model = doc_alloc(r->doc, sizeof(*model));
    const struct xenpt_cpu_model *models;
    size_t n = xenpt_cpu_models(&models), i = 0;
    struct xenpt_suggestion s;

    if (!model)
        return false;
    if (node) {
        xenpt_suggest_begin(&s, node->text);
        for (i = 0; i < n && strcmp(models[i].name, node->text); i++)
            xenpt_suggest_try(&s, models[i].name, strlen(models[i].name));
    }
    if (i == n)
        unknown_processor(r, node, models, n, &s);
    *model = models[i == n ? 0 : i];
    feature_list(r, "with", host, true, model);
    feature_list(r, "without", host, false, model);
    r->desc.host.processor = model;
    return true;
}

bool host_parts(struct model_reading *r)
{
    const struct node *host = node_get(r->root, "host");
    const struct raw_host *raw = &r->raw.host;

    if (!host || host->kind != NODE_MAP)
        return true;
    r->desc.host.cpus = raw->cpus;
    r->desc.host.mmcfg = node_get(host, "mmcfg") != NULL;
    r->desc.host.mmcfg_base = raw->mmcfg_base;
    r->desc.host.mmcfg_buses = raw->mmcfg_buses;
    r->desc.host.epc_base = raw->epc_base;
    r->desc.host.epc_size = raw->epc_size;
    r->desc.host.quarantine = raw->quarantine;
    r->desc.host.iommu = (enum xenpt_iommu)raw->iommu;
    if (node_get(host, "epc") && node_get(host, "epc")->kind == NODE_MAP && !raw->epc_size)
        mistake(r->m, &node_get(host, "epc")->at, XENPT_ERANGE, "epc: it has no bytes");
    return ram(r, node_get(host, "ram")) && processor(r, host);
}

/* --- Xen ----------------------------------------------------------------------------------- */

/* Words that Xen does not know are told where they stand. */
static void check_options(struct model_reading *r, const struct node *node)
{
    struct xenpt_error err = { 0 };
    struct xen_options options;
    enum xenpt_code code = options_read(node->text, &options, &err);

    if (code)
        mistake(r->m, &node->at, code, "%s", err.text);
}

/* A text as it is, or the words of a list with blanks between. */
static bool options(struct model_reading *r, const struct node *node)
{
    size_t size = 1, used = 0;
    char *text;

    if (!node || node->kind == NODE_NULL)
        return true;
    if (node->kind == NODE_TEXT) {
        r->desc.xen.options = node->text;
        check_options(r, node);
        return true;
    }
    if (node->kind != NODE_LIST) {
        expected(r, "options", node, "words of Xen's command line");
        return true;
    }
    for (size_t i = 0; i < node->nr; i++) {
        size += strlen(node->items[i]->text) + 1;
        check_options(r, node->items[i]);
    }
    text = doc_alloc(r->doc, size);
    if (!text)
        return false;
    for (size_t i = 0; i < node->nr; i++)
        used += (size_t)snprintf(text + used, size - used, "%s%s", i ? " " : "",
                                 node->items[i]->text);
    r->desc.xen.options = text;
    return true;
}

static bool stacks(struct model_reading *r, const struct node *node)
{
    uint64_t *list;

    if (!node)
        return true;
    if (node->kind != NODE_LIST) {
        expected(r, "stacks", node, "a list of machine addresses");
        return true;
    }
    list = doc_alloc(r->doc, (node->nr + 1) * sizeof(*list));
    if (!list)
        return false;
    for (size_t i = 0; i < node->nr; i++)
        if (!node_number(node->items[i], &list[i]))
            expected(r, "stacks", node->items[i], "a machine address");
    r->desc.xen.stacks = list;
    r->desc.xen.nr_stacks = node->nr;
    return true;
}

/* By its release, or from a file; the mistakes of that file are told as its own. */
static void layout(struct model_reading *r, const struct node *xen)
{
    const struct raw_xen *raw = &r->raw.xen;
    struct xenpt_error err = { 0 };
    struct xenpt_layout *opened = NULL;
    const struct node *at = node_get(xen, raw->layout ? "layout" : "release");
    enum xenpt_code code;
    char name[96];

    if (!raw->release == !raw->layout) {
        mistake(r->m, &xen->at, XENPT_EPARSE, "xen: either a release or a layout is wanted");
        return;
    }
    snprintf(name, sizeof(name), "%s%s%s", raw->release ? raw->release : "",
             raw->variant ? ":" : "", raw->variant ? raw->variant : "");
    if (raw->layout)
        code = xenpt_layout_read(raw->layout, raw->variant, r->m->fn, r->m->ctx, &opened, &err);
    else if (r->layouts)
        code = layouts_open(r->layouts, name, &opened, &err);
    else
        code = xenpt_layout_open(name, &opened, &err);
    if (!code && raw->layout && r->layouts)
        code = layouts_keep(r->layouts, opened, &err);
    if (code) {
        mistake(r->m, &at->at, code, "%s", err.text);
        opened = NULL;
    }
    r->desc.xen.layout = opened;
    if (raw->release && !xenpt_release_parse(raw->release, &r->desc.xen.release))
        /* A layout's name leaves open which of its releases it is. */
        r->desc.xen.release = (struct xenpt_release){ 0 };
}

bool xen_parts(struct model_reading *r)
{
    const struct node *xen = node_get(r->root, "xen");
    const struct raw_xen *raw = &r->raw.xen;

    if (!xen || xen->kind != NODE_MAP)
        return true;
    r->desc.xen.debug = raw->debug;
    r->desc.xen.pv32 = raw->pv32;
    for (unsigned int i = 0; i < XENPT_NR_FEATURES; i++)
        if (node_get(xen, xenpt_feature_word((enum xenpt_feature)i)->name))
            r->desc.xen.features[i] = raw->features[i] ? XENPT_BUILT_IN : XENPT_BUILT_OUT;
    r->desc.xen.has_phys = node_get(xen, "phys") != NULL;
    r->desc.xen.phys = raw->phys;
    r->desc.xen.image = raw->image;
    layout(r, xen);
    return options(r, node_get(xen, "options")) && stacks(r, node_get(xen, "stacks"));
}
