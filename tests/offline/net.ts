/**
 * What the tests use of `@std/net`, for machines that cannot reach JSR.
 *
 * @module
 */

/**
 * A TCP port that no socket listens on.
 *
 * It is free at the time of asking only: use it for a child process that
 * cannot be told to take port 0.
 */
export function getAvailablePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}
