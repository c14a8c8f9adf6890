/**
 * Numbers out of numbers.
 *
 * @module
 */

/** The middle, or the mean of the two in the middle. @throws {RangeError} of none */
export function median(values: readonly number[]): number {
  if (values.length === 0) throw new RangeError("Cannot take a median of none");
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? sorted[half]
    : (sorted[half - 1] + sorted[half]) / 2;
}

/** A ratio of two contenders, round by round. */
export interface Ratio {
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

/** What each round says of two contenders; both are of the same rounds. */
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
