/* Bytes one way over one secured connection. */
#include "tls.h"

#include <errno.h>
#include <openssl/err.h>
#include <stdlib.h>

struct flow {
  SSL *ssl;
  uint64_t moved;
};

static char buffer[IO_BYTES];

/* What could be moved at once; the result of OpenSSL. */
typedef int (*step)(struct flow *flow, const struct options *options);

static int push(struct flow *flow, const struct options *options) {
  return SSL_write(flow->ssl, pattern_at(flow->moved), (int)options->size);
}

static int pull(struct flow *flow, const struct options *options) {
  (void)options;
  int n = SSL_read(flow->ssl, buffer, sizeof buffer);
  if (n > 0) pattern_check(buffer, (size_t)n, flow->moved);
  return n;
}

/* Moves bytes for as long as the window says. */
static struct flow run_flow(const struct options *options, step step) {
  struct flow flow = {.ssl = tls_connect(options)};
  struct window window;
  window_open(&window, options);
  uint64_t bytes = 0;
  double at;
  while ((at = now()) < window.end) {
    int measuring = window_measures(&window, at, options);
    ERR_clear_error();
    errno = 0;
    int n = step(&flow, options);
    if (n <= 0) {
      tls_wait(flow.ssl, tls_still_there(flow.ssl, n), 100, NULL);
      continue;
    }
    flow.moved += (uint64_t)n;
    if (measuring) bytes += (uint64_t)n;
  }
  double seconds = now() - window.begin;
  if (bytes == 0) fail("no byte moved");
  report(seconds, 0, bytes, window_cpu(&window, options));
  return flow;
}

/* A write that found no room has to be made again as it was, and belongs to it. */
static void finish_push(struct flow *flow, const struct options *options) {
  for (;;) {
    ERR_clear_error();
    errno = 0;
    int n = push(flow, options);
    if (n > 0) {
      flow->moved += (uint64_t)n;
      return;
    }
    tls_wait(flow->ssl, tls_still_there(flow->ssl, n), TLS_LAST_MS, "the server reads no more");
  }
}

static void say_end(SSL *ssl) {
  for (;;) {
    ERR_clear_error();
    errno = 0;
    int result = SSL_shutdown(ssl);
    if (result >= 0) return;
    tls_wait(ssl, tls_still_there(ssl, result), TLS_LAST_MS, "the server reads no more");
  }
}

/* What the server says it got, once it has seen the end. */
static uint64_t count_of(SSL *ssl) {
  char reply[32];
  size_t length = 0;
  for (;;) {
    ERR_clear_error();
    errno = 0;
    int n = SSL_read(ssl, reply + length, (int)(sizeof reply - 1 - length));
    if (n > 0) {
      length += (size_t)n;
      if (length == sizeof reply - 1) fail("the count is too long");
      continue;
    }
    enum standing standing = tls_standing(ssl, n);
    if (standing == ENDED) break;
    if (standing == CUT_OFF) tls_fail("receive the count");
    tls_wait(ssl, standing, TLS_LAST_MS, "the server did not count");
  }
  reply[length] = 0;
  return strtoull(reply, NULL, 10);
}

void run_tls_sink(const struct options *options) {
  struct flow flow = run_flow(options, push);
  if (options->silent) return;
  finish_push(&flow, options);
  say_end(flow.ssl);
  uint64_t got = count_of(flow.ssl);
  if (got != flow.moved) {
    fail("of %llu bytes the server got %llu", (unsigned long long)flow.moved,
         (unsigned long long)got);
  }
}

void run_tls_source(const struct options *options) { run_flow(options, pull); }
