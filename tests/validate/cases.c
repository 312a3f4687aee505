/* cases.c - rows into blobs, and results beside rows. */
#include "cases.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "validate/harness.h"

#define PAGE               0x1000u
#define DATA               (PROBE_WINDOW + 0x1000000u) /* Two pages, and the low 30 bits of every address. */
#define UD2                UINT64_C(0x0b0f)
#define LEVEL_TABLE(level) (PROBE_WINDOW + (level)*PAGE)

/* Of the second stage. */
#define SECOND_TABLE(level) (PROBE_WINDOW + (0x10 + (level)) * PAGE)
#define SECOND_TABLES       (PROBE_WINDOW + 0x10 * PAGE) /* L1, for the guest's tables. */
#define TABLE_RIGHTS        7

/* The words of a case, in order: an entry a level, the next page's, and two of data. */
struct words {
    unsigned int nr;
    struct blob_word word[24];
    unsigned int leaf, data; /* Where the leaf's is, and the first of data. */
    unsigned int watched;    /* How many are. */
};

static unsigned int entry_size(const struct shape *s)
{
    return s->levels == 2 ? 4 : 8;
}

static uint64_t entry_at(const struct shape *s, unsigned int level, uint64_t va)
{
    unsigned int bits = s->levels == 2 ? 10 : 9;
    uint64_t slot = va >> (12 + bits * (level - 1)) & (XENPT_BIT(bits) - 1);

    if (s->levels == 3 && level == 3)
        slot &= 3;
    return LEVEL_TABLE(level) + slot * entry_size(s);
}

static uint64_t va_of(const struct shape *s, const struct row *row)
{
    return row->va ? row->va : s->va;
}

static unsigned int leaf_of(const struct row *row)
{
    return row->leaf ? row->leaf : 1;
}

static unsigned int size_of(const struct row *row)
{
    return row->size ? row->size : 4;
}

static void add(struct words *w, const struct shape *s, uint64_t at, uint64_t value)
{
    at |= entry_size(s) == 4 ? WORD_IS_32 : 0;
    w->word[w->nr++] = (struct blob_word){ at, value };
}

/* Where a page at @level begins that has the data at its place. */
static uint64_t page_at(const struct shape *s, unsigned int level, uint64_t va)
{
    unsigned int bits = s->levels == 2 ? 10 : 9;
    uint64_t span = XENPT_BIT(12 + bits * (level - 1));

    return DATA + (va & (PAGE - 1) & ~UINT64_C(7)) - (va & (span - 1) & ~UINT64_C(7));
}

/* What is added to the addresses in a guest's tables. */
static uint64_t more(const struct shape *s)
{
    return s->stage ? GUEST_MORE : 0;
}

/* How many levels the second stage has. */
static unsigned int second_levels(const struct shape *s)
{
    if (s->stage == STAGE_NPT_2LEVEL)
        return 2;
    return s->stage == STAGE_NPT_PAE ? 3 : 4;
}

/* An entry of the second stage's table at @level; no table is above its root. */
static void add_second_entry(const struct shape *s, struct words *w, uint64_t table,
                             uint64_t address, unsigned int level, uint64_t value)
{
    bool two = s->stage == STAGE_NPT_2LEVEL;
    unsigned int bits = two ? 10 : 9;
    uint64_t slot = address >> (12 + bits * (level - 1)) & (XENPT_BIT(bits) - 1);

    if (level > second_levels(s))
        return;
    if (s->stage == STAGE_NPT_PAE && level == 3)
        value &= ~(uint64_t)(RW | US);
    w->word[w->nr].at = (table + (two ? 4 : 8) * slot) | WORD_UNWATCHED | (two ? WORD_IS_32 : 0);
    w->word[w->nr++].value = value;
}

/* The second stage: 4K pages for the guest's tables and its data. */
static void add_second(const struct shape *s, const struct row *row, struct words *w)
{
    uint64_t data = GUEST_MORE + DATA, tables = GUEST_MORE + PROBE_WINDOW;
    struct blob_word harness;

    add_second_entry(s, w, SECOND_TABLE(4), data, 4, SECOND_TABLE(3) | TABLE_RIGHTS);
    add_second_entry(s, w, SECOND_TABLE(3), data, 3, SECOND_TABLE(2) | TABLE_RIGHTS);
    add_second_entry(s, w, SECOND_TABLE(2), tables, 2, SECOND_TABLES | TABLE_RIGHTS);
    add_second_entry(
        s, w, SECOND_TABLE(2), data, 2,
        ((row->two_mib ? DATA | s->two : SECOND_TABLE(1) | TABLE_RIGHTS) & ~row->two_without) |
            row->two_with);
    for (unsigned int l = 1; l <= s->levels; l++)
        add_second_entry(s, w, SECOND_TABLES, GUEST_MORE + LEVEL_TABLE(l), 1,
                         ((LEVEL_TABLE(l) | s->page) & ~row->page_without[l]) | row->page_with[l]);
    add_second_entry(s, w, SECOND_TABLE(1), data, 1,
                     ((DATA | s->page) & ~row->page_without[0]) | row->page_with[0]);
    add_second_entry(s, w, SECOND_TABLE(1), data + PAGE, 1, (DATA + PAGE) | s->page);
    harness_second(s->stage, second_levels(s) > 2 ? SECOND_TABLE(3) : SECOND_TABLE(2), &harness);
    w->word[w->nr++] = harness;
}

