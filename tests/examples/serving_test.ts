import {
  assertEquals,
  assertLess,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import type { Runtime } from "../runtimes.ts";
import { onEach, portOf, start, stop } from "./example.ts";
import { Guest } from "./guest.ts";

onEach("live_stats counts what it is sent", async (runtime) => {
  await using server = start(runtime, "live_stats", ["--port", "0"]);
  const port = await portOf(server, "Discarding on");
  {
    using guest = await Guest.at(port);
    await guest.send(new Uint8Array(1_000_000));
    await guest.end();
    await guest.hearEnd();
  }
  const guests = await Promise.all(
    Array.from({ length: 10 }, () => Guest.at(port)),
  );
  await guests[9].send("x");
  using oneTooMany = await Guest.at(port);
  await oneTooMany.outlive();
  const { lines, stderr } = await stop(server);
  for (const guest of guests) guest[Symbol.dispose]();
  assertEquals(stderr, "");
  const [shown, last] = lines;
  assertMatch(
    shown,
    /\r0 open, 11 accepted, 1 rejected, \d+ lost, 1\.0 MB {2}$/,
  );
  assertEquals(last, "Stopped");
});

onEach("metrics answers Prometheus", async (runtime) => {
  const words = ["--port", "0", "--metrics-port", "0"];
  await using server = start(runtime, "metrics", words);
  const echo = await portOf(server, "Echoing on");
  const metrics = await portOf(server, "Metrics on");
  using guest = await Guest.at(echo);
  await guest.send("hello\n");
  await guest.hear("hello\n");
  const response = await fetch(`http://127.0.0.1:${metrics}/metrics`);
  assertEquals(response.status, 200);
  assertStringIncludes(response.headers.get("content-type")!, "version=0.0.4");
  const text = await response.text();
  for (
    const line of [
      "# TYPE echo_active gauge",
      "echo_accepted_total 1",
      "echo_active 1",
      'echo_closed_total{reason="idle"} 0',
      "echo_read_bytes_total 6",
      "echo_written_bytes_total 6",
    ]
  ) assertStringIncludes(text, `${line}\n`);
  const other = await fetch(`http://127.0.0.1:${metrics}/`);
  assertEquals(other.status, 404);
  await other.text();
  const { lines, stderr } = await stop(server);
  assertEquals([lines, stderr], [["Stopped"], ""]);
});

onEach("cluster shares a port among processes", async (runtime) => {
  const words = ["--port", "0", "--workers", "2"];
  await using server = start(runtime, "cluster", words);
  const serves = /^Process (\d+) serves 127\.0\.0\.1:(\d+)$/;
  const [, first, port] = serves.exec(await server.line())!;
  const [, second, same] = serves.exec(await server.line())!;
  assertEquals(same, port);
  const answers = new Set<string>();
  // Each goes to one of the two by chance: all to one, 1 in 10^18.
  for (let i = 0; i < 60; i++) {
    const conn = await Deno.connect({ hostname: "127.0.0.1", port: +port });
    answers.add(await new Response(conn.readable).text());
  }
  assertEquals(
    [...answers].sort(),
    [first, second].map((pid) => `This is ${pid}\n`).sort(),
  );
  const { lines, stderr } = await stop(server, "SIGTERM");
  assertEquals(stderr, "");
  const served = lines.map((line) =>
    Number(/ has served (\d+)$/.exec(line)![1])
  );
  assertEquals(served.length, 2);
  assertEquals(served[0] + served[1], 60);
}, { skip: noSharing() });

function noSharing(): string | undefined {
  return Deno.build.os === "linux"
    ? undefined
    : "only Linux spreads connections over listeners";
}

onEach("a second Ctrl-C ends the grace", async (runtime: Runtime) => {
  await using server = start(runtime, "echo_server", ["--port", "0"]);
  const port = await portOf(server, "Echoing on");
  await server.says("Try:");
  using guest = await Guest.at(port);
  await server.says(`${guest.name} came`);
  const sending = guest.send(new Uint8Array(64 * 1024 * 1024))
    .catch(() => {});
  await guest.hear("\0");
  Deno.kill(server.pid, "SIGINT");
  await server.says("Stopping");
  const began = performance.now();
  // Earlier it would be the same one once more.
  await new Promise((resolve) => setTimeout(resolve, 300));
  const { lines } = await stop(server);
  assertLess(performance.now() - began, 950);
  assertEquals(lines.at(-1), "Stopped");
  await Promise.all([sending, guest.outlive()]);
});
