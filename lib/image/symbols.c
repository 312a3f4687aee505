/*
 * symbols.c - the names of addresses, from the .symtab of a kernel or of Xen.
 *
 * Symbols lie within each other (a label in a function) and on each other (aliases).  They are
 * sorted by address, the one to show last among those of one address; each knows the nearest
 * one before it that reaches over its start, so that an address behind a small symbol is
 * found in the large one around it.
 */
#include <stdlib.h>
#include <string.h>

#include "base/search.h"
#include "image/internal.h"

struct symbol {
    uint64_t first;
    uint64_t last;    /* Of what is its own: its size, or up to the next symbol. */
    uint64_t section; /* Last address of the section it lies in. */
    const char *name; /* libelf's. */
    uint32_t around;  /* Index of the symbol that reaches over this one's start. */
    uint32_t order;   /* In the file. */
    uint8_t rank;     /* Which of several to prefer: the highest. */
    bool sized;
};

#define NONE UINT32_MAX

struct image_symbols {
    struct xenpt_explainer explainer; /* First: it is cast back. */
    struct image_file file;
    Elf *elf;
    struct symbol *list; /* By address. */
    struct symbol **by_name;
    size_t nr, max;
};

/* --- Reading ------------------------------------------------------------------------------- */

/* Where Linux puts the image of its kernel: what KASLR moves lies above. */
#define START_KERNEL_MAP UINT64_C(0xffffffff80000000)

/* Sized before unsized, code and data before labels, and global before weak before local. */
static uint8_t rank_of(const GElf_Sym *sym)
{
    unsigned int type = GELF_ST_TYPE(sym->st_info), bind = GELF_ST_BIND(sym->st_info);
    unsigned int rank = (sym->st_size != 0) * 8u + (type != STT_NOTYPE) * 4u;

    return (uint8_t)(rank + (bind == STB_GLOBAL ? 2 : bind == STB_WEAK ? 1 : 0));
}

static bool wanted(const GElf_Sym *sym, const char *name)
{
    unsigned int type = GELF_ST_TYPE(sym->st_info);

    return name && *name && sym->st_shndx != SHN_UNDEF && type != STT_FILE && type != STT_SECTION &&
           type != STT_TLS;
}

/* How far behind a symbol the section that it lies in ends; 0 if it lies in none. */
static uint64_t section_left(Elf *elf, const GElf_Sym *sym)
{
    Elf_Scn *scn = sym->st_shndx < SHN_LORESERVE ? elf_getscn(elf, sym->st_shndx) : NULL;
    GElf_Shdr s;

    if (!scn || !gelf_getshdr(scn, &s) || !s.sh_size || sym->st_value < s.sh_addr ||
        sym->st_value - s.sh_addr >= s.sh_size || s.sh_addr + (s.sh_size - 1) < s.sh_addr)
        return 0;
    return s.sh_addr + (s.sh_size - 1) - sym->st_value;
}

static uint64_t add_capped(uint64_t a, uint64_t b)
{
    return a + b < a ? UINT64_MAX : a + b;
}

static struct symbol to_symbol(Elf *elf, const GElf_Sym *sym, const char *name, uint64_t offset)
{
    bool moves = sym->st_shndx != SHN_ABS && sym->st_value >= START_KERNEL_MAP;
    uint64_t first = sym->st_value + (moves ? offset : 0);

    return (struct symbol){
        .first = first,
        .last = add_capped(first, sym->st_size ? sym->st_size - 1 : 0),
        .section = add_capped(first, section_left(elf, sym)),
        .name = name,
        .rank = rank_of(sym),
        .sized = sym->st_size,
    };
}

static enum xenpt_code read_table(struct image_symbols *s, Elf_Scn *scn, uint64_t offset,
                                  struct xenpt_error *err)
{
    Elf_Data *data = elf_getdata(scn, NULL);
    GElf_Shdr header;
    GElf_Sym sym;

    if (!data || !gelf_getshdr(scn, &header))
        return xenpt_fail_at(err, XENPT_EPARSE, s->file.path, 0,
                             "the symbol table cannot be read: %s", elf_errmsg(-1));
    for (int i = 0; gelf_getsym(data, i, &sym); i++) {
        const char *name = elf_strptr(s->elf, header.sh_link, sym.st_name);
        struct symbol *list;

        if (!wanted(&sym, name))
            continue;
        list = image_grow(s->list, &s->max, s->nr, sizeof(*list));
        if (!list || s->nr == NONE)
            return xenpt_fail(err, XENPT_ENOMEM, "no memory for %zu symbols", s->nr);
        s->list = list;
        list[s->nr] = to_symbol(s->elf, &sym, name, offset);
        list[s->nr].order = (uint32_t)s->nr;
        s->nr++;
    }
    return XENPT_OK;
}

static enum xenpt_code read_tables(struct image_symbols *s, uint64_t offset,
                                   struct xenpt_error *err)
{
    enum xenpt_code code = XENPT_OK;
    Elf_Scn *scn = NULL;
    GElf_Shdr header;

    while (!code && (scn = elf_nextscn(s->elf, scn)))
        if (gelf_getshdr(scn, &header) && header.sh_type == SHT_SYMTAB)
            code = read_table(s, scn, offset, err);
    if (!code && !s->nr)
        code = xenpt_fail_at(err, XENPT_EPARSE, s->file.path, 0,
                             "no symbols in it: it was stripped, or never had any");
    return code;
}

/* --- Ordering ------------------------------------------------------------------------------ */

