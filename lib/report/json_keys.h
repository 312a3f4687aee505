/* json_keys.h - members of objects: a key with its value. */
#ifndef XENPT_REPORT_JSON_KEYS_H
#define XENPT_REPORT_JSON_KEYS_H

#include "report/json.h"

static inline void key_text(struct json *j, const char *key, const char *text)
{
    json_key(j, key);
    json_text(j, text);
}

static inline void key_number(struct json *j, const char *key, uint64_t n)
{
    json_key(j, key);
    json_number(j, n);
}

static inline void key_hex(struct json *j, const char *key, uint64_t n)
{
    json_key(j, key);
    json_hex(j, n);
}

static inline void key_bool(struct json *j, const char *key, bool v)
{
    json_key(j, key);
    json_bool(j, v);
}

static inline void key_list(struct json *j, const char *key)
{
    json_key(j, key);
    json_open(j, '[');
}

#endif
