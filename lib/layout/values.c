/* values.c - one value of a layout file, from its text and back to it. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "layout/schema.h"
#include "xenpt/suggest.h"
#include "yaml/doc.h"

/* The format whose flags a layout names.  That of 5 levels has the same. */
static const struct xenpt_format *format(void)
{
    return xenpt_format(XENPT_4LEVEL);
}

static void unexpected(struct mistakes *m, const struct row *row, const struct node *node)
{
    char words[NODE_WORDS_MAX];

    mistake(m, &node->at, XENPT_EPARSE, "%s: %s, and this was expected: %s", row->key,
            node_words(node, words), row_type_words[row->type]);
}

/* --- Words --------------------------------------------------------------------------------- */

static bool find_word(const struct words *words, const char *text, unsigned int *bits)
{
    for (size_t i = 0; i < words->nr; i++)
        if (!strcmp(words->rows[i].name, text)) {
            *bits = 1u << i;
            return true;
        }
    for (size_t i = 0; i < words->nr_groups; i++)
        if (!strcmp(words->groups[i].name, text)) {
            *bits = words->groups[i].bits;
            return true;
        }
    return false;
}

static const char *words_text(const struct words *words, bool groups, char *buf, size_t size)
{
    size_t used = 0;

    buf[0] = '\0';
    for (size_t i = 0; i < words->nr && used < size; i++)
        used += (size_t)snprintf(buf + used, size - used, "%s%s", i ? " " : "",
                                 words->rows[i].name);
    for (size_t i = 0; groups && i < words->nr_groups && used < size; i++)
        used += (size_t)snprintf(buf + used, size - used, " %s", words->groups[i].name);
    return buf;
}

static void unknown_word(struct mistakes *m, const struct row *row, const struct node *node)
{
    char hint[XENPT_DID_YOU_MEAN_MAX], all[256], words[NODE_WORDS_MAX];
    bool groups = row->type == ROW_SET;
    struct xenpt_suggestion s;

    xenpt_suggest_begin(&s, node->text);
    for (size_t i = 0; i < row->words->nr; i++)
        xenpt_suggest_try(&s, row->words->rows[i].name, strlen(row->words->rows[i].name));
    for (size_t i = 0; groups && i < row->words->nr_groups; i++)
        xenpt_suggest_try(&s, row->words->groups[i].name, strlen(row->words->groups[i].name));
    mistake(m, &node->at, XENPT_EPARSE, "%s: %s is none of: %s%s", row->key,
            node_words(node, words), words_text(row->words, groups, all, sizeof(all)),
            xenpt_suggest_words(&s, hint));
}

static void read_one(const struct row *row, const struct node *node, void *at, struct mistakes *m)
{
    unsigned int bits, value;

    if (node->kind != NODE_TEXT) {
        unexpected(m, row, node);
    } else if (!find_word(row->words, node->text, &bits) || bits & (bits - 1)) {
        unknown_word(m, row, node);
    } else {
        value = (unsigned int)__builtin_ctz(bits);
        memcpy(at, &value, sizeof(value));
    }
}

/* One word of a list. */
static unsigned int page_bits(const char *text)
{
    static const char *const pages[] = { "4K", "2M", "1G" };

    for (unsigned int i = 0; i < ARRAY_SIZE(pages); i++)
        if (!strcmp(text, pages[i]))
            return 2u << i;
    return 0;
}

static void read_item(const struct row *row, const struct node *node, unsigned int *set,
                      struct mistakes *m)
{
    unsigned int bits = 0;
    uint64_t n;

    if (row->type == ROW_SET && node->kind == NODE_TEXT) {
        if (!find_word(row->words, node->text, &bits))
            unknown_word(m, row, node);
        *set |= bits;
        return;
    }
    if (row->type == ROW_PAGES)
        bits = page_bits(node->text);
    else if (row->type == ROW_BITS && node_number(node, &n) && n < 32)
        bits = 1u << n;
    if (!bits)
        unexpected(m, row, node);
    *set |= bits;
}

static void read_set(const struct row *row, const struct node *node, void *at, struct mistakes *m)
{
    unsigned int set = 0;

    if (node->kind == NODE_LIST)
        for (size_t i = 0; i < node->nr; i++)
            read_item(row, node->items[i], &set, m);
    else
        read_item(row, node, &set, m);
    memcpy(at, &set, sizeof(set));
}

/* --- Flags --------------------------------------------------------------------------------- */

