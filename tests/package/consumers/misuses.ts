/**
 * What has to be told apart by the types: every statement below a directive is
 * an error, and a directive above one that is not is an error too.
 *
 * @module
 */
import { type Conn, connect, errors, listen } from "@anyport/sockets";

export async function misuses(conn: Conn): Promise<unknown[]> {
  // @ts-expect-error -- a port is a number
  await listen({ port: "80" });
  // @ts-expect-error -- neither a port nor a path
  await connect({});
  // @ts-expect-error -- a port and a path
  await connect({ port: 80, path: "/run/socket" });
  // @ts-expect-error -- an ArrayBuffer is not bytes
  await conn.write(new ArrayBuffer(1));
  // @ts-expect-error -- the end of the stream is null
  const line: string = await conn.readLine();
  // @ts-expect-error -- the end of the stream is null
  const read: number = await conn.read(new Uint8Array(1));
  // @ts-expect-error -- an address stays
  conn.localAddr = conn.remoteAddr;
  // @ts-expect-error -- a Unix address has no port
  const { port } = (await listen({ path: "/run/socket" })).addr;
  // @ts-expect-error -- no such class
  return [line, read, port, errors.NoSuchError];
}
