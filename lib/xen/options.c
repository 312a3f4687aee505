/*
 * options.c - Xen's command line, as far as it changes tables; docs/misc/xen-command-line.
 *
 * A word is NAME, no-NAME or NAME=VALUE[,VALUE...]; a value is yes or no, or a word of its own,
 * which "no-" or "=no" turns round.
 */
#include "xen/options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "xenpt/machine.h"
#include "xenpt/suggest.h"

#define WORD_MAX 64

struct word {
    char name[WORD_MAX];
    bool on; /* Without "no-" or "=no". */
};

/* A value of a row.  "" is the bare yes or no. */
struct value {
    const char *name;
    size_t offset[2]; /* Of settings in struct xen_options; SIZE_MAX: there is no more. */
};

struct row {
    struct xenpt_xen_option public;
    const struct value *values;
    size_t nr;
};

#define AT(member) offsetof(struct xen_options, member)
#define ONE(member)                                                                                \
    {                                                                                              \
        AT(member), SIZE_MAX                                                                       \
    }
#define NOTHING                                                                                    \
    {                                                                                              \
        SIZE_MAX, SIZE_MAX                                                                         \
    }

/* clang-format off */
static const struct value xpti[] = {
    { "", { AT(xpti_dom0), AT(xpti_domu) } },
    { "dom0", ONE(xpti_dom0) },
    { "domu", ONE(xpti_domu) },
    { "default", NOTHING },
};
static const struct value smep[] = { { "", ONE(smep) }, { "hvm", NOTHING } };
static const struct value smap[] = { { "", ONE(smap) }, { "hvm", NOTHING } };
static const struct value pv[] = { { "32", ONE(pv32) } };
static const struct value hap_1gb[] = { { "", ONE(hap_1gb) } };
static const struct value hap_2mb[] = { { "", ONE(hap_2mb) } };
static const struct value ept[] = {
    { "ad", ONE(ept_ad) }, { "pml", ONE(ept_pml) }, { "exec-sp", ONE(ept_exec_sp) },
};
static const struct value altp2m[] = { { "", ONE(altp2m) } };
static const struct value cet[] = { { "shstk", ONE(cet_ss) }, { "ibt", ONE(cet_ibt) } };
static const struct value dom0[] = {
    { "pvh", ONE(dom0_pvh) }, { "shadow", ONE(dom0_shadow) }, { "pv", NOTHING },
    { "verbose", NOTHING }, { "pf-fixup", NOTHING }, { "msr-relaxed", NOTHING },
};
static const struct value linear[] = { { "", ONE(linear_pt) } };
static const struct value iommu[] = {
    { "", ONE(iommu) }, { "sharept", ONE(sharept) }, { "dom0-strict", ONE(dom0_strict) },
    { "dom0-passthrough", ONE(dom0_passthrough) }, { "quarantine", NOTHING }, { "force", NOTHING },
    { "required", NOTHING }, { "superpages", NOTHING }, { "snoop", NOTHING }, { "qinval", NOTHING },
    { "intremap", NOTHING }, { "intpost", NOTHING }, { "igfx", NOTHING }, { "crash-disable", NOTHING },
    { "verbose", NOTHING }, { "debug", NOTHING }, { "workaround_bios_bug", NOTHING },
    { "amd-iommu-perdev-intremap", NOTHING },
};
static const struct value dom0_iommu[] = {
    { "strict", ONE(dom0_strict) }, { "passthrough", ONE(dom0_passthrough) },
    { "map-inclusive", ONE(dom0_inclusive) }, { "map-reserved", NOTHING },
};
static const struct value gnttab[] = {
    { "transitive", ONE(gnttab_transitive) }, { "transfer", ONE(gnttab_transfer) },
};
static const struct value superpages[] = { { "", ONE(superpages) } };

#define ROW(word, takes, what, list) { { word, takes, what }, list, ARRAY_SIZE(list) }
#define SPECIAL(word, takes, what) { { word, takes, what }, NULL, 0 }
#define TAKEN(word) { { word, "anything", "Taken, and changes no table." }, NULL, 1 }

