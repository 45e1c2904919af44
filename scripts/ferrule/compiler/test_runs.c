/* Starts a test program once and runs it many times. LD_PRELOAD loads this library into the program. It takes
 * control before `main`, reads a list of runs and forks for each. The fork continues to `main` with its own
 * arguments and writes its output to a file. So a run costs one fork, not a shell, an exec and the dynamic linker.
 *
 * FERRULE_JOBS   file of NUL-terminated strings; for each run: number, switch, seed, limit in ms of CPU time, limit in ms
 *                of waiting, number of arguments, arguments
 * FERRULE_FOLDER folder for the output files, with a subfolder tmp for the tests
 *
 * For each run, stdout gets a line `NUMBER CODE MS WAITED SIZE SIZE`, then the last bytes of the output and all bytes that
 * FERRULE_REACH collected; the two SIZEs are their lengths. MS is the CPU time of the run, WAITED the time in ms in which
 * none of its threads ran or could have run: a machine that is busy with other work does not count. CODE is the exit code
 * as a shell reports it, or 124 if a limit was hit; the runs after such a run are not started. Processes that a run leaves
 * behind are killed, and files that it leaves in tmp are removed.
 *
 * In every process that loads this library, the system's random bytes come from FERRULE_SEED and are the same in
 * every run. Each thread has its own stream, so the bytes that a test gets do not depend on the other tests. */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MOST_OUTPUT 262144
#define BACKSTOP 20 /* times both limits together, in wall time: no run takes longer */

static uint64_t seed;
static __thread uint64_t calls;
static long (*real_syscall)(long, ...);

/* --- random bytes --- */

static void read_seed(void) {
    const char *text = getenv("FERRULE_SEED");
    seed = text ? strtoull(text, NULL, 10) : 0;
}

__attribute__((constructor)) static void start(void) {
    read_seed();
    real_syscall = (long (*)(long, ...))dlsym(RTLD_NEXT, "syscall");
}

ssize_t getrandom(void *buffer, size_t length, unsigned int flags) {
    (void)flags;
    for (size_t i = 0; i < length; i++) {
        uint64_t z = (seed << 32) + ++calls * 0x9e3779b97f4a7c15u; /* splitmix64, one step a byte */
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
        ((unsigned char *)buffer)[i] = (unsigned char)(z ^ (z >> 31));
    }
    return (ssize_t)length;
}

int getentropy(void *buffer, size_t length) {
    getrandom(buffer, length, 0);
    return 0;
}

