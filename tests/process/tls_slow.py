"""A secured peer that is slow with its reading.

    tls_slow.py <folder>

Says where it listens; told to "accept" or to "connect <port>", it reads what
comes, a little at a time, and says how much that was and how it ended.
"""

import socket
import ssl
import sys
import time

HOST = "127.0.0.1"
# Longer in all than a connection lingers that was closed: one second.
PIECE, PAUSE_S = 16 * 1024, 0.02

folder = sys.argv[1]
listener = socket.socket()
# What is not read stays with the sender as far as that can be.
listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16 * 1024)
listener.bind((HOST, 0))
listener.listen()


def accept():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(f"{folder}/server.crt", f"{folder}/server.key")
    plain = listener.accept()[0]
    return context.wrap_socket(plain, True, suppress_ragged_eofs=False)


def connect(port):
    context = ssl.create_default_context(cafile=f"{folder}/ca.crt")
    plain = socket.socket()
    plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16 * 1024)
    plain.connect((HOST, int(port)))
    return context.wrap_socket(
        plain, server_hostname=HOST, suppress_ragged_eofs=False
    )


def read(secured):
    count = 0
    try:
        while piece := secured.recv(PIECE):
            count += len(piece)
            time.sleep(PAUSE_S)
        return count, "close_notify"
    except (ssl.SSLEOFError, ssl.SSLZeroReturnError):
        return count, "cut off"
    except OSError as error:
        return count, type(error).__name__


print("listening", listener.getsockname()[1], flush=True)
name, *words = sys.stdin.readline().split()
print("got", *read({"accept": accept, "connect": connect}[name](*words)), flush=True)
