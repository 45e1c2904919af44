/* The requests to the driver and its replies, and the part of a run before the program starts: its keeper, process 1
 * of the run, and the first steps of the program's process. */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "run_answers_filter.h"

#define MB 1048576L
#define MOST_FILES 4096 /* in the /tmp of a run */

struct request {
    uint32_t kind, size; /* LOAD a program, or RUN it with a message; number of bytes that follow */
    int32_t cpu_seconds, wall_ms, idle_ms, memory_mb, output_kb, tmp_mb, processes, stack_mb;
};
enum { LOAD = 1, RUN = 2 };

struct reply {
    int32_t failed, error; /* the step of the driver or keeper that failed, and errno */
    int32_t status;        /* exit status of the program, as wait returns it */
    int32_t stopped;       /* the limit for which the driver ended the run */
    int32_t full;          /* its /tmp was full at the end */
    uint32_t report, said; /* numbers of bytes that follow */
    int64_t cpu_us;        /* CPU time of all processes of the run */
};
enum { NONE, CPU, WALL, IDLE, MEMORY, OUTPUT };
enum { FINE, PROCESS, MOUNT, RIGHTS, FILTER, EXEC, PROGRAM };

static int locked, nothing, program = -1;
static const char *tmp;
static char *environment[6];
static struct reply *reply; /* shared with the keeper, and with the program's process until it calls exec */

static void failed(int step) {
    reply->error = errno;
    reply->failed = step;
}

static void fail(int step) {
    failed(step);
    _exit(125);
}

static void cap(int kind, rlim_t soft, rlim_t hard) {
    struct rlimit now;
    getrlimit(kind, &now);
    if (now.rlim_max < hard) hard = now.rlim_max;
    if (hard < soft) soft = hard;
    setrlimit(kind, &(struct rlimit){soft, hard});
}

static void set_limits(const struct request *of) {
    rlim_t cpu = (rlim_t)of->cpu_seconds, stack = (rlim_t)of->stack_mb * MB;
    rlim_t memory = (rlim_t)of->memory_mb * MB, file = (rlim_t)of->tmp_mb * MB;
    cap(RLIMIT_CPU, cpu, cpu + 1); /* SIGXCPU, which names the cause; SIGKILL a second later */
    cap(RLIMIT_AS, memory, memory);
    cap(RLIMIT_FSIZE, file, file);
    cap(RLIMIT_STACK, stack, stack);
    cap(RLIMIT_NOFILE, 64, 64);
    cap(RLIMIT_CORE, 1, 1); /* a limit of 0 does not apply to core files that are piped to a program; 1 does */
    if (locked) cap(RLIMIT_NPROC, (rlim_t)of->processes + 2, (rlim_t)of->processes + 2); /* driver and keeper */
}

static void give_up_rights(void) {
    struct __user_cap_header_struct head = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct none[2] = {{0, 0, 0}, {0, 0, 0}};
    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    if ((locked && syscall(SYS_capset, &head, none)) || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)) fail(RIGHTS);
    personality(ADDR_NO_RANDOMIZE); /* the same addresses in every run */
    if (set_filter() && locked) fail(FILTER);
}

static void become_program(const struct request *of, int message, int results, int output) {
    char *arguments[] = {"program", NULL};
    /* All files of the driver have numbers above 4, see set_up. */
    dup2(nothing, 0);
    dup2(output, 1);
    dup2(output, 2);
    dup2(message, 3);
    dup2(results, 4);
    fcntl(program, F_SETFD, FD_CLOEXEC);
    syscall(SYS_close_range, 5, ~0u, 4 /* CLOSE_RANGE_CLOEXEC */);
    setsid();
    set_limits(of);
    syscall(SYS_execveat, program, "", arguments, environment, AT_EMPTY_PATH);
    fail(EXEC);
}

static volatile pid_t child;

/* Kill all processes of the run except the keeper. -1 is every process in the namespace, also during a fork. */
static void end_all(void) {
    if (locked) kill(-1, SIGKILL);
    else if (child > 0) kill(-child, SIGKILL);
}

/* The handler of SIGTERM. The driver is outside the namespace, so its process id is 0; other senders are ignored. */
static void obey(int number, siginfo_t *from, void *context) {
    (void)number, (void)context;
    if (!locked || (from->si_code == SI_USER && from->si_pid == 0)) end_all();
}

static void keep(const struct request *of, int message, int results, int output) {
    char options[64];
    struct statfs disk;
    int status = 0;
    pid_t ended;
    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    sigaction(SIGTERM, &(struct sigaction){.sa_sigaction = obey, .sa_flags = SA_SIGINFO | SA_RESTART}, NULL);
    snprintf(options, sizeof options, "mode=0777,size=%dm,nr_inodes=%d", of->tmp_mb, MOST_FILES);
    if (locked && mount("tmpfs", tmp, "tmpfs", MS_NOSUID | MS_NODEV, options)) fail(MOUNT);
    if (!locked) prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    if (chdir(tmp)) fail(MOUNT);
    give_up_rights();
    child = vfork();
    if (child == 0) become_program(of, message, results, output);
    if (child < 0) fail(PROCESS);
    while ((ended = waitpid(-1, &status, 0)) != child)
        if (ended < 0 && errno != EINTR) break;
    reply->status = status;
    /* Wait for each process, because the CPU time of processes that end with their namespace is not counted. */
    end_all();
    while (locked && (waitpid(-1, NULL, 0) > 0 || errno == EINTR)) continue;
    reply->full = locked && !statfs(tmp, &disk) && (disk.f_bfree == 0 || disk.f_ffree == 0);
    _exit(0);
}
