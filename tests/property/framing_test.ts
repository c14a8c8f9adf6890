/**
 * Any messages, in any codec, cut into any pieces, with reads that are aborted at any
 * moment: each arrives once, whole and in order.
 *
 * @module
 */
import { connect, errors, listen } from "@anyport/sockets";
import {
  type Codec,
  delimited,
  framed,
  lengthPrefixed,
  netstrings,
} from "@anyport/sockets/framing";
import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { joined } from "../conformance/bytes.ts";
import { test } from "../harness.ts";

const codecs: Readonly<Record<string, Codec<Uint8Array>>> = {
  "1 byte": lengthPrefixed({ bytes: 1 }),
  "2 bytes": lengthPrefixed({ bytes: 2, littleEndian: true }),
  "8 bytes": lengthPrefixed({ bytes: 8, includesLength: true }),
  "varint": lengthPrefixed({ bytes: "varint" }),
  "netstrings": netstrings(),
  // No message holds it: its bytes are 0 to 0x7f.
  "a delimiter": delimited(new Uint8Array([0xff, 0xfe, 0xff])),
};

const messages = fc.array(
  fc.uint8Array({ maxLength: 200, max: 0x7f }),
  { maxLength: 8 },
);

/** The frames of messages, cut at some places. */
function pieces(
  codec: Codec<Uint8Array>,
  sent: readonly Uint8Array[],
  cuts: readonly number[],
): Uint8Array[] {
  const all = joined(
    sent.flatMap((one) =>
      codec.encode(one).map((piece) =>
        typeof piece === "string" ? new TextEncoder().encode(piece) : piece
      )
    ),
  );
  const places = [...new Set(cuts.map((cut) => cut % (all.byteLength + 1)))]
    .sort((a, b) => a - b);
  return [0, ...places].map((at, i) => all.subarray(at, places[i]));
}

for (const [name, codec] of Object.entries(codecs)) {
  test(
    `framed() receives any messages with ${name}, however they are cut and aborted`,
    { limitMs: 60_000 },
    async () => {
      using listener = await listen({ hostname: "127.0.0.1", port: 0 });
      await fc.assert(
        fc.asyncProperty(
          messages,
          fc.array(fc.nat(5000), { maxLength: 12 }),
          fc.array(fc.nat(3), { maxLength: 12 }),
          async (sent, cuts, aborts) => {
            using client = await connect({ port: listener.addr.port });
            using server = await listener.accept();
            const writing = (async () => {
              for (const piece of pieces(codec, sent, cuts)) {
                await client.write(piece);
                await new Promise((resolve) => setTimeout(resolve, 0));
              }
              await client.closeWrite();
            })();
            const receiver = framed(server, codec);
            const received: Uint8Array[] = [];
            for (;;) {
              const timeoutMs = aborts.shift();
              try {
                const message = await receiver.receive(
                  timeoutMs === undefined ? undefined : { timeoutMs },
                );
                if (message === null) break;
                received.push(message);
              } catch (error) {
                if (!(error instanceof errors.TimedOut)) throw error;
              }
            }
            await writing;
            assertEquals(
              received.map((one) => [...one]),
              sent.map((one) => [...one]),
            );
          },
        ),
        { numRuns: 40 },
      );
    },
  );
}
