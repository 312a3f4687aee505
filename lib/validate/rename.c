/* rename.c - one address of a view as a case: rename.h says what changes. */
#include "validate/rename.h"

#include "base/bits.h"
#include "validate/harness.h"
#include "xenpt/nested.h"

#define TABLE(n) (PROBE_WINDOW + (uint64_t)(n)*XENPT_PAGE_SIZE)
#define SECOND   8u  /* The second stage's root, and its L3 table after it... */
#define PATHS    10u /* ...then for each path an L2 and an L1 table. */
#define LOW      UINT64_C(0x3fffffff)

/* Where data lie: page by page, in a large page, and in one of 1G that begins at 0. */
#define DATA       (PROBE_WINDOW + (UINT64_C(1) << 20))
#define DATA_LARGE (PROBE_WINDOW + (UINT64_C(16) << 20))
#define DATA_HUGE  (PROBE_WINDOW + (UINT64_C(24) << 20))

/* What a fetch finds: UD2, and something to tell it by. */
#define CONTENT UINT64_C(0x5a5a5a5a5a5a0b0f)

#define CR0_KEPT (XENPT_CR0_PE | XENPT_CR0_WP | XENPT_CR0_PG)
#define CR0_ALSO UINT64_C(0x30) /* ET and NE, which a VMX host insists on. */
#define CR4_KEPT                                                                                   \
    (XENPT_CR4_PSE | XENPT_CR4_PAE | XENPT_CR4_PGE | XENPT_CR4_LA57 | XENPT_CR4_SMEP |             \
     XENPT_CR4_SMAP | XENPT_CR4_PKE)
#define EFER_KEPT (XENPT_EFER_LME | XENPT_EFER_LMA | XENPT_EFER_NXE)
#define CR3_KEPT  UINT64_C(0x18) /* PWT and PCD. */

static enum mode mode_of_paging(const struct xenpt_paging *pg)
{
    static const enum mode modes[XENPT_NR_FORMATS] = {
        [XENPT_UNPAGED] = MODE_UNPAGED, [XENPT_2LEVEL] = MODE_2LEVEL, [XENPT_PAE] = MODE_PAE,
        [XENPT_4LEVEL] = MODE_4LEVEL,   [XENPT_5LEVEL] = MODE_5LEVEL,
    };

    return modes[pg->id];
}

/* An address in the neighbouring slot, if its own is the image's. */
static uint64_t leave_slot(const struct xenpt_paging *pg, uint64_t in)
{
    const struct xenpt_format *f = &pg->format;
    enum mode mode = mode_of_paging(pg);
    unsigned int slot = harness_slot(mode);

    if (mode == MODE_UNPAGED || xenpt_slot(f, f->top, in) != slot)
        return in;
    return in ^ (uint64_t)(slot ^ (slot ? slot - 1 : 1)) << f->level[f->top].shift;
}

/* What an access of this size of page leads to; @in changes under a page of 1G. */
static uint64_t place(uint64_t span, uint64_t *in)
{
    if (span <= XENPT_PAGE_SIZE)
        return DATA | (*in & (XENPT_PAGE_SIZE - 1));
    if (span <= UINT64_C(4) << 20)
        return DATA_LARGE | (*in & (span - 1));
    *in = (*in & ~LOW) | DATA_HUGE | (*in & (XENPT_PAGE_SIZE - 1));
    return *in & LOW;
}

static uint64_t led_to(const struct xenpt_paging *pg, const struct xenpt_step *s, uint64_t target)
{
    const struct xenpt_level *lv = &pg->format.level[s->level];
    uint64_t address = pg->format.address;

    if (s->role == XENPT_PAGE) {
        /* Below a large page's address there are PAT and what must be 0... */
        address &= ~ones(lv->shift);
        /* ...or the high bits of an address, which the new one has not. */
        return (s->entry & ~address & ~(ones(lv->fold.bits) << lv->fold.from)) |
               (target & ~ones(lv->shift));
    }
    return (s->entry & ~address) | target;
}

