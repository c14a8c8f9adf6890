/*
 * A server of TLS on epoll and OpenSSL, in one thread: what the machine allows.
 *
 *     tls_server tls-echo|tls-sink|tls-source
 *
 * It prints "listening <port>", and shows the certificate that BENCH_CERT and
 * BENCH_KEY lead to. An echo is of messages that a socket has room for; a sink
 * answers the end of what it is sent with the number of its bytes.
 */
#define _GNU_SOURCE
#include "tls.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

struct conn {
  SSL *ssl;
  uint64_t in, out; /* bytes received, bytes sent */
};

/* Does what can be done at once; the result of OpenSSL. */
typedef int (*serve)(struct conn *conn);

static char buffer[IO_BYTES];

static int echo(struct conn *conn) {
  int n = SSL_read(conn->ssl, buffer, sizeof buffer);
  if (n > 0 && SSL_write(conn->ssl, buffer, n) != n) fail("no room for an echo");
  return n;
}

static int sink(struct conn *conn) {
  int n = SSL_read(conn->ssl, buffer, sizeof buffer);
  if (n > 0) conn->in += (uint64_t)n;
  return n;
}

static int source(struct conn *conn) {
  int n = SSL_write(conn->ssl, pattern_at(conn->out), 65536);
  if (n > 0) conn->out += (uint64_t)n;
  return n;
}

static serve serving(const char *name) {
  if (strcmp(name, "tls-echo") == 0) return echo;
  if (strcmp(name, "tls-sink") == 0) return sink;
  if (strcmp(name, "tls-source") == 0) return source;
  fail("there is no server \"%s\"", name);
}

/* Answers the end of what came in order, and goes. */
static void end(struct conn *conn, serve serve, enum standing standing) {
  int fd = SSL_get_fd(conn->ssl);
  if (standing == ENDED) {
    char count[32];
    int length = snprintf(count, sizeof count, "%llu", (unsigned long long)conn->in);
    if (serve == sink) SSL_write(conn->ssl, count, length);
    SSL_shutdown(conn->ssl);
  }
  SSL_free(conn->ssl);
  close(fd);
  free(conn);
}

/* Takes a connection on, as far as it comes. */
static void advance(struct conn *conn, serve serve) {
  for (;;) {
    ERR_clear_error();
    int n = SSL_is_init_finished(conn->ssl) ? serve(conn) : SSL_do_handshake(conn->ssl);
    if (n > 0) continue;
    enum standing standing = tls_standing(conn->ssl, n);
    if (standing == ENDED || standing == CUT_OFF) end(conn, serve, standing);
    return;
  }
}

static void admit(int epoll, int listener, SSL_CTX *context) {
  int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK), on = 1;
  if (fd < 0) {
    if (errno == EAGAIN || errno == ECONNABORTED) return;
    die("accept");
  }
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  struct conn *conn = calloc(1, sizeof *conn);
  if (conn == NULL) die("allocate");
  conn->ssl = tls_begin(context, fd);
  SSL_set_accept_state(conn->ssl);
  struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLET, .data.ptr = conn};
  if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) < 0) die("watch a socket");
}

static SSL_CTX *server_context(void) {
  const char *cert = getenv("BENCH_CERT"), *key = getenv("BENCH_KEY");
  if (cert == NULL || key == NULL) fail("BENCH_CERT and BENCH_KEY are to be set");
  SSL_CTX *context = tls_context(TLS_server_method());
  if (SSL_CTX_use_certificate_chain_file(context, cert) != 1 ||
      SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) != 1) {
    tls_fail("use the certificate");
  }
  return context;
}

int main(int argc, char **argv) {
  serve serve = serving(argc > 1 ? argv[1] : "");
  SSL_CTX *context = server_context();
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
      if (events[i].data.ptr == NULL) admit(epoll, listener, context);
      else advance(events[i].data.ptr, serve);
    }
  }
}
