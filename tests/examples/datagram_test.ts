import { getAvailablePort } from "@std/net";
import { assertEquals, assertMatch } from "@std/assert";
import { createSocket } from "node:dgram";
import { Child } from "../process/child.ts";
import { missing } from "../process/machine.ts";
import { onEach, portOf, start, stop } from "./example.ts";

/** A name server for names of its own. */
async function nameServer(): Promise<{ server: Child; port: number }> {
  const port = getAvailablePort();
  const server = new Child({
    name: "dnsmasq",
    command: "sh",
    args: [
      "-c",
      // Its log goes where lines are read from.
      'exec dnsmasq "$@" 2>&1',
      "sh",
      ...["--no-daemon", "--conf-file=/dev/null", "--no-hosts", "--no-resolv"],
      ...["--listen-address=127.0.0.1", "--bind-interfaces", `--port=${port}`],
      "--log-facility=-",
      "--local=/test/",
      "--host-record=one.test,127.0.0.7,::7",
      "--txt-record=one.test,a text",
      ...Array.from(
        { length: 20 },
        (_, i) => `--txt-record=long.test,text ${i} ${"x".repeat(100)}`,
      ),
    ],
  });
  await server.line("that it has started");
  return { server, port };
}

onEach(
  "dns_query asks a name server, over TCP too when the answer is long",
  async (runtime) => {
    const { server, port } = await nameServer();
    await using _ = server;
    const ask = async (...words: string[]) => {
      await using child = start(runtime, "dns_query", [
        "--port",
        String(port),
        ...words,
      ]);
      return await child.exit();
    };
    const well = { code: 0, signal: null, stderr: "" };
    assertEquals(await ask("one.test"), { ...well, lines: ["127.0.0.7"] });
    assertEquals(await ask("one.test", "--type", "AAAA"), {
      ...well,
      lines: ["::7"],
    });
    assertEquals(await ask("one.test.", "--type", "TXT"), {
      ...well,
      lines: ["a text"],
    });
    const long = await ask("long.test", "--type", "TXT");
    assertEquals(long.lines.length, 20);
    assertMatch(long.lines.toSorted()[0], /^text 0 x{100}$/);
    assertEquals(
      long.stderr,
      "It is too long for a datagram; asking over TCP\n",
    );
    const none = await ask("none.test");
    assertEquals([none.code, none.stderr], [1, "no such name\n"]);
  },
  { skip: missing("dnsmasq") },
);

onEach("dns_query asks again, and gives up", async (runtime) => {
  const deaf = createSocket("udp4");
  await new Promise<void>((resolve) => deaf.bind(0, "127.0.0.1", resolve));
  let asked = 0;
  deaf.on("message", () => asked++);
  const { port } = deaf.address();
  await using child = start(runtime, "dns_query", ["--port", `${port}`, "x"]);
  const { code, stderr } = await child.exit();
  await new Promise<void>((resolve) => deaf.close(resolve));
  assertEquals([code, stderr], [1, `No answer from 127.0.0.1:${port}\n`]);
  assertEquals(asked, 3);
});

onEach("time_client learns the time from time_server", async (runtime) => {
  await using server = start(runtime, "time_server", ["--port", "0"]);
  const port = await portOf(server, "Telling the time on");
  // What is no question is not answered, and harms no other.
  const other = createSocket("udp4");
  for (const size of [0, 1, 47, 48]) {
    await new Promise((resolve) =>
      other.send(new Uint8Array(size), port, "127.0.0.1", resolve)
    );
  }
  await new Promise<void>((resolve) => other.close(resolve));
  await using client = start(runtime, "time_client", ["--port", `${port}`]);
  const { code, lines, stderr } = await client.exit();
  assertEquals([code, stderr], [0, ""]);
  assertMatch(
    lines[0],
    /^4 of 4 answers; the clock is off by -?\d{1,2}\.\d ms, give or take \d+\.\d ms$/,
  );
  const end = await stop(server);
  assertEquals([end.lines, end.stderr], [["Stopped"], ""]);
});

onEach(
  "syslog_receiver prints what logger sends",
  async (runtime) => {
    await using server = start(runtime, "syslog_receiver", ["--port", "0"]);
    const port = await portOf(server, "Receiving syslog on");
    const log = async (...words: string[]) => {
      const { success } = await new Deno.Command("logger", {
        args: [
          ...["--udp", "--server", "127.0.0.1", "--port", String(port)],
          ...words,
        ],
      }).output();
      assertEquals(success, true);
      return await server.line();
    };
    assertMatch(
      await log(
        "--rfc3164",
        "-t",
        "oven",
        "-p",
        "user.warning",
        "Getting warm",
      ),
      /^127\.0\.0\.1 user\.warning: \w{3} [ \d]\d [\d:]{8} \S+ oven: Getting warm$/,
    );
    assertMatch(
      await log("--rfc5424", "-t", "oven", "-p", "local3.err", "Burnt"),
      /^127\.0\.0\.1 local3\.error: \S+ \S+ oven - - .*Burnt$/,
    );
    const { lines, stderr } = await stop(server);
    assertEquals([lines, stderr], [["Stopped"], ""]);
  },
  { skip: missing("logger") },
);
