/* command_new.c - xenpt new: a scenario to begin with, which holds and says what else can be said.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "commands.h"

static const char scenario[] =
    "# A scenario: a machine, what happens on it, and what must hold.  `xenpt run` tells whether "
    "it\n"
    "# does; `xenpt help scenario` has every key, step and expectation, `xenpt help mapped` one of "
    "them.\n"
    "name: What a guest's user code has of Xen\n"
    "about: |\n"
    "  The question, in a sentence or two.\n"
    "\n"
    "# The machine.  RAM may also be a list of ranges, such as 0x100000..0xbfffffff.\n"
    "host: { ram: 4G, cpus: 2, processor: skylake-server }\n"
    "# Words of Xen's own command line go to options: [xpti=domu, pcid=off].\n"
    "xen: { release: $release }\n"
    "\n"
    "# The file is run once for each combination of these; --set release=4.17 picks one.\n"
    "parameters:\n"
    "  release: [\"4.13\", \"4.17\", \"4.22\"]\n"
    "\n"
    "domains:\n"
    "  d0: { type: pv64, memory: 512M, vcpus: 2, privileged: yes }\n"
    "  d1: { type: pv64, memory: 256M, vcpus: 2 }\n"
    "  d2: { type: pvh, memory: 256M }\n"
    "\n"
    "# Names for frames and addresses, to be used below.\n"
    "names:\n"
    "  secret: d0.gfn(5)                 # frame 5 of d0's memory\n"
    "\n"
    "# What must hold before anything happens.\n"
    "expect:\n"
    "  - mapped: xen.directmap(secret)   # an address...\n"
    "    in: every xen context           # ...in each context that Xen executes in\n"
    "    rights: rw-\n"
    "  - root: v.user                    # each 64-bit PV vCPU has two roots\n"
    "    for: v in every pv64 vcpu\n"
    "    differs-from: v.xen\n"
    "  - unreachable: d0                 # none of d0's memory, by whatever address\n"
    "    from: every guest context of d2\n"
    "\n"
    "# What happens, step by step; each may have expectations of its own.\n"
    "steps:\n"
    "  - run: d1.v0.user\n"
    "    on: cpu1\n"
    "    expect:\n"
    "      - unmapped: xen.directmap(secret)\n"
    "        in: d1.v0.user\n"
    "        because: Meltdown reads whatever is mapped, whoever may use it\n"
    "  - access: read\n"
    "    in: d1.v0.user\n"
    "    at: xen.directmap(secret)\n"
    "    expect:\n"
    "      - fault: page\n"
    "        error-code: [user]          # no `present`: nothing is there\n";

/* A new file and none that is there: somebody may have worked on that. */
static enum xenpt_code write_new(const char *path, struct xenpt_error *err)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    FILE *file = fd < 0 ? NULL : fdopen(fd, "w");
    bool failed;

    if (fd < 0 && errno == EEXIST)
        return xenpt_fail(err, XENPT_ESTATE, "%s is there already, and is left as it is", path);
    if (!file) {
        enum xenpt_code code = xenpt_fail(err, XENPT_EIO, "cannot write %s: %s", path,
                                          strerror(errno));

        if (fd >= 0)
            close(fd);
        return code;
    }
    failed = fputs(scenario, file) < 0;
    failed = fclose(file) || failed;
    if (!failed)
        return XENPT_OK;
    unlink(path);
    return xenpt_fail(err, XENPT_EIO, "cannot write %s, which is taken away again", path);
}

enum ending command_new(const struct settings *settings, struct xenpt_error *err)
{
    if (settings->nr_arguments)
        return write_new(settings->arguments[0], err) ? END_CANNOT : END_DONE;
    if (fputs(scenario, stdout) >= 0 && !fflush(stdout))
        return END_DONE;
    (void)xenpt_fail(err, XENPT_EIO, "cannot write the scenario");
    return END_CANNOT;
}
