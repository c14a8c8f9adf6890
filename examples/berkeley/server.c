/* The server, in C:  cc -o server server.c && ./server [port] */
#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static void fail(const char *step) {
  perror(step);
  exit(1);
}

static void print_address(const char *what, const struct sockaddr_in *address) {
  printf("%s %s:%d\n", what, inet_ntoa(address->sin_addr),
         ntohs(address->sin_port));
  fflush(stdout);
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
  int server = socket(AF_INET, SOCK_STREAM, 0), on = 1;
  if (server < 0) fail("socket");
  setsockopt(server, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);

  struct sockaddr_in address = {.sin_family = AF_INET};
  address.sin_port = htons((uint16_t)(argc > 1 ? atoi(argv[1]) : 8080));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (bind(server, (struct sockaddr *)&address, sizeof address) < 0) fail("bind");
  if (listen(server, 5) < 0) fail("listen");
  socklen_t size = sizeof address;
  getsockname(server, (struct sockaddr *)&address, &size);
  print_address("Listening on", &address);

  for (;;) {
    size = sizeof address;
    int client = accept(server, (struct sockaddr *)&address, &size);
    if (client < 0) fail("accept");
    print_address("Connection from", &address);
    char data[1024];
    ssize_t length;
    while ((length = recv(client, data, sizeof data, 0)) > 0) {
      for (ssize_t i = 0; i < length; i++) {
        data[i] = (char)toupper((unsigned char)data[i]);
      }
      send_all(client, data, (size_t)length);
    }
    if (length < 0) fail("recv");
    shutdown(client, SHUT_RDWR);
    close(client);
  }
}
