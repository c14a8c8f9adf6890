/**
 * What a process may not do: it is told so by the error of its own kind.
 *
 * @module
 */
import { getAvailablePort } from "@std/net";
import { assert, assertEquals } from "@std/assert";
import { outcomes } from "./attempts.ts";
import { missing } from "./machine.ts";
import { onRuntimes } from "./program.ts";

const DENO = { only: ["deno"] } as const;
const HOSTNAME = "127.0.0.1";

/** A port that only the privileged may listen on. */
const PORT = 1;

/** Takes that privilege from a process, and none other. */
const UNPRIVILEGED = ["setpriv", "--bounding-set", "-net_bind_service"];

const isRoot = Deno.uid() === 0;

function everybodyMay(): string | undefined {
  if (Deno.build.os !== "linux") return "only Linux reserves ports below 1024";
  const first = Number(
    Deno.readTextFileSync("/proc/sys/net/ipv4/ip_unprivileged_port_start"),
  );
  return first <= PORT ? "this system reserves no ports" : undefined;
}

onRuntimes(
  "listen() rejects PermissionDenied when the port is below 1024 and the process unprivileged",
  { skip: everybodyMay() ?? (isRoot ? missing("setpriv") : undefined) },
  async (runtime) => {
    const [outcome] = await outcomes(
      runtime,
      [["listen", { hostname: HOSTNAME, port: PORT }]],
      { wrapper: isRoot ? UNPRIVILEGED : [] },
    );
    assertEquals(outcome.error, "errors.PermissionDenied");
    assertEquals(outcome.code, "EACCES");
    assertEquals(
      outcome.message,
      `Cannot listen on ${HOSTNAME}:${PORT}: permission denied (EACCES)`,
    );
    assert(outcome.causedBy !== undefined);
  },
);

onRuntimes(
  "Socket.bind() rejects PermissionDenied when the port is below 1024 and the process unprivileged",
  { skip: everybodyMay() ?? (isRoot ? missing("setpriv") : undefined) },
  async (runtime) => {
    const [outcome] = await outcomes(
      runtime,
      [["bind", { hostname: HOSTNAME, port: PORT }]],
      { wrapper: isRoot ? UNPRIVILEGED : [] },
    );
    assertEquals(outcome.error, "errors.PermissionDenied");
    assertEquals(
      outcome.message,
      `Cannot bind to ${HOSTNAME}:${PORT}: permission denied (EACCES)`,
    );
  },
);

onRuntimes(
  "Deno's NotCapable passes through when a permission is missing",
  DENO,
  async (runtime) => {
    const told = await outcomes(runtime, [
      ["listen", { hostname: HOSTNAME, port: 0 }],
      ["listen", { path: "/tmp/anyport-not-permitted.sock" }],
      ["connect", { hostname: HOSTNAME, port: PORT }],
      ["connect", { hostname: "localhost", port: PORT }],
      ["connect", { path: "/tmp/anyport-not-permitted.sock" }],
    ], { denoFlags: ["--no-prompt"] });
    assertEquals(
      told.map(({ error }) => error),
      told.map(() => "Deno.errors.NotCapable"),
    );
  },
);

for (const hostname of [HOSTNAME, "localhost"]) {
  onRuntimes(
    `Permission for ${hostname} and one port is enough to listen there and to connect`,
    DENO,
    async (runtime) => {
      const port = getAvailablePort();
      const told = await outcomes(runtime, [
        ["listen", { hostname, port }],
        ["connect", { hostname, port }],
      ], { denoFlags: ["--no-prompt", `--allow-net=${hostname}:${port}`] });
      assertEquals(told.map(({ message }) => message), [undefined, undefined]);
    },
  );
}

onRuntimes(
  "Permission for one file is enough to listen on it and to connect",
  DENO,
  async (runtime) => {
    const directory = await Deno.makeTempDir();
    const path = `${directory}/here.sock`;
    try {
      const told = await outcomes(runtime, [
        ["listen", { path }],
        ["connect", { path }],
      ], {
        denoFlags: [
          "--no-prompt",
          `--allow-net=unix:${path}`,
          `--allow-read=${path}`,
          `--allow-write=${path}`,
        ],
      });
      assertEquals(told.map(({ message }) => message), [undefined, undefined]);
    } finally {
      await Deno.remove(directory, { recursive: true });
    }
  },
);
