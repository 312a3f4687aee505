/* test_image_symbols.c - names of addresses: which of several, how far, and where they end. */
#define _GNU_SOURCE

#include <unistd.h>

#include "image_fixture.h"

#define TEXT UINT64_C(0xffff82d040200000)
#define DATA UINT64_C(0xffff82d040400000)

/* What to put into a symbol table; sections are those of build(). */
struct sym {
    const char *name;
    uint64_t value, size;
    unsigned int type, bind;
    uint16_t section;
};

enum { IN_NONE = SHN_ABS, IN_TEXT = 3, IN_DATA = 4 };

static const struct sym table[] = {
    { "xen.c", 0, 0, STT_FILE, STB_LOCAL, SHN_ABS },
    { "section", TEXT, 0, STT_SECTION, STB_LOCAL, IN_TEXT },
    { "undefined", 0, 0, STT_NOTYPE, STB_GLOBAL, SHN_UNDEF },
    { "thread", 0x10, 8, STT_TLS, STB_GLOBAL, IN_DATA },
    { "_stext", TEXT, 0, STT_NOTYPE, STB_GLOBAL, IN_TEXT },
    { "start", TEXT, 0x100, STT_FUNC, STB_GLOBAL, IN_TEXT },
    { "big", TEXT + 0x1000, 0x1000, STT_FUNC, STB_GLOBAL, IN_TEXT },
    { "within", TEXT + 0x1100, 0x10, STT_FUNC, STB_LOCAL, IN_TEXT },
    { "innermost", TEXT + 0x1104, 0x4, STT_FUNC, STB_LOCAL, IN_TEXT },
    { "label", TEXT + 0x1800, 0, STT_NOTYPE, STB_LOCAL, IN_TEXT },
    { "after_label", TEXT + 0x1900, 0x10, STT_FUNC, STB_LOCAL, IN_TEXT },
    { "twice", TEXT + 0x3000, 0x10, STT_FUNC, STB_LOCAL, IN_TEXT },
    { "twice", TEXT + 0x3100, 0x10, STT_FUNC, STB_GLOBAL, IN_TEXT },
    { "twice", TEXT + 0x3200, 0x10, STT_FUNC, STB_WEAK, IN_TEXT },
    { "alias_local", TEXT + 0x4000, 0x10, STT_FUNC, STB_LOCAL, IN_TEXT },
    { "alias_global", TEXT + 0x4000, 0x10, STT_FUNC, STB_GLOBAL, IN_TEXT },
    { "alias_weak", TEXT + 0x4000, 0x10, STT_FUNC, STB_WEAK, IN_TEXT },
    { "sized_label", TEXT + 0x4800, 0x10, STT_NOTYPE, STB_LOCAL, IN_TEXT },
    { "unsized_function", TEXT + 0x4800, 0, STT_FUNC, STB_GLOBAL, IN_TEXT },
    { "function", TEXT + 0x4900, 0x10, STT_FUNC, STB_LOCAL, IN_TEXT },
    { "label_of_it", TEXT + 0x4900, 0x10, STT_NOTYPE, STB_GLOBAL, IN_TEXT },
    { "", TEXT + 0x4a00, 0x10, STT_FUNC, STB_GLOBAL, IN_TEXT },
    { "_etext", TEXT + 0x5000, 0, STT_NOTYPE, STB_GLOBAL, IN_TEXT },
    { "idle_pg_table", DATA + 0x1000, 0x1000, STT_OBJECT, STB_GLOBAL, IN_DATA },
    { "unsized", DATA + 0x4000, 0, STT_NOTYPE, STB_GLOBAL, IN_DATA },
    { "outside", DATA + 0x9000, 0, STT_NOTYPE, STB_GLOBAL, IN_DATA },
    { "config_phys", 0x1000000, 0, STT_NOTYPE, STB_GLOBAL, IN_NONE },
    { "sized_abs", 0x2000000, 0x100, STT_NOTYPE, STB_GLOBAL, IN_NONE },
    { "to_the_end", UINT64_MAX - 15, 0x100, STT_OBJECT, STB_GLOBAL, IN_NONE },
};

