/*
 * hvm_regs.c - the registers of an HVM guest that decide how it pages: what they amount to, and
 * what loading them does; hvm/hvm.c, hvm_set_cr0 and its neighbours.
 */
#include <stdio.h>
#include <string.h>

#include "xen/encrypt.h"
#include "xen/guest.h"
#include "xen/own_rules.h"
#include "xen/p2m.h"
#include "xen/shadow.h"

#define CR0_ET    UINT64_C(0x10)
#define CR4_MCE   XENPT_BIT(6)
#define EFER_SVME XENPT_BIT(12)

/* Of a larger page's shadow struct page_info has the guest's frame, in 32 bits. */
#define SHADOW_PADDR_BITS 44

/* --- What they amount to ------------------------------------------------------------------- */

enum xenpt_guest_mode guest_mode(const struct vcpu *v)
{
    if (!(v->guest.cr0 & XENPT_CR0_PG))
        return XENPT_GUEST_UNPAGED;
    if (v->guest.efer & XENPT_EFER_LMA)
        return XENPT_GUEST_4LEVEL;
    return v->guest.cr4 & XENPT_CR4_PAE ? XENPT_GUEST_PAE : XENPT_GUEST_2LEVEL;
}

/* Features that a guest is not offered: x86/cpufeatureset.h, 4.17: those with H, not S. */
static struct xenpt_cpu offered(const struct xenpt_machine *m, const struct domain *d)
{
    struct xenpt_cpu cpu = m->processor->cpu;

    cpu.la57 = false;
    if (d->desc->paging != XENPT_GUEST_SHADOW)
        return cpu;
    cpu.gb_pages = cpu.pse36 = cpu.pku = cpu.pks = cpu.pcid = cpu.cet_ss = false;
    if (machine_does(m, OWN_SHADOW_GFN) && !is_bigmem(m) && cpu.maxphyaddr > SHADOW_PADDR_BITS)
        cpu.maxphyaddr = SHADOW_PADDR_BITS;
    return cpu;
}

enum xenpt_code guest_paging(const struct xenpt_machine *m, const struct domain *d,
                             const struct xenpt_regs *regs, struct xenpt_paging *ret,
                             struct xenpt_error *err)
{
    struct xenpt_cpu cpu = offered(m, d);
    enum xenpt_code code = xenpt_paging_init(ret, &cpu, regs, err);

    if (!code && encrypted_c_bit(d) && ret->format.entry_size == 8)
        xenpt_paging_set_c_bit(ret, m->processor->c_bit);
    return code;
}

enum xenpt_code guest_walk_paging(const struct xenpt_machine *m, const struct domain *d,
                                  const struct xenpt_regs *regs, struct xenpt_paging *ret,
                                  struct xenpt_error *err)
{
    enum xenpt_code code = guest_paging(m, d, regs, ret, err);

    if (code || machine_does(m, OWN_WALK_PS) || ret->format.top < 4)
        return code;
    ret->format.level[4].rsvd_table &= ~ENTRY_PS;
    ret->format.level[3].rsvd_table &= ~ENTRY_PS;
    return XENPT_OK;
}

/*
 * What the guest does not decide: paging and CR0.WP are on, with PAE, and EFER.NXE is set; svm.c,
 * svm_update_guest_cr and svm_update_guest_efer.
 */
enum xenpt_code shadow_paging(const struct xenpt_machine *m, const struct vcpu *v,
                              struct xenpt_paging *ret, struct xenpt_error *err)
{
    bool four = guest_mode(v) == XENPT_GUEST_4LEVEL;
    struct xenpt_regs regs = v->guest;

    regs.cr3 = v->shadow;
    regs.cr0 |= XENPT_CR0_PE | XENPT_CR0_PG | XENPT_CR0_WP;
    regs.cr4 |= XENPT_CR4_PAE | CR4_MCE;
    if (guest_mode(v) == XENPT_GUEST_UNPAGED)
        regs.cr4 &= ~(XENPT_CR4_SMEP | XENPT_CR4_SMAP);
    regs.efer = (regs.efer & ~(XENPT_EFER_LME | XENPT_EFER_LMA)) | XENPT_EFER_NXE;
    if (four)
        regs.efer |= XENPT_EFER_LME | XENPT_EFER_LMA;
    if (m->processor->cpu.vendor == XENPT_AMD)
        regs.efer |= EFER_SVME;
    return xenpt_paging_init(ret, &m->processor->cpu, &regs, err);
}

/* --- At first ------------------------------------------------------------------------------ */

void guest_reset(const struct xenpt_machine *m, const struct domain *d, struct vcpu *v,
                 uint64_t cr3)
{
    static const struct {
        uint64_t cr0, cr4, efer;
    } rows[XENPT_NR_GUEST_MODES] = {
        [XENPT_GUEST_4LEVEL] = { RUN_CR0, XENPT_CR4_PAE, XENPT_EFER_LME | XENPT_EFER_LMA },
        [XENPT_GUEST_PAE] = { RUN_CR0, XENPT_CR4_PAE, 0 },
        [XENPT_GUEST_2LEVEL] = { RUN_CR0, XENPT_CR4_PSE, 0 },
        [XENPT_GUEST_UNPAGED] = { CR0_ET | XENPT_CR0_PE, 0, 0 },
    };

    v->guest = (struct xenpt_regs){
        .cr0 = rows[d->desc->mode].cr0,
        .cr3 = cr3,
        .cr4 = rows[d->desc->mode].cr4,
        .efer = rows[d->desc->mode].efer,
    };
    if (guest_mode(v) == XENPT_GUEST_PAE)
        pdptes_load(m, d, v);
}

