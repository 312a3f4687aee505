/* schema.c - every key of a layout file, once. */
#include "layout/schema.h"

#include <string.h>

const char *const row_type_words[NR_ROW_TYPES] = {
    [ROW_TEXT] = "text",
    [ROW_NUMBER] = "number, such as 0xffff830000000000 or 2M",
    [ROW_COUNT] = "number",
    [ROW_BOOL] = "yes or no",
    [ROW_ONE] = "one of the words below",
    [ROW_SET] = "a word, or a list of words, of those below",
    [ROW_FLAGS] = "flags of an entry, such as P RW A D NX; none: not mapped",
    [ROW_PAGES] = "a list of 4K, 2M, 1G",
    [ROW_BITS] = "a list of numbers, 0 to 31",
    [ROW_RELEASE] = "a release, such as 4.17 or 4.8.3",
    [ROW_AREA] = "the name of another area",
    [ROW_RECORD] = "a map",
    [ROW_RECORDS] = "a map by name",
    [ROW_TREE] = "a map by name",
    [ROW_KIND] = "",
};

/* clang-format off */
#define FIELD(s, member)  .offset = offsetof(struct s, member)
#define COUNTED(s, list, nr) .offset = offsetof(struct s, list), .nr_offset = offsetof(struct s, nr)

static const struct row repeat_rows[] = {
    { .key = "each", .type = ROW_ONE, FIELD(xenpt_area, repeat.each), .words = &each_words,
      .required = true, .text = "What there is a piece for." },
    { .key = "stride", .type = ROW_NUMBER, FIELD(xenpt_area, repeat.stride), .required = true,
      .text = "Bytes from one piece to the next." },
    { .key = "down", .type = ROW_BOOL, FIELD(xenpt_area, repeat.down),
      .text = "Number 0 ends the area, and the others lie below it." },
};

static const struct row part_rows[] = {
    { .key = "use", .type = ROW_TEXT, FIELD(xenpt_part, use), .required = true, .prose = true,
      .text = "What it is for." },
    { .key = "first", .type = ROW_NUMBER, FIELD(xenpt_part, first),
      .text = "Offset of its first byte, from the start of the area, or of each piece. Without "
              "it the part has no fixed place: code knows where it is." },
    { .key = "last", .type = ROW_NUMBER, FIELD(xenpt_part, last),
      .text = "Offset of its last byte." },
    { .key = "leaf", .type = ROW_FLAGS, FIELD(xenpt_part, leaf),
      .text = "As of the area; without it, the area's." },
    { .key = "pages", .type = ROW_PAGES, FIELD(xenpt_part, pages),
      .text = "As of the area; without it, the area's." },
    { .key = "in", .type = ROW_SET, FIELD(xenpt_part, kinds), .words = &kind_words,
      .text = "Kinds of root whose guests have it; without it, the area's." },
    { .key = "when", .type = ROW_SET, FIELD(xenpt_part, when), .words = &condition_words,
      .text = "It is there if one of these holds; without it, always." },
    { .key = "whole", .type = ROW_BOOL, FIELD(xenpt_part, whole),
      .text = "All of it is mapped, whether there is RAM or not." },
    { .key = "count", .type = ROW_COUNT, FIELD(xenpt_part, count),
      .text = "How many 4K pages it has, if that is fixed and its place is not." },
    { .key = "source", .type = ROW_TEXT, FIELD(xenpt_part, source), .prose = true,
      .text = "Where this is from." },
};

static const struct row exception_rows[] = {
    { .key = "last", .type = ROW_NUMBER, FIELD(xenpt_exception, last),
      .text = "The area ends here." },
    { .key = "root", .type = ROW_FLAGS, FIELD(xenpt_exception, table),
      .text = "Flags of the root's entries." },
    { .key = "shared", .type = ROW_ONE, FIELD(xenpt_exception, sharing), .words = &sharing_words,
      .text = "Whose the tables below are." },
    { .key = "when", .type = ROW_SET, FIELD(xenpt_exception, when), .words = &condition_words,
      .text = "It is there if one of these holds." },
};

