#pragma once
// Kills every process below this one, also those that made sessions of their own or lost their parents, and reaps them.
//
// `signals` is a non-blocking signalfd of SIGCHLD. Returns how many processes are left: none, unless they belong to
// another user (sudo) or are stuck in the kernel, where there is nothing to be done after some seconds. Adds to
// `ended`, unless it is NULL, how many were reaped.
int kill_descendants(int signals, int *ended);
