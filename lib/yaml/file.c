/* file.c - a file's bytes, all of them or none. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "yaml/doc.h"

/* One byte more than is allowed, so that doc_read() can tell. */
static char *read_all(FILE *from, size_t max, size_t *ret)
{
    size_t room = 4096, n = 0;
    char *bytes = malloc(room);

    while (bytes) {
        n += fread(bytes + n, 1, room - n, from);
        if (n < room || n > max)
            break;
        char *more = realloc(bytes, room * 2);

        if (!more)
            free(bytes);
        bytes = more;
        room *= 2;
    }
    *ret = n;
    return bytes;
}

const struct node *doc_read_file(struct doc *doc, const char *path, const struct doc_limits *limits,
                                 struct mistakes *m)
{
    const struct place at = { path, 0, 0 };
    const struct node *root = NULL;
    FILE *file = fopen(path, "rb");
    char *bytes;
    size_t n;

    if (!file) {
        mistake(m, &at, XENPT_EIO, "cannot read it: %s", strerror(errno));
        return NULL;
    }
    bytes = read_all(file, limits->bytes, &n);
    if (!bytes)
        mistake(m, &at, XENPT_ENOMEM, "no memory for it");
    else if (ferror(file))
        mistake(m, &at, XENPT_EIO, "cannot read it: %s", strerror(errno));
    else
        root = doc_read(doc, path, bytes, n, limits, m);
    free(bytes);
    fclose(file);
    return root;
}
