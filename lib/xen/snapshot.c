/*
 * snapshot.c - a machine as it was.
 *
 * Memory is the store's to keep, page by page as they are written.  The rest is small and is
 * copied whole: what CPUs and vCPUs do, whose frames are whose, which are free.  What never
 * changes after building stays with the machine: the layout, the host, the places of M2P.
 */
#include <stdlib.h>
#include <string.h>

#include "xen/events.h"
#include "xen/frames.h"
#include "xen/grants.h"
#include "xen/internal.h"
#include "xen/logdirty.h"
#include "xen/pod.h"
#include "xen/shadow.h"
#include "xen/sharing.h"
#include "xen/xenstore.h"

struct xenpt_machine_snapshot {
    struct xenpt_machine *machine;
    struct xenpt_machine_snapshot *older, *newer;
    struct xenpt_snapshot *memory;
    struct xenpt_machine was; /* What it owns of that: see own_copies(). */
};

static bool copy_list(const void *from, size_t nr, size_t size, void **ret)
{
    *ret = NULL;
    if (!from || !nr)
        return true;
    *ret = malloc(nr * size);
    if (*ret)
        memcpy(*ret, from, nr * size);
    return *ret != NULL;
}

/* Frees what own_copies() made. */
static void own_free(struct xenpt_machine *m)
{
    domains_free(m->domains, m->nr_domains);
    free(m->descs);
    free(m->cpus);
    free(m->rmp);
    contents_fini(&m->contents);
    xenpt_alloc_destroy(m->alloc);
    frames_drop(m->frames);
    store_release(m->xenstore);
    sharing_free(m->sharing);
}

static bool copy_built(struct construction *to, const struct construction *from)
{
    void *frames = NULL, *channels = NULL, *grants = NULL, *params = NULL;
    bool done = copy_list(from->frames, from->nr_frames, sizeof(*from->frames), &frames) &&
                copy_list(from->channels, from->nr_channels, sizeof(*from->channels), &channels) &&
                copy_list(from->grants, from->nr_grants, sizeof(*from->grants), &grants) &&
                copy_list(from->params, from->nr_params, sizeof(*from->params), &params);

    to->frames = frames;
    to->channels = channels;
    to->grants = grants;
    to->params = params;
    return done;
}

static bool copy_domains(struct xenpt_machine *to, const struct xenpt_machine *from)
{
    void *list;

    to->nr_domains = 0;
    if (!copy_list(from->descs, from->nr_domains, sizeof(*from->descs), &list))
        return false;
    to->descs = list;
    if (!from->nr_domains)
        return true;
    to->domains = calloc(from->nr_domains, sizeof(*to->domains));
    if (!to->domains)
        return false;
    for (; to->nr_domains < from->nr_domains; to->nr_domains++) {
        const struct domain *d = &from->domains[to->nr_domains];
        struct domain *copy = &to->domains[to->nr_domains];

        *copy = *d;
        copy->desc = &to->descs[to->nr_domains];
        copy->memory = NULL;
        copy->given = NULL;
        copy->own = NULL;
        copy->vcpus = NULL;
        copy->shadows = NULL;
        copy->dirty = NULL;
        copy->grants = NULL;
        copy->events = NULL;
        copy->pod = NULL;
        if (copy_list(d->vcpus, d->nr_vcpus, sizeof(*d->vcpus), &list))
            copy->vcpus = list;
        if (copy_list(d->memory, d->nr_memory, sizeof(*d->memory), &list))
            copy->memory = list;
        copy->max_memory = d->nr_memory;
        if (copy_list(d->given, d->given ? d->desc->nr_given : 0, sizeof(*d->given), &list))
            copy->given = list;
        if (copy_list(d->own, d->nr_own, sizeof(*d->own), &list))
            copy->own = list;
        copy->max_own = d->nr_own;
        if (!copy_built(&copy->built, &d->built) || (d->nr_vcpus && !copy->vcpus) ||
            (d->nr_memory && !copy->memory) || (d->given && !copy->given) ||
            (d->nr_own && !copy->own) || !shadows_copy(d->shadows, &copy->shadows) ||
            !dirty_copy(d->dirty, &copy->dirty) || !grants_copy(d->grants, &copy->grants) ||
            !events_copy(d->events, &copy->events) || !pod_copy(d->pod, &copy->pod)) {
            to->nr_domains++;
            return false;
        }
    }
    return true;
}

