import { allEndpoints, allRefusals, endpointsByStage } from '@xinbiao/contracts/all';
import { roleNames, roles, type Endpoint, type Role } from '@xinbiao/contracts/kernel';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { organisationKinds, signIn } from '@xinbiao/contracts/identity';
import { usccOf } from '../../scripts/play/cast.ts';
import { addSeat, createPerson, foundParty, preparePerson, setRoles } from '../src/identity/index.ts';
import { servedBy, transact } from '../src/platform/index.ts';
import { routers } from '../src/stages.ts';
import type { Client } from './client.ts';
import { openHouse, type TestHouse } from './house.ts';

/* Every operation with every role, and with nobody: the table of the contracts is what the doors do. */

let house: TestHouse;
const password = 'Knocking-on-every-door-1';
/** One real person for every role, signed in, with that role alone. */
const people = new Map<Role, Client>();
beforeAll(async () => {
  house = await openHouse();
  for (const [at, role] of roleNames.entries()) {
    await register(role, at);
    await comeIn(role);
  }
});
afterAll(() => house.close());

/** Signs in afresh: some doors end the session of whoever goes through. */
async function comeIn(role: Role): Promise<void> {
  const visitor = house.visitor();
  await visitor.call(signIn, { body: { login: `knocker-${role}`.toLowerCase(), password } });
  people.set(role, visitor);
}

async function register(role: Role, at: number): Promise<void> {
  const person = await preparePerson({ login: `knocker-${role}`.toLowerCase(), name: role, password });
  const kind = organisationKinds.find((one) => one === role) ?? (role === 'administrator' ? 'bidder' : undefined);
  const now = house.clock.now();
  await transact(house.house.fork(), async (tx) => {
    if (!kind) {
      const { id } = await createPerson(tx, person, now);
      await addSeat(tx, { personId: id, organisation: null, roles: [role], now });
      return;
    }
    const organisation = {
      name: `${role}有限公司`,
      uscc: usccOf('company', 900 + at),
      regionCode: '370200',
      address: '海棠路',
      legalRepresentative: '某',
      contact: '某',
      phone: '0532-85550000',
      email: '',
    };
    const { seat } = await foundParty(tx, { kinds: [kind], organisation, person, now, state: 'active' });
    await setRoles(tx, seat.id, [role]);
  });
}

const nameOf = (endpoint: Endpoint): string => `${endpoint.method} ${endpoint.path}`;

test('serves every declared operation exactly once, and nothing else', () => {
  const served = routers
    .flatMap((router) => servedBy(router))
    .map(nameOf)
    .toSorted();
  expect(served).toEqual(allEndpoints.map(nameOf).toSorted());
  expect(new Set(served).size).toBe(served.length);
});

test('declares only refusals that have their words in both languages', () => {
  for (const endpoint of allEndpoints)
    for (const code of endpoint.refusals)
      expect(allRefusals[code], `${nameOf(endpoint)} declares ${code}`).toBeDefined();
  for (const [code, { zh, en }] of Object.entries(allRefusals)) {
    expect(zh, code).toMatch(/[\u4e00-\u9fff]/);
    expect(en, code).toMatch(/^[A-Z“{‘'"\d]/);
    expect(placesIn(zh), code).toEqual(placesIn(en));
  }
});

const placesIn = (sentence: string): string[] =>
  [...new Set([...sentence.matchAll(/\{(\w+)\}/g)].map(([place]) => place))].toSorted();

/** A request that passes no further than the door, whatever the door decides: parameters name nothing that exists. */
async function knock(endpoint: Endpoint, role: Role | undefined): Promise<{ status: number; codes: string[] }> {
  const path = endpoint.path.replace(/[:*](\w+)/g, (_, name: string) =>
    /sha|hash/i.test(name)
      ? '0'.repeat(64)
      : name === 'index'
        ? '0'
        : /envelope/i.test(name)
          ? '0'.repeat(32)
          : randomUUID(),
  );
  const abort = new AbortController();
  const answer = await (role ? (people.get(role) ?? house.anybody) : house.anybody).fetch(`/api${path}`, {
    method: endpoint.method,
    headers: {
      ...(endpoint.wire?.body === 'bytes'
        ? { 'content-type': 'application/octet-stream' }
        : endpoint.method === 'GET' || endpoint.method === 'DELETE'
          ? {}
          : { 'content-type': 'application/json' }),
    },
    ...(endpoint.method === 'GET' || endpoint.method === 'DELETE'
      ? {}
      : { body: endpoint.wire?.body === 'bytes' ? new Uint8Array(1) : '{}' }),
    signal: abort.signal,
  });
  const isEvents = answer.headers.get('content-type')?.startsWith('text/event-stream') ?? false;
  const text = isEvents ? '' : await answer.text();
  if (isEvents) abort.abort();
  if (role && endpoint.path.startsWith('/identity/') && endpoint.method !== 'GET') await comeIn(role);
  const codes = answer.ok
    ? []
    : ((JSON.parse(text) as { refusals?: { code: string }[] }).refusals ?? []).map(({ code }) => code);
  return { status: answer.status, codes };
}

for (const [stage, endpoints] of Object.entries(endpointsByStage))
  test(`opens the doors of ${stage} to those whom the table names`, async () => {
    for (const endpoint of Object.values(endpoints)) {
      const closed: string[] = [];
      for (const role of [undefined, ...roleNames]) {
        const { status, codes } = await knock(endpoint, role);
        expect(status, `${nameOf(endpoint)} as ${role ?? 'nobody'}: ${codes.join()}`).not.toBe(500);
        if (codes.includes('auth.not-signed-in') || codes.includes('auth.not-allowed')) closed.push(role ?? 'nobody');
      }
      const { access } = endpoint;
      const named = (role: Role): boolean =>
        access === 'public' || access === 'signed-in' || (roles[role] as readonly string[]).includes(access);
      expect(closed, nameOf(endpoint)).toEqual([
        ...(access === 'public' ? [] : ['nobody']),
        ...roleNames.filter((role) => !named(role)),
      ]);
    }
    expect(house.faults).toEqual([]);
  });