/* --- Loading ------------------------------------------------------------------------------- */

static enum xenpt_code refuse(struct xenpt_guest_done *ret, const char *why)
{
    ret->outcome = XENPT_GUEST_FAULT;
    ret->fault = (struct xenpt_fault){ .kind = XENPT_FAULT_GP, .vector = 13 };
    snprintf(ret->reason, sizeof(ret->reason), "%.*s", (int)sizeof(ret->reason) - 1, why);
    return XENPT_OK;
}

/* From one state to another; that each by itself can be is xenpt_paging_init()'s to say. */
static const char *forbidden(const struct xenpt_regs *old, const struct xenpt_regs *new)
{
    bool pg = old->cr0 & XENPT_CR0_PG && new->cr0 &XENPT_CR0_PG;

    if (new->cr0 & XENPT_CR0_PG && !(new->cr0 &XENPT_CR0_PE))
        return "CR0.PG without CR0.PE";
    if (new->cr0 & XENPT_CR0_NW && !(new->cr0 &XENPT_CR0_CD))
        return "CR0.NW without CR0.CD";
    if (pg && (old->efer ^ new->efer) & XENPT_EFER_LME)
        return "EFER.LME is not changed while CR0.PG is set";
    if (new->efer & XENPT_EFER_LMA && !(new->cr4 &XENPT_CR4_PAE))
        return "long mode without CR4.PAE";
    if (new->cr4 & XENPT_CR4_PCIDE && !(new->efer &XENPT_EFER_LMA))
        return "CR4.PCIDE outside of long mode";
    if (new->cr4 & ~old->cr4 & XENPT_CR4_PCIDE &&new->cr3 % XENPT_PAGE_SIZE)
        return "CR4.PCIDE is set while CR3[11:0] is not 0";
    return NULL;
}

/* Bits by which what entries mean is another thing; every shadow would be made otherwise. */
static bool zaps(const struct xenpt_regs *old, const struct xenpt_regs *new)
{
    return (old->efer ^ new->efer) & XENPT_EFER_NXE || (old->cr4 ^ new->cr4) & XENPT_CR4_PSE;
}

static enum xenpt_code load_shadow(struct shadowing *s, const struct xenpt_regs *old,
                                   struct xenpt_guest_done *ret)
{
    const struct xenpt_regs *new = &s->v->guest;
    enum xenpt_code code = XENPT_OK;

    ret->exits = 1; /* Xen intercepts all of them. */
    if (new->cr0 & XENPT_CR0_PG &&guest_maddr(
                       s->m, s->d, (new->cr3 &ENTRY_ADDR) >> XENPT_PAGE_SHIFT) == NO_TABLE) {
        s->v->guest = *old;
        return xenpt_fail(s->err, XENPT_ESTATE,
                          "CR3 0x%llx names no memory of the guest's: Xen destroys the domain",
                          (unsigned long long)new->cr3);
    }
    if (zaps(old, new))
        return shadow_zap(s);
    code = oos_end_all(s);
    return code ? code : shadow_update(s);
}

/* MOV to CR3 is refused for what is wrong with them; else they are the vCPU's from now on. */
static bool load_pdptes(struct shadowing *s, const struct xenpt_paging *pg,
                        const struct xenpt_regs *old)
{
    uint64_t kept[4];
    bool right = true;

    if (guest_mode(s->v) != XENPT_GUEST_PAE)
        return true;
    memcpy(kept, s->v->pdpte, sizeof(kept));
    pdptes_load(s->m, s->d, s->v);
    for (unsigned int i = 0; i < 4; i++)
        right &= xenpt_entry_role(pg, 3, s->v->pdpte[i]) != XENPT_MALFORMED;
    if (right)
        return true;
    memcpy(s->v->pdpte, kept, sizeof(kept));
    s->v->guest = *old;
    return false;
}

enum xenpt_code xenpt_machine_load(struct xenpt_machine *m, uint32_t domain, uint32_t vcpu,
                                   const struct xenpt_regs *regs, struct xenpt_guest_done *ret,
                                   struct xenpt_error *err)
{
    struct shadowing s = { .m = m, .err = err };
    struct xenpt_error why = { 0 };
    struct xenpt_regs new = *regs, old;
    struct xenpt_paging pg;
    const char *no;
    enum xenpt_code code;

    *ret = (struct xenpt_guest_done){ 0 };
    if (!guest_vcpu(&s, domain, vcpu, &code))
        return code;
    new.cr3 &= ~XENPT_CR3_NOFLUSH;
    new.efer &= ~XENPT_EFER_LMA;
    if (new.cr0 & XENPT_CR0_PG &&new.efer &XENPT_EFER_LME)
        new.efer |= XENPT_EFER_LMA;
    no = forbidden(&s.v->guest, &new);
    if (no)
        return refuse(ret, no);
    if (guest_paging(m, s.d, &new, &pg, &why))
        return refuse(ret, why.text);
    old = s.v->guest;
    s.v->guest = new;
    if (!load_pdptes(&s, &pg, &old))
        return refuse(ret, "a PDPTE has a reserved bit set");
    view_stale(m);
    return s.all ? load_shadow(&s, &old, ret) : XENPT_OK;
}

bool xenpt_machine_guest_regs(const struct xenpt_machine *m, uint32_t domain, uint32_t vcpu,
                              struct xenpt_regs *ret)
{
    if (domain >= m->nr_domains || vcpu >= m->domains[domain].nr_vcpus ||
        is_pv(&m->domains[domain]) || m->domains[domain].vcpus[vcpu].absent)
        return false;
    *ret = m->domains[domain].vcpus[vcpu].guest;
    return true;
}
