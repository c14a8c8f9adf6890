"""Peers that agree to TLS which is not safe any more: servers, and clients.

    tls_weak.py <folder>

It does what the lines on its standard input say, and answers each with one:
"serve <version> <ciphers>" with the port, "visit <version> <ciphers> <port>" with
the cipher that was agreed on, or "nothing".
"""

import socket
import ssl
import sys
import threading

HOST = "127.0.0.1"

folder = sys.argv[1]


def context(role, name, version, ciphers):
    made = ssl.SSLContext(role)
    made.check_hostname = False
    made.verify_mode = ssl.CERT_NONE
    made.minimum_version = made.maximum_version = ssl.TLSVersion[version]
    made.set_ciphers(ciphers)
    made.load_cert_chain(f"{folder}/{name}.crt", f"{folder}/{name}.key")
    return made


def shake(secure, plain, is_server):
    """Returns the cipher, if the other side ends well: with TLS 1.3 it refuses late."""
    plain.settimeout(5)
    try:
        with secure.wrap_socket(
            plain, is_server, suppress_ragged_eofs=False
        ) as secured:
            cipher = secured.cipher()[0]
            secured.recv(1)
            return cipher
    except OSError:
        return "nothing"


def serve(version, ciphers):
    secure = context(ssl.PROTOCOL_TLS_SERVER, "server", version, ciphers)
    listener = socket.create_server((HOST, 0))

    def accept():
        while True:
            shake(secure, listener.accept()[0], True)

    threading.Thread(target=accept, daemon=True).start()
    return listener.getsockname()[1]


def visit(version, ciphers, port):
    secure = context(ssl.PROTOCOL_TLS_CLIENT, "client", version, ciphers)
    plain = socket.create_connection((HOST, int(port)))
    return shake(secure, plain, False)


COMMANDS = {one.__name__: one for one in (serve, visit)}

for line in sys.stdin:
    name, *words = line.split()
    print("done", COMMANDS[name](*words), flush=True)
