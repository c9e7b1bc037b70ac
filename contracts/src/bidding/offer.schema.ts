import { z } from 'zod';
import { FenText, PositiveFenText } from '../kernel/money.ts';
import { Id } from '../kernel/id.ts';
import { optionalText, text } from '../kernel/text.ts';
import { Uscc } from '../kernel/uscc.ts';

/** Which parts an envelope has, by the stage that opens them: the price is public once opened, the technical part is not. */
export const sealedParts = { open: ['price', 'technical'] } as const;

/**
 * The price part's bid.json: what is read out at the opening (开标一览表), and nothing else, because its key is
 * published and anybody can open it.
 */
export const PriceOffer = z.strictObject({
  v: z.literal('xinbiao/offer-price/v1'),
  lotId: Id,
  /** The whole price, tax included. */
  price: PositiveFenText,
  deliveryDays: z.int().min(0).max(36_500),
  validityDays: z.int().min(1).max(3_650),
  projectLead: optionalText(100),
  note: optionalText(500),
});
export type PriceOffer = z.infer<typeof PriceOffer>;

/** A line of the price table: amounts are the bidder's, and add up to the price. */
export const PriceLine = z.strictObject({
  name: text(200),
  specification: optionalText(500),
  quantity: text(60),
  unitPrice: FenText,
  amount: FenText,
});
export type PriceLine = z.infer<typeof PriceLine>;

/** A file of the technical part, named as it lies in the archive. */
const FileName = z.string().min(1).max(255);

/** The technical part's bid.json: read by the committee and those entitled, never by the public. */
export const TechnicalOffer = z.strictObject({
  v: z.literal('xinbiao/offer/v1'),
  lotId: Id,
  bidder: z.strictObject({ name: text(200), uscc: Uscc }),
  consortium: z.array(z.strictObject({ name: text(200), uscc: Uscc })).max(20),
  contact: z.strictObject({ name: text(100), phone: text(40), email: optionalText(200) }),
  deliveryPlace: optionalText(500),
  warrantyMonths: z.int().min(0).max(1_200),
  lines: z.array(PriceLine).max(1_000),
  /** One claim for every objective item: the option whose points the bidder claims, and where it is shown. */
  objective: z
    .array(
      z.strictObject({
        item: z.string().max(64),
        option: z.string().max(64),
        note: optionalText(500),
        file: FileName.nullable(),
      }),
    )
    .max(200),
  qualifications: z
    .array(z.strictObject({ id: z.string().max(64), statement: text(2_000), file: FileName.nullable() }))
    .max(100),
  deviations: z
    .array(
      z.strictObject({
        clause: text(200),
        required: text(2_000),
        offered: text(2_000),
        kind: z.enum(['better', 'worse']),
      }),
    )
    .max(500),
  declarations: z.strictObject({
    /** Everything said is true. */
    truthful: z.literal(true),
    /** No collusion, no bribery, none of the cases of 87号令 §37. */
    independent: z.literal(true),
    /** The conditions of 政府采购法 §22 are met. */
    qualified: z.literal(true),
  }),
  summary: optionalText(5_000),
});
export type TechnicalOffer = z.infer<typeof TechnicalOffer>;

/** What a bid's form is made of, from the tender. */
export const OfferForm = z.object({
  budget: FenText,
  ceiling: FenText.nullable(),
  deliveryDays: z.int(),
  deliveryPlace: z.string(),
  validityDays: z.int(),
  consortium: z.boolean(),
  method: z.enum(['comprehensive', 'lowestPrice']),
  qualifications: z.array(z.object({ id: z.string(), text: z.string(), evidence: z.string() })),
  objective: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      guidance: z.string(),
      options: z.array(z.object({ id: z.string(), label: z.string(), points: z.int() })),
    }),
  ),
});
export type OfferForm = z.infer<typeof OfferForm>;
