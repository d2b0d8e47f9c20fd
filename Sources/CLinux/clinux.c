#define _GNU_SOURCE
#include "clinux.h"
#include <stdio.h>

// Written before a signal is watched, read by the handler: one descriptor for all signals.
static volatile int signal_descriptor = -1;

static void forward(int number) {
    int saved = errno;
    unsigned char byte = (unsigned char)number;
    // Full means that a wake-up is already on its way; there is nothing else to do in a handler.
    if (write(signal_descriptor, &byte, 1) < 0) {}
    errno = saved;
}

int clinux_forward_signal(int number, int descriptor) {
    signal_descriptor = descriptor;
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = forward;
    action.sa_flags = SA_RESTART;
    sigemptyset(&action.sa_mask);
    return sigaction(number, &action, NULL);
}

int clinux_accept(int listener, struct sockaddr *address, socklen_t *length) {
    return accept4(listener, address, length, SOCK_NONBLOCK | SOCK_CLOEXEC);
}

int clinux_pipe(int ends[2]) { return pipe2(ends, O_NONBLOCK | O_CLOEXEC); }

void clinux_name_thread(const char *name) { pthread_setname_np(pthread_self(), name); }

extern char **environ;
const char *clinux_environment(long index) { return environ ? environ[index] : NULL; }

void clinux_line_buffer_output(void) { setvbuf(stdout, NULL, _IOLBF, BUFSIZ); }
