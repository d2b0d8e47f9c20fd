#ifndef CLINUX_PROCESSES_H
#define CLINUX_PROCESSES_H

#include <errno.h>
#include <sys/types.h>
#include <unistd.h>

/// A program to be started.
struct clinux_launch {
    /// An absolute path.
    const char *executable;
    /// Ended by NULL; the first is the program's name.
    char *const *arguments;
    /// `NAME=value`, ended by NULL.
    char *const *environment;
    const char *directory;
    /// What become its descriptors 1 and 2; its 0 is /dev/null.
    int output;
    int error_output;
    /// How many descriptors it may have open; 0 leaves that as it is.
    unsigned long open_files;
    /// What it and all that descends from it are recognised by, 0 for nothing: set as the limit of the real-time CPU time, which a program that isn't
    /// scheduled in real time never notices, and which is inherited whatever a descendant does to its session, environment or parent.
    unsigned long mark;

    /// Out: a pidfd, readable as soon as it has ended.
    int descriptor;
    /// Out, where it failed: the call and its `errno`.
    const char *failed_call;
    int failed_code;

    pid_t parent;
};

/// Starts a program as leader of a session and process group of its own, with default signals and nothing of the caller's open. It is killed when the calling
/// thread ends. Costs the same however much memory the caller uses, and returns when the program has been entered.
/// Its process id, or -1 with `failed_call` and `failed_code`.
int clinux_launch(struct clinux_launch *launch);

/// A pipe whose reading end (the first) doesn't block, both closed by execve, neither of them a standard descriptor.
int clinux_output_pipe(int ends[2]);

/// Waits for the end of a child and takes it out of the process table. Its exit code, or the signal that ended it, the other 0. -1 where it isn't a child.
int clinux_wait(int process, int *status, int *signal);

/// `pidfd_open`.
int clinux_open_process(int process);

/// Waits until the descriptor is readable: 1, or 0 where the time is over first.
int clinux_await_descriptor(int descriptor, int milliseconds);

/// Kills every process whose mark, under the mask, is one of these, and looks again until none is left alive or `passes` are over.
/// How many were left at the last look (0 is well), -1 without /proc. From any thread; about 10 microseconds for each process of the machine.
int clinux_end_marked(const unsigned long *marks, long count, unsigned long mask, int passes);

/// Starts a process that does nothing until this one has ended, however it did, and then ends all that have the mark. It shares this one's memory (it takes none
/// of its own) and has nothing else of it open. Its process id, or -1.
int clinux_start_warden(unsigned long mark, unsigned long mask);

/// When a process was started, in the system's ticks since its own start: tells two processes of one id apart. 0 where there is none.
unsigned long clinux_process_age(int process);

/// Removes a file or a directory with all that is in it, however deep and whatever its modes; doesn't follow links. 0 where nothing is there afterwards, or -1 with `errno`.
int clinux_remove_tree(const char *path);

#endif
