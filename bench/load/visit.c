/* Connections that come and go, stay and are silent, and servers that start. */
#include "bench.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define LAST_MS 10000

static void begin_visit(int epoll, int *fd, const struct options *options, uint32_t tag) {
  *fd = connect_begin(options);
  watch(epoll, EPOLL_CTL_ADD, *fd, EPOLLOUT, tag);
}

/* Connect, one byte, its echo, close; `connections` at a time. */
void run_churn(const struct options *options) {
  int *fds = calloc((size_t)options->connections, sizeof *fds);
  int epoll = epoll_create1(0);
  if (fds == NULL || epoll < 0) die("begin");
  struct window window;
  window_open(&window, options);
  for (int i = 0; i < options->connections; i++) {
    begin_visit(epoll, &fds[i], options, (uint32_t)i);
  }
  uint64_t visits = 0;
  double at;
  /* The first visits of a program that is cold can take longer than is measured. */
  while ((at = now()) < window.end || (visits == 0 && at < window.end + options->patience)) {
    int measuring = window_measures(&window, at, options);
    struct epoll_event ready[64];
    int count = epoll_wait(epoll, ready, 64, 100);
    for (int i = 0; i < count; i++) {
      uint32_t tag = ready[i].data.u32;
      if (ready[i].events & EPOLLOUT) {
        if (send_some(fds[tag], pattern_at(0), 1) != 1) fail("no room for one byte");
        watch(epoll, EPOLL_CTL_MOD, fds[tag], EPOLLIN, tag);
        continue;
      }
      char byte;
      if (read_some(fds[tag], &byte, 1) != 1) continue;
      pattern_check(&byte, 1, 0);
      close(fds[tag]);
      if (measuring) visits++;
      begin_visit(epoll, &fds[tag], options, tag);
    }
  }
  double seconds = now() - window.begin;
  if (visits == 0) fail("no visit came to its end");
  report(seconds, visits, visits, window_cpu(&window, options));
}

/* Says "ready" once every connection has been answered, and holds them until its input ends. */
void run_idle(const struct options *options) {
  for (int i = 0; i < options->connections; i++) {
    int fd = connect_to(options);
    if (send_some(fd, pattern_at(0), 1) != 1) fail("no room for one byte");
    struct pollfd ready = {.fd = fd, .events = POLLIN};
    if (poll(&ready, 1, LAST_MS) != 1) fail("connection %d is not answered", i);
    char byte;
    if (read_some(fd, &byte, 1) == 1) pattern_check(&byte, 1, 0);
  }
  puts("ready");
  fflush(stdout);
  while (getchar() != EOF) {
  }
}

/* Nanoseconds from starting a command to its first line. */
static uint64_t time_to_line(char **command) {
  int out[2];
  if (pipe(out) < 0) die("make a pipe");
  uint64_t began = now_ns();
  pid_t pid = fork();
  if (pid < 0) die("fork");
  if (pid == 0) {
    dup2(out[1], STDOUT_FILENO);
    close(out[0]);
    close(out[1]);
    execvp(command[0], command);
    _exit(127);
  }
  close(out[1]);
  char byte = 0;
  while (byte != '\n') {
    struct pollfd ready = {.fd = out[0], .events = POLLIN};
    if (poll(&ready, 1, LAST_MS) != 1) fail("%s says nothing", command[0]);
    if (read(out[0], &byte, 1) != 1) fail("%s ends without a line", command[0]);
  }
  uint64_t took = now_ns() - began;
  kill(pid, SIGKILL);
  waitpid(pid, NULL, 0);
  close(out[0]);
  return took;
}

/* Starts a server `count` times; tells the median. */
void run_spawn(const struct options *options, char **command) {
  uint64_t *all = calloc(options->count, sizeof *all);
  if (all == NULL || options->count == 0) die("begin");
  for (size_t i = 0; i < options->count; i++) {
    all[i] = time_to_line(command);
    for (size_t at = i; at > 0 && all[at - 1] > all[at]; at--) {
      uint64_t swapped = all[at];
      all[at] = all[at - 1];
      all[at - 1] = swapped;
    }
  }
  printf("{\"ms\":%.3f,\"least\":%.3f}\n", (double)all[options->count / 2] / 1e6,
         (double)all[0] / 1e6);
}
