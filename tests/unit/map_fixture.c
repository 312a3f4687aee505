/* map_fixture.c - a few pages of memory with tables in them. */
#include "map_fixture.h"

#include <inttypes.h>

#define PG       (XENPT_CR0_PG | XENPT_CR0_PE | XENPT_CR0_WP)
#define LONGMODE (XENPT_EFER_LME | XENPT_EFER_LMA | XENPT_EFER_NXE)

void world_first(struct world *w, const char *what, uint64_t root)
{
    static const struct {
        const char *what;
        struct xenpt_regs regs;
    } rows[] = {
        { "2level", { .cr0 = PG, .cr4 = XENPT_CR4_PSE } },
        { "pae", { .cr0 = PG, .cr4 = XENPT_CR4_PAE, .efer = XENPT_EFER_NXE } },
        { "4level", { .cr0 = PG, .cr4 = XENPT_CR4_PAE | XENPT_CR4_PKE, .efer = LONGMODE } },
        { "unpaged", { .cr0 = XENPT_CR0_PE } },
    };
    struct xenpt_cpu cpu = xenpt_cpu_widest(XENPT_INTEL);

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct xenpt_regs regs = rows[i].regs;

        if (strcmp(rows[i].what, what) != 0)
            continue;
        regs.cr3 = root;
        assert_int_equal(xenpt_paging_init(&w->context.paging, &cpu, &regs, NULL), XENPT_OK);
        return;
    }
    fail_msg("no such paging: %s", what);
}

void world_init(struct world *w)
{
    *w = (struct world){ .bytes = calloc(1, WORLD_SIZE) };
    assert_non_null(w->bytes);
    w->mem = xenpt_reader_flat(w->bytes, 0, WORLD_SIZE);
    strcpy(w->context.name, "it");
    w->view = (struct xenpt_view){ .mem = &w->mem, .contexts = &w->context, .nr_contexts = 1 };
    world_first(w, "4level", 0x1000);
}

void world_fini(struct world *w)
{
    free(w->bytes);
}

void world_put(struct world *w, const struct entry entries[], size_t n)
{
    for (size_t i = 0; i < n; i++)
        memcpy(w->bytes + entries[i].table + 8 * (size_t)entries[i].slot, &entries[i].value, 8);
}

void world_put32(struct world *w, const struct entry entries[], size_t n)
{
    for (size_t i = 0; i < n; i++) {
        uint32_t half = (uint32_t)entries[i].value;

        memcpy(w->bytes + entries[i].table + 4 * (size_t)entries[i].slot, &half, 4);
    }
}

/* --- Lines --------------------------------------------------------------------------------- */

struct lines {
    char *buf;
    size_t used;
    bool second;
};

__attribute__((format(printf, 2, 3))) static void add(struct lines *l, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    l->used += (size_t)vsnprintf(l->buf + l->used, LINES_MAX - l->used, fmt, ap);
    va_end(ap);
    assert_true(l->used < LINES_MAX);
}

static void rights(struct lines *l, unsigned int held)
{
    static const struct {
        unsigned int bits;
        char letter;
    } rows[] = {
        { 1u << XENPT_R, 'r' },
        { 1u << XENPT_W, 'w' },
        { 1u << XENPT_XS | 1u << XENPT_XU, 'x' },
        { 1u << XENPT_U, 'u' },
    };

    add(l, " ");
    for (size_t i = 0; i < COUNT(rows); i++)
        add(l, "%c", held & rows[i].bits ? rows[i].letter : '-');
}

static bool line(void *ctx, const struct xenpt_map_range *r)
{
    struct lines *l = ctx;

    add(l, "%" PRIx64 "-%" PRIx64 " %s ", r->first, r->last, xenpt_map_kind_name(r->kind));
    if (l->second)
        add(l, "%" PRIx64, r->gaddr);
    add(l, ">%" PRIx64, r->maddr);
    rights(l, r->rights);
    if (r->kind == XENPT_MAP_PAGES)
        add(l, " %s", r->page);
    if (r->kind == XENPT_MAP_SHARED || r->kind == XENPT_MAP_LINEAR)
        add(l, " as %" PRIx64, r->same_as);
    if (r->kind == XENPT_MAP_LINEAR)
        add(l, " L%u", r->same_level);
    add(l, " x%" PRIu64 "%s%s\n", r->leaves, r->repeated ? " repeated" : "",
        r->scattered ? " scattered" : "");
    return true;
}

const char *world_lines(const struct world *w, const struct xenpt_map_options *opt,
                        char buf[LINES_MAX])
{
    struct lines l = { .buf = buf, .second = w->context.has_second };
    enum xenpt_code code;

    buf[0] = '\0';
    code = xenpt_map(&w->view, &w->context, opt, line, &l, NULL, NULL);
    if (code)
        add(&l, "= %s\n", xenpt_code_name(code));
    return buf;
}
