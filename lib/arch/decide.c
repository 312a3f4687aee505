/*
 * decide.c - does a translation permit an access, and if not, by which rule and with which
 * code; see decide.h.  Rights first in the manuals' order, codes as the manuals define each
 * bit: on its own, not as a consequence of the rule that is named.
 */
#include "arch/decide.h"

#include "arch/format_tables.h"
#include "base/bits.h"

/* --- First stage --------------------------------------------------------------------------- */

uint64_t pf_access_code(const struct xenpt_paging *pg, const struct xenpt_access *access)
{
    const struct xenpt_regs *r = &pg->regs;
    bool marks_fetch = r->cr4 & XENPT_CR4_SMEP ||
                       (r->cr4 & XENPT_CR4_PAE && r->efer & XENPT_EFER_NXE);

    return (access->kind == XENPT_WRITE ? XENPT_PF_W : 0) | (is_user(access) ? XENPT_PF_U : 0) |
           (access->kind == XENPT_FETCH && marks_fetch ? XENPT_PF_I : 0) |
           (access->shadow_stack ? XENPT_PF_SS : 0);
}

bool smap_applies(const struct xenpt_paging *pg, const struct xenpt_access *access)
{
    return pg->regs.cr4 & XENPT_CR4_SMAP && !is_user(access) && access->kind != XENPT_FETCH &&
           (access->implicit || !access->ac);
}

/* Two bits a key: AD denies all data accesses, WD denies writes. */
static uint32_t key_rights(const struct xenpt_paging *pg, bool user_address)
{
    const struct xenpt_regs *r = &pg->regs;

    if (!pg->format.pkey || !(r->cr4 & (user_address ? XENPT_CR4_PKE : XENPT_CR4_PKS)))
        return 0;
    return user_address ? r->pkru : r->pkrs;
}

bool keys_matter(const struct xenpt_paging *pg, const struct xenpt_access *access)
{
    return access->kind != XENPT_FETCH && (key_rights(pg, true) || key_rights(pg, false));
}

/*
 * Model: a user access to a supervisor page does not consult IA32_PKRS, so its error code has
 * PK clear.  The SDM defines the bit by the address alone, which would set it; QEMU and Bochs
 * behave as we do, Xen's software walker sets it.
 */
static bool key_denies(const struct xenpt_paging *pg, const struct ending *e,
                       const struct xenpt_access *access)
{
    bool user_address = e->granted & US;
    uint32_t rights;
    unsigned int key;

    if (access->kind == XENPT_FETCH || (is_user(access) && !user_address))
        return false;
    rights = key_rights(pg, user_address);
    if (!rights)
        return false;
    key = (unsigned int)((e->entry & pg->format.pkey) >> 59);
    rights >>= 2 * key;
    if (rights & 1)
        return true;
    return rights & 2 && access->kind == XENPT_WRITE &&
           (is_user(access) || pg->regs.cr0 & XENPT_CR0_WP);
}

/* A page is a shadow stack if its own entry is read-only and dirty, below writable tables. */
static bool is_shadow_stack(const struct ending *e)
{
    return !(e->entry & RW) && e->entry & D && e->above & RW;
}

/* Why a translation that exists does not permit the access, or NONE. */
static enum xenpt_rule_id first_right(const struct xenpt_paging *pg, const struct ending *e,
                                      const struct xenpt_access *access)
{
    bool user = is_user(access), user_address = e->granted & US;

    if (user && !user_address)
        return XENPT_RULE_USER;
    if (access->shadow_stack && (user != user_address || !is_shadow_stack(e)))
        return XENPT_RULE_SHADOW_STACK;
    if (access->kind == XENPT_FETCH) {
        if (!user && user_address && pg->regs.cr4 & XENPT_CR4_SMEP)
            return XENPT_RULE_SMEP;
        return e->granted & NX ? XENPT_RULE_NONE : XENPT_RULE_EXECUTE;
    }
    if (user_address && smap_applies(pg, access))
        return XENPT_RULE_SMAP;
    if (access->kind == XENPT_WRITE && !access->shadow_stack && !(e->granted & RW) &&
        (user || pg->regs.cr0 & XENPT_CR0_WP))
        return XENPT_RULE_WRITE;
    return key_denies(pg, e, access) ? XENPT_RULE_PKEY : XENPT_RULE_NONE;
}

