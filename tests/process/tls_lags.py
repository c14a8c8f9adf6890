"""A secured peer that reads nothing until it is told to, and for a while longer.

    tls_lags.py <folder>

Says where it listens; told to "accept" or to "connect <port>", it shakes hands. At the
next line it lags, reads everything, and says how much that was and how it ended.
"""

import socket
import ssl
import sys
import time

HOST = "127.0.0.1"
# Longer than a connection lingers that was closed: one second.
LAG_S = 1.5

folder = sys.argv[1]
listener = socket.socket()
# What is not read stays with the sender as far as that can be.
listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16 * 1024)
listener.bind((HOST, 0))
listener.listen()


def accept():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(f"{folder}/server.crt", f"{folder}/server.key")
    # They would lie unread here for as long as this end is not read.
    context.num_tickets = 0
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
        while piece := secured.recv(256 * 1024):
            count += len(piece)
        return count, "close_notify"
    except (ssl.SSLEOFError, ssl.SSLZeroReturnError):
        return count, "cut off"
    except OSError as error:
        return count, type(error).__name__


print("listening", listener.getsockname()[1], flush=True)
name, *words = sys.stdin.readline().split()
secured = {"accept": accept, "connect": connect}[name](*words)
sys.stdin.readline()
time.sleep(LAG_S)
print("got", *read(secured), flush=True)
