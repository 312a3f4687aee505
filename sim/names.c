/* names.c - lists of words. */
#include "names.h"

#include <stdio.h>
#include <string.h>

const char *names_at(const struct names *names, size_t i)
{
    const char *name;

    memcpy(&name, (const char *)names->rows + i * names->size, sizeof(name));
    return name;
}

const char *names_text(const struct names *names, char buf[NAMES_TEXT_MAX])
{
    size_t used = 0;

    buf[0] = '\0';
    for (size_t i = 0; i < names->nr && used < NAMES_TEXT_MAX; i++)
        used += (size_t)snprintf(buf + used, NAMES_TEXT_MAX - used, "%s%s", i ? " " : "",
                                 names_at(names, i));
    return buf;
}

enum xenpt_code names_find(const struct names *names, const char *what, const char *name,
                           size_t *ret, struct xenpt_error *err)
{
    char hint[XENPT_DID_YOU_MEAN_MAX], all[NAMES_TEXT_MAX];
    struct xenpt_suggestion s;

    xenpt_suggest_begin(&s, name);
    for (size_t i = 0; i < names->nr; i++) {
        const char *candidate = names_at(names, i);

        if (!strcmp(candidate, name)) {
            *ret = i;
            return XENPT_OK;
        }
        xenpt_suggest_try(&s, candidate, strlen(candidate));
    }
    return xenpt_fail(err, XENPT_EPARSE, "%s: '%s' is none of: %s%s", what, name,
                      names_text(names, all), xenpt_suggest_words(&s, hint));
}

enum xenpt_code names_choose(const struct names *names, const char *option,
                             const struct words *words, unsigned int *ret, struct xenpt_error *err)
{
    for (size_t i = 0; i < words->nr; i++)
        for (const char *from = words->word[i];; from++) {
            size_t n = strcspn(from, ","), which = 0;
            char word[64];
            enum xenpt_code code;

            if (!n || n >= sizeof(word))
                return xenpt_fail(err, XENPT_EPARSE, "--%s %s: a name is missing", option,
                                  words->word[i]);
            memcpy(word, from, n);
            word[n] = '\0';
            code = names_find(names, option, word, &which, err);
            if (code)
                return code;
            *ret |= 1u << which;
            from += n;
            if (!*from)
                break;
        }
    return XENPT_OK;
}
