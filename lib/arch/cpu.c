/* cpu.c - processors to begin with. */
#include "xenpt/cpu.h"

struct xenpt_cpu xenpt_cpu_widest(enum xenpt_vendor vendor)
{
    return (struct xenpt_cpu){
        .vendor = vendor,
        .maxphyaddr = XENPT_MADDR_BITS,
        .nx = true,
        .gb_pages = true,
        .ept_gb_pages = true,
        .ept_2m_pages = true,
        .pse36 = true,
        .smep = true,
        .smap = true,
        .pku = true,
        .pks = true,
        .la57 = true,
        .cet_ss = true,
        .pcid = true,
        .ept_ad = true,
        .ept_mbec = false, /* A control, not only a feature: most hypervisors leave it off. */
        .ept_exec_only = true,
        .ept_sss = true,
        .ept_5level = true,
    };
}
