/* cache.c - making and forgetting caches; see cache.h for what they keep. */
#include "arch/cache.h"

#include <stdlib.h>

const uint8_t region_is_page[1] = { 0 };

enum xenpt_code xenpt_cache_create(unsigned int order, struct xenpt_cache **ret,
                                   struct xenpt_error *err)
{
    struct xenpt_cache *cache;

    if (order < 4 || order > 20)
        return xenpt_fail(err, XENPT_ERANGE, "a cache of 2^%u regions: the order can be 4 to 20",
                          order);
    cache = malloc(sizeof(*cache));
    if (!cache)
        return xenpt_fail(err, XENPT_ENOMEM, "no memory for a cache");
    cache->nr = (size_t)1 << order;
    cache->first = malloc(cache->nr * 2 * sizeof(*cache->first));
    if (!cache->first) {
        free(cache);
        return xenpt_fail(err, XENPT_ENOMEM, "no memory for a cache of 2^%u regions", order);
    }
    cache->second = cache->first + cache->nr;
    xenpt_cache_flush(cache);
    *ret = cache;
    return XENPT_OK;
}

void xenpt_cache_destroy(struct xenpt_cache *cache)
{
    if (!cache)
        return;
    free(cache->first);
    free(cache);
}

void xenpt_cache_flush(struct xenpt_cache *cache)
{
    for (size_t i = 0; i < cache->nr * 2; i++)
        cache->first[i].tag = NO_REGION;
}
