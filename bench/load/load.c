/*
 * The load: one workload over many connections, in one thread.
 *
 *     load echo port=8080 connections=50 size=64 depth=1 seconds=1
 *     load spawn count=9 -- /usr/bin/node server.mjs
 *
 * It prints one line of JSON. Every byte that comes back is compared with what
 * it has to be; what is not as it should be ends the program with code 1.
 */
#include "bench.h"

#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void set(struct options *options, const char *word) {
  const char *value = strchr(word, '=');
  if (value == NULL) fail("\"%s\" has no value", word);
  size_t length = (size_t)(value++ - word);
#define IS(name) (length == strlen(name) && strncmp(word, name, length) == 0)
  if (IS("port")) options->address.sin_port = htons((uint16_t)atoi(value));
  else if (IS("connections")) options->connections = atoi(value);
  else if (IS("size")) options->size = (size_t)atoll(value);
  else if (IS("depth")) options->depth = atoi(value);
  else if (IS("seconds")) options->seconds = atof(value);
  else if (IS("warmup")) options->warmup = atof(value);
  else if (IS("rate")) options->rate = atof(value);
  else if (IS("count")) options->count = (size_t)atoll(value);
  else if (IS("patience")) options->patience = atof(value);
  else if (IS("silent")) options->silent = atoi(value);
  else if (IS("pid")) options->pid = atoi(value);
  else fail("there is no option \"%s\"", word);
#undef IS
}

int main(int argc, char **argv) {
  struct options options = {
      .address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}},
      .connections = 1, .size = 64, .depth = 1, .seconds = 1, .count = 1,
      .patience = 5};
  const char *workload = argc > 1 ? argv[1] : "";
  int at = 2;
  for (; at < argc && strcmp(argv[at], "--") != 0; at++) set(&options, argv[at]);
  if (options.size == 0 || options.size > MAX_MESSAGE || options.depth < 1 ||
      options.connections < 1) {
    fail("size has to be 1..%d, depth and connections 1 or more", MAX_MESSAGE);
  }
  signal(SIGPIPE, SIG_IGN);
  pattern_init();

  if (strcmp(workload, "echo") == 0) run_echo(&options);
  else if (strcmp(workload, "sink") == 0) run_sink(&options);
  else if (strcmp(workload, "source") == 0) run_source(&options);
  else if (strcmp(workload, "burst") == 0) run_burst(&options);
  else if (strcmp(workload, "churn") == 0) run_churn(&options);
  else if (strcmp(workload, "idle") == 0) run_idle(&options);
  else if (strcmp(workload, "tls-handshakes") == 0) run_tls_handshakes(&options);
  else if (strcmp(workload, "tls-sink") == 0) run_tls_sink(&options);
  else if (strcmp(workload, "tls-source") == 0) run_tls_source(&options);
  else if (strcmp(workload, "udp-in") == 0) run_udp_in(&options);
  else if (strcmp(workload, "udp-out") == 0) run_udp_out(&options);
  else if (strcmp(workload, "spawn") == 0 && at + 1 < argc) {
    run_spawn(&options, argv + at + 1);
  } else fail("there is no workload \"%s\"", workload);
  return 0;
}
