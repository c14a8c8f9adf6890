/**
 * Messages over connections: codecs, limits, ends, cancelling.
 *
 * @module
 */
import { errors } from "@anyport/sockets";
import {
  type Codec,
  delimited,
  framed,
  jsonLines,
  lengthPrefixed,
  lines,
  netstrings,
} from "@anyport/sockets/framing";
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { bytes, pattern, readText } from "../bytes.ts";
import { type Case, overEach, pair } from "../case.ts";

/** Messages of bytes that every codec for bytes can send. */
const MESSAGES = [
  bytes("hello"),
  new Uint8Array(0),
  bytes("a"),
  pattern(200).map((byte) => byte | 0x80),
];

/** Codecs of bytes, by name, and the bytes of "hello" in each. */
const ofBytes: Readonly<Record<string, [Codec<Uint8Array>, number[]]>> = {
  "lengthPrefixed()": [lengthPrefixed(), [0, 0, 0, 5]],
  "1 byte": [lengthPrefixed({ bytes: 1 }), [5]],
  "2 bytes, little-endian": [
    lengthPrefixed({ bytes: 2, littleEndian: true }),
    [5, 0],
  ],
  "3 bytes": [lengthPrefixed({ bytes: 3 }), [0, 0, 5]],
  "8 bytes": [lengthPrefixed({ bytes: 8 }), [0, 0, 0, 0, 0, 0, 0, 5]],
  "varint": [lengthPrefixed({ bytes: "varint" }), [5]],
  "a length that includes itself": [
    lengthPrefixed({ bytes: 2, includesLength: true }),
    [0, 7],
  ],
  "a varint that includes itself": [
    lengthPrefixed({ bytes: "varint", includesLength: true }),
    [6],
  ],
  "adjust": [lengthPrefixed({ bytes: 2, adjust: -4 }), [0, 9]],
};

