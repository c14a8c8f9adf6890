/* The bytes that every stream carries. */
#include "bench.h"

#include <stdint.h>
#include <string.h>

#define PERIOD 251

static char pattern[MAX_MESSAGE + PERIOD];

void pattern_init(void) {
  for (size_t i = 0; i < sizeof pattern; i++) pattern[i] = (char)(i % PERIOD);
}

/* The bytes from `place` of a stream on: MAX_MESSAGE of them. */
const char *pattern_at(uint64_t place) { return pattern + place % PERIOD; }

/* Gives up unless these are the bytes from `place` on. */
void pattern_check(const char *bytes, size_t length, uint64_t place) {
  while (length > 0) {
    size_t part = length < MAX_MESSAGE ? length : MAX_MESSAGE;
    if (memcmp(bytes, pattern_at(place), part) != 0) {
      fail("wrong bytes within %zu from place %llu on", part,
           (unsigned long long)place);
    }
    bytes += part;
    place += part;
    length -= part;
  }
}
