/**
 * Unix sockets in states that no runtime leaves them in, and processes that may
 * not look at their files.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { type Attempt, outcomes } from "./attempts.ts";
import { Child } from "./child.ts";
import { missing } from "./machine.ts";
import { onRuntimes, start } from "./program.ts";

const PYTHON = missing("python3");
const isRoot = Deno.uid() === 0;

/** Takes from root what lets it connect to every socket file. */
const UNPRIVILEGED = [
  "setpriv",
  "--bounding-set",
  "-dac_override,-dac_read_search",
];

/** A directory that other programs share, with a short path. */
class Directory implements Disposable {
  readonly path = Deno.makeTempDirSync({ dir: "/tmp", prefix: "anyport-" });

  [Symbol.dispose](): void {
    Deno.removeSync(this.path, { recursive: true });
  }
}

/** Runs with the sockets of `unix_states.py`. */
async function withStates(
  run: (directory: string) => Promise<void>,
): Promise<void> {
  using directory = new Directory();
  await using states = new Child({
    name: "unix_states.py",
    command: "python3",
    args: [`${import.meta.dirname}/unix_states.py`, directory.path],
    listens: true,
  });
  assertEquals(await states.line(), "bound");
  await run(directory.path);
}

const refusals: readonly [name: string, error: string, code: string][] = [
  ["silent", "errors.ConnectionRefused", "ECONNREFUSED"],
  ["full", "errors.SocketError", "EAGAIN"],
  ["datagram", "errors.SocketError", "EPROTOTYPE"],
  ["packets", "errors.SocketError", "EPROTOTYPE"],
  ["forbidden", "errors.PermissionDenied", "EACCES"],
  ["closed/socket", "errors.PermissionDenied", "EACCES"],
];

onRuntimes(
  "connect() on a path rejects with the system's code",
  { skip: PYTHON ?? (isRoot ? missing("setpriv") : undefined) },
  (runtime) =>
    withStates(async (directory) => {
      const told = await outcomes(
        runtime,
        refusals.map(([name]): Attempt => [
          "connect",
          { path: `${directory}/${name}` },
        ]),
        { wrapper: isRoot ? UNPRIVILEGED : [] },
      );
      assertEquals(
        told.map(({ error, code }) => [error, code]),
        refusals.map(([, error, code]) => [error, code]),
      );
    }),
);

onRuntimes(
  "listen() with reclaim leaves sockets alone that are full, or not of streams",
  { skip: PYTHON },
  (runtime) =>
    withStates(async (directory) => {
      const names = ["full", "relative", "datagram", "packets"];
      const told = await outcomes(
        runtime,
        names.map((name): Attempt => [
          "listen",
          { path: `${directory}/${name}`, reclaim: true },
        ]),
      );
      assertEquals(
        told.map(({ code }) => code),
        names.map(() => "EADDRINUSE"),
      );
      for (const name of names) {
        assert(Deno.lstatSync(`${directory}/${name}`).isSocket);
      }
    }),
);

onRuntimes(
  "a socket file with mode never has wider rights",
  { skip: PYTHON },
  async (runtime) => {
    using directory = new Directory();
    await using observer = new Child({
      name: "widest_mode.py",
      command: "python3",
      args: [`${import.meta.dirname}/widest_mode.py`, `${directory.path}/s`],
      listens: true,
    });
    assertEquals(await observer.line(), "watching");
    await using listener = start(
      runtime,
      "listens_often",
      [`${directory.path}/s`, 0o640, 2000],
      { wrapper: ["sh", "-c", 'umask 0 && exec "$@"', "umask"] },
    );
    const { code, stderr } = await listener.exit();
    assertEquals([code, stderr], [0, ""]);
    await observer.hear("stop");
    const [looks, widest] = (await observer.says("seen")).split(" ");
    // A busy machine lets it look seldom.
    assert(Number(looks) > 0, looks);
    assertEquals(widest, "640");
  },
);

const ROOT = new URL("../../", import.meta.url).pathname;

/** Node's permission model, which lets a program read no more than its own code. */
function permissionModel(name: string): string[] {
  const flag = name === "node20" ? "--experimental-permission" : "--permission";
  return [
    "env",
    `NODE_OPTIONS=${flag} --allow-fs-read=${ROOT}`,
    "NODE_NO_WARNINGS=1",
  ];
}

onRuntimes(
  "listen() on a path works where its file must not be looked at",
  { only: ["node20", "node22", "node24"] },
  async (runtime) => {
    using directory = new Directory();
    const path = `${directory.path}/socket`;
    const told = await outcomes(
      runtime,
      [["listen", { path }], ["connect", { path }]],
      { wrapper: permissionModel(runtime.name) },
    );
    const address = { transport: "unix", path } as const;
    assertEquals(told, [{ address }, { address }]);
    assertEquals([...Deno.readDirSync(directory.path)], []);
  },
);

onRuntimes(
  "listen() on a path rejects PermissionDenied where it has to look at a file, and must not",
  { only: ["node20", "node22", "node24"] },
  async (runtime) => {
    using directory = new Directory();
    const path = `${directory.path}/socket`;
    const wide = `${directory.path}/wide`;
    const told = await outcomes(
      runtime,
      [
        ["listen", { path }],
        ["listen", { path, reclaim: true }],
        ["listen", { path: wide, mode: 0o777 }],
        ["listen", { path: `${directory.path}/narrow`, mode: 0o600 }],
      ],
      {
        wrapper: [
          ...permissionModel(runtime.name),
          "sh",
          "-c",
          'umask 077 && exec "$@"',
          "umask",
        ],
      },
    );
    assertEquals(
      told.map(({ error, code }) => [error, code]),
      [
        [undefined, undefined],
        ["errors.PermissionDenied", "ERR_ACCESS_DENIED"],
        ["errors.PermissionDenied", "ERR_ACCESS_DENIED"],
        [undefined, undefined],
      ],
    );
    assertEquals([...Deno.readDirSync(directory.path)], []);
  },
);

onRuntimes(
  "listen() on a path asks for no more permissions than those of the path",
  { only: ["deno"] },
  async (runtime) => {
    using directory = new Directory();
    const path = `${directory.path}/socket`;
    const flags = [
      `--allow-read=${path}`,
      `--allow-write=${path}`,
      `--allow-net=unix:${path}`,
    ];
    const attempts: Attempt[] = [
      ["listen", { path }],
      ["connect", { path }],
      ["listen", { path: `${directory.path}/other` }],
    ];
    const told = await outcomes(runtime, attempts, { denoFlags: flags });
    assertEquals(told.map(({ error }) => error), [
      undefined,
      undefined,
      "Deno.errors.NotCapable",
    ]);
    const [narrow] = await outcomes(
      runtime,
      [["listen", { path, mode: 0o600 }]],
      { denoFlags: flags },
    );
    assert(narrow.message?.includes("--allow-sys"), narrow.message);
    const [made] = await outcomes(
      runtime,
      [["listen", { path, mode: 0o600 }]],
      { denoFlags: [...flags, "--allow-sys"] },
    );
    assertEquals(made, { address: { transport: "unix", path } });
    assertEquals([...Deno.readDirSync(directory.path)], []);
  },
);
