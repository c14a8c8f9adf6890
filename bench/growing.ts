/**
 * Measures how costs grow with the number of connections and the size of messages.
 *
 * @module
 */
import { BULK_BUFFER_BYTES, serverCommand } from "./commands.ts";
import { contender, type ContenderId } from "./contenders.ts";
import { type Bench, loaded } from "./measuring.ts";
import { CONTENDER_CORE, Server } from "./running.ts";
import { GROWTH, type Workload } from "./workloads.ts";

/** A point of a curve. */
export interface Point {
  /** Connections, or bytes per message. */
  readonly at: number;
  /** Microseconds of CPU time per message, or MB/s. */
  readonly value: number;
  /** The 99th percentile of the latency in microseconds. */
  readonly p99: number;
}

/** Measures the CPU time of a message by connections, or the throughput by message size. */
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

/** From this number on, connections need a longer warm-up. */
const MANY = 1_000;

/**
 * Extends the warm-up. At the given rate, ten thousand connections need two seconds until
 * each has had its first message and most garbage collection is done.
 */
function settling(bench: Bench): Bench {
  const { warmupSeconds, settleSeconds } = bench.pace;
  const pace = {
    ...bench.pace,
    warmupSeconds: warmupSeconds + settleSeconds,
  };
  return { ...bench, pace };
}
