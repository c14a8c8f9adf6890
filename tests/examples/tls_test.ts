import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { type Certificates, certificates } from "../certificates.ts";
import { Child } from "../process/child.ts";
import { missing } from "../process/machine.ts";
import { onEach, portOf, start, stop } from "./example.ts";
import { Files } from "./files.ts";
import { Guest } from "./guest.ts";

const NEEDS_OPENSSL = { skip: missing("openssl") };

/** A visitor by `openssl s_client` that trusts the authority alone. */
function visitor(
  port: number,
  files: Files,
  words: readonly string[] = [],
  options: { readonly listens?: boolean } = {},
): Child {
  return new Child({
    name: "openssl s_client",
    command: "openssl",
    args: [
      ...["s_client", "-connect", `127.0.0.1:${port}`],
      ...["-CAfile", files.at("ca.pem"), "-verify_return_error"],
      ...words,
    ],
    ...options,
  });
}

/** What is between a peer's `subject=CN = ` and the end of the line. */
async function shownTo(visitor: Child): Promise<string | undefined> {
  const { lines } = await visitor.exit();
  return lines.map((line) => /^subject=CN ?= ?(.*)$/.exec(line)?.[1])
    .find((name) => name !== undefined);
}

/** The authority's certificate, and the pairs named, as `<name>.pem` and `<name>.key`. */
function filesOf(
  all: Certificates,
  pairs: Readonly<Record<string, { cert: string; key: string }>>,
): Files {
  const files = new Files({ "ca.pem": all.ca });
  for (const [name, { cert, key }] of Object.entries(pairs)) {
    files.write(`${name}.pem`, cert);
    files.write(`${name}.key`, key);
  }
  return files;
}

/** The words that tell an example its certificate. */
function pairOf(files: Files, name: string): string[] {
  return ["--cert", files.at(`${name}.pem`), "--key", files.at(`${name}.key`)];
}

onEach("tls_echo_server takes up a renewed certificate", async (runtime) => {
  const all = await certificates();
  using files = filesOf(all, { now: all.server });
  const words = [...pairOf(files, "now"), "--port", "0"];
  await using server = start(runtime, "tls_echo_server", words);
  const port = await portOf(server, "Echoing on");
  await server.says(`After a change: kill -HUP ${server.pid}`);
  const shown = async () => {
    await using guest = visitor(port, files);
    return await shownTo(guest);
  };
  assertEquals(await shown(), "server");

  await using lasting = visitor(port, files, ["-brief"], { listens: true });
  await lasting.hear("before");
  await lasting.says("before");

  files.write("now.pem", all.renewed.cert);
  files.write("now.key", all.renewed.key);
  Deno.kill(server.pid, "SIGHUP");
  await server.says(`Showing ${files.at("now.pem")} as it is now`);
  assertEquals(await shown(), "renewed");

  await lasting.hear("after");
  await lasting.says("after");
  const { lines, stderr } = await stop(server);
  assertEquals([lines, stderr], [["Stopped"], ""]);
}, NEEDS_OPENSSL);

const HALF = "-----BEGIN CERTIFICATE-----\nAAAA\n";
const USELESS =
  "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";

for (
  const [what, ending, text] of [
    ["what is no PEM", "pem", "nothing"],
    ["half a certificate", "pem", HALF],
    ["a key that is none", "key", USELESS],
  ]
) {
  onEach(
    `tls_echo_server keeps its certificate when it is given ${what}`,
    async (runtime) => {
      const all = await certificates();
      using files = filesOf(all, { now: all.server });
      const words = [...pairOf(files, "now"), "--port", "0"];
      await using server = start(runtime, "tls_echo_server", words);
      const port = await portOf(server, "Echoing on");
      await server.says("After a change:");
      files.write(`now.${ending}`, text);
      Deno.kill(server.pid, "SIGHUP");
      await server.says("Showing the certificate from before:");
      await using guest = visitor(port, files);
      assertEquals(await shownTo(guest), "server");
      const { lines, stderr } = await stop(server, "SIGTERM");
      assertEquals([lines, stderr], [["Stopped"], ""]);
    },
    NEEDS_OPENSSL,
  );
}

onEach("tls_echo_server outlives who speaks no TLS", async (runtime) => {
  const all = await certificates();
  using files = filesOf(all, { now: all.server });
  const words = [...pairOf(files, "now"), "--port", "0"];
  await using server = start(runtime, "tls_echo_server", words);
  const port = await portOf(server, "Echoing on");
  await server.says("After a change:");
  using plain = await Guest.at(port);
  await plain.send("GET / HTTP/1.1\r\n\r\n");
  await plain.outlive();
  await using guest = visitor(port, files, ["-brief"], { listens: true });
  await guest.hear("hello");
  await guest.says("hello");
  const { lines, stderr } = await stop(server);
  assertEquals(lines, ["Stopped"]);
  assertMatch(stderr, /^Cannot read .*127\.0\.0\.1:\d+: .*\(EPROTO\)\n$/);
}, NEEDS_OPENSSL);

