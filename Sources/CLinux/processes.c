#define _GNU_SOURCE
#include "processes.h"
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#ifndef SYS_close_range
#define SYS_close_range 436
#endif
#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif
#ifndef CLONE_PIDFD
#define CLONE_PIDFD 0x00001000
#endif

// MARK: Starting

// The child lives in this process's memory until it executes its program, on a stack of its own. The caller waits meanwhile, so one stack serves all.
static char launch_stack[64 * 1024] __attribute__((aligned(64)));
static pthread_mutex_t launch_lock = PTHREAD_MUTEX_INITIALIZER;

static void close_from(unsigned first) {
    if (syscall(SYS_close_range, first, ~0U, 0) == 0) return;
    struct rlimit limit = {0, 0};
    getrlimit(RLIMIT_NOFILE, &limit);
    for (unsigned number = first; number < limit.rlim_cur; number++) close((int)number);
}

static void default_signals(void) {
    // The kernel's own structure, all zero: the default, without flags. glibc's call would refuse the two signals that it keeps for itself.
    unsigned long action[4] = {0, 0, 0, 0};
    // Handlers would run in the parent's memory; what is ignored would stay ignored behind execve.
    for (int number = 1; number < NSIG; number++) syscall(SYS_rt_sigaction, number, action, NULL, 8);
}

static void limit(int resource, unsigned long value) {
    struct rlimit wanted = {value, value}, present;
    if (getrlimit(resource, &present) == 0 && present.rlim_max < value) wanted.rlim_cur = wanted.rlim_max = present.rlim_max;
    setrlimit(resource, &wanted);
}

static int fail(struct clinux_launch *launch, const char *call) {
    launch->failed_code = errno;
    launch->failed_call = call;
    _exit(127);
}

/// In the child: nothing here but async-signal-safe calls, and no writing to memory but to `launch`.
static int become(void *argument) {
    struct clinux_launch *launch = argument;
    default_signals();
    if (setsid() < 0) return fail(launch, "setsid");
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) return fail(launch, "prctl");
    // The parent may have ended before the line above.
    if (getppid() != launch->parent) _exit(127);

    int null = open("/dev/null", O_RDONLY);
    if (null < 0) return fail(launch, "open /dev/null");
    if (dup2(null, 0) < 0 || dup2(launch->output, 1) < 0 || dup2(launch->error_output, 2) < 0) return fail(launch, "dup2");
    close_from(3);
    if (chdir(launch->directory) != 0) return fail(launch, "chdir");

    umask(022);
    limit(RLIMIT_CORE, 0);
    if (launch->open_files) limit(RLIMIT_NOFILE, launch->open_files);
    if (launch->mark) limit(RLIMIT_RTTIME, launch->mark);
    // Where memory runs out, this one is to go rather than whoever started it.
    int score = open("/proc/self/oom_score_adj", O_WRONLY);
    if (score >= 0) {
        if (write(score, "500", 3) < 0) {}
        close(score);
    }

    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    execve(launch->executable, launch->arguments, launch->environment);
    return fail(launch, "execve");
}

int clinux_launch(struct clinux_launch *launch) {
    sigset_t all, before;
    sigfillset(&all);
    int descriptor = -1;
    launch->parent = getpid();
    launch->failed_call = NULL;
    launch->failed_code = 0;
    pthread_mutex_lock(&launch_lock);
    // Nothing may interrupt the child before its handlers are gone.
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int process = clone(become, launch_stack + sizeof launch_stack, CLONE_VM | CLONE_VFORK | CLONE_PIDFD | SIGCHLD, launch, &descriptor);
    int code = errno;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_mutex_unlock(&launch_lock);
    if (process < 0) {
        launch->failed_call = "clone";
        launch->failed_code = code;
        return -1;
    }
    if (launch->failed_call) {
        while (waitpid(process, NULL, 0) < 0 && errno == EINTR) {}
        close(descriptor);
        return -1;
    }
    // Before Linux 5.2 the flag means nothing.
    if (descriptor < 0 && (descriptor = clinux_open_process(process)) < 0) {
        launch->failed_call = "pidfd_open";
        launch->failed_code = errno;
        kill(process, SIGKILL);
        while (waitpid(process, NULL, 0) < 0 && errno == EINTR) {}
        return -1;
    }
    launch->descriptor = descriptor;
    return process;
}

int clinux_output_pipe(int ends[2]) {
    if (pipe2(ends, O_CLOEXEC) != 0) return -1;
    for (int index = 0; index < 2; index++) {
        // A process without standard descriptors would get a pipe where the child's are put.
        if (ends[index] > 2) continue;
        int moved = fcntl(ends[index], F_DUPFD_CLOEXEC, 3);
        int code = errno;
        close(ends[index]);
        ends[index] = moved;
        if (moved < 0) {
            if (ends[1 - index] >= 0) close(ends[1 - index]);
            errno = code;
            return -1;
        }
    }
    // Only this end: the child may rely on its own to block.
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    return 0;
}

