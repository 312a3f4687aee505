/* value.c - types of values, and how one leads to another. */
#include "scenario/value.h"

const char *const value_type_words[NR_VALUE_TYPES] = {
    [VALUE_NUMBER] = "a number",
    [VALUE_ADDRESS] = "a virtual address",
    [VALUE_MADDR] = "a machine address",
    [VALUE_MFN] = "a frame of the machine (mfn)",
    [VALUE_GFN] = "a frame of a guest (gfn)",
    [VALUE_DOMAIN] = "a domain",
    [VALUE_VCPU] = "a vCPU",
    [VALUE_CONTEXT] = "a context",
    [VALUE_CPU] = "a CPU",
    [VALUE_XEN] = "Xen",
    [VALUE_LEVEL] = "a level of tables",
};

static const struct {
    enum value_type have, want;
    const char *text;
} hints[] = {
    { VALUE_MFN, VALUE_ADDRESS, "; xen.directmap(MFN) is where Xen has it mapped" },
    { VALUE_MADDR, VALUE_ADDRESS, "; xen.directmap(mfn(MADDR)) is where Xen has its frame mapped" },
    { VALUE_MFN, VALUE_MADDR, "; maddr(MFN) is the address of its first byte" },
    { VALUE_MADDR, VALUE_MFN, "; mfn(MADDR) is the frame that it lies in" },
    { VALUE_ADDRESS, VALUE_MFN, "; CONTEXT.frame(ADDRESS) is the frame that it leads to" },
    { VALUE_ADDRESS, VALUE_MADDR, "; CONTEXT.maddr(ADDRESS) is where it leads" },
    { VALUE_GFN, VALUE_MFN, "; d1.gfn(GFN) is the machine's frame of d1's" },
    { VALUE_CONTEXT, VALUE_MFN, "; .root behind it is the frame of its root table" },
    { VALUE_VCPU, VALUE_MFN,
      "; .root behind it is the frame of the root table Xen runs on for it" },
    { VALUE_VCPU, VALUE_CONTEXT,
      "; its contexts have a mode behind it: .kernel, .user, .guest or .xen" },
    { VALUE_DOMAIN, VALUE_CONTEXT, "; its contexts have a vCPU and a mode behind it: .v0.xen" },
    { VALUE_DOMAIN, VALUE_VCPU, "; its vCPUs are .v0, .v1, ..." },
    { VALUE_CONTEXT, VALUE_VCPU, "; without the mode it is one" },
};

const char *value_hint(enum value_type have, enum value_type want)
{
    for (size_t i = 0; i < sizeof(hints) / sizeof(hints[0]); i++)
        if (hints[i].have == have && hints[i].want == want)
            return hints[i].text;
    return "";
}

bool value_fits(enum value_type have, enum value_type want)
{
    if (have == want)
        return true;
    if (have == VALUE_NUMBER)
        return want <= VALUE_GFN;
    return have == VALUE_CPU && want == VALUE_CONTEXT; /* What it runs on. */
}
