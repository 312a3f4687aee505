/* pvh_build.h - PVH domains that dom0 makes. */
#ifndef XENPT_TEST_XEN_PVH_BUILD_H
#define XENPT_TEST_XEN_PVH_BUILD_H

#include <stdbool.h>

#include "abi.h"

/* Those that its command line names, with what they grant mapped; false: none. */
bool pvh_build(const struct start_info *info);

#endif
