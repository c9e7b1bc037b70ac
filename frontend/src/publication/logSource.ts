import { listDisclosed, readAct, readCheckpoint, readLogKey, readPolicy, readTile } from '@xinbiao/contracts/ledger';
import { tilePath, type LogSource } from '@xinbiao/contracts/trust';
import { call } from '../app/api.ts';

/** The platform's log as this browser reads it; what cannot be had is undefined, never invented. */
export const platformLog: LogSource = {
  async checkpoint() {
    const answer = await call(readCheckpoint);
    return answer.ok ? answer.value : undefined;
  },
  async verifierKey() {
    const answer = await call(readLogKey);
    return answer.ok ? answer.value.verifierKey : undefined;
  },
  async policy() {
    const answer = await call(readPolicy);
    return answer.ok ? answer.value : undefined;
  },
  async tile(tile) {
    const answer = await call(readTile, { params: { path: tilePath(tile).replace(/^tile\//, '') } });
    return answer.ok ? answer.value : undefined;
  },
  async disclosed(from, to) {
    const answer = await call(listDisclosed, { query: { from, to } });
    return answer.ok ? answer.value.rows : [];
  },
  async act(hash) {
    const answer = await call(readAct, { params: { hash } });
    return answer.ok ? answer.value : undefined;
  },
};
