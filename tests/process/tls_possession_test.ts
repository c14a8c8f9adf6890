/**
 * Clients that show a certificate whose key they do not have.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { connect } from "node:tls";
import { run } from "./machine.ts";
import { noCertificates, pemForTests } from "./pem.ts";
import { onRuntimes, start } from "./program.ts";

const pem = pemForTests();

/**
 * Makes a folder for `tls_verifies.mjs` with a root of version 1 among the others: it has no
 * extensions, and OpenSSL's `x509 -req` makes such ones unless it is told more.
 */
function makeOldRoot(folder: string): void {
  const openssl = (...args: string[]) => {
    const { success, stderr } = run("openssl", args);
    if (!success) throw new Error(`Cannot run openssl ${args[0]}: ${stderr}`);
  };
  const [key, request] = [`${folder}/ca.key`, `${folder}/ca.csr`];
  for (const path of [key, `${folder}/other.key`]) {
    openssl(
      ...["genpkey", "-algorithm", "EC", "-out", path],
      ...["-pkeyopt", "ec_paramgen_curve:P-256"],
    );
  }
  openssl(
    ...["req", "-new", "-key", key, "-subj", "/CN=old root"],
    ...["-out", request],
  );
  openssl(
    ...["x509", "-req", "-in", request, "-signkey", key, "-days", "2"],
    ...["-out", `${folder}/old.crt`],
  );
  // Alone it could be no anchor, and would be refused at once.
  Deno.writeTextFileSync(
    `${folder}/ca.crt`,
    Deno.readTextFileSync(`${folder}/old.crt`) +
      Deno.readTextFileSync(`${pem.folder}/ca.crt`),
  );
  for (const name of ["server.crt", "server.key"]) {
    Deno.copyFileSync(`${pem.folder}/${name}`, `${folder}/${name}`);
  }
}

/**
 * Shows the root, which is public, and signs with another key.
 *
 * Deno's `node:tls` lets a program do so, where a certificate is of version 1.
 */
async function visit(
  folder: string,
  port: number,
  maxVersion: "TLSv1.2" | "TLSv1.3",
): Promise<void> {
  const socket = connect({
    host: "127.0.0.1",
    port,
    maxVersion,
    rejectUnauthorized: false,
    cert: Deno.readTextFileSync(`${folder}/old.crt`),
    key: Deno.readTextFileSync(`${folder}/other.key`),
  });
  socket.on("error", () => {
    // Refused, as it has to be.
  });
  socket.resume();
  await new Promise((resolve) => socket.once("close", resolve));
}

onRuntimes(
  "A server verifies no client that shows a root of version 1 and does not have its key, and refuses it with clientAuth require",
  { skip: noCertificates },
  async (runtime) => {
    const folder = await Deno.makeTempDir({ prefix: "anyport-possession-" });
    try {
      makeOldRoot(folder);
      await using server = start(runtime, "tls_verifies", [folder, "[]"]);
      await server.says("verdicts");
      const ports = [
        Number(await server.says("require")),
        Number(await server.says("request")),
      ];
      const verdicts: string[] = [];
      for (const port of ports) {
        for (const version of ["TLSv1.2", "TLSv1.3"] as const) {
          const visited = visit(folder, port, version);
          verdicts.push(await server.says("verdict"));
          await visited;
        }
      }
      const [required, requested] = [verdicts.slice(0, 2), verdicts.slice(2)];
      assertEquals(required, ["InvalidData", "InvalidData"]);
      assertEquals(requested.includes("trusted"), false);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
);
