/*
 * Lesson 2: build a tree of page tables in simulated memory, change it, and scan it.
 *
 *     02-build-and-scan
 *
 * A store is the memory, an allocator hands out its frames, and a tree is a format, a root and
 * these two.  A scan reports what the tree maps, neighbours of equal rights as one range.
 *
 * Build:  cc 02-build-and-scan.c $(pkg-config --cflags --libs xenpt)
 */
#include <inttypes.h>
#include <stdio.h>
#include <xenpt.h>

#define P  XENPT_BIT(0)
#define RW XENPT_BIT(1)
#define US XENPT_BIT(2)
#define NX XENPT_BIT(63)

#define MIB(n) ((n) << 20)
#define CODE   UINT64_C(0x400000)
#define DATA   UINT64_C(0x600000)

/* Memory, its allocator, and a paging whose root lies in it: all that a tree needs. */
struct machine {
    struct xenpt_store *store;
    struct xenpt_alloc *alloc;
    struct xenpt_paging paging;
};

static enum xenpt_code set_up(struct machine *m, struct xenpt_error *err)
{
    struct xenpt_cpu cpu = xenpt_cpu_widest(XENPT_INTEL);
    struct xenpt_regs regs = {
        .cr0 = XENPT_CR0_PE | XENPT_CR0_PG | XENPT_CR0_WP,
        .cr4 = XENPT_CR4_PAE,
        .efer = XENPT_EFER_LME | XENPT_EFER_LMA | XENPT_EFER_NXE,
    };
    xenpt_mfn_t root;
    enum xenpt_code code;

    if ((code = xenpt_store_create(&m->store, err)) || (code = xenpt_alloc_create(&m->alloc, err)))
        return code;
    if ((code = xenpt_store_add_ram(m->store, 0, MIB(64) - 1, err)))
        return code;
    /* Tables come from the first MiB; what is mapped lies above. */
    if ((code = xenpt_alloc_add(m->alloc, xenpt_mfn(0), xenpt_mfn(255), err)))
        return code;
    if ((code = xenpt_alloc_take(m->alloc, (struct xenpt_alloc_want){ .low = true }, &root, err)))
        return code;
    regs.cr3 = xenpt_mfn_to_maddr(root);
    return xenpt_paging_init(&m->paging, &cpu, &regs, err);
}

static bool print(void *ctx, const struct xenpt_range ranges[], size_t n)
{
    const struct machine *m = ctx;

    for (size_t i = 0; i < n; i++) {
        const struct xenpt_range *r = &ranges[i];
        unsigned int rights = xenpt_rights(&m->paging, r->granted);

        printf("  %#9" PRIx64 " - %#9" PRIx64 "  -> %#9" PRIx64 "  %s  %c%c%c\n", r->first, r->last,
               r->out, xenpt_page_name(&m->paging.format, r->level),
               rights & 1u << XENPT_R ? 'r' : '-', rights & 1u << XENPT_W ? 'w' : '-',
               rights & 1u << XENPT_XU ? 'x' : '-');
    }
    return true;
}

static enum xenpt_code scan(struct machine *m, const char *title, struct xenpt_error *err)
{
    struct xenpt_scan_options merged = { .merge = true };
    struct xenpt_scan_counts counts;
    enum xenpt_code code;

    printf("%s\n", title);
    code = xenpt_scan(&m->paging, xenpt_store_reader(m->store), &merged, print, m, &counts, err);
    if (!code)
        printf("  %" PRIu64 " tables, %" PRIu64 " leaf entries\n", counts.tables, counts.leaves);
    return code;
}

static enum xenpt_code lesson(struct machine *m, struct xenpt_error *err)
{
    struct xenpt_tree tree = {
        .paging = &m->paging,
        .store = m->store,
        .alloc = m->alloc,
        .table_flags = P | RW | US,
    };
    struct xenpt_mapping code_pages = {
        .first = CODE, .last = CODE + MIB(2) - 1, .out = MIB(16), .flags = P | US
    };
    struct xenpt_mapping data_pages = {
        .first = DATA, .last = DATA + 0x5fff, .out = MIB(32), .flags = P | RW | US | NX
    };
    enum xenpt_code code;

    if ((code = xenpt_edit_map(&tree, &code_pages, err)) ||
        (code = xenpt_edit_map(&tree, &data_pages, err)) ||
        (code = scan(m, "2 MiB of code, 24 KiB of data:", err)))
        return code;
    /* One 4 KiB page of the 2 MiB one: the edit splits it first. */
    if ((code = xenpt_edit_change(&tree, CODE + 0x1000, CODE + 0x1fff, RW | NX, 0, err)))
        return code;
    return scan(m, "after one page of the code was made writable, and not executable:", err);
}

int main(void)
{
    struct xenpt_error err = { 0 };
    struct machine machine = { 0 };
    enum xenpt_code code = set_up(&machine, &err);
    char text[1024];

    if (!code)
        code = lesson(&machine, &err);
    if (code) {
        xenpt_error_format(&err, text, sizeof(text));
        fprintf(stderr, "%s\n", text);
    }
    xenpt_alloc_destroy(machine.alloc);
    xenpt_store_destroy(machine.store);
    return code ? 1 : 0;
}