/* False: another path has put another entry there. */
static bool plant_word(struct case_draft *draft, uint64_t at, uint64_t value)
{
    for (unsigned int i = 0; i < draft->nr_words; i++)
        if (draft->word[i].at == at)
            return draft->word[i].value == value;
    return case_word(draft, at, value);
}

/* The entries of a walk, now in @tables (root first), for the address @in to lead to @target. */
static bool plant_walk(struct case_draft *draft, const struct xenpt_paging *pg,
                       const struct xenpt_walk *walk, uint64_t in, const uint64_t *tables,
                       const uint64_t *led, uint64_t target)
{
    unsigned int size = pg->format.entry_size;

    for (unsigned int i = 0; i < walk->nr_steps; i++) {
        const struct xenpt_step *s = &walk->step[i];
        uint64_t at = tables[i] + (uint64_t)xenpt_slot(&pg->format, s->level, in) * size;
        uint64_t value = s->entry;

        if (s->role == XENPT_TABLE && i + 1 < pg->format.top)
            value = led_to(pg, s, led[i + 1]);
        else if (s->role == XENPT_PAGE)
            value = led_to(pg, s, target);
        if (!plant_word(draft, at | (size == 4 ? WORD_IS_32 : 0), value))
            return false;
    }
    return true;
}

/* --- Registers and accesses ---------------------------------------------------------------- */

static struct blob_state state_of(const struct xenpt_paging *pg, uint64_t root)
{
    const struct xenpt_regs *regs = &pg->regs;

    return (struct blob_state){
        .cr0 = (regs->cr0 & CR0_KEPT) | CR0_ALSO | XENPT_CR0_PE,
        .cr3 = root | (regs->cr4 & XENPT_CR4_PCIDE ? 0 : regs->cr3 & CR3_KEPT),
        .cr4 = regs->cr4 & CR4_KEPT,
        .efer = regs->efer & EFER_KEPT,
        .pat = regs->pat ? regs->pat : XENPT_PAT_RESET,
        .pkru = regs->pkru,
    };
}

static bool add_accesses(struct case_draft *draft, const struct xenpt_paging *pg, uint64_t in)
{
    struct blob_access access = { .va = in, .size = 4 };
    bool fits = true;

    for (unsigned int kind = ACCESS_READ; kind <= ACCESS_FETCH; kind++)
        for (unsigned int cpl = 0; kind != ACCESS_RMW && cpl <= 3; cpl += 3) {
            access.kind = (uint8_t)kind;
            access.cpl = (uint8_t)cpl;
            fits = fits && case_access(draft, &access);
            access.ac = kind != ACCESS_FETCH && !cpl && pg->regs.cr4 & XENPT_CR4_SMAP;
            fits = fits && (!access.ac || case_access(draft, &access));
            access.ac = 0;
        }
    return fits;
}

/* --- One stage ----------------------------------------------------------------------------- */

static bool rename_1d(const struct xenpt_view *view, const struct xenpt_context *context,
                      uint64_t in, struct case_draft *ret)
{
    const struct xenpt_paging *pg = &context->paging;
    struct blob_state state = state_of(pg, TABLE(0));
    uint64_t tables[XENPT_TOP_MAX + 1], target;
    struct blob_word word;
    struct xenpt_walk walk;

    xenpt_walk(pg, view->mem, in, &walk);
    if (walk.outcome == XENPT_NO_MEMORY)
        return false;
    for (unsigned int i = 0; i <= XENPT_TOP_MAX; i++)
        tables[i] = TABLE(i);
    in = leave_slot(pg, in) & ~UINT64_C(7);
    target = place(walk.outcome == XENPT_MAPPED ? walk.span : 1, &in);
    return plant_walk(ret, pg, &walk, in, tables, tables, target) &&
           plant_word(ret, target, CONTENT) &&
           (!harness_native(mode_of_paging(pg), TABLE(0), &word) ||
            plant_word(ret, word.at, word.value)) &&
           case_state(ret, &state) && add_accesses(ret, pg, in);
}

