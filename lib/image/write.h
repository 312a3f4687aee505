/* write.h - a core that is being written: its frames, and the notes of its CPUs. */
#ifndef XENPT_IMAGE_WRITE_H
#define XENPT_IMAGE_WRITE_H

#include "xenpt/image.h"

/* Pages to write.  While they are gathered there may be one twice, and in any order. */
struct write_frames {
    struct xenpt_image_run *list;
    size_t nr, max;
};

/* Gathers them, and makes them sorted, disjoint and as few runs as can be. */
enum xenpt_code write_frames_find(struct write_frames *ret, const struct xenpt_view *view,
                                  const struct xenpt_image_write_options *opt,
                                  struct xenpt_error *err);
void write_frames_fini(struct write_frames *frames);

/* Whether the core is of machine x86-64: QEMU goes by the first CPU. */
bool write_is_64bit(const struct xenpt_context *const cpus[], size_t nr);
/* Size of all notes, and the notes themselves: that many bytes, zeroed before. */
size_t write_notes_size(bool is_64bit, size_t nr_cpus);
void write_notes(const struct xenpt_context *const cpus[], size_t nr, bool is_64bit, uint8_t *ret);

/* The notes of another core, and its machine. */
struct write_like {
    uint16_t machine;
    uint8_t *notes;
    size_t size;
};

/* Copies what is in the PT_NOTEs of a core, in their order. */
enum xenpt_code write_like_copy(struct write_like *ret, const struct xenpt_image *image,
                                struct xenpt_error *err);
void write_like_fini(struct write_like *like);

#endif
