import { assertEquals, assertStringIncludes } from "@std/assert";
import type { Child } from "../process/child.ts";
import type { Runtime } from "../runtimes.ts";
import { closedPort, onEach, portOf, start, stop } from "./example.ts";
import { Guest } from "./guest.ts";

/** A relay to a port of 127.0.0.1. */
function relayTo(runtime: Runtime, port: number): Child {
  const to = `127.0.0.1:${port}`;
  return start(runtime, "relay", ["--port", "0", "--to", to]);
}

onEach("relay passes bytes and ends on, each way", async (runtime) => {
  using target = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  await using relay = relayTo(runtime, target.addr.port);
  using guest = await Guest.at(await portOf(relay, "Relaying"));
  using host = new Guest(await target.accept());
  await guest.send("question\n");
  await guest.end();
  await host.hear("question\n");
  await host.hearEnd();
  const answer = "answer\n".repeat(100_000);
  await Promise.all([
    host.send(answer).then(() => host.end()),
    guest.hear(answer),
  ]);
  await guest.hearEnd();
  const { lines, stderr } = await stop(relay);
  assertEquals(lines, ["Stopped"]);
  assertEquals(stderr, "");
});

onEach("relay lets a guest go when its target refuses", async (runtime) => {
  const target = closedPort();
  await using relay = relayTo(runtime, target);
  using guest = await Guest.at(await portOf(relay, "Relaying"));
  await guest.outlive();
  const { stderr } = await stop(relay);
  assertStringIncludes(stderr, `Cannot connect to 127.0.0.1:${target}`);
});

onEach(
  "relay stops at Ctrl-C in the middle of connections",
  async (runtime) => {
    using target = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    await using relay = relayTo(runtime, target.addr.port);
    using guest = await Guest.at(await portOf(relay, "Relaying"));
    using host = new Guest(await target.accept());
    await guest.send("question\n");
    await host.hear("question\n");
    const { lines, stderr } = await stop(relay);
    assertEquals(lines, ["Stopped"]);
    assertEquals(stderr, "");
    await guest.hearEnd();
    await host.hearEnd();
  },
);