/* An executable with .symtab, its strings, and two empty sections to lie in. */
static void build(struct elf_builder *b, const struct sym *syms, size_t nr, uint64_t text)
{
    struct elf_bytes strings = { .p = calloc(1, 4096), .size = 1 }, out;
    size_t entry, tab;

    elf_init(b);
    b->type = ET_EXEC;
    entry = b->is_32bit ? sizeof(Elf32_Sym) : sizeof(Elf64_Sym);
    out = (struct elf_bytes){ .p = calloc(nr + 1, entry) };
    for (size_t i = 0; i < nr; i++) {
        Elf64_Sym s = { .st_name = (uint32_t)strings.size,
                        .st_value = syms[i].value,
                        .st_size = syms[i].size,
                        .st_shndx = syms[i].section,
                        .st_info = (unsigned char)ELF64_ST_INFO(syms[i].bind, syms[i].type) };

        memcpy(out.p + (i + 1) * entry, &s, sizeof(s));
        strcpy((char *)strings.p + strings.size, syms[i].name);
        strings.size += strlen(syms[i].name) + 1;
    }
    tab = elf_section(b, ".symtab", SHT_SYMTAB, out.p, (nr + 1) * entry, entry);
    b->section[tab - 1].link = (uint32_t)elf_section(b, ".strtab", SHT_STRTAB, strings.p,
                                                     strings.size, 0);
    elf_section(b, ".text", SHT_NOBITS, NULL, 0, 0);
    elf_section(b, ".data", SHT_NOBITS, NULL, 0, 0);
    b->section[IN_TEXT - 1].addr = text;
    b->section[IN_TEXT - 1].size = 0x6000;
    b->section[IN_DATA - 1].addr = DATA;
    b->section[IN_DATA - 1].size = 0x5000;
    elf_build(b);
    free(out.p);
    free(strings.p);
}

/* A raw image with the names of a file made of this. */
static struct xenpt_image *open_with(const struct elf_builder *b)
{
    static const uint8_t page[4096] = { 1 };
    char *path = write_file(b->file.p, b->file.size);
    struct xenpt_image_options opt = { .symbols = path };
    struct xenpt_image *image = NULL;
    struct xenpt_error err = { 0 };

    if (image_open_bytes(page, sizeof(page), &opt, &image, &err))
        fail_msg("%s", err.text);
    unlink(path);
    free(path);
    return image;
}

static void test_name_to_address(void **state)
{
    static const struct {
        const char *name;
        uint64_t address; /* 0: none. */
    } rows[] = {
        { "start", TEXT },
        { "_stext", TEXT },
        { "big", TEXT + 0x1000 },
        { "label", TEXT + 0x1800 },
        { "twice", TEXT + 0x3100 }, /* The global one of them. */
        { "alias_weak", TEXT + 0x4000 },
        { "idle_pg_table", DATA + 0x1000 },
        { "config_phys", 0x1000000 },
        { "xen.c", 0 },
        { "section", 0 },
        { "undefined", 0 },
        { "thread", 0 },
        { "", 0 },
        { "aaa", 0 },
        { "zzz", 0 },
        { "star", 0 },
        { "start1", 0 },
    };
    struct elf_builder b;
    struct xenpt_image *image;

    (void)state;
    build(&b, table, COUNT(table), TEXT);
    image = open_with(&b);
    for (size_t i = 0; i < COUNT(rows); i++) {
        uint64_t address = 0;

        if (xenpt_image_symbol(image, rows[i].name, &address) != (rows[i].address != 0) ||
            address != rows[i].address)
            fail_msg("%s: 0x%llx", rows[i].name, (unsigned long long)address);
    }
    xenpt_image_close(image);
    elf_fini(&b);
}