static void make_words(const struct shape *s, const struct row *row, unsigned int n,
                       struct words *ret)
{
    uint64_t va = va_of(s, row), data = DATA + (va & 0xff8);

    *ret = (struct words){ 0 };
    for (unsigned int l = s->levels; l && l >= leaf_of(row); l--) {
        bool pdpte = s->levels == 3 && l == 3;
        uint64_t to = l > leaf_of(row) ? LEVEL_TABLE(l - 1) : page_at(s, l, va) & ~(PAGE - 1ull);
        uint64_t bits = (pdpte ? P : P | RW | US) & ~row->without[l];

        ret->leaf = ret->nr;
        to += more(s);
        add(ret, s, entry_at(s, l, va),
            to | bits | row->with[l] | (l == leaf_of(row) && l > 1 ? PS : 0));
    }
    if (s->levels && leaf_of(row) == 1)
        add(ret, s, entry_at(s, 1, va + PAGE),
            (DATA + PAGE + more(s)) | ((P | RW | US) & ~row->next_without) | row->next_with);
    ret->data = ret->nr;
    ret->word[ret->nr++] = (struct blob_word){ data, UD2 | (uint64_t)n << 16 | 0x1234ull << 48 };
    ret->word[ret->nr++] = (struct blob_word){ data + 8, UD2 | (uint64_t)n << 16 };
    ret->watched = ret->nr;
    if (s->stage)
        add_second(s, row, ret);
}

void cases_make(const struct shape *s, const struct row *rows, size_t n, struct blob *ret)
{
    static struct case_draft c;
    struct xenpt_error err = { 0 };

    blob_init(ret, s->flags);
    for (size_t i = 0; i < n; i++) {
        const struct row *row = &rows[i];
        uint64_t root = LEVEL_TABLE(s->levels);
        struct blob_state state = {
            .cr0 = s->cr0 & ~(uint64_t)row->no_cr0,
            .cr3 = (root + more(s)) | row->cr3,
            .cr4 = s->cr4 | row->cr4,
            .efer = (s->efer & ~(uint64_t)row->no_efer) | row->efer,
            .pkru = row->pkru,
            .stage = s->stage,
            .second = s->stage ? SECOND_TABLE(second_levels(s)) | s->second | row->second : 0
        };
        struct blob_access access = { .va = va_of(s, row),
                                      .kind = row->kind,
                                      .cpl = row->cpl,
                                      .ac = row->ac,
                                      .size = (uint8_t)size_of(row) };
        struct blob_word harness;
        struct words w;

        case_begin(&c);
        make_words(s, row, (unsigned int)i, &w);
        for (unsigned int k = 0; k < w.nr; k++)
            assert_true(case_word(&c, w.word[k].at, w.word[k].value));
        if (s->stage ? harness_guest(mode_of(&state), root, &harness)
                     : harness_native(mode_of(&state), root, &harness))
            assert_true(case_word(&c, harness.at, harness.value));
        assert_true(case_state(&c, &state));
        assert_true(case_access(&c, &access));
        assert_int_equal(blob_add(ret, &c, &err), XENPT_OK);
    }
    assert_int_equal(blob_finish(ret, &err), XENPT_OK);
}

/* What the words are after an access that went well. */
static void after(const struct shape *s, const struct row *row, unsigned int quirks,
                  struct words *w)
{
    bool stores = row->kind == ACCESS_WRITE || row->kind == ACCESS_RMW;
    unsigned int off = va_of(s, row) & 7, size = size_of(row);
    bool crosses = (va_of(s, row) & (PAGE - 1)) + size > PAGE && row->kind != ACCESS_FETCH;
    uint64_t is = 0, store = PROBE_STORE;
    unsigned int first = s->levels == 3 && !(quirks & QUIRK_A_IN_PDPTE) ? 1 : 0;
    uint8_t bytes[16];