onEach("mutual_tls greets clients by their names", async (runtime) => {
  const all = await certificates();
  const { server: host, client, clientUntrusted, unknownCa } = all;
  const pairs = { host, client, clientUntrusted, unknownCa };
  using files = filesOf(all, pairs);
  const ca = ["--ca", files.at("ca.pem")];
  const serve = (name: keyof typeof pairs) =>
    start(runtime, "mutual_tls_server", [
      ...[...ca, ...pairOf(files, name), "--port", "0"],
    ]);
  const visit = async (port: number, name: keyof typeof pairs) => {
    await using visitor = start(runtime, "mutual_tls_client", [
      ...[...ca, ...pairOf(files, name), "--port", String(port)],
    ]);
    return await visitor.exit();
  };
  await using server = serve("host");
  const port = await portOf(server, "Greeting on");

  const welcome = await visit(port, "client");
  assertEquals([welcome.lines, welcome.stderr], [["Hello, client"], ""]);
  await server.says("client came from");

  const stranger = await visit(port, "clientUntrusted");
  assertEquals([stranger.code, stranger.lines], [1, []]);
  assertStringIncludes(stranger.stderr, "Cannot ");
  assertMatch(await server.line(), /^127\.0\.0\.1:\d+ was refused: Cannot /);

  await using unnamed = visitor(port, files, ["-quiet"]);
  assertEquals((await unnamed.exit()).lines, []);
  assertMatch(await server.line(), /^127\.0\.0\.1:\d+ was refused: Cannot /);

  // Ctrl-C waits for no slow client.
  using slow = await Guest.at(port);
  await using openssl = visitor(port, files, [
    "-quiet",
    ...["-cert", files.at("client.pem"), "-key", files.at("client.key")],
  ]);
  await openssl.says("Hello, client");
  await server.says("client came from");
  const { lines, stderr } = await stop(server);
  assertEquals([lines, stderr], [["Stopped"], ""]);
  await slow.outlive();

  await using impostor = serve("unknownCa");
  const met = await visit(await portOf(impostor, "Greeting on"), "client");
  assertEquals([met.code, met.lines], [1, []]);
  assertMatch(met.stderr, /^Cannot .*\(EPROTO\)\n$/);
  await stop(impostor);
}, NEEDS_OPENSSL);

onEach("alpn_routing speaks what it is asked for", async (runtime) => {
  const all = await certificates();
  const [a, b] = ["a.example.test", "b.example.test"];
  using files = filesOf(all, { [a]: all.a, [b]: all.b });
  await using server = start(runtime, "alpn_routing", [
    ...["--directory", files.path, "--port", "0", a, b],
  ]);
  const port = await portOf(server, "Routing on");
  const words = (name: string, protocol?: string) => [
    ...["-servername", name, "-verify_hostname", name],
    ...(protocol === undefined ? [] : ["-alpn", protocol]),
  ];
  const wants = (protocol: string, name: string) =>
    new RegExp(`^127\\.0\\.0\\.1:\\d+ wants ${protocol} of ${name}$`);

  await using clock = visitor(port, files, ["-quiet", ...words(a, "time/1")]);
  const { lines: [time] } = await clock.exit();
  assertMatch(time, /^\d{4}-\d{2}-\d{2}T[\d:.]+Z$/);
  assertMatch(await server.line(), wants("time/1", a));

  const echoes = async (protocol?: string) => {
    const guest = visitor(port, files, ["-brief", ...words(b, protocol)], {
      listens: true,
    });
    await guest.hear("hello");
    await guest.says("hello");
    assertMatch(await server.line(), wants("echo/1", b));
    return guest;
  };
  for (const protocol of ["echo/1", "h2,echo/1", undefined]) {
    await using guest = await echoes(protocol);
    // What openssl leaves at.
    await guest.hear("Q");
    assertEquals((await guest.exit()).code, 0);
  }

  for (
    const refused of [
      words(a, "h2"),
      words("c.example.test"),
      ["-noservername"],
    ]
  ) {
    await using guest = visitor(port, files, ["-quiet", ...refused]);
    const { code, lines } = await guest.exit();
    assertEquals([code, lines], [1, []]);
  }

  await using _lasting = await echoes("echo/1");
  const { lines, stderr } = await stop(server);
  assertEquals(lines, ["Stopped"]);
  const reasons = stderr.trimEnd().split("\n");
  assertEquals(reasons.length, 3, stderr);
  for (const reason of reasons) {
    assertMatch(reason, /^Cannot shake hands with .*\(EPROTO\)$/);
  }
}, NEEDS_OPENSSL);
