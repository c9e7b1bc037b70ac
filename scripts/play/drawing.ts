import {
  commitContribution,
  drawRules,
  escrowContribution,
  giveDrawShares,
  nextStep,
  proposeDraw,
  proposeDrawAct,
  readDraw,
  revealContribution,
  usualMinutes,
  type DrawGroupDraft,
  type DrawMinutes,
  type DrawView,
  type HeldContribution,
} from '@xinbiao/contracts/draw';
import {
  appointPanel,
  drawPanel,
  listCandidates,
  panelAct,
  panelDrawAct,
  readPanel,
  type ExpertGroup,
} from '@xinbiao/contracts/evaluation';
import type { Act, ActBy } from '@xinbiao/contracts/identity';
import { readEntryReceipt, readLogKey } from '@xinbiao/contracts/ledger';
import { toHex } from '@xinbiao/contracts/kernel';
import type { DecryptionKey } from '@xinbiao/contracts/trust';
import { setTimeout as pause } from 'node:timers/promises';
import type { Client } from './client.ts';
import type { Person } from './person.ts';

/* A draw as its contributors take part in it: each keeps its own number and checks what it is shown. */

/** Somebody who contributes: a session, a signature, and the key that shares are dealt to. */
export type Contributing = {
  readonly client: Client;
  readonly by: ActBy;
  readonly party: string;
  readonly sign: (act: Act) => Promise<{ act: string; signature: string }>;
  readonly encryption: { readonly privateKey: DecryptionKey; readonly certificate: Uint8Array };
};

/** One contributor's side of one draw, as a browser keeps it. */
export class ContributorSide {
  readonly who: Contributing;
  held: HeldContribution;

  constructor(who: Contributing, drawId: string, seed: Uint8Array = crypto.getRandomValues(new Uint8Array(32))) {
    this.who = who;
    this.held = { drawId, party: who.party, seed: toHex(seed), poolHash: null };
  }

  /** Does what is to be done now, and says what that was. */
  async step(): Promise<string> {
    const { client, by, encryption, sign } = this.who;
    const params = { drawId: this.held.drawId };
    const view = await client.call(readDraw, { params });
    const next = await nextStep({
      view,
      held: this.held,
      by,
      keys: encryption,
      proof: () => freezeProof(client, view),
    });
    if (next.do === 'commit') {
      this.held = { ...this.held, poolHash: next.poolHash };
      await client.call(commitContribution, {
        params,
        body: { ...(await sign(next.act)), commitment: next.commitment },
      });
    } else if (next.do === 'escrow')
      await client.call(escrowContribution, { params, body: { ...(await sign(next.act)), escrow: next.escrow } });
    else if (next.do === 'reveal') await client.call(revealContribution, { params, body: { r: next.r } });
    else if (next.do === 'recover') await client.call(giveDrawShares, { params, body: { shares: [...next.shares] } });
    return next.do;
  }
}

/** The receipt of the freeze, once the log took it in. */
export async function freezeProof(client: Client, view: DrawView) {
  const index = view.steps.find(({ type }) => type === 'draw.freeze')?.index;
  if (index === undefined || index === null) return undefined;
  const { verifierKey } = await client.call(readLogKey);
  return { receipt: await client.call(readEntryReceipt, { params: { index } }), verifierKeys: [verifierKey] };
}

/** Lets every side do its part until the draw is over, or nobody can do anything more. */
export async function contributeAll(sides: readonly ContributorSide[], rounds = 200): Promise<DrawView> {
  const [first] = sides;
  if (!first) throw new Error('nobody contributes');
  for (let round = 0; round < rounds; round += 1) {
    let done = false;
    for (const side of sides) done = !['wait', 'nothing'].includes(await side.step()) || done;
    const view = await first.who.client.call(readDraw, { params: { drawId: first.held.drawId } });
    if (view.state === 'drawn' || view.state === 'void') return view;
    if (!done) await pause(50);
  }
  throw new Error('the draw does not come to an end');
}

