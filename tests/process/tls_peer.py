"""The other side of a secured connection, which does what it is told.

    tls_peer.py <folder>

It does what the lines on its standard input say, and answers each with one.
"""

import select
import socket
import ssl
import sys

HOST = "127.0.0.1"

folder = sys.argv[1]
listener = socket.create_server((HOST, 0))
sockets = []


def listen():
    return listener.getsockname()[1]


def accept():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(f"{folder}/server.crt", f"{folder}/server.key")
    sockets.append(context.wrap_socket(listener.accept()[0], True))


def connect(port):
    context = ssl.create_default_context(cafile=f"{folder}/ca.crt")
    plain = socket.create_connection((HOST, int(port)))
    sockets.append(context.wrap_socket(plain, server_hostname=HOST))


def flood(limit):
    """Sends until so many bytes are gone, or for half a second none is taken."""
    piece = bytes(64 * 1024)
    one, sent = sockets[-1], 0
    one.setblocking(False)
    while sent < int(limit):
        if not select.select([], [one], [], 0.5)[1]:
            break
        try:
            sent += one.send(piece)
        except ssl.SSLWantWriteError:
            pass
    return sent


COMMANDS = {one.__name__: one for one in (listen, accept, connect, flood)}

for line in sys.stdin:
    name, *words = line.split()
    answer = COMMANDS[name](*words)
    print("done" if answer is None else f"done {answer}", flush=True)
