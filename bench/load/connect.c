/* Connecting, and moving bytes without waiting. */
#include "bench.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>

/*
 * A socket that connects from an address of its own, 127.0.0.2: for a minute
 * its thousands of closed connections keep all ports of that address, where
 * no other program looks for one.
 */
static int open_socket(int flags) {
  int fd = socket(AF_INET, SOCK_STREAM | flags, 0), on = 1;
  if (fd < 0) die("open a socket");
  const struct sockaddr_in own = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK + 1)}};
  if (setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on) < 0 ||
      bind(fd, (const struct sockaddr *)&own, sizeof own) < 0) {
    die("choose an address");
  }
  if (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) < 0) {
    die("set TCP_NODELAY");
  }
  return fd;
}

/* A connection, which from now on does not block. */
int connect_to(const struct options *options) {
  int fd = open_socket(0);
  if (connect(fd, (const struct sockaddr *)&options->address,
              sizeof options->address) < 0) {
    die("connect");
  }
  if (fcntl(fd, F_SETFL, O_NONBLOCK) < 0) die("stop blocking");
  return fd;
}

/* A connection that is writable once it stands. */
int connect_begin(const struct options *options) {
  int fd = open_socket(SOCK_NONBLOCK);
  if (connect(fd, (const struct sockaddr *)&options->address,
              sizeof options->address) < 0 && errno != EINPROGRESS) {
    die("connect");
  }
  return fd;
}

void watch(int epoll, int op, int fd, uint32_t events, uint32_t tag) {
  struct epoll_event event = {.events = events, .data.u32 = tag};
  if (epoll_ctl(epoll, op, fd, &event) < 0) die("watch a socket");
}

/* How many bytes there were, 0 for none yet; an end is none that was asked for. */
size_t read_some(int fd, char *buffer, size_t length) {
  ssize_t n = recv(fd, buffer, length, 0);
  if (n > 0) return (size_t)n;
  if (n == 0) fail("the server ended a connection early");
  if (errno != EAGAIN) die("receive");
  return 0;
}

/* How many bytes the system took. */
size_t send_some(int fd, const char *bytes, size_t length) {
  ssize_t n = send(fd, bytes, length, MSG_NOSIGNAL);
  if (n >= 0) return (size_t)n;
  if (errno != EAGAIN) die("send");
  return 0;
}
