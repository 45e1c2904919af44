/* Starts a test program once and runs it many times. LD_PRELOAD loads this library into the program. It takes
 * control before `main`, reads a list of runs and forks for each. The fork continues to `main` with its own
 * arguments and writes its output to a file. So a run costs one fork, not a shell, an exec and the dynamic linker.
 *
 * FERRULE_JOBS   file of NUL-terminated strings; for each run: number, switch, seed, limit in ms of CPU time, limit in ms
 *                of waiting, number of arguments, arguments
 * FERRULE_FOLDER folder for the output files, with subfolders for the tests' temporary files
 * FERRULE_LANES  how many runs may be under way at once, 1 to 16
 *
 * A run starts when no other one computes. So only runs that sleep are under way at once, and only those that have
 * nothing open that two of them could compete for (see `shares`). Each lane is a process that starts one run after the
 * other, watches it, kills the processes that it leaves behind and removes its temporary files; the first process hands
 * out the runs and is the only one that prints.
 *
 * For each run, stdout gets a line `NUMBER CODE MS WAITED SIZE SIZE`, then the last bytes of the output and all bytes that
 * FERRULE_REACH collected; the two SIZEs are their lengths. The order is that in which the runs end. MS is the CPU time of
 * the run, WAITED the time in ms in which none of its threads ran or could have run: a machine that is busy with other
 * work does not count. CODE is the exit code as a shell reports it, or 124 if a limit was hit.
 *
 * In every process that loads this library, the system's random bytes come from FERRULE_SEED and are the same in
 * every run. Each thread has its own stream, so the bytes that a test gets do not depend on the other tests. */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
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
#define MOST_LANES 16
#define MOST_THREADS 16 /* of a run that others may run beside */
#define MOST_RESIDENT 64 /* MB of memory of such a run */

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

static char *folder, output[4096], reach[4096], tmp[4096];

struct message {
    int lane;
    enum { COMPUTES, SLEEPS, ENDED } about;
    long code, took, waited;
};
static struct message message; /* of this lane */
static int messages[2];        /* the pipe from the lanes */

static void tell(int about) {
    message.about = about;
    if (write(messages[1], &message, sizeof message) != sizeof message) _exit(1);
}

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

static int64_t nanoseconds(clockid_t clock) {
    struct timespec now;
    if (clock_gettime(clock, &now)) return 0;
    return now.tv_sec * 1000000000L + now.tv_nsec;
}

static long milliseconds(clockid_t clock) { return (long)(nanoseconds(clock) / 1000000); }

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

/* Whether every thread of the process waits for another one without a time limit: a deadlock, if none has run meanwhile. */
static int stuck(pid_t pid) {
    char path[64], text[4096];
    int found = 0;
    snprintf(path, sizeof path, "/proc/%d/task", (int)pid);
    DIR *threads = opendir(path);
    for (struct dirent *each; threads && found >= 0 && (each = readdir(threads));) {
        if (each->d_name[0] == '.') continue;
        long call = -1;
        unsigned long asked = 0, limit = 1;
        snprintf(path, sizeof path, "/proc/%d/task/%.20s/syscall", (int)pid, each->d_name);
        int read = read_text(path, text, sizeof text) && sscanf(text, "%ld %*x %lx %*x %lx", &call, &asked, &limit) == 3;
        asked &= FUTEX_CMD_MASK;
        found = read && call == SYS_futex && (asked == FUTEX_WAIT || asked == FUTEX_WAIT_BITSET) && !limit ? 1 : -1;
    }
    if (threads) closedir(threads);
    return found > 0;
}

/* Whether a file descriptor of the process is something that another run of the same test may want for itself: a
 * socket, or a file that can be written and is not in our folder. */
static int exclusive(pid_t pid, const char *name) {
    char path[64], text[4096], *flags;
    snprintf(path, sizeof path, "/proc/%d/fd/%.20s", (int)pid, name);
    ssize_t length = readlink(path, text, sizeof text - 1);
    if (length < 0) return 0;
    text[length] = 0;
    if (!strncmp(text, "socket:", 7)) return 1;
    if (text[0] != '/' || !strncmp(text, "/dev/", 5) || !strncmp(text, folder, strlen(folder))) return 0;
    snprintf(path, sizeof path, "/proc/%d/fdinfo/%.20s", (int)pid, name);
    if (!read_text(path, text, sizeof text) || !(flags = strstr(text, "flags:"))) return 1;
    return (strtol(flags + 6, NULL, 8) & O_ACCMODE) != O_RDONLY;
}

/* Whether other runs may start while this one sleeps: it is small, has no processes of its own, and nothing open that is
 * `exclusive`. */
