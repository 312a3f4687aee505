/* view.c - finding one's way in a view. */
#include "xenpt/view.h"

#include <string.h>

const struct xenpt_context *xenpt_view_context(const struct xenpt_view *view, const char *name)
{
    for (size_t i = 0; i < view->nr_contexts; i++)
        if (!strcmp(view->contexts[i].name, name))
            return &view->contexts[i];
    return NULL;
}

const char *xenpt_confidence_name(enum xenpt_confidence confidence)
{
    static const char *const names[XENPT_NR_CONFIDENCES] = {
        [XENPT_CERTAIN] = "certain",
        [XENPT_LIKELY] = "likely",
        [XENPT_POSSIBLE] = "possible",
    };

    return names[confidence];
}

const char *xenpt_executor_name(enum xenpt_executor party)
{
    static const char *const names[XENPT_NR_EXECUTORS] = { "user", "kernel", "xen", "device" };

    return names[party];
}

const char *xenpt_sight_name(enum xenpt_sight sight)
{
    static const char *const names[XENPT_NR_SIGHTS] = { "plaintext", "ciphertext", "refused" };

    return names[sight];
}
