/*
 * matrix.c - going through the groups: which case is next, and which accesses it has.
 *
 * A group's tables are numbered; a permutation keyed by the seed gives their order.  Each
 * table has its own permutation of registers and of accesses, of which each round takes the
 * next few.  So nothing is repeated until the whole product is used up.
 */
#include "validate/matrix.h"

#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "validate/matrix_seen.h"

#define STATES   4 /* Of a case, unless it has few... */
#define ACCESSES 8 /* ...and accesses in each of them. */
#define BARREN   4096

/* Where a group stands. */
struct progress {
    const struct group *row;
    uint64_t tables; /* Of its product. */
    uint64_t next;   /* The next one's place in the order... */
    uint64_t round;  /* ...of this round. */
    uint64_t rounds; /* How many bring something new. */
    uint64_t cases, accesses;
    uint64_t owed;       /* Shares not yet given to it. */
    unsigned int barren; /* Cases in a row, of one without end, that had nothing new. */
};

struct matrix {
    struct matrix_options options;
    struct progress group[MATRIX_GROUPS];
    unsigned int nr_groups, shares;
    uint64_t cases, accesses;
    uint64_t pruned[NR_PRUNES], left_out, repeated;
    bool pending; /* The draft has not found room yet. */
    struct case_draft draft;
    struct maker maker;
    struct seen seen;
};

/* --- One case ------------------------------------------------------------------------------ */

static bool left_out(const struct matrix *m, const struct blob_state *state,
                     const struct blob_access *access)
{
    return m->options.leave_out && m->options.leave_out(m->options.ctx, state, access);
}

/* Registers and accesses of round @round, for the tables numbered @t. */
static void add_accesses(struct matrix *m, struct progress *g, uint64_t t, uint64_t round,
                         const struct planned *planned)
{
    const struct group *row = g->row;
    struct maker *k = &m->maker;
    unsigned int nr_states = states_nr(k, row->states);
    unsigned int nr = accesses_nr(row->accesses, k->plan.mode >= MODE_4LEVEL ? 4 : 3);
    unsigned int blocks = (nr + ACCESSES - 1) / ACCESSES;
    uint64_t key = maker_mix(m->options.seed ^ maker_mix(t) ^ (uint64_t)(g - m->group)),
             block = round % blocks;
    unsigned int per_case = row->few ? 1 : STATES;
    uint64_t first = round / blocks * per_case, tables = seen_tables(k);

    if (!row->endless && g->rounds < (uint64_t)blocks * ((nr_states + per_case - 1) / per_case))
        g->rounds = (uint64_t)blocks * ((nr_states + per_case - 1) / per_case);
    for (unsigned int s = 0; s < per_case && first + s < nr_states; s++) {
        unsigned int i = (unsigned int)maker_permuted(first + s, nr_states, key);
        struct blob_state state;
        unsigned int before = m->draft.nr_accesses;

        states_make(k, row->states, i, planned, &state);
        for (uint64_t a = block * ACCESSES; a < (block + 1) * ACCESSES && a < nr; a++) {
            struct blob_access access;
            enum prune why = access_make(
                k, row->accesses, (unsigned int)maker_permuted(a, nr, maker_mix(key ^ i)), &access);

            m->pruned[why]++;
            access.state = (uint16_t)m->draft.nr_states;
            if (!why && left_out(m, &state, &access))
                m->left_out++;
            else if (!why && !seen_first(&m->seen, tables, &state, &access))
                m->repeated++;
            else if (!why)
                (void)case_access(&m->draft, &access);
        }
        if (m->draft.nr_accesses > before)
            (void)case_state(&m->draft, &state);
    }
}

/* Modes of guests that a suite has, in turn; the last one for processors with five levels. */
static const enum mode guests[] = { MODE_4LEVEL, MODE_PAE, MODE_2LEVEL, MODE_UNPAGED, MODE_5LEVEL };
/* What the 32-bit image has stubs for. */
static const enum mode guests32[] = { MODE_PAE, MODE_2LEVEL, MODE_UNPAGED };

static unsigned int nr_guests(const struct matrix *m)
{
    if (m->options.suite < SUITE_EPT)
        return 1;
    return m->options.suite > SUITE_NPT ? ARRAY_SIZE(guests32)
                                        : ARRAY_SIZE(guests) - !m->options.cpu.la57;
}

static void begin(struct matrix *m, enum mode mode)
{
    struct maker *k = &m->maker;

    *k = (struct maker){ .cpu = &m->options.cpu, .suite = m->options.suite };
    k->stage = suite_stage(k->suite);
    k->s = shape_of(mode);
    k->s2 = shape_of_stage(k->stage);
    k->plan.mode = mode;
    k->plan.stage = k->stage;
    k->plan.size = 8;
}

static enum mode mode_of_case(const struct matrix *m, uint64_t t)
{
    static const enum mode native[] = { MODE_2LEVEL, MODE_PAE, MODE_4LEVEL, MODE_5LEVEL };

    if (m->options.suite < SUITE_EPT)
        return native[m->options.suite];
    return (m->options.suite > SUITE_NPT ? guests32 : guests)[t % nr_guests(m)];
}

