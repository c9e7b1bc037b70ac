import { instantText } from '@xinbiao/contracts/kernel';
import { readBoard, readDesk, readLotFile } from '@xinbiao/contracts/oversight';
import { Router, serve, type State } from '../platform/index.ts';
import { board, lotFile } from './board.queries.ts';
import { deskOf } from './desk.queries.ts';

export const routes = new Router<State>();

serve(routes, readDesk, async (call) => ({ now: instantText(call.now), rows: await deskOf(call) }));
serve(routes, readBoard, board);
serve(routes, readLotFile, lotFile);
