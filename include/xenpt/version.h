/**
 * @file version.h
 * Which xenpt this is.
 */
#ifndef XENPT_VERSION_H
#define XENPT_VERSION_H

#include "xenpt/types.h"

#ifdef __cplusplus
extern "C" {
#endif

/** The version of the headers, as in CMakeLists.txt; a test holds them equal. */
#define XENPT_VERSION "0.1.0"

/** The version of the library that is linked: #XENPT_VERSION when it was built. */
XENPT_API const char *xenpt_version(void);

#ifdef __cplusplus
}
#endif

#endif
