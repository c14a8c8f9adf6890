"""A peer that reads nothing until it is told to, and then all that comes.

    late_reader.py [<folder> <newest version>]

Secured with the certificates of the folder, if there is one, by the version
"tls12" or another. Says where it
listens; told to "accept <tickets>", "connect <port>" or "connect <path>", it
answers "ready", and told to "read", how many bytes came that are in order.
"""

import socket
import ssl
import sys

HOST = "127.0.0.1"
# What is not read stays with the sender as far as that can be.
RECEIVE_BYTES = 16 * 1024
# Bytes come as 0, 1, ... 250, 0, 1, ...
PATTERN = bytes(range(251)) * 300

folder, version = sys.argv[1:3] if len(sys.argv) > 1 else (None, None)


def limited(context):
    if version == "tls12":
        context.maximum_version = ssl.TLSVersion.TLSv1_2
    return context


listener = socket.socket()
listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BYTES)
listener.bind((HOST, 0))
listener.listen()
print(listener.getsockname()[1], flush=True)

verb, *rest = sys.stdin.readline().split()
if verb == "accept":
    peer = listener.accept()[0]
    if folder is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(f"{folder}/server.crt", f"{folder}/server.key")
        # Unread by a process that ends, they make the system reset the connection.
        context.num_tickets = int(rest[0])
        peer = limited(context).wrap_socket(peer, True, suppress_ragged_eofs=False)
else:
    where = rest[0]
    if where.startswith("/"):
        peer = socket.socket(socket.AF_UNIX)
        peer.connect(where)
    else:
        peer = socket.socket()
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BYTES)
        peer.connect((HOST, int(where)))
    if folder is not None:
        context = ssl.create_default_context(cafile=f"{folder}/ca.crt")
        peer = limited(context).wrap_socket(
            peer, server_hostname=HOST, suppress_ragged_eofs=False
        )
print("ready", flush=True)

sys.stdin.readline()
got = 0
try:
    while True:
        piece = peer.recv(65536)
        if not piece:
            break
        begin = got % 251
        if piece != PATTERN[begin:begin + len(piece)]:
            print("disorder after", got, flush=True)
            sys.exit()
        got += len(piece)
except OSError:
    # A process that has ended without closing says no more than that.
    pass
print("got", got, flush=True)
