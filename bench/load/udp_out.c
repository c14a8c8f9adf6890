/* Datagrams out of a program that sends as fast as it can. */
#define _GNU_SOURCE
#include "datagram.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <sys/socket.h>

/* After how much silence it is asked again. */
#define ASK_SECONDS 0.05
/* Asked for; the system gives as much as it allows. */
#define RECEIVE_BUFFER (16 * 1024 * 1024)

struct catcher {
  const struct options *options;
  int fd;
  uint16_t port;
  unsigned token; /* of the last question */
  struct tally tally;
  struct answer answer;
  int answered;
};

static struct batch batch;

static void open_catcher(struct catcher *catcher) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
  socklen_t length = sizeof address;
  int room = RECEIVE_BUFFER;
  catcher->fd = socket(AF_INET, SOCK_DGRAM, 0);
  if (catcher->fd < 0 || bind(catcher->fd, (struct sockaddr *)&address, sizeof address) < 0 ||
      getsockname(catcher->fd, (struct sockaddr *)&address, &length) < 0) {
    die("open a socket");
  }
  if (setsockopt(catcher->fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room) < 0 &&
      setsockopt(catcher->fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof room) < 0) {
    die("set SO_RCVBUF");
  }
  catcher->port = ntohs(address.sin_port);
}

/* Takes what there is. @returns Whether there were datagrams. */
static int drain(struct catcher *catcher) {
  int count = recvmmsg(catcher->fd, batch.messages, BATCH, MSG_DONTWAIT, NULL);
  if (count < 0) {
    if (errno != EAGAIN) die("receive datagrams");
    return 0;
  }
  int any = 0;
  for (int i = 0; i < count; i++) {
    const char *bytes = batch.bytes[i];
    size_t length = batch.messages[i].msg_len;
    if (length >= LEAST_DATAGRAM) {
      tally_take(&catcher->tally, bytes, length);
      any = 1;
    } else if (answer_read(bytes, length, catcher->token, &catcher->answer)) {
      catcher->answered = 1;
    }
  }
  return any;
}

static void ask(const struct catcher *catcher, double seconds) {
  char question[LEAST_DATAGRAM];
  int length = snprintf(question, sizeof question, "send %u %d", catcher->token,
                        (int)(seconds * 1000));
  const struct sockaddr_in *to = &catcher->options->address;
  if (sendto(catcher->fd, question, (size_t)length, 0, (const struct sockaddr *)to,
             sizeof *to) < 0) {
    die("ask");
  }
}

/*
 * Lets the program send for so long. Waits without sleeping: to be woken would
 * cost the program that sends.
 *
 * @returns When the last datagram came; the answer may have found no room.
 */
static double catch_for(struct catcher *catcher, double seconds) {
  catcher->token++;
  catcher->answered = 0;
  tally_begin(&catcher->tally, catcher->options->size, 1);
  ask(catcher, seconds);
  double last = now(), heard = last;
  double limit = last + seconds + catcher->options->patience;
  while (!catcher->answered) {
    int any = drain(catcher);
    double at = now();
    if (any) last = heard = at;
    else sched_yield();
    if (at > limit) fail("the program does not say what it sent");
    if (at - heard < ASK_SECONDS) continue;
    ask(catcher, seconds);
    heard = at;
  }
  /* What came with the answer. */
  while (drain(catcher)) {
  }
  const struct tally *tally = &catcher->tally;
  if (tally->fault[0] != 0) fail("the program sent %s", tally->fault);
  if (tally->seen == 0) fail("no datagram came");
  return last;
}

/* Who claims to have sent what neither came nor was dropped, has not. */
static void check_claim(const struct catcher *catcher, uint64_t drops, uint64_t between) {
  uint64_t claimed = catcher->answer.count, seen = catcher->tally.seen;
  if (claimed < seen || claimed > seen + drops + between) {
    fail("the program says it sent %llu: %llu came, %llu were dropped",
         (unsigned long long)claimed, (unsigned long long)seen,
         (unsigned long long)(drops + between));
  }
}

void run_udp_out(const struct options *options) {
  datagram_check_size(options->size);
  struct catcher catcher = {.options = options};
  open_catcher(&catcher);
  batch_init(&batch, MOST_DATAGRAM);
  if (options->warmup > 0) catch_for(&catcher, options->warmup);

  uint64_t drops = drops_of_port(catcher.port), between = drops_between();
  uint64_t cpu = options->pid > 0 ? cpu_of(options->pid) : 0;
  double began = now();
  double seconds = catch_for(&catcher, options->seconds) - began;
  if (options->pid > 0) cpu = cpu_of(options->pid) - cpu;
  drops = drops_of_port(catcher.port) - drops;
  if (between != UINT64_MAX) {
    check_claim(&catcher, drops, drops_between() - between);
  }
  uint64_t sent = catcher.answer.count, seen = catcher.tally.seen;
  printf("{\"seconds\":%.6f,\"messages\":%llu,\"bytes\":%llu,\"cpuNs\":%llu,"
         "\"datagrams\":{\"sent\":%llu,\"arrived\":%llu}}\n",
         seconds, (unsigned long long)sent, (unsigned long long)(sent * options->size),
         (unsigned long long)cpu, (unsigned long long)sent, (unsigned long long)seen);
}
