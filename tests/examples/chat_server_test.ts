import { assertEquals, assertStringIncludes } from "@std/assert";
import { Child } from "../process/child.ts";
import { missing } from "../process/machine.ts";
import type { Runtime } from "../runtimes.ts";
import { onEach, portOf, start, stop } from "./example.ts";
import { Guest } from "./guest.ts";

function serve(runtime: Runtime): Child {
  return start(runtime, "chat_server", ["--port", "0"]);
}

/** A client that has given a name. */
async function member(port: number, name: string): Promise<Guest> {
  const guest = await Guest.at(port);
  await guest.hear("Your name?\n");
  await guest.send(`${name}\n`);
  await guest.hear(`${name} has come\n`);
  return guest;
}

onEach("chat_server tells every line to everybody else", async (runtime) => {
  await using server = serve(runtime);
  const port = await portOf(server, "Chatting on");
  using ann = await member(port, "Ann");
  using bob = await member(port, "Bob");
  await ann.hear("Bob has come\n");
  using cid = await member(port, "Cid");
  await ann.hear("Cid has come\n");
  await bob.hear("Cid has come\n");

  await ann.send("good ");
  await ann.send("morning\r\nall\n");
  await bob.hear("Ann: good morning\nAnn: all\n");
  await cid.hear("Ann: good morning\nAnn: all\n");

  await cid.end();
  await ann.hear("Cid has left\n");
  await bob.send("\x1b[2Jbye\n");
  await ann.hear("Bob: [2Jbye\n");

  const { lines, stderr } = await stop(server);
  assertEquals(lines, ["Stopped"]);
  assertEquals(stderr, "");
  await ann.hearEnd();
});

onEach(
  "chat_server ends the connection of a line without end",
  async (runtime) => {
    await using server = serve(runtime);
    const port = await portOf(server, "Chatting on");
    using ann = await member(port, "Ann");
    using bob = await member(port, "Bob");
    await ann.hear("Bob has come\n");
    await bob.send("x".repeat(1001));
    await ann.hear("Bob has left\n");
    await bob.outlive();
    const { stderr } = await stop(server);
    assertStringIncludes(stderr, "no end within maxBytes, 1000 bytes");
  },
);

onEach("chat_server sends away who takes nothing", async (runtime) => {
  await using server = serve(runtime);
  const port = await portOf(server, "Chatting on");
  using ann = await member(port, "Ann");
  using bob = await member(port, "Bob");
  await ann.hear("Bob has come\n");
  // More than all buffers on the way to Bob hold, who does not read.
  const line = new TextEncoder().encode("x".repeat(999) + "\n");
  let left = false;
  const hearing = ann.hear("Bob has left\n").then(() => left = true);
  while (!left) await ann.send(line);
  await hearing;
  await bob.outlive();
  const { stderr } = await stop(server);
  assertStringIncludes(stderr, "timed out after 2000 ms (ETIMEDOUT)");
});

onEach("chat_server talks to nc", async (runtime) => {
  await using server = serve(runtime);
  const port = await portOf(server, "Chatting on");
  await using nc = new Child({
    name: "nc",
    command: "nc",
    args: ["127.0.0.1", String(port)],
    listens: true,
  });
  await nc.says("Your name?");
  await nc.hear("Ann");
  await nc.says("Ann has come");
  using bob = await member(port, "Bob");
  await nc.says("Bob has come");
  await nc.hear("hello");
  await bob.hear("Ann: hello\n");
  await stop(server);
}, { skip: missing("nc") });
