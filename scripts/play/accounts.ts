import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { demoPassword, type Cast } from './cast.ts';
import type { Person } from './person.ts';

/** Where a demonstration keeps its accounts; there is none until this file exists. */
export const accountsFile = (folder: string): string => join(folder, 'demo', 'accounts.json');

function accountsOf(cast: Cast): { person: Person; roleZh: string; roleEn: string }[] {
  const { operator, centre, witness, supervisor, purchaser, purchaser2, agency, agency2, notary, bidders, experts } =
    cast;
  return [
    { person: agency, roleZh: '代理机构，编制并发布', roleEn: 'Agency: composes and publishes' },
    { person: agency2, roleZh: '代理机构，公开前审查', roleEn: 'Agency: checks before publication' },
    { person: purchaser, roleZh: '采购人，定标', roleEn: 'Purchaser: decides the award' },
    { person: purchaser2, roleZh: '采购人，开标人', roleEn: 'Purchaser: opens bids' },
    { person: notary, roleZh: '公证员，独立方开标人', roleEn: 'Notary: independent officer' },
    { person: witness, roleZh: '交易中心见证，独立方开标人', roleEn: 'Trading centre witness: independent officer' },
    ...bidders.map((person) => ({ person, roleZh: '投标人', roleEn: 'Bidder' })),
    ...experts.map((person) => ({ person, roleZh: '评审专家', roleEn: 'Expert' })),
    { person: supervisor, roleZh: '监督部门', roleEn: 'Supervisor' },
    { person: centre, roleZh: '交易中心，登记审核', roleEn: 'Trading centre: reviews registrations' },
    { person: operator, roleZh: '平台运维，可以拨钟', roleEn: 'Operator: may turn the clock' },
  ];
}

/** Writes the accounts of a demonstration and their key files, from which its sign-in page and browsers load them. */
export async function writeAccounts(cast: Cast, folder: string): Promise<void> {
  await mkdir(join(folder, 'demo'), { recursive: true, mode: 0o700 });
  const rows = [];
  for (const { person, roleZh, roleEn } of accountsOf(cast)) {
    const keyFile = person.keys ? `${person.login}.p12` : null;
    if (keyFile && person.keys) await writeFile(join(folder, 'demo', keyFile), person.keys.file, { mode: 0o600 });
    rows.push({
      login: person.login,
      password: demoPassword,
      name: person.known.name,
      organisation: person.known.organisation?.name ?? null,
      roleZh,
      roleEn,
      personId: person.known.id,
      keyFile,
      keyPassword: keyFile ? demoPassword : null,
    });
  }
  await writeFile(accountsFile(folder), JSON.stringify(rows, undefined, 1), { mode: 0o600 });
}