static const struct row area_rows[] = {
    { .key = "first", .type = ROW_NUMBER, FIELD(xenpt_area, first), .required = true,
      .text = "Address of the first byte." },
    { .key = "last", .type = ROW_NUMBER, FIELD(xenpt_area, last), .required = true,
      .text = "Address of the last byte." },
    { .key = "use", .type = ROW_TEXT, FIELD(xenpt_area, use), .required = true, .prose = true,
      .text = "What it is for." },
    { .key = "fill", .type = ROW_ONE, FIELD(xenpt_area, fill), .words = &fill_words,
      .required = true, .text = "What decides which of its addresses are mapped, and to what." },
    { .key = "in", .type = ROW_SET, FIELD(xenpt_area, kinds), .words = &kind_words,
      .text = "Kinds of root that carry it. Without it, those of the area around." },
    { .key = "inside", .type = ROW_AREA, FIELD(xenpt_area, inside),
      .nr_offset = offsetof(struct raw_area, inside),
      .text = "The area around it. An area without one has slots of the root." },
    { .key = "mirrors", .type = ROW_AREA, FIELD(xenpt_area, mirrors),
      .nr_offset = offsetof(struct raw_area, mirrors),
      .text = "With fill mirror: the area whose root entry it has, too." },
    { .key = "when", .type = ROW_SET, FIELD(xenpt_area, when), .words = &condition_words,
      .text = "It is there if one of these holds; without it, always." },
    { .key = "shared", .type = ROW_ONE, FIELD(xenpt_area, sharing), .words = &sharing_words,
      .text = "Whose the tables below the root's entry are. Without it, as of the area around." },
    { .key = "L5", .type = ROW_FLAGS, FIELD(xenpt_area, table[5]),
      .text = "Flags of L5 entries that lead to a table." },
    { .key = "L4", .type = ROW_FLAGS, FIELD(xenpt_area, table[4]),
      .text = "Flags of L4 entries that lead to a table." },
    { .key = "L3", .type = ROW_FLAGS, FIELD(xenpt_area, table[3]),
      .text = "Flags of L3 entries that lead to a table." },
    { .key = "L2", .type = ROW_FLAGS, FIELD(xenpt_area, table[2]),
      .text = "Flags of L2 entries that lead to a table." },
    { .key = "leaf", .type = ROW_FLAGS, FIELD(xenpt_area, leaf),
      .text = "Flags of entries that map pages. PS is not written: it follows from the page." },
    { .key = "pages", .type = ROW_PAGES, FIELD(xenpt_area, pages),
      .text = "Sizes of page, of which the largest that fits is taken." },
    { .key = "entry-size", .type = ROW_COUNT, FIELD(xenpt_area, entry_size),
      .text = "Bytes of the entry that each frame has (fill m2p, frametable)." },
    { .key = "repeat", .type = ROW_RECORD, .record = &repeat_record,
      .text = "The area consists of equal pieces." },
    { .key = "boot-tables", .type = ROW_NUMBER, FIELD(xenpt_area, boot_tables),
      .text = "So many bytes of it have tables down to level 2 before anything is mapped." },
    { .key = "boot-pages", .type = ROW_COUNT, FIELD(xenpt_area, boot_pages),
      .text = "How many 4K pages of it stay mapped once the machine is up." },
    { .key = "parts", .type = ROW_RECORDS, COUNTED(raw_area, parts, area.nr_parts),
      .record = &part_record, .text = "Stretches that differ from the rest, or have a name." },
    { .key = "but", .type = ROW_RECORDS, COUNTED(raw_area, but, area.nr_but),
      .record = &exception_record,
      .text = "How the area differs in some kinds of root, by their names." },
    { .key = "source", .type = ROW_TEXT, FIELD(xenpt_area, source), .prose = true,
      .text = "Where this is from." },
};

static const struct row releases_rows[] = {
    { .key = "first", .type = ROW_RELEASE, FIELD(xenpt_layout, first), .required = true,
      .text = "The first release." },
    { .key = "last", .type = ROW_RELEASE, FIELD(xenpt_layout, last),
      .text = "The last one; without it, all later ones that are known." },
};

