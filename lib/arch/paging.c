/*
 * paging.c - a format, narrowed to one processor and its registers.
 *
 * All that a CPU's features and its control registers do to a format is done here, once:
 * bits join the reserved ones, page sizes disappear, rights move.  What follows the tables
 * afterwards knows nothing of features.
 */
#include <string.h>

#include "arch/format_tables.h"
#include "arch/walk_core.h"

/* CR4.PSE = 0 ignores PS; without PSE-36, or with less than 40 address bits, the address bits
 * that a 4 MiB page cannot have are reserved.  SDM vol. 3, "32-Bit Paging". */
static void narrow_2level(struct xenpt_format *f, const struct xenpt_cpu *cpu,
                          const struct xenpt_regs *regs)
{
    struct xenpt_level *l2 = &f->level[2];
    unsigned int width = cpu->pse36 ? (unsigned int)min_u64(cpu->maxphyaddr, 40) : 32;

    if (!(regs->cr4 & XENPT_CR4_PSE))
        l2->page_if = 0;
    l2->fold.bits = (uint8_t)(width - 32);
    l2->rsvd_page |= BITS(21, width - 19);
}

static void narrow_ia(struct xenpt_paging *pg, const struct xenpt_cpu *cpu,
                      const struct xenpt_regs *regs)
{
    struct xenpt_format *f = &pg->format;
    uint64_t high = cpu->maxphyaddr < XENPT_MADDR_BITS ? BITS(51, cpu->maxphyaddr) : 0;
    bool long_mode = f->input_bits > 32;

    if (f->entry_size == 4) {
        narrow_2level(f, cpu, regs);
        return;
    }
    if (!(regs->efer & XENPT_EFER_NXE))
        high |= NX;
    for (unsigned int l = 1; l <= f->top; l++) {
        f->level[l].rsvd_table |= high;
        f->level[l].rsvd_page |= high;
    }
    if (long_mode && !cpu->gb_pages) {
        f->level[3].page_if = 0;
        f->level[3].rsvd_table |= PS;
    }
    /* Intel ignores G where an entry cannot be global; AMD wants it 0 in L4 and L5. */
    for (unsigned int l = 4; cpu->vendor == XENPT_AMD && l <= f->top; l++)
        f->level[l].rsvd_table |= G;
}

static void narrow_ept(struct xenpt_paging *pg, const struct xenpt_cpu *cpu, bool ad)
{
    struct xenpt_format *f = &pg->format;

    /* Where execute-only translations do not exist, nothing goes without R. */
    if (!cpu->ept_exec_only)
        f->dependent |= EPT_X | (cpu->ept_mbec ? EPT_XU : 0);
    for (unsigned int l = 1; cpu->maxphyaddr < XENPT_MADDR_BITS && l <= f->top; l++) {
        f->level[l].rsvd_table |= BITS(51, cpu->maxphyaddr);
        f->level[l].rsvd_page |= BITS(51, cpu->maxphyaddr);
    }
    for (unsigned int l = 2; l <= 3; l++) {
        if (l == 2 ? cpu->ept_2m_pages : cpu->ept_gb_pages)
            continue;
        f->level[l].page_if = 0;
        f->level[l].rsvd_table |= PS;
    }
    if (cpu->ept_mbec) {
        f->present |= EPT_XU;
        f->right[XENPT_XU] = EPT_XU;
    }
    if (!ad)
        f->accessed = f->dirty = 0;
}

/*
 * With one present bit, "present and nothing amiss" is one mask and one value.  EPT has
 * several; R alone among them excludes every misconfiguration of rights, and WB those of the
 * memory type, so that an ordinary entry is proved in one comparison there too.
 */
static void derive_plain(struct xenpt_paging *pg)
{
    const struct xenpt_format *f = &pg->format;
    bool ept = f->cache == XENPT_CACHE_EPT;
    uint64_t present = plain_bit(f);

    for (unsigned int l = 1; l <= f->top; l++) {
        const struct xenpt_level *lv = &f->level[l];
        uint64_t mark = l > 1 ? lv->page_if : 0;

        /* One mask for all levels: where they differ, an entry is looked at more closely. */
        if (l > 1 && !lv->silent)
            pg->plain.not_table |= lv->page_if | lv->rsvd_table;
        pg->plain.page[l].mask = present | mark | lv->rsvd_page | (ept ? EPT_MT : 0);
        pg->plain.page[l].value = present | mark | (ept ? EPT_WB : 0);
        if (l > 1 && !mark)
            pg->plain.page[l].mask = 0; /* No entry maps a page here: none has this value. */
    }
}

