/* Datagrams with numbers, questions and answers. */
#define _GNU_SOURCE
#include "datagram.h"

#include <endian.h>
#include <stdio.h>
#include <string.h>

/* Each carries its number, byte i % 251 at place i, and its number again. */
#define NUMBER_BYTES sizeof(uint32_t)

void datagram_check_size(size_t size) {
  if (size < LEAST_DATAGRAM || size > MOST_DATAGRAM || size % NUMBER_BYTES != 0) {
    fail("a datagram has to have %d..%d bytes, a multiple of 4", LEAST_DATAGRAM,
         MOST_DATAGRAM);
  }
}

void datagram_fill(char *bytes, size_t size) { memcpy(bytes, pattern_at(0), size); }

void datagram_number(char *bytes, size_t size, uint32_t number) {
  uint32_t little = htole32(number);
  memcpy(bytes, &little, NUMBER_BYTES);
  memcpy(bytes + size - NUMBER_BYTES, &little, NUMBER_BYTES);
}

static uint32_t number_at(const char *bytes) {
  uint32_t little;
  memcpy(&little, bytes, NUMBER_BYTES);
  return le32toh(little);
}

void tally_begin(struct tally *tally, size_t size, uint64_t every) {
  *tally = (struct tally){.size = size, .every = every, .last = -1};
}

#define BLAME(...) snprintf(tally->fault, sizeof tally->fault, __VA_ARGS__)

void tally_take(struct tally *tally, const char *bytes, size_t length) {
  uint64_t at = tally->seen++;
  if (tally->fault[0] != 0) return;
  if (length != tally->size) {
    BLAME("%zu bytes in place of %zu", length, tally->size);
    return;
  }
  uint32_t number = number_at(bytes);
  if ((int64_t)number <= tally->last) {
    BLAME("number %u after %lld", number, (long long)tally->last);
    return;
  }
  tally->last = number;
  if (at % tally->every != 0) return;
  size_t middle = length - 2 * NUMBER_BYTES;
  if (number_at(bytes + length - NUMBER_BYTES) != number ||
      memcmp(bytes + NUMBER_BYTES, pattern_at(NUMBER_BYTES), middle) != 0) {
    BLAME("wrong bytes in number %u", number);
  }
}

/* Gives each message `length` bytes. */
void batch_init(struct batch *batch, size_t length) {
  memset(batch->messages, 0, sizeof batch->messages);
  for (int i = 0; i < BATCH; i++) {
    batch->parts[i] = (struct iovec){.iov_base = batch->bytes[i], .iov_len = length};
    batch->messages[i].msg_hdr.msg_iov = &batch->parts[i];
    batch->messages[i].msg_hdr.msg_iovlen = 1;
  }
}

/* "<token> <count> <fault>", in less than LEAST_DATAGRAM bytes. */
size_t answer_write(char *bytes, unsigned token, uint64_t count, const char *fault) {
  int length = snprintf(bytes, LEAST_DATAGRAM, "%u %llu %s", token,
                        (unsigned long long)count, fault);
  return length < LEAST_DATAGRAM ? (size_t)length : LEAST_DATAGRAM - 1;
}

/* Whether it is the answer to that question, and not to one that was asked before. */
int answer_read(const char *bytes, size_t length, unsigned token, struct answer *answer) {
  char text[LEAST_DATAGRAM];
  if (length >= sizeof text) return 0;
  memcpy(text, bytes, length);
  text[length] = 0;
  unsigned whose;
  unsigned long long count;
  *answer = (struct answer){0};
  int fields = sscanf(text, "%u %llu %79[^\n]", &whose, &count, answer->fault);
  if (fields < 2 || whose != token) return 0;
  answer->count = count;
  return 1;
}
