/*
 * BSD sockets in C as either side of the dialogue.
 *
 *     echo server HOST
 *     echo client HOST PORT PAYLOAD EXCHANGES DIGITS
 */
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

enum { HEADER = 8, GREETING = 64, PIECE = 65536 };

/* Seconds after which a forked process ends: if it hangs, nothing else ends it. */
enum { LIMIT = 60 };

static void fail(const char *step)
{
    perror(step);
    exit(1);
}

/* Fills in the address of HOST and PORT, and returns its size. */
static socklen_t address(const char *host, const char *port,
                         struct sockaddr_storage *out)
{
    struct addrinfo hints = {.ai_flags = AI_NUMERICHOST,
                             .ai_socktype = SOCK_STREAM};
    struct addrinfo *found;
    memset(out, 0, sizeof *out);
    if (host[0] == '/') {
        struct sockaddr_un *un = (struct sockaddr_un *)out;
        un->sun_family = AF_UNIX;
        snprintf(un->sun_path, sizeof un->sun_path, "%s", host);
        return sizeof *un;
    }
    if (getaddrinfo(host, port, &hints, &found) != 0)
        fail("getaddrinfo");
    memcpy(out, found->ai_addr, found->ai_addrlen);
    socklen_t size = found->ai_addrlen;
    freeaddrinfo(found);
    return size;
}

static void send_all(int fd, const char *bytes, size_t size)
{
    while (size > 0) {
        ssize_t n = send(fd, bytes, size, 0);
        if (n < 0)
            fail("send");
        bytes += n;
        size -= n;
    }
}

static void receive_exactly(int fd, char *bytes, size_t size)
{
    if (recv(fd, bytes, size, MSG_WAITALL) != (ssize_t)size)
        fail("recv of a header");
}

/*
 * Reads until the connection ends, and says how it does. `bytes` has room for
 * the first `most` and one more piece, where what is too much goes.
 */
static const char *receive(int fd, char *bytes, size_t most, size_t *count)
{
    for (*count = 0;;) {
        size_t filled = *count < most ? *count : most;
        ssize_t n = recv(fd, bytes + filled, PIECE, 0);
        if (n < 0)
            return errno == ECONNRESET ? "ECONNRESET" : strerror(errno);
        if (n == 0)
            return "EOF";
        *count += n;
    }
}

/* Closing then resets; on a Unix socket the unread bytes do. */
static void reset_on_close(int fd)
{
    struct linger linger = {.l_onoff = 1, .l_linger = 0};
    if (setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger) < 0)
        fail("setsockopt");
}

/* Sends back all that comes, the last piece after the end. */
static void echo(int fd, const char *header)
{
    static char pieces[2][PIECE];
    size_t held = HEADER;
    int at = 0;
    memcpy(pieces[at], header, HEADER);
    for (;;) {
        ssize_t n = recv(fd, pieces[1 - at], PIECE, 0);
        if (n < 0)
            fail("recv");
        send_all(fd, pieces[at], held);
        if (n == 0)
            return;
        at = 1 - at;
        held = n;
    }
}

static void expect_reset(int fd, const char *header)
{
    static char bytes[PIECE];
    size_t count;
    for (int i = 0; i < GREETING; i += HEADER)
        memcpy(bytes + i, header, HEADER);
    send_all(fd, bytes, GREETING);
    const char *end = receive(fd, bytes, 0, &count);
    printf("{\"digits\":\"%.6s\",\"received\":%zu,\"end\":\"%s\"}\n",
           header + 1, count, end);
}

static void serve(int fd)
{
    static char rest[PIECE];
    size_t count;
    char header[HEADER];
    receive_exactly(fd, header, HEADER);
    if (header[0] == 'E') {
        echo(fd, header);
    } else if (header[0] != 'C') {
        if (header[0] == 'H')
            receive(fd, rest, 0, &count);
        send_all(fd, header, HEADER);
        reset_on_close(fd);
    } else {
        expect_reset(fd, header);
    }
    close(fd);
}

