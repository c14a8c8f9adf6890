"""A peer of datagrams: does one deed, and says what came of it."""

import json
import socket
import struct
import sys

END = 0xFFFFFFFF


def say(word, value):
    print(word, json.dumps(value), flush=True)


def opened(family, host):
    sock = socket.socket(family, socket.SOCK_DGRAM)
    sock.settimeout(8)
    sock.bind((host, 0))
    return sock


def hops(host):
    """Tells with how many hops two datagrams came, the second one to a group."""
    if ":" in host:
        sock = opened(socket.AF_INET6, "::")
        level, option = socket.IPPROTO_IPV6, socket.IPV6_RECVHOPLIMIT
        end = socket.if_nametoindex("end0")
        group = socket.inet_pton(socket.AF_INET6, "ff02::1234")
        sock.setsockopt(level, socket.IPV6_JOIN_GROUP, group + struct.pack("@I", end))
    else:
        sock = opened(socket.AF_INET, "0.0.0.0")
        # Python has no name for IP_RECVTTL.
        level, option = socket.IPPROTO_IP, 12
        group = socket.inet_aton("239.1.2.3") + socket.inet_aton(host)
        sock.setsockopt(level, socket.IP_ADD_MEMBERSHIP, group)
    sock.setsockopt(level, option, 1)
    say("listening", sock.getsockname()[1])
    told = []
    for _ in range(2):
        _, ancillary, _, _ = sock.recvmsg(10, 100)
        told.append(struct.unpack("@i", ancillary[0][2])[0])
    say("hops", told)


def collect(count):
    """Tells the numbers of the first datagrams that came."""
    sock = opened(socket.AF_INET, "127.0.0.1")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
    say("listening", sock.getsockname()[1])
    numbers = [struct.unpack(">I", sock.recv(2000)[:4])[0] for _ in range(int(count))]
    say("numbers", numbers)


def flood(port, count):
    """Sends numbered datagrams as fast as it can, and the end until it is answered."""
    sock = opened(socket.AF_INET, "127.0.0.1")
    sock.connect(("127.0.0.1", int(port)))
    rest = bytes(60)
    pack = struct.Struct(">I").pack
    for number in range(int(count)):
        sock.send(pack(number) + rest)
    say("sent", int(count))
    sock.settimeout(0.05)
    for _ in range(1000):
        sock.send(pack(END) + rest)
        try:
            sock.recv(10)
            return
        except TimeoutError:
            pass


{"hops": hops, "collect": collect, "flood": flood}[sys.argv[1]](*sys.argv[2:])
