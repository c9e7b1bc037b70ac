import {
  commitContribution,
  commitDrawAct,
  declineDrawn,
  declineDrawnAct,
  DrawDistrust,
  escrowContribution,
  giveDrawShares,
  joinDraw,
  joinDrawAct,
  listContributors,
  listDraws,
  listMyDraws,
  nextStep,
  readDraw,
  revealContribution,
  type DrawView,
} from '@xinbiao/contracts/draw';
import { listEntries } from '@xinbiao/contracts/ledger';
import { readDesk } from '@xinbiao/contracts/oversight';
import { checkDraw, drawContribution, type DrawEntry } from '@xinbiao/contracts/trust';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { ContributorSide, contributeAll, propose, type Contributing } from '../../../scripts/play/drawing.ts';
import { openHouse, type TestHouse } from '../../test/house.ts';
import { founded, signedUp, withKeys, type Party } from '../../test/party.ts';

let house: TestHouse;
type Somebody = Contributing & { readonly seatId: string };
let agency: Somebody;
let notary: Somebody;
let supervisor: Somebody;
let bidder: Somebody;
let stranger: Somebody;

async function contributing(party: Party): Promise<Somebody> {
  const me = await party.me();
  if (!party.keys) throw new Error('no keys');
  const { encryption, encryptionCertificate } = party.keys;
  return {
    client: party.client,
    by: await party.by(),
    party: me.organisation?.uscc ?? '',
    seatId: me.seatId,
    sign: party.sign,
    encryption: { privateKey: encryption.privateKey, certificate: encryptionCertificate },
  };
}

const start = '2026-11-02T01:00:00.000Z';
beforeAll(async () => {
  house = await openHouse();
  agency = await contributing(await founded(house, ['agency']));
  notary = await contributing(await founded(house, ['notary']));
  supervisor = await contributing(await founded(house, ['supervisor']));
  bidder = await contributing(await withKeys((await signedUp(house)).client));
  stranger = await contributing(await founded(house, ['notary']));
}, 60_000);
afterAll(() => house.close());
afterEach(() => {
  house.clock.set(start);
  expect(house.faults).toEqual([]);
});

const bidders = (count: number) =>
  Array.from({ length: count }, (_, at) => ({ id: `c${at + 1}`, label: `供应商${at + 1}` }));
const inspection = (over: Partial<Parameters<typeof propose>[1]> = {}) =>
  propose(agency, {
    purpose: 'inspection',
    title: '年度抽查',
    groups: [{ id: 'g1', title: '代理机构', take: 2, reserve: 2, candidates: bidders(9) }],
    contributors: [agency.seatId, notary.seatId, supervisor.seatId],
    minutes: { commit: 30, escrow: 30, reveal: 30, recover: 30 },
    ...over,
  });
const sidesOf = (view: DrawView, who: readonly Somebody[] = [agency, notary, supervisor]) =>
  who.map((one) => new ContributorSide(one, view.drawId));
const later = (minutes: number) => house.clock.set(new Date(house.clock.now().getTime() + minutes * 60_000));
const read = (view: DrawView, who: Pick<Somebody, 'client'> = { client: house.anybody }) =>
  who.client.call(readDraw, { params: { drawId: view.drawId } });

async function entriesOf(view: DrawView): Promise<DrawEntry[]> {
  const { rows } = await house.anybody.call(listEntries, { query: { scope: view.scope, limit: 100 } });
  return rows.toReversed().flatMap(({ body }) => (body ? [{ t: body.t, p: body.p }] : []));
}
const holds = async (view: DrawView) => {
  await house.house.ledger.sequencer.drain();
  return checkDraw(view.record, await entriesOf(view)).filter(({ ok }) => ok === false);
};

