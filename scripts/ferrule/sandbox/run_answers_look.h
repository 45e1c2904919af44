/* The state of a run, seen from outside: CPU time and memory of its processes, and whether they sleep. */
#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define MOST_PROCESSES 256 /* processes to look at; in a chain of children each one needs 9 kB of stack */

static int proc; /* the folder /proc, opened before it was covered */

static int read_text(const char *path, char *text, int size) {
    int file = openat(proc, path, O_RDONLY | O_CLOEXEC);
    ssize_t got = file < 0 ? -1 : read(file, text, (size_t)size - 1);
    if (file >= 0) close(file);
    text[got > 0 ? got : 0] = 0;
    return got > 0;
}

/* The state of a process or thread as a letter, and the CPU time of children that it has waited for. */
static char state(const char *path, long *children_ms) {
    char text[1024], letter = 0;
    long user = 0, kernel = 0;
    if (!read_text(path, text, sizeof text)) return 0;
    char *at = strrchr(text, ')');
    if (at) sscanf(at + 1, " %c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %ld %ld", &letter, &user, &kernel);
    if (children_ms) *children_ms = (user + kernel) * 1000 / sysconf(_SC_CLK_TCK);
    return letter;
}

struct look {
    long cpu_us, memory_kb; /* of all processes; memory that they share after a fork counts for each of them */
    int processes;
    int awake; /* a thread is running, ready to run, or waiting for a disk */
};

static void look_at(pid_t pid, struct look *sum);

static void look_at_thread(pid_t pid, const char *thread, struct look *sum) {
    char path[64], text[4096], *rest;
    snprintf(path, sizeof path, "%d/task/%.20s/stat", pid, thread);
    char letter = state(path, NULL);
    sum->awake |= letter == 'R' || letter == 'D';
    snprintf(path, sizeof path, "%d/task/%.20s/children", pid, thread);
    if (!read_text(path, text, sizeof text)) return;
    for (char *at = strtok_r(text, " ", &rest); at; at = strtok_r(NULL, " ", &rest)) look_at(atoi(at), sum);
}

/* Add a process and all processes below it to `sum`. */
static void look_at(pid_t pid, struct look *sum) {
    char path[64], text[4096], *at;
    struct timespec clock;
    long children_ms = 0;
    if (++sum->processes > MOST_PROCESSES) return;
    clockid_t its = (clockid_t)((~(unsigned)pid << 3) | 2); /* computed as in clock_getcpuclockid */
    if (clock_gettime(its, &clock) == 0) sum->cpu_us += clock.tv_sec * 1000000L + clock.tv_nsec / 1000;
    snprintf(path, sizeof path, "%d/stat", pid);
    state(path, &children_ms);
    sum->cpu_us += children_ms * 1000;
    snprintf(path, sizeof path, "%d/status", pid);
    read_text(path, text, sizeof text);
    if ((at = strstr(text, "\nRssAnon:"))) sum->memory_kb += atol(at + 9);
    if ((at = strstr(text, "\nRssShmem:"))) sum->memory_kb += atol(at + 10);
    snprintf(path, sizeof path, "%d/task", pid);
    int folder = openat(proc, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *threads = folder < 0 ? NULL : fdopendir(folder);
    for (struct dirent *each; threads && (each = readdir(threads));)
        if (isdigit(each->d_name[0])) look_at_thread(pid, each->d_name, sum);
    if (threads) closedir(threads);
}
