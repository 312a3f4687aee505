/* case_words.c - the words of a case as text. */
#include "validate/case_words.h"

#include "validate/blob.h"
#include "xenpt/cpu.h"

const char *const case_kinds[CASE_KINDS] = { "read", "write", "rmw", "fetch" };
const char *const case_outcomes[CASE_OUTCOMES] = { "done", "fault", "exit", "load", "entry" };
const char *const case_stages[CASE_STAGES] = { "native", "ept", "npt", "npt-pae", "npt-2level" };
const char *const case_vendors[CASE_VENDORS] = { "intel", "amd" };

const struct case_member case_registers[CASE_REGISTERS] = {
#define REG(r, n)                                                                                  \
    {                                                                                              \
#r, offsetof(struct blob_state, r), n                                                      \
    }
    REG(cr0, false), REG(cr3, false),    REG(cr4, false), REG(efer, false),
    REG(pat, false), REG(second, false), REG(pkru, true),
};

const struct case_member case_features[CASE_FEATURES] = {
#define HAS(f)                                                                                     \
    {                                                                                              \
#f, offsetof(struct xenpt_cpu, f), false                                                   \
    }
    HAS(nx),           HAS(gb_pages),   HAS(ept_gb_pages),
    HAS(ept_2m_pages), HAS(pse36),      HAS(smep),
    HAS(smap),         HAS(pku),        HAS(pks),
    HAS(la57),         HAS(cet_ss),     HAS(pcid),
    HAS(ept_ad),       HAS(ept_mbec),   HAS(ept_exec_only),
    HAS(ept_sss),      HAS(ept_5level), HAS(ept_advanced_info),
};
