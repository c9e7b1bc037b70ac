import { z } from 'zod';

/** 8, 16, 32 or 64 MiB: what `pieceLengthFor` of trust gives. */
export const PieceLength = z.union([
  z.literal(8_388_608),
  z.literal(16_777_216),
  z.literal(33_554_432),
  z.literal(67_108_864),
]);
export type PieceLength = z.infer<typeof PieceLength>;
