import { defineEntity, p } from '@mikro-orm/core';
import { columns } from '../platform/index.ts';

const { instant, sha } = columns;

const IssuedPaperSchema = defineEntity({
  name: 'IssuedPaper',
  properties: {
    /** SHA-256 of what the paper says, when and by whom it was issued left aside. */
    content: sha().primary(),
    number: p.string().length(200),
    /** The signed file in the house's storage. */
    sha256: sha(),
    at: instant(),
  },
});
/** A paper that was issued: whoever asks again gets the very same file. */
export class IssuedPaper extends IssuedPaperSchema.class {}
IssuedPaperSchema.setClass(IssuedPaper);
