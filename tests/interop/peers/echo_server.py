"""Blocking sockets as the server of the dialogue: a thread a connection.

echo_server.py HOST
"""

import errno
import json
import os
import socket
import struct
import sys
import threading


def main(host):
    listener = listen(host)
    port = 0 if host.startswith("/") else listener.getsockname()[1]
    print(json.dumps({"port": port}), flush=True)
    while True:
        conn, _ = listener.accept()
        threading.Thread(target=serve, args=(conn,), daemon=True).start()


def listen(host):
    if host.startswith("/"):
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(host)
        listener.listen()
        return listener
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, 0), family=family)


def serve(conn):
    with conn:
        header = receive_header(conn)
        exchange = header[:1]
        if exchange == b"E":
            echo(conn, header)
        elif exchange in b"RH":
            if exchange == b"H":
                read_to_end(conn)
            conn.sendall(header)
            # Closing then resets; on a Unix socket the unread bytes do.
            linger = struct.pack("ii", 1, 0)
            conn.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        else:
            conn.sendall(header * 8)
            received, end = read_to_end(conn)
            report = {
                "digits": header[1:7].decode(),
                "received": received,
                "end": end,
            }
            os.write(1, json.dumps(report).encode() + b"\n")


def receive_header(conn):
    header = b""
    while len(header) < 8:
        piece = conn.recv(8 - len(header))
        if not piece:
            raise EOFError("The client ended within its header")
        header += piece
    return header


def echo(conn, held):
    while piece := conn.recv(65536):
        conn.sendall(held)
        held = piece
    conn.sendall(held)


def read_to_end(conn):
    received = 0
    try:
        while piece := conn.recv(65536):
            received += len(piece)
        return received, "EOF"
    except OSError as error:
        return received, errno.errorcode[error.errno]


main(*sys.argv[1:])
