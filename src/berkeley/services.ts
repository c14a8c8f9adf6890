/**
 * Service names and their ports.
 *
 * @module
 */
import { socketError } from "../core/errno.ts";
import { adapter } from "../runtime/mod.ts";
import { shown } from "../core/shown.ts";

/**
 * Returns the port of a service, as `getservbyname(3)` does, from the system's services
 * file (`services(5)`; Deno needs permission to read it).
 *
 * @param name A name in that file, such as `"http"`, or an alias.
 * @param protocol `"tcp"` or `"udp"`.
 * @throws {errors.NotFound} ENOENT, no such service, or no such file
 *
 * @example
 * ```ts
 * import { servicePort } from "@anyport/sockets/berkeley";
 *
 * console.log(await servicePort("http", "tcp")); // 80
 * ```
 */
export async function servicePort(
  name: string,
  protocol: "tcp" | "udp" = "tcp",
): Promise<number> {
  const unknown = (reason: string, cause?: unknown) =>
    socketError("ENOENT", "servicePort", undefined, { reason, cause });
  const { services } = await adapter();
  let text: string;
  try {
    text = await services();
  } catch (error) {
    // A missing Deno permission is not ENOENT.
    if ((error as { code?: string }).code !== "ENOENT") throw error;
    throw unknown("this system has no file of services", error);
  }
  for (const line of text.split("\n")) {
    const [service, entry = "", ...aliases] = line.split("#")[0].trim()
      .split(/\s+/);
    const [port, of] = entry.split("/");
    if (of === protocol && [service, ...aliases].includes(name)) {
      return Number(port);
    }
  }
  throw unknown(
    `the system knows no ${protocol === "udp" ? "udp" : "tcp"} service ${
      shown(name)
    }; give its number`,
  );
}
