import type { EntityManager } from '@mikro-orm/core';
import {
  coversAll,
  mayRelease,
  ReleaseAct,
  releaseAct,
  type ReleaseBatch,
  type ReleaseReply,
} from '@xinbiao/contracts/opening';
import { sealedParts } from '@xinbiao/contracts/bidding';
import { fromHex, instantText } from '@xinbiao/contracts/kernel';
import {
  bytesOf,
  canonical,
  checkShare,
  Malformed,
  Manifest,
  parseCanonical,
  sha256Hex,
} from '@xinbiao/contracts/trust';
import type { z } from 'zod';
import { closeOf, countedBids, type CountedBid } from '../bidding/index.ts';
import { actorBy } from '../identity/index.ts';
import { record } from '../ledger/index.ts';
import { lockLot, lotOf, tenderOf } from '../tendering/index.ts';
import { newId, obey, refuse, transact, type Actor, type House } from '../platform/index.ts';
import { Release, ReleaseFault } from './opening.entity.ts';
import { groupsOf, keyringOf, memberOf, standing, settleAt, type Member } from './opening.facts.ts';

type Given = { readonly em: EntityManager; readonly house: House; readonly actor: Actor };

/** What an officer's client needs to check every bid and unwrap its own shares. Nobody else, and nothing before close. */
export async function releaseBatch({ em, actor }: Given, lotId: string): Promise<ReleaseBatch> {
  const lot = await lotOf(em, lotId);
  const keyring = keyringOf(await tenderOf(em, lot));
  const member = await memberOf(em, keyring, actor);
  obey(mayRelease({ lotState: lot.state, member, alreadyReleased: false }));
  const close = await closeOf(em, lotId);
  if (!close || !member) return refuse('opening.not-closed');
  const bids = await countedBids(em, lotId);
  return {
    lotId,
    closeHash: close.row.hash,
    closeDocument: close.row.document,
    keyring,
    officer: { group: member.group, x: member.x, certSha256: member.certSha256 },
    heads: bids.map(({ bidId, bidder, manifestHash, manifest, signature, certificate }) => ({
      bidId,
      bidder,
      manifestHash,
      manifest,
      signature,
      bidderCertificate: certificate,
    })),
  };
}

/** Takes in an officer's batch: all bids of the close document, each share the one its bid commits to, or nothing at all. */
export async function releaseShares(
  given: Given,
  lotId: string,
  body: { readonly act: string; readonly signature: string },
): Promise<z.output<typeof ReleaseReply>> {
  const { em, house, actor } = given;
  const lot = await lotOf(em, lotId);
  const keyring = keyringOf(await tenderOf(em, lot));
  const member = await memberOf(em, keyring, actor);
  const alreadyReleased = member !== undefined && (await em.count(Release, { lotId, officer: member.certSha256 })) > 0;
  obey(mayRelease({ lotState: lot.state, member, alreadyReleased }));
  const close = await closeOf(em, lotId);
  if (!close || !member) return refuse('opening.not-closed');
  const bids = await countedBids(em, lotId);
  const act = readAct(body.act);
  obey(
    coversAll({
      act,
      closeHash: close.row.hash,
      member,
      manifestHashes: bids.map(({ manifestHash }) => manifestHash),
      stages: Object.keys(sealedParts),
    }),
  );
  const { closeHash, officer, shares } = act;
  const signed = await house.identity.checkAct({
    em,
    actor,
    ...body,
    now: house.clock.now(),
    expect: releaseAct(actorBy(actor), { lotId, closeHash, officer, shares }),
  });
  const lacking = await judgeShares(given, { lotId, member, bids, act });
  const at = await transact(em, async (tx) => {
    const locked = await lockLot(tx, lotId);
    const now = house.clock.now();
    obey(
      mayRelease({
        lotState: locked.state,
        member,
        alreadyReleased: (await tx.count(Release, { lotId, officer })) > 0,
      }),
    );
    // The act holds the shares, which open technical parts too: the log gets its hashes, and only this table the act.
    const facts = {
      close: closeHash,
      group: member.group,
      officer,
      sealedAct: sha256Hex(bytesOf(signed.act)),
      signature: sha256Hex(fromHex(signed.signature)),
      certificate: signed.certificateSha256,
    };
    const { entryId } = await record(tx, {
      scope: lotId,
      type: 'open.batch',
      visibility: 'public',
      body: facts,
      at: now,
      actor: actor.seatId,
    });
    const { act: text, signature, certificateSha256: certificate } = signed;
    await tx.insert(Release, {
      id: newId(now),
      lotId,
      officer,
      officerGroup: member.group,
      seatId: actor.seatId,
      at: now,
      act: text,
      signature,
      certificate,
      entryId,
      lacking,
    });
    tx.assign(locked, { wakeAt: now });
    return now;
  });
  house.hall.tell(lotId, 'released', at);
  const releases = await house.fork().find(Release, { lotId }, { fields: ['officer', 'at', 'lacking'] });
  const next = standing(
    keyring,
    releases,
    bids.map(({ manifestHash }) => manifestHash),
    at >= settleAt(close.row.closedAt),
  );
  return {
    releasedAt: instantText(at),
    groups: groupsOf(keyring, releases),
    phase: next.kind === 'ready' ? 'opening' : 'releasing',
  };
}

function readAct(text: string): ReleaseAct {
  try {
    const read = ReleaseAct.safeParse(parseCanonical(text));
    return read.success ? read.data : refuse('act.malformed', { field: 'act' });
  } catch (fault) {
    if (fault instanceof Malformed) return refuse('act.malformed', { field: 'act' });
    throw fault;
  }
}

/** Compares every share with its bid. A share that is not the committed one is the officer's fault: it is written down, and the batch refused. */
async function judgeShares(
  { house }: Given,
  {
    lotId,
    member,
    bids,
    act,
  }: {
    readonly lotId: string;
    readonly member: Member;
    readonly bids: readonly CountedBid[];
    readonly act: ReleaseAct;
  },
): Promise<string[]> {
  const lacking = new Set<string>();
  const wrong: CountedBid[] = [];
  for (const { manifestHash, stage, blob } of act.shares) {
    const bid = bids.find((one) => one.manifestHash === manifestHash);
    if (!bid) continue;
    if (blob === null) {
      lacking.add(manifestHash);
      continue;
    }
    const check = checkShare({
      manifest: Manifest.parse(parseCanonical(bid.manifest)),
      stage,
      officer: member.certSha256,
      blob: fromHex(blob),
    });
    if (check.ok) continue;
    if (check.fault.party === 'officer') wrong.push(bid);
    else lacking.add(manifestHash);
  }
  const [first] = wrong;
  if (!first) return [...lacking];
  const at = house.clock.now();
  await transact(house.fork(), async (tx) => {
    for (const { bidId } of wrong)
      await tx.insert(ReleaseFault, {
        id: newId(at),
        lotId,
        bidId,
        officer: member.certSha256,
        code: 'share.not-committed',
        at,
      });
    const facts = {
      officer: member.certSha256,
      bids: wrong.map(({ bidId }) => bidId),
      fault: 'share.not-committed',
      sealedAct: sha256Hex(bytesOf(canonical(act))),
    };
    await record(tx, { scope: lotId, type: 'open.fault', visibility: 'public', body: facts, at });
  });
  return refuse('opening.share-not-committed', { field: 'act', facts: { no: first.no } });
}
