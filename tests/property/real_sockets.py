"""Does with the system's sockets what each line of the input says.

A line is a JSON object; the answer is {"value": …} or {"code": errno's name}.
"""

import errno
import json
import os
import socket
import struct
import sys
import tempfile

KINDS = {
    "inet": (socket.AF_INET, socket.SOCK_STREAM),
    "unix": (socket.AF_UNIX, socket.SOCK_STREAM),
    "inetDgram": (socket.AF_INET, socket.SOCK_DGRAM),
    "inet6Dgram": (socket.AF_INET6, socket.SOCK_DGRAM),
}
LIMIT = struct.pack("ll", 5, 0)
sockets = {}


def fresh(family, paths=[0]):
    if family == "unix":
        paths[0] += 1
        return f"{directory}/{paths[0]}"
    return ("::1" if family == "inet6Dgram" else "127.0.0.1", 0)


def whose(address, family):
    """Which open socket of the family has that port."""
    for id, sock in sockets.items():
        fits = sock.fileno() >= 0 and sock.family == family
        if address and fits and sock.getsockname()[1] == address[1]:
            return id
    return None


def run(op, id, family=None, other=None, number=0):
    if op == "socket":
        sockets[id] = sock = socket.socket(*KINDS[family])
        # What waits, and is not to, is to be told from what hangs.
        for option in socket.SO_RCVTIMEO, socket.SO_SNDTIMEO:
            sock.setsockopt(socket.SOL_SOCKET, option, LIMIT)
        return None
    if op == "end":
        for sock in sockets.values():
            sock.close()
        sockets.clear()
        return None
    sock = sockets[id]
    datagrams = sock.type == socket.SOCK_DGRAM
    if op == "bind":
        sock.bind(fresh(family))
    elif op == "bindTaken":
        sock.bind(sockets[other].getsockname())
    elif op == "bindForeign":
        sock.bind(("203.0.113.1", 0))
    elif op == "listen":
        sock.listen(number)
    elif op == "connect":
        sock.connect(sockets[other].getsockname())
    elif op == "accept":
        sockets[other], _ = sock.accept()
    elif op == "send":
        return sock.send(bytes(number))
    elif op == "sendto":
        return sock.sendto(bytes(number), sockets[other].getsockname())
    elif op == "sendtoAll":
        return sock.sendto(bytes(number), ("127.255.255.255", 9))
    elif op == "recvfrom":
        data, address = sock.recvfrom(number)
        return [len(data), whose(address, sock.family)]
    elif op == "recv" and datagrams:
        return len(sock.recv(number))
    elif op == "recv":
        got = 0
        while got < number:
            part = len(sock.recv(number - got))
            if part == 0:
                break
            got += part
        return got
    elif op == "shutdown":
        sock.shutdown(number)
    elif op == "close":
        sock.close()
    elif op == "getpeername":
        name = sock.getpeername()
        return whose(name, sock.family) if datagrams else None
    elif op == "getsockname":
        name = sock.getsockname()
        return name[0] if isinstance(name, tuple) else name != ""
    elif op == "reuseAddr":
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, number)
    elif op == "broadcast":
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, number)
    elif op == "badOption":
        sock.setsockopt(socket.SOL_SOCKET, 999, number)
    return None


with tempfile.TemporaryDirectory() as directory:
    for line in sys.stdin:
        try:
            answer = {"value": run(**json.loads(line))}
        except OSError as error:
            answer = {"code": errno.errorcode[error.errno]}
        print(json.dumps(answer), flush=True)