int clinux_wait(int process, int *status, int *signal) {
    int word = 0;
    int result;
    do { result = waitpid(process, &word, __WALL); } while (result < 0 && errno == EINTR);
    if (result < 0) return -1;
    *status = WIFEXITED(word) ? WEXITSTATUS(word) : 0;
    *signal = WIFSIGNALED(word) ? WTERMSIG(word) : 0;
    return 0;
}

int clinux_open_process(int process) { return (int)syscall(SYS_pidfd_open, process, 0); }

int clinux_await_descriptor(int descriptor, int milliseconds) {
    struct pollfd wanted = {descriptor, POLLIN, 0};
    return poll(&wanted, 1, milliseconds);
}

// MARK: Finding what is marked

struct linux_dirent64 {
    unsigned long long d_ino;
    long long d_off;
    unsigned short d_reclen;
    unsigned char d_type;
    char d_name[];
};

// From here to the warden everything is a bare system call: the process whose memory this is may be dead, with any lock of its library held.

/// The beginning of /proc/PROCESS/NAME, ended by a zero. Its length, or -1.
static long read_of_process(const char *process, const char *name, char *buffer, unsigned long capacity) {
    char path[64] = "/proc/";
    unsigned long length = strlen(process), tail = strlen(name);
    if (length + tail + 8 > sizeof path) return -1;
    memcpy(path + 6, process, length);
    path[6 + length] = '/';
    memcpy(path + 7 + length, name, tail + 1);
    int descriptor = (int)syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) return -1;
    long count = syscall(SYS_read, descriptor, buffer, capacity - 1);
    syscall(SYS_close, descriptor);
    if (count < 0) return -1;
    buffer[count] = 0;
    return count;
}

/// The hard limit that bears the mark, 0 where there is none.
static unsigned long mark_of(const char *process) {
    char text[4096];
    if (read_of_process(process, "limits", text, sizeof text) < 0) return 0;
    const char *line = strstr(text, "Max realtime timeout");
    if (!line) return 0;
    line += strlen("Max realtime timeout");
    unsigned long value = 0;
    for (int column = 0; column < 2; column++) {
        while (*line == ' ') line++;
        value = 0;
        // "unlimited" is not a number and ends the search.
        if (*line < '0' || *line > '9') return 0;
        while (*line >= '0' && *line <= '9') value = value * 10 + (unsigned long)(*line++ - '0');
    }
    return value;
}

/// `R`, `S`, `T`, `Z` for one that has ended but hasn't been waited for; `X` where there is none.
static char state_of(const char *process) {
    char text[512];
    if (read_of_process(process, "stat", text, sizeof text) < 0) return 'X';
    // The name may hold anything, a parenthesis as well; the state follows the last one.
    const char *end = strrchr(text, ')');
    return end && end[1] == ' ' ? end[2] : 'X';
}