#define SECTION(member) FIELD(xenpt_layout, image.typical.member)
static const struct row sections_rows[] = {
    { .key = "text-end", .type = ROW_NUMBER, SECTION(text_end),
      .text = "Behind .text, which begins where the image does." },
    { .key = "rodata-end", .type = ROW_NUMBER, SECTION(rodata_end),
      .text = "Behind .rodata, which follows it." },
    { .key = "data-first", .type = ROW_NUMBER, SECTION(data_first),
      .text = "The first byte of .data." },
    { .key = "data-end", .type = ROW_NUMBER, SECTION(data_end),
      .text = "Behind .bss, where the image ends." },
    { .key = "hole-first", .type = ROW_NUMBER, SECTION(hole_first),
      .text = "Where the hole begins." },
    { .key = "boot-idt", .type = ROW_NUMBER, SECTION(boot_idt), .text = "The boot CPU's IDT." },
    { .key = "boot-tss", .type = ROW_NUMBER, SECTION(boot_tss), .text = "The boot CPU's TSS." },
    { .key = "entry-first", .type = ROW_NUMBER, SECTION(entry_first),
      .text = "Entry code in .text, if it is not where the layout's xpti has it." },
    { .key = "boot-stack", .type = ROW_NUMBER, SECTION(boot_stack),
      .text = "The boot CPU's stack, where that is in the image." },
};

static const struct row image_rows[] = {
    { .key = "start", .type = ROW_NUMBER, FIELD(xenpt_layout, image.start), .required = true,
      .text = "Bytes from the start of its area to its first byte." },
    { .key = "align", .type = ROW_NUMBER, FIELD(xenpt_layout, image.align), .required = true,
      .text = "Alignment of its machine address." },
    { .key = "below", .type = ROW_NUMBER, FIELD(xenpt_layout, image.below),
      .text = "It is moved to below this machine address, as high as there is room." },
    { .key = "sections", .type = ROW_BOOL, FIELD(xenpt_layout, image.sections),
      .text = "Sections have rights of their own." },
    { .key = "hole", .type = ROW_NUMBER, FIELD(xenpt_layout, image.hole),
      .text = "Bytes in .bss that are given back after boot (ebmalloc)." },
    { .key = "sections-of", .type = ROW_RECORD, .record = &sections_record, .prose = true,
      .text = "Offsets in its area, of a release build that was looked at; a build's own differ." },
    { .key = "livepatch", .type = ROW_ONE, FIELD(xenpt_layout, image.livepatch),
      .words = &livepatch_words,
      .text = "Where livepatch's allocator has its bitmap: a 4K page after the image." },
};

static const struct row stack_rows[] = {
    { .key = "pages", .type = ROW_COUNT, FIELD(xenpt_layout, stack.pages), .required = true,
      .text = "4K pages of a CPU's stack, which is aligned to its size." },
    { .key = "guards", .type = ROW_BITS, FIELD(xenpt_layout, stack.guards),
      .text = "Pages of it that are guards, or shadow stacks." },
    { .key = "guard-leaf", .type = ROW_FLAGS, FIELD(xenpt_layout, stack.guard_leaf),
      .text = "Flags of their entries in the directmap." },
    { .key = "boot-in-image", .type = ROW_BOOL, FIELD(xenpt_layout, stack.boot_in_image),
      .text = "The boot CPU's lies in the image, not on the heap." },
};

static const struct row xpti_rows[] = {
    { .key = "since", .type = ROW_RELEASE, FIELD(xenpt_layout, xpti.since), .required = true,
      .text = "First release with XPTI." },
    { .key = "text-pages", .type = ROW_COUNT, FIELD(xenpt_layout, xpti.text_pages),
      .text = "4K pages of entry code (.text.entry) in the release that was looked at." },
    { .key = "text-at-end", .type = ROW_BOOL, FIELD(xenpt_layout, xpti.text_at_end),
      .text = "They are the last of .text." },
    { .key = "text-offset", .type = ROW_NUMBER, FIELD(xenpt_layout, xpti.text_offset),
      .text = "They begin so many bytes after the image's first." },
    { .key = "table", .type = ROW_FLAGS, FIELD(xenpt_layout, xpti.table),
      .text = "Flags of entries that lead to tables which XPTI has for itself." },
    { .key = "guards", .type = ROW_BOOL, FIELD(xenpt_layout, xpti.guards),
      .text = "Guard pages of the stack are there, with the others." },
    { .key = "drops", .type = ROW_FLAGS, FIELD(xenpt_layout, xpti.drops),
      .text = "Flags that entries lose when they are cloned; PS goes with the 4K pages." },
};

