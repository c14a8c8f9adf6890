/**
 * Measures in rounds; each round runs all contenders, one after the other.
 *
 * @module
 */
import { outputOf } from "../scripts/command.ts";
import { clientCommand, type Programs, serverCommand } from "./commands.ts";
import {
  contender,
  type ContenderId,
  isOfDatagrams,
  isOfTls,
  SERVERS,
  takesPart,
} from "./contenders.ts";
import {
  CONTENDER_CORE,
  OTHER_CORE,
  residentBytes,
  type Sample,
  sampleOf,
  Server,
} from "./running.ts";
import type { Workload } from "./workloads.ts";

/** Durations of a measurement. */
export interface Spans {
  readonly seconds: number;
  /** How long a load runs before each measurement. */
  readonly warmupSeconds: number;
  /** How long a new server is under load before its first measurement. */
  readonly settleSeconds: number;
}

/** Durations and repetitions. */
export interface Pace extends Spans {
  readonly rounds: number;
  /** The durations for datagrams, which have many contenders. */
  readonly datagrams: Spans;
  /** The durations for handshakes: they are few per second, so code warms up slowly. */
  readonly handshakes: Spans;
  /** How many connections are kept idle. */
  readonly idle: number;
  /** How many starts make one sample. */
  readonly starts: number;
  /** The measured part of `GROWTH`. */
  readonly growth: {
    readonly connections: readonly number[];
    readonly sizes: readonly number[];
    readonly rounds: number;
  };
}

/** The programs and the durations. */
export interface Bench {
  readonly programs: Programs;
  /** The path of the load generator. */
  readonly load: string;
  readonly env: Readonly<Record<string, string>>;
  readonly pace: Pace;
}

/** The samples of a workload by contender, one per round. */
export type Samples = Partial<Record<ContenderId, Sample[]>>;

/**
 * Servers are restarted after this many rounds, because two runs of a process can differ
 * in their memory layout.
 */
const ROUNDS_A_START = 4;

/** Measures a workload of servers or clients. */
export async function measure(
  workload: Workload,
  ids: readonly ContenderId[],
  bench: Bench,
): Promise<Samples> {
  const measureSide = workload.side === "client"
    ? measureClients
    : measureServers;
  const pace = { ...bench.pace, ...spansOf(workload, bench.pace) };
  return await measureSide(workload, ids, { ...bench, pace });
}

function spansOf({ role }: Workload, pace: Pace): Spans {
  if (isOfDatagrams(role)) return pace.datagrams;
  return role === "tls-echo" ? pace.handshakes : pace;
}

async function measureServers(
  workload: Workload,
  ids: readonly ContenderId[],
  bench: Bench,
): Promise<Samples> {
  const { rounds } = bench.pace;
  const samples: Samples = {};
  for (let begun = 0; begun < rounds; begun += ROUNDS_A_START) {
    await using servers = await startAll(workload, ids, bench);
    const settling = {
      ...bench,
      pace: { ...bench.pace, seconds: bench.pace.settleSeconds },
    };
    for (const [id, server] of servers.all) {
      await loaded(workload, id, server, settling);
    }
    for (let i = begun; i < Math.min(begun + ROUNDS_A_START, rounds); i++) {
      for (const [id, server] of servers.all) {
        (samples[id] ??= []).push(await loaded(workload, id, server, bench));
      }
    }
  }
  return samples;
}

