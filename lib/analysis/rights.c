/* rights.c - the rights that two stages leave together. */
#include "analysis/rights.h"

unsigned int rights_under(unsigned int first, unsigned int second)
{
    const unsigned int data = 1u << XENPT_R | 1u << XENPT_W;
    const unsigned int fetch = 1u << XENPT_XS | 1u << XENPT_XU;
    bool user = first & 1u << XENPT_U;
    bool fetches = second & 1u << (user ? XENPT_XU : XENPT_XS);

    return first & ((second & data) | (fetches ? fetch : 0) | 1u << XENPT_U);
}
