import { assertEquals, assertGreater, assertRejects } from "@std/assert";
import { Child } from "../process/child.ts";
import { missing } from "../process/machine.ts";
import { onEach, start, stop } from "./example.ts";

/** A path in a directory of its own. */
function socketPath(): Disposable & { readonly path: string } {
  const directory = Deno.makeTempDirSync({ dir: "/tmp", prefix: "anyport-" });
  return {
    path: `${directory}/status`,
    [Symbol.dispose]() {
      Deno.removeSync(directory, { recursive: true });
    },
  };
}

async function statusAt(path: string): Promise<{ pid: number }> {
  const conn = await Deno.connect({ transport: "unix", path });
  return await new Response(conn.readable).json();
}

onEach(
  "unix_server tells its status, and removes its file",
  async (runtime) => {
    using place = socketPath();
    await using server = start(runtime, "unix_server", ["--path", place.path]);
    await server.says(`Telling the status on ${place.path}`);
    assertEquals((await statusAt(place.path)).pid, server.pid);
    using _waiting = await Deno.connect({
      transport: "unix",
      path: place.path,
    });
    const { lines, stderr } = await stop(server);
    assertEquals(lines, ["Stopped"]);
    assertEquals(stderr, "");
    await assertRejects(() => Deno.lstat(place.path), Deno.errors.NotFound);
  },
);

onEach(
  "unix_server takes over the file of one that was killed",
  async (runtime) => {
    using place = socketPath();
    const words = ["--path", place.path];
    {
      await using killed = start(runtime, "unix_server", words);
      await killed.says("Telling the status on");
    }
    await Deno.lstat(place.path);
    await using server = start(runtime, "unix_server", words);
    await server.says("Telling the status on");
    assertEquals((await statusAt(place.path)).pid, server.pid);
    await stop(server);
  },
);

onEach("unix_server answers nc", async (runtime) => {
  using place = socketPath();
  await using server = start(runtime, "unix_server", ["--path", place.path]);
  await server.says("Telling the status on");
  await using nc = new Child({
    name: "nc",
    command: "nc",
    args: ["-U", place.path],
  });
  const { lines } = await nc.exit();
  const status = JSON.parse(lines.join("\n"));
  assertEquals(status.pid, server.pid);
  assertGreater(status.heapBytes, 0);
  await stop(server);
}, { skip: missing("nc") });
