import type { Endpoint, ReplyOf } from '@xinbiao/contracts/kernel';
import { ref, shallowRef, type Ref, type ShallowRef } from 'vue';
import { problemOf } from '../ui/field.ts';
import { call, type Inputs, type Said } from './api.ts';

/** Acts on the server once at a time and keeps what it said no with, ready for ErrorSummary and Field. */
export function useAct(): {
  readonly busy: Ref<boolean>;
  readonly problems: ShallowRef<readonly Said[]>;
  readonly incident: Ref<string | undefined>;
  readonly problem: (field: string) => string | undefined;
  /** The reply, or undefined when refused or when an earlier press is still on its way. */
  readonly send: <E extends Endpoint>(
    endpoint: E,
    ...[inputs]: {} extends Inputs<E> ? [inputs?: Inputs<E>] : [inputs: Inputs<E>]
  ) => Promise<ReplyOf<E> | undefined>;
} {
  const busy = ref(false);
  const problems = shallowRef<readonly Said[]>([]);
  const incident = ref<string>();
  return {
    busy,
    problems,
    incident,
    problem: (field) => problemOf(problems.value, field),
    async send(endpoint, ...inputs) {
      if (busy.value) return undefined;
      busy.value = true;
      problems.value = [];
      incident.value = undefined;
      const answer = await call(endpoint, ...inputs);
      busy.value = false;
      if (answer.ok) return answer.value;
      problems.value = answer.refusals;
      incident.value = answer.incident;
      return undefined;
    },
  };
}
