// Connections while Object.prototype has what looks like an option: one name after
// the other, as a merge of untrusted JSON puts them there.
import {
  connect,
  connectDatagram,
  connectTls,
  listen,
  listenDatagram,
  listenTls,
  serve,
  startTls,
} from "@anyport/sockets";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AF_INET, SOCK_DGRAM, Socket } from "@anyport/sockets/berkeley";
import { identity, roots } from "./tls_conn.mjs";

const [folder, ...only] = process.argv.slice(2);
const { caCerts: [ca] } = roots(folder);
const { caCerts: [otherCa] } = roots(folder, "otherCa");
const evil = identity(folder, "unknownCa");
const server = identity(folder);
const wrongName = identity(folder, "wrongName");
const client = identity(folder, "client");
const clientUntrusted = identity(folder, "clientUntrusted");

const aborted = AbortSignal.abort();
const yes = () => true;
const nothing = () => undefined;

/** By name, what would do harm; or keep it from working. */
const POLLUTION = {
  // Options of this library.
  port: 1,
  hostname: "192.0.2.1",
  path: join(folder, "unused"),
  signal: aborted,
  timeoutMs: 0,
  backlog: -1,
  reusePort: "yes",
  reuseAddress: "yes",
  ipv6Only: true,
  noDelay: "no",
  keepAlive: "yes",
  reclaim: true,
  delayMs: 1,
  caCerts: [otherCa],
  serverName: "other.test",
  unsafelyDisableHostnameVerification: true,
  cert: evil.cert,
  key: evil.key,
  alpnProtocols: ["evil"],
  minVersion: "TLSv1",
  handshakeTimeoutMs: 0,
  helloTimeoutMs: 0,
  allowAnyServerName: "yes",
  serverNames: { localhost: evil },
  chooseCertificate: () => evil,
  clientAuth: "none",
  sessionTickets: "no",
  maxHandshakes: 0,
  role: "server",
  maxConnections: 0,
  maxConnectionsPerHost: 0,
  acceptRate: 0,
  allow: [],
  deny: ["0.0.0.0/0"],
  idleTimeoutMs: 10,
  minRate: { bytesPerSecond: 1e9, overMs: 100 },
  bytesPerSecond: 1e9,
  overMs: 1,
  graceMs: -1,
  onError: 5,
  onEvent: 5,
  broadcast: "yes",
  receiveBufferBytes: 1,
  sendBufferBytes: 1,
  maxQueuedBytes: 1,
  maxQueuedDatagrams: 1,
  maxDatagramBytes: 1,
  localHostname: "192.0.2.1",
  localPort: 1,
  interface: "192.0.2.1",
  source: "192.0.2.1",
  cause: server.key,
  reason: "another",
  code: "EEVIL",
  operation: "evil",
  // Those of the runtimes' own APIs.
  rejectUnauthorized: false,
  checkServerIdentity: nothing,
  requestCert: false,
  secureContext: {},
  ca: otherCa,
  pfx: "evil",
  crl: "evil",
  passphrase: "evil",
  NPNProtocols: ["evil"],
  ALPNProtocols: ["evil"],
  ALPNCallback: nothing,
  SNICallback: nothing,
  servername: "other.test",
  enableTrace: true,
  ciphers: "aNULL",
  maxVersion: "TLSv1",
  secureProtocol: "TLSv1_method",
  secureOptions: 0,
  honorCipherOrder: false,
  sigalgs: "evil",
  ecdhCurve: "evil",
  dhparam: "evil",
  dhParamsFile: "/evil",
  minDHSize: 100_000,
  session: new Uint8Array(9),
  sessionIdContext: "evil",
  sessionTimeout: -1,
  ticketKeys: new Uint8Array(9),
  pskCallback: nothing,
  pskIdentityHint: "evil",
  requestOCSP: true,
  allowPartialTrustChain: true,
  clientCertEngine: "evil",
  privateKeyEngine: "evil",
  privateKeyIdentifier: "evil",
  handshakeTimeout: 1,
  host: "192.0.2.1",
  family: 6,
  hints: -1,
  all: "yes",
  lookup: nothing,
  localAddress: "192.0.2.1",
  autoSelectFamily: true,
  fd: 0,
  unix: join(folder, "unused"),
  tls: { cert: evil.cert, key: evil.key },
  transport: "vsock",
  cid: 1,
  tcpBacklog: -1,
  exclusive: "yes",
  readableAll: true,
  writableAll: true,
  address: "192.0.2.1",
  recvBufferSize: 1,
  sendBufferSize: 1,
  pauseOnConnect: true,
  allowHalfOpen: false,
  blockList: { check: yes },
  highWaterMark: 1,
  isServer: true,
  initialData: "evil",
  data: "evil",
};

