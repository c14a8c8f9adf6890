"""The other side of a connection, made of plain system calls.

It does what the lines on its standard input say, and answers each with one
line. A runtime's own sockets would not do: they cannot reset at will, nor
keep ten thousand connections.
"""

import resource
import select
import socket
import struct
import sys

HOST = "127.0.0.1"
RESET_AT_CLOSE = struct.pack("ii", 1, 0)  # SO_LINGER, on, 0 seconds

listener = None
sockets = []


def listen():
    global listener
    listener = socket.create_server((HOST, 0))
    return listener.getsockname()[1]


def accept():
    sockets.append(listener.accept()[0])


def connect(port):
    sockets.append(socket.create_connection((HOST, int(port))))


def send(text):
    sockets[-1].sendall(text.encode())


def echo():
    """Returns to the newest connection the byte that it sends."""
    accept()
    sockets[-1].sendall(sockets[-1].recv(1))


def reset():
    for one in sockets:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_AT_CLOSE)
    close()


def close():
    for one in sockets:
        one.close()
    sockets.clear()


def flood(limit):
    """Sends until so many bytes are gone, or for a second none is taken."""
    piece = bytes(64 * 1024)
    one, sent = sockets[-1], 0
    one.setblocking(False)
    while sent < int(limit):
        if not select.select([], [one], [], 1)[1]:
            break
        try:
            sent += one.send(piece)
        except BlockingIOError:
            pass
    return sent


def swarm(port, count):
    """Opens connections without waiting for them, as many as it may."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    count = min(int(count), hard - 64)
    for _ in range(count):
        one = socket.socket()
        one.setblocking(False)
        one.connect_ex((HOST, int(port)))
        sockets.append(one)
    return count


COMMANDS = {
    one.__name__: one
    for one in (listen, accept, connect, send, echo, reset, close, flood, swarm)
}

for line in sys.stdin:
    name, *words = line.split()
    answer = COMMANDS[name](*words)
    print("done" if answer is None else f"done {answer}", flush=True)
