/* What the system says it has dropped. */
#define _GNU_SOURCE
#include "datagram.h"

#include <stdio.h>
#include <string.h>

/* Datagrams that found no room at the socket that has this port of 127.0.0.1. */
uint64_t drops_of_port(uint16_t port) {
  FILE *table = fopen("/proc/net/udp", "r");
  if (table == NULL) die("read /proc/net/udp");
  char line[512];
  uint64_t sum = 0;
  while (fgets(line, sizeof line, table) != NULL) {
    unsigned host, at;
    if (sscanf(line, " %*d: %8x:%4x", &host, &at) != 2) continue;
    if (host != htonl(INADDR_LOOPBACK) || at != port) continue;
    /* The last column. */
    char *end = line + strcspn(line, "\n");
    while (end > line && end[-1] == ' ') *--end = 0;
    unsigned long long drops;
    const char *column = strrchr(line, ' ');
    if (column != NULL && sscanf(column, "%llu", &drops) == 1) sum += drops;
  }
  fclose(table);
  return sum;
}

/*
 * Packets that were lost between two sockets of this machine, whosever they
 * were: where the kernel's own thread has to deliver, its queue can overflow.
 * UINT64_MAX where it is not known.
 */
uint64_t drops_between(void) {
  FILE *table = fopen("/proc/net/softnet_stat", "r");
  if (table == NULL) return UINT64_MAX;
  char line[512];
  uint64_t sum = 0;
  while (fgets(line, sizeof line, table) != NULL) {
    unsigned drops;
    if (sscanf(line, "%*x %x", &drops) == 1) sum += drops;
  }
  fclose(table);
  return sum;
}
