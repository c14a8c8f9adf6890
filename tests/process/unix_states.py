# Binds sockets in a directory, in states that no runtime leaves them in, says so,
# and holds them until its input ends: python3 unix_states.py DIRECTORY
import os
import socket
import sys

directory = sys.argv[1]


def bound(name, kind=socket.SOCK_STREAM, mode=0o777):
    end = socket.socket(socket.AF_UNIX, kind)
    path = os.path.join(directory, name)
    end.bind(path)
    os.chmod(path, mode)
    return end


held = [bound("silent"), bound("datagram", socket.SOCK_DGRAM)]

packets = bound("packets", socket.SOCK_SEQPACKET)
packets.listen(1)

forbidden = bound("forbidden", mode=0o555)
forbidden.listen(1)

os.chdir(directory)
relative = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
relative.bind("relative")
full = bound("full")
for listener, name in (full, "full"), (relative, "relative"):
    os.chmod(name, 0o777)
    listener.listen(0)
    try:
        for _ in range(9):
            waiting = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            waiting.setblocking(False)
            waiting.connect(name)
            held.append(waiting)
    except BlockingIOError:
        pass

os.mkdir("closed")
os.chmod("closed", 0)
print("bound", flush=True)
sys.stdin.read()
