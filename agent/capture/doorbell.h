/*
 * How the capture loop is called away from waitpid(2), in which it sleeps: by SIGIO, from init, from uplink's socket, from
 * timers. One for the process.
 */
#ifndef TERCEL_AGENT_CAPTURE_DOORBELL_H
#define TERCEL_AGENT_CAPTURE_DOORBELL_H

#include <signal.h>
#include <stdbool.h>

#define DOORBELL_SIGNAL SIGIO

/* Unblocks the signal (and SIGALRM). A message on `control_socket` (-1: none) rings, too. 0 or a negative errno. */
int doorbell_hang(int control_socket);

/* Whether it has rung since the last answer; it is quiet from now on until it is rung again. */
bool doorbell_answer(void);

#endif