static const struct row rows[] = {
    ROW("xpti", "yes, no, or a list of dom0, domu", "Page-table isolation for 64-bit PV guests; "
        "by default as the processor needs it.", xpti),
    SPECIAL("pcid", "yes, no, xpti, no-xpti", "For which guests CR3 carries a PCID; xpti by "
            "default."),
    ROW("smep", "yes, no, hvm", "CR4.SMEP in Xen.", smep),
    ROW("smap", "yes, no, hvm", "CR4.SMAP in Xen.", smap),
    ROW("pv", "32, no-32", "Whether 32-bit PV guests may run.", pv),
    ROW("hap_1gb", "yes, no", "1 GiB pages in guests' physical memory.", hap_1gb),
    ROW("hap_2mb", "yes, no", "2 MiB pages there.", hap_2mb),
    ROW("ept", "a list of ad, pml, exec-sp, each also with no-", "A and D in EPT; a log of written "
        "pages by the processor; x in larger pages.", ept),
    ROW("altp2m", "yes, no", "Whether domains may have views of their memory; no by default.", altp2m),
    ROW("cet", "a list of shstk, ibt", "What Xen uses of CET: then no 32-bit PV guest runs.", cet),
    ROW("dom0", "a list of pv, pvh, shadow", "What dom0 is.", dom0),
    SPECIAL("highmem-start", "an address", "Debugging: the directmap of PV roots ends here."),
    ROW("pv-linear-pt", "yes, no", "Whether PV guests may have linear page tables; since 4.10.", linear),
    ROW("allowsuperpage", "yes, no", "Until 4.9: a table of superpages.", superpages),
    ROW("iommu", "yes, no, or a list of sharept, dom0-strict, dom0-passthrough and words that change nothing",
        "By which tables devices reach memory: the EPT of a domain that has one, unless no-sharept; of "
        "a PV dom0, its own memory or all there is.", iommu),
    ROW("dom0-iommu", "a list of strict, passthrough, map-inclusive, map-reserved",
        "The same of dom0 alone; map-inclusive: all below 4 GiB besides.", dom0_iommu),
    ROW("gnttab", "a list of max-ver:1, max-ver:2, transitive, transfer, the last two also with no-",
        "The highest version of grant tables, whether entries may lead to other domains' entries, and, since "
        "4.17, whether frames may be transferred; all by default.", gnttab),
    SPECIAL("gnttab_max_frames", "a number", "Frames that a grant table may have: 64 by default, until 4.9 32."),
    SPECIAL("gnttab_max_maptrack_frames", "a number", "Frames of what a domain maps by grants, of 256 mappings each: "
            "1024 by default."),
    TAKEN("console"), TAKEN("com1"), TAKEN("com2"), TAKEN("loglvl"), TAKEN("guest_loglvl"),
    TAKEN("noreboot"), TAKEN("console_to_ring"), TAKEN("sync_console"), TAKEN("dom0_mem"),
    TAKEN("dom0_max_vcpus"), TAKEN("ucode"), TAKEN("sched"), TAKEN("vga"),
    TAKEN("placeholder"), TAKEN("watchdog"), TAKEN("spec-ctrl"), TAKEN("dom0_vcpus_pin"),
    TAKEN("mmio-relax"), TAKEN("crashkernel"), TAKEN("cpufreq"), TAKEN("max_cstate"),
};
/* clang-format on */

const struct xenpt_xen_option *xenpt_xen_option(size_t i)
{
    return i < ARRAY_SIZE(rows) ? &rows[i].public : NULL;
}

/* --- Words --------------------------------------------------------------------------------- */

static bool is_no(const char *v)
{
    return !strcmp(v, "no") || !strcmp(v, "off") || !strcmp(v, "false") || !strcmp(v, "0") ||
           !strcmp(v, "disable");
}

static bool is_yes(const char *v)
{
    return !strcmp(v, "yes") || !strcmp(v, "on") || !strcmp(v, "true") || !strcmp(v, "1") ||
           !strcmp(v, "enable");
}

/* NAME, no-NAME, NAME=yes, yes: what a value says, and which way. */
static struct word word_of(const char *text, size_t n)
{
    struct word w = { .on = true };
    char *eq;

    snprintf(w.name, sizeof(w.name), "%.*s", (int)n, text);
    eq = strchr(w.name, '=');
    if (eq) {
        w.on = !is_no(eq + 1);
        *eq = '\0';
    }
    if (is_yes(w.name) || is_no(w.name)) {
        w.on = is_yes(w.name);
        w.name[0] = '\0';
    } else if (!strncmp(w.name, "no-", 3)) {
        w.on = !w.on;
        memmove(w.name, w.name + 3, strlen(w.name + 3) + 1);
    }
    return w;
}

static enum xenpt_code unknown(const char *what, const char *word, const struct row *row,
                               struct xenpt_error *err)
{
    char hint[XENPT_DID_YOU_MEAN_MAX];
    struct xenpt_suggestion s;

    xenpt_suggest_begin(&s, word);
    for (size_t i = 0; row && row->values && i < row->nr; i++)
        xenpt_suggest_try(&s, row->values[i].name, strlen(row->values[i].name));
    for (size_t i = 0; !row && i < ARRAY_SIZE(rows); i++)
        xenpt_suggest_try(&s, rows[i].public.name, strlen(rows[i].public.name));
    return xenpt_fail(err, XENPT_EPARSE, "%s: '%s' is not known%s%s%s", what, word,
                      xenpt_suggest_words(&s, hint), row ? "; it takes " : "",
                      row ? row->public.values : "");
}

/* --- One option ---------------------------------------------------------------------------- */

/* pv/domain.c, parse_pcid(), 4.17: a boolean, or xpti as one. */
static enum xenpt_code take_pcid(struct xen_options *o, struct word w, const char *value,
                                 struct xenpt_error *err)
{
    if (!w.name[0])
        o->pcid = w.on ? PCID_ON : PCID_OFF;
    else if (!strcmp(w.name, "xpti"))
        o->pcid = w.on ? PCID_XPTI : PCID_NOXPTI;
    else
        return xenpt_fail(err, XENPT_EPARSE, "pcid: '%s' is none of: yes no xpti no-xpti", value);
    return XENPT_OK;
}

