"""Reads bytes with asyncio.StreamReader, as each line of the input says.

A line is {"chunks": [text], "calls": [call]}; the answer is a list of
{"value" or "error", "dropped": bytes that an error took out of the reader}.
"""

import asyncio
import json
import sys


async def call_of(reader, call):
    if call["op"] == "exactly":
        return await reader.readexactly(call["size"])
    # A limit does not count the separator; maxBytes does.
    separator = call.get("delimiter", "\n").encode("latin-1")
    reader._limit = call["maxBytes"] - len(separator)
    if call["op"] == "until":
        return await reader.readuntil(separator)
    return await reader.readline()


async def answers(question):
    reader = asyncio.StreamReader()
    for chunk in question["chunks"]:
        reader.feed_data(chunk.encode("latin-1"))
    reader.feed_eof()
    result = []
    for call in question["calls"]:
        before = bytes(reader._buffer)
        try:
            value = await call_of(reader, call)
            result.append({"value": value.decode("latin-1")})
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, ValueError) as error:
            dropped = before[: len(before) - len(reader._buffer)]
            result.append(
                {"error": type(error).__name__, "dropped": dropped.decode("latin-1")}
            )
    return result


for line in sys.stdin:
    print(json.dumps(asyncio.run(answers(json.loads(line)))), flush=True)
