/*
 * Lesson 1: walk one address of a memory image, and ask whether it may be written.
 *
 *     01-walk-an-image IMAGE [ADDRESS]
 *
 * An image presents a view: contexts over memory.  A context has what a CPU had loaded, a
 * paging format narrowed to that CPU and the root of its tables.  A walk needs that and the
 * memory, and leaves a record; a verdict is weighed from the record alone.
 *
 * Build:  cc 01-walk-an-image.c $(pkg-config --cflags --libs xenpt)
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <xenpt.h>

static void show(const struct xenpt_context *cpu, const struct xenpt_walk *walk)
{
    const struct xenpt_format *format = &cpu->paging.format;
    char words[XENPT_FLAGS_MAX];

    printf("%s, %s paging, root at %#" PRIx64 "\n", cpu->name, format->name, cpu->paging.root);
    for (unsigned int i = 0; i < walk->nr_steps; i++) {
        const struct xenpt_step *step = &walk->step[i];

        printf("  L%u slot %3u at %#11" PRIx64 ": %016" PRIx64 "  %s\n", (unsigned int)step->level,
               xenpt_slot(format, step->level, walk->in), step->at, step->entry,
               xenpt_entry_words(format, step->level, step->entry, false, words));
    }
    printf("%#" PRIx64 " is %s", walk->in, xenpt_outcome_name(walk->outcome));
    if (walk->outcome == XENPT_MAPPED)
        printf(": %#" PRIx64, walk->out);
    printf("\n");
}

/* The same record answers for any kind of access, with no second walk. */
static void ask(const struct xenpt_context *cpu, const struct xenpt_walk *walk,
                enum xenpt_access_kind kind, const char *what)
{
    struct xenpt_access access = { .kind = kind, .cpl = cpu->cpl, .ac = cpu->ac };
    struct xenpt_verdict verdict;

    xenpt_judge(&cpu->paging, walk, &access, &verdict);
    if (verdict.allowed)
        printf("%s at CPL %u: allowed\n", what, cpu->cpl);
    else
        printf("%s at CPL %u: %s, code %#" PRIx64 ": %s\n", what, cpu->cpl,
               xenpt_fault_name(verdict.fault.kind), verdict.fault.code,
               xenpt_rule(verdict.rule)->text);
}

int main(int argc, char *argv[])
{
    struct xenpt_error err = { 0 };
    struct xenpt_image *image;
    const struct xenpt_context *cpu;
    const struct xenpt_view *view;
    struct xenpt_walk walk;
    char text[1024];

    if (argc < 2) {
        fprintf(stderr, "usage: %s IMAGE [ADDRESS]\n", argv[0]);
        return 2;
    }
    if (xenpt_image_open(argv[1], NULL, &image, &err)) {
        xenpt_error_format(&err, text, sizeof(text));
        fprintf(stderr, "%s\n", text);
        return 2;
    }
    view = xenpt_image_view(image);
    cpu = xenpt_view_context(view, "cpu0");
    if (!cpu) {
        fprintf(stderr, "%s: says nothing of a CPU\n", argv[1]);
        xenpt_image_close(image);
        return 2;
    }
    /* Without an address: the instruction that cpu0 was about to execute. */
    xenpt_walk(&cpu->paging, view->mem, argc > 2 ? strtoull(argv[2], NULL, 0) : cpu->ip, &walk);
    show(cpu, &walk);
    ask(cpu, &walk, XENPT_READ, "read");
    ask(cpu, &walk, XENPT_WRITE, "write");
    ask(cpu, &walk, XENPT_FETCH, "fetch");
    xenpt_image_close(image);
    return 0;
}
