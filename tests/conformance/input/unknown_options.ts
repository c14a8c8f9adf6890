/**
 * Options that are not known are refused, before anything is done.
 *
 * @module
 */
import { Socket } from "@anyport/sockets/berkeley";
import { copy, shutdownOnSignal } from "@anyport/sockets";
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { certificates } from "../../certificates.ts";
import { bytes, readText } from "../bytes.ts";
import { type Case, type Net, pair, socketDirectory } from "../case.ts";
import { echo, serving } from "../serve/server_log.ts";
import {
  assertServesTls,
  connectWell,
  listenWell,
  serverOf,
  withCertificates,
} from "../tls/pair.ts";

/** Options of any kind: the types would refuse these. */
type Wrong = Record<string, unknown>;

const LOCAL = { hostname: "127.0.0.1", port: 0 };

/** What is not known, and what the error has to say of it. */
const listens: readonly [Wrong, string][] = [
  [{ host: "127.0.0.1" }, 'option "host": did you mean "hostname"?'],
  [{ Hostname: "::1" }, 'option "Hostname": did you mean "hostname"?'],
  [{ hostnmae: "::1" }, 'did you mean "hostname"?'],
  [{ address: "::1" }, 'did you mean "hostname"?'],
  [{ nodelay: true }, 'did you mean "noDelay"?'],
  [{ reuseport: true }, 'did you mean "reusePort"?'],
  [{ backLog: 5 }, 'did you mean "backlog"?'],
  [{ cert: "x" }, "that is an option of listenTls()"],
  [{ caCerts: [] }, "that is an option of listenTls()"],
  [{ maxConnections: 5 }, "that is an option of serve()"],
  [{ timeoutMs: 5 }, "that is an option of connect"],
  [{ exclusive: true }, 'it takes "'],
  [{ x: 1 }, 'it takes "'],
  [{ "a\nb": 1 }, 'option "a\\nb"'],
  [{ ["y".repeat(500)]: 1 }, "(500 characters)"],
  [{ constructor: 1 }, 'option "constructor"'],
  [JSON.parse('{ "__proto__": 1 }'), 'option "__proto__"'],
];

const connects: readonly [Wrong, string][] = [
  [{ host: "db.internal.test" }, 'did you mean "hostname"?'],
  [{ timeout: 5 }, 'did you mean "timeoutMs"?'],
  [{ timeoutMS: 5 }, 'did you mean "timeoutMs"?'],
  [{ Signal: undefined, abortSignal: 5 }, 'did you mean "signal"?'],
  [{ backlog: 5 }, "that is an option of listen"],
  [{ localPort: 5 }, "that is an option of connectDatagram()"],
  [{ rejectUnauthorized: false }, "verification cannot be turned off"],
];

const waits: readonly [Wrong, string][] = [
  [{ timeout: 5 }, 'did you mean "timeoutMs"?'],
  [{ timeoutms: 5 }, 'did you mean "timeoutMs"?'],
  [{ abortSignal: 5 }, 'did you mean "signal"?'],
  [{ ms: 5 }, 'it takes "signal", "timeoutMs"'],
];

const datagrams: readonly [Wrong, string][] = [
  [{ host: "127.0.0.1" }, 'did you mean "hostname"?'],
  [{ reuseAddr: true }, 'did you mean "reuseAddress"?'],
  [{ broadCast: true }, 'did you mean "broadcast"?'],
  [{ recvBufferSize: 5 }, 'option "recvBufferSize"'],
];