static enum xenpt_code check_cpu(const struct xenpt_cpu *cpu, struct xenpt_error *err)
{
    if (cpu->maxphyaddr < 32 || cpu->maxphyaddr > XENPT_MADDR_BITS)
        return xenpt_fail(err, XENPT_ERANGE, "MAXPHYADDR is %u, and can be 32 to %u",
                          cpu->maxphyaddr, XENPT_MADDR_BITS);
    return XENPT_OK;
}

static struct xenpt_paging start(enum xenpt_format_id id, const struct xenpt_cpu *cpu,
                                 const struct xenpt_regs *regs, uint64_t root)
{
    struct xenpt_paging pg = {
        .id = id,
        .format = formats[id],
        .root = root,
        .cpu = *cpu,
    };

    if (regs)
        pg.regs = *regs;
    if (!pg.regs.pat)
        pg.regs.pat = XENPT_PAT_RESET;
    return pg;
}

/* Register combinations that a MOV to a control register answers with #GP. */
static const struct {
    const char *text;
    uint64_t cr0, not_cr0, cr4, not_cr4, efer, not_efer; /* All of these: refused. */
} illegal[] = {
    { "CR0.PG is set with CR0.PE clear", .cr0 = XENPT_CR0_PG, .not_cr0 = XENPT_CR0_PE },
    { "CR0.NW is set with CR0.CD clear", .cr0 = XENPT_CR0_NW, .not_cr0 = XENPT_CR0_CD },
    { "EFER.LMA is set with CR0.PG clear", .not_cr0 = XENPT_CR0_PG, .efer = XENPT_EFER_LMA },
    { "EFER.LMA is set with EFER.LME clear", .efer = XENPT_EFER_LMA, .not_efer = XENPT_EFER_LME },
    { "EFER.LMA is set with CR4.PAE clear", .not_cr4 = XENPT_CR4_PAE, .efer = XENPT_EFER_LMA },
    { "EFER.LME and CR0.PG are set with EFER.LMA clear", .cr0 = XENPT_CR0_PG,
      .efer = XENPT_EFER_LME, .not_efer = XENPT_EFER_LMA },
    { "CR4.PCIDE is set with EFER.LMA clear", .cr4 = XENPT_CR4_PCIDE, .not_efer = XENPT_EFER_LMA },
    { "CR4.CET is set with CR0.WP clear", .not_cr0 = XENPT_CR0_WP, .cr4 = XENPT_CR4_CET },
};

static enum xenpt_code check_regs(const struct xenpt_cpu *cpu, const struct xenpt_regs *r,
                                  struct xenpt_error *err)
{
    const struct {
        const char *name;
        uint64_t bit;
        bool has;
    } features[] = {
        { "CR4.LA57", XENPT_CR4_LA57, cpu->la57 }, { "CR4.PCIDE", XENPT_CR4_PCIDE, cpu->pcid },
        { "CR4.SMEP", XENPT_CR4_SMEP, cpu->smep }, { "CR4.SMAP", XENPT_CR4_SMAP, cpu->smap },
        { "CR4.PKE", XENPT_CR4_PKE, cpu->pku },    { "CR4.PKS", XENPT_CR4_PKS, cpu->pks },
        { "CR4.CET", XENPT_CR4_CET, cpu->cet_ss },
    };

    for (size_t i = 0; i < ARRAY_SIZE(illegal); i++)
        if ((r->cr0 & illegal[i].cr0) == illegal[i].cr0 && !(r->cr0 & illegal[i].not_cr0) &&
            (r->cr4 & illegal[i].cr4) == illegal[i].cr4 && !(r->cr4 & illegal[i].not_cr4) &&
            (r->efer & illegal[i].efer) == illegal[i].efer && !(r->efer & illegal[i].not_efer))
            return xenpt_fail(err, XENPT_ESTATE, "%s: no processor can be in this state",
                              illegal[i].text);
    for (size_t i = 0; i < ARRAY_SIZE(features); i++)
        if (r->cr4 & features[i].bit && !features[i].has)
            return xenpt_fail(err, XENPT_ESTATE, "%s is set, and this processor lacks it",
                              features[i].name);
    if (r->efer & XENPT_EFER_NXE && !cpu->nx)
        return xenpt_fail(err, XENPT_ESTATE, "EFER.NXE is set, and this processor lacks it");
    return XENPT_OK;
}