async function startAll(
  workload: Workload,
  ids: readonly ContenderId[],
  { programs, env }: Bench,
) {
  const { role, bufferBytes } = workload;
  const stack = new AsyncDisposableStack();
  const all: [ContenderId, Server][] = [];
  try {
    for (const id of ids) {
      if (!takesPart(contender(id), workload)) continue;
      const command = serverCommand(contender(id), role, bufferBytes, programs);
      const server = await Server.start(command!, CONTENDER_CORE, env);
      all.push([id, stack.use(server)]);
    }
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
  return { all, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

/** Loads a server and returns a sample. */
export async function loaded(
  workload: Workload,
  id: ContenderId,
  { port, pid }: Server,
  { load, pace }: Bench,
): Promise<Sample> {
  const silent = contender(id).silentSink ? ["silent=1"] : [];
  return await sampleOf(workload.oneCore ? CONTENDER_CORE : OTHER_CORE, [
    load,
    ...workload.words,
    `port=${port}`,
    `pid=${pid}`,
    `seconds=${pace.seconds}`,
    `warmup=${pace.warmupSeconds}`,
    ...silent,
  ]);
}

async function measureClients(
  workload: Workload,
  ids: readonly ContenderId[],
  { programs, pace, env }: Bench,
): Promise<Samples> {
  const samples: Samples = {};
  const { role, words } = workload;
  const inC = isOfTls(role) ? SERVERS.cTls : SERVERS.c;
  const server = serverCommand(inC, role, 0, programs)!;
  const all = ids.filter((id) => takesPart(contender(id), workload));
  for (let round = 0; round < pace.rounds; round++) {
    for (const id of all) {
      await using running = await Server.start(server, OTHER_CORE, env);
      const command = clientCommand(contender(id), [
        ...words,
        `port=${running.port}`,
        `seconds=${pace.seconds}`,
        // Each round is a new process, whose code is cold at first.
        `warmup=${pace.warmupSeconds + pace.settleSeconds}`,
      ], programs);
      const sample = await sampleOf<Sample>(CONTENDER_CORE, command, env);
      (samples[id] ??= []).push(sample);
    }
  }
  return samples;
}

/** The KiB of memory per additional idle connection. */
export async function measureIdle(
  id: ContenderId,
  { programs, load, env, pace }: Bench,
): Promise<number> {
  const command = serverCommand(
    contender(id),
    "echo",
    1024,
    collecting(programs),
  )!;
  await using server = await Server.start(command, CONTENDER_CORE, {
    ...env,
    BENCH_COLLECT: "1",
  });
  // The first connections compile code and fill pools.
  const words = [load, "idle", `port=${server.port}`];
  const look = () => residentBytesOf(id, server, load);
  const before = await holding([...words, "connections=200"], look);
  const after = await holding([...words, `connections=${pace.idle}`], look);
  return (after - before) / 1024 / (pace.idle - 200);
}

/** The same programs, with access to the garbage collector. */
function collecting(programs: Programs): Programs {
  const [deno, run, ...args] = programs.deno;
  return {
    ...programs,
    deno: [deno, run, "--v8-flags=--expose-gc", ...args],
    node: [...programs.node, "--expose-gc"],
  };
}

/** Memory in use, after garbage collection. */
async function residentBytesOf(
  id: ContenderId,
  { pid, port }: Server,
  load: string,
): Promise<number> {
  const { runtime } = contender(id);
  const collects = runtime !== "C" && runtime !== "Python";
  for (let i = 0; i < 3; i++) {
    if (collects) Deno.kill(pid, "SIGUSR2");
    // The response to another visit shows that the signal was handled.
    await outputOf(load, ["idle", `port=${port}`, "connections=1"]);
  }
  return await residentBytes(pid);
}

async function holding<T>(
  [program, ...args]: readonly string[],
  look: () => Promise<T>,
): Promise<T> {
  const process = new Deno.Command(program, {
    args: [...args],
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const reader = process.stdout.getReader();
  const { done } = await reader.read();
  await reader.cancel();
  try {
    if (done) throw new Error("Cannot hold connections open");
    return await look();
  } finally {
    await process.stdin.close();
    await process.status;
  }
}

/** Milliseconds from the start of a server until it listens, the median of several starts. */
export async function measureStart(
  id: ContenderId,
  { programs, load, env, pace }: Bench,
): Promise<number> {
  const command = serverCommand(contender(id), "echo", 1024, programs)!;
  const words = ["spawn", `count=${pace.starts}`, "--", ...command];
  // On all cores, as programs start: the runtimes compile on other threads too.
  return JSON.parse(await outputOf(load, words, { env })).ms;
}

/** The value of a sample in its workload's unit. */
export function valueOf({ unit }: Workload, sample: Sample): number {
  const amount = unit === "MB/s" ? sample.bytes / 1e6 : sample.messages;
  return amount / sample.seconds;
}

/** Microseconds of CPU time per counted unit. */
export function cpuOf(workload: Workload, sample: Sample): number {
  return sample.cpuNs / 1000 / (valueOf(workload, sample) * sample.seconds);
}
