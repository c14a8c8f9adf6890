/* Clocks, CPU time, percentiles, reports, and giving up. */
#include "bench.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

void die(const char *what) {
  fprintf(stderr, "load: cannot %s: %s\n", what, strerror(errno));
  exit(1);
}

void fail(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  fputs("load: ", stderr);
  vfprintf(stderr, format, arguments);
  fputc('\n', stderr);
  va_end(arguments);
  exit(1);
}

static uint64_t ns_of(const struct timespec *at) {
  return (uint64_t)at->tv_sec * 1000000000u + (uint64_t)at->tv_nsec;
}

uint64_t now_ns(void) {
  struct timespec at;
  clock_gettime(CLOCK_MONOTONIC, &at);
  return ns_of(&at);
}

double now(void) { return (double)now_ns() / 1e9; }

/* Nanoseconds of CPU time that a process has used, also in threads that have ended. */
uint64_t cpu_of(int pid) {
  clockid_t clock;
  struct timespec used;
  /* It may have ended itself: what waits for it tells so. */
  if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &used) < 0) return 0;
  return ns_of(&used);
}

void window_open(struct window *window, const struct options *options) {
  window->begin = now() + options->warmup;
  window->end = window->begin + options->seconds;
  window->cpu = 0;
}

/* Whether `at` is being measured; takes the server's CPU time at the first such moment. */
int window_measures(struct window *window, double at, const struct options *options) {
  if (at < window->begin) return 0;
  if (window->cpu == 0) {
    window->cpu = options->pid > 0 ? cpu_of(options->pid) : 1;
    /* What was counted late must not be measured short. */
    window->begin = now();
    window->end = window->begin + options->seconds;
  }
  return 1;
}

/* Nanoseconds of CPU time that the server has used since measuring began. */
uint64_t window_cpu(const struct window *window, const struct options *options) {
  return options->pid > 0 ? cpu_of(options->pid) - window->cpu : 0;
}

static int bucket_of(uint64_t ns) {
  if (ns < 32) return (int)ns;
  int power = 63 - __builtin_clzll(ns);
  return (power - 4) * 32 + (int)((ns >> (power - 5)) & 31);
}

void histogram_add(struct histogram *histogram, uint64_t ns) {
  histogram->counts[bucket_of(ns)]++;
  histogram->total++;
  if (ns > histogram->max) histogram->max = ns;
}

/* Microseconds that `share` (0..1) of all took at most. */
double histogram_us(const struct histogram *histogram, double share) {
  uint64_t rank = (uint64_t)(share * (double)histogram->total), seen = 0;
  for (int bucket = 0; bucket < 64 * 32; bucket++) {
    seen += histogram->counts[bucket];
    if (seen <= rank) continue;
    if (bucket < 32) return bucket / 1e3;
    int power = bucket / 32 + 4;
    return (double)((uint64_t)(32 + bucket % 32) << (power - 5)) / 1e3;
  }
  return (double)histogram->max / 1e3;
}

/* The line of a workload whose latencies are not asked for. */
void report(double seconds, uint64_t messages, uint64_t bytes, uint64_t cpu) {
  printf("{\"seconds\":%.6f,\"messages\":%llu,\"bytes\":%llu,\"cpuNs\":%llu}\n",
         seconds, (unsigned long long)messages, (unsigned long long)bytes,
         (unsigned long long)cpu);
}
