/**
 * The results of a run, and their evaluation.
 *
 * @module
 */
import type { Comparison } from "./comparisons.ts";
import { contender, type ContenderId } from "./contenders.ts";
import type { Point } from "./growing.ts";
import type { Modules } from "./modules.ts";
import { cpuOf, type Pace, type Samples, valueOf } from "./measuring.ts";
import type { Sample } from "./running.ts";
import { median, type Ratio, ratio } from "./statistics.ts";
import { type Workload, WORKLOADS } from "./workloads.ts";

/** The content of the JSON file. */
export interface Results {
  /** The time of the run, as ISO 8601. */
  readonly at: string;
  readonly machine: readonly string[];
  readonly pace: Pace;
  /** By workload, contender and round. */
  readonly samples: Readonly<Record<string, Samples>>;
  /** KiB of an idle connection, by contender and round. */
  readonly idleKiB: Partial<Record<ContenderId, number[]>>;
  /** Milliseconds to listening, by contender and round. */
  readonly startMs: Partial<Record<ContenderId, number[]>>;
  /** Of `listen` on Deno, beside the starts. */
  readonly modules?: Modules;
  readonly growth: Readonly<
    Record<"connections" | "sizes", Partial<Record<ContenderId, Point[]>>>
  >;
}

/** The results that comparisons use. */
type Measured = Pick<Results, "samples" | "idleKiB" | "startMs">;

/** A contender's medians for one workload. */
export interface Median {
  readonly id: ContenderId;
  readonly value: number;
  /** Microseconds of CPU time per counted unit. */
  readonly cpu: number;
  readonly p99: number | undefined;
  /** The share of the datagrams that arrived. */
  readonly arrived: number | undefined;
}

/** The medians of a workload, best first. */
export function medians(workload: Workload, samples: Samples): Median[] {
  return idsOf(samples).map((id) => {
    const all = samples[id]!;
    const p99 = all.flatMap((sample) => sample.p99 ?? []);
    const arrived = all.flatMap(({ datagrams }) =>
      datagrams === undefined ? [] : datagrams.arrived / datagrams.sent
    );
    return {
      id,
      value: median(all.map((sample) => valueOf(workload, sample))),
      cpu: median(all.map((sample) => cpuOf(workload, sample))),
      p99: p99.length > 0 ? median(p99) : undefined,
      arrived: arrived.length > 0 ? median(arrived) : undefined,
    };
  }).sort((a, b) => b.value - a.value);
}

/** The result of a comparison and its target. */
export interface Finding {
  readonly comparison: Comparison;
  /** The name of a workload, "idle" or "start". */
  readonly subject: string;
  readonly wanted: string;
  readonly found: string;
  readonly met: boolean;
  /** Absent for a difference. */
  readonly ratio?: Ratio;
}

/** Evaluates the comparisons whose contenders were both measured. */
export function findings(
  comparisons: readonly Comparison[],
  results: Measured,
): Finding[] {
  return comparisons.flatMap((comparison) => [
    ...ratios(comparison, results),
    ...difference(
      comparison,
      "idle",
      "KiB",
      comparison.idleKiB,
      results.idleKiB,
    ),
    ...difference(
      comparison,
      "start",
      "ms",
      comparison.startMs,
      results.startMs,
    ),
  ]);
}

function ratios(comparison: Comparison, { samples }: Measured): Finding[] {
  return WORKLOADS.flatMap((workload) => {
    const wanted = comparison.wanted[workload.id];
    const own = samples[workload.id]?.[comparison.contender];
    const other = samples[workload.id]?.[comparison.against];
    if (wanted === undefined || own === undefined || other === undefined) {
      return [];
    }
    const worth = (sample: Sample) =>
      workload.byCpu ? 1 / cpuOf(workload, sample) : valueOf(workload, sample);
    const value = ratio(own.map(worth), other.map(worth));
    const { median, least, most } = value;
    return [{
      comparison,
      subject: workload.id,
      wanted: `≥ ${wanted}`,
      found: `${median.toFixed(2)} (${least.toFixed(2)}–${most.toFixed(2)})`,
      // Rounded as shown: the targets have two digits too.
      met: Number(median.toFixed(2)) >= wanted,
      ratio: value,
    }];
  });
}

function difference(
  comparison: Comparison,
  subject: string,
  unit: string,
  wanted: number | undefined,
  values: Partial<Record<ContenderId, number[]>>,
): Finding[] {
  const own = values[comparison.contender], other = values[comparison.against];
  if (wanted === undefined || own === undefined || other === undefined) {
    return [];
  }
  const more = median(own) - median(other);
  return [{
    comparison,
    subject,
    wanted: `≤ +${wanted} ${unit}`,
    found: `${more < 0 ? "−" : "+"}${Math.abs(more).toFixed(1)} ${unit}`,
    met: Number(more.toFixed(1)) <= wanted,
  }];
}

/** The contenders of a record, in measuring order. */
export function idsOf(
  record: Partial<Record<ContenderId, unknown>>,
): ContenderId[] {
  return Object.keys(record) as ContenderId[];
}

/** "Anyport on Deno, read and write against Deno.listen, read and write". */
export function titleOf({ contender: id, against }: Comparison): string {
  return `${contender(id).name}, against ${contender(against).name}`;
}
