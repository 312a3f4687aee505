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
