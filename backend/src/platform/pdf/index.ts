/** Formal papers: made, signed, countersigned and checked. Knows type and ink, and nothing of procurement. */
export { makePaper, Undrawable, type Column, type Paper, type PaperEvent, type Section, type Table } from './paper.ts';
export { countersignPaper, signPaper, type PaperSigner } from './sign.ts';
