import { TenderContent } from '@xinbiao/contracts/tendering';
import type { Tender } from './tender.entity.ts';

/** A published tender's content, exactly as it was signed. */
export const contentOf = (tender: Pick<Tender, 'content'>): TenderContent => TenderContent.parse(tender.content);
