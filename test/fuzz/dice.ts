import { seededRandom } from '../random.ts';

/** What a seed decides: the same seed, the same cases. */
export interface Dice {
  /** 0 to 1. */
  readonly random: () => number;
  /** An integer, both bounds included. */
  readonly between: (least: number, most: number) => number;
  readonly pick: <T>(from: readonly T[]) => T;
  readonly chance: (probability: number) => boolean;
  readonly bytes: (length: number) => Buffer;
  /** A version 4 UUID. */
  readonly uuid: () => string;
}

export function dice(seed: number): Dice {
  const random = seededRandom(seed);
  const between = (least: number, most: number): number => least + Math.floor(random() * (most - least + 1));
  const bytes = (length: number): Buffer => Buffer.from(Array.from({ length }, () => between(0, 255)));
  return {
    random,
    between,
    bytes,
    pick: (from) => from[between(0, from.length - 1)] as (typeof from)[number],
    chance: (probability) => random() < probability,
    uuid: () => {
      const drawn = bytes(16);
      drawn.writeUInt8((drawn.readUInt8(6) & 0x0f) | 0x40, 6);
      drawn.writeUInt8((drawn.readUInt8(8) & 0x3f) | 0x80, 8);
      return drawn.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
    },
  };
}
