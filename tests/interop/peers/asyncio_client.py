"""asyncio streams as the client of the dialogue.

asyncio_client.py HOST PORT PAYLOAD EXCHANGES DIGITS
"""

import asyncio
import errno
import itertools
import json
import pathlib
import socket
import struct
import sys

PIECES = (1, 7, 4096, 65536, 333, 100_000)


async def main(host, port, file, exchanges, digits):
    payload = pathlib.Path(file).read_bytes()
    run = {"E": echo, "R": expect_reset, "H": expect_reset_after_end, "C": reset}
    for exchange in exchanges:
        header = f"{exchange}{digits}\n".encode()
        if host.startswith("/"):
            streams = await asyncio.open_unix_connection(host)
        else:
            streams = await asyncio.open_connection(host, int(port))
        received, expected, end = await run[exchange](*streams, header, payload)
        streams[1].close()
        verdict = {
            "exchange": exchange,
            "received": len(received),
            "identical": received == expected,
            "end": end,
        }
        print(json.dumps(verdict), flush=True)


async def echo(reader, writer, header, payload):
    request = header + payload
    (received, end), _ = await asyncio.gather(
        receive(reader), send(writer, request)
    )
    return received, request, end


async def send(writer, request):
    at = 0
    for size in itertools.cycle(PIECES):
        writer.write(request[at : at + size])
        await writer.drain()
        at += size
        if at >= len(request):
            break
    writer.write_eof()


async def expect_reset(reader, writer, header, payload):
    writer.write(header + payload[:56])
    received, end = await receive(reader)
    return received, header + received[8:], end


async def expect_reset_after_end(reader, writer, header, _payload):
    writer.write(header)
    writer.write_eof()
    received, end = await receive(reader)
    return received, header + received[8:], end


async def reset(reader, writer, header, _payload):
    writer.write(header)
    received = await reader.readexactly(8)
    writer.write(header)
    linger = struct.pack("ii", 1, 0)
    sock = writer.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    writer.transport.abort()
    return received, header, "reset"


async def receive(reader):
    received = bytearray()
    try:
        while piece := await reader.read(65536):
            received += piece
        return received, "EOF"
    except OSError as error:
        return received, errno.errorcode[error.errno]


asyncio.run(main(*sys.argv[1:]))
