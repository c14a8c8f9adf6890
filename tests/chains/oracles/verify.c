/* The verdict of OpenSSL's X509_verify_cert() on chains, as a TLS peer of libssl
 * comes to it. In, fields divided by tabs, lists by commas, DER as hexadecimal:
 *
 *     server|client  host  anchors  sent
 *
 * Out, a line each: "trusted" or the reason. The only argument is "plain" or
 * "strict": X509_V_FLAG_X509_STRICT, security level 2, no common names. */
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int strict;

/* Parses one certificate; bytes behind it are an error, as in a handshake. */
static X509 *parse(char *hex) {
  long length = 0;
  unsigned char *der = OPENSSL_hexstr2buf(hex, &length);
  const unsigned char *at = der;
  X509 *certificate = d2i_X509(NULL, &at, length);
  if (certificate != NULL && at != der + length) {
    X509_free(certificate);
    certificate = NULL;
  }
  OPENSSL_free(der);
  return certificate;
}

/* 0 where one cannot be parsed and `lenient` is not set. */
static int parse_all(char *list, STACK_OF(X509) *into, int lenient) {
  for (char *hex = strtok(list, ","); hex != NULL; hex = strtok(NULL, ",")) {
    X509 *certificate = parse(hex);
    if (certificate != NULL)
      sk_X509_push(into, certificate);
    else if (!lenient)
      return 0;
  }
  return 1;
}

static const char *verify(const char *purpose, const char *host,
                          STACK_OF(X509) *anchors, STACK_OF(X509) *sent) {
  int client = strcmp(purpose, "client") == 0;
  X509_STORE *store = X509_STORE_new();
  for (int i = 0; i < sk_X509_num(anchors); i++)
    X509_STORE_add_cert(store, sk_X509_value(anchors, i));
  X509_STORE_CTX *context = X509_STORE_CTX_new();
  X509_STORE_CTX_init(context, store, sk_X509_value(sent, 0), sent);
  X509_STORE_CTX_set_default(context, client ? "ssl_client" : "ssl_server");
  X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param(context);
  /* An intermediate in caCerts is an anchor. */
  X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_PARTIAL_CHAIN);
  X509_VERIFY_PARAM_set_auth_level(param, strict ? 2 : 1);
  if (strict)
    X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_X509_STRICT);
  if (!client && X509_VERIFY_PARAM_set1_ip_asc(param, host) == 0) {
    X509_VERIFY_PARAM_set1_host(param, host, 0);
    if (strict)
      X509_VERIFY_PARAM_set_hostflags(param,
                                      X509_CHECK_FLAG_NEVER_CHECK_SUBJECT |
                                          X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  }
  int trusted = X509_verify_cert(context) == 1;
  int error = X509_STORE_CTX_get_error(context);
  X509_STORE_CTX_free(context);
  X509_STORE_free(store);
  return trusted ? "trusted" : X509_verify_cert_error_string(error);
}

int main(int count, char **words) {
  strict = count > 1 && strcmp(words[1], "strict") == 0;
  char *line = NULL;
  size_t room = 0;
  while (getline(&line, &room, stdin) > 0) {
    char *rest = line;
    line[strcspn(line, "\n")] = 0;
    char *purpose = strsep(&rest, "\t"), *host = strsep(&rest, "\t");
    char *trusted = strsep(&rest, "\t"), *given = strsep(&rest, "\t");
    STACK_OF(X509) *anchors = sk_X509_new_null(), *sent = sk_X509_new_null();
    parse_all(trusted, anchors, 1);
    puts(parse_all(given, sent, 0) && sk_X509_num(sent) > 0
             ? verify(purpose, host, anchors, sent)
             : "cannot be parsed");
    fflush(stdout);
    sk_X509_pop_free(anchors, X509_free);
    sk_X509_pop_free(sent, X509_free);
  }
  return 0;
}
