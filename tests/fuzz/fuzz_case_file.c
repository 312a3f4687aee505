/*
 * fuzz_case_file.c - any text as a case: it is refused with its place, or what is written of it
 * reads back as the same.
 */
#include <stdlib.h>
#include <string.h>

#include "validate/case_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok)
{
    if (!ok)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct case_file a, b;
    static char text[CASE_FILE_TEXT], again[CASE_FILE_TEXT];
    struct xenpt_error err = { 0 };

    if (case_file_parse((const char *)data, size, &a, &err)) {
        must(err.code == XENPT_EPARSE && err.text[0]);
        return 0;
    }
    case_file_write(&a, text);
    must(case_file_parse(text, strlen(text), &b, &err) == XENPT_OK);
    must(!strcmp(case_file_write(&b, again), text));
    return 0;
}
