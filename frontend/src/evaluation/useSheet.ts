import { readProgress, readRoom, type RoomReply } from '@xinbiao/contracts/evaluation';
import {
  computed,
  onBeforeUnmount,
  onMounted,
  ref,
  shallowRef,
  toRaw,
  watch,
  type ComputedRef,
  type Ref,
  type ShallowRef,
} from 'vue';
import { call, useSession, type Said } from '../app/index.ts';
import { revealIfDue } from './reveal.ts';
import { fitted, lacksOf, type Draft, type Lack } from './sheet.ts';
import { changeKept, readKept } from './sheetStore.ts';

/** kept: on this computer's disk; lost: this browser keeps nothing, so nothing would survive closing the page. */
export type Keeping = 'kept' | 'typed' | 'lost';

/** An expert's desk: the room as the server gives it, the draft as this browser keeps it, and the reveal when it is due. */
export function useSheet(lotId: () => string): {
  readonly room: ShallowRef<RoomReply | undefined>;
  readonly draft: Ref<Draft | undefined>;
  readonly refused: ShallowRef<readonly Said[]>;
  readonly keeping: Ref<Keeping>;
  readonly keptAt: Ref<number>;
  readonly lacks: ComputedRef<Lack[]>;
  /** Sealed on another computer: this browser cannot reveal it. */
  readonly elsewhere: Ref<boolean>;
  readonly load: () => Promise<void>;
  readonly keep: () => Promise<void>;
} {
  const session = useSession();
  const room = shallowRef<RoomReply>();
  const draft = ref<Draft>();
  const refused = shallowRef<readonly Said[]>([]);
  const keeping = ref<Keeping>('kept');
  const keptAt = ref(0);
  const elsewhere = ref(false);
  const seat = () => session.me?.seatId ?? '';
  let timer: ReturnType<typeof setTimeout> | undefined;
  let poll: ReturnType<typeof setInterval> | undefined;

  async function load(): Promise<void> {
    const answer = await call(readRoom, { params: { lotId: lotId() } });
    if (!answer.ok) {
      refused.value = answer.refusals;
      return;
    }
    refused.value = [];
    room.value = answer.value;
    if (draft.value === undefined) {
      const kept = await readKept(seat(), lotId()).catch(() => undefined);
      draft.value = fitted(kept?.draft, answer.value);
      if (kept) keptAt.value = Date.parse(kept.savedAt);
    }
    await look();
  }

  async function keep(): Promise<void> {
    clearTimeout(timer);
    const now = draft.value;
    if (now === undefined) return;
    const plain = structuredClone(toRaw(JSON.parse(JSON.stringify(now)) as Draft));
    try {
      const kept = await changeKept(seat(), lotId(), (before) => ({
        sealed: before?.sealed ?? [],
        draft: plain,
        savedAt: new Date().toISOString(),
      }));
      keptAt.value = Date.parse(kept.savedAt);
      keeping.value = 'kept';
    } catch {
      keeping.value = 'lost';
    }
  }
  let first = true;
  watch(
    draft,
    () => {
      // What was just read needs no writing.
      if (first) {
        first = false;
        return;
      }
      keeping.value = 'typed';
      clearTimeout(timer);
      timer = setTimeout(() => void keep(), 400);
    },
    { deep: true },
  );

  /** Sees how far the others are, and reveals when the time has come. */
  async function look(): Promise<void> {
    const state = room.value?.state;
    if (state !== 'committed') return;
    const revealed = await revealIfDue(seat(), lotId());
    elsewhere.value = revealed === 'elsewhere';
    const answer = await call(readProgress, { params: { lotId: lotId() } });
    if (!answer.ok || !room.value) return;
    const { state: member, lotState, resultHash, reportHash, commitment: _, ...progress } = answer.value;
    room.value = { ...room.value, state: member, lotState, resultHash, reportHash, progress };
  }

  onMounted(() => {
    void load();
    poll = setInterval(() => document.visibilityState === 'visible' && void look(), 5_000);
  });
  onBeforeUnmount(() => {
    if (keeping.value === 'typed') void keep();
    clearTimeout(timer);
    clearInterval(poll);
  });
  const lacks = computed(() =>
    room.value && draft.value
      ? lacksOf(
          draft.value,
          room.value.criteria,
          room.value.bids.map(({ bidId }) => bidId),
        )
      : [],
  );
  return { room, draft, refused, keeping, keptAt, lacks, elsewhere, load, keep };
}
