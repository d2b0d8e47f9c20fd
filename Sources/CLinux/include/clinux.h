#ifndef CLINUX_H
#define CLINUX_H

// What Swift's Glibc module map leaves out of Linux.
// Not with _GNU_SOURCE: the headers would then differ from those that Swift's own Glibc module was made of.
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <arpa/inet.h>
#include <netdb.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>
#include <time.h>
#include <errno.h>
#include <pthread.h>
#include <string.h>
#include "processes.h"

/// From now on the signal is no longer acted upon by the system but written as one byte (its number) to `descriptor`,
/// whichever thread it hits. All signals share one descriptor. 0, or -1 with `errno`.
int clinux_forward_signal(int number, int descriptor);

/// `accept4` with SOCK_NONBLOCK and SOCK_CLOEXEC.
int clinux_accept(int listener, struct sockaddr *address, socklen_t *length);

/// `pipe2` with O_NONBLOCK and O_CLOEXEC.
int clinux_pipe(int ends[2]);

/// Names the calling thread, in at most 15 bytes.
void clinux_name_thread(const char *name);

/// The variable of that number in the process's environment, `NAME=value`; NULL behind the last one.
const char *clinux_environment(long index);

/// Makes standard output write each line at its end.
void clinux_line_buffer_output(void);

#endif