/* The bits of one word, "RW" or "AVL=1"; 0: it is none. */
static uint64_t flag_bits(const char *word, size_t n)
{
    const struct xenpt_flag *flags[32];
    size_t nr = xenpt_entry_flags(format(), 1, UINT64_MAX, true, flags, ARRAY_SIZE(flags));

    for (size_t i = 0; i < nr; i++) {
        size_t name = strlen(flags[i]->name);
        unsigned int shift = (unsigned int)__builtin_ctzll(flags[i]->mask);
        uint64_t v = 0;

        if (n < name || memcmp(word, flags[i]->name, name) != 0)
            continue;
        if (n == name && !flags[i]->field)
            return flags[i]->mask;
        if (!flags[i]->field || n < name + 2 || n > name + 4 || word[name] != '=')
            continue;
        for (size_t k = name + 1; k < n && word[k] >= '0' && word[k] <= '9'; k++)
            v = 10 * v + (uint64_t)(word[k] - '0');
        if (v && v <= flags[i]->mask >> shift)
            return v << shift;
    }
    return 0;
}

static void unknown_flag(struct mistakes *m, const struct row *row, const struct node *node,
                         const char *word, size_t n)
{
    const struct xenpt_flag *flags[32];
    size_t nr = xenpt_entry_flags(format(), 1, UINT64_MAX, true, flags, ARRAY_SIZE(flags));
    char hint[XENPT_DID_YOU_MEAN_MAX], typed[QUOTE_MAX + 1];
    struct xenpt_suggestion s;

    snprintf(typed, sizeof(typed), "%.*s", (int)(n < QUOTE_MAX ? n : QUOTE_MAX), word);
    xenpt_suggest_begin(&s, typed);
    for (size_t i = 0; i < nr; i++)
        xenpt_suggest_try(&s, flags[i]->name, strlen(flags[i]->name));
    mistake(m, &node->at, XENPT_EPARSE,
            "%s: '%s' is no flag of an entry: P RW US PWT PCD A D PAT G AVL9 AVL10 AVL11 AVL=n NX "
            "(PS follows from the page)%s",
            row->key, typed, xenpt_suggest_words(&s, hint));
}

static void read_flags(const struct row *row, const struct node *node, void *at, struct mistakes *m)
{
    uint64_t flags = 0;

    if (node->kind != NODE_TEXT) {
        unexpected(m, row, node);
        return;
    }
    for (const char *c = node->text; *c && strcmp(node->text, "none") != 0;) {
        size_t n = strcspn(c, " ");
        uint64_t bits = flag_bits(c, n);

        if (!bits)
            unknown_flag(m, row, node, c, n);
        flags |= bits;
        c += n;
        c += strspn(c, " ");
    }
    memcpy(at, &flags, sizeof(flags));
}

/* --- The others ---------------------------------------------------------------------------- */

static void read_number(const struct row *row, const struct node *node, void *at,
                        struct mistakes *m)
{
    uint64_t v;
    uint32_t count;

    if (!node_number(node, &v) || (row->type == ROW_COUNT && v > UINT32_MAX)) {
        unexpected(m, row, node);
    } else if (row->type == ROW_COUNT) {
        count = (uint32_t)v;
        memcpy(at, &count, sizeof(count));
    } else {
        memcpy(at, &v, sizeof(v));
    }
}

static void read_bool(const struct row *row, const struct node *node, void *at, struct mistakes *m)
{
    bool yes = !strcmp(node->text, "yes") || !strcmp(node->text, "true");

    if (!yes && strcmp(node->text, "no") != 0 && strcmp(node->text, "false") != 0)
        unexpected(m, row, node);
    else
        memcpy(at, &yes, sizeof(yes));
}

static void read_release(const struct row *row, const struct node *node, void *at,
                         struct mistakes *m)
{
    struct xenpt_release release;

    if (!xenpt_release_parse(node->text, &release))
        unexpected(m, row, node);
    else
        memcpy(at, &release, sizeof(release));
}

static bool read_text(struct doc *doc, const struct row *row, const struct node *node, void *at,
                      struct mistakes *m)
{
    const char *text;

    if (node->kind != NODE_TEXT || !*node->text) {
        unexpected(m, row, node);
        return true;
    }
    text = doc_text(doc, node->text, strlen(node->text));
    memcpy(at, &text, sizeof(text));
    return text;
}

