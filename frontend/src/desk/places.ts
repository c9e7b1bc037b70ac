import type { DeskTask } from '@xinbiao/contracts/oversight';

/** The page on which a task is done. The server's own address stands where this page knows none. */
export function placeOf({ verb, tenderId, lotId, href }: DeskTask): string {
  const tender = tenderId === null ? undefined : `/tenders/${tenderId}`;
  const lot = lotId === null ? undefined : `/lots/${lotId}`;
  const places: Partial<Record<DeskTask['verb'], string | undefined>> = {
    finishDraft: tender && `${tender}/edit`,
    checkTender: tender && `${tender}/check`,
    publishTender: tender && `${tender}/publish`,
    qualify: lot && `${lot}/qualification`,
    appointPanel: lot && `${lot}/panel`,
    replaceMember: lot && `${lot}/panel`,
    convene: lot && `${lot}/panel`,
    decide: lot && `${lot}/decision`,
    contract: lot && `${lot}/decision`,
    acceptPanel: '/evaluation',
    score: lotId === null ? '/evaluation' : `/evaluation/lots/${lotId}`,
    reveal: lotId === null ? '/evaluation' : `/evaluation/lots/${lotId}`,
    signReport: lotId === null ? '/evaluation' : `/evaluation/lots/${lotId}/sign`,
    openEscrow: lot && `${lot}/escrows`,
    look: lotId === null ? '/board' : `/board/${lotId}`,
  };
  return places[verb] ?? href;
}
