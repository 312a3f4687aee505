/* root.c - what the bits of CR3, EPTP and nCR3 say, and which values hardware refuses. */
#include "arch/format_tables.h"
#include "base/bits.h"

static enum xenpt_code refuse(struct xenpt_error *err, const char *name, uint64_t value,
                              const char *why)
{
    return xenpt_fail(err, XENPT_ESTATE, "%s 0x%llx: %s", name, (unsigned long long)value, why);
}

/* Bits of a CR3 value above those that an address can have. */
static uint64_t above(const struct xenpt_cpu *cpu)
{
    return ~ones(cpu->maxphyaddr);
}

/* MOV to CR3: SDM vol. 3, "CR3" and "Process-Context Identifiers"; APM vol. 2, 3.1.2. */
enum xenpt_code xenpt_decode_cr3(const struct xenpt_cpu *cpu, const struct xenpt_regs *regs,
                                 uint64_t value, struct xenpt_root_value *ret,
                                 struct xenpt_error *err)
{
    bool long_mode = regs->efer & XENPT_EFER_LMA, pcide = regs->cr4 & XENPT_CR4_PCIDE;
    bool pae = regs->cr4 & XENPT_CR4_PAE;
    struct xenpt_root_value v = {
        .table = value & BITS(51, 12),
        .pwt = value & PWT,
        .pcd = value & PCD,
        .levels = long_mode ? (regs->cr4 & XENPT_CR4_LA57 ? 5 : 4) : (pae ? 3 : 2),
    };

    if (!(regs->cr0 & XENPT_CR0_PG)) {
        /* Nothing is translated; the value waits, and is read when paging is switched on. */
        v.levels = 0;
        *ret = v;
        return XENPT_OK;
    }
    if (!long_mode) {
        /* PAE's four PDPTEs need no page of their own: 32 bytes, aligned to 32. */
        v.table = pae ? value & BITS(31, 5) : value & BITS(31, 12);
    } else if (pcide) {
        v.noflush = value & XENPT_CR3_NOFLUSH;
        v.pcid = (uint16_t)(value & BITS(11, 0));
        v.pwt = v.pcd = false;
    }
    if (value & XENPT_CR3_NOFLUSH && !v.noflush)
        return refuse(err, "CR3", value, "bit 63 (no flush) is reserved with CR4.PCIDE clear");
    if (value & ~XENPT_CR3_NOFLUSH & above(cpu))
        return refuse(err, "CR3", value, "it has bits above MAXPHYADDR");
    *ret = v;
    return XENPT_OK;
}

enum xenpt_code xenpt_decode_eptp(const struct xenpt_cpu *cpu, uint64_t value,
                                  struct xenpt_root_value *ret, struct xenpt_error *err)
{
    struct xenpt_root_value v = {
        .table = value & BITS(51, 12),
        .memory_type = (uint8_t)(value & BITS(2, 0)),
        .levels = (uint8_t)(((value >> 3) & 7) + 1),
        .accessed_dirty = value & BIT(6),
        .supervisor_ss = value & BIT(7),
    };

    if (v.memory_type != 0 && v.memory_type != 6)
        return refuse(err, "EPTP", value,
                      "its memory type (bits 2:0) is neither 0 (UC) nor 6 (WB)");
    if (v.levels != 4 && !(v.levels == 5 && cpu->ept_5level))
        return refuse(err, "EPTP", value,
                      cpu->ept_5level ? "its walk length (bits 5:3, less 1) is neither 4 nor 5"
                                      : "its walk length (bits 5:3, less 1) is not 4");
    if (v.accessed_dirty && !cpu->ept_ad)
        return refuse(err, "EPTP", value,
                      "bit 6 (A and D flags) is set, and this processor "
                      "has none for EPT");
    if (v.supervisor_ss && !cpu->ept_sss)
        return refuse(err, "EPTP", value,
                      "bit 7 (supervisor shadow stacks) is set, and this "
                      "processor lacks them for EPT");
    if (value & BITS(11, 8))
        return refuse(err, "EPTP", value, "bits 11:8 are reserved");
    if (value & above(cpu))
        return refuse(err, "EPTP", value, "it has bits above MAXPHYADDR");
    *ret = v;
    return XENPT_OK;
}

enum xenpt_code xenpt_decode_ncr3(const struct xenpt_cpu *cpu, const struct xenpt_regs *host,
                                  uint64_t value, struct xenpt_root_value *ret,
                                  struct xenpt_error *err)
{
    struct xenpt_regs plain = *host;
    enum xenpt_code code;

    if (!(host->cr0 & XENPT_CR0_PG))
        return refuse(err, "nCR3", value, "nested paging needs the host's CR0.PG");
    /* A nested CR3 is the host's own but for PCIDs: its low bits are not one. */
    plain.cr4 &= ~XENPT_CR4_PCIDE;
    code = xenpt_decode_cr3(cpu, &plain, value, ret, err);
    return xenpt_prefix(err, code, "nCR3");
}
