/* rules_md.c - prints what docs/rules.md has to be, from the rows of rules. */
#include <stdio.h>

#include "xenpt/pv.h"
#include "xenpt/xenstore.h"

static void release(const struct xenpt_release *r)
{
    if (r->patch)
        printf("%u.%u.%u", r->major, r->minor, r->patch);
    else
        printf("%u.%u", r->major, r->minor);
}

static void row(const struct xenpt_pv_rule *r)
{
    printf("| `%s` | %s | %s | ", r->name, r->text, r->error ? r->error : "");
    if (r->policy)
        printf("none");
    if (r->since.major) {
        printf("since ");
        release(&r->since);
        for (size_t i = 0; i < XENPT_PV_ALSO_MAX && r->also[i].major; i++) {
            printf(", ");
            release(&r->also[i]);
        }
    }
    if (r->before.major) {
        printf(r->since.major ? ", before " : "before ");
        release(&r->before);
    }
    printf(" | %s | %s |\n", r->advisory ? r->advisory : "", r->source);
}

int main(void)
{
    struct xenpt_xenbus_way way;

    puts(
        "# Xen's rules for the page tables of PV guests\n"
        "\n"
        "What hypercalls of a scenario, from `mmu-update` to `add-to-physmap`, and `xenpt/pv.h`, "
        "`xenpt/grant.h` and `xenpt/physmap.h`, hold a guest to: a row for each check of\n"
        "Xen's. Errors in small letters are statuses of grants, GNTST_*. A step\n"
        "that is refused names its rule. The key `rules` of a scenario gives the rules of another "
        "release, `rules: xen-4.5`, or switches single ones off\n"
        "and on: `rules: [xen-4.5, -l1-writable, +fast-path]`. Rules without an error refuse "
        "nothing; Xen acts by them. The last rows, from `shadow-root-slots` on, are of no request: "
        "they say what Xen does with its own tables,\n"
        "walkers, TLBs and caches, and the machine of a scenario is built and run by them. "
        "`unpause-foreign` is a policy that no release has. Rows from `xenstore-path` on are what "
        "xenstored refuses, and no rules of Xen's.\n"
        "\n"
        "This page is made from the library's rows; `xenpt help rule NAME` prints one of "
        "them.\n"
        "\n"
        "| rule | what must be so | error | releases | advisory | source |\n"
        "|---|---|---|---|---|---|");
    for (size_t i = 0; xenpt_pv_rule(i); i++)
        row(xenpt_pv_rule(i));
    puts("\n"
         "## Ways of devices\n"
         "\n"
         "How the ends of a device go on, as drivers of Linux do, which the step `device-switch` "
         "and `xenpt_device_switch()` hold them to. Nothing in Xen or in the xenstore makes them.\n"
         "\n"
         "| kind | end | from | to | the other end is | what is looked at |\n"
         "|---|---|---|---|---|---|");
    for (size_t i = 0; xenpt_device_way(i, &way); i++)
        printf("| %s | %s | %s | %s | %s | %s |\n", way.kind, way.end, way.from, way.to, way.other,
               way.needs);
    return 0;
}