static int shares(pid_t pid) {
    char path[64], text[4096];
    int found = 1, threads = 0;
    long resident = 0;
    snprintf(path, sizeof path, "/proc/%d/statm", (int)pid);
    if (!read_text(path, text, sizeof text) || sscanf(text, "%*d %ld", &resident) != 1) return 0;
    if (resident * (sysconf(_SC_PAGESIZE) / 1024) > MOST_RESIDENT * 1024) return 0;
    snprintf(path, sizeof path, "/proc/%d/task", (int)pid);
    DIR *list = opendir(path);
    found = list != NULL;
    for (struct dirent *each; found && (each = readdir(list));) {
        if (each->d_name[0] == '.') continue;
        snprintf(path, sizeof path, "/proc/%d/task/%.20s/children", (int)pid, each->d_name);
        found = ++threads <= MOST_THREADS && !read_text(path, text, sizeof text);
    }
    if (list) closedir(list);
    snprintf(path, sizeof path, "/proc/%d/fd", (int)pid);
    list = found ? opendir(path) : NULL;
    found = list != NULL;
    for (struct dirent *each; found && (each = readdir(list));) found = each->d_name[0] == '.' || !exclusive(pid, each->d_name);
    if (list) closedir(list);
    return found;
}

/* The exit code of `child` as a shell reports it, or 124 after `limit` ms of CPU time, after `patience` ms of waiting, or in
 * a deadlock; its CPU time goes to `took`, the time that it waited to `waited`. Tells when the child goes to sleep, and when
 * it wakes. */