static enum xenpt_code take_highmem(struct xen_options *o, const char *value,
                                    struct xenpt_error *err)
{
    char *end;
    uint64_t v = strtoull(value, &end, 0);
    static const char units[] = "KMGTP";
    const char *unit = *end ? strchr(units, *end & ~0x20) : NULL;

    if (unit) {
        v <<= 10 * (unit - units + 1);
        end++;
    }
    if (!*value || *end || !v)
        return xenpt_fail(err, XENPT_EPARSE, "highmem-start: '%s' is no address", value);
    o->highmem_start = v;
    return XENPT_OK;
}

/* Numbers: of a word, or of a value that begins with one. */
static const struct number {
    const char *word, *value; /* "" : of the word itself. */
    size_t offset;
    uint64_t first, last;
} numbers[] = {
    { "gnttab_max_frames", "", AT(gnttab_max_frames), 1, UINT32_MAX },
    { "gnttab_max_maptrack_frames", "", AT(gnttab_max_maptrack), 1, UINT32_MAX },
    { "gnttab", "max-ver:", AT(gnttab_max_ver), 1, 2 },
    { "gnttab", "max_ver:", AT(gnttab_max_ver), 1, 2 }, /* Of the patch of XSA-226. */
};

static const struct number *number_for(const char *word, const char *value)
{
    for (size_t i = 0; i < ARRAY_SIZE(numbers); i++)
        if (!strcmp(numbers[i].word, word) &&
            !strncmp(numbers[i].value, value, strlen(numbers[i].value)))
            return &numbers[i];
    return NULL;
}

static enum xenpt_code take_number(struct xen_options *o, const struct number *n, const char *value,
                                   struct xenpt_error *err)
{
    const char *digits = value + strlen(n->value);
    char *end;
    uint64_t v = strtoull(digits, &end, 0);

    if (*digits < '0' || *digits > '9' || *end || v < n->first || v > n->last)
        return xenpt_fail(err, XENPT_EPARSE, "%s: '%s' is no number from %llu to %llu", n->word,
                          digits, (unsigned long long)n->first, (unsigned long long)n->last);
    *(uint64_t *)(void *)((char *)o + n->offset) = v;
    return XENPT_OK;
}

static enum xenpt_code take_value(struct xen_options *o, const struct row *row, const char *text,
                                  size_t n, struct xenpt_error *err)
{
    struct word w = word_of(text, n);
    const struct number *number;
    char value[WORD_MAX];

    snprintf(value, sizeof(value), "%.*s", (int)n, text);
    number = number_for(row->public.name, value);
    if (number)
        return take_number(o, number, value, err);
    if (!strcmp(row->public.name, "pcid"))
        return take_pcid(o, w, value, err);
    if (!strcmp(row->public.name, "highmem-start"))
        return take_highmem(o, value, err);
    for (size_t i = 0; i < row->nr; i++) {
        const struct value *v = &row->values[i];

        if (strcmp(v->name, w.name))
            continue;
        for (size_t k = 0; k < 2 && v->offset[k] != SIZE_MAX; k++)
            *(enum setting *)(void *)((char *)o + v->offset[k]) = w.on ? SET_ON : SET_OFF;
        return XENPT_OK;
    }
    return unknown(row->public.name, w.name[0] ? w.name : value, row, err);
}

static const struct row *row_of(const char *name)
{
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
        if (!strcmp(rows[i].public.name, name))
            return &rows[i];
    return NULL;
}

static enum xenpt_code take(struct xen_options *o, const char *text, size_t n,
                            struct xenpt_error *err)
{
    const char *eq = memchr(text, '=', n), *at, *end = text + n;
    struct word w = word_of(text, eq ? (size_t)(eq - text) : n);
    const struct row *row = row_of(w.name);
    enum xenpt_code code = XENPT_OK;

    if (!row)
        return unknown("Xen's command line", w.name, NULL, err);
    if (!row->values && row->nr)
        return XENPT_OK;
    if (!eq)
        return take_value(o, row, w.on ? "yes" : "no", w.on ? 3 : 2, err);
    for (at = eq + 1; !code && at <= end;) {
        const char *comma = memchr(at, ',', (size_t)(end - at));
        const char *stop = comma ? comma : end;

        code = take_value(o, row, at, (size_t)(stop - at), err);
        at = stop + 1;
    }
    return code;
}

enum xenpt_code options_read(const char *text, struct xen_options *ret, struct xenpt_error *err)
{
    struct xen_options o = { 0 };
    enum xenpt_code code = XENPT_OK;

    while (!code && text && *text) {
        size_t n;

        text += strspn(text, " \t\n");
        n = strcspn(text, " \t\n");
        if (n)
            code = take(&o, text, n, err);
        text += n;
    }
    if (!code)
        *ret = o;
    return code;
}