long syscall(long number, ...) {
    long a[6];
    va_list list;
    va_start(list, number);
    for (int i = 0; i < 6; i++) a[i] = va_arg(list, long);
    va_end(list);
    if (number == SYS_getrandom) return getrandom((void *)a[0], (size_t)a[1], 0);
    if (!real_syscall) real_syscall = (long (*)(long, ...))dlsym(RTLD_NEXT, "syscall");
    return real_syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

/* --- runs --- */

typedef int (*Main)(int, char **, char **);
typedef int (*Start)(Main, int, char **, void (*)(void), void (*)(void), void (*)(void), void *);

static char output[4096], reach[4096], tmp[4096];

static void send_all(const char *bytes, size_t count) {
    while (count) {
        ssize_t sent = write(1, bytes, count);
        if (sent < 0 && errno == EINTR) continue;
        if (sent <= 0) _exit(1);
        bytes += sent;
        count -= (size_t)sent;
    }
}

static off_t size_of(const char *path, off_t most) {
    struct stat found;
    if (lstat(path, &found) || !S_ISREG(found.st_mode)) return 0;
    return found.st_size < most ? found.st_size : most;
}

/* Sends exactly `size` bytes: the last ones of the file, or newlines if they cannot be read. */
static void send_file(const char *path, off_t size) {
    char buffer[65536];
    int file = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (file >= 0) lseek(file, -size, SEEK_END);
    while (size) {
        size_t wanted = size < (off_t)sizeof buffer ? (size_t)size : sizeof buffer;
        ssize_t got = file < 0 ? 0 : read(file, buffer, wanted);
        if (got <= 0) {
            memset(buffer, '\n', wanted);
            got = (ssize_t)wanted;
        }
        send_all(buffer, (size_t)got);
        size -= got;
    }
    if (file >= 0) close(file);
}

static void remove_all(const char *path) {
    pid_t child = fork();
    if (child == 0) {
        execlp("rm", "rm", "-rf", path, (char *)NULL);
        _exit(127);
    }
    waitpid(child, NULL, 0);
}

static int read_text(const char *path, char *text, size_t size) {
    int file = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got = file < 0 ? -1 : read(file, text, size - 1);
    if (file >= 0) close(file);
    text[got > 0 ? got : 0] = 0;
    return got > 0;
}

/* Orphaned descendants become our children (PR_SET_CHILD_SUBREAPER): kill children until there are none. */
static void kill_children(void) {
    char name[64], buffer[4096];
    snprintf(name, sizeof name, "/proc/self/task/%d/children", (int)getpid());
    while (waitpid(-1, NULL, WNOHANG) != -1 || errno != ECHILD) {
        read_text(name, buffer, sizeof buffer);
        for (char *at = strtok(buffer, " "); at; at = strtok(NULL, " "))
            if (atoi(at) > 1) kill(atoi(at), SIGKILL);
        usleep(500);
    }
}

static long milliseconds(clockid_t clock) {
    struct timespec now;
    if (clock_gettime(clock, &now)) return 0;
    return now.tv_sec * 1000L + now.tv_nsec / 1000000L;
}

/* Whether a thread of the process, or of those below it, runs, could run, or waits for a disk. */
static int awake(pid_t pid, int depth) {
    char path[64], text[4096], *rest, *at, letter;
    int found = 0;
    snprintf(path, sizeof path, "/proc/%d/task", (int)pid);
    DIR *threads = depth < 16 ? opendir(path) : NULL;
    for (struct dirent *each; threads && !found && (each = readdir(threads));) {
        if (each->d_name[0] == '.') continue;
        snprintf(path, sizeof path, "/proc/%d/task/%.20s/stat", (int)pid, each->d_name);
        if (read_text(path, text, sizeof text) && (at = strrchr(text, ')')) && sscanf(at + 1, " %c", &letter) == 1)
            found = letter == 'R' || letter == 'D';
        snprintf(path, sizeof path, "/proc/%d/task/%.20s/children", (int)pid, each->d_name);
        if (found || !read_text(path, text, sizeof text)) continue;
        for (at = strtok_r(text, " ", &rest); at && !found; at = strtok_r(NULL, " ", &rest)) found = awake(atoi(at), depth + 1);
    }
    if (threads) closedir(threads);
    return found;
}

/* The exit code of `child` as a shell reports it, or 124 after `limit` ms of CPU time or `patience` ms of waiting; its CPU
 * time goes to `took`, the time that it waited to `waited`. */
static int wait_for(pid_t child, int limit, int patience, long *took, long *waited) {
    int status = 0, late = 0, handle = (int)real_syscall(SYS_pidfd_open, child, 0, 0, 0, 0, 0);
    struct pollfd one = {handle, POLLIN, 0};
    struct rusage used = {0};
    clockid_t clock = CLOCK_MONOTONIC;
    long start = milliseconds(CLOCK_MONOTONIC), looked = start, computed = 0;
    clock_getcpuclockid(child, &clock);
    for (int pause = 5; handle >= 0 && !late && poll(&one, 1, pause) != 1; pause = pause < 50 ? 2 * pause : 50) {
        long now = milliseconds(CLOCK_MONOTONIC), cpu = milliseconds(clock);
        /* At most a few polls' worth: the machine itself may have been suspended. */
        if (cpu == computed && !awake(child, 0)) *waited += now - looked < 100 ? now - looked : 100;
        looked = now;
        computed = cpu;
        late = cpu > limit || *waited > patience || now - start > BACKSTOP * ((long)limit + patience);
    }
    if (late) kill(child, SIGKILL);
    wait4(child, &status, 0, &used);
    if (handle >= 0) close(handle);
    *took = (used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1000L + (used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1000;
    if (late) return 124;
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static char *next(char **at) {
    char *here = *at;
    *at += strlen(here) + 1;
    return here;
}

static char *read_jobs(const char *path, char **end) {
    int file = open(path, O_RDONLY | O_CLOEXEC);
    off_t size = file < 0 ? -1 : lseek(file, 0, SEEK_END);
    char *jobs = size < 0 ? NULL : malloc((size_t)size + 1);
    if (!jobs || pread(file, jobs, (size_t)size, 0) != size) _exit(1);
    close(file);
    jobs[size] = 0;
    *end = jobs + size;
    return jobs;
}

/* In the child: the arguments for `main`, followed by the environment, in the kernel's layout. */
static char **arguments(char *program, int count, char **at) {
    int variables = 0;
    while (environ[variables]) variables++;
    char **all = calloc((size_t)(count + variables + 3), sizeof *all);
    all[0] = program;
    for (int i = 1; i <= count; i++) all[i] = next(at);
    memcpy(all + count + 2, environ, (size_t)variables * sizeof *all);
    return all;
}

int __libc_start_main(Main main, int argc, char **argv, void (*init)(void), void (*fini)(void),
                      void (*loader_fini)(void), void *stack) {
    Start real = (Start)dlsym(RTLD_NEXT, "__libc_start_main");
    char *path = getenv("FERRULE_JOBS"), *folder = getenv("FERRULE_FOLDER"), *end;
    if (!path || !folder) return real(main, argc, argv, init, fini, loader_fini, stack);
    char *at = read_jobs(path, &end);
    unsetenv("FERRULE_JOBS");
    folder = strdup(folder);
    unsetenv("FERRULE_FOLDER");
    snprintf(tmp, sizeof tmp, "%s/tmp", folder);
    mkdir(folder, 0777);
    mkdir(tmp, 0777);
    setenv("TMPDIR", tmp, 1);
    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    for (int code = 0; at < end && code != 124;) {
        char *number = next(&at), *on = next(&at), *with_seed = next(&at);
        int limit = atoi(next(&at)), patience = atoi(next(&at)), count = atoi(next(&at));
        snprintf(output, sizeof output, "%s/%s", folder, number);
        snprintf(reach, sizeof reach, "%s/%s.reach", folder, number);
        long took = 0, waited = 0;
        pid_t child = fork();
        if (child == 0) {
            int file = open(output, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0666);
            if (file < 0) _exit(126);
            dup2(file, 1);
            dup2(file, 2);
            close(file);
            setsid();
            setenv("FERRULE_SWITCH", on, 1);
            setenv("FERRULE_SEED", with_seed, 1);
            setenv("FERRULE_REACH", reach, 1);
            read_seed();
            return real(main, count + 1, arguments(argv[0], count, &at), init, fini, loader_fini, stack);
        }
        for (int i = 0; i < count; i++) next(&at);
        code = child < 0 ? 126 : wait_for(child, limit, patience, &took, &waited);
        kill_children();
        off_t said = size_of(output, MOST_OUTPUT), reached = size_of(reach, 1 << 30);
        char line[128];
        int length =
            snprintf(line, sizeof line, "%s %d %ld %ld %ld %ld\n", number, code, took, waited, (long)said, (long)reached);
        send_all(line, (size_t)length);
        send_file(output, said);
        send_file(reach, reached);
        unlink(output);
        unlink(reach);
        if (rmdir(tmp)) remove_all(tmp);
        mkdir(tmp, 0777);
    }
    _exit(0);
}