/** Cases of `@anyport/sockets/framing`. */
export const codecs: readonly Case[] = [
  ...Object.entries(ofBytes).flatMap(([name, [codec, head]]) =>
    overEach(`framed() carries messages with ${name}`, async (net, over) => {
      using ends = await pair(net, over);
      const sender = framed(ends.client, codec);
      await sender.send(MESSAGES[0]);
      const p = await ends.server.readExactly(head.length + 5);
      assertEquals([...p!], [...head, ...bytes("hello")]);

      const receiver = framed(ends.server, codec);
      for (const message of MESSAGES) await sender.send(message);
      await ends.client.closeWrite();
      for (const message of MESSAGES) {
        assertEquals(await receiver.receive(), message);
      }
      assertEquals(await receiver.receive(), null);
    })
  ),
  {
    name:
      "lengthPrefixed({ offset }) keeps the bytes before the length in the message",
    async run(net) {
      using ends = await pair(net);
      // A PostgreSQL message: a type, and a length that includes itself.
      const codec = lengthPrefixed({ bytes: 4, offset: 1, adjust: -4 });
      await ends.client.write(new Uint8Array([0x51, 0, 0, 0, 6, 7, 8]));
      const messages = framed(ends.server, codec);
      assertEquals([...(await messages.receive())!], [0x51, 7, 8]);
      await messages.send(new Uint8Array([0x52, 9]));
      assertEquals([...(await ends.client.readExactly(6))!], [
        0x52,
        0,
        0,
        0,
        5,
        9,
      ]);
    },
  },
  {
    name: "lines() and jsonLines() carry text and values",
    async run(net) {
      using ends = await pair(net);
      const out = framed(ends.client, lines());
      await out.send("\u00fcber");
      await ends.client.write("two\r\n\n");
      const text = framed(ends.server, lines());
      assertEquals(await text.receive(), "\u00fcber");
      assertEquals(await text.receive(), "two");
      assertEquals(await text.receive(), "");
      const json = framed(ends.server, jsonLines<{ id: number }>());
      await framed(ends.client, jsonLines()).send({ id: 1 });
      await ends.client.write('oops\n{"id":2}\n{"id":3}');
      await ends.client.closeWrite();
      assertEquals(await json.receive(), { id: 1 });
      const error = await assertRejects(
        () => json.receive(),
        errors.InvalidData,
        '"oops"',
      );
      assertEquals(error.code, "EBADMSG");
      const rest: unknown[] = [];
      for await (const value of json) rest.push(value);
      assertEquals(rest, [{ id: 2 }, { id: 3 }]);
    },
  },
  {
    name: "netstrings() and delimited() carry bytes",
    async run(net) {
      using ends = await pair(net);
      const nets = framed(ends.client, netstrings());
      await nets.send(bytes("hello"));
      await nets.send(new Uint8Array(0));
      assertEquals(await readText(ends.server, 11), "5:hello,0:,");
      await nets.send(bytes("again"));
      assertEquals(
        await framed(ends.server, netstrings()).receive(),
        bytes("again"),
      );
      const records = delimited("\r\n.\r\n");
      await framed(ends.client, records).send(bytes("a\r\nb"));
      assertEquals(
        await framed(ends.server, records).receive(),
        bytes("a\r\nb"),
      );
    },
  },
  {
    name: "a receive that is cancelled in the middle of a frame takes no byte",
    async run(net) {
      using ends = await pair(net);
      const messages = framed(ends.server, lengthPrefixed({ bytes: 2 }));
      await ends.client.write(new Uint8Array([0, 5, 1, 2]));
      await assertRejects(
        () => messages.receive({ timeoutMs: 5 }),
        errors.TimedOut,
      );
      const next = messages.receive();
      await ends.client.write(new Uint8Array([3, 4, 5]));
      assertEquals([...(await next)!], [1, 2, 3, 4, 5]);
    },
  },
  {
    name: "messages.conn continues where the last frame ended",
    async run(net) {
      using ends = await pair(net);
      await ends.client.write([new Uint8Array([1, 7]), "plain text\n"]);
      const messages = framed(ends.server, lengthPrefixed({ bytes: 1 }));
      assertEquals([...(await messages.receive())!], [7]);
      assertEquals(await messages.conn.readLine(), "plain text");
    },
  },
  {
    name: "a frame over the limit rejects MessageTooLarge, received or sent",
    async run(net) {
      using ends = await pair(net);
      const codec = lengthPrefixed({ bytes: 4, maxBytes: 10 });
      const out = framed(ends.client, codec);
      await assertRejects(
        () => out.send(new Uint8Array(11)),
        errors.MessageTooLarge,
        "maxBytes is 10",
      );
      assertEquals(ends.client.bytesWritten, 0);
      // Nothing is stored for what it announces.
      await ends.client.write(new Uint8Array([0xff, 0xff, 0xff, 0xff]));
      await assertRejects(
        () => framed(ends.server, codec).receive(),
        errors.MessageTooLarge,
        "4294967295",
      );
    },
  },
  {
    name: "malformed frames reject InvalidData",
    async run(net) {
      const malformed: [string, Codec<Uint8Array>, Uint8Array][] = [
        [
          "below that of its own field",
          lengthPrefixed({ bytes: 4, includesLength: true }),
          new Uint8Array([0, 0, 0, 3]),
        ],
        [
          "varint",
          lengthPrefixed({ bytes: "varint" }),
          new Uint8Array(11).fill(0x80),
        ],
        ["length", netstrings(), bytes("x")],
        ["length", netstrings(), bytes("01:a,")],
        ["comma", netstrings(), bytes("1:ab")],
      ];
      for (const [reason, codec, sent] of malformed) {
        using ends = await pair(net);
        await ends.client.write(sent);
        await assertRejects(
          () => framed(ends.server, codec).receive(),
          errors.InvalidData,
          reason,
        );
      }
    },
  },
  {
    name:
      "an end in the middle of a frame rejects UnexpectedEof, and the bytes stay",
    async run(net) {
      using ends = await pair(net);
      await ends.client.write(new Uint8Array([0, 5, 1, 2]));
      await ends.client.closeWrite();
      const messages = framed(ends.server, lengthPrefixed({ bytes: 2 }));
      const error = await assertRejects(
        () => messages.receive(),
        errors.UnexpectedEof,
      );
      assertEquals(error.received, 4);
      assertEquals([...(await ends.server.readChunk())!], [0, 5, 1, 2]);
    },
  },
  {
    name: "a line that is not JSON ends one receive, also the last line",
    async run(net) {
      using ends = await pair(net);
      const messages = framed(ends.server, jsonLines());
      await ends.client.write("1\n{\n2\n\n3\n[");
      await ends.client.closeWrite();
      const received: unknown[] = [];
      for (let i = 0; i < 7; i++) {
        received.push(
          await messages.receive().catch((error) => {
            assert(error instanceof errors.InvalidData);
            return /the line (.*) is not JSON/.exec(error.message)?.[1];
          }),
        );
      }
      assertEquals(received, [1, '"{"', 2, '""', 3, '"["', null]);
    },
  },
  {
    name: "maxBytes of lines() counts the text, and neither LF nor CRLF",
    async run(net) {
      for (const end of ["\n", "\r\n", ""]) {
        for (const text of ["four", "fives"]) {
          using ends = await pair(net);
          // One byte at a time.
          for (const byte of text + end) await ends.client.write(byte);
          await ends.client.closeWrite();
          const line = framed(ends.server, lines({ maxBytes: 4 })).receive();
          if (text === "four") assertEquals(await line, text);
          else await assertRejects(() => line, errors.MessageTooLarge);
        }
      }
    },
  },
  {
    name: "maxBytes of delimited() counts the bytes before the delimiter",
    async run(net) {
      for (const text of ["four", "fives"]) {
        using ends = await pair(net);
        for (const byte of `${text}==`) await ends.client.write(byte);
        const codec = delimited("==", { maxBytes: 4 });
        const message = framed(ends.server, codec).receive();
        if (text === "four") assertEquals(await message, bytes(text));
        else await assertRejects(() => message, errors.MessageTooLarge);
      }
    },
  },
  {
    name: "framed() takes a codec of one's own",
    async run(net) {
      using ends = await pair(net);
      // Pairs of bytes.
      const pairs: Codec<[number, number]> = {
        maxBytes: 2,
        decode: (p) =>
          p.byteLength < 2
            ? { missing: 2 - p.byteLength }
            : { message: [p[0], p[1]], size: 2 },
        encode: (pair) => [new Uint8Array(pair)],
      };
      const messages = framed(ends.server, pairs);
      await framed(ends.client, pairs).send([1, 2]);
      await ends.client.write(new Uint8Array([3]));
      assertEquals(await messages.receive(), [1, 2]);
      const next = messages.receive();
      await ends.client.write(new Uint8Array([4]));
      assertEquals(await next, [3, 4]);
    },
  },
  {
    name: "framing refuses arguments that make no sense",
    async run(net) {
      using ends = await pair(net);
      // deno-lint-ignore no-explicit-any -- wrong on purpose
      const wrong: any = {};
      assertThrows(() => framed(ends.client, wrong), TypeError, "codec");
      assertThrows(() => lengthPrefixed({ ...wrong, bytes: 5 }), TypeError);
      assertThrows(() => lengthPrefixed({ maxBytes: 0 }), RangeError);
      assertThrows(() => delimited(""), RangeError);
      assertThrows(() => lines({ maxBytes: -1 }), RangeError);
      await assertRejects(() => framed(wrong, lines()).receive(), TypeError);
      await assertRejects(
        () => framed(ends.client, lines()).send("a\nb"),
        errors.InvalidData,
        "end of line",
      );
      assert(ends.client.bytesWritten === 0);
    },
  },
];
