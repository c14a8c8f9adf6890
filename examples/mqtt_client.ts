/**
 * Publishes to an MQTT 3.1.1 broker, or receives what is published there, with QoS 1:
 * every message is acknowledged. Packets are frames behind a varint, so no buffer is
 * written by hand.
 *
 * Try it, with a broker on this machine:
 *
 *     deno run --allow-net --allow-read examples/mqtt_client.ts --messages 1 news
 *     deno run --allow-net --allow-read examples/mqtt_client.ts news "It rains"
 *
 * `--server` and `--port` select another address than localhost, port 1883. With `--ca`,
 * the certificate of a CA, the connection is secured by TLS.
 */
import { readFile } from "node:fs/promises";
import process from "node:process";
import { parseArgs } from "node:util";
import { connect, connectTls } from "@anyport/sockets";
import { framed, lengthPrefixed } from "@anyport/sockets/framing";

const { values, positionals: [topic, text] } = parseArgs({
  allowPositionals: true,
  options: {
    server: { type: "string", default: "localhost" },
    port: { type: "string", default: "1883" },
    ca: { type: "string" },
    messages: { type: "string", default: "1" },
  },
});

/** The types of packets, with their flags (MQTT 3.1.1, §2.2). */
const CONNECT = 0x10, CONNACK = 0x20, PUBLISH = 0x32, PUBACK = 0x40;
const SUBSCRIBE = 0x82, SUBACK = 0x90, DISCONNECT = 0xe0;
const PATIENCE_MS = 10_000;

try {
  const target = {
    hostname: values.server,
    port: Number(values.port),
    timeoutMs: PATIENCE_MS,
  };
  using conn = values.ca === undefined
    ? await connect(target)
    : await connectTls({
      ...target,
      caCerts: [await readFile(values.ca, "utf8")],
    });
  // A type of one byte, the length as a varint, the body.
  const packets = framed(
    conn,
    lengthPrefixed({ bytes: "varint", offset: 1, maxBytes: 1 << 20 }),
  );
  const send = (type: number, ...parts: Uint8Array[]) =>
    packets.send(Uint8Array.from([type, ...parts.flatMap((p) => [...p])]));
  const receive = async (type: number, timeoutMs = PATIENCE_MS) => {
    const packet = await packets.receive({ timeoutMs });
    if (packet === null) throw new Error("The broker closed the connection");
    // The low bits are flags.
    if (packet[0] >> 4 === type >> 4) return packet.subarray(1);
    throw new Error(`The broker sent a packet of type ${packet[0] >> 4}`);
  };

  const cleanSession = 2;
  await send(
    CONNECT,
    counted("MQTT"),
    new Uint8Array([4, cleanSession]),
    uint16(0),
    counted(`anyport-${process.pid}`),
  );
  const [, refusal] = await receive(CONNACK);
  if (refusal !== 0) throw new Error(`The broker refuses, with ${refusal}`);

  if (text !== undefined) {
    await send(PUBLISH, counted(topic), uint16(1), encode(text));
    await receive(PUBACK);
    console.log("published");
  } else {
    await send(SUBSCRIBE, uint16(1), counted(topic), new Uint8Array([1]));
    const granted = (await receive(SUBACK))[2];
    if (granted > 1) throw new Error(`The broker refuses ${topic}`);
    console.log("subscribed");
    for (let left = Number(values.messages); left > 0; left--) {
      const body = await receive(PUBLISH, Infinity);
      const end = 2 + (body[0] << 8 | body[1]);
      const name = new TextDecoder().decode(body.subarray(2, end));
      console.log(name, new TextDecoder().decode(body.subarray(end + 2)));
      await send(PUBACK, body.subarray(end, end + 2));
    }
  }
  await send(DISCONNECT);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function uint16(number: number): Uint8Array {
  return new Uint8Array([number >> 8, number]);
}

/** A text behind its length. */
function counted(text: string): Uint8Array {
  const bytes = encode(text);
  return new Uint8Array([...uint16(bytes.byteLength), ...bytes]);
}