static void test_address_to_name(void **state)
{
    static const struct {
        const char *claim;
        uint64_t address;
        const char *name; /* That it lies in, by the explainer; NULL: in none. */
        uint64_t offset;
        const char *after; /* By xenpt_image_symbol_at(), where it lies in none. */
    } rows[] = {
        { "one with a size before one without", TEXT, "start", 0, NULL },
        { "the last byte", TEXT + 0xff, "start", 0xff, NULL },
        { "behind the end, before the next", TEXT + 0x100, NULL, 0x100, "start" },
        { "in a large one", TEXT + 0x10ff, "big", 0xff, NULL },
        { "in one within it", TEXT + 0x1100, "within", 0, NULL },
        { "in one within that", TEXT + 0x1107, "innermost", 3, NULL },
        { "behind the innermost", TEXT + 0x1108, "within", 8, NULL },
        { "behind both, in the large one again", TEXT + 0x1110, "big", 0x110, NULL },
        { "a label goes as far as the next", TEXT + 0x18ff, "label", 0xff, NULL },
        { "... and no further", TEXT + 0x1910, "big", 0x910, NULL },
        { "the end of the large one", TEXT + 0x1fff, "big", 0xfff, NULL },
        { "behind all of them", TEXT + 0x2000, NULL, 0x700, "after_label" },
        { "of aliases the global one", TEXT + 0x4001, "alias_global", 1, NULL },
        { "of aliases the one with a size", TEXT + 0x4800, "sized_label", 0, NULL },
        { "of those the one with a type", TEXT + 0x4901, "function", 1, NULL },
        { "one without a name is none", TEXT + 0x4a01, NULL, 0x101, "function" },
        { "without a size: to the end of the section", TEXT + 0x5fff, "_etext", 0xfff, NULL },
        { "... and no further", TEXT + 0x6000, NULL, 0, NULL },
        { "before the first of a section", DATA, NULL, 0, NULL },
        { "data", DATA + 0x1234, "idle_pg_table", 0x234, NULL },
        { "the last of its section", DATA + 0x4fff, "unsized", 0xfff, NULL },
        { "behind the section", DATA + 0x5000, NULL, 0, NULL },
        { "outside of the section that it claims", DATA + 0x9000, "outside", 0, NULL },
        { "... and nothing behind it", DATA + 0x9001, NULL, 0, NULL },
        { "an absolute one is an address", 0x1000000, "config_phys", 0, NULL },
        { "... and nothing behind it", 0x1000001, NULL, 0, NULL },
        { "an absolute one with a size", 0x20000ff, "sized_abs", 0xff, NULL },
        { "below everything", 0xfff, NULL, 0, NULL },
        { "a size beyond the end of all addresses", UINT64_MAX, "to_the_end", 15, NULL },
    };
    struct elf_builder b;
    struct xenpt_image *image;
    const struct xenpt_explainer *explainer;

    (void)state;
    build(&b, table, COUNT(table), TEXT);
    image = open_with(&b);
    explainer = xenpt_image_view(image)->explainer;
    assert_non_null(explainer);
    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *want = rows[i].name ? rows[i].name : rows[i].after, *got;
        struct xenpt_explanation e = { 0 };
        uint64_t offset = 0;
        bool known = explainer->address(explainer, NULL, rows[i].address, &e);

        if (known != (rows[i].name != NULL) ||
            (known && (strcmp(e.area, rows[i].name) || e.area_offset != rows[i].offset)))
            fail_msg("%s: %s", rows[i].claim, known ? e.area : "unknown");
        got = xenpt_image_symbol_at(image, rows[i].address, &offset);
        if ((got != NULL) != (want != NULL) ||
            (got && (strcmp(got, want) || offset != rows[i].offset)))
            fail_msg("%s: symbol_at says %s+0x%llx", rows[i].claim, got ? got : "nothing",
                     (unsigned long long)offset);
    }
    xenpt_image_close(image);
    elf_fini(&b);
}

/* The same answers as from a look at every symbol, over many random tables. */
static void test_against_looking_at_all(void **state)
{
    enum { NR = 14, ROUNDS = 60 };
    uint64_t seed = 88172645463325252u;

    (void)state;
    for (unsigned int round = 0; round < ROUNDS; round++) {
        struct sym syms[NR];
        char names[NR][8];
        struct elf_builder b;
        struct xenpt_image *image;
        const struct xenpt_explainer *explainer;

        for (size_t i = 0; i < NR; i++) {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            snprintf(names[i], sizeof(names[i]), "s%zu", i);
            /* Different starts, so that which alias is shown is no question. */
            syms[i] = (struct sym){
                names[i], TEXT + i * 8 + seed % 8, 1 + (seed >> 8) % 40, STT_FUNC, STB_GLOBAL,
                IN_TEXT
            };
        }
        build(&b, syms, NR, TEXT);
        image = open_with(&b);
        explainer = xenpt_image_view(image)->explainer;
        for (uint64_t at = TEXT; at < TEXT + NR * 8 + 48; at++) {
            const struct sym *best = NULL;
            struct xenpt_explanation e;

            for (size_t i = 0; i < NR; i++)
                if (syms[i].value <= at && at < syms[i].value + syms[i].size)
                    best = &syms[i]; /* The one that starts last: they are in order. */
            assert_int_equal(explainer->address(explainer, NULL, at, &e), best != NULL);
            if (best)
                assert_string_equal(e.area, best->name);
        }
        xenpt_image_close(image);
        elf_fini(&b);
    }
}

