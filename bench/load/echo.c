/* Messages that come back: ping-pong, bulk, and many connections at one rate. */
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

struct conn {
  int fd;
  int wants_room;
  uint64_t allowed;  /* bytes that may be sent in all */
  uint64_t sent, received;
  uint64_t *began;   /* when the messages under way began to be sent */
};

struct run {
  const struct options *options;
  struct conn *conns;
  int epoll;
  struct window window;
  struct histogram latencies;
  int measuring, stopping;
  uint64_t messages, bytes;
  int next; /* whose turn it is, where there is a rate */
};

/* How long messages under way may take to come back at the end. */
#define LAST_SECONDS 5.0
/* The tag of the timer that paces a rate. */
#define TIMER UINT32_MAX

static char buffer[IO_BYTES];

static void fill(struct run *run, struct conn *conn, uint32_t tag) {
  size_t size = run->options->size;
  while (conn->sent < conn->allowed) {
    uint64_t left = conn->allowed - conn->sent;
    size_t length = left < IO_BYTES ? (size_t)left : IO_BYTES;
    uint64_t at = now_ns();
    size_t n = send_some(conn->fd, pattern_at(conn->sent), length);
    for (uint64_t message = (conn->sent + size - 1) / size;
         message * size < conn->sent + n; message++) {
      conn->began[message % (uint64_t)run->options->depth] = at;
    }
    conn->sent += n;
    if (n < length) break;
  }
  int wants_room = conn->sent < conn->allowed;
  if (wants_room == conn->wants_room) return;
  conn->wants_room = wants_room;
  watch(run->epoll, EPOLL_CTL_MOD, conn->fd,
        EPOLLIN | (wants_room ? EPOLLOUT : 0), tag);
}

static void drain(struct run *run, struct conn *conn) {
  size_t size = run->options->size;
  uint64_t depth = (uint64_t)run->options->depth;
  for (;;) {
    size_t n = read_some(conn->fd, buffer, sizeof buffer);
    if (n == 0) return;
    pattern_check(buffer, n, conn->received);
    uint64_t first = conn->received / size, last = (conn->received + n) / size;
    conn->received += n;
    if (run->measuring) run->bytes += n;
    uint64_t at = last > first ? now_ns() : 0;
    for (uint64_t message = first; message < last; message++) {
      if (run->measuring) {
        histogram_add(&run->latencies, at - conn->began[message % depth]);
        run->messages++;
      }
      if (!run->stopping && run->options->rate == 0) conn->allowed += size;
    }
    if (n < sizeof buffer) return;
  }
}

/* Lets the next idle connections send a message each. */
static void pace(struct run *run, int timer) {
  uint64_t due;
  if (read(timer, &due, sizeof due) != sizeof due) die("read the timer");
  int connections = run->options->connections;
  for (int tried = 0; due > 0 && tried < connections; tried++) {
    int at = run->next;
    run->next = (at + 1) % connections;
    struct conn *conn = &run->conns[at];
    if (conn->received < conn->allowed) continue;
    conn->allowed += run->options->size;
    fill(run, conn, (uint32_t)at);
    due--;
  }
}

static int start_timer(double rate) {
  int timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
  if (timer < 0) die("make a timer");
  long ns = (long)(1e9 / rate);
  struct itimerspec every = {
      .it_interval = {.tv_sec = ns / 1000000000, .tv_nsec = ns % 1000000000},
      .it_value = {.tv_nsec = 1}};
  if (timerfd_settime(timer, 0, &every, NULL) < 0) die("start a timer");
  return timer;
}

static int any_left(const struct run *run) {
  for (int i = 0; i < run->options->connections; i++) {
    if (run->conns[i].received < run->conns[i].allowed) return 1;
  }
  return 0;
}

static int none_came(const struct run *run) {
  return run->messages == 0 && run->bytes == 0;
}

static void turn(struct run *run, int timer) {
  struct epoll_event events[256];
  int count = epoll_wait(run->epoll, events, 256, 100);
  for (int i = 0; i < count; i++) {
    uint32_t tag = events[i].data.u32;
    if (tag == TIMER) {
      if (!run->stopping) pace(run, timer);
      continue;
    }
    struct conn *conn = &run->conns[tag];
    if (events[i].events & ~(uint32_t)EPOLLOUT) drain(run, conn);
    fill(run, conn, tag);
  }
}

void run_echo(const struct options *options) {
  static struct run run;
  run.options = options;
  run.epoll = epoll_create1(0);
  if (run.epoll < 0) die("make an epoll");
  run.conns = calloc((size_t)options->connections, sizeof *run.conns);
  if (run.conns == NULL) die("allocate");
  for (int i = 0; i < options->connections; i++) {
    struct conn *conn = &run.conns[i];
    conn->fd = connect_to(options);
    conn->began = calloc((size_t)options->depth, sizeof *conn->began);
    if (conn->began == NULL) die("allocate");
    watch(run.epoll, EPOLL_CTL_ADD, conn->fd, EPOLLIN, (uint32_t)i);
  }
  int timer = -1;
  if (options->rate > 0) {
    timer = start_timer(options->rate);
    watch(run.epoll, EPOLL_CTL_ADD, timer, EPOLLIN, TIMER);
  }
  window_open(&run.window, options);
  for (int i = 0; options->rate == 0 && i < options->connections; i++) {
    run.conns[i].allowed = options->size * (uint64_t)options->depth;
    fill(&run, &run.conns[i], (uint32_t)i);
  }

  double at;
  /* On a machine with more to do, the first can take longer than is measured. */
  while ((at = now()) < run.window.end ||
         (none_came(&run) && at < run.window.end + options->patience)) {
    run.measuring = window_measures(&run.window, at, options);
    turn(&run, timer);
  }
  double seconds = now() - run.window.begin;
  uint64_t cpu = window_cpu(&run.window, options);
  run.measuring = 0;
  run.stopping = 1;
  double limit = now() + LAST_SECONDS;
  while (any_left(&run)) {
    if (now() > limit) fail("messages did not come back");
    turn(&run, timer);
  }
  if (none_came(&run)) fail("no message came back");

  const struct histogram *latencies = &run.latencies;
  printf("{\"seconds\":%.6f,\"messages\":%llu,\"bytes\":%llu,\"cpuNs\":%llu,"
         "\"p50\":%.1f,\"p90\":%.1f,\"p99\":%.1f,\"p999\":%.1f,\"max\":%.1f}\n",
         seconds, (unsigned long long)run.messages, (unsigned long long)run.bytes,
         (unsigned long long)cpu, histogram_us(latencies, 0.5),
         histogram_us(latencies, 0.9), histogram_us(latencies, 0.99),
         histogram_us(latencies, 0.999), (double)latencies->max / 1e3);
}
