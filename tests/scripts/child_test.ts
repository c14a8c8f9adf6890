import { assert, assertEquals, assertRejects } from "@std/assert";
import { type Command, run } from "../../scripts/test/child.ts";

const LIMIT_MS = 20_000;

/** A program in Deno's words. */
function program(code: string): Command {
  return { command: Deno.execPath(), args: ["eval", code] };
}

/**
 * A program that leaves another one behind, which holds on to its output and
 * listens, and prints the port.
 */
const LEAVING = `
  const other = new Deno.Command(Deno.execPath(), {
    args: ["eval", "const l = Deno.listen({ port: 0, hostname: '127.0.0.1' }); console.log(l.addr.port); await l.accept();"],
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const reader = other.stdout.getReader();
  const { value } = await reader.read();
  await Deno.stdout.write(value);
`;

Deno.test("run() returns both outputs, and whether the command succeeded", async () => {
  const ending = await run(
    program(`console.log("out"); console.error("err"); Deno.exit(3)`),
    LIMIT_MS,
  );
  assertEquals(ending.success, false);
  assertEquals(ending.timedOut, false);
  assertEquals(ending.output.split("\n").sort(), ["", "err", "out"]);
});

Deno.test({
  name: "run() kills what the command left behind",
  // Windows has no process groups.
  ignore: Deno.build.os === "windows",
  async fn() {
    const ending = await run(program(`${LEAVING} Deno.exit(0);`), LIMIT_MS);
    assert(ending.success);
    const port = Number(ending.output);
    assert(port > 0, ending.output);
    await assertRejects(
      () => Deno.connect({ hostname: "127.0.0.1", port }),
      Deno.errors.ConnectionRefused,
    );
  },
});

Deno.test("run() kills a command that takes longer than the limit", async () => {
  const ending = await run(
    program("Deno.listen({ port: 0, hostname: '127.0.0.1' }).accept()"),
    500,
  );
  assertEquals(ending.success, false);
  assertEquals(ending.timedOut, true);
});
