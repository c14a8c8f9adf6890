/* What the ends of TLS share. */
#ifndef TLS_H
#define TLS_H

#include "bench.h"

#include <openssl/ssl.h>

/* How long a handshake may take, and what the server was sent. */
#define TLS_LAST_MS 5000

/* How an operation that did not succeed stands. */
enum standing {
  WAITS_TO_READ,
  WAITS_TO_WRITE,
  ENDED,  /* the peer has said that it sends no more */
  CUT_OFF /* it ended without saying so, or it is no TLS */
};

/* tls.c */
SSL_CTX *tls_context(const SSL_METHOD *method);
SSL *tls_begin(SSL_CTX *context, int fd);
enum standing tls_standing(const SSL *ssl, int result);
void tls_fail(const char *what) __attribute__((noreturn));

/* tls_client.c */
SSL_CTX *tls_client_context(void);
enum standing tls_still_there(const SSL *ssl, int result);
SSL *tls_connect(const struct options *options);
void tls_wait(SSL *ssl, enum standing standing, int ms, const char *what);

#endif