    for (unsigned int i = first; s->levels && i <= w->leaf; i++)
        w->word[i].value |= A | (stores && i == w->leaf ? D : 0);
    if (s->levels && crosses)
        w->word[w->leaf + 1].value |= A | (stores ? D : 0);
    if (!stores)
        return;
    memcpy(bytes, &w->word[w->data].value, 8);
    memcpy(bytes + 8, &w->word[w->data + 1].value, 8);
    memcpy(&is, bytes + off, size);
    store += row->kind == ACCESS_RMW ? is : 0;
    memcpy(bytes + off, &store, size);
    memcpy(&w->word[w->data].value, bytes, 8);
    memcpy(&w->word[w->data + 1].value, bytes + 8, 8);
}

static uint64_t value_read(const struct shape *s, const struct row *row, const struct words *w)
{
    uint64_t is = 0;
    uint8_t bytes[16];

    if (row->kind != ACCESS_READ)
        return 0;
    memcpy(bytes, &w->word[w->data].value, 8);
    memcpy(bytes + 8, &w->word[w->data + 1].value, 8);
    memcpy(&is, bytes + (va_of(s, row) & 7), size_of(row));
    return is;
}

/* Whether each watched word is what it is to be; on a fault, A may have come in tables. */
static bool words_agree(const struct row *row, const struct words *before,
                        const struct words *expected, const struct result *r)
{
    const struct result_changed *changed = (const struct result_changed *)(r + 1);
    bool same = true;

    for (unsigned int i = 0, k = 0; i < before->watched; i++) {
        uint64_t is = before->word[i].value, to_be = expected->word[i].value;

        if (k < r->nr_changed && changed[k].word == i)
            is = changed[k++].value;
        if (row->outcome != RESULT_DONE && i < before->data)
            continue;
        if (is != to_be) {
            print_error("    word %u at %#llx: %#llx, expected %#llx\n", i,
                        (unsigned long long)before->word[i].at, (unsigned long long)is,
                        (unsigned long long)to_be);
            same = false;
        }
    }
    return same;
}

static bool result_agrees(const struct shape *s, const struct row *row, const struct words *w,
                          const struct result *r, unsigned int quirks)
{
    bool done = row->outcome == RESULT_DONE;
    uint64_t cr2 = row->vector == 14 ? va_of(s, row) + row->cr2_more : 0;
    uint64_t value = done ? value_read(s, row, w) : row->info, linear = 0;
    uint32_t code = row->code;

    if (row->outcome == RESULT_EXIT) {
        cr2 = GUEST_MORE + DATA + (va_of(s, row) & (PAGE - 1));
        if (row->at_level)
            cr2 = GUEST_MORE + entry_at(s, row->at_level, va_of(s, row));
        if (s->stage == STAGE_EPT && !row->no_linear)
            linear = va_of(s, row);
        if (quirks & QUIRK_RSVD_WITHOUT_P && s->stage >= STAGE_NPT && value & 8)
            value &= ~P;
    }

    if (quirks & QUIRK_RSVD_WITHOUT_P && row->vector == 14 && code & 8)
        code &= ~1u;
    return r->outcome == row->outcome && r->vector == row->vector && r->code == code &&
           r->address == cr2 && r->value == value && r->linear == linear;
}

void cases_check(const struct shape *s, const struct row *rows, size_t n,
                 const struct results *results, unsigned int quirks)
{
    unsigned int wrong = 0;

    assert_int_equal(results->head.end, END_DONE);
    assert_int_equal(results->head.nr_results, n);
    for (size_t i = 0; i < n; i++) {
        const struct result *r = results_get(results, (uint32_t)i);
        const struct row *row = &rows[i];
        struct words before, expected;

        make_words(s, row, (unsigned int)i, &before);
        expected = before;
        if (row->outcome == RESULT_DONE)
            after(s, row, quirks, &expected);
        if (row->outcome == RESULT_ANY ||
            (result_agrees(s, row, &before, r, quirks) && words_agree(row, &before, &expected, r)))
            continue;
        wrong++;
        print_error("%s: outcome %u, vector %u, code %#x, address %#llx, value %#llx\n", row->text,
                    r->outcome, r->vector, r->code, (unsigned long long)r->address,
                    (unsigned long long)r->value);
    }
    assert_int_equal(wrong, 0);
}

void cases_run(const struct emulator *e, const struct shape *s, const struct row *rows, size_t n,
               unsigned int quirks)
{
    struct results results;
    struct blob blob;

    if (!emulator_there(e))
        skip();
    cases_make(s, rows, n, &blob);
    if (e->bochs && !(blob.flags & BLOB_STREAM)) {
        blob.flags |= BLOB_DISK;
        assert_int_equal(blob_finish(&blob, NULL), XENPT_OK);
    }
    emulator_run(e, &blob, &results);
    cases_check(s, rows, n, &results, quirks);
    results_free(&results);
    blob_free(&blob);
}