struct decision decide_first(const struct xenpt_paging *pg, const struct ending *e,
                             const struct xenpt_access *access)
{
    uint64_t code = pf_access_code(pg, access);
    enum xenpt_rule_id rule;

    switch (e->outcome) {
    case XENPT_NON_CANONICAL:
        return (struct decision){ XENPT_RULE_NON_CANONICAL,
                                  access->stack_segment ? XENPT_FAULT_SS : XENPT_FAULT_GP, 0 };
    case XENPT_NOT_PRESENT:
        return (struct decision){ XENPT_RULE_NOT_PRESENT, XENPT_FAULT_PF, code };
    case XENPT_RESERVED:
        if (pg->format.level[e->level].in_register)
            return (struct decision){ XENPT_RULE_PDPTE, XENPT_FAULT_GP, 0 };
        return (struct decision){ XENPT_RULE_RESERVED, XENPT_FAULT_PF,
                                  code | XENPT_PF_RSVD | XENPT_PF_P };
    case XENPT_MAPPED:
        break;
    case XENPT_TOO_WIDE:
        return (struct decision){ XENPT_RULE_TOO_WIDE, XENPT_FAULT_NONE, 0 };
    default:
        return (struct decision){ XENPT_RULE_NO_MEMORY, XENPT_FAULT_NONE, 0 };
    }
    if (!pg->format.top)
        return (struct decision){ 0 };
    rule = first_right(pg, e, access);
    if (!rule)
        return (struct decision){ 0 };
    code |= XENPT_PF_P | (key_denies(pg, e, access) ? XENPT_PF_PK : 0);
    return (struct decision){ rule, XENPT_FAULT_PF, code };
}

/* --- Second stage -------------------------------------------------------------------------- */

static bool is_ept(const struct xenpt_paging *pg)
{
    return pg->format.cache == XENPT_CACHE_EPT;
}

struct second_access final_access(const struct xenpt_paging *second,
                                  const struct xenpt_access *access, bool user_address)
{
    return (struct second_access){
        .read = access->kind == XENPT_READ,
        .write = access->kind == XENPT_WRITE,
        .fetch = access->kind == XENPT_FETCH,
        .user = user_address,
        .shadow_stack = access->shadow_stack,
        .supervisor_ss = access->shadow_stack && !is_user(access),
        .info = is_ept(second) ? XENPT_EPTV_LINEAR | XENPT_EPTV_FINAL : XENPT_NPF_FINAL,
    };
}

/*
 * SDM vol. 3, "Accessed and Dirty Flags for EPT": with them, every access to a guest's table
 * counts as a write, and a violation says read and write.  So it does where A or D is being
 * set.  Loading PDPTEs is a read in any case, and belongs to no linear address.
 *
 * APM vol. 2, 15.25.5: a nested walk writes every guest table it reads.
 */
struct second_access table_access(const struct xenpt_paging *guest,
                                  const struct xenpt_paging *second, unsigned int level,
                                  bool update)
{
    if (!is_ept(second))
        return (struct second_access){ .write = true, .info = XENPT_NPF_TABLE };
    if (guest->format.level[level].in_register)
        return (struct second_access){ .read = true };
    return (struct second_access){
        .read = true,
        .write = update || second->format.accessed,
        .info = XENPT_EPTV_LINEAR,
    };
}

uint64_t second_access_code(const struct xenpt_paging *pg, const struct second_access *access)
{
    if (is_ept(pg))
        return (access->read ? XENPT_EPTV_READ : 0) | (access->write ? XENPT_EPTV_WRITE : 0) |
               (access->fetch ? XENPT_EPTV_FETCH : 0) |
               (access->shadow_stack ? XENPT_EPTV_SHSTK : 0) | access->info;
    return (access->write ? XENPT_PF_W : 0) | XENPT_PF_U |
           (access->fetch && pg->regs.efer & XENPT_EFER_NXE && pg->regs.cr4 & XENPT_CR4_PAE
                ? XENPT_PF_I
                : 0) |
           (access->shadow_stack ? XENPT_PF_SS : 0) | access->info;
}

