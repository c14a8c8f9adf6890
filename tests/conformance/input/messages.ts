/**
 * What messages show of a caller's values, and of a peer's.
 *
 * @module
 */
import { errors, formatAddr } from "@anyport/sockets";
import {
  AF_INET,
  servicePort,
  SO_KEEPALIVE,
  SOCK_DGRAM,
  SOCK_STREAM,
  Socket,
  SOL_SOCKET,
} from "@anyport/sockets/berkeley";
import { assert, assertEquals } from "@std/assert";
import { join } from "node:path";
import { certificates } from "../../certificates.ts";
import { type Case, type Net, pair, socketDirectory } from "../case.ts";
import { withCertificates } from "../tls/pair.ts";

/** What stands for a private key; a line of it is looked for. */
const SECRET = "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg";
const PEM =
  `-----BEGIN PRIVATE KEY-----\n${SECRET}\n${SECRET}\n-----END PRIVATE KEY-----\n`;

const EVIL = "x\r\n2026-01-01 INFO admin logged in \x1b[2J\u202e";

/** Objects that do not want to be shown. */
function awkward(): unknown[] {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return [
    {
      toString() {
        throw new Error("toString was called");
      },
    },
    Object.create(null),
    Symbol("secret"),
    10n ** 10_000n,
    new Array(1e7).fill(PEM),
    [PEM],
    new TextEncoder().encode(PEM),
    () => PEM,
    proxy,
  ];
}

type Call = (net: Net, value: never) => unknown;

/** Every place where a value is given. */
const PLACES: Record<string, Call> = {
  "listen()": (net, v) => net.listen(v),
  "listen() port": (net, port) => net.listen({ port }),
  "listen() hostname": (net, hostname) => net.listen({ hostname, port: 0 }),
  "listen() path": (net, path) => net.listen({ path }),
  "listen() backlog": (net, backlog) => net.listen({ port: 0, backlog }),
  "listen() reusePort": (net, reusePort) => net.listen({ port: 0, reusePort }),
  "listen() signal": (net, signal) => net.listen({ port: 0, signal }),
  "connect()": (net, v) => net.connect(v),
  "connect() port": (net, port) => net.connect({ port }),
  "connect() hostname": (net, hostname) => net.connect({ hostname, port: 1 }),
  "connect() timeoutMs": (net, timeoutMs) =>
    net.connect({ port: 1, timeoutMs }),
  "listenDatagram()": (net, v) => net.listenDatagram(v),
  "listenDatagram() hostname": (net, hostname) =>
    net.listenDatagram({ hostname, port: 0 }),
  "listenDatagram() path": (net, path) => net.listenDatagram({ path } as never),
  "listenDatagram() maxQueuedBytes": (net, maxQueuedBytes) =>
    net.listenDatagram({ port: 0, maxQueuedBytes }),
  "connectDatagram() localHostname": (net, localHostname) =>
    net.connectDatagram({ port: 1, localHostname }),
  "serve() maxConnections": (net, maxConnections) =>
    net.serve({ port: 0, maxConnections }, () => {}),
  "serve() allow": (net, allow) => net.serve({ port: 0, allow }, () => {}),
  "serve() allow: []": (net, block) =>
    net.serve({ port: 0, allow: [block] }, () => {}),
  "serve() onError": (net, onError) =>
    net.serve({ port: 0, onError }, () => {}),
  "serve() minRate": (net, minRate) =>
    net.serve({ port: 0, minRate: { bytesPerSecond: minRate } }, () => {}),
  "connectTls() serverName": (net, serverName) =>
    net.connectTls({ port: 1, serverName }),
  "connectTls() minVersion": (net, minVersion) =>
    net.connectTls({ port: 1, minVersion }),
  "connectTls() alpnProtocols": (net, alpnProtocols) =>
    net.connectTls({ port: 1, alpnProtocols }),
  "connectTls() alpnProtocols: []": (net, name) =>
    net.connectTls({ port: 1, alpnProtocols: [name] }),
  "connectTls() handshakeTimeoutMs": (net, handshakeTimeoutMs) =>
    net.connectTls({ port: 1, handshakeTimeoutMs }),
};

/** What nothing takes, for a string or for its kind. */
const TAKEN: readonly string[] = ["serve() onError"];

