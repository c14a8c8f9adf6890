/**
 * Statistics of samples.
 *
 * @module
 */

/** Returns the median. @throws {RangeError} if there are no values */
export function median(values: readonly number[]): number {
  if (values.length === 0) throw new RangeError("Cannot take a median of none");
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? sorted[half]
    : (sorted[half - 1] + sorted[half]) / 2;
}

/** The ratio of two contenders over all rounds. */
export interface Ratio {
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

/** Computes the ratio of each round; both arrays have the same rounds. */
export function ratio(
  values: readonly number[],
  against: readonly number[],
): Ratio {
  if (values.length !== against.length) {
    throw new RangeError(
      `Cannot pair ${values.length} rounds with ${against.length}`,
    );
  }
  const ratios = values.map((value, round) => value / against[round]);
  return {
    median: median(ratios),
    least: Math.min(...ratios),
    most: Math.max(...ratios),
  };
}
