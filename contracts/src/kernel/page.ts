import { z } from 'zod';

/** A page of a list: `after` is the opaque place where the last page ended. */
export const PageQuery = z.object({
  after: z.string().max(200).optional(),
  limit: z.coerce.number().int().min(1).max(100).default(20),
});

/** A page as lists answer: rows, where the next begins, and a count capped at 10 000 (`more` says there are more). */
export const pageOf = <Row extends z.ZodType>(row: Row) =>
  z.object({ rows: z.array(row), next: z.string().nullable(), count: z.int(), more: z.boolean() });
