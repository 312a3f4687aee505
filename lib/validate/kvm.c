/*
 * kvm.c - a machine under KVM, in this process: a CPU, memory, and nothing else.
 *
 * The image writes the tables itself, so that what it asks is sound under shadow paging, too,
 * where KVM learns of a changed table by the guest's own writes only.  Nothing leaves the
 * machine while it runs: results stay in memory.
 *
 * KVM_RUN is made to come back by a signal that is blocked but for its duration.  It interrupts
 * the call and is taken back afterwards, so no handler is needed and nobody else notices.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "validate/backends.h"
#include "validate/kvm_host.h"
#include "validate/machine.h"

#define SIGNAL   SIGRTMAX
#define SLICE_NS 200000000   /* Between two looks around. */
#define TSS      0xfffbd000u /* Three pages that VT-x without unrestricted guests wants. */

struct kvm {
    int device;
    struct kvm_leaves leaves; /* What the machine is told to have. */
};

/* A machine, built for one run. */
struct vm {
    int vm, cpu;
    struct kvm_run *run;
    size_t run_size;
    struct ram ram;
};

static enum xenpt_code failed(const char *what, struct xenpt_error *err)
{
    return xenpt_fail(err, XENPT_EUNSUPPORTED, "KVM refuses %s: %s", what, strerror(errno));
}

static enum xenpt_code create_cpu(const struct kvm *kvm, struct vm *vm, struct xenpt_error *err)
{
    struct kvm_userspace_memory_region memory = {
        .memory_size = PROBE_MEMORY,
        .userspace_addr = (uint64_t)(uintptr_t)vm->ram.bytes,
    };
    int size = ioctl(kvm->device, KVM_GET_VCPU_MMAP_SIZE, 0);
    void *run;

    if (ioctl(vm->vm, KVM_SET_TSS_ADDR, TSS) ||
        ioctl(vm->vm, KVM_SET_USER_MEMORY_REGION, &memory) || size < 0)
        return failed("the machine's memory", err);
    vm->cpu = ioctl(vm->vm, KVM_CREATE_VCPU, 0);
    if (vm->cpu < 0)
        return failed("a processor", err);
    run = mmap(NULL, (size_t)size, PROT_READ | PROT_WRITE, MAP_SHARED, vm->cpu, 0);
    if (run == MAP_FAILED)
        return failed("what it shares of a processor", err);
    vm->run = run;
    vm->run_size = (size_t)size;
    if (ioctl(vm->cpu, KVM_SET_CPUID2, &kvm->leaves))
        return failed("the processor's CPUID", err);
    return XENPT_OK;
}

/* Flat 32-bit protected mode at the image's entry, as multiboot has it. */
static enum xenpt_code enter_image(struct vm *vm, struct xenpt_error *err)
{
    const struct kvm_segment code = {
        .limit = ~0u, .selector = 8, .type = 11, .present = 1, .s = 1, .db = 1, .g = 1
    };
    const struct kvm_segment data = {
        .limit = ~0u, .selector = 16, .type = 3, .present = 1, .s = 1, .db = 1, .g = 1
    };
    struct kvm_regs regs = { .rip = PROBE_ENTRY, .rflags = 2 };
    struct kvm_sregs sregs;

    if (ioctl(vm->cpu, KVM_GET_SREGS, &sregs))
        return failed("to show the processor's registers", err);
    sregs.cs = code;
    sregs.ds = sregs.es = sregs.fs = sregs.gs = sregs.ss = data;
    sregs.cr0 = 0x11; /* PE, ET */
    sregs.cr4 = sregs.efer = 0;
    if (ioctl(vm->cpu, KVM_SET_SREGS, &sregs) || ioctl(vm->cpu, KVM_SET_REGS, &regs))
        return failed("the processor's registers", err);
    return XENPT_OK;
}

static void vm_destroy(struct vm *vm)
{
    if (vm->run)
        munmap(vm->run, vm->run_size);
    if (vm->cpu >= 0)
        close(vm->cpu);
    if (vm->vm >= 0)
        close(vm->vm);
    ram_destroy(&vm->ram);
}

static enum xenpt_code vm_create(const struct kvm *kvm, const struct blob *blob, uint32_t first,
                                 struct vm *ret, struct xenpt_error *err)
{
    const struct probe_image *image = image_for(blob);
    struct vm vm = { .cpu = -1 };
    enum xenpt_code code = ram_create(&vm.ram, err);

    if (code)
        return code;
    memcpy(vm.ram.bytes + PROBE_IMAGE, image->bytes, image->size);
    ram_place(&vm.ram, blob, first);
    vm.vm = ioctl(kvm->device, KVM_CREATE_VM, 0);
    code = vm.vm < 0 ? failed("a machine", err) : create_cpu(kvm, &vm, err);
    if (!code)
        code = enter_image(&vm, err);
    if (code)
        vm_destroy(&vm);
    else
        *ret = vm;
    return code;
}

/* A signal to this thread now and then, which interrupts KVM_RUN alone. */
struct ticks {
    timer_t timer;
    sigset_t before, mine;
};

static enum xenpt_code ticks_begin(struct ticks *t, const struct vm *vm, struct xenpt_error *err)
{
    /* struct kvm_signal_mask; the kernel's set is 8 bytes, whatever the C library's is. */
    struct {
        uint32_t len;
        uint8_t set[8];
    } during = { .len = 8 };
    uint64_t set = 0;
    struct itimerspec every = { .it_value.tv_nsec = SLICE_NS, .it_interval.tv_nsec = SLICE_NS };
    struct sigevent event = { .sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGNAL };

