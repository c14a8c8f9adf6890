"""Visits a secured server in many ways, few of them polite, and many at a time.

    tls_hostile.py <folder> <port> besiege <each> <honest>
    tls_hostile.py <folder> <port> throng <silent> <honest> <after>
    tls_hostile.py <folder> <port> load <count>
    tls_hostile.py <folder> <port> crowd <idle>
    tls_hostile.py <folder> <port> come_and_go <visitors>

The first makes so many visits of each hostile kind, all at once, while honest
visitors come one after the other. The second is silent so many times, and lets
honest visitors come that many seconds later. The third shakes hands so often at
once. The fourth holds idle connections until it is told to leave; the last
comes and goes until then. Each prints in JSON how it went.
"""

import asyncio
import hashlib
import json
import os
import random
import ssl
import sys

from visits import HOST, LIMIT_S, make_visit, now, take_all_descriptors, told

# More than the server needs to see of a message that is too long.
MAX_SENT = 4 * 1024 * 1024

folder, port = sys.argv[1], int(sys.argv[2])
context = ssl.create_default_context(cafile=f"{folder}/ca.crt")


def client_hello():
    """The message as it really comes, in its record."""
    outgoing = ssl.MemoryBIO()
    client = context.wrap_bio(ssl.MemoryBIO(), outgoing, server_hostname=HOST)
    try:
        client.do_handshake()
    except ssl.SSLWantReadError:
        return outgoing.read()


def record(fragment):
    return b"\x16\x03\x01" + len(fragment).to_bytes(2, "big") + fragment


def in_records_of_one_byte(message):
    return b"".join(record(bytes([byte])) for byte in message)


async def silent(visit):
    await visit.outlive()


async def drip(visit):
    for byte in client_hello():
        if visit.reader.at_eof():
            break
        await visit.send(bytes([byte]))
        await asyncio.sleep(0.02)
    await visit.outlive()


async def garbage(visit):
    await visit.send(os.urandom(random.randint(1, 4096)))
    await visit.outlive()


async def huge_hello(visit):
    """A message that says it is the longest that can be, and goes on."""
    await visit.send(record(b"\x01\xff\xff\xff" + bytes(16_000)))
    for _ in range(MAX_SENT // 16_000):
        await visit.send(record(bytes(16_000)))
    await visit.outlive()


async def many_records(visit):
    """One byte in each; that is allowed, and has to be answered."""
    await visit.send(in_records_of_one_byte(client_hello()[5:]))
    if not await visit.reader.read(1):
        raise AssertionError("no answer to a ClientHello in pieces")


async def costly_hello(visit):
    """The longest message that is put together, in the smallest records, and
    the end of it byte by byte, each a reason to look at all of it again."""
    message = b"\x01\x00\x3f\xf0" + bytes(0x3FF0)
    data = in_records_of_one_byte(message)
    await visit.send(data[:-100])
    for byte in data[-100:-1]:
        await visit.send(bytes([byte]))
        await asyncio.sleep(0.02)
    await visit.outlive()


async def half_and_reset(visit):
    await visit.send(client_hello()[:200])
    visit.reset()


async def half_and_end(visit):
    await visit.send(client_hello()[:200])
    visit.writer.write_eof()
    await visit.outlive()


async def reset_at_answer(visit):
    await visit.send(client_hello())
    await visit.reader.read(1)
    visit.reset()


async def plain_http(visit):
    await visit.send(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
    await visit.outlive()


HOSTILE = [
    silent, drip, garbage, huge_hello, many_records, costly_hello,
    half_and_reset, half_and_end, reset_at_answer, plain_http,
]  # fmt: skip


async def secured():
    return await asyncio.open_connection(
        HOST, port, ssl=context, ssl_handshake_timeout=LIMIT_S
    )


async def echo(reader, writer):
    data = os.urandom(1024)
    writer.write(data)
    if await reader.readexactly(len(data)) != data:
        raise AssertionError("the echo is not what was sent")


async def honest_visit():
    """Returns how many milliseconds it took, and whose certificate was shown."""
    began = now()
    reader, writer = await secured()
    shown = writer.get_extra_info("ssl_object").getpeercert(True)
    await echo(reader, writer)
    took = round((now() - began) * 1000)
    writer.close()
    await writer.wait_closed()
    return took, hashlib.sha256(shown).hexdigest()


async def besiege(each, honest):
    counts, took = {}, []
    kinds = HOSTILE * int(each)
    random.shuffle(kinds)
    siege = asyncio.gather(*(make_visit(kind, port, counts) for kind in kinds))
    for _ in range(int(honest)):
        took.append((await honest_visit())[0])
    await siege
    return {"visits": counts, "honest": took}


async def throng(count, honest, after):
    counts = {}
    siege = asyncio.gather(
        *(make_visit(silent, port, counts) for _ in range(int(count)))
    )
    await asyncio.sleep(float(after))
    visits = await asyncio.gather(*(honest_visit() for _ in range(int(honest))))
    await siege
    return {"visits": counts, "honest": [took for took, _ in visits]}


async def load(count):
    visits = await asyncio.gather(*(honest_visit() for _ in range(int(count))))
    return {"honest": [took for took, _ in visits]}


async def crowd(idle):
    quiet = []
    for _ in range(int(idle)):
        quiet.append(await secured())
        # Answered, so that both ends are done with their handshake.
        await echo(*quiet[-1])
    print("open", flush=True)
    await told()
    for _, writer in quiet:
        writer.close()
    return {"honest": [0] * len(quiet)}


async def come_and_go(visitors):
    leaving = asyncio.ensure_future(told())
    shown = {}

    async def visitor():
        while not leaving.done():
            _, digest = await honest_visit()
            shown[digest] = shown.get(digest, 0) + 1

    await asyncio.gather(*(visitor() for _ in range(int(visitors))))
    return {"shown": shown}


def main(name, *words):
    take_all_descriptors()
    ways = [besiege, throng, load, crowd, come_and_go]
    way = next(way for way in ways if way.__name__ == name)
    print("went", json.dumps(asyncio.run(way(*words))), flush=True)


main(*sys.argv[3:])
