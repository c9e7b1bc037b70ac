/** One row of a life: from, move, to, who, by what right. */
export type Row = readonly [from: string, move: string, to: string, who: string, law: string];
export type Life = readonly Row[];
export type StateOf<L extends Life> = L[number][0] | L[number][2];
export type MoveOf<L extends Life> = L[number][1];
export type PartyOf<L extends Life> = L[number][3];

/** Declares a life as a table; its words become types. */
export function lifecycle<const L extends Life>(...rows: L): L {
  return rows;
}

/** The row that a move takes from a state, if the table has one. */
export function step<L extends Life>(life: L, from: string, move: string): L[number] | undefined {
  return life.find((row) => row[0] === from && row[1] === move);
}

/** The moves that a party may make from a state; screens draw their buttons from it. */
export function movesOf<L extends Life>(life: L, from: string, party: string): MoveOf<L>[] {
  return life.filter((row) => row[0] === from && row[3] === party).map((row) => row[1]);
}

/** States that no move leaves. */
export function finalStates(life: Life): string[] {
  const left = new Set(life.map((row) => row[0]));
  return [...new Set(life.map((row) => row[2]))].filter((state) => !left.has(state));
}

/** States that cannot be reached from the first row's state: always empty in a sound table. */
export function unreachableStates(life: Life): string[] {
  const reached = new Set(life.slice(0, 1).map((row) => row[0]));
  for (let size = -1; size !== reached.size;) {
    size = reached.size;
    for (const row of life) if (reached.has(row[0])) reached.add(row[2]);
  }
  return [...new Set(life.flatMap((row) => [row[0], row[2]]))].filter((state) => !reached.has(state));
}