/* The format that registers select; SDM vol. 3, "Paging-Mode Enabling". */
static enum xenpt_format_id selected(const struct xenpt_regs *r)
{
    if (!(r->cr0 & XENPT_CR0_PG))
        return XENPT_UNPAGED;
    if (!(r->cr4 & XENPT_CR4_PAE))
        return XENPT_2LEVEL;
    if (!(r->efer & XENPT_EFER_LMA))
        return XENPT_PAE;
    return r->cr4 & XENPT_CR4_LA57 ? XENPT_5LEVEL : XENPT_4LEVEL;
}

enum xenpt_code xenpt_paging_init(struct xenpt_paging *ret, const struct xenpt_cpu *cpu,
                                  const struct xenpt_regs *regs, struct xenpt_error *err)
{
    struct xenpt_root_value root;
    enum xenpt_code code = check_cpu(cpu, err);

    if (!code)
        code = check_regs(cpu, regs, err);
    if (!code)
        code = xenpt_decode_cr3(cpu, regs, regs->cr3, &root, err);
    if (code)
        return code;
    *ret = start(selected(regs), cpu, regs, root.table);
    ret->pcid = root.pcid;
    if (ret->id != XENPT_UNPAGED)
        narrow_ia(ret, cpu, regs);
    derive_plain(ret);
    return XENPT_OK;
}

enum xenpt_code xenpt_paging_init_ept(struct xenpt_paging *ret, const struct xenpt_cpu *cpu,
                                      uint64_t eptp, struct xenpt_error *err)
{
    struct xenpt_root_value root;
    enum xenpt_code code = check_cpu(cpu, err);

    if (!code)
        code = xenpt_decode_eptp(cpu, eptp, &root, err);
    if (code)
        return code;
    *ret = start(root.levels == 5 ? XENPT_EPT5 : XENPT_EPT4, cpu, NULL, root.table);
    ret->eptp_memory_type = root.memory_type;
    ret->eptp_sss = root.supervisor_ss;
    narrow_ept(ret, cpu, root.accessed_dirty);
    derive_plain(ret);
    return XENPT_OK;
}

enum xenpt_code xenpt_paging_init_npt(struct xenpt_paging *ret, const struct xenpt_cpu *cpu,
                                      const struct xenpt_regs *host, uint64_t ncr3,
                                      struct xenpt_error *err)
{
    static const enum xenpt_format_id nested[] = {
        [XENPT_2LEVEL] = XENPT_NPT2,
        [XENPT_PAE] = XENPT_NPT_PAE,
        [XENPT_4LEVEL] = XENPT_NPT4,
        [XENPT_5LEVEL] = XENPT_NPT5,
    };
    struct xenpt_root_value root;
    enum xenpt_code code = check_cpu(cpu, err);

    if (!code)
        code = check_regs(cpu, host, err);
    if (!code)
        code = xenpt_decode_ncr3(cpu, host, ncr3, &root, err);
    if (code)
        return code;
    *ret = start(nested[selected(host)], cpu, host, root.table);
    narrow_ia(ret, cpu, host);
    derive_plain(ret);
    return XENPT_OK;
}

enum xenpt_code xenpt_paging_init_iommu(struct xenpt_paging *ret, const struct xenpt_cpu *cpu,
                                        unsigned int mode, uint64_t root, struct xenpt_error *err)
{
    enum xenpt_code code = check_cpu(cpu, err);

    if (code)
        return code;
    if (mode != 3 && mode != 4)
        return xenpt_fail(err, XENPT_EUNSUPPORTED,
                          "an IOMMU with mode %u is not modelled: 3 or 4 are", mode);
    *ret = start(mode == 3 ? XENPT_IOMMU3 : XENPT_IOMMU4, cpu, NULL, root);
    derive_plain(ret);
    return XENPT_OK;
}

enum xenpt_code xenpt_paging_init_vtd(struct xenpt_paging *ret, const struct xenpt_cpu *cpu,
                                      unsigned int levels, uint64_t root, struct xenpt_error *err)
{
    enum xenpt_code code = check_cpu(cpu, err);

    if (code)
        return code;
    if (levels != 3 && levels != 4)
        return xenpt_fail(err, XENPT_EUNSUPPORTED,
                          "VT-d with %u levels is not modelled: 3 or 4 are", levels);
    *ret = start(levels == 3 ? XENPT_VTD3 : XENPT_VTD4, cpu, NULL, root);
    for (unsigned int l = 1; cpu->maxphyaddr < XENPT_MADDR_BITS && l <= levels; l++) {
        ret->format.level[l].rsvd_table |= BITS(51, cpu->maxphyaddr);
        ret->format.level[l].rsvd_page |= BITS(51, cpu->maxphyaddr);
    }
    derive_plain(ret);
    return XENPT_OK;
}
