/* tlb_md.c - prints what docs/tlb.md has to be, from the rows of parts and operations. */
#include <stdio.h>

#include "xenpt/tlb.h"

static void intro(void)
{
    puts("# What a CPU remembers of page tables\n"
         "\n"
         "`xenpt/tlb.h` models the TLBs and paging-structure caches of one CPU. A table that "
         "changes is not noticed: what was cached stays until an\n"
         "operation drops it. So an access can be told both what the CPU goes by and what memory "
         "says, and a missing flush shows as the difference.\n"
         "\n"
         "```c\n"
         "xenpt_tlb_create(xenpt_tlb_part(XENPT_TLB_IDEAL), &tlb, &err);\n"
         "xenpt_tlb_access(tlb, &context, &access, va, true, &r, &err); /* r.references: 4 */\n"
         "/* The entry is changed, and nobody flushes. */\n"
         "xenpt_tlb_access(tlb, &context, &access, va, true, &r, &err);\n"
         "if (r.stale & 1u << XENPT_STALE_FRAME)\n"
         "    printf(\"goes to 0x%lx, and should to 0x%lx\\n\", r.used.out, r.fresh.out);\n"
         "```\n"
         "\n"
         "This page is made from the library's rows.\n");
}

static void stale(void)
{
    puts("## In what a cached translation can be stale\n\n| difference | meaning |\n|---|---|");
    for (unsigned int i = 0; i < XENPT_NR_STALE; i++)
        printf("| %s | %s |\n", xenpt_tlb_stale(i)->name, xenpt_tlb_stale(i)->text);
}

static void events(void)
{
    puts("\n## Operations that invalidate\n\n"
         "What has to go, and what may stay; `ideal` keeps all of the latter. Unless it says "
         "otherwise, an operation is about the current VPID or ASID.\n\n"
         "| operation | drops | may keep | source |\n|---|---|---|---|");
    for (unsigned int i = 0; i < XENPT_NR_TLB_EVENTS; i++) {
        const struct xenpt_tlb_event_row *row = xenpt_tlb_event(i);

        printf("| %s | %s | %s | %s |\n", row->name, row->drops, row->keeps, row->source);
    }
}

/* "4K 2M", of bits by level. */
static void levels(unsigned int bits, const char *const names[])
{
    const char *blank = "";

    for (unsigned int l = 1; l <= 5; l++)
        if (bits & 1u << l) {
            printf("%s%s", blank, names[l]);
            blank = " ";
        }
}

static void unit(const struct xenpt_tlb_unit *u)
{
    static const char *const pages[] = { [1] = "4K", "2M", "1G", "", "" };
    static const char *const tables[] = { [1] = "", "PDE", "PDPTE", "PML4E", "PML5E" };

    printf("| %s | ", u->name);
    if (u->stage)
        printf("%u", u->stage);
    printf(" | %s%s%s | ", u->accesses & 1u << XENPT_READ ? "r" : "",
           u->accesses & 1u << XENPT_WRITE ? "w" : "", u->accesses & 1u << XENPT_FETCH ? "x" : "");
    levels(u->pages | u->guest, pages);
    printf(" | ");
    levels(u->tables | u->guest_tables, tables);
    printf(" | %s | ", u->guest | u->guest_tables ? "guest-physical" : "linear");
    if (u->entries)
        printf("%u | ", u->entries);
    else
        printf("no limit | ");
    if (u->ways)
        printf("%u |\n", u->ways);
    else
        printf("%s |\n", u->entries ? "all" : "");
}

static void parts(void)
{
    puts("\n## Parts");
    for (unsigned int i = 0; i < XENPT_NR_TLB_PARTS; i++) {
        const struct xenpt_tlb_part *part = xenpt_tlb_part(i);

        printf("\n### %s\n\n%s. Source: %s.\n", part->name, part->text, part->source);
        if (!part->nr_units)
            continue;
        puts("\n| structure | stage | accesses | pages | tables | addresses | entries | ways |\n"
             "|---|---|---|---|---|---|---|---|");
        for (size_t k = 0; k < part->nr_units; k++)
            unit(&part->unit[k]);
    }
}

int main(void)
{
    intro();
    stale();
    events();
    parts();
    return 0;
}