/** What is never to be trusted, and what is to work, whatever was asked for. */
const HOSTILE = {
  "a server of an unknown root": (n) =>
    assertRefusesServer(n, evil, { caCerts: [ca + "\n".repeat(n)] }),
  "a server of another name": (n) =>
    assertRefusesServer(n, wrongName, { caCerts: [ca + "\n".repeat(n)] }),
  "a server of an unknown root, by startTls()": (n) =>
    assertRefusesServer(n, evil, { caCerts: [ca + "\n".repeat(n)] }, true),
  "a server that the runtime's roots do not know": (n) =>
    assertRefusesServer(n, evil, {}),
  "no client certificate": (n) => assertRefusesClient(n, {}),
  "a client certificate of an unknown root": (n) =>
    assertRefusesClient(n, clientUntrusted),
};

const GOOD = {
  "TLS": async (n) => {
    const ends = use(
      await secured(
        n,
        { ...server, clientAuth: "require", caCerts: [ca + "\n".repeat(n)] },
        { ...client, caCerts: [ca + "\n".repeat(n)] },
      ),
    );
    const [info, peer] = await Promise.all([
      ends.client.handshake(),
      ends.server.handshake(),
    ]);
    if (!info.verified || !peer.verified) throw new Error("not verified");
    if (info.alpnProtocol !== null) throw new Error("alpnProtocol");
    await talk(ends.client, ends.server);
  },
  "TLS of a plain server": async (n) => {
    const ends = use(
      await secured(n, server, { caCerts: [ca + "\n".repeat(n)] }),
    );
    await talk(ends.client, ends.server);
  },
  "startTls()": async (n) => {
    const ends = use(
      await started(n, server, { caCerts: [ca + "\n".repeat(n)] }),
    );
    await talk(ends.client, ends.server);
  },
  "TCP": async () => {
    const listener = use(await listen(own({ hostname: "127.0.0.1", port: 0 })));
    const one = use(await connect(to(listener)));
    const other = use(await listener.accept(own({})));
    one.setKeepAlive(true);
    await talk(one, other);
  },
  "Unix": async () => {
    const directory = mkdtempSync(join(tmpdir(), "anyport-"));
    const path = join(directory, "s");
    try {
      const listener = use(await listen(own({ path })));
      const one = use(await connect(own({ path })));
      const other = use(await listener.accept());
      await talk(one, other);
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  },
  "UDP": async () => {
    const local = own({ hostname: "127.0.0.1", port: 0 });
    const a = use(await listenDatagram(local));
    const b = use(await connectDatagram(to({ addr: a.addr })));
    await b.send(bytes("ping"), own({}));
    const [data, from] = await a.receive(own({}));
    await a.send(data, from);
    const [back] = await b.receive();
    if (back.length !== 4) throw new Error(`${back.length} bytes`);
  },
  "serve()": async () => {
    const all = own({ hostname: "127.0.0.1", port: 0 });
    const serving = await serve(all, async (conn) => {
      await conn.write(await conn.readChunk());
    });
    const one = use(await connect(to(serving)));
    await one.write(bytes("ping"));
    if (await one.readChunk() === null) throw new Error("no answer");
    one.close();
    await serving.shutdown(own({}));
  },
  "Socket": async () => {
    const socket = use(new Socket(AF_INET));
    await socket.bind({ hostname: "127.0.0.1", port: 0 });
    await socket.listen(1);
    const one = use(await connect(to({ addr: socket.getsockname() })));
    const [other] = await socket.accept();
    await other.send(bytes("ping"));
    if (await one.readChunk() === null) throw new Error("no answer");
    other.close();
    const datagrams = use(new Socket(AF_INET, SOCK_DGRAM));
    await datagrams.bind({ hostname: "127.0.0.1", port: 0 });
  },
};

/** What is open, in the order in which it was opened. */
let opened = [];

/** Closes something at the end of a trial. */
function use(one) {
  opened.push(one);
  return one;
}

const own = (options) => options;
const to = ({ addr: { hostname, port } }) => ({ hostname, port });
const bytes = (text) => new TextEncoder().encode(text);

async function talk(one, other) {
  await one.write(bytes("ping"));
  if (await other.read(new Uint8Array(9)) !== 4) throw new Error("no ping");
  await other.write(bytes("pong"));
  if (await one.read(new Uint8Array(9)) !== 4) throw new Error("no pong");
}

/** `n` makes each one's certificates another text: nothing is to come of what was kept. */
async function secured(n, shows, trusts) {
  const listener = await listenTls({
    hostname: "127.0.0.1",
    port: 0,
    ...shows,
    cert: shows.cert + "\n".repeat(n),
  });
  const [one, other] = await Promise.all([
    connectTls({ ...to(listener), ...trusts }),
    listener.accept(),
  ]);
  return ends(one, other, listener);
}

async function started(n, shows, trusts) {
  const listener = await listen({ hostname: "127.0.0.1", port: 0 });
  const [one, other] = await Promise.all([
    connect(to(listener)),
    listener.accept(),
  ]);
  const shown = { ...shows, cert: shows.cert + "\n".repeat(n) };
  return ends(
    await startTls(one, { ...trusts, hostname: "localhost" }),
    await startTls(other, { role: "server", ...shown }),
    listener,
  );
}

function ends(client, server, listener) {
  server.handshake().catch(() => {});
  return {
    client,
    server,
    close() {
      client.close();
      server.close();
      listener.close();
    },
  };
}

async function assertRefusesServer(n, shows, trusts, starting = false) {
  const both = use(await (starting ? started : secured)(n, shows, trusts));
  await assertRejects(both.client.handshake());
  await assertRejects(both.client.read(new Uint8Array(1)));
  await assertRejects(both.client.write(bytes("secret")));
}

async function assertRefusesClient(n, shows) {
  const roots = { caCerts: [ca + "\n".repeat(n)] };
  const auth = { ...server, clientAuth: "require", ...roots };
  const both = use(await secured(n, auth, { ...shows, caCerts: [ca] }));
  await assertRejects(both.server.handshake());
  await assertRejects(both.server.read(new Uint8Array(1)));
}

async function assertRejects(promise) {
  const trusted = await promise.then(() => true, () => false);
  if (trusted) throw new Trusted("it is trusted");
}

class Trusted extends Error {}

/** Fails what neither comes to an end nor fails. */
async function limited(run) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(reject, LIMIT_MS, new Error("it hangs"));
  });
  try {
    await Promise.race([run(), late]);
  } finally {
    clearTimeout(timer);
  }
}

const LIMIT_MS = 2000;

let uncaught;
for (const event of ["uncaughtException", "unhandledRejection"]) {
  process.on(event, (error) => uncaught ??= error);
}

let n = 1;
const report = {};

/** @returns What went wrong, by what was tried. */
async function tryAll(cases, isHostile) {
  const wrong = {};
  for (const [what, run] of Object.entries(cases)) {
    n++;
    uncaught = undefined;
    let error;
    try {
      await limited(() => run(n));
    } catch (thrown) {
      error = thrown;
    }
    for (const one of opened.reverse()) one.close();
    opened = [];
    error ??= uncaught;
    if (isHostile ? error instanceof Trusted : error !== undefined) {
      wrong[what] = String(error?.stack ?? error);
    }
  }
  return wrong;
}

const names = only.length > 0 ? only : ["nothing", ...Object.keys(POLLUTION)];
for (const name of names) {
  // What everything inherits, arrays and functions too.
  if (name !== "nothing") Object.prototype[name] = POLLUTION[name];
  const hostile = await tryAll(HOSTILE, true);
  const good = await tryAll(GOOD, false);
  delete Object.prototype[name];
  report[name] = { hostile, good };
}
console.log("report", JSON.stringify(report));
process.exit();
