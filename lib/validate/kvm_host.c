/* kvm_host.c - what this host's KVM offers, and how it walks. */
#include "validate/kvm_host.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "validate/backends.h"
#include "validate/machine.h"

#define DEVICE "/dev/kvm"

enum xenpt_code kvm_open_device(int *ret, struct xenpt_error *err)
{
    int fd = open(DEVICE, O_RDWR | O_CLOEXEC);

    if (fd < 0)
        return xenpt_fail(err, XENPT_EUNSUPPORTED, "%s does not open: %s%s", DEVICE,
                          strerror(errno),
                          errno == EACCES   ? "; members of its group may, which is kvm mostly"
                          : errno == ENOENT ? "; the processor's virtualization is off, or not "
                                              "there, or Linux's module kvm is not"
                                            : "");
    if (ioctl(fd, KVM_GET_API_VERSION, 0) != KVM_API_VERSION) {
        close(fd);
        return xenpt_fail(err, XENPT_EUNSUPPORTED, "%s is not of API version %d", DEVICE,
                          KVM_API_VERSION);
    }
    *ret = fd;
    return XENPT_OK;
}

enum xenpt_code kvm_supported(int device, struct kvm_leaves *ret, struct xenpt_error *err)
{
    *ret = (struct kvm_leaves){ .nr = KVM_LEAVES };
    if (ioctl(device, KVM_GET_SUPPORTED_CPUID, ret))
        return xenpt_fail(err, XENPT_EUNSUPPORTED, "KVM does not say what it supports: %s",
                          strerror(errno));
    return XENPT_OK;
}

static struct kvm_cpuid_entry2 leaf(const struct kvm_leaves *leaves, uint32_t function)
{
    for (uint32_t i = 0; i < leaves->nr && i < KVM_LEAVES; i++)
        if (leaves->entry[i].function == function && leaves->entry[i].index == 0)
            return leaves->entry[i];
    return (struct kvm_cpuid_entry2){ 0 };
}

void kvm_machine(const struct kvm_leaves *leaves, struct results_machine *machine)
{
    struct kvm_cpuid_entry2 l0 = leaf(leaves, 0), l1 = leaf(leaves, 1), l7 = leaf(leaves, 7);
    struct kvm_cpuid_entry2 e1 = leaf(leaves, 0x80000001), e8 = leaf(leaves, 0x80000008);

    memcpy(machine->vendor, &l0.ebx, 4);
    memcpy(machine->vendor + 4, &l0.edx, 4);
    memcpy(machine->vendor + 8, &l0.ecx, 4);
    machine->leaf1_eax = l1.eax;
    machine->leaf1_ecx = l1.ecx;
    machine->leaf1_edx = l1.edx;
    machine->leaf7_ebx = l7.ebx;
    machine->leaf7_ecx = l7.ecx;
    machine->leaf7_edx = l7.edx;
    machine->ext1_ecx = e1.ecx;
    machine->ext1_edx = e1.edx;
    machine->ext8_eax = e8.eax;
    machine->svm_edx = leaf(leaves, 0x8000000a).edx;
}

/* Whether a module's parameter is on: "Y" or "1"; -1: there is no such module. */
static int parameter(const char *sys, const char *module, const char *name)
{
    char path[PATH_MAX], c = 'N';
    FILE *file;

    snprintf(path, sizeof(path), "%s/module/%s/parameters/%s", sys, module, name);
    file = fopen(path, "re");
    if (!file)
        return -1;
    if (fread(&c, 1, 1, file) != 1)
        c = 'N';
    fclose(file);
    return c == 'Y' || c == '1';
}

static bool there(const char *sys, const char *module)
{
    char path[PATH_MAX];

    snprintf(path, sizeof(path), "%s/module/%s", sys, module);
    return !access(path, F_OK);
}

void kvm_kind(const char *sys, char *ret, size_t size)
{
    static const struct {
        const char *module, *parameter, *hardware;
    } kinds[] = {
        { "kvm_intel", "ept", "hardware, under EPT" },
        { "kvm_amd", "npt", "hardware, under NPT" },
    };

    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (there(sys, kinds[i].module)) {
            bool hardware = parameter(sys, kinds[i].module, kinds[i].parameter) == 1;

            snprintf(ret, size, "%s",
                     hardware ? kinds[i].hardware : "KVM's walker, shadow paging in hardware");
            return;
        }
    if (there(sys, "kvm_pvm"))
        snprintf(ret, size, "KVM's walker, shadow paging without hardware help (PVM)");
    else
        snprintf(ret, size, "KVM of a kind unknown here");
}

enum xenpt_code kvm_correct(struct mmu_session *session, struct xenpt_error *err)
{
    struct kvm_leaves *leaves = malloc(sizeof(*leaves));
    int device = -1;
    enum xenpt_code code;

    if (!leaves)
        return xenpt_fail(err, XENPT_ENOMEM, "no memory for CPUID's leaves");
    code = kvm_open_device(&device, err);
    if (!code)
        code = kvm_supported(device, leaves, err);
    if (!code) {
        kvm_machine(leaves, &session->machine);
        session->cpu = machine_cpu(&session->machine);
        session->suites = session_suites(session);
        kvm_kind("/sys", session->kind, sizeof(session->kind));
    }
    if (device >= 0)
        close(device);
    free(leaves);
    return code;
}
