/* The driver of an answer room. ferrule/sandbox/answer_room.py starts it once and talks to it through the socket on
 * fd 0. It keeps one program and runs it once per request.
 *
 *     run_answers bubblewrap|none TMP LIBRARIES
 *
 * A run has three processes. This driver reads what the run writes and watches its time and memory. A keeper is
 * process 1 of a new process namespace with its own /tmp; when it ends, everything in the namespace ends. The third
 * one is the program. Before the keeper starts the program, it drops all privileges and installs the system call
 * filter. The program has five files: 0 is empty, 1 and 2 are a pipe to the driver, 3 has the message, 4 is for the
 * report.
 *
 * In the room, /proc would show the driver's processes. So it is covered before the first run; the driver reads it
 * through `proc`. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "run_answers_keeper.h"
#include "run_answers_look.h"

#define TICK 100          /* ms between two checks of the limits */
#define PATIENCE 1000     /* ms for the keeper to end its run */
#define MOST_REPORT 65536 /* bytes; also the capacity of a pipe, so that a message is written at once */
#define LAST_SAID 4096    /* bytes of the end of the output that are passed on */

static char report[MOST_REPORT + 1], said[LAST_SAID];

/* --- one run --- */

struct run {
    const struct request *of;
    pid_t keeper;
    int over;                      /* the keeper has been waited for */
    long said_in_all, stopping_ms; /* bytes of output; time since the run was told to stop */
    long waited_ms, idle_ms;       /* only time in which the driver ran, in case the machine was suspended */
    long idle_from_us;             /* CPU time of the run when it last changed */
};

static long milliseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000L + now.tv_nsec / 1000000L;
}

static void stop(struct run *run, int limit) {
    if (reply->stopped == NONE) reply->stopped = limit;
    if (!run->over) kill(run->keeper, SIGTERM);
}

/* Read from the pipe of the report or of the output. The result is 0 if nothing more will come. */
static int take_report(struct run *run, int file) {
    ssize_t got = read(file, report + reply->report, sizeof report - reply->report);
    if (got > 0) reply->report += (uint32_t)got;
    if (reply->report > MOST_REPORT) {
        reply->report = MOST_REPORT;
        stop(run, OUTPUT);
        return 0;
    }
    return got > 0;
}

static int take_said(struct run *run, int file) {
    static char buffer[65536];
    ssize_t got = read(file, buffer, sizeof buffer);
    if (got <= 0) return 0;
    size_t keep = (size_t)got > LAST_SAID ? LAST_SAID : (size_t)got;
    size_t old = reply->said + keep > LAST_SAID ? LAST_SAID - keep : reply->said;
    memmove(said, said + reply->said - old, old);
    memcpy(said + old, buffer + got - keep, keep);
    reply->said = (uint32_t)(old + keep);
    run->said_in_all += got;
    if (run->said_in_all > run->of->output_kb * 1024L) {
        stop(run, OUTPUT);
        return 0;
    }
    return 1;
}

static void check_clocks(struct run *run, long elapsed_ms) {
    const struct request *of = run->of;
    struct look now = {0};
    if (reply->stopped) {
        run->stopping_ms += elapsed_ms;
        if (run->stopping_ms > PATIENCE) kill(run->keeper, SIGKILL);
        return;
    }
    look_at(run->keeper, &now);
    if (elapsed_ms > 2 * TICK) elapsed_ms = 2 * TICK;
    run->waited_ms += elapsed_ms;
    run->idle_ms += elapsed_ms;
    if (now.awake || labs(now.cpu_us - run->idle_from_us) > 1000) {
        run->idle_ms = 0;
        run->idle_from_us = now.cpu_us;
    }
    if (now.memory_kb > of->memory_mb * 1024L) stop(run, MEMORY);
    /* RLIMIT_CPU ends a single process a little earlier. */
    if (now.cpu_us > of->cpu_seconds * 1000000L + 500000) stop(run, CPU);
    if (run->idle_ms >= of->idle_ms) stop(run, IDLE);
    if (run->waited_ms >= of->wall_ms) stop(run, WALL);
}

static void follow(struct run *run, int results, int output) {
    int handle = (int)syscall(SYS_pidfd_open, run->keeper, 0);
    struct pollfd set[] = {{handle, POLLIN, 0}, {0, POLLIN, 0}, {results, POLLIN, 0}, {output, POLLIN, 0}};
    long looked = milliseconds();
    if (handle < 0) {
        failed(PROCESS);
        kill(run->keeper, SIGKILL);
        return;
    }
    while (!set[0].revents) {
        long elapsed = milliseconds() - looked;
        if (elapsed >= TICK) {
            check_clocks(run, elapsed);
            looked += elapsed;
            elapsed = 0;
        }
        if (poll(set, 4, (int)(TICK - elapsed)) < 0) continue;
        if (set[1].revents) { /* the caller has gone */
            stop(run, WALL);
            set[1].fd = -1;
        }
        if (set[2].revents && !take_report(run, results)) set[2].fd = -1;
        if (set[3].revents && !take_said(run, output)) set[3].fd = -1;
    }
    close(handle);
}

static int64_t microseconds(const struct rusage *used) {
    return (used->ru_utime.tv_sec + used->ru_stime.tv_sec) * 1000000LL + used->ru_utime.tv_usec + used->ru_stime.tv_usec;
}

