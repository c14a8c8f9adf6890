/**
 * How a contender's cost grows with connections and with the size of messages.
 *
 * @module
 */
import { BULK_BUFFER_BYTES, serverCommand } from "./commands.ts";
import { contender, type ContenderId } from "./contenders.ts";
import { type Bench, loaded } from "./measuring.ts";
import { CONTENDER_CORE, Server } from "./running.ts";
import { GROWTH, type Workload } from "./workloads.ts";

/** What a contender costs at one point of a curve. */
export interface Point {
  /** Connections, or bytes of a message. */
  readonly at: number;
  /** Microseconds of CPU time a message, or MB/s. */
  readonly value: number;
  /** Microseconds that 99 of 100 messages take at most. */
  readonly p99: number;
}

/** Loads that grow: how a message's cost grows with connections, and throughput with sizes. */
export async function measureGrowth(
  id: ContenderId,
  axis: "connections" | "sizes",
  at: number,
  bench: Bench,
): Promise<Point> {
  const common = {
    id: axis,
    title: axis,
    role: "echo",
    side: "server",
    unit: "messages/s",
    oneCore: false,
  } as const;
  const workload: Workload = axis === "connections"
    ? {
      ...common,
      bufferBytes: 1024,
      words: ["echo", "size=64", `connections=${at}`, `rate=${GROWTH.rate}`],
    }
    : {
      ...common,
      bufferBytes: BULK_BUFFER_BYTES,
      words: ["echo", `size=${at}`, "connections=8"],
    };
  const { programs, env } = bench;
  const command = serverCommand(
    contender(id),
    "echo",
    workload.bufferBytes,
    programs,
  )!;
  await using server = await Server.start(command, CONTENDER_CORE, env);
  const many = axis === "connections" && at >= MANY;
  const sample = await loaded(
    workload,
    id,
    server,
    many ? settling(bench) : bench,
  );
  const value = axis === "connections"
    ? sample.cpuNs / 1000 / sample.messages
    : sample.bytes / sample.seconds / 1e6;
  return { at, value, p99: sample.p99! };
}

/** So many connections need time to settle. */
const MANY = 1_000;

/**
 * Lets them: at the given rate ten thousand connections take two seconds until
 * each has had its first message, and the collector most of its work.
 */
function settling(bench: Bench): Bench {
  const { warmupSeconds, settleSeconds } = bench.pace;
  const pace = {
    ...bench.pace,
    warmupSeconds: warmupSeconds + settleSeconds,
  };
  return { ...bench, pace };
}
