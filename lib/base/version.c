/* version.c - which library this is. */
#include "xenpt/version.h"

const char *xenpt_version(void)
{
    return XENPT_VERSION;
}
