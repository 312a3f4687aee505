/* features.c - what is compiled into Xen, beside what its tables tell. */
#include "xen/internal.h"

static const struct xenpt_word feature_words[XENPT_NR_FEATURES] = {
    [XENPT_FEATURE_LIVEPATCH] = { "livepatch", "its code is replaced while it runs" },
    [XENPT_FEATURE_KEXEC] = { "kexec", "another kernel is executed in its place" },
    [XENPT_FEATURE_SHARING] = { "mem-sharing", "guests have frames in common, until they write" },
    [XENPT_FEATURE_GDBSX] = { "gdbsx", "guests are debugged from dom0" },
};

const struct xenpt_word *xenpt_feature_word(enum xenpt_feature feature)
{
    return &feature_words[feature];
}

/*
 * Model: CONFIG_LIVEPATCH is off by default in 4.7 to 4.9, where it is new, and on in 4.12
 * and 4.17; it is taken to be on since 4.11.  CONFIG_KEXEC is on in all of these, and what it says
 * was there before it.  gdbsx was always compiled in, as in 4.9, until it became an option, which
 * is seen in 4.15: by that it is in debug builds, and in others if an expert says so
 * (Kconfig.debug, 4.17). common/Kconfig of these.  Memory sharing was always compiled in until it
 * became an option, unsupported and off, which is seen in 4.17 and not in 4.12; by the day of that
 * change it is one since 4.13. arch/x86/Kconfig.  Debian's 4.17 is as this says.
 */
static bool usual(const struct xenpt_machine *m, enum xenpt_feature feature)
{
    switch (feature) {
    case XENPT_FEATURE_LIVEPATCH:
        return machine_since(m, 4, 11);
    case XENPT_FEATURE_SHARING:
        return !machine_since(m, 4, 13);
    case XENPT_FEATURE_GDBSX:
        return m->xen.debug || !machine_since(m, 4, 15);
    default:
        return true;
    }
}

bool xenpt_machine_has_feature(const struct xenpt_machine *machine, enum xenpt_feature feature)
{
    enum xenpt_built built = machine->xen.features[feature];

    return built == XENPT_BUILT_USUAL ? usual(machine, feature) : built == XENPT_BUILT_IN;
}
