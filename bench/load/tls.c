/* TLS 1.3 over sockets that do not block, on either end. */
#include "tls.h"

#include <errno.h>
#include <openssl/err.h>
#include <string.h>

/* How many bytes are taken from a socket at once. */
#define READ_AHEAD_BYTES (64 * 1024)

SSL_CTX *tls_context(const SSL_METHOD *method) {
  SSL_CTX *context = SSL_CTX_new(method);
  if (context == NULL || !SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION)) {
    tls_fail("begin");
  }
  /* No client resumes: every handshake is a whole one. */
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(context, 0);
  SSL_CTX_set_read_ahead(context, 1);
  SSL_CTX_set_default_read_buffer_len(context, READ_AHEAD_BYTES);
  return context;
}

SSL *tls_begin(SSL_CTX *context, int fd) {
  SSL *ssl = SSL_new(context);
  if (ssl == NULL || !SSL_set_fd(ssl, fd)) tls_fail("begin");
  return ssl;
}

enum standing tls_standing(const SSL *ssl, int result) {
  switch (SSL_get_error(ssl, result)) {
    case SSL_ERROR_WANT_READ:
      return WAITS_TO_READ;
    case SSL_ERROR_WANT_WRITE:
      return WAITS_TO_WRITE;
    case SSL_ERROR_ZERO_RETURN:
      return ENDED;
    default:
      return CUT_OFF;
  }
}

/* Gives up, with what OpenSSL says, or else the system. */
void tls_fail(const char *what) {
  unsigned long code = ERR_peek_error();
  const char *reason = code != 0 ? ERR_reason_error_string(code) : NULL;
  if (reason == NULL) reason = errno != 0 ? strerror(errno) : "it ended";
  fail("cannot %s: %s", what, reason);
}
