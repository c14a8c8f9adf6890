/* The client, in C:  cc -o client client.c && ./client port words... */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void fail(const char *step) {
  perror(step);
  exit(1);
}

static void send_all(int fd, const char *data, size_t length) {
  while (length > 0) {
    ssize_t sent = send(fd, data, length, 0);
    if (sent < 0) fail("send");
    data += sent;
    length -= (size_t)sent;
  }
}

int main(int argc, char **argv) {
  int client = socket(AF_INET, SOCK_STREAM, 0);
  if (client < 0) fail("socket");

  struct sockaddr_in address = {.sin_family = AF_INET};
  address.sin_port = htons((uint16_t)(argc > 1 ? atoi(argv[1]) : 8080));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(client, (struct sockaddr *)&address, sizeof address) < 0) {
    fail("connect");
  }
  for (int i = 2; i < argc; i++) {
    if (i > 2) send_all(client, " ", 1);
    send_all(client, argv[i], strlen(argv[i]));
  }
  shutdown(client, SHUT_WR);
  char data[1024];
  ssize_t length;
  while ((length = recv(client, data, sizeof data, 0)) > 0) {
    fwrite(data, 1, (size_t)length, stdout);
  }
  if (length < 0) fail("recv");
  putchar('\n');
  close(client);
  return 0;
}
