"""What is common to the programs that visit servers in no polite way."""

import asyncio
import resource
import socket
import struct
import sys

HOST = "127.0.0.1"
# A visit that takes longer is a server's that does not end it.
LIMIT_S = 8


def now():
    return asyncio.get_running_loop().time()


def take_all_descriptors():
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


async def told():
    """Waits for a line of the input."""
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)


class Visit:
    """A plain connection whose end this side chooses."""

    def __init__(self, reader, writer):
        self.reader, self.writer = reader, writer
        # More than this is not to be hidden from the server.
        writer.transport.set_write_buffer_limits(0)

    @classmethod
    async def begin(cls, port):
        return cls(*await asyncio.open_connection(HOST, port))

    async def send(self, data):
        self.writer.write(data)
        await self.writer.drain()

    def reset(self):
        sock = self.writer.get_extra_info("socket")
        if sock.fileno() < 0:
            return  # It is over already.
        linger = struct.pack("ii", 1, 0)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.writer.transport.abort()

    async def outlive(self):
        """Reads until the server has had enough."""
        while await self.reader.read(65536):
            pass


async def make_visit(kind, port, counts, leave=lambda visit: None):
    """Makes a visit of a kind, and counts how it went."""
    count = counts.setdefault(kind.__name__, {"went": 0, "cut": 0, "stuck": 0})
    visit = None
    try:
        visit = await Visit.begin(port)
        await asyncio.wait_for(kind(visit), LIMIT_S)
        count["went"] += 1
    except asyncio.TimeoutError:
        count["stuck"] += 1
    except (OSError, asyncio.IncompleteReadError):
        count["cut"] += 1
    finally:
        if visit is not None:
            leave(visit)
            visit.writer.close()
