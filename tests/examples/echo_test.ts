import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { Child } from "../process/child.ts";
import { missing } from "../process/machine.ts";
import type { Runtime } from "../runtimes.ts";
import { closedPort, onEach, portOf, start, stop } from "./example.ts";
import { Guest } from "./guest.ts";

function serve(runtime: Runtime): Child {
  return start(runtime, "echo_server", ["--port", "0"]);
}

onEach("echo_server says who comes and goes", async (runtime) => {
  await using server = serve(runtime);
  const port = await portOf(server, "Echoing on");
  await server.says(`Try: nc 127.0.0.1 ${port} (Ctrl-C here stops)`);
  using guest = await Guest.at(port);
  await server.says(`${guest.name} came`);
  await guest.send("hello\n");
  await guest.hear("hello\n");
  await guest.end();
  await guest.hearEnd();
  await server.says(`${guest.name} left after 6 bytes`);
  const { lines } = await stop(server);
  assertEquals(lines, ["Stopping", "Stopped"]);
});

onEach(
  "echo_server stops at SIGTERM while guests are there",
  async (runtime) => {
    await using server = serve(runtime);
    using guest = await Guest.at(await portOf(server, "Echoing on"));
    await server.says("Try: nc 127.0.0.1");
    await server.says(`${guest.name} came`);
    await guest.send("hello\n");
    await guest.hear("hello\n");
    const [{ lines, stderr }] = await Promise.all([
      stop(server, "SIGTERM"),
      guest.hearEnd().then(() => guest.end()),
    ]);
    assertEquals(lines, [
      "Stopping",
      `${guest.name} sent away after 6 bytes`,
      "Stopped",
    ]);
    assertEquals(stderr, "");
  },
);

onEach(
  "echo_server stops at Ctrl-C while a guest takes nothing",
  async (runtime) => {
    await using server = serve(runtime);
    using guest = await Guest.at(await portOf(server, "Echoing on"));
    await server.says("Try: nc 127.0.0.1");
    await server.says(`${guest.name} came`);
    // More than all buffers between the two hold: it is stuck, or about to be.
    const sending = guest.send(new Uint8Array(64 * 1024 * 1024))
      .catch(() => {});
    await guest.hear("\0");
    const { lines, stderr } = await stop(server);
    await Promise.all([sending, guest.outlive()]);
    assertEquals([lines[0], lines[2]], ["Stopping", "Stopped"]);
    assertMatch(lines[1], / sent away after \d+ bytes$/);
    assertEquals(stderr, "");
  },
);

onEach(
  "echo_server ends with one line when its port is in use",
  async (runtime) => {
    using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const port = String(taken.addr.port);
    await using server = start(runtime, "echo_server", ["--port", port]);
    assertEquals(await server.exit(), {
      code: 1,
      signal: null,
      lines: [],
      stderr: `Cannot listen on 127.0.0.1:${port}: ` +
        "address already in use (EADDRINUSE)\n",
    });
  },
);

for (const words of [["--prot", "80"], ["--port", "eighty"], ["80"]]) {
  onEach(
    `echo_server ends with one line for ${words.join(" ")}`,
    async (runtime) => {
      await using server = start(runtime, "echo_server", words);
      const { code, stderr } = await server.exit();
      assertEquals(code, 1);
      assertEquals(stderr.trimEnd().split("\n").length, 1, stderr);
    },
  );
}

onEach("echo_server answers nc", async (runtime) => {
  await using server = serve(runtime);
  const port = String(await portOf(server, "Echoing on"));
  await using nc = new Child({
    name: "nc",
    command: "nc",
    args: ["127.0.0.1", port],
    listens: true,
  });
  await nc.hear("hello");
  await nc.says("hello");
  await stop(server);
}, { skip: missing("nc") });

onEach("echo_client prints what came back", async (runtime) => {
  await using server = serve(runtime);
  const port = String(await portOf(server, "Echoing on"));
  await using client = start(runtime, "echo_client", [
    "--port",
    port,
    "good",
    "mörning",
  ]);
  assertEquals(await client.exit(), {
    code: 0,
    signal: null,
    lines: ["good mörning"],
    stderr: "",
  });
});

onEach(
  "echo_client ends with one line when no socket listens",
  async (runtime) => {
    const port = String(closedPort());
    await using client = start(runtime, "echo_client", ["--port", port]);
    const { code, stderr } = await client.exit();
    assertEquals(code, 1);
    assertStringIncludes(stderr, "connection refused (ECONNREFUSED)");
    assertEquals(stderr.trimEnd().split("\n").length, 1, stderr);
  },
);
