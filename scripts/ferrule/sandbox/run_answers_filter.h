/* The system calls that an answer cannot make: those that reach other processes, the network or rarely used parts of
 * the kernel, or create namespaces. Such a call fails with an error, and the program continues. */
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#if defined(__x86_64__)
#define THIS_MACHINE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define THIS_MACHINE AUDIT_ARCH_AARCH64
#else
#error "no filter of system calls for this kind of machine"
#endif

/* Numbers of calls that are missing in the headers of old systems. They are the same on all architectures. */
enum {
    NR_PIDFD_GETFD = 438, NR_PROCESS_MADVISE = 440, NR_MOUNT_SETATTR = 442, NR_QUOTACTL_FD = 443,
    NR_MEMFD_SECRET = 447, NR_PROCESS_MRELEASE = 448, NR_IO_URING_SETUP = 425, NR_CLONE3 = 435,
    NR_OPEN_TREE = 428, NR_FSPICK = 433, /* open_tree, move_mount, fsopen, fsconfig, fsmount, fspick */
};

#define CALL offsetof(struct seccomp_data, nr)
#define MACHINE offsetof(struct seccomp_data, arch)
#define ARGUMENT(n) (uint32_t)offsetof(struct seccomp_data, args[n]) /* the lower half of the argument */
#define NAMESPACES                                                                                          \
    (CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET)

#define GET(what) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (what))
#define RETURN(what) BPF_STMT(BPF_RET | BPF_K, (what))
#define ERROR(number) RETURN(SECCOMP_RET_ERRNO | (number))
#define WHERE(test, value, then) BPF_JUMP(BPF_JMP | (test) | BPF_K, (value), 0, 1), then
#define DENY(name) WHERE(BPF_JEQ, SYS_##name, ERROR(EPERM))
#define MISSING(number) WHERE(BPF_JEQ, (number), ERROR(ENOSYS)) /* libraries then use something else */

static struct sock_filter rules[] = {
    GET(MACHINE),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, THIS_MACHINE, 1, 0),
    RETURN(SECCOMP_RET_KILL_PROCESS),
    GET(CALL),
#ifdef __x86_64__
    WHERE(BPF_JGE, 0x40000000, ERROR(ENOSYS)), /* the second table of calls, x32 */
#endif
    MISSING(NR_CLONE3), /* its flags are in memory, which a filter cannot read; libraries use clone instead */
    MISSING(SYS_memfd_create), /* creates memory that does not count towards any limit */
    MISSING(NR_MEMFD_SECRET), MISSING(NR_IO_URING_SETUP),
    /* the network, and all other sockets */
    DENY(socket), DENY(socketpair), DENY(connect), DENY(bind), DENY(listen), DENY(accept), DENY(accept4),
    /* other processes */
    DENY(ptrace), DENY(process_vm_readv), DENY(process_vm_writev), DENY(kcmp), DENY(migrate_pages), DENY(move_pages),
    MISSING(NR_PIDFD_GETFD), MISSING(NR_PROCESS_MADVISE), MISSING(NR_PROCESS_MRELEASE),
    /* objects that outlive processes */
    DENY(shmget), DENY(shmat), DENY(semget), DENY(msgget), DENY(mq_open),
    DENY(keyctl), DENY(add_key), DENY(request_key),
    /* mounts and namespaces */
    DENY(mount), DENY(umount2), DENY(pivot_root), DENY(chroot), DENY(unshare), DENY(setns),
    MISSING(NR_MOUNT_SETATTR), MISSING(NR_QUOTACTL_FD),
    BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, NR_OPEN_TREE, 0, 2), BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, NR_FSPICK, 1, 0),
    ERROR(ENOSYS),
    /* the kernel */
    DENY(bpf), DENY(userfaultfd), DENY(perf_event_open), DENY(personality), DENY(kexec_load), DENY(reboot),
    DENY(init_module), DENY(finit_module), DENY(delete_module), DENY(swapon), DENY(swapoff), DENY(acct), DENY(syslog),
    DENY(quotactl), DENY(settimeofday), DENY(clock_settime), DENY(adjtimex), DENY(clock_adjtime), DENY(sethostname),
    DENY(setdomainname), DENY(vhangup), DENY(name_to_handle_at), DENY(open_by_handle_at), DENY(fanotify_init),
#ifdef __x86_64__
    DENY(kexec_file_load), DENY(iopl), DENY(ioperm), DENY(modify_ldt),
#endif
    /* limits of another process */
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_prlimit64, 0, 4),
    GET(ARGUMENT(0)), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 0), ERROR(EPERM), RETURN(SECCOMP_RET_ALLOW),
    /* a process in new namespaces */
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone, 0, 3),
    GET(ARGUMENT(0)), WHERE(BPF_JSET, NAMESPACES, ERROR(EPERM)),
    RETURN(SECCOMP_RET_ALLOW),
};

/* Install the filter for this process and all processes that it starts. The result is that of prctl: 0 or -1. */
static int set_filter(void) {
    struct sock_fprog all = {sizeof rules / sizeof *rules, rules};
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &all, 0, 0);
}