/** Cases of messages. */
export const messages: readonly Case[] = [
  {
    name: "messages show no PEM, and no more than 64 characters of a value",
    async run(net) {
      for (const [place, call] of Object.entries(PLACES)) {
        for (const value of [PEM, `${EVIL}${PEM}`, "y".repeat(1e6), EVIL]) {
          // A file may have that name.
          if (place.endsWith("path") && value === EVIL) continue;
          const { message } = await failure(() => call(net, value as never));
          assertHarmless(message, place);
        }
      }
    },
  },
  {
    name:
      "messages show no value that cannot be shown, and calls nothing of it",
    async run(net) {
      for (const [place, call] of Object.entries(PLACES)) {
        for (const value of awkward()) {
          if (typeof value === "function" && TAKEN.includes(place)) continue;
          const error = await failure(() => call(net, value as never));
          if (error.message.includes("revoked")) continue;
          assert(error.message.startsWith("Cannot "), `${place}: ${error}`);
          assertHarmless(error.message, place);
        }
      }
    },
  },
  {
    name: "calls that wait show no value of their options in full",
    async run(net) {
      using ends = await pair(net);
      using datagrams = await net.listenDatagram({
        hostname: "127.0.0.1",
        port: 0,
      });
      for (const value of [PEM, EVIL, Symbol("x"), ...awkward()] as never[]) {
        for (const options of [{ timeoutMs: value }, { signal: value }]) {
          const calls = [
            () => ends.client.read(new Uint8Array(1), options),
            () => ends.client.readChunk(options),
            () => ends.client.write(new Uint8Array(1), options),
            () => ends.listener.accept(options),
            () => datagrams.receive(options),
          ];
          for (const call of calls) {
            const { message } = await failure(call);
            if (message.includes("revoked")) continue;
            assert(message.startsWith("Cannot wait"), message);
            assertHarmless(message, "wait");
          }
        }
        const { message } = await failure(() =>
          datagrams.send(new Uint8Array(1), { hostname: value, port: 1 })
        );
        assertHarmless(message, "send");
        const set = await failure(() => ends.client.setKeepAlive(value));
        assertHarmless(set.message, "setKeepAlive");
      }
    },
  },
  {
    name: "the calls of Socket show no value in full",
    async run() {
      using socket = new Socket(AF_INET);
      using datagrams = new Socket(AF_INET, SOCK_DGRAM);
      const calls: ((value: never) => unknown)[] = [
        (v) => new Socket(v),
        (v) => new Socket(AF_INET, v),
        (v) => new Socket(AF_INET, SOCK_STREAM, v),
        (v) => socket.bind(v),
        (hostname) => socket.bind({ hostname, port: 0 }),
        (port) => socket.bind({ hostname: "127.0.0.1", port }),
        (path) => socket.bind({ path }),
        (v) => socket.listen(v),
        (v) => socket.recv(v),
        (v) => socket.setTimeout(v),
        (v) => socket.setsockopt(SOL_SOCKET, SO_KEEPALIVE, v),
        (v) => socket.setsockopt(SOL_SOCKET, v, 1),
        (v) => socket.setsockopt(v, SO_KEEPALIVE, 1),
        (v) => datagrams.sendTo(new Uint8Array(1), v),
        (hostname) =>
          datagrams.sendTo(new Uint8Array(1), { hostname, port: 1 }),
        (v) => servicePort(v),
      ];
      for (const call of calls) {
        for (const value of [PEM, EVIL, ...awkward()]) {
          const { message } = await failure(() => call(value as never));
          if (message.includes("revoked")) continue;
          assert(message.startsWith("Cannot "), `${call}: ${message}`);
          assertHarmless(message, String(call));
        }
      }
    },
  },
  {
    name: "messages show Unix paths on one line, and so does formatAddr()",
    needs: ["unix"],
    async run(net) {
      using directory = socketDirectory();
      const path = join(directory.path, "a\nb\x1b[2J");
      const calls: Record<string, (at: string) => Promise<unknown>> = {
        [path]: (at) => net.connect({ path: at }),
        [join(path, "missing")]: (at) => net.listen({ path: at }),
      };
      for (const [at, call] of Object.entries(calls)) {
        const error = await failure(() => call(at));
        assert(error instanceof errors.NotFound, String(error));
        assertHarmless(error.message, "path");
        assert(error.message.includes("a\\nb\\u001b[2J"), error.message);
        assertEquals(error.address, { transport: "unix", path: at });
      }
      const address = { transport: "unix", path: "/a\nb" } as const;
      assertEquals(formatAddr(address), "/a\\nb");
    },
  },
  ...withCertificates([
    {
      name: "options of TLS given in the wrong form show no key",
      async run(net) {
        const { server } = await certificates();
        const { cert, key } = server;
        const line = key.split("\n")[2];
        const wrong: Record<string, unknown>[] = [
          { clientAuth: "require", caCerts: cert + key },
          { clientAuth: key },
          { minVersion: key },
          { alpnProtocols: [key] },
          { alpnProtocols: key },
          { serverNames: { [key]: server } },
          { serverNames: key },
          { chooseCertificate: key },
          { sessionTickets: key },
          { maxHandshakes: key },
          { handshakeTimeoutMs: key },
          { helloTimeoutMs: key },
          { allowAnyServerName: key },
          { hostname: key },
          { cert: key, key },
          { key: cert },
          { cert: key, key: cert },
          { cert: `${cert}${key}`.replace("BEGIN", "BEGIN "), key },
          { key: key.replace(/\n/g, "") },
        ];
        for (const options of wrong) {
          const error = await failure(() =>
            net.listenTls(
              {
                hostname: "127.0.0.1",
                port: 0,
                ...server,
                ...options,
              } as never,
            )
          );
          const text = whole(error).replaceAll("\\n", "\n");
          assert(!text.includes(line), Object.keys(options).join());
          assert(!text.includes(line.slice(0, 20)), text);
        }
      },
    },
  ]),
];

/** What a call fails with. */
async function failure(
  call: () => unknown,
): Promise<Error & { address?: unknown }> {
  try {
    await call();
  } catch (error) {
    return error as Error;
  }
  throw new Error(`it did not fail: ${call}`);
}

/** A message on one line, short, without a secret. */
function assertHarmless(message: string, place: string): void {
  // deno-lint-ignore no-control-regex
  assert(!/[\x00-\x1f\x7f-\x9f\u202e]/.test(message), `${place}: ${message}`);
  assert(!message.includes(SECRET.slice(0, 20)), `${place}: ${message}`);
  assert(message.length < 300, `${place}: ${message.length} characters`);
}

/** An error as a log has it, with all that led to it. */
function whole(error: unknown): string {
  let text = "";
  for (let at = error; at instanceof Error; at = at.cause) {
    text += `${at.stack}\n${JSON.stringify(at)}\n`;
  }
  return text;
}