/** Asks for a draw of one of the open purposes. */
export async function propose(
  who: Pick<Contributing, 'client' | 'by' | 'sign'>,
  given: {
    readonly purpose: 'invitation' | 'inspection' | 'coefficient';
    readonly title: string;
    readonly groups: readonly DrawGroupDraft[];
    readonly contributors: readonly string[];
    readonly minutes?: Partial<DrawMinutes>;
    readonly repeats?: string;
  },
): Promise<DrawView> {
  if (!drawRules[given.purpose].open) throw new Error('not a purpose that anybody proposes');
  const terms = {
    purpose: given.purpose,
    title: given.title,
    groups: [...given.groups],
    contributors: [...given.contributors],
    minutes: { ...usualMinutes, ...given.minutes },
    repeats: given.repeats ?? null,
  };
  return who.client.call(proposeDraw, { body: { ...(await who.sign(proposeDrawAct(who.by, terms))), ...terms } });
}

/** A person of the demonstration as a contributor. */
export function contributorOf(person: Person): Contributing {
  const { privateKey, certificate } = person.held.encryption;
  return {
    client: person.client,
    by: person.by,
    party: person.known.organisation?.uscc ?? '',
    sign: (act) => person.sign(act),
    encryption: { privateKey, certificate },
  };
}

/** Everybody in the library of the demonstration city who may judge what its tenders buy. */
export const cityExperts = (take: number, reserve: number): ExpertGroup[] => [
  { id: 'experts', title: '教学仪器与信息技术', specialties: ['B'], regionCode: null, take, reserve },
];

type Panelists = {
  readonly groups: readonly ExpertGroup[];
  /** Those who contribute beside the platform; each does so from its own side. */
  readonly contributors: readonly Person[];
  readonly minutes?: Partial<DrawMinutes>;
};

/** Has a lot's experts drawn, by everybody who contributes; gives the draw. */
export async function drawExperts(staff: Person, lotId: string, given: Panelists): Promise<DrawView> {
  const { tenderId, code, lotNo } = await staff.client.call(readPanel, { params: { lotId } });
  const terms = {
    title: `${code} 第 ${lotNo} 包评审专家抽取`,
    contributors: given.contributors.map(({ known }) => known.seatId),
    minutes: { ...usualMinutes, ...given.minutes },
    repeats: null,
    groups: [...given.groups],
  };
  const act = panelDrawAct(staff.by, { lot: { tenderId, lotId, code, lotNo }, ...terms });
  const { drawn } = await staff.client.call(drawPanel, {
    params: { lotId },
    body: { ...(await staff.sign(act)), ...terms },
  });
  if (!drawn) throw new Error('no draw was begun');
  return contributeAll(given.contributors.map((one) => new ContributorSide(contributorOf(one), drawn.drawId)));
}

/** Appoints those who were drawn, and the purchaser's own people beside them. */
export async function appointDrawn(
  staff: Person,
  lotId: string,
  representatives: readonly string[] = [],
): Promise<string[]> {
  const view = await staff.client.call(readPanel, { params: { lotId } });
  const { rows } = await staff.client.call(listCandidates, { params: { lotId } });
  if (view.drawn?.state !== 'drawn') throw new Error('nobody has been drawn');
  const { drawId, resultHash } = view.drawn;
  const experts = view.drawn.groups.flatMap(({ standing }) =>
    standing.map((one) => ({ ...one, kind: 'expert' as const })),
  );
  const own = representatives.map((seatId) => {
    const name = rows.find((row) => row.seatId === seatId)?.name ?? '';
    return { seatId, name, kind: 'purchaser' as const };
  });
  const members = [...experts, ...own];
  const { tenderId, code, lotNo } = view;
  const drawn = { drawId, resultHash: resultHash ?? '' };
  const signed = await staff.sign(panelAct(staff.by, { lot: { tenderId, lotId, code, lotNo }, members, drawn }));
  await staff.client.call(appointPanel, {
    params: { lotId },
    body: { ...signed, drawId, members: members.map(({ seatId, kind }) => ({ seatId, kind })) },
  });
  return experts.map(({ seatId }) => seatId);
}
