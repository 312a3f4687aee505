/* modes.c - paging modes, second stages and processors by name. */
#include "modes.h"

#include <stdio.h>
#include <string.h>

#include "rows.h"
#include "values.h"

#define PAGED    (XENPT_CR0_PG | XENPT_CR0_WP | XENPT_CR0_PE)
#define LONGMODE (XENPT_EFER_LME | XENPT_EFER_LMA | XENPT_EFER_NXE)
#define CR4_5L   (XENPT_CR4_PAE | XENPT_CR4_LA57)

/* clang-format off */
const struct mode modes[] = {
    { "2level",  XENPT_2LEVEL,  MODE_FIRST, PAGED, XENPT_CR4_PSE, 0 },
    { "pae",     XENPT_PAE,     MODE_FIRST, PAGED, XENPT_CR4_PAE, XENPT_EFER_NXE },
    { "4level",  XENPT_4LEVEL,  MODE_FIRST, PAGED, XENPT_CR4_PAE, LONGMODE },
    { "5level",  XENPT_5LEVEL,  MODE_FIRST, PAGED, CR4_5L, LONGMODE },
    { "unpaged", XENPT_UNPAGED, MODE_FIRST, XENPT_CR0_PE, 0, 0 },
    { "ept4",    XENPT_EPT4,    MODE_EPT, 0, 0, 0 },
    { "ept5",    XENPT_EPT5,    MODE_EPT, 0, 0, 0 },
    { "npt2",    XENPT_NPT2,    MODE_NPT, PAGED, XENPT_CR4_PSE, 0 },
    { "nptpae",  XENPT_NPT_PAE, MODE_NPT, PAGED, XENPT_CR4_PAE, XENPT_EFER_NXE },
    { "npt4",    XENPT_NPT4,    MODE_NPT, PAGED, XENPT_CR4_PAE, LONGMODE },
    { "npt5",    XENPT_NPT5,    MODE_NPT, PAGED, CR4_5L, LONGMODE },
    { "iommu3",  XENPT_IOMMU3,  MODE_IOMMU, 0, 0, 0 },
    { "iommu4",  XENPT_IOMMU4,  MODE_IOMMU, 0, 0, 0 },
    { "vtd3",    XENPT_VTD3,    MODE_VTD, 0, 0, 0 },
    { "vtd4",    XENPT_VTD4,    MODE_VTD, 0, 0, 0 },
};
/* clang-format on */
const struct names mode_names = { modes, sizeof(modes[0]), COUNT(modes) };

#define DEFAULT_MODE 2 /* 4level */

/* An EPTP's walk length, less one, and WB: what a plain address of a table lacks. */
#define EPTP_WALK(levels) ((uint64_t)((levels)-1) << 3)
#define EPTP_WB           UINT64_C(6)

const struct mode *mode_chosen(const struct settings *settings)
{
    return &modes[settings->mode_given ? settings->mode : DEFAULT_MODE];
}

enum xenpt_code mode_named(const char *what, const char *name, const struct mode **ret,
                           struct xenpt_error *err)
{
    static const struct {
        const char *name, *mode;
    } usual[] = { { "ept", "ept4" }, { "npt", "npt4" } };
    enum xenpt_code code;
    size_t i;

    for (size_t k = 0; k < COUNT(usual); k++)
        if (!strcmp(name, usual[k].name))
            name = usual[k].mode;
    code = names_find(&mode_names, what, name, &i, err);
    if (!code)
        *ret = &modes[i];
    return code;
}

/* --- Roots --------------------------------------------------------------------------------- */

static uint64_t either(struct number given, uint64_t otherwise)
{
    return given.given ? given.v : otherwise;
}

static struct xenpt_regs registers(const struct mode *mode, const struct settings *s,
                                   const struct xenpt_cpu *cpu)
{
    uint64_t efer = cpu->nx ? mode->efer : mode->efer & ~XENPT_EFER_NXE;

    return (struct xenpt_regs){
        .cr0 = either(s->cr0, mode->cr0),
        .cr4 = either(s->cr4, mode->cr4),
        .efer = either(s->efer, efer),
        .pat = either(s->pat, 0),
        .pkru = (uint32_t)either(s->pkru, 0),
        .pkrs = (uint32_t)either(s->pkrs, 0),
    };
}

/*
 * A frame number where an address was meant finds some other table, or none: bits that no CR3
 * has give it away.  PWT and PCD it may have, and a PCID.
 */
