"""asyncio streams as the server of the dialogue.

asyncio_server.py HOST
"""

import asyncio
import errno
import json
import os
import socket
import struct
import sys


async def main(host):
    if host.startswith("/"):
        server = await asyncio.start_unix_server(serve, host)
        port = 0
    else:
        server = await asyncio.start_server(serve, host, 0)
        port = server.sockets[0].getsockname()[1]
    print(json.dumps({"port": port}), flush=True)
    await server.serve_forever()


async def serve(reader, writer):
    header = await reader.readexactly(8)
    exchange = header[:1]
    if exchange == b"E":
        await echo(reader, writer, header)
        writer.close()
    elif exchange in b"RH":
        if exchange == b"H":
            await read_to_end(reader)
        writer.write(header)
        await writer.drain()
        linger = struct.pack("ii", 1, 0)
        sock = writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        writer.transport.abort()
    else:
        writer.write(header * 8)
        received, end = await read_to_end(reader)
        report = {
            "digits": header[1:7].decode(),
            "received": received,
            "end": end,
        }
        os.write(1, json.dumps(report).encode() + b"\n")
        writer.close()


async def echo(reader, writer, held):
    while piece := await reader.read(65536):
        writer.write(held)
        await writer.drain()
        held = piece
    writer.write(held)
    await writer.drain()


async def read_to_end(reader):
    received = 0
    try:
        while piece := await reader.read(65536):
            received += len(piece)
        return received, "EOF"
    except OSError as error:
        return received, errno.errorcode[error.errno]


asyncio.run(main(*sys.argv[1:]))