bool value_read(struct doc *doc, const struct row *row, const struct node *node, void *at,
                struct mistakes *m)
{
    switch (row->type) {
    case ROW_TEXT:
    case ROW_AREA:
        return read_text(doc, row, node, at, m);
    case ROW_NUMBER:
    case ROW_COUNT:
        read_number(row, node, at, m);
        break;
    case ROW_BOOL:
        read_bool(row, node, at, m);
        break;
    case ROW_ONE:
        read_one(row, node, at, m);
        break;
    case ROW_SET:
    case ROW_PAGES:
    case ROW_BITS:
        read_set(row, node, at, m);
        break;
    case ROW_FLAGS:
        read_flags(row, node, at, m);
        break;
    case ROW_RELEASE:
        read_release(row, node, at, m);
        break;
    case ROW_KIND:
        return row->kind->read(doc, row, node, at, m);
    default:
        break;
    }
    return true;
}

/* --- And back ------------------------------------------------------------------------------ */

static void put_word(char *buf, size_t *used, const char *word)
{
    if (*used < VALUE_TEXT_MAX)
        *used += (size_t)snprintf(buf + *used, VALUE_TEXT_MAX - *used, "%s%s", *used ? " " : "",
                                  word);
}

static void set_text(const struct row *row, unsigned int set, char *buf)
{
    static const char *const pages[] = { "", "4K", "2M", "1G" };
    size_t used = 0;
    char number[8];

    for (unsigned int i = 0; i < 32; i++) {
        if (!(set >> i & 1))
            continue;
        if (row->type == ROW_BITS)
            snprintf(number, sizeof(number), "%u", i);
        put_word(buf, &used,
                 row->type == ROW_SET     ? row->words->rows[i].name
                 : row->type == ROW_PAGES ? pages[i & 3]
                                          : number);
    }
}

static const char *area_name(const void *at)
{
    const struct xenpt_area *area;

    memcpy(&area, at, sizeof(area));
    return area ? area->name : "";
}

static void release_text(const struct xenpt_release *r, char *buf)
{
    if (r->patch)
        snprintf(buf, VALUE_TEXT_MAX, "%u.%u.%u", r->major, r->minor, r->patch);
    else if (r->major)
        snprintf(buf, VALUE_TEXT_MAX, "%u.%u", r->major, r->minor);
}

const char *value_text(const struct row *row, const void *at, char buf[VALUE_TEXT_MAX])
{
    union {
        const char *text;
        uint64_t number;
        uint32_t count;
        unsigned int bits;
        bool yes;
        struct xenpt_release release;
    } v = { 0 };

    buf[0] = '\0';
    switch (row->type) {
    case ROW_TEXT:
        memcpy(&v.text, at, sizeof(v.text));
        snprintf(buf, VALUE_TEXT_MAX, "%s", v.text ? v.text : "");
        break;
    case ROW_NUMBER:
        memcpy(&v.number, at, sizeof(v.number));
        snprintf(buf, VALUE_TEXT_MAX, "0x%" PRIx64, v.number);
        break;
    case ROW_COUNT:
        memcpy(&v.count, at, sizeof(v.count));
        snprintf(buf, VALUE_TEXT_MAX, "%" PRIu32, v.count);
        break;
    case ROW_BOOL:
        memcpy(&v.yes, at, sizeof(v.yes));
        snprintf(buf, VALUE_TEXT_MAX, "%s", v.yes ? "yes" : "no");
        break;
    case ROW_ONE:
        memcpy(&v.bits, at, sizeof(v.bits));
        snprintf(buf, VALUE_TEXT_MAX, "%s", row->words->rows[v.bits].name);
        break;
    case ROW_SET:
    case ROW_PAGES:
    case ROW_BITS:
        memcpy(&v.bits, at, sizeof(v.bits));
        if (row->words == &kind_words)
            xenpt_root_kinds_text(v.bits, buf);
        else
            set_text(row, v.bits, buf);
        break;
    case ROW_FLAGS:
        memcpy(&v.number, at, sizeof(v.number));
        if (v.number)
            xenpt_entry_words(format(), 1, v.number, true, buf);
        break;
    case ROW_RELEASE:
        memcpy(&v.release, at, sizeof(v.release));
        release_text(&v.release, buf);
        break;
    case ROW_AREA:
        snprintf(buf, VALUE_TEXT_MAX, "%s", area_name(at));
        break;
    default:
        break;
    }
    return buf;
}
