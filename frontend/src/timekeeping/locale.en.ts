import type { Translation } from '../locales/messages.ts';
import type { zh } from './locale.zh.ts';

export const en: Translation<typeof zh> = {
  stamps: {
    title: 'Timestamps',
    none: 'There is no timestamp. The bid is valid all the same: the platform’s clock and the order of the log count.',
    before: '{authority} shows that the signature existed by {at}',
    late: '{authority} shows that the signature was made at {at}, not before the deadline',
    refused: 'One timestamp does not hold ({reason})',
    byYou: 'Timestamps were checked by your browser.',
  },
  asking: {
    stamped: '{name}: stamped',
    silent: '{name}: no answer; this does not stop you',
    late: '{name}: its clock is past the deadline; not used',
    refused: '{name}: its answer does not hold; not used',
  },
  unproven: {
    title: 'Not submitted: the platform’s receipt does not hold',
    text: 'The platform says “received” but cannot prove that the log holds this bid. That is no submission. Save the evidence first, then try again; if that fails, tell the supervisor.',
    doubts: {
      malformed: 'The receipt is not formed as receipts are',
      'not-signed': 'The receipt is not signed by the log',
      'not-included': 'The receipt does not prove that the bid is in the log',
      'another-entry': 'The receipt is about another entry',
      'another-bid': 'The receipt is about another bid',
      'no-key': 'The log’s key is not to be had, so the receipt cannot be checked',
    },
    save: 'Save evidence',
    leave: 'Leave the fingerprint with witnesses',
    leaving: 'Asking the witnesses…',
    left: '{count} witnesses signed for the fingerprint of this bid; it is in the evidence.',
    noWitness: 'The notice names no witness: the evidence in your hands is what there is.',
    nobody: 'No witness answered. You can also hand the fingerprint to a witness of the notice by command line:',
  },
  outage: {
    title: 'Outages',
    note: 'The last thirty days: as the platform measured itself, and as witnesses signed',
    none: 'None measured since {since}.',
    unmeasured: 'Nothing has been measured yet.',
    begin: 'From',
    end: 'To',
    length: 'Length',
    by: 'Measured by',
    minutes: '{minutes} min',
    platform: 'the platform',
    extend:
      'The platform could not be reached for {minutes} minutes before the deadline. By the tender document the deadline moves from {from} to {to}.',
    redeliver:
      'The platform could not be reached for {minutes} minutes before the deadline. By the tender document, what was sealed before it may be handed in until {to}; nothing closes or opens until then.',
    attested: 'Witnesses have signed that this is so.',
    ownWord: 'This is the platform’s own measure; no witness has signed it.',
    paper: 'Certificate of unavailability (PDF)',
    text: 'The certificate’s text (JSON)',
    building:
      'Within {hours} hours of the deadline the platform could not be reached for {minutes} minutes so far; at {threshold} the document’s promise holds.',
    again:
      'The platform could not be reached. What was sealed and stamped before the deadline may be handed in unchanged until {until}.',
    notHere: 'There is no such bid on this computer. Use the one on which it was sealed.',
    hand: 'Hand in unchanged',
  },
  clock: {
    title: 'Clock comparison',
    note: 'The platform’s clock beside those of timestamp authorities; it warns and refuses nothing',
    agrees: 'The clock agrees with the timestamp authorities: about {skew} ms apart (±{within} ms).',
    ahead: 'The clock is about {skew} ms ahead (±{within} ms), more than a second. Set the server’s clock.',
    behind: 'The clock is about {skew} ms behind (±{within} ms), more than a second. Set the server’s clock.',
    unknown: 'No timestamp authority has answered lately, so the clock cannot be compared.',
    nobody: 'No outside timestamp authority is configured, so the clock cannot be compared.',
    demonstration: 'The demonstration’s own authority uses the platform’s clock; comparing with it would say nothing.',
    readings: 'Latest comparisons',
    authority: 'Authority',
    at: 'Time',
    difference: 'Platform clock off by',
    between: '{lowest} to {highest} ms',
    outcomes: { answered: 'answered', silent: 'no answer', unfit: 'not trustworthy' },
  },
};