/* KASLR moves the kernel's image; absolute symbols and per-CPU offsets stay. */
static void test_kaslr(void **state)
{
    static const uint64_t text = 0xffffffff81000000, moved = 0x2e800000;
    static const struct sym syms[] = {
        { "_text", 0xffffffff81000000, 0, STT_NOTYPE, STB_GLOBAL, IN_TEXT },
        { "schedule", 0xffffffff81002000, 0x100, STT_FUNC, STB_GLOBAL, IN_TEXT },
        { "a_constant", 0xffffffff81003000, 0, STT_NOTYPE, STB_GLOBAL, IN_NONE },
        { "per_cpu", 0x1000, 8, STT_OBJECT, STB_GLOBAL, IN_DATA },
    };
    static const char info[] = "KERNELOFFSET=2e800000\n";
    static const uint8_t page[4096];
    struct elf_builder names, core;
    struct xenpt_image_options opt = { 0 };
    struct xenpt_image *image;
    uint64_t address = 0, offset = 0;
    char *path;

    (void)state;
    build(&names, syms, COUNT(syms), text);
    path = write_file(names.file.p, names.file.size);
    opt.symbols = path;
    elf_init(&core);
    elf_note(&core, "VMCOREINFO", 0, info, sizeof(info) - 1);
    elf_load(&core, 0x1000, page, sizeof(page));
    image = open_elf(&core, &opt);
    assert_true(xenpt_image_symbol(image, "schedule", &address));
    assert_int_equal(address, 0xffffffff81002000 + moved);
    assert_string_equal(xenpt_image_symbol_at(image, address + 8, &offset), "schedule");
    assert_int_equal(offset, 8);
    assert_string_equal(xenpt_image_symbol_at(image, text + moved + 0x1fff, &offset), "_text");
    assert_null(xenpt_image_symbol_at(image, text, &offset));
    assert_true(xenpt_image_symbol(image, "a_constant", &address));
    assert_int_equal(address, 0xffffffff81003000);
    assert_true(xenpt_image_symbol(image, "per_cpu", &address));
    assert_int_equal(address, 0x1000);
    xenpt_image_close(image);
    unlink(path);
    free(path);
    elf_fini(&core);
    elf_fini(&names);
}

/* A real one, of any ELF file with a symbol table: this test itself. */
static void test_a_real_table(void **state)
{
    struct xenpt_image_options opt = { .symbols = "/proc/self/exe" };
    static const uint8_t page[4096] = { 1 };
    struct xenpt_image *image;
    uint64_t address, offset = 1;

    (void)state;
    assert_int_equal(image_open_bytes(page, sizeof(page), &opt, &image, NULL), XENPT_OK);
    assert_true(xenpt_image_symbol(image, "xenpt_image_open", &address));
    assert_string_equal(xenpt_image_symbol_at(image, address, &offset), "xenpt_image_open");
    assert_int_equal(offset, 0);
    xenpt_image_close(image);
}

static void test_32bit(void **state)
{
    static const struct {
        uint32_t name, value, size;
        uint8_t info, other;
        uint16_t section;
    } syms[] = { { 0 }, { 1, 0xc1001000, 0x20, ELF32_ST_INFO(STB_GLOBAL, STT_FUNC), 0, 3 } };
    struct elf_builder b;
    struct xenpt_image *image;
    uint64_t address, offset;
    size_t tab;

    (void)state;
    elf_init(&b);
    b.is_32bit = true;
    b.machine = EM_386;
    b.type = ET_EXEC;
    tab = elf_section(&b, ".symtab", SHT_SYMTAB, syms, sizeof(syms), 16);
    b.section[tab - 1].link = (uint32_t)elf_section(&b, ".strtab", SHT_STRTAB, "\0schedule", 10, 0);
    elf_section(&b, ".text", SHT_NOBITS, NULL, 0, 0);
    b.section[2].addr = 0xc1000000;
    b.section[2].size = 0x10000;
    elf_build(&b);
    image = open_with(&b);
    assert_true(xenpt_image_symbol(image, "schedule", &address));
    assert_int_equal(address, 0xc1001000);
    assert_string_equal(xenpt_image_symbol_at(image, 0xc100101f, &offset), "schedule");
    xenpt_image_close(image);
    elf_fini(&b);
}

