/*
 * file.c - results that a machine wrote down: text from its serial line, or bytes.
 *
 * Of such a machine nothing can be asked again.  It answers the one blob whose number it
 * names, and no other.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "validate/backends.h"
#include "validate/machine.h"

#define FILE_MAX ((size_t)1 << 30)

static enum xenpt_code read_all(FILE *file, uint8_t **ret, size_t *n, struct xenpt_error *err)
{
    size_t room = 1 << 16, size = 0;
    uint8_t *bytes = malloc(room);

    while (bytes) {
        size_t some = fread(bytes + size, 1, room - size, file);
        uint8_t *more;

        size += some;
        if (size < room)
            break;
        more = room < FILE_MAX ? realloc(bytes, room * 2) : NULL;
        if (!more) {
            free(bytes);
            return xenpt_fail(err, XENPT_ENOMEM, "no memory for more than %zu bytes", size);
        }
        bytes = more;
        room *= 2;
    }
    if (!bytes)
        return xenpt_fail(err, XENPT_ENOMEM, "no memory for %zu bytes", room);
    if (ferror(file)) {
        free(bytes);
        return xenpt_fail(err, XENPT_EIO, "cannot be read: %s", strerror(errno));
    }
    *ret = bytes;
    *n = size;
    return XENPT_OK;
}

static enum xenpt_code load(const char *path, struct results *ret, struct xenpt_error *err)
{
    static const uint32_t magic = RESULTS_MAGIC;
    FILE *file = fopen(path, "re");
    uint8_t *bytes = NULL;
    size_t n = 0;
    enum xenpt_code code = file ? read_all(file, &bytes, &n, err)
                                : xenpt_fail(err, XENPT_EIO, "cannot be opened: %s",
                                             strerror(errno));

    if (!code && n >= sizeof(struct results_header) && !memcmp(bytes, &magic, sizeof(magic)))
        code = bytes[4] == ' ' ? results_parse_text((char *)bytes, n, ret, err)
                               : results_parse(bytes, n, ret, err);
    else if (!code)
        code = results_parse_text((char *)bytes, n, ret, err);
    if (file)
        fclose(file);
    free(bytes);
    if (code && err)
        snprintf(err->file, sizeof(err->file), "%s", path);
    return code;
}

enum xenpt_code file_open(const struct mmu *mmu, const struct mmu_options *options,
                          struct mmu_session *ret, struct xenpt_error *err)
{
    struct mmu_session session = { .mmu = mmu, .options = *options, .kind = "as it wrote down" };
    struct results *results;
    enum xenpt_code code;

    if (!options->results)
        return xenpt_fail(err, XENPT_EUNSUPPORTED, "no file of results was given");
    results = calloc(1, sizeof(*results));
    if (!results)
        return xenpt_fail(err, XENPT_ENOMEM, "no memory for %s", mmu->name);
    code = load(options->results, results, err);
    if (code) {
        free(results);
        return code;
    }
    session.own = results;
    session.machine = results->head.machine;
    session.cpu = machine_cpu(&session.machine);
    session.suites = session_suites(&session);
    snprintf(session.version, sizeof(session.version), "%.12s, family/model %x",
             session.machine.vendor, session.machine.leaf1_eax);
    *ret = session;
    return XENPT_OK;
}

enum xenpt_code file_run(struct mmu_session *session, const struct blob *blob, struct results *ret,
                         struct xenpt_error *err)
{
    const struct results *have = session->own;
    struct collector c = { 0 };
    struct blob_header head = blob_header_from(blob, 0, 0);
    enum xenpt_code code = XENPT_OK;

    /* On a disk it was to answer as text, which its number says as well. */
    if (have->head.id != head.id && have->head.id != (head.id ^ BLOB_TEXT))
        return xenpt_fail(err, XENPT_ESTATE,
                          "%s answers the list of cases %08x, and this is %08x: ask for the "
                          "same suite, seed, number and processor as when it was written",
                          session->options.results, have->head.id, head.id);
    if (have->head.first || have->head.nr_results > blob->nr_accesses)
        return xenpt_fail(err, XENPT_ESTATE, "%s has %u results from access %u on, of %u",
                          session->options.results, have->head.nr_results, have->head.first,
                          blob->nr_accesses);
    for (uint32_t i = 0; !code && i < have->head.nr_results; i++)
        code = collector_add(&c, results_get(have, i), err);
    if (code)
        collector_free(&c);
    else
        collector_finish(&c, &have->head, ret);
    return code;
}

void file_close(struct mmu_session *session)
{
    struct results *results = session->own;

    if (results)
        results_free(results);
    free(results);
    session->own = NULL;
}
