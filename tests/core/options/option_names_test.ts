import { assertEquals, assertThrows } from "@std/assert";
import {
  checkNames,
  knownOptions,
  namesOf,
  only,
  OPTIONS,
  SERVE,
} from "../../../src/core/options/option_names.ts";

/** The message by which an option is refused. */
function remedy(
  name: string,
  known: keyof typeof OPTIONS,
  doing: string,
): string {
  const error = assertThrows(
    () => checkNames({ [name]: 1 }, OPTIONS[known], doing),
    TypeError,
  );
  return error.message;
}

Deno.test("checkNames() throws TypeError with the known name that is nearest", () => {
  const near: [name: string, known: keyof typeof OPTIONS, meant: string][] = [
    ["hostName", "listen", "hostname"],
    ["hotsname", "listen", "hostname"],
    ["host", "listen", "hostname"],
    ["prot", "listen", "port"],
    ["time", "wait", "timeoutMs"],
    ["address", "connect", "hostname"],
    ["timeout", "wait", "timeoutMs"],
    ["socketPath", "connect", "path"],
    ["ca", "connectTls", "caCerts"],
    ["ALPN", "connectTls", "alpnProtocols"],
    ["SNICallback", "listenTls", "chooseCertificate"],
    ["initialDelay", "keepAlive", "delayMs"],
    ["keepalive", "listen", "keepAlive"],
  ];
  for (const [name, known, meant] of near) {
    assertEquals(
      remedy(name, known, "listen"),
      `Cannot listen with option "${name}": did you mean "${meant}"?`,
    );
  }
});

Deno.test("checkNames() throws TypeError with the function whose option it is", () => {
  assertEquals(
    remedy("backlog", "connect", "connect"),
    'Cannot connect with option "backlog": that is an option of listen()',
  );
  assertEquals(
    remedy("serverName", "connect", "connect").endsWith("of connectTls()"),
    true,
  );
  assertEquals(
    remedy("maxConnections", "listen", "listen").endsWith("of serve()"),
    true,
  );
  assertEquals(
    remedy("clientAuthh", "connect", "connect").endsWith(
      'did you mean "clientAuth" of listenTls()?',
    ),
    true,
  );
});

Deno.test("checkNames() throws TypeError with all known names when none is near", () => {
  assertEquals(
    remedy("qqqqqqqq", "wait", "wait"),
    'Cannot wait with option "qqqqqqqq": it takes "signal", "timeoutMs"',
  );
});

Deno.test("checkNames() refuses rejectUnauthorized with the reason", () => {
  const message = remedy(
    "rejectUnauthorized",
    "connectTls",
    "connect with TLS",
  );
  assertEquals(message.includes("verification cannot be turned off"), true);
});

Deno.test("checkNames() ignores what is undefined or inherited, and accepts no name of Object.prototype", () => {
  checkNames({ host: undefined }, OPTIONS.listen, "listen");
  checkNames(Object.create({ host: 1 }), OPTIONS.listen, "listen");
  checkNames(null, OPTIONS.listen, "listen");
  checkNames("x", OPTIONS.listen, "listen");
  for (const name of ["toString", "constructor", "__proto__"]) {
    const options = JSON.parse(`{"${name}": 1}`);
    assertThrows(
      () => checkNames(options, OPTIONS.listen, "listen"),
      TypeError,
      `with option "${name}"`,
    );
  }
});

Deno.test("knownOptions() copies the known own options, and calls each getter once", () => {
  let calls = 0;
  const options = knownOptions(
    {
      get port() {
        return ++calls;
      },
    },
    OPTIONS.listen,
    "listen",
  );
  assertEquals(Object.getPrototypeOf(options), null);
  assertEquals([calls, Object.keys(options), options.port], [1, ["port"], 1]);
  const hidden = Object.defineProperty({ port: 1 }, "other", { value: 2 });
  const known = knownOptions(hidden, OPTIONS.listen, "listen");
  assertEquals(Object.keys(known), ["port"]);
});

Deno.test("knownOptions() throws TypeError for an array or a buffer, and returns other values for the caller to refuse", () => {
  const wrong = [[[1], "an array"], [new Uint8Array(1), "a buffer"]] as const;
  for (const [value, what] of wrong) {
    assertThrows(
      () => knownOptions<unknown>(value, OPTIONS.listen, "listen"),
      TypeError,
      `Cannot listen with ${what}: give an object with options`,
    );
  }
  for (const value of [undefined, null, 5]) {
    assertEquals(knownOptions<unknown>(value, OPTIONS.listen, "listen"), value);
  }
  assertThrows(
    () => knownOptions<unknown>({ host: 1 }, OPTIONS.listen, "listen"),
    TypeError,
    '"hostname"',
  );
});

Deno.test("only() leaves out what a function does not know", () => {
  const plain = only<{ port?: number }>(
    { port: 1, cert: "x" },
    OPTIONS.listen,
  );
  assertEquals({ ...plain }, { port: 1 });
});

Deno.test("namesOf() has no prototype, so that no inherited name is known", () => {
  const names = namesOf<{ a: 1 }>({ a: 1 });
  assertEquals(["a" in names, "toString" in names], [true, false]);
  for (const known of Object.values(OPTIONS)) {
    assertEquals(Object.getPrototypeOf(known), null);
  }
  assertEquals("maxConnections" in SERVE, true);
});
