"""Blocking sockets as the client of the dialogue: a thread sends.

echo_client.py HOST PORT PAYLOAD EXCHANGES DIGITS
"""

import errno
import itertools
import json
import pathlib
import socket
import struct
import sys
import threading

PIECES = (1, 7, 4096, 65536, 333, 100_000)


def main(host, port, file, exchanges, digits):
    payload = pathlib.Path(file).read_bytes()
    run = {"E": echo, "R": expect_reset, "H": expect_reset_after_end, "C": reset}
    for exchange in exchanges:
        header = f"{exchange}{digits}\n".encode()
        with connect(host, int(port)) as conn:
            received, expected, end = run[exchange](conn, header, payload)
        verdict = {
            "exchange": exchange,
            "received": len(received),
            "identical": received == expected,
            "end": end,
        }
        print(json.dumps(verdict), flush=True)


def connect(host, port):
    if host.startswith("/"):
        conn = socket.socket(socket.AF_UNIX)
        conn.connect(host)
        return conn
    return socket.create_connection((host, port))


def echo(conn, header, payload):
    request = header + payload
    sender = threading.Thread(target=send, args=(conn, request))
    sender.start()
    received, end = receive(conn)
    sender.join()
    return received, request, end


def send(conn, request):
    at = 0
    for size in itertools.cycle(PIECES):
        conn.sendall(request[at : at + size])
        at += size
        if at >= len(request):
            break
    conn.shutdown(socket.SHUT_WR)


def expect_reset(conn, header, payload):
    conn.sendall(header + payload[:56])
    received, end = receive(conn)
    return received, header + received[8:], end


def expect_reset_after_end(conn, header, _payload):
    conn.sendall(header)
    conn.shutdown(socket.SHUT_WR)
    received, end = receive(conn)
    return received, header + received[8:], end


def reset(conn, header, _payload):
    conn.sendall(header)
    received = conn.recv(8, socket.MSG_WAITALL)
    conn.sendall(header)
    # Closing then resets; on a Unix socket the unread bytes do.
    linger = struct.pack("ii", 1, 0)
    conn.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    return received, header, "reset"


def receive(conn):
    received = bytearray()
    try:
        while piece := conn.recv(65536):
            received += piece
        return received, "EOF"
    except OSError as error:
        return received, errno.errorcode[error.errno]


main(*sys.argv[1:])
