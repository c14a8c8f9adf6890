/**
 * What programs do with the package: has to compile under every setting.
 *
 * @module
 */
import {
  type Addr,
  type Conn,
  connect,
  type ConnectOptions,
  copy,
  errors,
  listen,
  type Listener,
  type ListenOptions,
  type NetAddr,
  type UnixAddr,
  type WaitOptions,
} from "@anyport/sockets";

export async function serve(options: ListenOptions): Promise<void> {
  using listener: Listener = await listen(options);
  for await (const conn of listener) {
    copy(conn, conn).catch(console.error).finally(() => conn.close());
  }
}

export async function ask(question: Uint8Array): Promise<Uint8Array[]> {
  const signal = new AbortController().signal;
  using conn = await connect({ port: 8080, signal, timeoutMs: 1000 });
  const peer: NetAddr = conn.remoteAddr;
  await conn.write([question, new TextEncoder().encode(peer.hostname)]);
  await conn.closeWrite();
  const answer: Uint8Array[] = [];
  for (;;) {
    const chunk = await conn.readChunk({ signal });
    if (chunk === null) return answer;
    answer.push(chunk);
  }
}

export async function dial(options: ConnectOptions): Promise<Conn | undefined> {
  try {
    return await connect(options);
  } catch (error) {
    if (error instanceof errors.ConnectionRefused) return undefined;
    if (error instanceof errors.SocketError) console.error(error.code);
    throw error;
  }
}

export async function first(path: string, wait: WaitOptions): Promise<number> {
  using listener: Listener<UnixAddr> = await listen({ path, reclaim: true });
  using conn: Conn<UnixAddr> = await listener.accept(wait);
  const bytes = new Uint8Array(16);
  const read: number | null = await conn.read(bytes, wait);
  conn.setNoDelay();
  conn.setKeepAlive({ delayMs: 1000 });
  return read ?? 0;
}

export function named(addr: Addr): string {
  return addr.transport === "unix"
    ? addr.path
    : `${addr.hostname}:${addr.port}`;
}

export async function piped(from: Conn, to: Conn): Promise<void> {
  await from.readable.pipeTo(to.writable);
}
