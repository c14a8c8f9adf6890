/**
 * The certificate of the TLS servers, and the root that the clients trust.
 *
 * @module
 */
import { join } from "node:path";
import { outcomeOf, outputOf } from "../scripts/command.ts";
import { exclusively } from "../scripts/exclusive.ts";

/** The validity of new certificates, and the minimum that must remain. */
const DAYS = 30;
const LEAST_SECONDS = 24 * 60 * 60;

/** Certificates with P-256 keys, signed directly by the root. */
const CONFIGURATION = `
[req]
  distinguished_name = subject
  prompt = no
[subject]
  CN = Anyport's bench
[root]
  basicConstraints = critical, CA:TRUE
  keyUsage = critical, keyCertSign
[leaf]
  basicConstraints = critical, CA:FALSE
  keyUsage = critical, digitalSignature
  extendedKeyUsage = serverAuth
  subjectAltName = DNS:localhost, IP:127.0.0.1
`;

/**
 * Creates the certificates, unless the existing ones are valid for another day.
 *
 * @param directory The folder for the files.
 * @returns Environment variables for the contenders: the paths of the PEM files.
 * @throws {CommandError} `openssl` fails; {Deno.errors.NotFound} it is missing
 */
export async function makeCredentials(
  directory: string,
): Promise<Readonly<Record<string, string>>> {
  const variables = {
    BENCH_ROOT: join(directory, "root.pem"),
    BENCH_CERT: join(directory, "cert.pem"),
    BENCH_KEY: join(directory, "cert.key"),
  };
  await exclusively("bench", async () => {
    const lasts = ["-checkend", String(LEAST_SECONDS), "-noout"];
    const { code } = await outcomeOf("openssl", [
      ...["x509", "-in", variables.BENCH_CERT, ...lasts],
    ]);
    if (code === 0) return;
    await Deno.mkdir(directory, { recursive: true });
    await Deno.writeTextFile(join(directory, "openssl.cnf"), CONFIGURATION);
    await make("root", [], directory);
    await make("leaf", ["-CA", "root.pem", "-CAkey", "root.key"], directory);
    // Renamed last, because the next run checks for this file.
    await Deno.rename(join(directory, "leaf.key"), variables.BENCH_KEY);
    await Deno.rename(join(directory, "leaf.pem"), variables.BENCH_CERT);
  });
  return variables;
}

async function make(
  name: "root" | "leaf",
  issuer: readonly string[],
  cwd: string,
): Promise<void> {
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"];
  await outputOf("openssl", [
    ...["req", "-x509", "-config", "openssl.cnf", "-extensions", name],
    ...[...key, "-nodes", "-days", String(DAYS), ...issuer],
    ...["-keyout", `${name}.key`, "-out", `${name}.pem`],
  ], { cwd });
}