    event._sigev_un._tid = (pid_t)syscall(SYS_gettid);
    sigemptyset(&t->mine);
    sigaddset(&t->mine, SIGNAL);
    pthread_sigmask(SIG_BLOCK, &t->mine, &t->before);
    for (int s = 1; s <= 64; s++)
        if (s != SIGNAL && sigismember(&t->before, s) == 1)
            set |= XENPT_BIT(s - 1);
    memcpy(during.set, &set, sizeof(set));
    if (ioctl(vm->cpu, KVM_SET_SIGNAL_MASK, &during) ||
        timer_create(CLOCK_MONOTONIC, &event, &t->timer)) {
        pthread_sigmask(SIG_SETMASK, &t->before, NULL);
        return failed("to be interrupted", err);
    }
    timer_settime(t->timer, 0, &every, NULL);
    return XENPT_OK;
}

static void ticks_take(struct ticks *t)
{
    static const struct timespec at_once;

    while (sigtimedwait(&t->mine, NULL, &at_once) > 0)
        ;
}

static void ticks_end(struct ticks *t)
{
    timer_delete(t->timer);
    ticks_take(t);
    pthread_sigmask(SIG_SETMASK, &t->before, NULL);
}

static time_t seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec;
}

/* Whether the processor goes on after this exit.  All it has to say is in memory. */
static bool goes_on(const struct vm *vm)
{
    /* Ports of other machines, which nobody listens to here. */
    return vm->run->exit_reason == KVM_EXIT_IO && vm->run->io.port != 0xf4;
}

static enum xenpt_code vm_run(struct mmu_session *session, const struct vm *vm,
                              struct xenpt_error *err)
{
    unsigned int timeout = session->options.timeout ? session->options.timeout : RUN_TIMEOUT;
    time_t begun = seconds(), moved = begun;
    uint32_t progress = 0;
    struct ticks ticks;
    enum xenpt_code code = ticks_begin(&ticks, vm, err);
    bool on = true;

    if (code)
        return code;
    while (!code && on) {
        if (!ioctl(vm->cpu, KVM_RUN, 0)) {
            on = goes_on(vm);
            continue;
        }
        /* A processor that KVM can do no more with is a dead one, as after a triple fault. */
        on = errno == EINTR || errno == EAGAIN;
        ticks_take(&ticks);
        if (ram_progress(&vm->ram) != progress) {
            progress = ram_progress(&vm->ram);
            moved = seconds();
        }
        on = on && seconds() - moved < (ram_began(&vm->ram) ? RUN_STUCK : RUN_START);
        if (options_stopped(&session->options))
            code = xenpt_fail(err, XENPT_ESTOPPED, "stopped");
        else if (seconds() - begun > (time_t)timeout)
            code = xenpt_fail(err, XENPT_EIO, "the machine took more than %u seconds", timeout);
    }
    ticks_end(&ticks);
    return code;
}

static enum xenpt_code once(struct mmu_session *session, const struct blob *blob, uint32_t first,
                            struct results *ret, struct xenpt_error *err)
{
    struct vm vm;
    enum xenpt_code code = vm_create(session->own, blob, first, &vm, err);

    if (code)
        return code;
    code = vm_run(session, &vm, err);
    if (!code && !ram_began(&vm.ram))
        code = xenpt_fail(err, XENPT_EUNSUPPORTED, "KVM does not start the machine: exit reason %u",
                          vm.run->exit_reason);
    if (!code)
        code = ram_results(&vm.ram, ret, err);
    vm_destroy(&vm);
    return code;
}

enum xenpt_code kvm_open(const struct mmu *mmu, const struct mmu_options *options,
                         struct mmu_session *ret, struct xenpt_error *err)
{
    struct mmu_session session = { .mmu = mmu, .options = *options };
    struct kvm *kvm = calloc(1, sizeof(*kvm));
    struct utsname system;
    enum xenpt_code code;

    if (!kvm)
        return xenpt_fail(err, XENPT_ENOMEM, "no memory for %s", mmu->name);
    session.own = kvm;
    kvm->device = -1;
    code = kvm_open_device(&kvm->device, err);
    if (!code)
        code = kvm_supported(kvm->device, &kvm->leaves, err);
    if (!code)
        code = session_ask(&session, once, err);
    if (!code)
        code = kvm_correct(&session, err);
    if (!code)
        code = session_try_suites(&session, once, err);
    if (code) {
        kvm_close(&session);
        return code;
    }
    if (!uname(&system))
        snprintf(session.version, sizeof(session.version), "KVM of Linux %.70s%s", system.release,
                 strstr(session.kind, "PVM") ? " (PVM)" : "");
    *ret = session;
    return XENPT_OK;
}

enum xenpt_code kvm_run(struct mmu_session *session, const struct blob *blob, struct results *ret,
                        struct xenpt_error *err)
{
    return run_all(session, blob, once, ret, err);
}

void kvm_close(struct mmu_session *session)
{
    struct kvm *kvm = session->own;

    if (kvm && kvm->device >= 0)
        close(kvm->device);
    free(kvm);
    session->own = NULL;
}
