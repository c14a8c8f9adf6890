/**
 * Python's ssl module as either end of a connection with Anyport.
 *
 * @module
 */
import type { Report, Steps } from "./tls_agent.ts";
import { type Bench, type Name, SKIP } from "./tls_bench.ts";

/** Why Python cannot take part here. */
export const skip = SKIP.python3;

/** Which end Python is. */
export type Role = "client" | "server";
/** Both. */
export const ROLES: readonly Role[] = ["client", "server"];

/** The versions of TLS by Python's names. */
export const VERSIONS = { TLSv1_2: "TLSv1.2", TLSv1_3: "TLSv1.3" } as const;
/** One of them. */
export type PythonVersion = keyof typeof VERSIONS;

/** What both are told, with names instead of certificates. */
export interface Setting {
  readonly python?: PythonOptions | undefined;
  readonly anyport?: AnyportOptions | undefined;
}

/** A server has the certificate `server`, a client trusts `ca`, unless told otherwise. */
export interface PythonOptions extends Named {
  readonly version?: PythonVersion;
  readonly ca?: "ca" | "otherCa";
  readonly alpn?: readonly string[];
  readonly verify?: "CERT_OPTIONAL" | "CERT_REQUIRED";
  /** Whether close_notify can be sent without waiting for the peer's. */
  readonly inMemory?: boolean;
}

/** The same goes for Anyport. */
export interface AnyportOptions extends Named {
  /** Whether TLS begins with the step `startTls`. */
  readonly plain?: boolean;
  readonly alpnProtocols?: readonly string[];
  readonly clientAuth?: "request" | "require";
}

interface Named {
  readonly identity?: Name;
  readonly serverName?: string;
  readonly serverNames?: { readonly [name: string]: Name };
}

/** The role of the other end. */
export function other(role: Role): Role {
  return role === "client" ? "server" : "client";
}

/** Lets the two meet, each with its steps. */
export async function meet(
  bench: Bench,
  role: Role,
  setting: Setting,
  steps: { readonly python: Steps; readonly anyport: Steps },
): Promise<{ python: Report; anyport: Report }> {
  const told = pythonOptions(bench, role, setting.python);
  const { plain = false, ...rest } = setting.anyport ?? {};
  const secure = anyportOptions(bench, other(role), rest);
  const means = plain ? { plain } : secure;
  const taken = steps.anyport.map(([verb, value]) =>
    verb === "startTls"
      ? [verb, { role: other(role), ...secure }] as const
      : [verb, value] as const
  );
  const [server, client] = role === "server"
    ? [
      { agent: bench.python!, means: told, steps: steps.python },
      { agent: bench.anyport, means, steps: taken },
    ]
    : [
      { agent: bench.anyport, means, steps: taken },
      { agent: bench.python!, means: told, steps: steps.python },
    ];
  await using listener = await server.agent.listen(server.means);
  const { port } = listener;
  const reports = await Promise.all([
    listener.accept(server.steps),
    client.agent.connect({ ...client.means, port }, client.steps),
  ]);
  const [python, anyport] = role === "server" ? reports : reports.reverse();
  return { python, anyport };
}

/** Runs with each version, both at once, and waits for both even if one fails. */
export async function inBothVersions(
  run: (version: PythonVersion) => Promise<void>,
): Promise<void> {
  const both = [run("TLSv1_2"), run("TLSv1_3")];
  await Promise.allSettled(both);
  await Promise.all(both);
}

/** Files take the place of names. */
function pythonOptions(
  { material }: Bench,
  role: Role,
  { identity = ofServer(role), ca = "ca", serverNames = {}, ...options }:
    PythonOptions = {},
) {
  return {
    ...options,
    ca: material.file(ca),
    ...identity && { identity: material.file(identity) },
    serverNames: Object.fromEntries(
      Object.entries(serverNames).map((
        [name, of],
      ) => [name, material.file(of)]),
    ),
  };
}

/** PEM takes the place of names. */
function anyportOptions(
  { material: { pem } }: Bench,
  role: Role,
  { identity = ofServer(role), serverNames, ...options }: AnyportOptions,
) {
  return {
    ...options,
    caCerts: [pem.ca],
    ...identity && pem[identity],
    ...serverNames && {
      serverNames: Object.fromEntries(
        Object.entries(serverNames).map(([name, of]) => [name, pem[of]]),
      ),
    },
  };
}

function ofServer(role: Role): Name | undefined {
  return role === "server" ? "server" : undefined;
}
