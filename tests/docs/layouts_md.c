/*
 * layouts_md.c - prints docs/layouts.md: how a layout file is written, from the rows that read
 * one.
 */
#include <stdio.h>

#include "layout/schema.h"

static void words(const char *heading, const struct words *w)
{
    printf("\n### %s\n\n| word | meaning |\n|---|---|\n", heading);
    for (size_t i = 0; i < w->nr; i++)
        printf("| `%s` | %s |\n", w->rows[i].name, w->rows[i].text);
    for (size_t i = 0; i < w->nr_groups; i++)
        printf("| `%s` | %s |\n", w->groups[i].name, w->groups[i].text);
}

static void record(const struct record *r)
{
    printf("\n## %s\n\n%s\n\n| key | value | meaning |\n|---|---|---|\n", r->name, r->text);
    for (size_t i = 0; i < r->nr; i++)
        printf("| `%s`%s | %s | %s |\n", r->rows[i].key, r->rows[i].required ? " (needed)" : "",
               row_type_words[r->rows[i].type], r->rows[i].text);
}

int main(void)
{
    static const struct record *const records[] = {
        &layout_record,    &releases_record, &area_record,     &repeat_record, &part_record,
        &exception_record, &image_record,    &sections_record, &stack_record,  &xpti_record,
    };

    fputs("# Layout files\n\n"
          "<!-- Made by tests/docs/layouts_md.c from the rows of lib/layout/schema.c; a test holds "
          "this file to it. -->\n\n"
          "A layout says where a range of releases of Xen, or Linux, puts what in its address "
          "space. The files of `layouts/` are compiled into the library; `xenpt layout` lists, "
          "prints and compares them, and takes a file of one's own by `--layout FILE`.\n\n"
          "A file is YAML. One that is `from` another says only what differs: maps are joined key "
          "by key, any other value is replaced, and a key without a value (`~`) is taken out. A "
          "developer who tries another address-space rule writes a few lines:\n\n"
          "```yaml\n"
          "name: mine\n"
          "from: xen-4.17\n"
          "system: xen\n"
          "releases: { first: 4.17 }\n"
          "text: 32 GiB for vmap\n"
          "source: a branch of mine\n"
          "areas:\n"
          "  vmap: { last: 0xffff82c7ffffffff }\n"
          "  fixmap: { first: 0xffff82c7ffe00000, last: 0xffff82c7ffffffff }\n"
          "```\n\n"
          "Slots of the root table are not written: they follow from the addresses of the areas "
          "that are inside of no other. A file is checked when it is read: areas of one root do "
          "not overlap, addresses are canonical and begin and end pages, areas that share a slot "
          "agree on its entry, pieces fit, entries have a frame's room, and so on; each mistake is "
          "told with its line and column.\n",
          stdout);
    for (size_t i = 0; i < sizeof(records) / sizeof(records[0]); i++)
        record(records[i]);
    puts("\n## Words");
    words("in, but: kinds of root", &kind_words);
    words("when: conditions", &condition_words);
    words("fill: what is mapped", &fill_words);
    words("shared: whose the tables are", &sharing_words);
    words("each: what a piece is for", &each_words);
    words("livepatch", &livepatch_words);
    return 0;
}
