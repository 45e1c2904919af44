/* Does the bad thing that the first word of its message names; the second word names its processes. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define IS(name) (!strcmp(word, name))
#define MB (1 << 20)

extern char **environ;
static char word[60000], mark[64];

static void report(const char *text) {
    if (write(4, text, strlen(text)) < 0) _exit(9);
}

static void burn(double seconds) {
    double start = (double)clock();
    while ((double)clock() - start < seconds * CLOCKS_PER_SEC) continue;
}

static void rest(int ms) {
    nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000L}, NULL);
}

static int entries(const char *path) {
    int count = 0;
    DIR *folder = opendir(path);
    while (folder && readdir(folder)) count++;
    return count - 2;
}

static int overflow(int depth) {
    volatile char frame[4096];
    frame[depth % 4096] = 1;
    return overflow(depth + 1) + frame[0];
}

/* A process that is nobody's child and in nobody's session. */
static void detach(void (*what)(void)) {
    if (fork()) {
        rest(20);
        return;
    }
    setsid();
    if (fork()) _exit(0);
    what();
    _exit(0);
}

static void write_on(void) {
    signal(SIGPIPE, SIG_IGN);
    for (;;) {
        if (write(1, "x", 1) < 0 && write(4, "x", 1) < 0) rest(1);
        close(open("/tmp/left", O_CREAT | O_WRONLY, 0666));
        rest(1);
    }
}

static void burn_a_little(void) {
    burn(0.3);
    for (;;) pause();
}

static void fill(int files, int size) {
    char name[32];
    static char block[MB];
    for (int i = 0; i < files; i++) {
        snprintf(name, sizeof name, "/tmp/%d", i);
        int file = open(name, O_CREAT | O_WRONLY, 0666);
        for (int done = 0; done < size; done += MB)
            if (write(file, block, MB) < MB) return;
        if (file < 0) return;
        close(file);
    }
}

static void describe(void) {
    char line[256];
    struct stat found;
    for (int i = 0; i < 4096; i++)
        if (fcntl(i, F_GETFD) >= 0) snprintf(line, sizeof line, "file %d\n", i), report(line);
    for (char **each = environ; *each; each++) report(*each), report("\n");
    for (const char *path = "/proc\0/sys\0/etc\0/usr\0/home\0/root\0/dev/shm\0/dev/urandom\0/dev/tty\0"; *path;
         path += strlen(path) + 1)
        if (!stat(path, &found) && !(S_ISDIR(found.st_mode) && entries(path) == 0))
            snprintf(line, sizeof line, "there: %s\n", path), report(line);
    for (const char *path = "/x\0/dev/x\0/proc/x\0/libraries/x\0/libraries/0/x\0"; *path; path += strlen(path) + 1)
        if (open(path, O_CREAT | O_WRONLY, 0666) >= 0) snprintf(line, sizeof line, "written: %s\n", path), report(line);
    snprintf(line, sizeof line, "pid %d, parent %d, stack %p, heap %p, code %p\n", getpid(), getppid(), (void *)line,
             malloc(1), (void *)describe);
    report(line);
}

static void call_all(void) {
    struct rlimit limit = {1, 1};
    char line[64];
    struct { const char *name; long got; } all[] = {
        {"socket", syscall(SYS_socket, 2, 1, 0)}, {"socketpair", syscall(SYS_socketpair, 1, 1, 0, (int[2]){0, 0})},
        {"ptrace", syscall(SYS_ptrace, 0, 0, 0, 0)}, {"mount", syscall(SYS_mount, "none", "/tmp", "tmpfs", 0, 0)},
        {"umount", syscall(SYS_umount2, "/tmp", 2)}, {"unshare", syscall(SYS_unshare, CLONE_NEWUSER)},
        {"setns", syscall(SYS_setns, 0, 0)}, {"clone3", syscall(SYS_clone3, NULL, 0)},
        {"clone", syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0)}, {"bpf", syscall(SYS_bpf, 0, 0, 0)},
        {"io_uring_setup", syscall(425, 1, NULL)}, {"keyctl", syscall(SYS_keyctl, 0, -3, 1)},
        {"userfaultfd", syscall(SYS_userfaultfd, 1)}, {"process_vm_readv", syscall(SYS_process_vm_readv, 1, 0, 0, 0, 0, 0)},
        {"perf_event_open", syscall(SYS_perf_event_open, 0, 0, -1, -1, 0)}, {"personality", syscall(SYS_personality, -1)},
        {"pivot_root", syscall(SYS_pivot_root, "/tmp", "/tmp")}, {"chroot", syscall(SYS_chroot, "/tmp")},
        {"memfd_create", syscall(SYS_memfd_create, "x", 0)}, {"shmget", syscall(SYS_shmget, 0, 4096, 0600)},
        {"fsopen", syscall(430, "tmpfs", 0)}, {"open_tree", syscall(428, -100, "/", 0)},
        {"prlimit", syscall(SYS_prlimit64, 1, RLIMIT_CPU, &limit, NULL)},
#ifdef __x86_64__
        {"x32", syscall(0x40000000 + 39)},
#endif
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (all[i].got >= 0) snprintf(line, sizeof line, "%s\n", all[i].name), report(line);
    if (syscall(SYS_prlimit64, 0, RLIMIT_CPU, NULL, &limit)) report("no prlimit of its own\n");
    report("done");
}