static int wait_for(pid_t child, int limit, int patience, long *took, long *waited) {
    int status = 0, late = 0, told = 0, held = 0, handle = (int)real_syscall(SYS_pidfd_open, child, 0, 0, 0, 0, 0);
    struct pollfd one = {handle, POLLIN, 0};
    struct rusage used = {0};
    clockid_t clock = CLOCK_MONOTONIC;
    long start = milliseconds(CLOCK_MONOTONIC), looked = start;
    int64_t computed = 0;
    clock_getcpuclockid(child, &clock);
    for (int pause = 5; handle >= 0 && !late && poll(&one, 1, pause) != 1; pause = pause < 50 ? 2 * pause : 50) {
        long now = milliseconds(CLOCK_MONOTONIC);
        int64_t cpu = nanoseconds(clock);
        int sleeps = cpu / 1000000 == computed / 1000000 && !awake(child, 0);
        /* At most a few polls' worth: the machine itself may have been suspended. */
        if (sleeps) *waited += now - looked < 100 ? now - looked : 100;
        /* `held`: all threads were seen to wait for each other, and nothing has run since. */
        late = cpu / 1000000 > limit || *waited > patience || (held && cpu == computed) ||
               now - start > BACKSTOP * ((long)limit + patience);
        held = sleeps && stuck(child);
        looked = now;
        computed = cpu;
        if (sleeps != told && !late && (!sleeps || shares(child))) tell((told = sleeps) ? SLEEPS : COMPUTES);
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

/* What the program was started with, for the runs to start it with. */
struct start {
    Start real;
    Main main;
    char **argv;
    void (*init)(void), (*fini)(void), (*loader_fini)(void), *stack;
};

static void name_files(const char *number) {
    snprintf(output, sizeof output, "%s/%s", folder, number);
    snprintf(reach, sizeof reach, "%s/%s.reach", folder, number);
}

/* Runs the job that begins at `at`, and tells how it ended. */
static void run_job(const struct start *program, char *at, int jobs) {
    char *number = next(&at), *on = next(&at), *with_seed = next(&at);
    int limit = atoi(next(&at)), patience = atoi(next(&at)), count = atoi(next(&at));
    name_files(number);
    mkdir(tmp, 0777);
    message.took = message.waited = 0;
    pid_t child = fork();
    if (child == 0) {
        int file = open(output, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0666);
        if (file < 0) _exit(126);
        dup2(file, 1);
        dup2(file, 2);
        close(file);
        close(jobs);
        close(messages[1]);
        setsid();
        setenv("FERRULE_SWITCH", on, 1);
        setenv("FERRULE_SEED", with_seed, 1);
        setenv("FERRULE_REACH", reach, 1);
        read_seed();
        char **all = arguments(program->argv[0], count, &at);
        program->real(program->main, count + 1, all, program->init, program->fini, program->loader_fini, program->stack);
        _exit(127);
    }
    message.code = child < 0 ? 126 : wait_for(child, limit, patience, &message.took, &message.waited);
    kill_children();
    if (rmdir(tmp)) remove_all(tmp);
    tell(ENDED);
}

struct lane {
    int jobs, handle; /* the pipe to it, and its pidfd */
    char *number;     /* of its run; NULL without one */
    int computes;
};

/* Starts the process of a lane. It reads the places of jobs in `text`, and ends when there are no more. */
static void open_lane(struct lane *lanes, int number, const struct start *program, char *text) {
    int pipes[2];
    if (pipe2(pipes, O_CLOEXEC)) _exit(1);
    pid_t pid = fork();
    if (pid < 0) _exit(1);
    if (pid == 0) {
        long place;
        prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
        prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
        for (int i = 0; i < number; i++) {
            close(lanes[i].jobs);
            close(lanes[i].handle);
        }
        close(pipes[1]);
        close(messages[0]);
        message.lane = number;
        snprintf(tmp, sizeof tmp, "%s/tmp%02d", folder, number);
        setenv("TMPDIR", tmp, 1);
        while (read(pipes[0], &place, sizeof place) == sizeof place) run_job(program, text + place, pipes[0]);
        _exit(0);
    }
    close(pipes[0]);
    lanes[number] = (struct lane){pipes[1], (int)real_syscall(SYS_pidfd_open, pid, 0, 0, 0, 0, 0), NULL, 0};
}

/* Waits for a message of a lane. A run may have killed a lane: then the results that are missing say so. */
static struct message hear(const struct lane *lanes, int count) {
    struct pollfd all[MOST_LANES + 1] = {{messages[0], POLLIN, 0}};
    struct message heard;
    for (int i = 0; i < count; i++) all[i + 1] = (struct pollfd){lanes[i].handle, POLLIN, 0};
    while (poll(all, (nfds_t)count + 1, -1) < 0 && errno == EINTR);
    if (!all[0].revents || read(messages[0], &heard, sizeof heard) != sizeof heard) _exit(1);
    if (heard.lane < 0 || heard.lane >= count || !lanes[heard.lane].number) _exit(1);
    return heard;
}

/* Prints the result of a run and removes its files. */
static void report(const char *number, const struct message *of) {
    char line[128];
    name_files(number);
    off_t said = size_of(output, MOST_OUTPUT), reached = size_of(reach, 1 << 30);
    int length = snprintf(line, sizeof line, "%s %ld %ld %ld %ld %ld\n", number, of->code, of->took, of->waited, (long)said,
                          (long)reached);
    send_all(line, (size_t)length);
    send_file(output, said);
    send_file(reach, reached);
    unlink(output);
    unlink(reach);
}

static void run_all(const struct start *program, char *text, char *end, int most) {
    struct lane lanes[MOST_LANES];
    int count = 0, under_way = 0;
    if (pipe2(messages, O_CLOEXEC)) _exit(1);
    for (char *at = text; at < end || under_way;) {
        int computing = 0, free = count;
        for (int i = count - 1; i >= 0; i--) {
            if (!lanes[i].number) free = i;
            else computing += lanes[i].computes;
        }
        if (at < end && !computing && free < most) {
            if (free == count) open_lane(lanes, count++, program, text);
            long place = at - text;
            lanes[free].number = next(&at);
            lanes[free].computes = 1;
            for (int i = 0; i < 4; i++) next(&at);
            for (int left = atoi(next(&at)); left; left--) next(&at);
            if (write(lanes[free].jobs, &place, sizeof place) != sizeof place) _exit(1);
            under_way++;
            continue;
        }
        struct message heard = hear(lanes, count);
        struct lane *lane = &lanes[heard.lane];
        lane->computes = heard.about == COMPUTES;
        if (heard.about != ENDED) continue;
        report(lane->number, &heard);
        lane->number = NULL;
        under_way--;
    }
    for (int i = 0; i < count; i++) close(lanes[i].jobs);
    while (wait(NULL) > 0); /* so that their CPU time counts as ours */
}

int __libc_start_main(Main main, int argc, char **argv, void (*init)(void), void (*fini)(void),
                      void (*loader_fini)(void), void *stack) {
    Start real = (Start)dlsym(RTLD_NEXT, "__libc_start_main");
    char *path = getenv("FERRULE_JOBS"), *lanes = getenv("FERRULE_LANES"), *end;
    folder = getenv("FERRULE_FOLDER");
    if (!path || !folder) return real(main, argc, argv, init, fini, loader_fini, stack);
    struct start program = {real, main, argv, init, fini, loader_fini, stack};
    char *jobs = read_jobs(path, &end);
    int most = lanes ? atoi(lanes) : 1;
    folder = strdup(folder);
    unsetenv("FERRULE_JOBS");
    unsetenv("FERRULE_LANES");
    unsetenv("FERRULE_FOLDER");
    mkdir(folder, 0777);
    run_all(&program, jobs, end, most < 1 ? 1 : most > MOST_LANES ? MOST_LANES : most);
    _exit(0);
}
