/* rules.c - the rules by which an access can be refused, in words, with their sources. */
#include "base/bits.h"
#include "xenpt/judge.h"

#define SDM "Intel SDM vol. 3, "
#define APM "AMD APM vol. 2, "

static const struct xenpt_rule rules[XENPT_NR_RULES] = {
    [XENPT_RULE_NONE] = { "none", "the access is allowed", "" },
    [XENPT_RULE_NON_CANONICAL] = { "non-canonical",
                                   "the address is not canonical: its upper bits are not all "
                                   "copies of the topmost bit that is translated",
                                   SDM "\"Canonical Addressing\"" },
    [XENPT_RULE_TOO_WIDE] = { "too-wide", "the address has bits above those that are translated",
                              SDM "\"EPT Translation Mechanism\"; " APM "15.25" },
    [XENPT_RULE_NOT_PRESENT] = { "not-present", "an entry is not present",
                                 SDM "\"Page-Fault Exceptions\"" },
    [XENPT_RULE_RESERVED] = { "reserved", "a present entry has a reserved bit set",
                              SDM "\"Page-Fault Exceptions\", reserved bits of each format's "
                                  "tables" },
    [XENPT_RULE_PDPTE] = { "pdpte",
                           "a present PDPTE has a reserved bit set: loading CR3 raises #GP",
                           SDM "\"PDPTE Registers\"" },
    [XENPT_RULE_NO_MEMORY] = { "no-memory", "a table lies where there is no memory", "" },
    [XENPT_RULE_USER] = { "user", "a user-mode access to a supervisor-mode address",
                          SDM "\"Determination of Access Rights\"" },
    [XENPT_RULE_WRITE] = { "write", "a write to an address that some level makes read-only",
                           SDM "\"Determination of Access Rights\"" },
    [XENPT_RULE_EXECUTE] = { "execute",
                             "a fetch from an address that some level makes "
                             "non-executable",
                             SDM "\"Determination of Access Rights\"" },
    [XENPT_RULE_SMEP] = { "smep", "a supervisor-mode fetch from a user-mode address",
                          SDM "\"Determination of Access Rights\", CR4.SMEP" },
    [XENPT_RULE_SMAP] = { "smap", "a supervisor-mode data access to a user-mode address",
                          SDM "\"Determination of Access Rights\", CR4.SMAP and EFLAGS.AC" },
    [XENPT_RULE_PKEY] = { "pkey", "the protection key of the page denies data access, or writes",
                          SDM "\"Protection Keys\"" },
    [XENPT_RULE_SHADOW_STACK] = { "shadow-stack",
                                  "a shadow-stack access to a page that is no shadow stack of "
                                  "that mode",
                                  SDM "\"Determination of Access Rights\", shadow stacks" },
    [XENPT_RULE_READ] = { "read", "a read of an address that some level makes unreadable",
                          SDM "\"EPT Violations\"" },
    [XENPT_RULE_EPT_MISCONFIG] = { "ept-misconfig",
                                   "a present EPT entry has a reserved bit set, rights without "
                                   "R, or a memory type that does not exist",
                                   SDM "\"EPT Misconfigurations\"" },
    [XENPT_RULE_TABLE] = { "table", "the second stage refuses the address of a guest table",
                           SDM "\"EPT Violations\"; " APM "15.25.6" },
    [XENPT_RULE_NPT_USER] = { "npt-user",
                              "some level is a supervisor's, and every access of a guest counts "
                              "as a user's",
                              APM "15.25.6" },
};

const struct xenpt_rule *xenpt_rule(enum xenpt_rule_id id)
{
    return &rules[id < XENPT_NR_RULES ? id : XENPT_RULE_NONE];
}

static const char *const fault_names[XENPT_NR_FAULT_KINDS] = {
    [XENPT_FAULT_NONE] = "none",
    [XENPT_FAULT_PF] = "#PF",
    [XENPT_FAULT_GP] = "#GP",
    [XENPT_FAULT_SS] = "#SS",
    [XENPT_FAULT_EPT_VIOLATION] = "EPT violation",
    [XENPT_FAULT_EPT_MISCONFIG] = "EPT misconfiguration",
    [XENPT_FAULT_NPF] = "NPF",
    [XENPT_FAULT_VC] = "#VC",
};

const char *xenpt_fault_name(enum xenpt_fault_kind kind)
{
    return kind < XENPT_NR_FAULT_KINDS ? fault_names[kind] : "unknown";
}
