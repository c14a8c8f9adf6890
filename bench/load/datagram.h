/* What the ends of a datagram workload agree on; wants _GNU_SOURCE. */
#ifndef DATAGRAM_H
#define DATAGRAM_H

#include "bench.h"

#include <sys/socket.h>

/* What is shorter is a question or an answer, and counts nowhere. */
#define LEAST_DATAGRAM 64
#define MOST_DATAGRAM 8192
/* How many go into one sendmmsg() or recvmmsg() at most. */
#define BATCH 64

/* What came at one end, as far as it may: numbers only ever increase. */
struct tally {
  size_t size;    /* bytes that each has to have */
  uint64_t every; /* of how many one is looked at from end to end */
  uint64_t seen;
  int64_t last;   /* the number of the last one; -1: there was none */
  char fault[80]; /* what was wrong first; empty: nothing */
};

/* Room for many datagrams at once. */
struct batch {
  struct mmsghdr messages[BATCH];
  struct iovec parts[BATCH];
  char bytes[BATCH][MOST_DATAGRAM];
};

/* What a program answers. */
struct answer {
  uint64_t count; /* datagrams that it saw, or that it handed over */
  char fault[80];
};

/* datagram.c */
void datagram_check_size(size_t size);
void datagram_fill(char *bytes, size_t size);
void datagram_number(char *bytes, size_t size, uint32_t number);
void tally_begin(struct tally *tally, size_t size, uint64_t every);
void tally_take(struct tally *tally, const char *bytes, size_t length);
void batch_init(struct batch *batch, size_t length);
size_t answer_write(char *bytes, unsigned token, uint64_t count, const char *fault);
int answer_read(const char *bytes, size_t length, unsigned token, struct answer *answer);

/* drops.c */
uint64_t drops_of_port(uint16_t port);
uint64_t drops_between(void);

#endif
