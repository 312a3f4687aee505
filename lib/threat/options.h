/* options.h - what a threat takes for granted, in words: for whoever reads them from a file. */
#ifndef XENPT_THREAT_OPTIONS_H
#define XENPT_THREAT_OPTIONS_H

#include "xenpt/threat.h"

extern const struct xenpt_word threat_iommu_words[XENPT_NR_THREAT_IOMMU];
extern const struct xenpt_word threat_qemu_words[XENPT_NR_THREAT_QEMU];

#endif
