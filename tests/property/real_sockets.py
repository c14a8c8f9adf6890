"""Does with the system's sockets what each line of the input says.

A line is a JSON object; the answer is {"value": …} or {"code": errno's name}.
"""

import errno
import json
import os
import socket
import sys
import tempfile

FAMILIES = {"inet": socket.AF_INET, "unix": socket.AF_UNIX}
sockets = {}


def fresh(family, paths=[0]):
    if family == "inet":
        return ("127.0.0.1", 0)
    paths[0] += 1
    return f"{directory}/{paths[0]}"


def run(op, id, family=None, other=None, number=0):
    if op == "socket":
        sockets[id] = socket.socket(FAMILIES[family], socket.SOCK_STREAM)
        return None
    if op == "end":
        for sock in sockets.values():
            sock.close()
        sockets.clear()
        return None
    sock = sockets[id]
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
        sock.getpeername()
    elif op == "getsockname":
        name = sock.getsockname()
        return name[0] if isinstance(name, tuple) else name != ""
    elif op == "reuseAddr":
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, number)
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
