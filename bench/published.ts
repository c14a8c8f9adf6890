/**
 * What is published of a run: medians and ranges, without the samples.
 *
 * @module
 */
import { COMPARISONS } from "./comparisons.ts";
import type { ContenderId } from "./contenders.ts";
import type { Point } from "./growing.ts";
import type { Modules } from "./modules.ts";
import {
  findings,
  idsOf,
  type Median,
  medians,
  type Results,
} from "./results.ts";
import type { Ratio } from "./statistics.ts";
import { WORKLOADS } from "./workloads.ts";

/** The medians of a contender in a workload; absolute figures of one machine. */
export type PublishedMedian = Omit<Median, "id">;

/** A comparison of two contenders in one run. */
export interface PublishedFinding {
  readonly contender: ContenderId;
  readonly against: ContenderId;
  /** A workload's name, "idle" or "start". */
  readonly subject: string;
  /** Absent of a difference. */
  readonly ratio?: Ratio;
  /** A difference with its unit: "+1.6 KiB". */
  readonly difference?: string;
}

/** The content of `bench/results.json`. */
export interface Published {
  readonly at: string;
  readonly machine: readonly string[];
  readonly rounds: number;
  readonly medians: Readonly<
    Record<string, Partial<Record<ContenderId, PublishedMedian>>>
  >;
  readonly findings: readonly PublishedFinding[];
  readonly modules?: Modules;
  readonly growth: Readonly<
    Record<"connections" | "sizes", Partial<Record<ContenderId, Point[]>>>
  >;
}

/** Reduces the results of a run. */
export function publishedOf(results: Results): Published {
  return {
    at: results.at,
    machine: results.machine,
    rounds: results.pace.rounds,
    medians: Object.fromEntries(
      WORKLOADS.flatMap((workload) => {
        const samples = results.samples[workload.id];
        if (samples === undefined) return [];
        const all = medians(workload, samples).map(({ id, ...median }) =>
          [id, rounded(median)] as const
        );
        return [[workload.id, Object.fromEntries(all)]];
      }),
    ),
    findings: findings(COMPARISONS, results).map(
      ({ comparison: { contender, against }, subject, ratio, found }) => ({
        contender,
        against,
        subject,
        ...ratio === undefined
          ? { difference: found }
          : { ratio: rounded(ratio) },
      }),
    ),
    modules: results.modules,
    growth: {
      connections: roundedPoints(results.growth.connections),
      sizes: roundedPoints(results.growth.sizes),
    },
  };
}

/** Adds a new run: parts that it did not measure stay, as no ratio is of two runs. */
export function merged(before: Published, now: Published): Published {
  const subjects = new Set(now.findings.map(({ subject }) => subject));
  const either = <T extends object>(now: T, then: T) =>
    Object.keys(now).length > 0 ? now : then;
  return {
    ...now,
    medians: { ...before.medians, ...now.medians },
    findings: [
      ...now.findings,
      ...before.findings.filter(({ subject }) => !subjects.has(subject)),
    ],
    modules: now.modules ?? before.modules,
    growth: {
      connections: either(now.growth.connections, before.growth.connections),
      sizes: either(now.growth.sizes, before.growth.sizes),
    },
  };
}

function roundedPoints(
  curves: Partial<Record<ContenderId, Point[]>>,
): Partial<Record<ContenderId, Point[]>> {
  return Object.fromEntries(
    idsOf(curves).map((id) => [id, curves[id]!.map(rounded)]),
  );
}

/** Four digits: more would be noise. */
function rounded<T extends object>(figures: T): T {
  return Object.fromEntries(
    Object.entries(figures).map(([name, value]) => [
      name,
      typeof value === "number" ? Number(value.toPrecision(4)) : value,
    ]),
  ) as T;
}
