/* image_fixture.c - see image_fixture.h. */
#include "image_fixture.h"

#include <dirent.h>

struct xenpt_image *open_elf(struct elf_builder *b, const struct xenpt_image_options *opt)
{
    struct xenpt_image *image = NULL;
    struct xenpt_error err = { 0 };

    if (!b->file.size)
        elf_build(b);
    if (image_open_bytes(b->file.p, b->file.size, opt, &image, &err))
        fail_msg("cannot open: %s", err.text);
    return image;
}

void refuse_elf(struct elf_builder *b, const struct xenpt_image_options *opt, enum xenpt_code code,
                const char *says)
{
    struct xenpt_image *image = NULL;
    struct xenpt_error err = { 0 };

    if (!b->file.size)
        elf_build(b);
    if (image_open_bytes(b->file.p, b->file.size, opt, &image, &err) != code)
        fail_msg("expected \"%s\", got code %d: %s", says, (int)err.code, err.text);
    assert_null(image);
    assert_int_equal(err.code, code);
    if (!strstr(err.text, says))
        fail_msg("expected \"%s\" in: %s", says, err.text);
}

int byte_at(const struct xenpt_image *image, uint64_t at)
{
    uint8_t byte;

    return xenpt_read(xenpt_image_view(image)->mem, at, &byte, 1) ? byte : -1;
}

bool warns(const struct xenpt_image *image, const char *says)
{
    struct xenpt_image_info info = xenpt_image_info(image);

    for (size_t i = 0; i < info.nr_warnings; i++)
        if (strstr(info.warnings[i], says))
            return true;
    return false;
}

const struct xenpt_context *context(const struct xenpt_image *image, const char *name)
{
    const struct xenpt_context *ctx = xenpt_view_context(xenpt_image_view(image), name);

    if (!ctx)
        fail_msg("no context %s", name);
    return ctx;
}

size_t each_file(const char *folder, const char *ending, void (*check)(const char *name))
{
    DIR *dir = opendir(folder);
    const struct dirent *entry;
    size_t nr = 0;

    assert_non_null(dir);
    while ((entry = readdir(dir))) {
        size_t n = strlen(entry->d_name), e = strlen(ending);
        char name[256];

        if (n <= e || strcmp(entry->d_name + n - e, ending) != 0)
            continue;
        snprintf(name, sizeof(name), "%.*s", (int)(n - e), entry->d_name);
        check(name);
        nr++;
    }
    closedir(dir);
    return nr;
}

void fill(uint8_t *bytes, size_t size, uint8_t seed)
{
    for (size_t i = 0; i < size; i++)
        bytes[i] = (uint8_t)(seed + i * 7 + (i >> 8) * 31);
}
