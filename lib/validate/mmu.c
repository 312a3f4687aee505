/* mmu.c - the MMUs there are: a row each, in the order to show them. */
#include "validate/backends.h"

#define ON(suite) (1u << SUITE_##suite)
#define IN_1D     (ON(2LEVEL) | ON(PAE) | ON(4LEVEL))
/* QEMU (7.2.22) takes a guest's physical addresses for the machine's where the host has 2 levels.
 */
#define NESTED    (ON(NPT) | ON(NPT_PAE))
#define ALL       ((1u << NR_SUITES) - 1)
#define BY(name)  .open = name##_open, .run = name##_run, .close = name##_close

static const struct mmu mmus[] = {
    { "kvm", "This computer's own MMU, by way of KVM.", .usual = true, .suites = ALL, BY(kvm) },
    { "cpu", "The CPU that this runs on, in user mode, with Linux's own tables.", .usual = true },
    { "qemu:max", "QEMU's software MMU, an AMD processor with all that QEMU knows.", .usual = true,
      .model = "max", .how = "tcg,thread=multi", .suites = IN_1D | ON(5LEVEL) | NESTED, BY(qemu) },
    { "qemu:wide", "The same with addresses of 52 bits, the most there are.", .usual = true,
      .model = "max,phys-bits=52", .how = "tcg,thread=multi", .suites = IN_1D | NESTED, BY(qemu) },
    { "qemu:skylake", "QEMU's software MMU, an Intel processor.", .usual = true,
      .model = "Skylake-Server", .how = "tcg,thread=multi", .suites = IN_1D, BY(qemu) },
    { "qemu:kvm", "This computer's own MMU, by way of QEMU and KVM.",
      .model = "host,-arch-capabilities", .how = "kvm", .suites = ON(4LEVEL), BY(qemu) },
    { "bochs:icelake", "Bochs, an Intel processor with EPT and protection keys.", .usual = true,
      .model = "corei7_icelake_u", .suites = IN_1D | ON(EPT), BY(bochs) },
    { "bochs:skylake", "Bochs, an Intel processor with EPT and without protection keys.",
      .usual = true, .model = "corei7_skylake_x", .suites = IN_1D | ON(EPT), BY(bochs) },
    { "bochs:sandybridge",
      "Bochs, an Intel processor whose EPT has no A and D, and no 1 GiB pages.", .usual = true,
      .model = "corei7_sandy_bridge_2600k", .suites = IN_1D | ON(EPT), BY(bochs) },
    { "bochs:ryzen", "Bochs, an AMD processor with nested paging.", .usual = true, .model = "ryzen",
      .suites = IN_1D | NESTED | ON(NPT_2LEVEL), BY(bochs) },
    { "results", "A machine that wrote its results down.", .suites = ALL, BY(file) },
};

const struct mmu *mmu_row(unsigned int i)
{
    return i < sizeof(mmus) / sizeof(mmus[0]) ? &mmus[i] : NULL;
}
