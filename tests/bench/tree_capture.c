/* tree_capture.c - the tables of a capture; see trees.h.  It takes all of the library. */
#include <stdio.h>
#include <stdlib.h>

#include "bench.h"
#include "trees.h"

void tree_init_capture(struct tree *t, const char *path)
{
    struct xenpt_image *image;
    struct xenpt_error err = { 0 };
    struct xenpt_image_info info;
    const struct xenpt_view *view;

    must(xenpt_image_open(path, NULL, &image, &err), &err);
    info = xenpt_image_info(image);
    view = xenpt_image_view(image);
    if (!view->nr_contexts || !info.nr_runs) {
        fprintf(stderr, "%s: it names no CPU, or holds nothing\n", path);
        exit(2);
    }
    *t = (struct tree){ .size = info.runs[info.nr_runs - 1].last + 1,
                        .cr3 = view->contexts[0].paging.root,
                        .paging = view->contexts[0].paging };
    t->bytes = bench_memory(t->size);
    for (size_t i = 0; i < info.nr_runs; i++)
        if (!xenpt_read(view->mem, info.runs[i].first, t->bytes + info.runs[i].first,
                        info.runs[i].last - info.runs[i].first + 1))
            exit(2);
    t->segment = (struct segment){ 0, t->size, t->bytes };
    t->naive = (struct naive_memory){ &t->segment, 1 };
    t->limit = (struct limit_machine){ t->bytes, t->size, t->cr3, 0, 0 };
    t->flat = xenpt_reader_flat(t->bytes, 0, t->size);
    xenpt_image_close(image);
}
