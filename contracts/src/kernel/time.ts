import { z } from 'zod';

/** An instant on the wire: UTC, milliseconds, `2026-11-24T01:30:00.000Z` and nothing else. */
export const Instant = z
  .string()
  .regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
  .refine((text) => {
    const at = Date.parse(text);
    return !Number.isNaN(at) && new Date(at).toISOString() === text;
  });
export type Instant = z.infer<typeof Instant>;

/** A day of the tender's place: `2026-11-24`. */
export const Day = z
  .string()
  .regex(/^\d{4}-\d\d-\d\d$/)
  .refine((text) => {
    const at = Date.parse(`${text}T00:00:00.000Z`);
    return !Number.isNaN(at) && new Date(at).toISOString().startsWith(text);
  });
export type Day = string & { readonly __brand?: 'Day' };

/** One civil time for the whole country since 1991, without daylight saving: UTC+8. */
const placeOffset = 8 * 3_600_000;
const dayLength = 86_400_000;

export const instantText = (at: Date): Instant => at.toISOString();
export const instantOf = (text: Instant): Date => new Date(text);

/** The day it is at the tender's place at an instant. */
export const dayAt = (at: Date): Day => new Date(at.getTime() + placeOffset).toISOString().slice(0, 10);

/** The instant at which a day begins at the tender's place. */
export const startOfDay = (day: Day): Date => new Date(Date.parse(`${day}T00:00:00.000Z`) - placeOffset);

/** The instant at which a day is over (24:00, exclusive). */
export const endOfDay = (day: Day): Date => new Date(startOfDay(day).getTime() + dayLength);

export const addDays = (day: Day, count: number): Day =>
  new Date(Date.parse(`${day}T00:00:00.000Z`) + count * dayLength).toISOString().slice(0, 10);

/** Whole calendar days from one day to another; negative when the second is earlier. */
export const daysBetween = (from: Day, to: Day): number =>
  Math.round((Date.parse(`${to}T00:00:00.000Z`) - Date.parse(`${from}T00:00:00.000Z`)) / dayLength);

export const addTime = (at: Date, milliseconds: number): Date => new Date(at.getTime() + milliseconds);

/** 0 Sunday … 6 Saturday. */
export const weekdayOf = (day: Day): number => new Date(`${day}T00:00:00.000Z`).getUTCDay();
