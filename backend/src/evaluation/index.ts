/**
 * Evaluation: qualification, panel, sealed sheets, ranking, report. It must never hold a readable sheet before the
 * last one is in, and must never know who wins.
 */
export { decide, type Decider, type Decision } from './decide.ts';
export {
  Evaluation,
  evaluationEntities,
  Panel,
  PanelMember,
  QualificationCheck,
  SealedScore,
} from './evaluation.entity.ts';
export { failureOf, placeOf, publicEvaluation, tasksOf } from './evaluation.queries.ts';
export { routes as evaluationRoutes } from './evaluation.routes.ts';
export { lotFacts, openedBids, technicalFacts, type BidFacts, type LotFacts } from './lot.facts.ts';
export { isActive, membersOf } from './panel.queries.ts';
export { qualifiedBids } from './qualification.service.ts';
export { discloseEvaluation, rankLot, resultOf, wakeEvaluation } from './ranking.service.ts';
export { points, yuan } from './report.paper.ts';
