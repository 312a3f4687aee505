/* lines.c - what the data caches have of memory where memory has something else. */
#include "scenario/lines.h"

#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "scenario/verb.h"
#include "xen/internal.h"
#include "xenpt/memtype.h"

bool lines_read(struct scope *s, const struct node *node, bool *ret)
{
    char words[NODE_WORDS_MAX];

    *ret = false;
    if (!node || node->kind == NODE_NULL)
        return true;
    *ret = node->kind == NODE_TEXT && !strcmp(node->text, "modelled");
    if (*ret || (node->kind == NODE_TEXT && !strcmp(node->text, "none")))
        return true;
    mistake(&s->m, &node->at, XENPT_EPARSE, "caches: %s is none of: modelled none",
            node_words(node, words));
    return false;
}

/* --- Making them --------------------------------------------------------------------------- */

struct lines *lines_create(void)
{
    return calloc(1, sizeof(struct lines));
}

void lines_destroy(struct lines *l)
{
    if (!l)
        return;
    free(l->line);
    free(l->beside);
    free(l);
}

struct lines *lines_copy(const struct lines *from)
{
    struct lines *l = lines_create();

    if (!l)
        return NULL;
    l->line = malloc((from->nr + 1) * sizeof(*l->line));
    l->beside = malloc((from->nr_beside + 1) * sizeof(*l->beside));
    if (!l->line || !l->beside) {
        lines_destroy(l);
        return NULL;
    }
    if (from->nr)
        memcpy(l->line, from->line, from->nr * sizeof(*l->line));
    if (from->nr_beside)
        memcpy(l->beside, from->beside, from->nr_beside * sizeof(*l->beside));
    l->nr = l->max = from->nr;
    l->nr_beside = l->max_beside = from->nr_beside;
    return l;
}

/* --- Lines --------------------------------------------------------------------------------- */

static bool no_room(struct world *w)
{
    xenpt_fail(&w->problem, XENPT_ENOMEM, "no memory for what is cached");
    return false;
}

static uint64_t line_of(uint64_t at)
{
    return at & ~(uint64_t)(LINE_SIZE - 1);
}

static struct line *find(const struct lines *l, uint64_t at)
{
    for (size_t i = 0; i < l->nr; i++)
        if (l->line[i].at == line_of(at))
            return &l->line[i];
    return NULL;
}

static struct beside *find_beside(const struct lines *l, uint64_t at)
{
    for (size_t i = 0; i < l->nr_beside; i++)
        if (l->beside[i].at == at)
            return &l->beside[i];
    return NULL;
}

static bool cache_line(struct world *w, uint64_t at, bool dirty)
{
    struct lines *l = w->lines;
    struct line *line = find(l, at);

    if (line) {
        line->dirty |= dirty;
        return true;
    }
    if (l->nr == l->max) {
        size_t max = l->max ? 2 * l->max : 16;
        struct line *more = realloc(l->line, max * sizeof(*more));

        if (!more)
            return no_room(w);
        l->line = more;
        l->max = max;
    }
    l->line[l->nr++] = (struct line){ line_of(at), dirty };
    return true;
}

/* Memory gets a word that the cached line has not. */
static bool put_beside(struct world *w, uint64_t at, uint64_t memory)
{
    struct lines *l = w->lines;
    struct beside *b = find_beside(l, at);

    if (b) {
        b->memory = memory;
        return true;
    }
    if (l->nr_beside == l->max_beside) {
        size_t max = l->max_beside ? 2 * l->max_beside : 16;
        struct beside *more = realloc(l->beside, max * sizeof(*more));

        if (!more)
            return no_room(w);
        l->beside = more;
        l->max_beside = max;
    }
    l->beside[l->nr_beside++] = (struct beside){ at, memory };
    return true;
}

