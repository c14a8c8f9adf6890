/* What the parts of the load generator share. */
#ifndef BENCH_H
#define BENCH_H

#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>

/* The largest message, and how much is read or written at once at most. */
#define MAX_MESSAGE (1024 * 1024)
#define IO_BYTES (256 * 1024)

/* What to do; each is a word `name=value` of the command line. */
struct options {
  struct sockaddr_in address;
  int connections;
  size_t size;      /* bytes of a message */
  int depth;        /* messages under way on a connection */
  double seconds;   /* measured */
  double warmup;    /* seconds before that */
  double rate;      /* messages a second over all connections; 0: no limit */
  size_t count;     /* pieces of a burst, starts of a server */
  double patience;  /* seconds that a program may take to answer at all */
  int silent;       /* whether a sink does not say how much it got */
  int pid;          /* the server, whose CPU time is read; 0: unknown */
};

/* A run's clock: warming up, measuring, over. */
struct window {
  double begin, end; /* seconds */
  uint64_t cpu;      /* nanoseconds the server had used at `begin` */
};

/* Latencies, in buckets 1/32 of their size wide. */
struct histogram {
  uint64_t counts[64 * 32];
  uint64_t total, max;
};

/* bench.c */
void die(const char *what) __attribute__((noreturn));
void fail(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));
uint64_t now_ns(void);
double now(void);
uint64_t cpu_of(int pid);
void window_open(struct window *window, const struct options *options);
int window_measures(struct window *window, double at, const struct options *options);
uint64_t window_cpu(const struct window *window, const struct options *options);
void histogram_add(struct histogram *histogram, uint64_t ns);
double histogram_us(const struct histogram *histogram, double share);
void report(double seconds, uint64_t messages, uint64_t bytes, uint64_t cpu);

/* pattern.c: every stream carries byte i % 251 at place i, so that a lost,
 * doubled or swapped piece of any usual size shows. */
void pattern_init(void);
const char *pattern_at(uint64_t place);
void pattern_check(const char *bytes, size_t length, uint64_t place);

/* connect.c */
int connect_to(const struct options *options);
int connect_begin(const struct options *options);
void watch(int epoll, int op, int fd, uint32_t events, uint32_t tag);
size_t read_some(int fd, char *buffer, size_t length);
size_t send_some(int fd, const char *bytes, size_t length);

/* The workloads, each of which prints one line of JSON. */
void run_echo(const struct options *options);
void run_sink(const struct options *options);
void run_source(const struct options *options);
void run_burst(const struct options *options);
void run_churn(const struct options *options);
void run_idle(const struct options *options);
void run_tls_handshakes(const struct options *options);
void run_tls_sink(const struct options *options);
void run_tls_source(const struct options *options);
void run_udp_in(const struct options *options);
void run_udp_out(const struct options *options);
void run_spawn(const struct options *options, char **command);

#endif