/** Cases of unknown options. */
export const unknownOptions: readonly Case[] = [
  ...listens.map(([wrong, message]) =>
    refused(
      "listen",
      wrong,
      message,
      (net, port) => net.listen({ ...LOCAL, port, ...wrong }),
    )
  ),
  ...listens.filter(([wrong]) => !("maxConnections" in wrong)).slice(0, 6).map(
    ([wrong, message]) =>
      refused(
        "serve",
        wrong,
        message,
        (net, port) => net.serve({ ...LOCAL, port, ...wrong }, echo),
      ),
  ),
  ...([
    [{ maxConnectons: 5 }, 'did you mean "maxConnections"?'],
    [{ idleTimeout: 5 }, 'did you mean "idleTimeoutMs"?'],
    [{ onerror: () => {} }, 'did you mean "onError"?'],
    [{ minRate: { bytesPerSecond: 5, over: 500 } }, 'did you mean "overMs"?'],
  ] as [Wrong, string][]).map(([wrong, message]) =>
    refused(
      "serve",
      wrong,
      message,
      (net, port) => net.serve({ ...LOCAL, port, ...wrong }, echo),
    )
  ),
  ...connects.map(([wrong, message]): Case => ({
    name: `connect() refuses ${named(wrong)}, and does not connect`,
    async run(net) {
      using listener = await net.listen(LOCAL);
      await assertRefused(
        () => net.connect({ ...listener.addr, ...wrong }),
        message,
      );
      await assertNoneCame(net, listener);
    },
  })),
  {
    name: "serve() refuses options of listen() with a listener",
    async run(net) {
      using listener = await net.listen(LOCAL);
      await assertRefused(
        () => net.serve(listener, echo, { port: 5 } as Wrong),
        "that is an option of listen",
      );
      using conn = await net.connect(listener.addr);
      (await listener.accept()).close();
      assertEquals(await readText(conn), null);
    },
  },
  {
    name: "addresses are options, whatever their transport is called",
    async run(net) {
      using listener = await net.listen(
        { ...LOCAL, transport: "tcp" } as Wrong & typeof LOCAL,
      );
      using conn = await net.connect(listener.addr);
      using accepted = await listener.accept();
      await conn.write(bytes("x"));
      assertEquals(await readText(accepted), "x");
      for (const transport of ["unix", "udp", 5]) {
        await assertRefused(
          () => net.connect({ ...listener.addr, transport } as never),
          "with transport",
        );
      }
    },
  },
  {
    name:
      "unknown options that are undefined, inherited, hidden or symbols are none",
    async run(net) {
      const inherited = Object.create({ host: "::1" });
      const hidden = Object.defineProperty({}, "host", { value: "::1" });
      for (
        const more of [
          inherited,
          hidden,
          { host: undefined },
          { [Symbol("host")]: "::1" },
        ]
      ) {
        const options = Object.assign(more, LOCAL);
        using listener = await net.listen(options);
        assertEquals(listener.addr.hostname, "127.0.0.1");
        more.port = listener.addr.port;
        (await net.connect(options)).close();
        more.port = 0;
        await using server = await net.serve(
          Object.assign(Object.create({ host: 1 }), LOCAL),
          echo,
        );
        assertEquals(server.addr.hostname, "127.0.0.1");
      }
    },
  },
  {
    name: "a path refuses unknown options, and makes no file",
    needs: ["unix"],
    async run(net) {
      using directory = socketDirectory();
      const path = `${directory.path}/socket`;
      for (const wrong of [{ unlink: true }, { Mode: 0o600 }]) {
        await assertRefused(
          () => net.listen({ path, ...wrong }),
          `option "${Object.keys(wrong)[0]}"`,
        );
      }
      (await net.listen({ path })).close();
    },
  },
  ...waits.map(([wrong, message]): Case => ({
    name: `calls that wait refuse ${named(wrong)}, and take nothing`,
    async run(net) {
      using ends = await pair(net);
      const { listener, client, server } = ends;
      await client.write(bytes("kept"));
      const p = new Uint8Array(9);
      const calls = [
        () => server.read(p, wrong),
        () => server.readChunk(wrong),
        () => server.write(p, wrong),
        () => server.write([p, p], wrong),
        () => listener.accept(wrong),
        () => copy(server, client, wrong),
      ];
      for (const call of calls) await assertRefused(call, message);
      assertEquals(await readText(server), "kept");
      assertEquals(server.bytesWritten, 0);
    },
  })),
  {
    name: "a signal or a controller in place of options is refused",
    async run(net) {
      using ends = await pair(net);
      const controller = new AbortController();
      for (const wrong of [controller, controller.signal, [], ["signal"]]) {
        await assertRejects(
          () => ends.server.readChunk(wrong as never),
          TypeError,
          "Cannot wait with",
        );
      }
    },
  },
  {
    name: "setKeepAlive() and shutdown() refuse unknown options",
    async run(net) {
      using ends = await pair(net);
      assertThrows(
        () => ends.client.setKeepAlive({ delay: 1000 } as never),
        TypeError,
        'did you mean "delayMs"?',
      );
      assertThrows(
        () =>
          ends.client.setKeepAlive({ delayMs: 1000, initialDelay: 5 } as never),
        TypeError,
        'did you mean "delayMs"?',
      );
      await using server = await serving(net, echo);
      await assertRefused(
        async () => await server.shutdown({ grace: 5 } as Wrong),
        'did you mean "graceMs"?',
      );
      await assertRefused(
        () => shutdownOnSignal(server, { timeoutMs: 5 } as Wrong),
        'option "timeoutMs"',
      );
    },
  },
  ...datagrams.map(([wrong, message]): Case => ({
    name: `datagram sockets refuse ${named(wrong)}`,
    async run(net) {
      for (
        const open of [
          () => net.listenDatagram({ ...LOCAL, ...wrong }),
          () => net.connectDatagram({ ...LOCAL, port: 9, ...wrong }),
        ]
      ) {
        const error = await assertRejects(open, TypeError);
        assert(
          error.message.includes(message) ||
            // Of the other of the two.
            error.message.includes("that is an option of") ||
            error.message.includes('" of listenDatagram()?') ||
            error.message.includes("it takes"),
          error.message,
        );
      }
    },
  })),
  {
    name: "send(), receive() and joinMulticast() refuse unknown options",
    async run(net) {
      using socket = await net.listenDatagram(LOCAL);
      const p = bytes("x");
      const to = { hostname: "127.0.0.1", port: 9 };
      for (
        const call of [
          () => socket.send(p, { ...to, host: "::1" } as never),
          () => socket.send(p, to, { timeout: 5 } as Wrong),
          () => socket.receive({ timeout: 5 } as Wrong),
          () => socket.receive(p, { timeout: 5 } as Wrong),
          // deno-lint-ignore require-await -- what it throws is to be a rejection
          async () =>
            socket.joinMulticast("239.0.0.1", { iface: "x" } as Wrong),
        ]
      ) {
        await assertRefused(call, 'option "');
      }
    },
  },
  {
    name: "the classic Socket refuses unknown names in addresses",
    async run() {
      using socket = new Socket();
      await assertRefused(
        () => socket.bind({ host: "127.0.0.1", port: 0 } as never),
        'did you mean "hostname"?',
      );
      await socket.bind({ hostname: "127.0.0.1", port: 0 });
    },
  },
  ...withCertificates([
    ...([
      [{ requestCert: true }, 'did you mean "clientAuth"?'],
      [{ rejectUnauthorized: true }, "verification cannot be turned off"],
      [{ ca: "x" }, 'did you mean "caCerts"?'],
      [{ ALPNProtocols: ["h2"] }, 'did you mean "alpnProtocols"?'],
      [{ SNICallback() {} }, 'did you mean "chooseCertificate"?'],
      [{ clientauth: "require" }, 'did you mean "clientAuth"?'],
      [{ serverName: "x" }, "that is an option of connectTls()"],
      [{ host: "::1" }, 'did you mean "hostname"?'],
    ] as [Wrong, string][]).map(([wrong, message]) =>
      refused("listenTls", wrong, message, async (net, port) =>
        net.listenTls({
          ...LOCAL,
          port,
          ...serverOf(await certificates()),
          ...wrong,
        }))
    ),
    ...([
      [{ ca: "x" }, 'did you mean "caCerts"?'],
      [{ servername: "x" }, 'did you mean "serverName"?'],
      [{ rejectUnauthorized: false }, "verification cannot be turned off"],
      [{ clientAuth: "none" }, "that is an option of listenTls()"],
      [{ handshakeTimeout: 5 }, 'did you mean "handshakeTimeoutMs"?'],
      [{ checkServerIdentity() {} }, 'it takes "'],
    ] as [Wrong, string][]).map(([wrong, message]): Case => ({
      name: `connectTls() and startTls() refuse ${named(wrong)}`,
      async run(net) {
        using listener = await net.listen(LOCAL);
        await assertRefused(
          () => net.connectTls({ ...listener.addr, ...wrong }),
          message,
        );
        await assertNoneCame(net, listener);
        using ends = await pair(net);
        await assertRefused(
          () => net.startTls(ends.client, wrong),
          `option "${Object.keys(wrong)[0]}"`,
        );
        // It is as it was.
        await ends.client.write(bytes("plain"));
        assertEquals(await readText(ends.server), "plain");
      },
    })),
    {
      name:
        "reload(), handshake() and certificates by name refuse unknown options",
      async run(net) {
        const certs = await certificates();
        const { cert, key } = certs.server;
        using listener = await listenWell(net);
        await assertRefused(
          () => listener.reload({ cert, key, certificate: cert } as never),
          'did you mean "cert"?',
        );
        const names = { "a.test": { cert, key, passphrase: "x" } };
        await assertRefused(
          () => listener.reload({ serverNames: names } as never),
          'option "passphrase"',
        );
        await assertServesTls(net, listener);
        const accepting = listener.accept();
        using conn = await connectWell(net, listener);
        using accepted = await accepting;
        for (const end of [conn, accepted]) {
          await assertRefused(
            () => end.handshake({ timeout: 5 } as Wrong),
            'did you mean "timeoutMs"?',
          );
          await end.handshake({ timeoutMs: 9_000 });
        }
      },
    },
  ]),
];

