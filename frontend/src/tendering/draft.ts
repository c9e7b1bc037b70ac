import {
  readDesk,
  readVerdict,
  saveDraft,
  type Finding,
  type TenderDesk,
  type TenderDraft,
} from '@xinbiao/contracts/tendering';
import { onBeforeUnmount, onMounted, ref, shallowRef, watch, type Ref, type ShallowRef } from 'vue';
import { call, type Said } from '../app/index.ts';

/** Where saving stands: everything saved; typed since; on its way; saved elsewhere meanwhile; not reached, tried again. */
export type Saving = 'saved' | 'typed' | 'saving' | 'conflict' | 'failed';

const pause = 1_000;
const retry = 5_000;

/** A draft under the pen: saves by itself, notices when somebody else saved first, and asks the law after each save. */
export function useDraft(tenderId: () => string): {
  readonly desk: ShallowRef<TenderDesk | undefined>;
  readonly draft: Ref<TenderDraft | undefined>;
  readonly saving: Ref<Saving>;
  readonly savedAt: Ref<string>;
  readonly refused: ShallowRef<readonly Said[]>;
  readonly findings: ShallowRef<readonly Finding[]>;
  readonly hints: ShallowRef<readonly Finding[]>;
  readonly version: Ref<number>;
  readonly load: () => Promise<void>;
  readonly save: () => Promise<boolean>;
  readonly keepMine: () => Promise<void>;
  /** Asks the law again about what was saved last. */
  readonly judge: () => Promise<void>;
  readonly take: (version: number, attachments: TenderDraft['attachments']) => void;
} {
  const desk = shallowRef<TenderDesk>();
  const draft = ref<TenderDraft>();
  const saving = ref<Saving>('saved');
  const savedAt = ref('');
  const refused = shallowRef<readonly Said[]>([]);
  const findings = shallowRef<readonly Finding[]>([]);
  const hints = shallowRef<readonly Finding[]>([]);
  const version = ref(1);
  let timer: ReturnType<typeof setTimeout> | undefined;
  let underway: Promise<boolean> | undefined;
  /** What the server holds, to tell a keystroke from a load. */
  let held = '';

  async function judge(): Promise<void> {
    const answer = await call(readVerdict, { params: { tenderId: tenderId() } });
    if (!answer.ok) return;
    findings.value = answer.value.refusals;
    hints.value = answer.value.hints;
  }

  async function load(): Promise<void> {
    const answer = await call(readDesk, { params: { tenderId: tenderId() } });
    if (!answer.ok) {
      refused.value = answer.refusals;
      return;
    }
    refused.value = [];
    desk.value = answer.value;
    version.value = answer.value.version;
    savedAt.value = answer.value.savedAt;
    held = JSON.stringify(answer.value.content);
    draft.value = answer.value.content;
    saving.value = 'saved';
    await judge();
  }

  async function send(): Promise<boolean> {
    const content = draft.value;
    if (content === undefined) return false;
    const sent = JSON.stringify(content);
    if (sent === held) {
      saving.value = 'saved';
      return true;
    }
    saving.value = 'saving';
    const answer = await call(saveDraft, {
      params: { tenderId: tenderId() },
      body: { version: version.value, content },
    });
    if (!answer.ok) {
      const elsewhere = answer.refusals.some(({ code }) => code === 'tender.changed-meanwhile');
      saving.value = elsewhere ? 'conflict' : 'failed';
      refused.value = elsewhere || answer.status === 0 ? [] : answer.refusals;
      if (!elsewhere && (answer.status === 0 || answer.status >= 500)) schedule(retry);
      return false;
    }
    refused.value = [];
    version.value = answer.value.version;
    savedAt.value = answer.value.savedAt;
    held = sent;
    saving.value = JSON.stringify(draft.value) === sent ? 'saved' : 'typed';
    if (saving.value === 'typed') schedule(pause);
    void judge();
    return saving.value === 'saved';
  }

  /** One save at a time: a second would carry the first one's version. */
  async function save(): Promise<boolean> {
    clearTimeout(timer);
    if (underway) await underway;
    underway = send();
    const done = await underway;
    underway = undefined;
    return done;
  }
  function schedule(after: number): void {
    clearTimeout(timer);
    timer = setTimeout(() => void save(), after);
  }

  watch(
    draft,
    (now) => {
      if (now === undefined || saving.value === 'conflict' || JSON.stringify(now) === held) return;
      if (saving.value !== 'saving') saving.value = 'typed';
      schedule(pause);
    },
    { deep: true },
  );

  /** Goes on from the version saved elsewhere, with what stands here: the other one is overwritten knowingly. */
  async function keepMine(): Promise<void> {
    const answer = await call(readDesk, { params: { tenderId: tenderId() } });
    if (!answer.ok) {
      refused.value = answer.refusals;
      return;
    }
    version.value = answer.value.version;
    held = '';
    saving.value = 'typed';
    await save();
  }

  function take(now: number, attachments: TenderDraft['attachments']): void {
    version.value = now;
    if (draft.value) {
      const before = JSON.stringify(draft.value) === held;
      draft.value.attachments = attachments;
      if (before) held = JSON.stringify(draft.value);
    }
    void judge();
  }

  const warn = (event: BeforeUnloadEvent) => {
    if (saving.value !== 'saved') event.preventDefault();
  };
  onMounted(() => {
    void load();
    addEventListener('beforeunload', warn);
  });
  onBeforeUnmount(() => {
    clearTimeout(timer);
    removeEventListener('beforeunload', warn);
  });
  return { desk, draft, saving, savedAt, refused, findings, hints, version, load, save, keepMine, judge, take };
}