/* What the entries would have permitted; nothing, where one of them was not present. */
static uint64_t ept_can(const struct xenpt_paging *pg, const struct ending *e)
{
    unsigned int held = xenpt_rights(pg, e->granted);

    if (e->outcome == XENPT_TOO_WIDE)
        return 0;
    return (held & 1u << XENPT_R ? XENPT_EPTV_CAN_READ : 0) |
           (held & 1u << XENPT_W ? XENPT_EPTV_CAN_WRITE : 0) |
           (held & 1u << XENPT_XS ? XENPT_EPTV_CAN_FETCH : 0) |
           (pg->cpu.ept_mbec && held & 1u << XENPT_XU ? XENPT_EPTV_CAN_UFETCH : 0);
}

static enum xenpt_rule_id second_right(const struct xenpt_paging *pg, const struct ending *e,
                                       const struct second_access *a)
{
    unsigned int held = xenpt_rights(pg, e->granted);

    if (pg->format.cache == XENPT_CACHE_PAT && !(held & 1u << XENPT_R))
        return XENPT_RULE_NPT_USER;
    if (a->supervisor_ss && pg->eptp_sss)
        /* R everywhere, W above the leaf, and the leaf's bit 60 in place of its W. */
        return held & 1u << XENPT_R && e->above & EPT_W && e->entry & EPT_SSS
                   ? XENPT_RULE_NONE
                   : XENPT_RULE_SHADOW_STACK;
    if (a->read && !(held & 1u << XENPT_R))
        return XENPT_RULE_READ;
    if (a->write && !(held & 1u << XENPT_W))
        return XENPT_RULE_WRITE;
    if (a->fetch && !(held & 1u << (a->user ? XENPT_XU : XENPT_XS)))
        return XENPT_RULE_EXECUTE;
    return XENPT_RULE_NONE;
}

static struct decision decide_ept(const struct xenpt_paging *pg, const struct ending *e,
                                  const struct second_access *access, enum xenpt_rule_id rule)
{
    uint64_t code = second_access_code(pg, access) | ept_can(pg, e);

    if (e->outcome == XENPT_RESERVED)
        return (struct decision){ XENPT_RULE_EPT_MISCONFIG, XENPT_FAULT_EPT_MISCONFIG, 0 };
    if (e->outcome == XENPT_MAPPED && pg->eptp_sss && e->entry & EPT_SSS)
        code |= XENPT_EPTV_SSS;
    return (struct decision){ rule, XENPT_FAULT_EPT_VIOLATION, code };
}

struct decision decide_second(const struct xenpt_paging *pg, const struct ending *e,
                              const struct second_access *access)
{
    enum xenpt_rule_id rule;
    uint64_t code;

    switch (e->outcome) {
    case XENPT_MAPPED:
        rule = second_right(pg, e, access);
        break;
    case XENPT_NOT_PRESENT:
        rule = XENPT_RULE_NOT_PRESENT;
        break;
    case XENPT_RESERVED:
        rule = XENPT_RULE_RESERVED;
        break;
    case XENPT_TOO_WIDE:
        /* Model: nested paging refuses a guest's address of more bits than the host's tables
         * translate.  The APM does not say; QEMU and Bochs drop the upper bits. */
        rule = XENPT_RULE_TOO_WIDE;
        break;
    default:
        return (struct decision){ XENPT_RULE_NO_MEMORY, XENPT_FAULT_NONE, 0 };
    }
    if (!rule)
        return (struct decision){ 0 };
    if (is_ept(pg))
        return decide_ept(pg, e, access, rule);
    code = second_access_code(pg, access);
    if (e->outcome == XENPT_MAPPED || e->outcome == XENPT_RESERVED)
        code |= XENPT_PF_P;
    if (e->outcome == XENPT_RESERVED)
        code |= XENPT_PF_RSVD;
    return (struct decision){ rule, XENPT_FAULT_NPF, code };
}
