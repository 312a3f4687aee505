/*
 * try.c - does a machine do a suite at all?  It is asked, by one access that has to go through.
 *
 * KVM may say that it has what its processor has, and yet know one paging mode only.
 */
#include <stdlib.h>

#include "validate/harness.h"
#include "validate/machine.h"

#define TABLE(n)   (PROBE_WINDOW + ((uint64_t)(n) << 12))
#define FULL       UINT64_C(0x67) /* P RW US A D */
#define EPT_FULL   UINT64_C(0x37) /* R W X, WB */
#define EPTP_LOW   UINT64_C(0x1e) /* WB, page-walk length 4 */
#define LARGE      UINT64_C(0x80)
#define SECOND     8                    /* Tables from here on are the second stage's. */
#define GUEST_SLOT (PROBE_WINDOW >> 21) /* Of an L2 table, in the first GiB. */

struct trial {
    enum mode mode;
    uint64_t cr0, cr4, efer;
    uint8_t levels;
    uint16_t slot[6]; /* Index: level. */
};

static const struct trial trials[NR_SUITES] = {
    [SUITE_2LEVEL] = { MODE_2LEVEL, 0x80010031, 0x10, 0, 2, { [2] = 1 } },
    [SUITE_PAE] = { MODE_PAE, 0x80010031, 0x20, 0, 3, { [3] = 1 } },
    [SUITE_4LEVEL] = { MODE_4LEVEL, 0x80010031, 0x20, 0x500, 4, { 0 } },
    [SUITE_5LEVEL] = { MODE_5LEVEL, 0x80010031, 0x1020, 0x500, 5, { 0 } },
    [SUITE_EPT] = { MODE_4LEVEL, 0x80010031, 0x20, 0x500, 4, { 0 } },
    [SUITE_NPT] = { MODE_4LEVEL, 0x80010031, 0x20, 0x500, 4, { 0 } },
    [SUITE_NPT_PAE] = { MODE_PAE, 0x80010031, 0x20, 0, 3, { [3] = 1 } },
    [SUITE_NPT_2LEVEL] = { MODE_2LEVEL, 0x80010031, 0x10, 0, 2, { [2] = 1 } },
};

/* A chain of tables, table n + 1 at TABLE(n + 1) under table n, down to a page. */
static uint64_t plant(struct case_draft *draft, const struct trial *t)
{
    unsigned int size = t->mode == MODE_2LEVEL ? 4 : 8;
    uint64_t va = 0;

    for (unsigned int level = t->levels; level >= 1; level--) {
        unsigned int n = t->levels - level;
        unsigned int bits = size == 4 ? 10 : 9;
        uint64_t at = TABLE(n) + (uint64_t)t->slot[level] * size;
        /* A PDPTE has no rights to give. */
        uint64_t flags = t->mode == MODE_PAE && level == 3 ? 1 : FULL;

        case_word(draft, at | (size == 4 ? WORD_IS_32 : 0), TABLE(n + 1) | flags);
        va |= (uint64_t)t->slot[level] << (12 + bits * (level - 1));
    }
    return va;
}

/* A second stage that maps the window onto itself. */
static uint64_t plant_second(struct case_draft *draft, uint32_t stage)
{
    uint64_t flags = stage == STAGE_EPT ? EPT_FULL : FULL;
    uint64_t table_flags = stage == STAGE_EPT ? 7 : FULL;
    struct blob_word word;

    if (stage == STAGE_NPT_2LEVEL) {
        case_word(draft, (TABLE(SECOND) + GUEST_SLOT / 2 * 4) | WORD_IS_32,
                  PROBE_WINDOW | flags | LARGE);
        harness_second(stage, TABLE(SECOND), &word);
    } else {
        if (stage != STAGE_NPT_PAE)
            case_word(draft, TABLE(SECOND), TABLE(SECOND + 1) | table_flags);
        case_word(draft, TABLE(SECOND + 1),
                  TABLE(SECOND + 2) | (stage == STAGE_NPT_PAE ? 1 : table_flags));
        case_word(draft, TABLE(SECOND + 2) + GUEST_SLOT * 8, PROBE_WINDOW | flags | LARGE);
        harness_second(stage, TABLE(SECOND + 1), &word);
    }
    case_word(draft, word.at, word.value);
    if (stage == STAGE_NPT_PAE)
        return TABLE(SECOND + 1);
    return TABLE(SECOND) | (stage == STAGE_EPT ? EPTP_LOW : 0);
}

static void draft_trial(struct case_draft *draft, enum suite suite)
{
    const struct trial *t = &trials[suite];
    struct blob_state state = {
        .cr0 = t->cr0,
        .cr3 = TABLE(0),
        .cr4 = t->cr4,
        .efer = t->efer,
        .pat = XENPT_PAT_RESET,
        .stage = suite_stage(suite),
    };
    struct blob_access access = { .kind = ACCESS_READ, .size = 4 };
    struct blob_word word;
    bool mine;

    case_begin(draft);
    access.va = plant(draft, t);
    case_word(draft, TABLE(t->levels), 0x5a5a5a5a);
    if (state.stage != STAGE_NATIVE) {
        state.second = plant_second(draft, state.stage);
        mine = harness_guest(t->mode, TABLE(0), &word);
    } else {
        mine = harness_native(t->mode, TABLE(0), &word);
    }
    if (mine)
        case_word(draft, word.at, word.value);
    case_state(draft, &state);
    case_access(draft, &access);
}

/* Whether it goes through; a machine that cannot even begin says no, too. */
static enum xenpt_code try_suite(struct mmu_session *session, run_once *once, enum suite suite,
                                 struct case_draft *draft, bool *ret, struct xenpt_error *err)
{
    struct results results = { 0 };
    struct blob blob;
    enum xenpt_code code;

    *ret = false;
    blob_init(&blob, suite_flags(suite));
    draft_trial(draft, suite);
    code = blob_add(&blob, draft, err);
    if (!code)
        code = blob_finish(&blob, err);
    if (!code && image_for(&blob)->size) {
        code = once(session, &blob, 0, &results, err);
        if (!code) {
            const struct result *result = results_get(&results, 0);

            *ret = result && result->outcome == RESULT_DONE &&
                   (uint32_t)result->value == 0x5a5a5a5a;
        }
        code = code == XENPT_ENOMEM || code == XENPT_ESTOPPED ? code : XENPT_OK;
    }
    results_free(&results);
    blob_free(&blob);
    return code;
}

enum xenpt_code session_try_suites(struct mmu_session *session, run_once *once,
                                   struct xenpt_error *err)
{
    struct case_draft *draft = malloc(sizeof(*draft));
    enum xenpt_code code = XENPT_OK;

    if (!draft)
        return xenpt_fail(err, XENPT_ENOMEM, "no memory for a case");
    for (enum suite s = 0; !code && s < NR_SUITES; s++) {
        bool goes = false;

        if (!(session->suites >> s & 1))
            continue;
        code = try_suite(session, once, s, draft, &goes, err);
        if (!goes)
            session->suites &= ~(1u << s);
    }
    free(draft);
    return code;
}