int main(void) {
    char line[65536];
    ssize_t got = 0;
    for (ssize_t part; (part = read(3, line + got, sizeof line - 1 - (size_t)got)) > 0;) got += part;
    line[got] = 0;
    sscanf(line, "%59999s %15s", word, mark);
    if (*mark) prctl(PR_SET_NAME, mark);
    if (IS("hello")) report("hello");
    else if (IS("describe")) describe();
    else if (IS("calls")) call_all();
    else if (IS("leave")) fill(3, 0), report("left");
    else if (IS("tmp")) snprintf(line, sizeof line, "%d", entries("/tmp")), report(line);
    else if (IS("close")) close(4), puts("closed");
    else if (IS("garbage")) { if (write(4, "\xff\0\n\xfe", 4) < 0) return 1; }
    else if (IS("flood_report")) for (signal(SIGPIPE, SIG_IGN);;) got = write(4, line, sizeof line);
    else if (IS("flood_output")) for (signal(SIGPIPE, SIG_IGN);;) got = write(2, line, sizeof line);
    else if (IS("print")) { for (int i = 0; i < 1000; i++) printf("%09d\n", i); }
    else if (IS("bomb")) {
        int made = 0;
        for (int i = 0; i < 1000; i++) {
            pid_t child = fork();
            if (child == 0) for (;;) pause();
            made += child > 0;
        }
        snprintf(line, sizeof line, "%d", made), report(line);
    }
    else if (IS("daemon")) detach(write_on), report("gone");
    else if (IS("burning_daemon")) detach(burn_a_little), rest(600);
    else if (IS("kill_all")) {
        if (fork() == 0) for (;;) pause();
        rest(20), kill(-1, SIGKILL), report("alive");
    }
    else if (IS("kill_parent")) {
        for (int i = 1; i < 65; i++) if (i != SIGKILL) kill(getppid(), i);
        kill(getppid(), SIGKILL), kill(1, SIGKILL), kill(1, SIGSTOP), report("alive");
    }
    else if (IS("suicide")) kill(getpid(), SIGKILL);
    else if (IS("abort")) abort();
    else if (IS("exit")) _exit(3);
    else if (IS("sleep")) for (;;) pause();
    else if (IS("stop")) raise(SIGSTOP);
    else if (IS("drip")) for (;;) burn(0.001), rest(50);
    else if (IS("nap")) rest(250), report("awake");
    else if (IS("loop")) for (;;) continue;
    else if (IS("stubborn")) for (signal(SIGXCPU, SIG_IGN);;) continue;
    else if (IS("many_loops")) {
        for (int i = 0; i < 4; i++) if (fork() == 0) for (;;) continue;
        for (;;) pause();
    }
    else if (IS("burn")) burn(0.3), report("burnt");
    else if (IS("hoard")) {
        for (int i = 0; i < 8; i++) {
            if (fork() == 0) for (mmap(NULL, 40 * MB, PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);;) pause();
        }
        for (;;) pause();
    }
    else if (IS("stack")) return overflow(0);
    else if (IS("fill")) fill(100, MB), report("filled");
    else if (IS("files")) fill(100000, 0), report("filled");
    else if (IS("big")) fill(1, 100 * MB);
    else snprintf(line, sizeof line, "%zu", strlen(word)), report(line);
    return 0;
}
