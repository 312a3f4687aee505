/*
 * kcore.c - the machine's memory, as Linux shows it to root: an ELF core of all there is, which
 * is read as it changes.
 *
 * Its segments are named by virtual address.  Those of the direct map have the machine address
 * beside it since Linux 4.17; all others have 0 or -1 there.
 */
#include "validate/kcore.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define SEGMENTS_MAX 4096

static const struct kcore_run *run_with(const struct kcore *kcore, uint64_t at)
{
    for (size_t i = 0; i < kcore->nr_runs; i++)
        if (at - kcore->run[i].first < kcore->run[i].size)
            return &kcore->run[i];
    return NULL;
}

static bool read_memory(const struct xenpt_reader *self, uint64_t at, void *buf, size_t size)
{
    const struct kcore *kcore = (const struct kcore *)(const void *)self;
    const struct kcore_run *run = run_with(kcore, at);

    if (!run || run->size - (at - run->first) < size)
        return false;
    return pread(kcore->fd, buf, size, (off_t)(run->offset + (at - run->first))) == (ssize_t)size;
}

static enum xenpt_code read_header(int fd, const char *path, Elf64_Ehdr *ret,
                                   struct xenpt_error *err)
{
    ssize_t n = pread(fd, ret, sizeof(*ret), 0);

    if (n != sizeof(*ret) || memcmp(ret->e_ident, ELFMAG, SELFMAG) ||
        ret->e_ident[EI_CLASS] != ELFCLASS64 || ret->e_machine != EM_X86_64)
        return xenpt_fail(err, XENPT_EUNSUPPORTED, "%s is no ELF core of an x86-64", path);
    if (ret->e_phentsize != sizeof(Elf64_Phdr) || ret->e_phnum > SEGMENTS_MAX)
        return xenpt_fail(err, XENPT_EUNSUPPORTED, "%s has %u segments of %u bytes", path,
                          ret->e_phnum, ret->e_phentsize);
    return XENPT_OK;
}

/* Keeps runs in order, and apart: what was there first stays. */
static void add(struct kcore *kcore, struct kcore_run run)
{
    size_t i = 0;

    while (i < kcore->nr_runs && kcore->run[i].first + kcore->run[i].size <= run.first)
        i++;
    if (kcore->nr_runs == KCORE_RUNS ||
        (i < kcore->nr_runs && run.first + run.size > kcore->run[i].first))
        return;
    memmove(&kcore->run[i + 1], &kcore->run[i], (kcore->nr_runs - i) * sizeof(run));
    kcore->run[i] = run;
    kcore->nr_runs++;
}

static bool is_memory(const Elf64_Phdr *p)
{
    return p->p_type == PT_LOAD && p->p_paddr && p->p_filesz && p->p_paddr % XENPT_PAGE_SIZE == 0 &&
           p->p_paddr < XENPT_BIT(52) && p->p_filesz <= XENPT_BIT(52) - p->p_paddr &&
           p->p_offset <= (uint64_t)INT64_MAX - p->p_filesz;
}

enum xenpt_code kcore_open(const char *path, struct kcore *ret, struct xenpt_error *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    Elf64_Ehdr header;
    enum xenpt_code code;

    *ret = (struct kcore){ .reader = { .read = read_memory }, .fd = fd };
    if (fd < 0)
        return xenpt_fail(err, XENPT_EUNSUPPORTED, "%s: %s", path, strerror(errno));
    code = read_header(fd, path, &header, err);
    for (unsigned int i = 0; !code && i < header.e_phnum; i++) {
        Elf64_Phdr p;
        uint64_t at = header.e_phoff + i * sizeof(p);

        if (at > INT64_MAX || pread(fd, &p, sizeof(p), (off_t)at) != sizeof(p))
            code = xenpt_fail(err, XENPT_EUNSUPPORTED, "%s ends before its segment %u", path, i);
        else if (is_memory(&p))
            add(ret, (struct kcore_run){ p.p_paddr, p.p_filesz, p.p_offset });
    }
    if (!code && !ret->nr_runs)
        code = xenpt_fail(err, XENPT_EUNSUPPORTED,
                          "%s does not say where in the machine its "
                          "memory is",
                          path);
    if (code)
        kcore_close(ret);
    return code;
}

void kcore_close(struct kcore *kcore)
{
    if (kcore->fd >= 0)
        close(kcore->fd);
    kcore->fd = -1;
    kcore->nr_runs = 0;
}
