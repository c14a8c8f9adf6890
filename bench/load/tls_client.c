/* The load generator's end of TLS. */
#include "tls.h"

#include <errno.h>
#include <openssl/err.h>
#include <poll.h>

/* That the certificate's key signed is checked; whose it is does not matter here. */
static int take_any(X509_STORE_CTX *store, void *argument) {
  (void)store, (void)argument;
  return 1;
}

SSL_CTX *tls_client_context(void) {
  SSL_CTX *context = tls_context(TLS_client_method());
  SSL_CTX_set_cert_verify_callback(context, take_any, NULL);
  /* One curve, so that everybody has the same work. */
  if (!SSL_CTX_set1_groups_list(context, "X25519") ||
      !SSL_CTX_set_ciphersuites(context, "TLS_AES_128_GCM_SHA256")) {
    tls_fail("begin");
  }
  return context;
}

/* How it stands with a server that is not to end yet. */
enum standing tls_still_there(const SSL *ssl, int result) {
  enum standing standing = tls_standing(ssl, result);
  if (standing == ENDED) fail("the server ended a connection early");
  if (standing == CUT_OFF) tls_fail("go on");
  return standing;
}

/* Waits until what stood in the way may have gone. */
void tls_wait(SSL *ssl, enum standing standing, int ms, const char *what) {
  struct pollfd ready = {.fd = SSL_get_fd(ssl),
                         .events = standing == WAITS_TO_READ ? POLLIN : POLLOUT};
  int count = poll(&ready, 1, ms);
  if (count < 0) die("wait");
  if (count == 0 && what != NULL) fail("%s", what);
}

/* A connection after its handshake. */
SSL *tls_connect(const struct options *options) {
  SSL *ssl = tls_begin(tls_client_context(), connect_to(options));
  SSL_set_connect_state(ssl);
  for (;;) {
    ERR_clear_error();
    errno = 0;
    int result = SSL_do_handshake(ssl);
    if (result == 1) return ssl;
    tls_wait(ssl, tls_still_there(ssl, result), TLS_LAST_MS, "the server shakes no hands");
  }
}