static const struct row layout_rows[] = {
    { .key = "name", .type = ROW_TEXT, FIELD(xenpt_layout, name), .required = true, .own = true,
      .prose = true, .text = "What it is called: that of the file." },
    { .key = "system", .type = ROW_TEXT, FIELD(xenpt_layout, system), .required = true,
      .text = "Whose releases these are: xen or linux." },
    { .key = "from", .type = ROW_TREE, .own = true,
      .text = "A layout that the library has. This one is that one, but for what the file says: "
              "maps are joined key by key, other values replaced, and a key without a value is "
              "taken out." },
    { .key = "releases", .type = ROW_RECORD, .record = &releases_record, .required = true,
      .own = true, .prose = true, .text = "Which releases it is true of." },
    { .key = "text", .type = ROW_TEXT, FIELD(xenpt_layout, text), .required = true, .own = true,
      .prose = true, .text = "What is particular to it." },
    { .key = "source", .type = ROW_TEXT, FIELD(xenpt_layout, source), .required = true,
      .own = true, .prose = true, .text = "Where it is from." },
    { .key = "observed", .type = ROW_TEXT, FIELD(xenpt_layout, observed), .own = true,
      .prose = true, .text = "Releases whose memory was looked at." },
    { .key = "levels", .type = ROW_COUNT, FIELD(xenpt_layout, levels), .required = true,
      .text = "Levels of paging: 4 or 5." },
    { .key = "areas", .type = ROW_RECORDS, COUNTED(raw_layout, areas, nr_areas),
      .record = &area_record, .required = true, .text = "The areas." },
    { .key = "image", .type = ROW_RECORD, .record = &image_record,
      .text = "The image of Xen, in the area with fill image." },
    { .key = "stack", .type = ROW_RECORD, .record = &stack_record,
      .text = "Stacks of CPUs, which lie in the directmap." },
    { .key = "xpti", .type = ROW_RECORD, .record = &xpti_record,
      .text = "What is in an XPTI root, beside whole slots." },
    { .key = "page-type-bits", .type = ROW_COUNT, FIELD(xenpt_layout, page_type_bits),
      .text = "How many of the highest bits of page_info's type_info are the type." },
    { .key = "max-vcpus", .type = ROW_COUNT, FIELD(xenpt_layout, max_vcpus),
      .text = "How many vCPUs the per-domain area has room for." },
    { .key = "pvh-dom0", .type = ROW_BOOL, FIELD(xenpt_layout, pvh_dom0),
      .text = "A PVH dom0 boots." },
    { .key = "variants", .type = ROW_TREE,
      .text = "Builds that differ, by name: each is laid over the file as the file is over what "
              "it is from, and has a text of its own." },
};

#define ROWS(r) .rows = (r), .nr = ARRAY_SIZE(r)
#define MANY(s, member) .size = sizeof(struct s), .given_offset = offsetof(struct s, given), \
    .name_offset = offsetof(struct s, member)

const struct record repeat_record = { "repeat", "Pieces of an area.", ROWS(repeat_rows) };
const struct record part_record = { "part", "Stretches of an area.", ROWS(part_rows),
    MANY(raw_part, part.name) };
const struct record exception_record = { "but", "An area in one kind of root.",
    ROWS(exception_rows), MANY(raw_exception, kind) };
const struct record area_record = { "area", "A range of addresses.", ROWS(area_rows),
    MANY(raw_area, area.name) };
const struct record releases_record = { "releases", "A range of releases.", ROWS(releases_rows) };
const struct record sections_record = { "sections", "Where sections of the image end.",
    ROWS(sections_rows) };
const struct record image_record = { "image", "The image of Xen.", ROWS(image_rows) };
const struct record stack_record = { "stack", "The stacks of CPUs.", ROWS(stack_rows) };
const struct record xpti_record = { "xpti", "The root that a PV guest executes on under XPTI.",
    ROWS(xpti_rows) };
const struct record layout_record = { "layout", "A layout file.", ROWS(layout_rows) };
/* clang-format on */

bool was_given(const struct record *record, const struct given *given, const char *key)
{
    for (size_t i = 0; i < record->nr; i++)
        if (!strcmp(record->rows[i].key, key))
            return given->rows >> i & 1;
    return false;
}
