/**
 * Certificates as files, whose folder programs are told.
 *
 * @module
 */
import { type Certificates, certificates } from "../certificates.ts";
import { missing } from "./machine.ts";

/** Why tests with certificates cannot run here. */
export const noCertificates = missing("openssl");

/** Certificates, and the folder of their files, while the tests of a module run. */
export interface Pem {
  readonly folder: string;
  readonly certificates: Certificates;
}

/**
 * Has them made before the tests of this module, and removed after them.
 *
 * `<name>.crt` is what {@linkcode Certificates} calls `<name>`, and `<name>.key`
 * its key; a root has no key.
 */
export function pemForTests(): Pem {
  let folder: string;
  let all: Certificates;
  Deno.test.beforeAll(async () => {
    if (noCertificates !== undefined) return;
    all = await certificates();
    folder = await Deno.makeTempDir({ prefix: "anyport-pem-" });
    for (const [name, one] of Object.entries(all)) {
      const { cert, key } = typeof one === "string"
        ? { cert: one, key: undefined }
        : one;
      await Deno.writeTextFile(`${folder}/${name}.crt`, cert);
      if (key !== undefined) {
        await Deno.writeTextFile(`${folder}/${name}.key`, key);
      }
    }
  });
  Deno.test.afterAll(async () => {
    if (folder !== undefined) await Deno.remove(folder, { recursive: true });
  });
  return {
    get folder() {
      return folder;
    },
    get certificates() {
      return all;
    },
  };
}
