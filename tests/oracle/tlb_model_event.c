/* tlb_model_event.c - which facts an operation takes from the list; see tlb_model.h. */
#include "oracle/tlb_model.h"

static bool covers(uint64_t first_number, unsigned int shift, uint64_t address)
{
    return first_number == address >> shift;
}

/* The translation is one that an address uses: any piece of the page it lies in. */
static bool of_page(const struct fact *f, uint64_t address)
{
    return covers(f->number << f->shift >> f->page, f->page, address);
}

/* Translations of the address, and tables on its way. */
static bool of_address(const struct fact *f, uint64_t address)
{
    return f->table ? covers(f->number, f->shift, address) : of_page(f, address);
}

static bool of_pcid(const struct fact *f, unsigned int pcid)
{
    return f->pcid == pcid;
}

/* INVLPG and INVPCID by address on AMD's processors with EFER.TCE clear take all tables. */
static bool by_address(const struct fact *f, uint64_t address, bool all_tables)
{
    return f->table ? all_tables || covers(f->number, f->shift, address) : of_page(f, address);
}

/* "Operations that Invalidate TLBs and Paging-Structure Caches", of the current VPID or ASID. */
static bool paging_drops(const struct model_on *on, const struct xenpt_tlb_event *e,
                         const struct fact *f)
{
    if (f->kind == GUEST || f->vpid != on->vpid)
        return false;
    switch (e->id) {
    case XENPT_TLB_INVLPG:
        return by_address(f, e->address, true) && (of_pcid(f, on->pcid) || f->global);
    case XENPT_TLB_PAGE_FAULT:
        return of_address(f, e->address) && (of_pcid(f, on->pcid) || f->global);
    case XENPT_TLB_INVPCID_ADDRESS:
        return by_address(f, e->address, on->amd) && of_pcid(f, e->pcid) && !f->global;
    case XENPT_TLB_INVPCID_SINGLE:
    case XENPT_TLB_CR3:
        return of_pcid(f, e->pcid) && !f->global;
    case XENPT_TLB_INVPCID_ALL_GLOBAL:
    case XENPT_TLB_CR0_PG:
    case XENPT_TLB_CR4_ALL:
        return true;
    case XENPT_TLB_INVPCID_ALL:
        return !f->global;
    case XENPT_TLB_TASK_SWITCH:
        return of_pcid(f, 0) && !f->global;
    case XENPT_TLB_CR4_PCID:
        return of_pcid(f, on->pcid);
    default:
        return false;
    }
}

/* "Operations that Invalidate Cached Mappings". */
static bool vmx_drops(const struct model_on *on, const struct xenpt_tlb_event *e,
                      const struct fact *f)
{
    uint64_t root = in_place(e->root, 51, 12);

    switch (e->id) {
    case XENPT_TLB_VM_TRANSITION:
        return f->kind != GUEST && f->vpid == 0;
    case XENPT_TLB_INVVPID_ADDRESS:
        return f->kind != GUEST && f->vpid == e->vpid && of_address(f, e->address);
    case XENPT_TLB_INVVPID_SINGLE:
        return f->kind != GUEST && f->vpid == e->vpid;
    case XENPT_TLB_INVVPID_ALL:
        return f->kind != GUEST && f->vpid != 0;
    case XENPT_TLB_INVVPID_LOCAL:
        return f->kind != GUEST && f->vpid == e->vpid && !f->global;
    case XENPT_TLB_INVEPT_SINGLE:
        return f->kind != LINEAR && f->root == root;
    case XENPT_TLB_INVEPT_ALL:
        return f->kind != LINEAR;
    case XENPT_TLB_EPT_VIOLATION:
        if (f->kind == GUEST)
            return (on->amd ? f->vpid == on->vpid : f->root == on->root) && of_address(f, e->gaddr);
        if (!e->linear || f->vpid != on->vpid || !(of_pcid(f, on->pcid) || f->global))
            return false;
        return (on->amd || (f->kind == COMBINED && f->root == on->root)) &&
               of_address(f, e->address);
    default:
        return false;
    }
}

/* INVLPGB, by the bits of RAX. */
static bool broadcast_drops(const struct xenpt_tlb_event *e, const struct fact *f)
{
    uint64_t pages = e->pages ? e->pages : 1;
    bool hit = false;

    if (bit(e->flags, 2) && f->vpid != e->vpid)
        return false;
    if (f->kind == GUEST && !bit(e->flags, 5))
        return false;
    if (f->kind != GUEST && bit(e->flags, 1) && f->pcid != e->pcid && !f->global)
        return false;
    if (f->global && !bit(e->flags, 3))
        return false;
    if (f->table && bit(e->flags, 4))
        return false;
    /* EFER.TCE is clear: tables go wherever they are. */
    if (f->table || !bit(e->flags, 0))
        return true;
    for (uint64_t i = 0; i < pages; i++)
        hit |= of_page(f, e->address + 4096 * i);
    return hit;
}

static bool drops(const struct model_on *on, const struct xenpt_tlb_event *e, const struct fact *f)
{
    switch (e->id) {
    case XENPT_TLB_RESET:
    case XENPT_TLB_VMRUN_ALL:
        return true;
    case XENPT_TLB_VMRUN_ASID:
        return f->vpid == e->vpid;
    case XENPT_TLB_VMRUN_ASID_LOCAL:
        return f->vpid == e->vpid && !f->global;
    case XENPT_TLB_INVLPGA:
        return f->kind != GUEST && f->vpid == e->vpid && by_address(f, e->address, true);
    case XENPT_TLB_INVLPGB:
        return broadcast_drops(e, f);
    default:
        return paging_drops(on, e, f) || vmx_drops(on, e, f);
    }
}

unsigned int model_event(struct model *m, const struct model_on *on,
                         const struct xenpt_tlb_event *event)
{
    unsigned int n = 0;

    for (unsigned int i = 0; i < m->nr; i++) {
        struct fact *f = &m->fact[i];

        if (!f->live || !drops(on, event, f))
            continue;
        f->live = false;
        n++;
    }
    return n;
}
