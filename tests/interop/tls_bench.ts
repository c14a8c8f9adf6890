/**
 * What a test of TLS with other implementations is given.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { type Certificates, certificates } from "../certificates.ts";
import type { Runtime } from "../runtimes.ts";
import { needs } from "./needs.ts";
import { Agent, type Learned, type Report } from "./tls_agent.ts";

/** Why nothing of this can run here. */
export const SKIP = {
  openssl: needs("openssl 3", "openssl version | grep '^OpenSSL [3-9]'"),
  python3: needs("python3 with ssl", "python3 -c 'import ssl'"),
};

/** A test with one of the runtimes. */
export interface TlsCase {
  /** Who talks with Anyport, and what shows. */
  readonly name: string;
  readonly skip: string | undefined;
  run(bench: Bench): Promise<void>;
}

/** The owners of certificates here. */
export type Name = {
  [name in keyof Certificates]: Certificates[name] extends string ? never
    : name;
}[keyof Certificates];

/** What the runtimes have in common. */
export class Material {
  readonly pem: Certificates;
  readonly #folder: string;
  readonly #names = new Map<string, string>();
  /** OpenSSL's names of ciphers by the registered ones. */
  readonly #ciphers: ReadonlyMap<string, string>;
  #files = 0;

  private constructor(pem: Certificates, folder: string, ciphers: string) {
    this.pem = pem;
    this.#folder = folder;
    this.#ciphers = new Map(
      ciphers.trim().split("\n").map((line) =>
        line.trim().split(/\s+-\s+|\s+/) as [string, string]
      ),
    );
  }

  /** Makes the certificates, and files of them. */
  static async make(): Promise<Material> {
    const pem = await certificates();
    const folder = await Deno.makeTempDir({ prefix: "anyport-tls-" });
    const { stdout } = await new Deno.Command("openssl", {
      args: ["ciphers", "-stdname", "ALL:COMPLEMENTOFALL"],
    }).output();
    const ciphers = new TextDecoder().decode(stdout);
    const material = new Material(pem, folder, ciphers);
    for (const [name, made] of Object.entries(pem)) {
      const text = typeof made === "string" ? made : made.cert + made.key;
      await Deno.writeTextFile(material.file(name as keyof Certificates), text);
      const der = base64Of(text);
      // Some differ in the form of their keys alone.
      if (!material.#names.has(der)) material.#names.set(der, name);
    }
    return material;
  }

  /** The path of a certificate and its key. */
  file(name: keyof Certificates): string {
    return `${this.#folder}/${name}.pem`;
  }

  /** A path where nothing is. */
  newFile(): string {
    return `${this.#folder}/${++this.#files}`;
  }

  /** What an end has learned, with names for what is new each time. */
  named({ certificate, cipher, ...info }: Learned) {
    return {
      ...info,
      // Anyport is to give registered names, Python has OpenSSL's.
      cipher: info.verified === undefined
        ? cipher
        : this.#ciphers.get(cipher) ?? `${cipher}, which is not registered`,
      certificate: certificate === null
        ? null
        : this.#names.get(certificate) ?? "of no owner here",
    };
  }

  async remove(): Promise<void> {
    await Deno.remove(this.#folder, { recursive: true });
  }
}

/** One runtime's place to be tested in. */
export interface Bench {
  readonly anyport: Agent;
  /** Unless it is missing, and what needs it is skipped. */
  readonly python: Agent | undefined;
  readonly material: Material;
}

/** Starts Anyport on a runtime. */
export function anyportOn(runtime: Runtime): Agent {
  return new Agent(runtime.command(file("programs/tls_agent.mjs")));
}

/** Starts Python. */
export function startPython(): Agent {
  const args = [file("peers/tls_agent.py")];
  return new Agent({ command: "python3", args, env: {} });
}

function file(path: string): string {
  return fileURLToPath(new URL(path, import.meta.url));
}

/** A report without the words of its error, which differ between implementations. */
export function brief(
  { failed, ...report }: Report,
): Omit<Report, "failed"> & { readonly failed?: string } {
  return failed === undefined
    ? report
    : { ...report, failed: `${failed.at}: ${failed.error}` };
}

/** The DER of the first certificate. */
function base64Of(pem: string): string {
  const [, body] = /BEGIN CERTIFICATE-----([^-]+)/.exec(pem)!;
  return body.replace(/\s/g, "");
}

/** Runs all of them, a few at a time, and returns what they resolved with, in order. */
export async function inLanes<T, R>(
  items: readonly T[],
  run: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const lane = async () => {
    while (next < items.length) {
      const at = next++;
      results[at] = await run(items[at]);
    }
  };
  const lanes = Array.from({ length: LANES }, lane);
  // Nothing is to go on behind a test that has failed.
  await Promise.allSettled(lanes);
  await Promise.all(lanes);
  return results;
}

const LANES = 4;
