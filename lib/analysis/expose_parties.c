/* expose_parties.c - threats as rows, who executes on a context, and what rights let it do. */
#include <string.h>

#include "analysis/expose.h"
#include "base/bits.h"

/* clang-format off */
static const struct xenpt_fear_row threats[XENPT_NR_FEARS] = {
    [XENPT_FEAR_NONE] = { "none",
        "Nobody is feared: what every context lets whoever executes on it do, as the tables are.",
        "SDM vol. 3, 4.6, \"Access Rights\"; APM vol. 2, 5.6", NULL, NULL },
    [XENPT_FEAR_GUEST_USER] = { "guest-user",
        "A guest's user code executes something of another's making: what it reaches by tables that it "
        "cannot change.",
        "SDM vol. 3, 4.6, \"Access Rights\"", NULL, NULL },
    [XENPT_FEAR_GUEST_KERNEL] = { "guest-kernel",
        "A guest's kernel does: what its own tables map now, and, of a guest with a second stage, all of "
        "that, since it decides on its tables alone.",
        "SDM vol. 3, 4.6; arch/x86/mm.c, 4.17: of PV guests Xen decides", NULL, NULL },
    [XENPT_FEAR_DOM0] = { "dom0",
        "The control domain's kernel does: what it maps now, the memory of others that it has mapped to "
        "serve them among it. What it may map next is not counted.",
        "arch/x86/mm.c, get_page_from_l1e; xsm/dummy.h, 4.17", NULL, NULL },
    [XENPT_FEAR_XEN] = { "compromised-xen",
        "Xen does: it decides on every table, so that it reads, writes and executes all of memory, whatever "
        "is mapped now. What it reads of an encrypted guest is ciphertext.",
        "arch/x86/mm.c, map_pages_to_xen, 4.17", NULL,
        "encryption of the guest's memory" },
    [XENPT_FEAR_MELTDOWN] = { "meltdown",
        "A read by a guest's code ignores US: it gets whatever the root that is loaded has present, if rights "
        "of the second stage allow a read. Writes and fetches are those that the tables allow.",
        "XSA-254, variant 3; Lipp et al., Meltdown, USENIX Security 2018",
        "RDCL_NO of IA32_ARCH_CAPABILITIES, and AMD's and Hygon's",
        "XPTI: the root that is loaded for a 64-bit PV guest has little of Xen" },
    [XENPT_FEAR_L1TF] = { "l1tf",
        "A read by a guest's code through an entry that is not present, or has reserved bits set, gets what "
        "the address in it names, if that is in the L1 data cache. Counted are the entries that there are "
        "now, on whatever way leads to them: a page of their level at level 1 and where PS is set, else "
        "4 KiB; none with address 0. Under a second stage the address in a guest's entry is the machine's.",
        "XSA-273; Intel, L1 Terminal Fault; asm/shadow.h, pv_l1tf_check_pte, 4.17",
        "RDCL_NO of IA32_ARCH_CAPABILITIES, and AMD's and Hygon's",
        "entries of PV guests that are safe (pv-l1tf), and L1D flushed on the way into HVM guests" },
    [XENPT_FEAR_SPECTRE_V1] = { "spectre-v1",
        "Code of Xen's that a guest has called reads beyond a bounds check which it runs ahead of: whatever "
        "is readable to Xen in what it has loaded then.",
        "XSA-254, variant 1; xen/nospec.h, array_index_nospec, 4.17", NULL,
        "speculation barriers and masked indices in Xen's code, which are no matter of tables" },
};
/* clang-format on */

const struct xenpt_fear_row *xenpt_fear_row(enum xenpt_fear threat)
{
    return &threats[threat];
}

/* --- Who executes -------------------------------------------------------------------------- */

#define BY(party) (1u << XENPT_BY_##party)

static bool ends_with(const char *name, const char *end)
{
    size_t n = strlen(name), e = strlen(end);

    return n >= e && !strcmp(name + n - e, end);
}

static bool is_kind(const struct xenpt_context *c, const char *kind)
{
    return c->kind && !strcmp(c->kind, kind);
}

/* On 64-bit PV guests' roots the guest's kernel executes at the level of its user code. */
static bool is_pv64(const struct xenpt_context *c)
{
    return c->kind && (!strncmp(c->kind, "pv64", 4) || is_kind(c, "xpti"));
}

static bool is_pv32(const struct xenpt_context *c)
{
    return is_kind(c, "pv32");
}

/* What a CPU executes at a privilege level. */
static unsigned int by_level(const struct xenpt_context *c)
{
    if (c->cpl == 3)
        return is_pv64(c) && (ends_with(c->name, ".kernel") || is_kind(c, "pv64-kernel")) &&
                       !ends_with(c->name, ".user")
                   ? BY(KERNEL)
                   : BY(USER);
    return c->cpl || !c->kind || !strncmp(c->kind, "linux", 5) || is_kind(c, "hvm-shadow")
               ? BY(KERNEL)
               : BY(XEN);
}

