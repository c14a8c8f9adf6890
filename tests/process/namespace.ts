/**
 * A network of a program's own, as `namespace.sh` makes it.
 *
 * @module
 */
import { missing, run } from "./machine.ts";

const SCRIPT = `${import.meta.dirname}/namespace.sh`;

/** Its link-local address, with the zone as a number. */
export const LINK_LOCAL = "fe80::1234%77";

/** An address of it that never answers. */
export const DEAD = "2001:db8::dead";

/** Where names are looked up. */
export interface Names {
  /** Names, and their addresses in the order of `/etc/hosts`. */
  readonly hosts?: Readonly<Record<string, readonly string[]>>;
  /** Whether a name server is asked, too; there is none that answers. */
  readonly dns?: boolean;
}

/** A network that lasts as long as the program in it. */
export class Namespace implements Disposable {
  readonly #directory = Deno.makeTempDirSync();

  constructor({ hosts = {}, dns = false }: Names = {}) {
    const lines = Object.entries(hosts).flatMap(([name, addresses]) =>
      addresses.map((address) => `${address} ${name}\n`)
    );
    this.#write("hosts", lines.join(""));
    this.#write("nsswitch.conf", `hosts: files${dns ? " dns" : ""}\n`);
    this.#write("resolv.conf", "nameserver 127.0.0.1\n");
  }

  /** Runs the arguments after it in the network. */
  get wrapper(): string[] {
    return [...UNSHARE, "sh", SCRIPT, this.#directory];
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.#directory, { recursive: true });
  }

  /** A file to be found in `/etc`, if the system has one of that name. */
  #write(name: string, text: string): void {
    if (!exists(`/etc/${name}`)) return;
    Deno.writeTextFileSync(`${this.#directory}/${name}`, text);
  }
}

/** Root of the new user namespace, who may set up the new network. */
const UNSHARE = ["unshare", "--map-root-user", "--net", "--mount"];

/** Why there can be no such network here. */
export const noNamespace = missing("unshare", "ip") ?? refusal();

function refusal(): string | undefined {
  using namespace = new Namespace();
  const [command, ...args] = namespace.wrapper;
  const { success, stderr } = run(command, [...args, "true"]);
  return success
    ? undefined
    : `this system allows no network of one's own: ${stderr}`;
}

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