/* Everything that a machine owns and that changes while it runs, a second time. */
static enum xenpt_code own_copies(struct xenpt_machine *to, const struct xenpt_machine *from,
                                  struct xenpt_error *err)
{
    void *list;
    bool done;

    *to = *from;
    to->frames = frames_hold(from->frames);
    to->xenstore = store_hold(from->xenstore);
    to->alloc = NULL;
    to->sharing = NULL;
    to->cpus = NULL;
    to->rmp = NULL;
    to->descs = NULL;
    to->domains = NULL;
    to->contents.lists = contents_share(&from->contents);
    done = copy_domains(to, from) && sharing_copy(from->sharing, &to->sharing);
    if (done && (done = copy_list(from->cpus, from->nr_cpus, sizeof(*from->cpus), &list)))
        to->cpus = list;
    if (done && (done = copy_list(from->rmp, from->nr_rmp, sizeof(*from->rmp), &list)))
        to->rmp = list;
    if (done && !xenpt_alloc_copy(from->alloc, &to->alloc, err))
        return XENPT_OK;
    own_free(to);
    return xenpt_fail(err, XENPT_ENOMEM, "no memory for a snapshot of a machine");
}

enum xenpt_code xenpt_machine_snapshot_take(struct xenpt_machine *m,
                                            struct xenpt_machine_snapshot **ret,
                                            struct xenpt_error *err)
{
    struct xenpt_machine_snapshot *snap = calloc(1, sizeof(*snap));
    enum xenpt_code code;

    if (!snap)
        return xenpt_fail(err, XENPT_ENOMEM, "no memory for a snapshot of a machine");
    code = own_copies(&snap->was, m, err);
    if (code) {
        free(snap);
        return code;
    }
    code = xenpt_snapshot_take(m->store, &snap->memory, err);
    if (code) {
        own_free(&snap->was);
        free(snap);
        return code;
    }
    snap->machine = m;
    snap->older = m->newest;
    if (snap->older)
        snap->older->newer = snap;
    m->newest = snap;
    *ret = snap;
    return XENPT_OK;
}

/* Frees one whose memory is forgotten, or will be with the store. */
static void discard(struct xenpt_machine_snapshot *snap)
{
    own_free(&snap->was);
    free(snap);
}

/* Those that are newer than this one; NULL: all. */
static void discard_since(struct xenpt_machine *m, struct xenpt_machine_snapshot *snap)
{
    for (struct xenpt_machine_snapshot *later = m->newest, *older; later != snap; later = older) {
        older = later->older;
        discard(later);
    }
    m->newest = snap;
    if (snap)
        snap->newer = NULL;
}

enum xenpt_code xenpt_machine_snapshot_restore(struct xenpt_machine_snapshot *snap,
                                               struct xenpt_error *err)
{
    struct xenpt_machine *m = snap->machine;
    struct xenpt_machine now;
    enum xenpt_code code = own_copies(&now, &snap->was, err);

    if (code)
        return code;
    code = xenpt_snapshot_restore(snap->memory, err);
    if (code) {
        own_free(&now);
        return code;
    }
    discard_since(m, snap);
    own_free(m);
    now.templates = m->templates;
    now.view = m->view;
    now.touch = m->touch;
    now.newest = snap;
    *m = now;
    view_stale(m);
    return XENPT_OK;
}

enum xenpt_code snapshot_end(struct xenpt_machine_snapshot *snap, enum xenpt_code code)
{
    struct xenpt_machine *m = snap->machine;
    struct xenpt_machine was = snap->was;
    enum xenpt_code back = code ? xenpt_snapshot_restore(snap->memory, NULL) : XENPT_OK;

    if (code && !back) {
        discard_since(m, snap);
        own_free(m);
        snap->was = (struct xenpt_machine){ .frames = NULL, .xenstore = NULL };
        was.templates = m->templates;
        was.view = m->view;
        was.touch = m->touch;
        was.newest = snap;
        *m = was;
    }
    xenpt_machine_snapshot_drop(snap);
    view_stale(m);
    return back ? back : code;
}

void xenpt_machine_snapshot_drop(struct xenpt_machine_snapshot *snap)
{
    if (!snap)
        return;
    xenpt_snapshot_drop(snap->memory);
    if (snap->newer)
        snap->newer->older = snap->older;
    else
        snap->machine->newest = snap->older;
    if (snap->older)
        snap->older->newer = snap->newer;
    discard(snap);
}

void snapshots_free(struct xenpt_machine *m)
{
    discard_since(m, NULL);
}