static int kill_marked(const unsigned long *marks, long count, unsigned long mask) {
    int directory = (int)syscall(SYS_openat, AT_FDCWD, "/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory < 0) return -1;
    int found = 0;
    // A few at a time, so that the list is never older than some microseconds: what forks and ends over and over moves up in it, and is met further on.
    char buffer[128] __attribute__((aligned(8)));
    long length;
    while ((length = syscall(SYS_getdents64, directory, buffer, sizeof buffer)) > 0) {
        for (long offset = 0; offset < length;) {
            struct linux_dirent64 *entry = (struct linux_dirent64 *)(buffer + offset);
            offset += entry->d_reclen;
            if (entry->d_name[0] < '1' || entry->d_name[0] > '9') continue;
            unsigned long mark = mark_of(entry->d_name);
            if (!mark) continue;
            long index = 0;
            while (index < count && (mark & mask) != marks[index]) index++;
            if (index == count) continue;
            int process = 0;
            for (const char *digit = entry->d_name; *digit >= '0' && *digit <= '9'; digit++) process = process * 10 + (*digit - '0');
            char state = state_of(entry->d_name);
            if (state == 'X') continue;
            if (state == 'Z') {
                // Where this process is the first of a container, orphans are its children and nobody else waits for them.
                syscall(SYS_wait4, process, NULL, WNOHANG | __WALL, NULL);
                continue;
            }
            syscall(SYS_kill, process, SIGKILL);
            found++;
        }
    }
    syscall(SYS_close, directory);
    return found;
}

static int end_marked(const unsigned long *marks, long count, unsigned long mask, int passes) {
    int found = -1, empty = 0;
    // Where there was anything, one empty look isn't enough: a process that forks and ends, over and over, may have been missed.
    for (int pass = 0; pass < passes && (found != 0 || (pass > 1 && empty < 2)); pass++) {
        if (pass > 0) {
            // A millisecond for the killed to die; what they have forked meanwhile is found now.
            struct timespec pause = {0, 1000000};
            syscall(SYS_ppoll, NULL, 0, &pause, NULL, 0);
        }
        found = kill_marked(marks, count, mask);
        if (found < 0) return -1;
        empty = found == 0 ? empty + 1 : 0;
    }
    return found;
}

int clinux_end_marked(const unsigned long *marks, long count, unsigned long mask, int passes) {
    return end_marked(marks, count, mask, passes);
}

// MARK: The warden

static char warden_stack[64 * 1024] __attribute__((aligned(64)));
static unsigned long warden_mark, warden_mask;

static int ward(void *argument) {
    int parent = (int)(long)argument;
    syscall(SYS_setsid);
    syscall(SYS_prctl, PR_SET_NAME, "warden", 0, 0, 0);
    // One descriptor is kept, and no other: no socket, no lock, no terminal of whoever is watched.
    if (parent != 0) {
        syscall(SYS_dup3, parent, 0, 0);
        parent = 0;
    }
    syscall(SYS_close_range, 1, ~0U, 0);
    struct pollfd wanted = {parent, POLLIN, 0};
    while (syscall(SYS_ppoll, &wanted, 1, NULL, NULL, 0) < 0) {}
    end_marked(&warden_mark, 1, warden_mask, 2000);
    syscall(SYS_exit_group, 0);
    return 0;
}

int clinux_start_warden(unsigned long mark, unsigned long mask) {
    int parent = clinux_open_process(getpid());
    if (parent < 0) return -1;
    warden_mark = mark;
    warden_mask = mask;
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    // Without a signal at its end, so that nobody who waits for any child gets this one.
    int process = clone(ward, warden_stack + sizeof warden_stack, CLONE_VM, (void *)(long)parent);
    int code = errno;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    close(parent);
    errno = code;
    return process;
}

unsigned long clinux_process_age(int process) {
    char name[16], text[1024];
    snprintf(name, sizeof name, "%d", process);
    if (read_of_process(name, "stat", text, sizeof text) < 0) return 0;
    const char *position = strrchr(text, ')');
    if (!position) return 0;
    // The state is field 3, the start field 22.
    for (int field = 2; field < 22; field++) {
        position = strchr(position + 1, ' ');
        if (!position) return 0;
    }
    return strtoul(position, NULL, 10);
}

// MARK: Trees of files

/// Removes what is in the directory. A directory with something in it is moved up to `root` under a name of its own and emptied in its turn, so that neither the stack nor
/// the number of descriptors nor the length of a path depends on how deep the tree is.
static int empty_directory(int root, const char *name, unsigned long *moved) {
    fchmodat(root, name, 0700, 0);
    int descriptor = openat(root, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (descriptor < 0) return -1;
    int result = 0, removed;
    char buffer[8192] __attribute__((aligned(8)));
    // Removing while reading may skip names: it is read again until a round removes nothing.
    do {
        removed = 0;
        lseek(descriptor, 0, SEEK_SET);
        long length;
        while ((length = syscall(SYS_getdents64, descriptor, buffer, sizeof buffer)) > 0) {
            for (long offset = 0; offset < length;) {
                struct linux_dirent64 *entry = (struct linux_dirent64 *)(buffer + offset);
                offset += entry->d_reclen;
                const char *child = entry->d_name;
                if (child[0] == '.' && (child[1] == 0 || (child[1] == '.' && child[2] == 0))) continue;
                if (unlinkat(descriptor, child, 0) == 0 || unlinkat(descriptor, child, AT_REMOVEDIR) == 0) {
                    removed++;
                    continue;
                }
                char other[32];
                snprintf(other, sizeof other, ".removed-%lu", ++*moved);
                // To be moved it must be writable, as its `..` changes.
                fchmodat(descriptor, child, 0700, 0);
                if (renameat(descriptor, child, root, other) == 0) removed++; else result = -1;
            }
        }
        if (removed) result = 0;
    } while (removed);
    close(descriptor);
    return result;
}

int clinux_remove_tree(const char *path) {
    if (unlink(path) == 0 || errno == ENOENT) return 0;
    if (rmdir(path) == 0) return 0;
    chmod(path, 0700);
    int root = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (root < 0) return -1;
    unsigned long moved = 0;
    int removed;
    char buffer[8192] __attribute__((aligned(8)));
    do {
        removed = 0;
        lseek(root, 0, SEEK_SET);
        long length;
        while ((length = syscall(SYS_getdents64, root, buffer, sizeof buffer)) > 0) {
            for (long offset = 0; offset < length;) {
                struct linux_dirent64 *entry = (struct linux_dirent64 *)(buffer + offset);
                offset += entry->d_reclen;
                const char *child = entry->d_name;
                if (child[0] == '.' && (child[1] == 0 || (child[1] == '.' && child[2] == 0))) continue;
                if (unlinkat(root, child, 0) == 0) {
                    removed++;
                } else {
                    empty_directory(root, child, &moved);
                    if (unlinkat(root, child, AT_REMOVEDIR) == 0) removed++;
                }
            }
        }
    } while (removed);
    close(root);
    return rmdir(path);
}
