/* registers_read.c - a file of --registers, and what it says of a CPU. */
#include "registers.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum xenpt_code registers_open(const char *path, json_t **ret, struct xenpt_error *err)
{
    json_error_t e;
    json_t *file = json_load_file(path, 0, &e);
    enum xenpt_code code;

    if (file && json_is_array(json_object_get(file, "vcpus"))) {
        *ret = file;
        return XENPT_OK;
    }
    if (file)
        code = xenpt_fail(err, XENPT_EPARSE,
                          "%s: an object with a list, vcpus, was expected: see `xenpt capture`",
                          path);
    else if (json_error_code(&e) == json_error_cannot_open_file)
        code = xenpt_fail(err, XENPT_EIO, "%s", e.text);
    else
        code = xenpt_fail(err, XENPT_EPARSE, "%s:%d:%d: %s", path, e.line, e.column, e.text);
    json_decref(file);
    return code;
}

static bool hexadecimal(const json_t *cpu, const char *key, uint64_t *ret)
{
    const char *word = json_string_value(json_object_get(cpu, key));
    char *end;

    if (!word || !*word || *word == '-')
        return false;
    *ret = strtoull(word, &end, 16);
    return !*end;
}

enum xenpt_code registers_efer(const json_t *file, const char *path,
                               const struct xenpt_context *context, bool *has, uint64_t *ret,
                               struct xenpt_error *err)
{
    const json_t *cpu;
    unsigned long nr;
    uint64_t cr3;
    char *end;

    *has = false;
    if (strncmp(context->name, "cpu", 3) != 0)
        return XENPT_OK;
    nr = strtoul(context->name + 3, &end, 10);
    if (*end)
        return XENPT_OK;
    cpu = json_array_get(json_object_get(file, "vcpus"), nr);
    if (!cpu)
        return XENPT_OK;
    if (!hexadecimal(cpu, "efer", ret) || !hexadecimal(cpu, "cr3", &cr3))
        return xenpt_fail(err, XENPT_EPARSE,
                          "%s: vcpus[%lu]: efer and cr3 are wanted, hexadecimal numbers as strings",
                          path, nr);
    if (cr3 != context->paging.regs.cr3)
        return xenpt_fail(err, XENPT_ESTATE,
                          "%s is of another moment or machine: CR3 of %s is 0x%" PRIx64
                          " there, and 0x%" PRIx64 " in the image",
                          path, context->name, cr3, context->paging.regs.cr3);
    *has = true;
    return XENPT_OK;
}
