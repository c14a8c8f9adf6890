/*
 * A server on epoll, in one thread: what the machine allows.
 *
 *     server echo|sink|source|burst [size] [count]
 *
 * It prints "listening <port>". A sink answers the end of what it is sent with
 * the number of its bytes; a burst answers each byte with `count` pieces of
 * `size` bytes, a system call each.
 */
#define _GNU_SOURCE
#include "bench.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <netinet/tcp.h>
#include <unistd.h>

struct conn {
  int fd;
  uint64_t in, out;  /* bytes received, bytes sent */
  char *kept;        /* of an echo: what the peer has not taken yet */
  size_t kept_at, kept_end;
};

typedef void (*serve)(int epoll, struct conn *conn, uint32_t events);

static char buffer[IO_BYTES];
static size_t piece_size = 16, piece_count = 10000;

static void rearm(int epoll, struct conn *conn, uint32_t events) {
  struct epoll_event event = {.events = events, .data.ptr = conn};
  if (epoll_ctl(epoll, EPOLL_CTL_MOD, conn->fd, &event) < 0) die("watch a socket");
}

static void end(struct conn *conn) {
  close(conn->fd);
  free(conn->kept);
  free(conn);
}

/* What came; -1 for nothing yet, 0 for the end or a reset. */
static ssize_t take(struct conn *conn) {
  ssize_t n = recv(conn->fd, buffer, sizeof buffer, 0);
  if (n < 0) return errno == EAGAIN ? -1 : 0;
  conn->in += (uint64_t)n;
  return n;
}

/* How much the peer took; -1 when it is gone. */
static ssize_t give(struct conn *conn, const char *bytes, size_t length) {
  ssize_t n = send(conn->fd, bytes, length, MSG_NOSIGNAL);
  if (n < 0) return errno == EAGAIN ? 0 : -1;
  conn->out += (uint64_t)n;
  return n;
}

static void echo(int epoll, struct conn *conn, uint32_t events) {
  if (events & EPOLLOUT) {
    ssize_t n = give(conn, conn->kept + conn->kept_at, conn->kept_end - conn->kept_at);
    if (n < 0) return end(conn);
    conn->kept_at += (size_t)n;
    if (conn->kept_at == conn->kept_end) rearm(epoll, conn, EPOLLIN);
    return;
  }
  ssize_t length = take(conn);
  if (length < 0) return;
  if (length == 0) return end(conn);
  ssize_t n = give(conn, buffer, (size_t)length);
  if (n < 0) return end(conn);
  if (n == length) return;
  if (conn->kept == NULL && (conn->kept = malloc(IO_BYTES)) == NULL) die("allocate");
  conn->kept_at = 0;
  conn->kept_end = (size_t)(length - n);
  memcpy(conn->kept, buffer + n, conn->kept_end);
  rearm(epoll, conn, EPOLLOUT);
}

static void sink(int epoll, struct conn *conn, uint32_t events) {
  (void)epoll, (void)events;
  ssize_t n = take(conn);
  if (n != 0) return;
  char count[32];
  give(conn, count, (size_t)snprintf(count, sizeof count, "%llu", (unsigned long long)conn->in));
  end(conn);
}

static void source(int epoll, struct conn *conn, uint32_t events) {
  (void)epoll;
  if (events & (EPOLLERR | EPOLLHUP) ||
      give(conn, pattern_at(conn->out), 65536) < 0) end(conn);
}

static void burst(int epoll, struct conn *conn, uint32_t events) {
  (void)epoll, (void)events;
  ssize_t n = take(conn);
  if (n < 0) return;
  if (n == 0) return end(conn);
  /* Nothing else is to be done here meanwhile, so it may wait. */
  for (size_t i = 0; i < piece_count; i++) {
    const char *piece = pattern_at(i * piece_size);
    for (size_t at = 0; at < piece_size;) {
      ssize_t sent = give(conn, piece + at, piece_size - at);
      if (sent < 0) return end(conn);
      at += (size_t)sent;
    }
  }
}

static void admit(int epoll, int listener, uint32_t events) {
  int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK), on = 1;
  if (fd < 0) {
    if (errno == EAGAIN || errno == ECONNABORTED) return;
    die("accept");
  }
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  struct conn *conn = calloc(1, sizeof *conn);
  if (conn == NULL) die("allocate");
  conn->fd = fd;
  struct epoll_event event = {.events = events, .data.ptr = conn};
  if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) < 0) die("watch a socket");
}

static serve serving(const char *name) {
  if (strcmp(name, "echo") == 0) return echo;
  if (strcmp(name, "sink") == 0) return sink;
  if (strcmp(name, "source") == 0) return source;
  if (strcmp(name, "burst") == 0) return burst;
  fail("there is no server \"%s\"", name);
}

int main(int argc, char **argv) {
  serve serve = serving(argc > 1 ? argv[1] : "");
  if (argc > 2) piece_size = (size_t)atoll(argv[2]);
  if (argc > 3) piece_count = (size_t)atoll(argv[3]);
  pattern_init();
  signal(SIGPIPE, SIG_IGN);

  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
  socklen_t length = sizeof address;
  int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  if (listener < 0 || bind(listener, (struct sockaddr *)&address, sizeof address) < 0 ||
      listen(listener, 4096) < 0 ||
      getsockname(listener, (struct sockaddr *)&address, &length) < 0) {
    die("listen");
  }
  printf("listening %d\n", ntohs(address.sin_port));
  fflush(stdout);

  int epoll = epoll_create1(0);
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL};
  if (epoll < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event) < 0) die("begin");
  for (;;) {
    struct epoll_event events[256];
    int count = epoll_wait(epoll, events, 256, -1);
    for (int i = 0; i < count; i++) {
      if (events[i].data.ptr == NULL) admit(epoll, listener, serve == source ? EPOLLOUT : EPOLLIN);
      else serve(epoll, events[i].data.ptr, events[i].events);
    }
  }
}
