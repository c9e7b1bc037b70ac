import type { Translation } from '../locales/messages.ts';
import type { zh } from './locale.zh.ts';

export const en: Translation<typeof zh> = {
  title: 'To do',
  lead: '{name}, this waits for you, the most urgent first.',
  none: 'Nothing to do now.',
  verb: {
    finishDraft: 'Finish the draft',
    checkTender: 'Check the tender',
    publishTender: 'Publish the notice',
    bid: 'Bid',
    finishBid: 'Finish submitting',
    open: 'Take part in the opening',
    qualify: 'Check qualifications',
    appointPanel: 'Appoint the panel',
    replaceMember: 'Replace a member',
    convene: 'Start the evaluation',
    decide: 'Decide the winner',
    contract: 'Sign the contract',
    acceptPanel: 'Answer an invitation',
    score: 'Score',
    reveal: 'Reveal the sheet',
    signReport: 'Sign the evaluation report',
    openEscrow: 'Open absent experts’ sheets',
    reviewOrganisation: 'Review an organisation',
    getCertificate: 'Prepare keys and certificates',
    readResult: 'See the result',
    look: 'Look at a light',
  },
  begin: { bidder: 'Find tenders', purchaser: 'My tenders', expert: 'Evaluation', supervisor: 'Board' },
};