/* --- Two stages ---------------------------------------------------------------------------- */

/* Guest-physical addresses of path @k: a GiB of their own, but not that of the image. */
static uint64_t gib(unsigned int k)
{
    unsigned int harness = PROBE_GUEST >> 30;

    return (uint64_t)(k < harness ? k : k + 1) << 30;
}

static bool plant_second(struct case_draft *draft, const struct xenpt_paging *second,
                         const struct xenpt_walk *walk, unsigned int k, uint64_t machine)
{
    const uint64_t tables[XENPT_TOP_MAX + 1] = { TABLE(SECOND), TABLE(SECOND + 1),
                                                 TABLE(PATHS + 2 * k), TABLE(PATHS + 2 * k + 1) };

    /* The image's own path has to go on from the top. */
    if (!walk->nr_steps || walk->step[0].role != XENPT_TABLE)
        return false;
    return plant_walk(draft, second, walk, gib(k) | machine, tables, tables, machine);
}

static uint64_t second_root(const struct xenpt_paging *second)
{
    uint64_t root = TABLE(SECOND);

    if (second->id == XENPT_NPT4)
        return root;
    return root | second->eptp_memory_type | UINT64_C(3) << 3 | (second->format.accessed ? 64 : 0);
}

static bool rename_2d(const struct xenpt_view *view, const struct xenpt_context *context,
                      uint64_t in, struct case_draft *ret)
{
    const struct xenpt_paging *pg = &context->paging, *second = &context->second;
    uint32_t stage = second->id == XENPT_NPT4 ? STAGE_NPT : STAGE_EPT;
    struct blob_state state = state_of(pg, gib(0) | TABLE(0));
    uint64_t tables[XENPT_TOP_MAX + 1], led[XENPT_TOP_MAX + 1], target;
    struct xenpt_walk2 walk;
    struct blob_word word;
    bool fits = true;

    xenpt_walk2(pg, second, view->mem, in, &walk);
    if (walk.outcome == XENPT_NO_MEMORY || !walk.nr_second)
        return false;
    for (unsigned int i = 0; i <= XENPT_TOP_MAX; i++) {
        tables[i] = TABLE(i);
        led[i] = gib(i) | TABLE(i);
    }
    in = leave_slot(pg, in) & ~UINT64_C(7);
    target = place(walk.guest.outcome == XENPT_MAPPED && pg->format.top ? walk.guest.span : 1, &in);
    if (!pg->format.top) /* Unpaged: the address itself is guest-physical. */
        in = gib(0) | target;
    fits = plant_walk(ret, pg, &walk.guest, in, tables, led, gib(walk.guest.nr_steps) | target);
    for (unsigned int k = 0; fits && k < walk.nr_second; k++)
        fits = plant_second(ret, second, &walk.second[k], k,
                            k < walk.guest.nr_steps || walk.guest.outcome == XENPT_SECOND_STAGE
                                ? TABLE(k) |
                                      (walk.second[k].in & (XENPT_PAGE_SIZE - 1) & ~UINT64_C(7))
                                : target);
    harness_second(stage, TABLE(SECOND + 1), &word);
    fits = fits && plant_word(ret, word.at, word.value);
    if (fits && harness_guest(mode_of_paging(pg), TABLE(0), &word))
        fits = plant_word(ret, word.at, word.value);
    state.stage = stage;
    state.second = second_root(second);
    return fits && plant_word(ret, target, CONTENT) && case_state(ret, &state) &&
           add_accesses(ret, pg, in);
}

bool rename_address(const struct xenpt_view *view, const struct xenpt_context *context, uint64_t in,
                    struct case_draft *ret)
{
    case_begin(ret);
    return context->has_second ? rename_2d(view, context, in, ret)
                               : rename_1d(view, context, in, ret);
}