static void refuse(const void *bytes, size_t size, enum xenpt_code code, const char *says)
{
    static const uint8_t page[4096] = { 1 };
    char *path = bytes ? write_file(bytes, size) : strdup("/nonexistent/xen-syms");
    struct xenpt_image_options opt = { .symbols = path };
    struct xenpt_image *image = NULL;
    struct xenpt_error err = { 0 };

    assert_int_equal(image_open_bytes(page, sizeof(page), &opt, &image, &err), code);
    assert_null(image);
    assert_string_equal(err.file, path);
    if (!strstr(err.text, says))
        fail_msg("expected \"%s\" in: %s", says, err.text);
    unlink(path);
    free(path);
}

static void test_files_without_symbols(void **state)
{
    struct elf_builder b;

    (void)state;
    refuse(NULL, 0, XENPT_EIO, "No such file");
    refuse("hello", 5, XENPT_EPARSE, "symbols come from an ELF file");
    refuse("\177ELF\2\1", 6, XENPT_EPARSE, "ends within its first header");
    build(&b, table, 4, TEXT); /* Files, sections, undefined ones: none to show. */
    refuse(b.file.p, b.file.size, XENPT_EPARSE, "no symbols in it");
    elf_fini(&b);
    build(&b, table, COUNT(table), TEXT);
    put32(b.file.p + *(uint64_t *)(void *)(b.file.p + 40) + 64 + 4, SHT_DYNSYM);
    refuse(b.file.p, b.file.size, XENPT_EPARSE, "no symbols in it");
    elf_fini(&b);
    build(&b, table, COUNT(table), TEXT);
    put64(b.file.p + *(uint64_t *)(void *)(b.file.p + 40) + 64 + 24, 1 << 20); /* sh_offset */
    refuse(b.file.p, b.file.size, XENPT_EPARSE, "the symbol table cannot be read");
    elf_fini(&b);
}

/* Every symbol that a name leads to is listed, and the list is in the order of the names. */
static void test_list_of_names(void **state)
{
    struct elf_builder b;
    struct xenpt_image *image;
    const char *before = "", *name;
    uint64_t address;
    bool start = false;
    size_t n = 0;

    (void)state;
    build(&b, table, COUNT(table), TEXT);
    image = open_with(&b);
    for (; (name = xenpt_image_symbol_name(image, n)); n++) {
        assert_true(strcmp(before, name) <= 0);
        assert_true(xenpt_image_symbol(image, name, &address));
        start |= !strcmp(name, "start");
        before = name;
    }
    assert_true(n > 8 && start);
    assert_null(xenpt_image_symbol_name(image, n + 1));
    xenpt_image_close(image);
    elf_fini(&b);
}

static void test_without_names(void **state)
{
    static const uint8_t page[4096] = { 1 };
    struct xenpt_image *image;
    uint64_t got;

    (void)state;
    assert_int_equal(image_open_bytes(page, sizeof(page), NULL, &image, NULL), XENPT_OK);
    assert_false(xenpt_image_symbol(image, "start", &got));
    assert_null(xenpt_image_symbol_at(image, 0, &got));
    assert_null(xenpt_image_symbol_name(image, 0));
    xenpt_image_close(image);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_name_to_address),        cmocka_unit_test(test_address_to_name),
        cmocka_unit_test(test_against_looking_at_all), cmocka_unit_test(test_kaslr),
        cmocka_unit_test(test_a_real_table),           cmocka_unit_test(test_32bit),
        cmocka_unit_test(test_files_without_symbols),  cmocka_unit_test(test_list_of_names),
        cmocka_unit_test(test_without_names),
    };

    return cmocka_run_group_tests_name("image_symbols", tests, NULL, NULL);
}