static int by_address(const void *a, const void *b)
{
    const struct symbol *x = a, *y = b;

    if (x->first != y->first)
        return x->first < y->first ? -1 : 1;
    if (x->rank != y->rank)
        return x->rank < y->rank ? -1 : 1;
    return x->order < y->order ? 1 : x->order > y->order ? -1 : 0;
}

static int by_name(const void *a, const void *b)
{
    const struct symbol *x = *(const struct symbol *const *)a;
    const struct symbol *y = *(const struct symbol *const *)b;
    int names = strcmp(x->name, y->name);

    if (names)
        return names;
    if (x->rank != y->rank)
        return x->rank > y->rank ? -1 : 1;
    return x->order < y->order ? -1 : x->order > y->order ? 1 : 0;
}

/*
 * Gives a symbol without a size that of its alias, or else what lies before the next symbol,
 * and finds who is around whom.
 */
static void arrange(struct image_symbols *s)
{
    const struct symbol *best = NULL; /* Of those at one address: the last. */
    uint64_t next = UINT64_MAX;

    for (size_t i = s->nr; i-- > 0;) {
        struct symbol *sym = &s->list[i];

        if (!best || best->first != sym->first) {
            if (best)
                next = best->first - 1;
            best = sym;
        }
        if (!sym->sized)
            sym->last = best->sized ? best->last : min_u64(next, sym->section);
    }
    for (size_t i = 0; i < s->nr; i++) {
        uint32_t around = i ? (uint32_t)i - 1 : NONE;

        while (around != NONE && s->list[around].last < s->list[i].first)
            around = s->list[around].around;
        s->list[i].around = around;
    }
}

static enum xenpt_code sort(struct image_symbols *s, struct xenpt_error *err)
{
    s->by_name = malloc((s->nr + 1) * sizeof(void *));
    if (!s->by_name)
        return xenpt_fail(err, XENPT_ENOMEM, "no memory for %zu symbols", s->nr);
    if (s->nr > 1)
        qsort(s->list, s->nr, sizeof(*s->list), by_address);
    arrange(s);
    for (size_t i = 0; i < s->nr; i++)
        s->by_name[i] = &s->list[i];
    qsort(s->by_name, s->nr, sizeof(void *), by_name);
    return XENPT_OK;
}

/* --- Looking up ---------------------------------------------------------------------------- */

/* The last symbol that starts at or before an address, or NULL. */
static const struct symbol *before(const struct image_symbols *s, uint64_t address)
{
    size_t low = 0, high = s->nr;

    SEARCH(low, high, i, s->list[i].first <= address);
    return low ? &s->list[low - 1] : NULL;
}

/* The symbol that an address is part of, or NULL. */
static const struct symbol *around(const struct image_symbols *s, uint64_t address)
{
    const struct symbol *sym = before(s, address);

    while (sym && sym->last < address)
        sym = sym->around == NONE ? NULL : &s->list[sym->around];
    return sym;
}

static bool explain(const struct xenpt_explainer *self, const struct xenpt_context *ctx,
                    uint64_t in, struct xenpt_explanation *ret)
{
    const struct symbol *sym = around((const struct image_symbols *)self, in);

    (void)ctx;
    if (!sym)
        return false;
    *ret = (struct xenpt_explanation){ .area = sym->name, .area_offset = in - sym->first };
    return true;
}

const char *image_symbols_at(const struct image_symbols *symbols, uint64_t address,
                             uint64_t *offset)
{
    const struct symbol *sym = around(symbols, address);

    if (!sym) {
        sym = before(symbols, address);
        if (!sym || address > sym->section)
            return NULL;
    }
    *offset = address - sym->first;
    return sym->name;
}

bool image_symbols_find(const struct image_symbols *symbols, const char *name, uint64_t *ret)
{
    size_t low = 0, high = symbols->nr;

    SEARCH(low, high, i, strcmp(symbols->by_name[i]->name, name) < 0);
    if (low == symbols->nr || strcmp(symbols->by_name[low]->name, name) != 0)
        return false;
    *ret = symbols->by_name[low]->first;
    return true;
}

const char *image_symbols_name(const struct image_symbols *symbols, size_t i)
{
    return i < symbols->nr ? symbols->by_name[i]->name : NULL;
}

/* --- Being --------------------------------------------------------------------------------- */

enum xenpt_code image_symbols_create(struct image_symbols **ret, struct image_file *file,
                                     uint64_t offset, struct xenpt_error *err)
{
    struct image_symbols *s = calloc(1, sizeof(*s));
    enum xenpt_code code = XENPT_OK;

    if (!s) {
        image_file_close(file);
        return xenpt_fail(err, XENPT_ENOMEM, "no memory for symbols");
    }
    s->file = *file;
    if (!image_is_elf(file))
        code = xenpt_fail_at(err, XENPT_EPARSE, file->path, 0,
                             "symbols come from an ELF file, and this is none");
    if (!code)
        code = image_elf_begin(&s->file, &s->elf, err);
    if (!code)
        code = read_tables(s, offset, err);
    if (!code)
        code = sort(s, err);
    if (code) {
        image_symbols_destroy(s);
        return code;
    }
    s->file.path = NULL;
    s->explainer.address = explain;
    *ret = s;
    return XENPT_OK;
}

void image_symbols_destroy(struct image_symbols *symbols)
{
    if (!symbols)
        return;
    free(symbols->by_name);
    free(symbols->list);
    elf_end(symbols->elf);
    image_file_close(&symbols->file);
    free(symbols);
}

const struct xenpt_explainer *image_symbols_explainer(const struct image_symbols *symbols)
{
    return &symbols->explainer;
}
