/*
 * A program that takes datagrams, or sends them: what the machine allows.
 *
 *     udp_server udp-in|udp-out one|many <size>
 *
 * It prints "listening <port>". One is a system call each, many are a system
 * call for up to 64.
 */
#define _GNU_SOURCE
#include "datagram.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

static struct batch batch;
static struct tally tally;

static void answer(int fd, const struct sockaddr_in *to, unsigned token, uint64_t count,
                   const char *fault) {
  char bytes[LEAST_DATAGRAM];
  size_t length = answer_write(bytes, token, count, fault);
  if (sendto(fd, bytes, length, 0, (const struct sockaddr *)to, sizeof *to) < 0) {
    die("answer");
  }
}

static void take(int fd, const char *bytes, size_t length, const struct sockaddr_in *from) {
  if (length >= LEAST_DATAGRAM) {
    tally_take(&tally, bytes, length);
    return;
  }
  char word[8], text[LEAST_DATAGRAM];
  unsigned token;
  memcpy(text, bytes, length);
  text[length] = 0;
  if (sscanf(text, "%7s %u", word, &token) != 2) fail("there is no question \"%s\"", text);
  if (strcmp(word, "begin") == 0) tally_begin(&tally, tally.size, 64);
  answer(fd, from, token, tally.seen, tally.fault);
}

static void receive_all(int fd, unsigned many) {
  static struct sockaddr_in from[BATCH];
  batch_init(&batch, MOST_DATAGRAM);
  for (int i = 0; i < BATCH; i++) batch.messages[i].msg_hdr.msg_name = &from[i];
  for (;;) {
    int count = 1;
    if (many) {
      for (int i = 0; i < BATCH; i++) batch.messages[i].msg_hdr.msg_namelen = sizeof from[i];
      count = recvmmsg(fd, batch.messages, BATCH, MSG_WAITFORONE, NULL);
      if (count < 0) die("receive");
    } else {
      socklen_t length = sizeof from[0];
      ssize_t n = recvfrom(fd, batch.bytes[0], MOST_DATAGRAM, 0,
                           (struct sockaddr *)&from[0], &length);
      if (n < 0) die("receive");
      batch.messages[0].msg_len = (unsigned)n;
    }
    for (int i = 0; i < count; i++) {
      take(fd, batch.bytes[i], batch.messages[i].msg_len, &from[i]);
    }
  }
}

/* @returns How many were sent until `end`. */
static uint32_t send_until(int fd, double end, unsigned many, size_t size,
                           struct sockaddr_in *to) {
  uint32_t number = 0;
  batch_init(&batch, size);
  for (int i = 0; i < BATCH; i++) {
    batch.messages[i].msg_hdr.msg_name = to;
    batch.messages[i].msg_hdr.msg_namelen = sizeof *to;
    datagram_fill(batch.bytes[i], size);
  }
  while (now() < end) {
    for (uint32_t i = 0; i < BATCH; i++) datagram_number(batch.bytes[i], size, number + i);
    int sent = 0;
    if (many) {
      sent = sendmmsg(fd, batch.messages, BATCH, 0);
      if (sent < 0) die("send");
    }
    for (; !many && sent < BATCH; sent++) {
      if (sendto(fd, batch.bytes[sent], size, 0, (struct sockaddr *)to, sizeof *to) < 0) {
        die("send");
      }
    }
    number += (uint32_t)sent;
  }
  return number;
}

static void send_all(int fd, unsigned many, size_t size) {
  unsigned done = 0;
  uint32_t number = 0;
  for (;;) {
    char question[LEAST_DATAGRAM];
    struct sockaddr_in from;
    socklen_t length = sizeof from;
    ssize_t n = recvfrom(fd, question, sizeof question - 1, 0, (struct sockaddr *)&from, &length);
    if (n < 0) die("receive");
    question[n] = 0;
    unsigned token;
    int ms;
    if (sscanf(question, "send %u %d", &token, &ms) != 2) {
      fail("there is no question \"%s\"", question);
    }
    /* One that was asked twice is answered twice. */
    if (token != done) number = send_until(fd, now() + ms / 1e3, many, size, &from);
    done = token;
    answer(fd, &from, token, number, "");
  }
}

int main(int argc, char **argv) {
  if (argc != 4) fail("usage: udp_server udp-in|udp-out one|many <size>");
  unsigned many = strcmp(argv[2], "many") == 0;
  size_t size = (size_t)atoll(argv[3]);
  datagram_check_size(size);
  pattern_init();
  tally_begin(&tally, size, 64);

  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
  socklen_t length = sizeof address;
  int fd = socket(AF_INET, SOCK_DGRAM, 0);
  if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) < 0 ||
      getsockname(fd, (struct sockaddr *)&address, &length) < 0) {
    die("open a socket");
  }
  printf("listening %d\n", ntohs(address.sin_port));
  fflush(stdout);
  if (strcmp(argv[1], "udp-in") == 0) receive_all(fd, many);
  else if (strcmp(argv[1], "udp-out") == 0) send_all(fd, many, size);
  else fail("there is no workload \"%s\"", argv[1]);
}
