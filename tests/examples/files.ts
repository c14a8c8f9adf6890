/**
 * Files for a test: certificates, configurations, mailboxes.
 *
 * @module
 */
import { chownSync } from "node:fs";
import { join } from "node:path";

/** A directory of its own, which goes with everything in it. */
export class Files implements Disposable {
  readonly path: string = Deno.makeTempDirSync({ prefix: "anyport-" });

  /** @param texts What is in it, by name. */
  constructor(texts: Readonly<Record<string, string>> = {}) {
    for (const [name, text] of Object.entries(texts)) this.write(name, text);
  }

  /** The path of what is, or will be, in it. */
  at(name: string): string {
    return join(this.path, name);
  }

  /** Writes a file that only its owner may read, as servers want it for keys. */
  write(name: string, text: string): void {
    Deno.writeTextFileSync(this.at(name), text, { mode: 0o600 });
  }

  /** Gives it, and what is in it, to another user. */
  give({ uid, gid }: { readonly uid: number; readonly gid: number }): void {
    chownSync(this.path, uid, gid);
    for (const { name } of Deno.readDirSync(this.path)) {
      chownSync(this.at(name), uid, gid);
    }
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.path, { recursive: true });
  }
}

/** A user of this machine; `undefined` where there is none of that name. */
export function userNamed(
  name: string,
): { uid: number; gid: number } | undefined {
  const line = Deno.readTextFileSync("/etc/passwd").split("\n")
    .find((line) => line.startsWith(`${name}:`));
  if (line === undefined) return undefined;
  const [, , uid, gid] = line.split(":");
  return { uid: Number(uid), gid: Number(gid) };
}