test('draws for every open purpose, and anybody can hold the draw again', async () => {
  const proposals = [
    inspection(),
    propose(agency, {
      purpose: 'invitation',
      title: '邀请招标供应商抽取',
      groups: [{ id: 'g1', title: '备选供应商', take: 3, reserve: 0, candidates: bidders(7) }],
      contributors: [agency.seatId, notary.seatId],
    }),
    propose(agency, {
      purpose: 'coefficient',
      title: '评标基准价下浮系数',
      groups: [
        {
          id: 'g1',
          title: '下浮系数',
          take: 1,
          reserve: 0,
          candidates: ['0.95', '0.96', '0.97', '0.98'].map((id) => ({ id, label: id })),
        },
      ],
      contributors: [supervisor.seatId],
    }),
  ];
  for (const [at, proposed] of (await Promise.all(proposals)).entries()) {
    expect(proposed.state).toBe('committing');
    const who = [[agency, notary, supervisor], [agency, notary], [supervisor]][at] ?? [];
    const view = await contributeAll(sidesOf(proposed, who));
    expect(view.state).toBe('drawn');
    expect(view.result?.groups[0]?.taken).toHaveLength(view.groups[0]?.take ?? 0);
    expect(view.names).toHaveLength(view.groups[0]?.size ?? 0);
    expect(await holds(view)).toEqual([]);
    expect(view.contributors.every(({ from }) => from === 'reveal')).toBe(true);
  }
  const { rows, count } = await house.anybody.call(listDraws, { query: { purpose: 'invitation' } });
  expect([rows[0]?.title, rows[0]?.state, count]).toEqual(['邀请招标供应商抽取', 'drawn', 1]);
});

test('shows no contribution before all of them have been dealt', async () => {
  const view = await inspection();
  const sides = sidesOf(view);
  for (const side of sides.slice(0, 2)) expect(await side.step()).toBe('commit');
  for (const side of sides) {
    const { r } = drawContribution(Buffer.from(side.held.seed, 'hex'), view, side.held.party);
    expect(JSON.stringify(await read(view))).not.toContain(r);
  }
  expect((await read(view)).contributors.map(({ r }) => r)).toEqual([null, null, null, null]);
  expect(await agency.client.refused(revealContribution, { params: { drawId: view.drawId }, body: { r: '00'.repeat(32) } })).toEqual(['draw.wrong-state']); // prettier-ignore
});

test('brings a withheld contribution back from the others: the result is the one it would have been', async () => {
  const view = await inspection();
  const sides = sidesOf(view);
  for (const side of sides) expect(await side.step()).toBe('commit');
  for (const side of sides) expect(await side.step()).toBe('escrow');
  const [, , silent] = sides as [ContributorSide, ContributorSide, ContributorSide];
  for (const side of sides.slice(0, 2)) expect(await side.step()).toBe('reveal');
  expect((await read(view)).state).toBe('revealing');
  expect(await sides[0]?.step()).toBe('wait');
  later(31);
  await house.tick();
  expect(await sides[0]?.step()).toBe('recover');
  expect((await read(view)).state).toBe('revealing');
  expect(await sides[1]?.step()).toBe('recover');
  const drawn = await read(view);
  expect(drawn.state).toBe('drawn');
  const party = silent.held.party;
  const { r } = drawContribution(Buffer.from(silent.held.seed, 'hex'), view, party);
  expect(drawn.contributors.find((one) => one.party === party)).toMatchObject({ r, from: 'escrow' });
  expect(await holds(drawn)).toEqual([]);
});

test('is void where nobody can bring a withheld contribution back, names who withheld, and is counted when repeated', async () => {
  const view = await inspection();
  const sides = sidesOf(view);
  for (const side of sides) await side.step();
  for (const side of sides) await side.step();
  await sides[0]?.step();
  later(31);
  await house.tick();
  later(31);
  await house.tick();
  const gone = await read(view);
  expect(gone).toMatchObject({ state: 'void', record: null });
  expect(gone.fault).toEqual({ code: 'withheld', parties: [notary.party, supervisor.party].toSorted() });
  const { rows } = await house.anybody.call(listDraws, { query: { state: 'void', limit: 100 } });
  expect(rows.map(({ drawId }) => drawId)).toContain(view.drawId);

  const again = await inspection({ repeats: view.drawId });
  expect(again.repeats).toBe(view.drawId);
  expect((await read(view)).repeatedBy).toBe(again.drawId);
  expect(again.voids).toBe(rows.filter(({ purpose }) => purpose === 'inspection').length);
  await expect(inspection({ repeats: view.drawId })).rejects.toMatchObject({ codes: ['draw.not-a-repeat'] });
});