/* Drafts the next case of a group.  False: its row leaves that one out. */
static bool draft(struct matrix *m, struct progress *g)
{
    uint64_t seed = maker_mix(m->options.seed + 1), t = g->next, round = g->round, id;
    uint64_t pick[GROUP_DIMS] = { 0 };
    unsigned int ways = nr_guests(m);
    struct maker *k = &m->maker;
    struct planned planned;
    enum prune why;

    if (!g->row->endless)
        t = maker_permuted(t, g->tables, maker_mix(seed ^ (uint64_t)(g - m->group)));
    id = t;
    if (++g->next == g->tables && !g->row->endless) {
        g->next = 0;
        g->round++;
    }
    begin(m, mode_of_case(m, t));
    k->random = maker_mix(seed ^ maker_mix(t * 64 + round) ^ (uint64_t)(g - m->group) << 56);
    k->plan.salt = maker_random(k);
    t /= ways;
    for (unsigned int d = 0; d < GROUP_DIMS && g->row->dims[d].name; d++) {
        uint64_t n = dim_size(k, &g->row->dims[d]);

        if (!n) {
            m->pruned[PRUNE_NO_TREE]++;
            return false;
        }
        pick[d] = t % n;
        t /= n;
    }
    /* Smaller trees have smaller products; the rest of the numbers are nobody's. */
    if (t && !g->row->endless)
        return false;
    case_begin(&m->draft);
    why = g->row->make(k, pick);
    m->pruned[why]++;
    if (why)
        return false;
    plan_words(&k->plan, &m->draft, &planned);
    add_accesses(m, g, id, round, &planned);
    return !planned.full && m->draft.nr_accesses > 0;
}

/* Whether a group has nothing new to give; one that is pruned altogether has no rounds at all. */
static bool used_up(const struct progress *g)
{
    return (g->round && g->round >= g->rounds) || g->barren > BARREN;
}

/* Whose turn it is: whoever is owed most. */
static struct progress *turn(struct matrix *m)
{
    struct progress *most = NULL;

    for (unsigned int i = 0; i < m->nr_groups; i++) {
        struct progress *g = &m->group[i];

        if (used_up(g))
            continue;
        g->owed += g->row->share;
        if (!most || g->owed > most->owed)
            most = g;
    }
    if (most)
        most->owed -= min_u64(most->owed, m->shares);
    return most;
}

/* Drafts a case of a group, unless the group is used up first. */
static enum xenpt_code draft_of(struct matrix *m, struct progress *g, struct xenpt_error *err)
{
    enum xenpt_code code = XENPT_OK;

    while (!m->pending && !used_up(g)) {
        code = seen_make_room(&m->seen, err);
        if (code)
            return code;
        m->pending = draft(m, g);
        g->barren = m->pending || !g->row->endless ? 0 : g->barren + 1;
    }
    g->cases += m->pending;
    g->accesses += m->pending ? m->draft.nr_accesses : 0;
    return code;
}

enum xenpt_code matrix_more(struct matrix *m, unsigned int accesses, struct blob *blob,
                            struct xenpt_error *err)
{
    uint64_t goal = m->accesses + accesses;
    enum xenpt_code code = XENPT_OK;

    while (!code && m->accesses < goal) {
        struct progress *g = m->pending ? NULL : turn(m);

        if (!m->pending && !g)
            return XENPT_OK;
        if (g)
            code = draft_of(m, g, err);
        if (code || !m->pending)
            continue;
        code = blob_add(blob, &m->draft, err);
        if (code == XENPT_ERANGE && blob->nr_cases)
            return XENPT_OK;
        if (code)
            continue;
        m->pending = false;
        m->cases++;
        m->accesses += m->draft.nr_accesses;
    }
    return code;
}

enum xenpt_code matrix_create(const struct matrix_options *options, struct matrix **ret,
                              struct xenpt_error *err)
{
    const struct group *(*rows)(unsigned int) = options->suite < SUITE_EPT ? group_1d : group_2d;
    struct matrix *m = calloc(1, sizeof(*m));
    const struct group *row;

    if (!m)
        return xenpt_fail(err, XENPT_ENOMEM, "no memory for a matrix of cases");
    m->options = *options;
    for (unsigned int i = 0; (row = rows(i)); i++) {
        struct progress *g = &m->group[m->nr_groups];

        if (!(row->suites & 1u << options->suite))
            continue;
        /* The guest with the largest tree has the largest product. */
        begin(m, mode_of_case(m, nr_guests(m) == ARRAY_SIZE(guests) ? nr_guests(m) - 1 : 0));
        g->row = row;
        g->tables = row->endless ? 0 : dims_product(&m->maker, row);
        g->tables *= nr_guests(m);
        m->shares += row->share;
        m->nr_groups++;
    }
    *ret = m;
    return XENPT_OK;
}

void matrix_destroy(struct matrix *m)
{
    if (!m)
        return;
    free(m->seen.key);
    free(m);
}

void matrix_stats(const struct matrix *m, struct matrix_stats *ret)
{
    *ret = (struct matrix_stats){ .cases = m->cases,
                                  .accesses = m->accesses,
                                  .repeated = m->repeated,
                                  .left_out = m->left_out,
                                  .nr_groups = m->nr_groups };
    for (unsigned int i = 1; i < NR_PRUNES; i++)
        ret->pruned[i - 1] = m->pruned[i];
    for (unsigned int i = 0; i < m->nr_groups; i++) {
        const struct progress *g = &m->group[i];

        ret->group[i].name = g->row->name;
        ret->group[i].text = g->row->text;
        ret->group[i].cases = g->cases;
        ret->group[i].accesses = g->accesses;
        ret->group[i].tables = g->tables;
        ret->group[i].rounds = g->round;
        ret->group[i].of = g->rounds;
    }
}