/* Without namespaces, processes that outlive the keeper become children of the driver: kill them. */
static void sweep(void) {
    char path[64], text[4096];
    struct rusage used;
    snprintf(path, sizeof path, "self/task/%d/children", (int)getpid());
    for (pid_t ended; (ended = wait4(-1, NULL, WNOHANG, &used)) != -1 || errno != ECHILD;) {
        if (ended > 0) {
            reply->cpu_us += microseconds(&used);
            continue;
        }
        read_text(path, text, sizeof text);
        for (char *at = strtok(text, " "); at; at = strtok(NULL, " ")) kill(atoi(at), SIGKILL);
        usleep(500);
    }
}

static void run_program(const struct request *of, const char *message) {
    int in[2], results[2], output[2];
    struct rusage used;
    struct run run = {.of = of};
    memset(reply, 0, sizeof *reply);
    reply->status = -1; /* before the keeper starts: it may write the status before this process runs again */
    if (pipe2(in, O_CLOEXEC) || pipe2(results, O_CLOEXEC) || pipe2(output, O_CLOEXEC)) fail(PROCESS);
    fcntl(results[0], F_SETFL, O_NONBLOCK);
    fcntl(output[0], F_SETFL, O_NONBLOCK);
    if (write(in[1], message, of->size) != (ssize_t)of->size) fail(PROCESS);
    close(in[1]);
    for (int again = 0; again < 50; again++) { /* the kernel frees old namespaces with some delay */
        run.keeper = (pid_t)syscall(SYS_clone, SIGCHLD | (locked ? CLONE_NEWPID | CLONE_NEWNS : 0), 0, 0, 0, 0);
        if (run.keeper >= 0) break;
        usleep(20000);
    }
    if (run.keeper == 0) keep(of, in[0], results[1], output[1]);
    close(in[0]);
    close(results[1]);
    close(output[1]);
    if (run.keeper < 0) {
        failed(PROCESS);
    } else {
        follow(&run, results[0], output[0]);
        while (wait4(run.keeper, NULL, 0, &used) < 0 && errno == EINTR) continue;
        run.over = 1;
        reply->cpu_us = microseconds(&used);
        if (!locked) sweep();
        while (take_report(&run, results[0])) continue;
        while (take_said(&run, output[0])) continue;
    }
    close(results[0]);
    close(output[0]);
}

/* --- requests --- */

static void send_all(const void *bytes, size_t count) {
    while (count) {
        ssize_t sent = write(0, bytes, count);
        if (sent < 0 && errno == EINTR) continue;
        if (sent <= 0) _exit(0);
        bytes = (const char *)bytes + sent;
        count -= (size_t)sent;
    }
}

static void answer(void) {
    send_all(reply, sizeof *reply);
    send_all(report, reply->report);
    send_all(said, reply->said);
}

static void receive(void *bytes, size_t count) {
    while (count) {
        ssize_t got = read(0, bytes, count);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) _exit(0);
        bytes = (char *)bytes + got;
        count -= (size_t)got;
    }
}

/* Keep the program in memory. It is opened a second time because a file that is open for writing cannot be run. */
static void load(uint32_t size) {
    static char buffer[65536];
    char path[64];
    int file = memfd_create("program", MFD_CLOEXEC);
    memset(reply, 0, sizeof *reply);
    if (program >= 0) close(program);
    while (size) {
        uint32_t part = size < sizeof buffer ? size : sizeof buffer;
        receive(buffer, part);
        if (write(file, buffer, part) != (ssize_t)part) failed(PROGRAM);
        size -= part;
    }
    snprintf(path, sizeof path, "self/fd/%d", file);
    program = openat(proc, path, O_RDONLY | O_CLOEXEC);
    if (program < 0) failed(PROGRAM);
    close(file);
}

static void set_up(void) {
    nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
    while (nothing >= 0 && nothing <= 4) nothing = fcntl(nothing, F_DUPFD, nothing + 1); /* reserves 1 to 4 */
    proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (nothing < 0 || proc < 0) {
        failed(PROGRAM);
    } else if (!locked) {
        prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    } else if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
               mount("tmpfs", "/proc", "tmpfs", MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC, "size=4k,nr_inodes=1")) {
        failed(MOUNT);
    }
}

int main(int count, char **words) {
    static char message[MOST_REPORT], libraries[8192], temporary[4200];
    struct request of;
    if (count != 4) return 2;
    locked = !strcmp(words[1], "bubblewrap");
    tmp = words[2];
    snprintf(temporary, sizeof temporary, "TMPDIR=%s", tmp);
    snprintf(libraries, sizeof libraries, "LD_LIBRARY_PATH=%s", words[3]);
    char *all[] = {libraries, temporary, "LANG=C.UTF-8", "RUST_BACKTRACE=0", "MALLOC_ARENA_MAX=2", NULL};
    memcpy(environment, all, sizeof all);
    reply = mmap(NULL, sizeof *reply, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (reply == MAP_FAILED) return 2;
    set_up();
    answer();
    for (;;) {
        receive(&of, sizeof of);
        if (of.kind == LOAD) {
            load(of.size);
        } else {
            if (of.size > sizeof message) return 2;
            receive(message, of.size);
            run_program(&of, message);
        }
        answer();
    }
}
