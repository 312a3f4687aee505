/*
 * test_threads.c - one view, read from many threads at once.
 *
 * What each thread finds is compared with what one thread alone found before.  The rule that
 * this test is for - reading changes nothing - shows under ThreadSanitizer: a write that two
 * threads share is reported there even if every answer is right.
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "xenpt.h"

#define NR_THREADS   4
#define NR_ADDRESSES 2048

/* A question about one address in all the forms that the library has, and its answers. */
struct answer {
    struct xenpt_translation brief;
    struct xenpt_translation2 brief2;
    struct xenpt_walk walk;
    struct xenpt_verdict verdict;
};

/* What is read, by everybody; nothing in it changes once the threads run. */
struct subject {
    const struct xenpt_reader *mem;
    const struct xenpt_paging *paging;
    const struct xenpt_paging *second; /* NULL: there is one stage. */
    struct xenpt_ask ask;
    uint64_t in[NR_ADDRESSES];
    struct answer answer[NR_ADDRESSES];
    struct xenpt_scan_counts counts;
    uint64_t sum; /* Of what the scan reported. */
};

struct reading {
    const struct subject *subject;
    size_t from; /* The threads start at different addresses. */
    unsigned int wrong;
};

static bool add_up(void *ctx, const struct xenpt_range ranges[], size_t n)
{
    uint64_t *sum = ctx;

    for (size_t i = 0; i < n; i++)
        *sum = *sum * 31 + (ranges[i].first ^ ranges[i].out ^ ranges[i].entry ^ ranges[i].kind);
    return true;
}

/* All that is compared of an answer; padding bytes are left out of it. */
static bool same(const struct answer *a, const struct answer *b)
{
    return a->brief.out == b->brief.out && a->brief.entry == b->brief.entry &&
           a->brief.code == b->brief.code && a->brief.outcome == b->brief.outcome &&
           a->brief.rule == b->brief.rule && a->brief.set == b->brief.set &&
           a->brief2.out == b->brief2.out && a->brief2.gaddr == b->brief2.gaddr &&
           a->brief2.code == b->brief2.code && a->brief2.rule == b->brief2.rule &&
           a->brief2.second == b->brief2.second && a->walk.out == b->walk.out &&
           a->walk.granted == b->walk.granted && a->walk.outcome == b->walk.outcome &&
           a->walk.nr_steps == b->walk.nr_steps && a->verdict.rule == b->verdict.rule &&
           a->verdict.fault.code == b->verdict.fault.code &&
           a->verdict.nr_updates == b->verdict.nr_updates;
}

static void answer(const struct subject *s, uint64_t in, struct xenpt_cache *cache,
                   struct answer *ret)
{
    const struct xenpt_paging *single = s->second ? s->second : s->paging;

    *ret = (struct answer){ 0 };
    if (s->second)
        xenpt_translate2(s->paging, s->second, s->mem, &s->ask, cache, in, &ret->brief2);
    else
        xenpt_translate(s->paging, s->mem, &s->ask, in, &ret->brief);
    xenpt_walk(single, s->mem, in, &ret->walk);
    xenpt_judge(single, &ret->walk, &s->ask.access, &ret->verdict);
}

/* Never asserts: an assertion of cmocka's may fail on the main thread only. */
static void *read_all(void *arg)
{
    struct reading *r = arg;
    const struct subject *s = r->subject;
    struct xenpt_translation *many = calloc(NR_ADDRESSES, sizeof(*many));
    struct xenpt_scan_counts counts;
    struct xenpt_cache *cache = NULL;
    uint64_t sum = 0;

    if (!many || xenpt_cache_create(6, &cache, NULL)) {
        r->wrong++;
        free(many);
        return NULL;
    }
    for (size_t i = 0; i < NR_ADDRESSES; i++) {
        size_t at = (i + r->from) % NR_ADDRESSES;
        struct answer found;

        answer(s, s->in[at], cache, &found);
        r->wrong += !same(&found, &s->answer[at]);
    }
    if (!s->second) {
        xenpt_translate_many(s->paging, s->mem, &s->ask, NR_ADDRESSES, s->in, many);
        for (size_t i = 0; i < NR_ADDRESSES; i++)
            r->wrong += many[i].out != s->answer[i].brief.out ||
                        many[i].rule != s->answer[i].brief.rule;
    }
    r->wrong += xenpt_scan(s->second ? s->second : s->paging, s->mem, NULL, add_up, &sum, &counts,
                           NULL) != XENPT_OK;
    r->wrong += sum != s->sum || counts.tables != s->counts.tables;
    xenpt_cache_destroy(cache);
    free(many);
    return NULL;
}

/* One thread alone first, and without a cache; then all of them at once. */
static void read_from_many_threads(struct subject *s)
{
    pthread_t thread[NR_THREADS];
    struct reading reading[NR_THREADS];
    unsigned int wrong = 0;

    for (size_t i = 0; i < NR_ADDRESSES; i++)
        answer(s, s->in[i], NULL, &s->answer[i]);
    assert_int_equal(xenpt_scan(s->second ? s->second : s->paging, s->mem, NULL, add_up, &s->sum,
                                &s->counts, NULL),
                     XENPT_OK);
    assert_true(s->counts.leaves > 0);
    for (size_t t = 0; t < NR_THREADS; t++) {
        reading[t] = (struct reading){ .subject = s, .from = t * NR_ADDRESSES / NR_THREADS };
        assert_int_equal(pthread_create(&thread[t], NULL, read_all, &reading[t]), 0);
    }
    for (size_t t = 0; t < NR_THREADS; t++) {
        pthread_join(thread[t], NULL);
        wrong += reading[t].wrong;
    }
    assert_int_equal(wrong, 0);
}

