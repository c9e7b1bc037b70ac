import { computed, inject, type ComputedRef, type InjectionKey } from 'vue';

/** What a Field tells the control inside it. */
export type FieldTies = {
  readonly id: ComputedRef<string>;
  readonly describedBy: ComputedRef<string | undefined>;
  readonly invalid: ComputedRef<boolean>;
  readonly required: ComputedRef<boolean>;
};
export const fieldKey: InjectionKey<FieldTies | undefined> = Symbol('field');

/** The attributes that tie a control to its Field; nothing outside of one. */
export function useFieldTies(): ComputedRef<Record<string, string | boolean | undefined>> {
  const ties = inject(fieldKey, undefined);
  return computed(() =>
    ties === undefined
      ? {}
      : {
          id: ties.id.value,
          'aria-describedby': ties.describedBy.value,
          'aria-invalid': ties.invalid.value ? 'true' : undefined,
          'aria-required': ties.required.value ? 'true' : undefined,
        },
  );
}

/** A problem as forms show it; the shape in which the server says no. */
export type Problem = {
  readonly code: string;
  readonly field?: string | undefined;
  readonly sentence: string;
  readonly law?: string | undefined;
};

/** The element id of the field with a name, so that a summary can link to it. */
export const fieldId = (name: string): string => `f-${name}`;

/** The sentence about one field, or undefined. */
export const problemOf = (problems: readonly Problem[], name: string): string | undefined =>
  problems.find((problem) => problem.field === name)?.sentence;
