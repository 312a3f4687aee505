/* release.c - numbers of releases. */
#include "xenpt/layout.h"

/* Digits up to one that is none, no more than four.  False: there is none, or too many. */
static bool number(const char **text, uint16_t *ret)
{
    unsigned int n = 0;

    for (*ret = 0; **text >= '0' && **text <= '9' && n < 4; n++)
        *ret = (uint16_t)(*ret * 10 + (*(*text)++ - '0'));
    return n && !(**text >= '0' && **text <= '9');
}

bool xenpt_release_parse(const char *text, struct xenpt_release *ret)
{
    struct xenpt_release r = { 0 };

    if (!number(&text, &r.major) || *text++ != '.' || !number(&text, &r.minor))
        return false;
    if (*text == '.') {
        text++;
        if (!number(&text, &r.patch))
            return false;
    }
    if (*text || !r.major)
        return false;
    *ret = r;
    return true;
}

/* Major and minor alone: a range of releases begins and ends with one. */
static unsigned int order(struct xenpt_release r)
{
    return r.major * 65536u + r.minor;
}

bool xenpt_layout_covers(const struct xenpt_layout *layout, struct xenpt_release release)
{
    return order(release) >= order(layout->first) &&
           (!layout->last.major || order(release) <= order(layout->last));
}
