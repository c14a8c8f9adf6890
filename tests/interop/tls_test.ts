/**
 * TLS between Anyport, on every runtime, and other implementations: OpenSSL's
 * commands and Python's module.
 *
 * @module
 */
import { test } from "../harness.ts";
import { runtimes } from "../runtimes.ts";
import {
  anyportOn,
  type Bench,
  Material,
  SKIP,
  startPython,
} from "./tls_bench.ts";
import { combinations } from "./tls_combinations.ts";
import { opensslCases } from "./tls_openssl_cases.ts";
import { pythonExchanges } from "./tls_python_exchanges.ts";
import { pythonHandshakes } from "./tls_python_handshakes.ts";
import { resuming } from "./tls_resuming.ts";
import { startCases } from "./tls_start_cases.ts";

const CASES = [
  ...combinations,
  ...opensslCases,
  ...resuming,
  ...pythonHandshakes,
  ...pythonExchanges,
  ...startCases,
];

const all = await runtimes();
const benches = new Map<string, Bench>();
let stop = async () => {};

Deno.test.beforeAll(async () => {
  // The certificates are openssl's too.
  if (SKIP.openssl !== undefined) return;
  const material = await Material.make();
  const python = SKIP.python3 === undefined ? startPython() : undefined;
  for (const runtime of all) {
    const anyport = anyportOn(runtime);
    benches.set(runtime.name, { anyport, python, material });
  }
  stop = async () => {
    await python?.stop();
    for (const { anyport } of benches.values()) await anyport.stop();
    await material.remove();
  };
});

Deno.test.afterAll(() => stop());

for (const runtime of all) {
  for (const { name, skip, run } of CASES) {
    test(
      `${name}, on ${runtime.name}`,
      { skip: SKIP.openssl ?? skip },
      () => run(benches.get(runtime.name)!),
    );
  }
}