/* A line goes: what memory has is what is there then, unless the line is written back. */
static bool drop_line(struct world *w, struct line *line)
{
    struct lines *l = w->lines;
    bool ok = true;

    for (size_t i = 0; i < l->nr_beside;) {
        struct beside *b = &l->beside[i];

        if (line_of(b->at) != line->at) {
            i++;
            continue;
        }
        if (!line->dirty)
            ok = !xenpt_store_write64(w->machine->store, b->at, b->memory, &w->problem) && ok;
        *b = l->beside[--l->nr_beside];
    }
    *line = l->line[--l->nr];
    return ok;
}

bool lines_drop(struct world *w, uint64_t first, uint64_t last)
{
    bool ok = true;

    world_changed(w);
    for (size_t i = 0; i < w->lines->nr;) {
        struct line *line = &w->lines->line[i];

        if (line->at + LINE_SIZE > first && line->at <= last)
            ok = drop_line(w, line) && ok;
        else
            i++;
    }
    return ok;
}

bool lines_flush(struct world *w, const struct xenpt_pv_flush *flush)
{
    if (flush->kind == XENPT_PV_FLUSH_CACHE)
        return lines_drop(w, 0, UINT64_MAX);
    if (flush->kind == XENPT_PV_FLUSH_PAGE)
        return lines_drop(w, flush->address, flush->address + XENPT_PAGE_SIZE - 1);
    return true;
}

const struct beside *lines_beside(const struct lines *l, size_t *i)
{
    for (; *i < l->nr_beside; ++*i) {
        const struct line *line = find(l, l->beside[*i].at);

        if (line && !line->dirty)
            return &l->beside[(*i)++];
    }
    return NULL;
}

/* --- Accesses ------------------------------------------------------------------------------ */

/* Model: under a second stage all is write-back, which is what EPT says of RAM in general. */
static bool is_cached(const struct accessed *a)
{
    const struct xenpt_walk *walk = &a->walk.guest;
    const struct xenpt_step *leaf;
    enum xenpt_memtype type;

    if (a->of.has_second || !walk->nr_steps || xenpt_format_is_device(&a->of.paging.format))
        return true;
    leaf = &walk->step[walk->nr_steps - 1];
    type = xenpt_pat_type(&a->of.paging, leaf->level, leaf->entry);
    return type != XENPT_MT_WC && type != XENPT_MT_UC && type != XENPT_MT_UC_MINUS;
}

/* The word that is at an address in memory, whatever is cached. */
static bool word_in_memory(struct world *w, uint64_t at, uint64_t *ret)
{
    const struct beside *b = find_beside(w->lines, at);

    *ret = b ? b->memory : 0;
    return b || xenpt_read(xenpt_store_reader(w->machine->store), at, ret, sizeof(*ret));
}

/* Past the caches, byte by byte. */
static bool past(struct world *w, uint64_t at, bool write, uint64_t *data, uint64_t bytes)
{
    uint64_t read = 0;

    w->last.has_data = false;

    for (uint64_t i = 0; i < bytes; i++) {
        uint64_t byte = at + i, word, shift = byte % 8 * 8;

        if (!word_in_memory(w, byte - byte % 8, &word))
            return true; /* A device. */
        read |= (word >> shift & 0xff) << 8 * i;
        if (!write)
            continue;
        word = (word & ~(UINT64_C(0xff) << shift)) | (*data >> 8 * i & 0xff) << shift;
        if (find(w->lines, byte)
                ? !put_beside(w, byte - byte % 8, word)
                : xenpt_store_write64(w->machine->store, byte - byte % 8, word, &w->problem))
            return false;
    }
    w->last.has_data = !write;
    if (!write)
        *data = read;
    return true;
}

bool lines_access(struct world *w, uint64_t *data, uint64_t bytes)
{
    bool write = w->last.access.kind == XENPT_WRITE;
    uint64_t at = w->last.walk.out;

    if (!is_cached(&w->last))
        return past(w, at, write, data, bytes);
    if (!cache_line(w, at, write) || (bytes && !cache_line(w, at + bytes - 1, write)))
        return false;
    if (write)
        return !xenpt_store_write(w->machine->store, at, data, bytes, &w->problem);
    *data = 0;
    w->last.has_data = xenpt_read(xenpt_store_reader(w->machine->store), at, data, bytes);
    return true;
}
