import { maySubmitBid } from '@xinbiao/contracts/bidding';
import { dayAt, endOfDay, fromHex, startOfDay } from '@xinbiao/contracts/kernel';
import { judgeBidStamps } from '@xinbiao/contracts/timekeeping';
import { readTimestamp } from '@xinbiao/contracts/trust';

/* What a process in its own time zone decides and shows of instants; printed as JSON for the parent to compare. */

type Given = {
  readonly instants: readonly string[];
  readonly signature: string;
  readonly tokens: readonly string[];
  readonly roots: readonly string[];
};
/** The page's own words; imported by address, since the front end is typed apart. */
const { fromPlaceInput, instantWords, toPlaceInput } = (await import(
  new URL('../../../frontend/src/ui/instant.ts', import.meta.url).href
)) as {
  readonly instantWords: (at: Date, lang: 'zh-CN' | 'en', form: string) => string;
  readonly toPlaceInput: (instant: string) => string;
  readonly fromPlaceInput: (text: string) => string | null;
};
const given = JSON.parse(process.argv[2] ?? '') as Given;
const forms = ['full', 'seconds', 'milliseconds', 'day', 'short', 'moment', 'time', 'clock'] as const;

const said = await Promise.all(
  given.instants.map(async (text) => {
    const deadline = new Date(text);
    const decided = [-1, 0, 1].map((off) =>
      maySubmitBid({ lotState: 'bidding', deadline, now: new Date(deadline.getTime() + off) }).map(({ code }) => code),
    );
    const stamps = await judgeBidStamps({
      signature: given.signature,
      timestamps: given.tokens,
      deadline,
      anchors: { roots: given.roots.map(fromHex) },
    });
    return {
      decided,
      stamps: stamps.map(({ outcome }) => outcome),
      shown: (['zh-CN', 'en'] as const).flatMap((lang) => forms.map((form) => instantWords(deadline, lang, form))),
      typed: [toPlaceInput(text), fromPlaceInput(toPlaceInput(text))],
      day: [dayAt(deadline), startOfDay(dayAt(deadline)).toISOString(), endOfDay(dayAt(deadline)).toISOString()],
    };
  }),
);
const times = given.tokens.map((token) => readTimestamp(fromHex(token)).time.toISOString());
process.stdout.write(JSON.stringify({ said, times }));