test('is void where a commitment is never dealt, and goes on without whoever never committed', async () => {
  const view = await inspection();
  const sides = sidesOf(view);
  for (const side of sides.slice(0, 2)) await side.step();
  later(30);
  await house.tick();
  const frozen = await read(view);
  expect(frozen.state).toBe('frozen');
  expect(frozen.freeze?.commitments.map(({ party }) => party)).not.toContain(supervisor.party);
  expect(await sides[2]?.step()).toBe('nothing');
  await sides[0]?.step();
  later(30);
  await house.tick();
  expect(await read(view)).toMatchObject({ state: 'void', fault: { code: 'escrow-missing', parties: [notary.party] } });
});

test('is void where nobody but the platform commits', async () => {
  const view = await inspection();
  later(30);
  await house.tick();
  expect((await read(view)).fault?.code).toBe('too-few-commitments');
});

test('lets bidders join while it is open, and no longer', async () => {
  const view = await inspection({ minutes: { join: 10, commit: 30, escrow: 30, reveal: 30, recover: 30 } });
  expect(view.state).toBe('pool');
  expect(view.pool).toBeNull();
  const params = { drawId: view.drawId };
  const joined = await bidder.client.call(joinDraw, {
    params,
    body: await bidder.sign(joinDrawAct(bidder.by, params)),
  });
  expect([joined.mine, joined.contributors.find(({ party }) => party === bidder.party)?.side]).toEqual([
    bidder.party,
    'bidder',
  ]);
  expect(await bidder.client.refused(joinDraw, { params, body: await bidder.sign(joinDrawAct(bidder.by, params)) })).toEqual(['draw.party-twice']); // prettier-ignore
  later(10);
  expect(await stranger.client.refused(joinDraw, { params, body: await stranger.sign(joinDrawAct(stranger.by, params)) })).toEqual(['draw.too-late']); // prettier-ignore
  await house.tick();
  expect(await stranger.client.refused(joinDraw, { params, body: await stranger.sign(joinDrawAct(stranger.by, params)) })).toEqual(['draw.wrong-state']); // prettier-ignore
  const mine = (await bidder.client.call(listMyDraws)).rows.find(({ drawId }) => drawId === view.drawId);
  expect(mine?.waiting).toBe('commit');
  const desk = (await bidder.client.call(readDesk)).rows.filter(({ verb }) => verb === 'contributeDraw');
  expect(desk).toMatchObject([{ href: `/draws/${view.drawId}`, title: view.title }]);
  const drawn = await contributeAll(sidesOf(view, [agency, notary, supervisor, bidder]));
  expect(drawn.result?.seed).toMatch(/^[0-9a-f]{64}$/);
  expect(await holds(drawn)).toEqual([]);
});

test('takes only what was committed to, dealt right, once, by whoever contributes', async () => {
  const view = await inspection();
  const params = { drawId: view.drawId };
  const commit = async (who: Somebody, commitment: string, over = {}) => {
    const act = commitDrawAct(who.by, {
      drawId: view.drawId,
      poolHash: view.poolHash ?? '',
      party: who.party,
      commitment,
      ...over,
    });
    return { params, body: { ...(await who.sign(act)), commitment } };
  };
  expect(await stranger.client.refused(commitContribution, await commit(stranger, '01'.repeat(32)))).toEqual(['draw.not-a-contributor']); // prettier-ignore
  expect(await agency.client.refused(commitContribution, await commit(agency, '01'.repeat(32), { poolHash: '02'.repeat(32) }))).toEqual(['act.not-what-is-decided']); // prettier-ignore
  const sides = sidesOf(view);
  for (const side of sides) await side.step();
  expect(await agency.client.refused(commitContribution, await commit(agency, '01'.repeat(32)))).toEqual(['draw.wrong-state']); // prettier-ignore
  const escrow = { params, body: { ...(await agency.sign(joinDrawAct(agency.by, params))), escrow: '{}' } };
  expect(await agency.client.refused(escrowContribution, escrow)).toEqual(['draw.escrow-wrong']);
  for (const side of sides) await side.step();
  expect(await agency.client.refused(revealContribution, { params, body: { r: '01'.repeat(32) } })).toEqual(['draw.not-committed']); // prettier-ignore
  await sides[0]?.step();
  await sides[1]?.step();
  expect(await agency.client.refused(giveDrawShares, { params, body: { shares: [{ party: supervisor.party, blob: '7b7d' }] } })).toEqual(['draw.wrong-state']); // prettier-ignore
  later(30);
  expect(await agency.client.refused(giveDrawShares, { params, body: { shares: [{ party: supervisor.party, blob: '7b7d' }] } })).toEqual(['draw.share-wrong']); // prettier-ignore
  // Late is as good as in time while the draw waits for it.
  expect(await sides[2]?.step()).toBe('reveal');
  expect((await read(view)).state).toBe('drawn');
});

