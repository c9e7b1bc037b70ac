import {
  acceptAppointments,
  amendOfficers,
  listAppointments,
  listNotices,
  prepareAmendment,
  prepareOfficerChange,
  proposeOfficerChange,
  readAcceptances,
  readOfficerChange,
  requestOpenerTest,
  withdrawOfficerChange,
} from '@xinbiao/contracts/tendering';
import { refuse, serve, type Router, type State } from '../platform/index.ts';
import * as changes from './change.service.ts';
import { noticesOf, proofsOf } from './notice.queries.ts';
import * as officers from './officer.service.ts';
import { publishedTender } from './tender.queries.ts';

/** Officers' own operations before bids close, and the replacement of officers. */
export function serveOfficers(routes: Router<State>): void {
  serve(routes, listAppointments, (call) => officers.appointmentDesk(call));
  serve(routes, requestOpenerTest, (call) => officers.requestOpenerTest(call));
  serve(routes, acceptAppointments, (call) => officers.acceptAppointments(call, call.body));
  serve(routes, readAcceptances, async ({ em, params: { tenderId } }) => {
    if (!(await publishedTender(em, tenderId))) return refuse('tender.unknown');
    return { rows: await proofsOf(em, tenderId) };
  });
  serve(routes, listNotices, async ({ em, params: { tenderId } }) => {
    if (!(await publishedTender(em, tenderId))) return refuse('tender.unknown');
    return { rows: await noticesOf(em, tenderId) };
  });
  serve(routes, readOfficerChange, (call) => changes.officerChangeDesk(call, call.params.tenderId));
  serve(routes, prepareOfficerChange, async (call) => ({
    act: await changes.prepareOfficerChange(call, call.params.tenderId, call.body),
  }));
  serve(routes, proposeOfficerChange, (call) => changes.proposeOfficerChange(call, call.params.tenderId, call.body));
  serve(routes, withdrawOfficerChange, async (call) => {
    await changes.withdrawOfficerChange(call, call.params.tenderId);
    return {};
  });
  serve(routes, prepareAmendment, async (call) => ({
    act: await changes.prepareAmendment(call, call.params.tenderId),
  }));
  serve(routes, amendOfficers, (call) => changes.amendOfficers(call, call.params.tenderId, call.body));
}
