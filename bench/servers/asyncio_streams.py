"""Servers on Python's asyncio streams.

    asyncio_streams.py <workload> <way> [size] [count]
"""

import asyncio
import socket
import sys

BLOCK = bytes(i % 251 for i in range(251 * 262))


async def echo(reader, writer):
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()


async def sink(reader, writer):
    got = 0
    while data := await reader.read(65536):
        got += len(data)
    writer.write(str(got).encode())


async def source(_reader, writer):
    while True:
        writer.write(BLOCK)
        await writer.drain()


async def burst(reader, writer):
    size, count = int(sys.argv[3]), int(sys.argv[4])
    pieces = [BLOCK[i * size % 251 :][:size] for i in range(count)]
    while await reader.read(1):
        for piece in pieces:
            writer.write(piece)
        await writer.drain()


async def main():
    serve = {"echo": echo, "sink": sink, "source": source, "burst": burst}[sys.argv[1]]

    async def handle(reader, writer):
        # The load generator leaves as it likes.
        try:
            await serve(reader, writer)
            writer.close()
        except ConnectionError:
            pass

    server = await asyncio.start_server(
        handle, "127.0.0.1", 0, family=socket.AF_INET, backlog=4096
    )
    print("listening", server.sockets[0].getsockname()[1], flush=True)
    async with server:
        await server.serve_forever()


asyncio.run(main())
