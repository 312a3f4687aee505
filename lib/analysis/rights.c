/* rights.c - see rights.h. */
#include "analysis/rights.h"

unsigned int rights_under(unsigned int first, unsigned int second)
{
    const unsigned int data = 1u << XENPT_R | 1u << XENPT_W;
    const unsigned int fetch = 1u << XENPT_XS | 1u << XENPT_XU;
    bool user = first & 1u << XENPT_U;
    bool fetches = second & 1u << (user ? XENPT_XU : XENPT_XS);

    return first & ((second & data) | (fetches ? fetch : 0) | 1u << XENPT_U);
}

const char *rights_text(unsigned int rights, char buf[RIGHTS_TEXT_MAX])
{
    buf[0] = rights & 1u << XENPT_R ? 'r' : '-';
    buf[1] = rights & 1u << XENPT_W ? 'w' : '-';
    buf[2] = rights_fetch(rights) ? 'x' : '-';
    buf[3] = rights & 1u << XENPT_U ? 'u' : '-';
    buf[4] = '\0';
    return buf;
}
