/*
 * models.c - processors by name: Intel's and AMD's data sheets and CPUID dumps; which of them
 * are vulnerable: Xen advisories 254 (Meltdown), 273 (L1TF) and 304 (machine check on a change of
 * page size).
 */
#include "base/bits.h"
#include "xenpt/machine.h"

/* clang-format off */
#define INTEL(width) .vendor = XENPT_INTEL, .maxphyaddr = (width), .nx = true, .gb_pages = true, \
    .pse36 = true, .smep = true, .pcid = true, .ept_2m_pages = true, .ept_gb_pages = true, \
    .ept_ad = true, .ept_exec_only = true
#define AMD(width) .vendor = XENPT_AMD, .maxphyaddr = (width), .nx = true, .gb_pages = true, \
    .pse36 = true, .smep = true, .smap = true
#define BY(e) (1u << XENPT_ENCRYPT_##e)
#define SEV_OF_ROME (BY(SEV) | BY(SEV_ES))
#define SEV_OF_MILAN (SEV_OF_ROME | BY(SEV_SNP))

static const struct xenpt_cpu_model models[] = {
    { "skylake-server", "Intel Xeon Scalable, first generation (2017)",
      { INTEL(46), .smap = true, .pku = true, .ept_mbec = true },
      .invpcid = true, .meltdown = true, .l1tf = true, .multihit = true },
    { "haswell", "Intel Xeon E5 v3 (2014)",
      { INTEL(46) }, .invpcid = true, .meltdown = true, .l1tf = true, .multihit = true },
    { "skylake-client", "Intel Core, sixth generation (2015)",
      { INTEL(39), .smap = true, .ept_mbec = true },
      .invpcid = true, .meltdown = true, .l1tf = true, .multihit = true, .encrypts = BY(SGX) },
    { "cascade-lake", "Intel Xeon Scalable, second generation (2019)",
      { INTEL(46), .smap = true, .pku = true, .ept_mbec = true },
      .invpcid = true, .multihit = true },
    { "ice-lake-server", "Intel Xeon Scalable, third generation (2021)",
      { INTEL(52), .smap = true, .pku = true, .la57 = true, .ept_mbec = true, .ept_sss = true,
        .ept_5level = true },
      .invpcid = true, .encrypts = BY(SGX) },
    { "sapphire-rapids", "Intel Xeon Scalable, fourth generation (2023)",
      { INTEL(52), .smap = true, .pku = true, .pks = true, .la57 = true, .cet_ss = true,
        .ept_mbec = true, .ept_sss = true, .ept_5level = true },
      .invpcid = true, .encrypts = BY(TDX) | BY(SGX) },
    { "naples", "AMD EPYC 7001 (2017)", { AMD(48) }, .invpcid = false,
      .encrypts = BY(SEV), .c_bit = 47 },
    { "rome", "AMD EPYC 7002 (2019)", { AMD(48) }, .invpcid = false,
      .encrypts = SEV_OF_ROME, .c_bit = 47 },
    { "milan", "AMD EPYC 7003 (2021)",
      { AMD(48), .pku = true, .pcid = true, .cet_ss = true }, .invpcid = true,
      .encrypts = SEV_OF_MILAN, .c_bit = 51 },
    { "genoa", "AMD EPYC 9004 (2022)",
      { AMD(52), .pku = true, .pcid = true, .cet_ss = true, .la57 = true }, .invpcid = true,
      .encrypts = SEV_OF_MILAN, .c_bit = 51 },
};
/* clang-format on */

size_t xenpt_cpu_models(const struct xenpt_cpu_model **ret)
{
    *ret = models;
    return ARRAY_SIZE(models);
}