static enum xenpt_code check_root(const struct mode *mode, uint64_t root, uint64_t cr4,
                                  struct xenpt_error *err)
{
    uint64_t low = mode->format == XENPT_PAE ? XENPT_BITS(2, 0)
                                             : XENPT_BITS(11, 5) | XENPT_BITS(2, 0);

    if (mode->kind != MODE_EPT && mode->format != XENPT_UNPAGED && !(cr4 & XENPT_CR4_PCIDE) &&
        root & low)
        return xenpt_fail(err, XENPT_EPARSE,
                          "the root 0x%llx is not the address of a table: its low bits are not 0 "
                          "(of a frame number, write the address: 0x%llx%s)",
                          (unsigned long long)root, (unsigned long long)root << XENPT_PAGE_SHIFT,
                          mode->format == XENPT_4LEVEL
                              ? "; of a CR3 with a PCID, state CR4.PCIDE: --cr4 20020"
                              : "");
    return XENPT_OK;
}

static enum xenpt_code ept(const struct mode *mode, const struct xenpt_cpu *cpu, uint64_t root,
                           struct xenpt_paging *ret, struct xenpt_error *err)
{
    unsigned int levels = mode->format == XENPT_EPT5 ? 5 : 4;

    if (!(root & (XENPT_PAGE_SIZE - 1)))
        root |= EPTP_WALK(levels) | EPTP_WB;
    return xenpt_paging_init_ept(ret, cpu, root, err);
}

enum xenpt_code mode_paging(const struct mode *mode, const struct settings *settings,
                            const struct xenpt_cpu *cpu, uint64_t root, struct xenpt_paging *ret,
                            struct xenpt_error *err)
{
    struct xenpt_regs regs = registers(mode, settings, cpu);
    enum xenpt_code code = check_root(mode, root, regs.cr4, err);

    if (code)
        return code;
    regs.cr3 = root;
    if (mode->kind == MODE_EPT)
        code = ept(mode, cpu, root, ret, err);
    else if (mode->kind == MODE_IOMMU)
        code = xenpt_paging_init_iommu(ret, cpu, mode->format == XENPT_IOMMU3 ? 3 : 4, root, err);
    else if (mode->kind == MODE_VTD)
        code = xenpt_paging_init_vtd(ret, cpu, mode->format == XENPT_VTD3 ? 3 : 4, root, err);
    else if (mode->kind == MODE_NPT)
        code = xenpt_paging_init_npt(ret, cpu, &regs, root, err);
    else
        code = xenpt_paging_init(ret, cpu, &regs, err);
    if (!code && ret->id != mode->format)
        code = xenpt_fail(err, XENPT_ESTATE,
                          "the registers that were given select %s paging, and --mode %s another",
                          ret->format.name, mode->name);
    return code;
}

/* --- Second stages ------------------------------------------------------------------------- */

static const struct second {
    const char *name, *mode;
} seconds[] = {
    { "ept:", "ept4" },  { "ept5:", "ept5" },     { "npt:", "npt4" },
    { "npt5:", "npt5" }, { "nptpae:", "nptpae" }, { "npt2:", "npt2" },
};
const struct names second_names = { seconds, sizeof(seconds[0]), COUNT(seconds) };

static const struct mode *mode_of(const char *name)
{
    const struct mode *m = modes;

    while (strcmp(m->name, name) != 0)
        m++;
    return m;
}

static const struct second *second_of(const char *text)
{
    for (size_t i = 0; i < COUNT(seconds); i++)
        if (!strncmp(text, seconds[i].name, strlen(seconds[i].name)))
            return &seconds[i];
    return NULL;
}

enum xenpt_code mode_second(const char *text, const struct xenpt_cpu *cpu, struct xenpt_paging *ret,
                            struct xenpt_error *err)
{
    /* --cr0 and the like are about the guest; the host's registers are those of the mode. */
    static const struct settings none;
    const struct second *row = second_of(text);
    enum xenpt_code code;
    uint64_t root;

    if (!row)
        return xenpt_fail(err, XENPT_EPARSE,
                          "--second: '%s' is no second stage, such as ept:0x1e5601e or "
                          "npt:0xfca4000",
                          text);
    code = value_hex("--second", text + strlen(row->name), &root, err);
    if (code)
        return code;
    code = mode_paging(mode_of(row->mode), &none, cpu, root, ret, err);
    return xenpt_prefix(err, code, "--second");
}

