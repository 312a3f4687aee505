/* step_device.c - devices of domains: their names in a model, and steps by which they come and go.
 */
#include <stdio.h>
#include <string.h>

#include "scenario/hypercall.h"
#include "scenario/keys.h"
#include "scenario/verbs.h"

/* --- Names --------------------------------------------------------------------------------- */

static bool is_name(const struct node *node)
{
    return node->kind == NODE_TEXT && *node->text && !strpbrk(node->text, " \t\n");
}

static bool read_devices(struct doc *doc, const struct row *row, const struct node *node, void *at,
                         struct mistakes *m)
{
    const char **ret = at;
    size_t size = 1, used = 0;
    char *text;

    if (node->kind != NODE_LIST) {
        mistake(m, &node->at, XENPT_EPARSE, "%s: a list of names was expected, such as [nic, disk]",
                row->key);
        return true;
    }
    for (size_t i = 0; i < node->nr; i++) {
        if (!is_name(node->items[i])) {
            mistake(m, &node->items[i]->at, XENPT_EPARSE,
                    "%s: the name of a device was expected, a word", row->key);
            return true;
        }
        size += strlen(node->items[i]->text) + 1;
    }
    text = doc_alloc(doc, size);
    if (!text)
        return false;
    for (size_t i = 0; i < node->nr; i++)
        used += (size_t)snprintf(text + used, size - used, "%s%s", i ? " " : "",
                                 node->items[i]->text);
    *ret = text;
    return true;
}

const struct row_kind kind_devices = {
    .words = "a list of names",
    .schema = "{\"type\":\"array\",\"items\":{\"type\":\"string\"}}",
    .read = read_devices,
};

/* --- Steps --------------------------------------------------------------------------------- */

struct device_args {
    struct step_head head;
    const struct expr *vcpu, *domain;
    const char *device;
};

static bool change(struct world *w, const struct device_args *a, bool assigned, const char **said)
{
    struct value domain;
    struct calling c;

    if (!call_begin(w, a->vcpu, &c) || !expr_eval(w, a->domain, &domain) || !call_go(&c))
        return false;
    return call_end(&c,
                    !xenpt_device_assign(w->machine, &c.caller, a->device, domain.who.domain,
                                         assigned, &c.r, &w->problem),
                    said);
}

static bool run_assign(struct world *w, const void *args, const char **said)
{
    return change(w, args, true, said);
}

static bool run_deassign(struct world *w, const void *args, const char **said)
{
    return change(w, args, false, said);
}

/* clang-format off */
#define CALLER "The vCPU that makes the hypercall, of a privileged domain: it is in its kernel on a CPU then."
static const struct row assign_rows[] = {
    { .key = "device-assign", KIND_ROW(kind_vcpu, device_args, vcpu), .required = true, .text = CALLER },
    { .key = "device", .type = ROW_TEXT, ROW_AT(device_args, device), .required = true,
      .text = "The name of a device, as some domain's `devices` has it." },
    { .key = "to", KIND_ROW(kind_domain, device_args, domain), .required = true,
      .text = "Whose it is from then on: it reaches what that domain's other devices do." },
    STEP_ROWS,
};
static const struct row deassign_rows[] = {
    { .key = "device-deassign", KIND_ROW(kind_vcpu, device_args, vcpu), .required = true, .text = CALLER },
    { .key = "device", .type = ROW_TEXT, ROW_AT(device_args, device), .required = true,
      .text = "The name of a device." },
    { .key = "of", KIND_ROW(kind_domain, device_args, domain), .required = true,
      .text = "Whose it was: it is in quarantine then, and reaches nothing." },
    STEP_ROWS,
};

const struct verb verb_device_assign = {
    .record = VERB("device-assign", "A device becomes a domain's.", assign_rows),
    .example = "{ device-assign: d0.v0, device: nic, to: d1 }",
    .size = sizeof(struct device_args), .hypercall = true, .run = run_assign,
};
const struct verb verb_device_deassign = {
    .record = VERB("device-deassign", "A device is taken from a domain.", deassign_rows),
    .example = "{ device-deassign: d0.v0, device: nic, of: d1 }",
    .size = sizeof(struct device_args), .hypercall = true, .run = run_deassign,
};
/* clang-format on */
