"""Visits a server in many ways, few of them polite, and many at a time.

    hostile.py <port> <seconds> <visitors>
    hostile.py <port> crowd <idle> <chatty>

The first goes on for so long, leaves nothing open, and prints how the visits
went by kind. The second opens the idle connections and says "open"; told to, it
opens the chatty ones, makes them talk, and says "talked"; told to, it leaves.
"""

import asyncio
import json
import os
import random
import sys

from visits import Visit, make_visit, now, take_all_descriptors, told


async def echo(visit):
    data = os.urandom(random.randint(1, 4096))
    await visit.send(data)
    if await visit.reader.readexactly(len(data)) != data:
        raise AssertionError("the echo is not what was sent")


async def half_close(visit):
    data = os.urandom(random.randint(1, 100_000))
    sending = asyncio.ensure_future(visit.send(data))
    got = await visit.reader.readexactly(len(data))
    await sending
    visit.writer.write_eof()
    if got != data or await visit.reader.read():
        raise AssertionError("the echo is not what was sent")


async def end_at_once(visit):
    visit.writer.write_eof()
    if await visit.reader.read():
        raise AssertionError("an answer to nothing")


async def reset_at_once(visit):
    visit.reset()


async def reset_midway(visit):
    await visit.send(os.urandom(random.randint(1, 65536)))
    await visit.reader.read(1)
    visit.reset()


async def stall(visit):
    await visit.send(b"x")
    await visit.outlive()


async def drip(visit):
    while not visit.reader.at_eof():
        await visit.send(b"x")
        await asyncio.sleep(0.05)


async def swallow_nothing(visit):
    """Sends for ever, and takes nothing back."""
    visit.writer.transport.pause_reading()
    while True:
        await visit.send(bytes(65536))


POLITE = [echo, half_close, end_at_once]
RUDE = [reset_at_once, reset_midway]
# They last until the server sends them away.
CLINGING = [stall, drip, swallow_nothing]


async def visitor(port, end, counts):
    while now() < end:
        kind = random.choice(POLITE * 6 + RUDE * 6 + CLINGING)
        await make_visit(kind, port, counts, leave)


def leave(visit):
    if random.random() < 0.5:
        visit.reset()


async def besiege(port, seconds, visitors):
    counts = {}
    end = now() + seconds
    await asyncio.gather(*(visitor(port, end, counts) for _ in range(visitors)))
    print("visits", json.dumps(counts), flush=True)


async def crowd(port, idle, chatty):
    take_all_descriptors()
    quiet = []
    for _ in range(idle):
        quiet.append(await Visit.begin(port))
        # Answered, and not only in the queue.
        await quiet[-1].send(b"x")
        await quiet[-1].reader.readexactly(1)
    print("open", flush=True)
    await told()
    talkers = [await Visit.begin(port) for _ in range(chatty)]
    for _ in range(10):
        await asyncio.gather(*(echo(visit) for visit in talkers))
    print("talked", flush=True)
    await told()
    for visit in quiet + talkers:
        visit.writer.close()


def main(port, *words):
    if words[0] == "crowd":
        asyncio.run(crowd(int(port), int(words[1]), int(words[2])))
    else:
        asyncio.run(besiege(int(port), float(words[0]), int(words[1])))


main(*sys.argv[1:])