/* Every format has a mode. */
const char *mode_word(enum xenpt_format_id format)
{
    const struct mode *m = modes;

    while (m->format != format)
        m++;
    return m->name;
}

const char *mode_second_words(const struct xenpt_paging *second, char buf[MODE_SECOND_MAX])
{
    const char *mode = mode_word(second->id), *prefix = "";

    for (size_t i = 0; i < COUNT(seconds); i++)
        if (!strcmp(seconds[i].mode, mode))
            prefix = seconds[i].name;
    snprintf(buf, MODE_SECOND_MAX, "%s0x%llx", prefix, (unsigned long long)second->root);
    return buf;
}

/* --- Processors ---------------------------------------------------------------------------- */

static const struct feature {
    const char *name;
    size_t field;
} features[] = {
    { "nx", offsetof(struct xenpt_cpu, nx) },
    { "1g", offsetof(struct xenpt_cpu, gb_pages) },
    { "pse36", offsetof(struct xenpt_cpu, pse36) },
    { "smep", offsetof(struct xenpt_cpu, smep) },
    { "smap", offsetof(struct xenpt_cpu, smap) },
    { "pku", offsetof(struct xenpt_cpu, pku) },
    { "pks", offsetof(struct xenpt_cpu, pks) },
    { "la57", offsetof(struct xenpt_cpu, la57) },
    { "cet-ss", offsetof(struct xenpt_cpu, cet_ss) },
    { "pcid", offsetof(struct xenpt_cpu, pcid) },
    { "ept-1g", offsetof(struct xenpt_cpu, ept_gb_pages) },
    { "ept-2m", offsetof(struct xenpt_cpu, ept_2m_pages) },
    { "ept-ad", offsetof(struct xenpt_cpu, ept_ad) },
    { "ept-mbec", offsetof(struct xenpt_cpu, ept_mbec) },
    { "ept-exec-only", offsetof(struct xenpt_cpu, ept_exec_only) },
    { "ept-sss", offsetof(struct xenpt_cpu, ept_sss) },
    { "ept-5level", offsetof(struct xenpt_cpu, ept_5level) },
    { "ept-advanced-info", offsetof(struct xenpt_cpu, ept_advanced_info) },
};
const struct names feature_names = { features, sizeof(features[0]), COUNT(features) };

static enum xenpt_code set_feature(struct xenpt_cpu *cpu, const char *option, const char *name,
                                   size_t n, bool has, struct xenpt_error *err)
{
    char typed[XENPT_SUGGESTION_MAX], what[XENPT_SUGGESTION_MAX];
    enum xenpt_code code;
    size_t i;

    snprintf(typed, sizeof(typed), "%.*s", (int)n, name);
    snprintf(what, sizeof(what), "--%s", option);
    code = names_find(&feature_names, what, typed, &i, err);
    if (!code)
        *(bool *)((char *)cpu + features[i].field) = has;
    return code;
}

/* Lists with commas between, as many as were given. */
static enum xenpt_code set_features(struct xenpt_cpu *cpu, const char *option,
                                    const struct words *lists, bool has, struct xenpt_error *err)
{
    enum xenpt_code code = XENPT_OK;

    for (size_t i = 0; !code && i < lists->nr; i++)
        for (const char *name = lists->word[i]; !code; name++) {
            size_t n = strcspn(name, ",");

            code = set_feature(cpu, option, name, n, has, err);
            name += n;
            if (!*name)
                break;
        }
    return code;
}

enum xenpt_code mode_cpu(const struct settings *settings, enum xenpt_vendor vendor,
                         struct xenpt_cpu *ret, struct xenpt_error *err)
{
    struct xenpt_cpu cpu = xenpt_cpu_widest(vendor);
    enum xenpt_code code;

    if (settings->maxphyaddr.given) {
        if (settings->maxphyaddr.v < 32 || settings->maxphyaddr.v > XENPT_MADDR_BITS)
            return xenpt_fail(err, XENPT_ERANGE, "--maxphyaddr: %llu is not between 32 and %u",
                              (unsigned long long)settings->maxphyaddr.v, XENPT_MADDR_BITS);
        cpu.maxphyaddr = (uint8_t)settings->maxphyaddr.v;
    }
    code = set_features(&cpu, "with", &settings->with, true, err);
    if (!code)
        code = set_features(&cpu, "without", &settings->without, false, err);
    if (!code)
        *ret = cpu;
    return code;
}
