/* Bytes one way: into a server that counts them, out of one that makes them. */
#include "bench.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

struct flow {
  int fd;
  uint64_t moved;
};

/* How long the server may take for what it has been sent. */
#define LAST_MS 5000

static char buffer[IO_BYTES];

/* Moves bytes over all connections for as long as the window says. */
static struct flow *run_flows(const struct options *options, uint32_t events,
                              size_t (*step)(struct flow *, const struct options *)) {
  struct flow *flows = calloc((size_t)options->connections, sizeof *flows);
  int epoll = epoll_create1(0);
  if (flows == NULL || epoll < 0) die("begin");
  for (int i = 0; i < options->connections; i++) {
    flows[i].fd = connect_to(options);
    watch(epoll, EPOLL_CTL_ADD, flows[i].fd, events, (uint32_t)i);
  }
  struct window window;
  window_open(&window, options);
  uint64_t bytes = 0;
  double at;
  while ((at = now()) < window.end) {
    int measuring = window_measures(&window, at, options);
    struct epoll_event ready[64];
    int count = epoll_wait(epoll, ready, 64, 100);
    for (int i = 0; i < count; i++) {
      size_t n = step(&flows[ready[i].data.u32], options);
      if (measuring) bytes += n;
    }
  }
  double seconds = now() - window.begin;
  if (bytes == 0) fail("no byte moved");
  report(seconds, 0, bytes, window_cpu(&window, options));
  return flows;
}

static size_t push(struct flow *flow, const struct options *options) {
  size_t n = send_some(flow->fd, pattern_at(flow->moved), options->size);
  flow->moved += n;
  return n;
}

static size_t pull(struct flow *flow, const struct options *options) {
  (void)options;
  size_t n = read_some(flow->fd, buffer, sizeof buffer);
  pattern_check(buffer, n, flow->moved);
  flow->moved += n;
  return n;
}

/* What the server says it got, once it has seen the end. */
static uint64_t count_of(int fd) {
  char reply[32];
  size_t length = 0;
  for (;;) {
    struct pollfd ready = {.fd = fd, .events = POLLIN};
    if (poll(&ready, 1, LAST_MS) != 1) fail("the server did not count");
    ssize_t n = recv(fd, reply + length, sizeof reply - 1 - length, 0);
    if (n < 0) die("receive the count");
    if (n == 0) break;
    length += (size_t)n;
    if (length == sizeof reply - 1) fail("the count is too long");
  }
  reply[length] = 0;
  return strtoull(reply, NULL, 10);
}

void run_sink(const struct options *options) {
  struct flow *flows = run_flows(options, EPOLLOUT, push);
  for (int i = 0; i < options->connections; i++) {
    if (options->silent) continue;
    if (shutdown(flows[i].fd, SHUT_WR) < 0) die("end sending");
    uint64_t got = count_of(flows[i].fd);
    if (got != flows[i].moved) {
      fail("of %llu bytes the server got %llu",
           (unsigned long long)flows[i].moved, (unsigned long long)got);
    }
  }
}

void run_source(const struct options *options) {
  run_flows(options, EPOLLIN, pull);
}

/* For each byte sent, `count` pieces of `size` bytes come, written in one turn. */
void run_burst(const struct options *options) {
  int fd = connect_to(options);
  uint64_t wanted = options->count * options->size, messages = 0;
  struct window window;
  window_open(&window, options);
  double at;
  /* The first one of a program that is cold can take longer than is measured. */
  while ((at = now()) < window.end ||
         (messages == 0 && at < window.end + options->patience)) {
    int measuring = window_measures(&window, at, options);
    if (send_some(fd, "!", 1) != 1) fail("no room for one byte");
    for (uint64_t got = 0; got < wanted;) {
      struct pollfd ready = {.fd = fd, .events = POLLIN};
      if (poll(&ready, 1, LAST_MS) != 1) fail("the burst is not whole");
      size_t n = read_some(fd, buffer, sizeof buffer);
      pattern_check(buffer, n, got);
      got += n;
      if (got > wanted) fail("the burst is too long");
    }
    if (measuring) messages++;
  }
  double seconds = now() - window.begin;
  if (messages == 0) fail("no burst came in time");
  report(seconds, messages, messages * wanted, window_cpu(&window, options));
}
