import { findTenders } from '@xinbiao/contracts/publication';
import { median, timed, type Figure } from './figure.ts';
import { handInReady } from './stage.ts';

/** The newest twenty tenders at ten thousand and at a million: through the API, and the bare query beside it. */
export async function* lists(): AsyncGenerator<Figure> {
  const stage = await handInReady();
  try {
    const { theatre, bidders } = stage;
    const connection = theatre.opened.house.orm.em.getConnection();
    const [visitor] = bidders;
    if (!visitor) throw new Error('nobody to look');
    const measure = async (work: () => Promise<unknown>): Promise<number> => {
      for (let warm = 0; warm < 5; warm += 1) await work();
      const times: number[] = [];
      for (let at = 0; at < 41; at += 1) times.push(await timed(work));
      return median(times);
    };
    let smaller = 0;
    let count = 1;
    for (const target of [10_000, 1_000_000]) {
      await fill(connection, count, target);
      count = target;
      // Filling kept the server busy past the life of an idle connection.
      await visitor.client.call(findTenders, { query: { limit: 1 } }).catch(() => undefined);
      const api = await measure(() => visitor.client.call(findTenders, { query: { limit: 20 } }));
      const bare = await measure(() =>
        connection.execute(
          'select `id`, `title`, `deadline` from `tender` where `rid` is not null order by `rid` desc limit 20',
        ),
      );
      yield { what: `newest 20 of ${target.toLocaleString('en')}: bare query`, value: `${bare.toFixed(2)} ms` };
      yield {
        what: `newest 20 of ${target.toLocaleString('en')}: GET /public/tenders`,
        value: `${api.toFixed(2)} ms`,
        ...(smaller > 0 ? { ratio: api / smaller, of: 'of the time at 10,000' } : {}),
      };
      smaller ||= api;
    }
  } finally {
    await stage.close();
  }
}

type Connection = { readonly execute: (sql: string) => Promise<unknown> };

/** Copies the one published tender, with its search terms, until there are as many as wanted. */
async function fill(connection: Connection, from: number, to: number): Promise<void> {
  const columns =
    'state, lot_state, lot_states, rulebook, version, purchaser_id, purchaser_name, agency_id, agency_name, composer_seat_id, composer_person_id, composer_name, category, region_code, budget, lot_names, deadline, published_at, created_at, saved_at';
  for (let at = from; at < to; at += 100_000) {
    const until = Math.min(to, at + 100_000);
    await connection.execute(
      `insert into tender (id, rid, code, title, content, ${columns}) with recursive n(i) as (select ${at + 1} union all select i + 1 from n where i < ${until}) ` +
        `select printf('%08x-0000-7000-8000-%012x', n.i, n.i), 1000 + n.i, 'X-' || n.i, '测量 ' || n.i, '{}', ${columns
          .split(', ')
          .map((column) => `t.${column}`)
          .join(', ')} from n, (select * from tender where rid is not null order by rid limit 1) t`,
    );
  }
}
