/* Datagrams as fast as they go, into a program that counts them. */
#define _GNU_SOURCE
#include "datagram.h"

#include <netinet/udp.h>
#include <poll.h>
#include <stdio.h>

/* How often a question is asked that may have found no room. */
#define ASK_MS 1

/* How much is handed to the system at once: 64 datagrams, as far as they fit. */
#define FLOOD_BYTES 65000
#define FLOOD_DATAGRAMS 64

struct flood {
  const struct options *options;
  int fd;
  size_t at_once;    /* datagrams of a system call */
  unsigned token;    /* of the last question */
  uint32_t number;   /* of the next datagram */
  uint64_t asked;    /* questions that were sent, each of which may be lost */
};

static char bytes[FLOOD_BYTES];

/* What the program answers to "begin" or "count". */
static struct answer ask(struct flood *flood, const char *word) {
  char question[LEAST_DATAGRAM], reply[LEAST_DATAGRAM];
  int length = snprintf(question, sizeof question, "%s %u", word, ++flood->token);
  double limit = now() + flood->options->patience;
  while (now() < limit) {
    if (send(flood->fd, question, (size_t)length, 0) < 0) die("ask");
    flood->asked++;
    struct pollfd ready = {.fd = flood->fd, .events = POLLIN};
    while (poll(&ready, 1, ASK_MS) == 1) {
      struct answer answer;
      ssize_t n = recv(flood->fd, reply, sizeof reply, 0);
      if (n < 0) die("receive an answer");
      if (answer_read(reply, (size_t)n, flood->token, &answer)) return answer;
    }
  }
  fail("the program does not answer \"%s\"", question);
}

/* Who counts has to check, too: it is lied to, and has to say so. */
static void lie(struct flood *flood, const char *what, const uint32_t numbers[3],
                size_t changed) {
  size_t size = flood->options->size;
  ask(flood, "begin");
  for (int i = 0; i < 3; i++) {
    datagram_fill(bytes, size);
    datagram_number(bytes, size, numbers[i]);
    if (i == 0 && changed > 0) bytes[changed] ^= 1;
    if (send(flood->fd, bytes, size, 0) != (ssize_t)size) die("send a datagram");
  }
  struct answer answer = ask(flood, "count");
  if (answer.count != 3 || answer.fault[0] == 0) {
    fail("the receiver did not notice %s", what);
  }
}

static void tell_lies(struct flood *flood) {
  size_t size = flood->options->size;
  const uint32_t ordered[] = {0, 1, 2}, doubled[] = {0, 1, 1}, swapped[] = {0, 2, 1};
  lie(flood, "a changed byte", ordered, size / 2);
  lie(flood, "a changed last byte", ordered, size - 1);
  lie(flood, "a doubled datagram", doubled, 0);
  lie(flood, "swapped datagrams", swapped, 0);
}

/*
 * Makes the system cut what it is given into datagrams (Linux 4.18), without
 * which no sender is faster than the receivers are.
 */
static void cut(struct flood *flood) {
  int size = (int)flood->options->size;
  size_t fit = sizeof bytes / (size_t)size;
  flood->at_once = fit < FLOOD_DATAGRAMS ? fit : FLOOD_DATAGRAMS;
  if (setsockopt(flood->fd, IPPROTO_UDP, UDP_SEGMENT, &size, sizeof size) < 0) {
    flood->at_once = 1;
  }
  for (size_t i = 0; i < flood->at_once; i++) {
    datagram_fill(bytes + i * (size_t)size, (size_t)size);
  }
}

/* Sends for so long. */
static void pour(struct flood *flood, double seconds) {
  size_t size = flood->options->size;
  double end = now() + seconds;
  while (now() < end) {
    for (size_t i = 0; i < flood->at_once; i++) {
      datagram_number(bytes + i * size, size, flood->number++);
    }
    if (send(flood->fd, bytes, flood->at_once * size, 0) < 0) die("send datagrams");
  }
}

/* What came of all that was sent since "begin". */
static struct answer count(struct flood *flood) {
  struct answer answer = ask(flood, "count");
  if (answer.fault[0] != 0) fail("the receiver got %s", answer.fault);
  return answer;
}

void run_udp_in(const struct options *options) {
  datagram_check_size(options->size);
  struct flood flood = {.options = options, .fd = socket(AF_INET, SOCK_DGRAM, 0)};
  if (flood.fd < 0 || connect(flood.fd, (const struct sockaddr *)&options->address,
                              sizeof options->address) < 0) {
    die("open a socket");
  }
  tell_lies(&flood);
  cut(&flood);
  ask(&flood, "begin");
  pour(&flood, options->warmup);
  count(&flood);

  ask(&flood, "begin");
  flood.number = 0;
  uint16_t port = ntohs(options->address.sin_port);
  uint64_t drops = drops_of_port(port), asked = flood.asked;
  uint64_t cpu = options->pid > 0 ? cpu_of(options->pid) : 0;
  double began = now();
  pour(&flood, options->seconds);
  struct answer answer = count(&flood);
  /* What waited at the end has been counted, and so has the time for it. */
  double seconds = now() - began;
  if (options->pid > 0) cpu = cpu_of(options->pid) - cpu;
  drops = drops_of_port(port) - drops;

  asked = flood.asked - asked;
  uint64_t lost = drops > asked ? drops - asked : 0;
  if (answer.count > flood.number - lost) {
    fail("of %u datagrams %llu were dropped, and the receiver got %llu", flood.number,
         (unsigned long long)lost, (unsigned long long)answer.count);
  }
  if (answer.count == 0) fail("no datagram came");
  printf("{\"seconds\":%.6f,\"messages\":%llu,\"bytes\":%llu,\"cpuNs\":%llu,"
         "\"datagrams\":{\"sent\":%u,\"arrived\":%llu}}\n",
         seconds, (unsigned long long)answer.count,
         (unsigned long long)(answer.count * options->size), (unsigned long long)cpu,
         flood.number, (unsigned long long)answer.count);
}