struct collecting {
    struct subject *subject;
    size_t n;
};

/* Addresses of leaves, as many as there is room for, each a little further into its page. */
static bool collect(void *ctx, const struct xenpt_range ranges[], size_t n)
{
    struct collecting *c = ctx;

    for (size_t i = 0; i < n && c->n < NR_ADDRESSES; i++, c->n++)
        c->subject->in[c->n] = ranges[i].first + c->n % XENPT_PAGE_SIZE;
    return c->n < NR_ADDRESSES;
}

static void test_image(void **state)
{
    struct subject *s = calloc(1, sizeof(*s));
    struct collecting collecting = { .subject = s };
    const struct xenpt_context *cpu;
    struct xenpt_image *image;
    enum xenpt_code code;

    (void)state;
    assert_non_null(s);
    assert_int_equal(
        xenpt_image_open(XENPT_CAPTURES "/deb-pv64-intel-hc-xen.elf.zst", NULL, &image, NULL),
        XENPT_OK);
    cpu = xenpt_view_context(xenpt_image_view(image), "cpu0");
    assert_non_null(cpu);
    s->mem = xenpt_image_view(image)->mem;
    s->paging = &cpu->paging;
    xenpt_ask_init(&s->ask, s->paging, &(struct xenpt_access){ .kind = XENPT_WRITE });
    code = xenpt_scan(s->paging, s->mem, NULL, collect, &collecting, NULL, NULL);
    assert_int_equal(code, XENPT_ESTOPPED);
    read_from_many_threads(s);
    xenpt_image_close(image);
    free(s);
}

/* --- A guest under EPT, in a store --------------------------------------------------------- */

#define GUEST_ROOT UINT64_C(0x1000)   /* Guest-physical; its machine address is HOME higher. */
#define HOME       UINT64_C(0x800000) /* Where the guest's memory starts. */
#define EPT_ROOT   UINT64_C(0x1000)
#define IA_TABLE   UINT64_C(7)
#define IA_PAGE    UINT64_C(0x67)
#define EPT_TABLE  UINT64_C(7)
#define EPT_PAGE   UINT64_C(0x37)

static void put(struct xenpt_store *store, uint64_t table, uint64_t slot, uint64_t entry)
{
    assert_int_equal(xenpt_store_write64(store, table + slot * 8, entry, NULL), XENPT_OK);
}

/* Four tables in a row from root on; the last maps 2 MiB, but for a hole in each 64 KiB. */
static void put_tree(struct xenpt_store *store, uint64_t at, uint64_t root, uint64_t table_flags,
                     uint64_t out, uint64_t page_flags, uint64_t hole)
{
    for (uint64_t l = 0; l < 3; l++)
        put(store, at + root + l * 0x1000, 0, (root + (l + 1) * 0x1000) | table_flags);
    for (uint64_t slot = 0; slot < 512; slot++)
        if (slot % 16 != hole)
            put(store, at + root + 0x3000, slot, (out + slot * 0x1000) | page_flags);
}

static void test_store_two_stages(void **state)
{
    struct subject *s = calloc(1, sizeof(*s));
    struct xenpt_cpu cpu = xenpt_cpu_widest(XENPT_INTEL);
    struct xenpt_regs regs = { .cr0 = XENPT_CR0_PE | XENPT_CR0_PG | XENPT_CR0_WP,
                               .cr3 = GUEST_ROOT,
                               .cr4 = XENPT_CR4_PAE,
                               .efer = XENPT_EFER_LME | XENPT_EFER_LMA };
    struct xenpt_paging guest, ept;
    struct xenpt_store *store;

    (void)state;
    assert_non_null(s);
    assert_int_equal(xenpt_store_create(&store, NULL), XENPT_OK);
    assert_int_equal(xenpt_store_add_ram(store, 0, 4 * HOME - 1, NULL), XENPT_OK);
    put_tree(store, 0, EPT_ROOT, EPT_TABLE, HOME, EPT_PAGE, 13);
    put_tree(store, HOME, GUEST_ROOT, IA_TABLE, 0, IA_PAGE, 15);
    assert_int_equal(xenpt_paging_init(&guest, &cpu, &regs, NULL), XENPT_OK);
    assert_int_equal(xenpt_paging_init_ept(&ept, &cpu, EPT_ROOT | 3 << 3 | 6, NULL), XENPT_OK);

    s->mem = xenpt_store_reader(store);
    s->paging = &guest;
    s->second = &ept;
    xenpt_ask_init(&s->ask, &guest, &(struct xenpt_access){ .kind = XENPT_WRITE, .cpl = 3 });
    for (uint64_t i = 0; i < NR_ADDRESSES; i++)
        s->in[i] = i * 0x1007 % (UINT64_C(512) << 12);
    read_from_many_threads(s);
    assert_int_equal(s->answer[1].brief2.out, HOME + 0x1007);
    assert_int_equal(s->answer[13].brief2.rule, XENPT_RULE_NOT_PRESENT);
    assert_true(s->answer[13].brief2.second);
    assert_false(s->answer[15].brief2.second);
    xenpt_store_destroy(store);
    free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_image),
        cmocka_unit_test(test_store_two_stages),
    };

    return cmocka_run_group_tests_name("threads", tests, NULL, NULL);
}
