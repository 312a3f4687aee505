/* names.c - names of contexts: "d1.v0.kernel". */
#include <string.h>

#include "xen/words.h"

bool digits_read(const char *text, size_t n, uint32_t *ret)
{
    uint64_t v = 0;

    if (!n || n > 10)
        return false;
    for (size_t i = 0; i < n; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        v = 10 * v + (uint64_t)(text[i] - '0');
    }
    *ret = (uint32_t)v;
    return v <= UINT32_MAX;
}

static bool mode_of(const char *text, struct context_name *ret)
{
    ret->user = !strcmp(text, "xen-user");
    for (unsigned int i = 0; i < XENPT_NR_RUN_MODES; i++)
        if (!strcmp(run_mode_words[i].name, ret->user ? "xen" : text)) {
            ret->mode = (enum xenpt_run_mode)i;
            return true;
        }
    return false;
}

/* A domain's name may have dots, so it is what is left before the last two. */
bool context_name_read(const char *text, struct context_name *ret)
{
    const char *mode = strrchr(text, '.'), *vcpu = mode;

    if (!mode || !mode_of(mode + 1, ret))
        return false;
    while (vcpu > text && *--vcpu != '.')
        ;
    if (vcpu == text || vcpu[1] != 'v' ||
        !digits_read(vcpu + 2, (size_t)(mode - vcpu - 2), &ret->vcpu))
        return false;
    ret->domain = (size_t)(vcpu - text);
    return true;
}
