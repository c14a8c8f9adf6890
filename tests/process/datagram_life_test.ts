/**
 * Datagram sockets and their process: what keeps it alive, what ends it, what
 * it may do, and what is left behind.
 *
 * @module
 */
import { assertEquals, assertLess, assertLessOrEqual } from "@std/assert";
import { createSocket } from "node:dgram";
import { outcomes } from "./attempts.ts";
import { missing, noProc } from "./machine.ts";
import { onRuntimes, start } from "./program.ts";

const HOSTNAME = "127.0.0.1";

/** Sends one datagram, from any address. */
async function sendTo(port: number): Promise<void> {
  const socket = createSocket("udp4");
  await new Promise((resolve) => socket.send("x", port, HOSTNAME, resolve));
  await new Promise<void>((resolve) => socket.close(resolve));
}

for (
  const operation of [
    "receive()",
    "for await",
    "receive() after unref() and ref()",
    "receive() during unref() and ref()",
    "receive() after an aborted one",
  ]
) {
  onRuntimes(
    `The process stays alive while a datagram socket waits in ${operation}`,
    {},
    async (runtime) => {
      await using child = start(runtime, "holds", ["datagrams", operation]);
      const port = Number(await child.says("listening"));
      await child.says("still here");
      await sendTo(port);
      await child.says("got it");
      assertEquals(await child.exit(), {
        code: 0,
        signal: null,
        lines: [],
        stderr: "",
      });
    },
  );
}

for (
  const situation of [
    "idle",
    "idle after ref()",
    "idle after a datagram",
    "whose receive() was aborted",
    "whose receive() timed out",
    "unref()ed while receive() waits",
    "unref()ed while receive() with a time limit waits",
    "unref()ed before receive() waits",
    "closed while receive() waits",
    "closed while for await waits",
  ]
) {
  onRuntimes(
    `The process ends by itself with a datagram socket ${situation}`,
    {},
    async (runtime) => {
      await using child = start(runtime, "lets_go", ["datagrams", situation]);
      const { code, lines, stderr } = await child.exit();
      assertEquals({ code, lines, stderr }, {
        code: 0,
        lines: ["done"],
        stderr: "",
      });
    },
  );
}

onRuntimes(
  "Deno's NotCapable passes through when a datagram needs a permission",
  { only: ["deno"] },
  async (runtime) => {
    const to = { hostname: "127.0.0.2", port: 9 };
    const told = await outcomes(runtime, [
      ["listenDatagram", { hostname: "127.0.0.2", port: 0 }],
      ["connectDatagram", { ...to, localHostname: "127.0.0.2" }],
      ["listenDatagram", { hostname: "localhost.invalid", port: 0 }],
      ["send", { from: HOSTNAME, to }],
      ["send", { from: HOSTNAME, to: { ...to, hostname: "localhost" } }],
    ], { denoFlags: ["--no-prompt", `--allow-net=${HOSTNAME}`] });
    assertEquals(
      told.map(({ error }) => error),
      told.map(() => "Deno.errors.NotCapable"),
    );
  },
);

/** A port that only the privileged may have. */
const PORT = 1;

const everybodyMay = Deno.build.os !== "linux"
  ? "only Linux reserves ports below 1024"
  : Number(
      Deno.readTextFileSync("/proc/sys/net/ipv4/ip_unprivileged_port_start"),
    ) <= PORT
  ? "this system reserves no ports"
  : undefined;

onRuntimes(
  "listenDatagram() rejects PermissionDenied when the port is below 1024 and the process unprivileged",
  {
    skip: everybodyMay ??
      (Deno.uid() === 0 ? missing("setpriv") : undefined),
  },
  async (runtime) => {
    const wrapper = Deno.uid() === 0
      ? ["setpriv", "--bounding-set", "-net_bind_service"]
      : [];
    const [{ error, code }] = await outcomes(runtime, [
      ["listenDatagram", { hostname: HOSTNAME, port: PORT }],
    ], { wrapper });
    assertEquals([error, code], ["errors.PermissionDenied", "EACCES"]);
  },
);

/** What a process holds after a round of sockets. */
interface Rest {
  readonly descriptors: number;
  /** Bytes of heap and array buffers. */
  readonly heap: number;
}

/** 1 KiB for each socket, which is less than one that is never freed has. */
const MAX_GROWTH = 2000 * 1024;

onRuntimes(
  "2,000 datagram sockets leave no descriptor and no memory behind when they are dropped in every way",
  { skip: noProc },
  async (runtime) => {
    await using child = start(runtime, "churns_datagrams", [], {
      denoFlags: ["-A", "--v8-flags=--expose-gc"],
    });
    const { before, after } = await child.tells<Record<string, Rest>>("report");
    assertLessOrEqual(after.descriptors, before.descriptors);
    assertLess(after.heap - before.heap, MAX_GROWTH);
  },
);