function named(wrong: Wrong): string {
  return Object.keys(wrong).map((name) => JSON.stringify(name.slice(0, 20)))
    .join(" and ");
}

/** A call that opens a listener refuses an option, and leaves its port free. */
function refused(
  call: string,
  wrong: Wrong,
  message: string,
  open: (net: Net, port: number) => Promise<unknown>,
): Case {
  return {
    name: `${call}() refuses ${named(wrong)}, and does not listen`,
    async run(net) {
      const before = await net.listen(LOCAL);
      before.close();
      const { port } = before.addr;
      await assertRefused(() => open(net, port), message);
      (await net.listen({ ...LOCAL, port })).close();
    },
  };
}

async function assertRefused(
  call: () => Promise<unknown>,
  message: string,
): Promise<void> {
  const error = await assertRejects(call, TypeError);
  assert(error.message.startsWith("Cannot "), error.message);
  assert(error.message.includes(message), error.message);
}

/** The first connection that a listener gets is the one made now. */
async function assertNoneCame(
  net: Net,
  listener: Awaited<ReturnType<Net["listen"]>>,
): Promise<void> {
  using conn = await net.connect(listener.addr as typeof LOCAL);
  using accepted = await listener.accept();
  assertEquals(accepted.remoteAddr, conn.localAddr);
}
