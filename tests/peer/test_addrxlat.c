/*
 * test_addrxlat.c - libaddrxlat as a peer, over trees built in memory: the ten disagreements,
 * and random trees of every format that it knows.
 *
 * It is made to read memory, not to judge: it has no reserved bits.  Where xenpt says that
 * an entry is illegal its answer counts for nothing, and all else has to agree.
 */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "addrxlat.h"
#include "disagreements.h"

/* --- Memory ---------------------------------------------------------------------------------- */

#define NR_PAGES 64
static uint64_t memory[NR_PAGES * 512];

static void put_page(const addrxlat_buffer_t *buf)
{
    (void)buf;
}

static addrxlat_status get_page(const addrxlat_cb_t *cb, addrxlat_buffer_t *buf)
{
    uint64_t page = buf->addr.addr >> XENPT_PAGE_SHIFT;

    (void)cb;
    if (page >= NR_PAGES)
        return ADDRXLAT_ERR_NODATA;
    buf->addr.addr = page << XENPT_PAGE_SHIFT;
    buf->ptr = &memory[page * 512];
    buf->size = XENPT_PAGE_SIZE;
    buf->byte_order = ADDRXLAT_LITTLE_ENDIAN;
    buf->put_page = put_page;
    return ADDRXLAT_OK;
}

static unsigned long read_caps(const addrxlat_cb_t *cb)
{
    (void)cb;
    return ADDRXLAT_CAPS(ADDRXLAT_MACHPHYSADDR);
}

static addrxlat_ctx_t *context(void)
{
    addrxlat_ctx_t *ctx = addrxlat_ctx_new();
    addrxlat_cb_t *cb = addrxlat_ctx_add_cb(ctx);

    assert_non_null(cb);
    cb->get_page = get_page;
    cb->read_caps = read_caps;
    return ctx;
}

/* --- The ten disagreements -------------------------------------------------------------------- */

/* What hardware maps it has to map.  Of its leniency we only want to hear when it ends. */
static void test_leniency(void **state)
{
    addrxlat_ctx_t *ctx = context();

    (void)state;
    for (size_t i = 0; i < NR_DISAGREEMENTS; i++) {
        const struct disagreement *row = &disagreements[i];
        struct xenpt_paging pg = disagreement_paging(row);
        addrxlat_meth_t meth = addrxlat_meth_of(&pg);
        uint64_t out = 0;
        bool maps;

        disagreement_build(row, memory);
        maps = addrxlat_ask(ctx, &meth, row->in, &out) == ADDRXLAT_OK;
        if (row->outcome == XENPT_MAPPED) {
            assert_true(maps);
            assert_int_equal(out, UINT64_C(0x1234567000));
        } else if (maps != row->peer_maps || out != row->peer_out) {
            print_message("libaddrxlat has changed: \"%s\" was %smapped to 0x%" PRIx64
                          ", is now %smapped to 0x%" PRIx64 "\n",
                          row->claim, row->peer_maps ? "" : "not ", row->peer_out,
                          maps ? "" : "not ", out);
        }
    }
    addrxlat_ctx_decref(ctx);
}

/* --- Random trees ----------------------------------------------------------------------------- */

static uint64_t seed = UINT64_C(0x9e3779b97f4a7c15);

static uint64_t dice(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed;
}

static uint64_t one_of(uint64_t n)
{
    return (dice() >> 11) % n;
}

/* A format as the manuals have it; nothing here is computed from xenpt's own tables. */
struct mode {
    uint64_t cr4, efer;
    unsigned int entry_bits, input_bits;
};

static const struct mode modes[] = {
    { XENPT_CR4_PSE, 0, 32, 32 },
    { XENPT_CR4_PAE, 0, 64, 32 },
    { XENPT_CR4_PAE, XENPT_EFER_LME | XENPT_EFER_LMA, 64, 48 },
    { XENPT_CR4_PAE | XENPT_CR4_LA57, XENPT_EFER_LME | XENPT_EFER_LMA, 64, 57 },
};

/*
 * An entry that leads somewhere more often than not: to a table here, a table that does not
 * exist, or far away as a page.  Where bit 7 makes a large page, its low address bits are
 * mostly those of an aligned one.
 */
static uint64_t entry(const struct mode *mode)
{
    bool wide = mode->entry_bits == 64;
    uint64_t anywhere = wide ? XENPT_BITS(51, 12) : XENPT_BITS(31, 12);
    uint64_t e = dice() & XENPT_BITS(11, 1) & ~XENPT_BIT(7);

    if (one_of(8))
        e |= XENPT_BIT(0);
    if (one_of(16) == 0)
        e |= dice() & anywhere;
    else
        e |= one_of(NR_PAGES + 2) << XENPT_PAGE_SHIFT;
    if (one_of(6) == 0) {
        e = (e & XENPT_BITS(11, 0)) | XENPT_BIT(7) | (dice() & anywhere);
        if (one_of(8))
            e &= ~XENPT_BITS(wide && one_of(2) ? 29 : 20, 13);
    }
    if (wide && one_of(4) == 0)
        e |= dice() & XENPT_BITS(63, 52);
    return e;
}