test('refuses pools that the law or arithmetic forbids', async () => {
  const group = { id: 'g1', title: '备选', take: 3, reserve: 0, candidates: bidders(5) };
  const invite = (over: object) =>
    propose(agency, {
      purpose: 'invitation',
      title: '邀请',
      groups: [{ ...group, ...over }],
      contributors: [agency.seatId],
    });
  await expect(invite({})).rejects.toMatchObject({ codes: ['draw.pool-too-small'] });
  await expect(invite({ take: 2 })).rejects.toMatchObject({ codes: ['draw.too-few-taken'] });
  await expect(invite({ candidates: [...bidders(6), ...bidders(1)] })).rejects.toMatchObject({ codes: ['draw.twice'] });
  await expect(inspection({ contributors: [agency.seatId, agency.seatId] })).rejects.toMatchObject({ codes: ['draw.party-twice'] }); // prettier-ignore
  await expect(inspection({ contributors: [(await (await signedUp(house)).me()).seatId] })).rejects.toMatchObject({ codes: ['draw.no-key'] }); // prettier-ignore
});

test('whoever declines is followed by the next reserve, on the record', async () => {
  const drawn = await contributeAll(sidesOf(await inspection()));
  const group = drawn.result?.groups[0];
  const candidate = group?.taken[0] ?? '';
  const decline = async (who: Somebody, reason = '已停业') => ({
    params: { drawId: drawn.drawId },
    body: {
      ...(await who.sign(declineDrawnAct(who.by, { drawId: drawn.drawId, candidate, reason }))),
      candidate,
      reason,
    },
  });
  expect(await supervisor.client.refused(declineDrawn, await decline(supervisor))).toEqual(['draw.not-yours']);
  const view = await agency.client.call(declineDrawn, await decline(agency));
  expect(view.declines).toEqual([{ group: 'g1', candidate, next: group?.reserve[0], reason: '已停业' }]);
  expect(await agency.client.refused(declineDrawn, await decline(agency))).toEqual(['draw.not-standing']);
  expect(await holds(view)).toEqual([]);
});

test('lists who can be asked to contribute: only those with keys, and one’s own side', async () => {
  const { rows } = await agency.client.call(listContributors, { query: {} });
  expect(rows.map(({ seatId }) => seatId)).toEqual(
    expect.arrayContaining([agency.seatId, notary.seatId, supervisor.seatId]),
  );
  expect(rows.some(({ seatId }) => seatId === bidder.seatId)).toBe(false);
});

test('a contributor’s own side gives nothing to a platform that changes its story', async () => {
  const view = await inspection();
  const sides = sidesOf(view);
  for (const side of sides) await side.step();
  const frozen = await read(view, agency);
  const [side] = sides as [ContributorSide];
  const next = (
    over: Partial<DrawView>,
    proof: Parameters<typeof nextStep>[0]['proof'] = () => Promise.resolve(undefined),
  ) => nextStep({ view: { ...frozen, ...over }, held: side.held, by: agency.by, keys: agency.encryption, proof });
  const { pool, freeze } = frozen;
  if (!pool || !freeze) throw new Error('no freeze');
  const smaller = { ...pool, groups: pool.groups.map((one) => ({ ...one, candidates: one.candidates.slice(1) })) };
  const told = [
    next({ pool: smaller }),
    next({ freeze: { ...freeze, commitments: freeze.commitments.slice(0, 1) } }),
    next({ contributors: frozen.contributors.map((one) => ({ ...one, commitment: '00'.repeat(32) })) }),
    next({}, () => Promise.resolve({ receipt: 'c2sp.org/tlog-proof@v1\n', verifierKeys: [] })),
    next({ state: 'revealing', escrows: [] }),
  ];
  for (const one of told) await expect(one).rejects.toBeInstanceOf(DrawDistrust);
  expect(await next({})).toEqual({ do: 'wait' });
});