/* A process a connection. */
static void server(const char *host)
{
    struct sockaddr_storage name;
    socklen_t size = address(host, "0", &name);
    int listener = socket(name.ss_family, SOCK_STREAM, 0);
    if (bind(listener, (struct sockaddr *)&name, size) < 0)
        fail("bind");
    if (listen(listener, SOMAXCONN) < 0)
        fail("listen");
    getsockname(listener, (struct sockaddr *)&name, &size);
    int port = host[0] == '/'
                   ? 0
                   : ntohs(((struct sockaddr_in *)&name)->sin_port);
    printf("{\"port\":%d}\n", port);
    fflush(stdout);
    signal(SIGCHLD, SIG_IGN);
    for (;;) {
        int fd = accept(listener, NULL, NULL);
        if (fd < 0)
            fail("accept");
        pid_t child = fork();
        if (child < 0)
            fail("fork");
        if (child == 0) {
            alarm(LIMIT);
            close(listener);
            serve(fd);
            exit(0);
        }
        close(fd);
    }
}

/* Sends in uneven pieces from a process of its own. */
static pid_t send_aside(int fd, const char *bytes, size_t size)
{
    static const size_t pieces[] = {1, 7, 4096, 65536, 333, 100000};
    pid_t child = fork();
    if (child != 0)
        return child;
    alarm(LIMIT);
    for (int i = 0; size > 0; i = (i + 1) % 6) {
        size_t piece = pieces[i] < size ? pieces[i] : size;
        send_all(fd, bytes, piece);
        bytes += piece;
        size -= piece;
    }
    shutdown(fd, SHUT_WR);
    _exit(0);
}

static char *read_payload(const char *file, size_t *size)
{
    FILE *in = fopen(file, "rb");
    if (in == NULL || fseek(in, 0, SEEK_END) < 0)
        fail(file);
    *size = HEADER + ftell(in);
    rewind(in);
    char *request = malloc(*size);
    if (fread(request + HEADER, 1, *size - HEADER, in) != *size - HEADER)
        fail(file);
    fclose(in);
    return request;
}

static void client(char **argv)
{
    size_t size, count = HEADER;
    char *request = read_payload(argv[2], &size);
    char *received = malloc(size + PIECE);
    for (const char *exchange = argv[3]; *exchange != '\0'; exchange++) {
        struct sockaddr_storage name;
        socklen_t name_size = address(argv[0], argv[1], &name);
        int fd = socket(name.ss_family, SOCK_STREAM, 0);
        if (connect(fd, (struct sockaddr *)&name, name_size) < 0)
            fail("connect");
        char header[HEADER + 1];
        snprintf(header, sizeof header, "%c%s\n", *exchange, argv[4]);
        memcpy(request, header, HEADER);
        const char *end;
        size_t expected = HEADER;
        if (*exchange == 'E') {
            pid_t sender = send_aside(fd, request, expected = size);
            end = receive(fd, received, size, &count);
            waitpid(sender, NULL, 0);
        } else if (*exchange == 'R') {
            send_all(fd, request, GREETING);
            end = receive(fd, received, size, &count);
        } else if (*exchange == 'H') {
            send_all(fd, request, HEADER);
            shutdown(fd, SHUT_WR);
            end = receive(fd, received, size, &count);
        } else {
            send_all(fd, request, HEADER);
            receive_exactly(fd, received, count = HEADER);
            send_all(fd, request, HEADER);
            reset_on_close(fd);
            end = "reset";
        }
        close(fd);
        int identical =
            count >= expected && memcmp(received, request, expected) == 0;
        printf("{\"exchange\":\"%c\",\"received\":%zu,\"identical\":%s,"
               "\"end\":\"%s\"}\n",
               *exchange, count, identical ? "true" : "false", end);
        fflush(stdout);
    }
}

int main(int argc, char **argv)
{
    /* A peer that has gone is told by send(), not by a signal. */
    signal(SIGPIPE, SIG_IGN);
    if (argc == 3 && strcmp(argv[1], "server") == 0)
        server(argv[2]);
    else if (argc == 7 && strcmp(argv[1], "client") == 0)
        client(argv + 2);
    else
        return 2;
}