/* PAE's PDPTEs have more reserved bits than a random entry would leave alone. */
static uint64_t pdpte(void)
{
    return XENPT_BIT(0) | (dice() & (XENPT_BITS(11, 9) | XENPT_BITS(4, 3))) |
           one_of(NR_PAGES) << XENPT_PAGE_SHIFT;
}

static void build(const struct mode *mode)
{
    for (size_t i = 0; i < sizeof(memory) / sizeof(memory[0]); i++)
        memory[i] = mode->entry_bits == 64 ? entry(mode) : entry(mode) | entry(mode) << 32;
    /* The root is page 0. */
    for (size_t i = 0; mode->entry_bits == 64 && mode->input_bits == 32 && i < 4; i++)
        memory[i] = one_of(8) ? pdpte() : 0;
}

/* An address of the mode's width: in long mode sign-extended, but for one now and then. */
static uint64_t address(const struct mode *mode)
{
    unsigned int unused = 64 - mode->input_bits;
    uint64_t in = dice();

    if (mode->input_bits == 32)
        return in & UINT32_MAX;
    return one_of(16) ? (uint64_t)((int64_t)(in << unused) >> unused) : in;
}

struct tally {
    unsigned long by_outcome[XENPT_NR_OUTCOMES], lenient;
};

static void compare(addrxlat_ctx_t *ctx, const struct xenpt_paging *pg, uint64_t in,
                    struct tally *tally)
{
    struct xenpt_reader mem = xenpt_reader_flat(memory, 0, sizeof(memory));
    addrxlat_meth_t meth = addrxlat_meth_of(pg);
    struct xenpt_walk walk;
    addrxlat_status status;
    uint64_t out = 0;

    xenpt_walk(pg, &mem, in, &walk);
    status = addrxlat_ask(ctx, &meth, in, &out);
    tally->by_outcome[walk.outcome]++;
    if (walk.outcome == XENPT_RESERVED)
        tally->lenient += status == ADDRXLAT_OK;
    else if (status != addrxlat_answer_to(walk.outcome) || out != walk.out)
        fail_msg("%s, 0x%" PRIx64 ": ours \"%s\" 0x%" PRIx64 ", libaddrxlat's \"%s\" 0x%" PRIx64,
                 pg->format.name, in, xenpt_outcome_name(walk.outcome), walk.out,
                 addrxlat_strerror(status), out);
}

static void test_random_trees(void **state)
{
    struct xenpt_cpu cpu = xenpt_cpu_widest(XENPT_INTEL);
    addrxlat_ctx_t *ctx = context();

    (void)state;
    for (size_t m = 0; m < sizeof(modes) / sizeof(modes[0]); m++) {
        struct xenpt_regs regs = { .cr0 = XENPT_CR0_PE | XENPT_CR0_PG,
                                   .cr4 = modes[m].cr4,
                                   .efer = modes[m].efer | XENPT_EFER_NXE };
        struct tally tally = { 0 };
        struct xenpt_paging pg;

        assert_int_equal(xenpt_paging_init(&pg, &cpu, &regs, NULL), XENPT_OK);
        for (int tree = 0; tree < 20; tree++) {
            build(&modes[m]);
            for (int i = 0; i < 5000; i++)
                compare(ctx, &pg, address(&modes[m]), &tally);
        }
        print_message("%s: %lu mapped, %lu not present, %lu outside memory, %lu non-canonical, "
                      "%lu reserved (libaddrxlat maps %lu of them)\n",
                      pg.format.name, tally.by_outcome[XENPT_MAPPED],
                      tally.by_outcome[XENPT_NOT_PRESENT], tally.by_outcome[XENPT_NO_MEMORY],
                      tally.by_outcome[XENPT_NON_CANONICAL], tally.by_outcome[XENPT_RESERVED],
                      tally.lenient);
        /* The trees are such that each outcome is met often. */
        assert_true(tally.by_outcome[XENPT_MAPPED] > 10000);
        assert_true(tally.by_outcome[XENPT_NOT_PRESENT] > 1000);
        assert_true(tally.by_outcome[XENPT_NO_MEMORY] > 1000);
        assert_true(tally.by_outcome[XENPT_RESERVED] > 100);
    }
    addrxlat_ctx_decref(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_leniency),
        cmocka_unit_test(test_random_trees),
    };

    return cmocka_run_group_tests_name("libaddrxlat", tests, NULL, NULL);
}
