import { bridgeRefusals, expiryOf, listCertificates, type SignedActBody } from '@xinbiao/contracts/identity';
import type { SuiteName } from '@xinbiao/contracts/trust';
import { onMounted, ref, shallowRef, watch, type Ref, type ShallowRef } from 'vue';
import { call } from '../app/api.ts';
import { useClock } from '../app/clock.store.ts';
import { useSession } from '../app/session.store.ts';
import { useLang, useT, type MessageKey } from '../locales/index.ts';
import type { Problem } from '../ui/field.ts';
import { BridgeSaysNo } from './bridge.ts';
import { loadDemoKeys } from './demo.ts';
import {
  adoptCertificates,
  encryptionKeyOf,
  NoKey,
  signAct,
  signingKeyOf,
  type KeyKind,
  type KeyLack,
  type SigningMeans,
} from './keys.ts';

/** Can this page use the key it needs? `lack` is undefined while that is being found out and when all is well. */
export type Signing = {
  readonly ready: Ref<boolean>;
  readonly lack: Ref<KeyLack | undefined>;
  readonly key: ShallowRef<SigningMeans | undefined>;
  /** How many days the certificate is still good for, and how urgent that is. */
  readonly expiry: Ref<{ readonly daysLeft: number; readonly warning: number | null } | undefined>;
  readonly busy: Ref<boolean>;
  readonly problems: ShallowRef<readonly Problem[]>;
  /** Signs an act; undefined, with the reason among `problems`, where there is no key for it. */
  readonly sign: (act: object) => Promise<SignedActBody | undefined>;
  readonly again: () => Promise<void>;
};

/**
 * The signed-in account's key for signing (or for opening), watched: pages show KeyNotice and sign through this.
 * `suite` says of which algorithms it must be, where not every key will do.
 */
export function useSigning(kind: KeyKind = 'signing', suite: () => SuiteName | undefined = () => undefined): Signing {
  const session = useSession();
  const clock = useClock();
  const t = useT();
  const lang = useLang();
  const ready = ref(false);
  const lack = ref<KeyLack>();
  const key = shallowRef<SigningMeans>();
  const expiry = ref<{ daysLeft: number; warning: number | null }>();
  const busy = ref(false);
  const problems = shallowRef<readonly Problem[]>([]);

  async function find(): Promise<void> {
    try {
      key.value = await (kind === 'signing' ? signingKeyOf(undefined, { suite: suite() }) : encryptionKeyOf());
      lack.value = undefined;
      ready.value = true;
      expiry.value = expiryOf(key.value.facts.notAfter, new Date(clock.now || Date.now()));
    } catch (error) {
      if (!(error instanceof NoKey)) throw error;
      key.value = undefined;
      ready.value = false;
      expiry.value = undefined;
      lack.value = error.lack;
    }
  }
  async function again(): Promise<void> {
    await find();
    if (lack.value === 'noKey' && (await loadDemoKeys())) await find();
    // A backup that was made before its certificates were issued finds them on record.
    if (lack.value === 'noCertificate') {
      const answer = await call(listCertificates);
      if (answer.ok && (await adoptCertificates(answer.value.rows)) > 0) await find();
    }
  }
  onMounted(() => void again());
  watch(
    () => session.me?.seatId,
    () => void again(),
  );

  return {
    ready,
    lack,
    key,
    expiry,
    busy,
    problems,
    again,
    async sign(act) {
      if (busy.value) return undefined;
      busy.value = true;
      problems.value = [];
      try {
        return await signAct(act);
      } catch (error) {
        if (error instanceof BridgeSaysNo) {
          problems.value = [
            { code: error.code, sentence: bridgeRefusals[error.code][lang.value === 'en' ? 'en' : 'zh'] },
          ];
          return undefined;
        }
        if (!(error instanceof NoKey)) throw error;
        lack.value = error.lack;
        ready.value = false;
        problems.value = [{ code: `key.${error.lack}`, sentence: t(lackKey(error.lack)) }];
        return undefined;
      } finally {
        busy.value = false;
      }
    },
  };
}

/** The sentence that says what is missing. */
export const lackKey = (lack: KeyLack): MessageKey => `identity.lack.${lack}` as MessageKey;
