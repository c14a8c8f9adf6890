/* Connections that are secured, answered and closed, one after the other. */
#include "tls.h"

#include <errno.h>
#include <openssl/err.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

struct visit {
  SSL *ssl;
  enum { ASKING, LISTENING, LEAVING } phase;
  size_t received;
};

static char buffer[MAX_MESSAGE];

static void begin_visit(struct visit *visit, SSL_CTX *context, int epoll,
                        const struct options *options, uint32_t tag) {
  int fd = connect_begin(options);
  *visit = (struct visit){.ssl = tls_begin(context, fd), .phase = ASKING};
  SSL_set_connect_state(visit->ssl);
  watch(epoll, EPOLL_CTL_ADD, fd, EPOLLIN | EPOLLOUT | EPOLLET, tag);
}

static void end_visit(struct visit *visit) {
  int fd = SSL_get_fd(visit->ssl);
  if (SSL_session_reused(visit->ssl)) fail("the server resumed a session");
  SSL_free(visit->ssl);
  close(fd);
}

/* One step of it; positive when it has been made. */
static int step(struct visit *visit, size_t size) {
  switch (visit->phase) {
    case ASKING:
      /* The handshake comes first by itself. */
      return SSL_write(visit->ssl, pattern_at(0), (int)size);
    case LISTENING:
      return SSL_read(visit->ssl, buffer, (int)(size - visit->received));
    default:
      return SSL_read(visit->ssl, buffer, 1);
  }
}

/* Takes a visit on, as far as it comes. @returns Whether it has come to its end. */
static int advance(struct visit *visit, size_t size) {
  for (;;) {
    ERR_clear_error();
    errno = 0;
    int n = step(visit, size);
    if (n <= 0) {
      enum standing standing = tls_standing(visit->ssl, n);
      if (standing == ENDED && visit->phase == LEAVING) return 1;
      if (standing == CUT_OFF && visit->phase == LEAVING) {
        fail("the server ended without a close_notify");
      }
      tls_still_there(visit->ssl, n);
      return 0;
    }
    if (visit->phase == ASKING) {
      visit->phase = LISTENING;
    } else if (visit->phase == LISTENING) {
      pattern_check(buffer, (size_t)n, visit->received);
      visit->received += (size_t)n;
      if (visit->received < size) continue;
      if (SSL_shutdown(visit->ssl) < 0) fail("no room for a close_notify");
      visit->phase = LEAVING;
    } else {
      fail("the server said more than it was told");
    }
  }
}

/*
 * Connect, a whole handshake, a message, its echo, and both ends say that it is
 * over; `connections` at a time.
 */
void run_tls_handshakes(const struct options *options) {
  struct visit *visits = calloc((size_t)options->connections, sizeof *visits);
  int epoll = epoll_create1(0);
  if (visits == NULL || epoll < 0) die("begin");
  SSL_CTX *context = tls_client_context();
  struct window window;
  window_open(&window, options);
  for (int i = 0; i < options->connections; i++) {
    begin_visit(&visits[i], context, epoll, options, (uint32_t)i);
  }
  uint64_t over = 0;
  double at;
  /* The first visits of a program that is cold can take longer than is measured. */
  while ((at = now()) < window.end || (over == 0 && at < window.end + options->patience)) {
    int measuring = window_measures(&window, at, options);
    struct epoll_event ready[64];
    int count = epoll_wait(epoll, ready, 64, 100);
    for (int i = 0; i < count; i++) {
      uint32_t tag = ready[i].data.u32;
      if (!advance(&visits[tag], options->size)) continue;
      end_visit(&visits[tag]);
      if (measuring) over++;
      begin_visit(&visits[tag], context, epoll, options, tag);
    }
  }
  double seconds = now() - window.begin;
  if (over == 0) fail("no visit came to its end");
  report(seconds, over, over * options->size, window_cpu(&window, options));
}