unsigned int expose_parties(const struct exposing *x, const struct xenpt_context *c)
{
    static const struct {
        const char *kind;
        unsigned int by, under_xpti;
    } kinds[] = {
        { "idle", BY(XEN), BY(XEN) },
        { "xpti", BY(USER), BY(USER) },
        { "pv64-kernel", BY(KERNEL) | BY(XEN), BY(XEN) },
        { "pv64-user", BY(USER) | BY(XEN), BY(XEN) },
        { "pv64-shadow", BY(USER) | BY(XEN), BY(XEN) },
        { "pv32", BY(USER) | BY(KERNEL) | BY(XEN), BY(USER) | BY(KERNEL) | BY(XEN) },
        { "hap", BY(XEN), BY(XEN) },
        { "shadow", BY(XEN), BY(XEN) },
        { "iommu", BY(DEVICE), BY(DEVICE) },
    };

    if (c->paging.format.second_stage)
        return is_kind(c, "iommu") ? BY(DEVICE) : BY(KERNEL);
    if (c->has_second)
        return !c->has_cpu ? BY(USER) | BY(KERNEL) : c->cpl == 3 ? BY(USER) : BY(KERNEL);
    if (c->has_cpu)
        return by_level(c);
    if (ends_with(c->name, ".xen") || ends_with(c->name, ".xen-user"))
        return BY(XEN);
    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
        if (is_kind(c, kinds[i].kind))
            return x->has_xpti ? kinds[i].under_xpti : kinds[i].by;
    return BY(USER) | BY(KERNEL);
}

bool expose_is_user(const struct xenpt_context *c, enum xenpt_executor by)
{
    if (c->has_cpu)
        return c->cpl == 3;
    return by == XENPT_BY_USER || (by == XENPT_BY_KERNEL && is_pv64(c));
}

uint64_t expose_last(const struct xenpt_context *c, enum xenpt_executor by)
{
    return is_pv32(c) && by != XENPT_BY_XEN ? UINT32_MAX : ones(c->paging.format.input_bits);
}

/* --- Threats ------------------------------------------------------------------------------- */

bool expose_concerns(const struct exposing *x, const struct xenpt_context *c,
                     enum xenpt_executor by)
{
    switch (x->opt->threat) {
    case XENPT_FEAR_GUEST_USER:
        return by == XENPT_BY_USER;
    case XENPT_FEAR_GUEST_KERNEL:
        return by == XENPT_BY_KERNEL;
    case XENPT_FEAR_DOM0:
        return by == XENPT_BY_KERNEL && !strcmp(c->domain, x->opt->control);
    case XENPT_FEAR_XEN:
    case XENPT_FEAR_SPECTRE_V1:
        return by == XENPT_BY_XEN;
    case XENPT_FEAR_MELTDOWN:
    case XENPT_FEAR_L1TF:
        /* A guest's physical memory is no address space that a processor reads through alone. */
        return (by == XENPT_BY_USER || by == XENPT_BY_KERNEL) && !c->paging.format.second_stage;
    default:
        return true;
    }
}

static unsigned int allowed(const struct xenpt_context *c, enum xenpt_executor by, uint32_t rights)
{
    bool is_user = rights & 1u << XENPT_U, user = expose_is_user(c, by);
    const struct xenpt_paging *pg = &c->paging;
    bool smep = pg->regs.cr4 & XENPT_CR4_SMEP, protects = pg->regs.cr0 & XENPT_CR0_WP;
    bool fetches = rights & 1u << (user ? XENPT_XU : XENPT_XS);
    unsigned int can = 0;

    if (pg->format.second_stage) {
        is_user = true;
        user = smep = false;
        protects = true;
        fetches = rights & (1u << XENPT_XS | 1u << XENPT_XU);
    }
    if (user && !is_user)
        return 0;
    can |= rights & 1u << XENPT_R ? XENPT_EXPOSE_READ : 0;
    /* Without CR0.WP a supervisor writes where it can read, but for what a second stage says. */
    if (rights & 1u << XENPT_W || (!user && !protects && !c->has_second && can))
        can |= XENPT_EXPOSE_WRITE;
    if (fetches && !(smep && !user && is_user))
        can |= XENPT_EXPOSE_EXECUTE;
    return can;
}

unsigned int expose_can(const struct exposing *x, const struct xenpt_context *c,
                        enum xenpt_executor by, uint32_t rights)
{
    enum xenpt_fear threat = x->opt->immune ? XENPT_FEAR_NONE : x->opt->threat;
    unsigned int can = rights & SPAN_MAPPED ? allowed(c, by, rights) : 0;

    if (threat == XENPT_FEAR_SPECTRE_V1)
        return can & XENPT_EXPOSE_READ;
    if (threat == XENPT_FEAR_MELTDOWN && rights & 1u << XENPT_R)
        can |= XENPT_EXPOSE_READ;
    if (threat == XENPT_FEAR_L1TF && rights & SPAN_TERMINAL)
        can |= XENPT_EXPOSE_READ;
    return can;
}
