import type { EnvelopeContext, Gates, Json, Keyring, Manifest } from '@xinbiao/contracts/trust';
import type { Said } from '../app/index.ts';

/** What the sealing worker is asked to seal; the files themselves travel beside it. */
export type SealJob = {
  readonly account: string;
  readonly lang: 'zh-CN' | 'en';
  readonly ctx: EnvelopeContext;
  readonly keyring: Keyring;
  readonly gates: Gates;
  readonly dealSeed: string;
  readonly pieceLength: number;
  readonly client: Manifest['client'];
  readonly parts: readonly JobPart[];
};
export type JobPart = {
  readonly stage: string;
  readonly name: string;
  readonly content: Json;
  readonly files: readonly {
    readonly name: string;
    readonly size: number;
    readonly sha256: string;
    readonly blob: Blob;
  }[];
};

export type ToWorker =
  /** Seal and send everything that has not arrived yet; answers `sealed`. */
  { readonly do: 'seal'; readonly job: SealJob } | { readonly do: 'pause' } | { readonly do: 'resume' };

export type PartProgress = {
  readonly name: string;
  /** Bytes of ciphertext, and how many of them have arrived. */
  readonly size: number;
  readonly sent: number;
  /** The piece now being sealed, from 1; 0 before the first. */
  readonly piece: number;
  readonly pieces: number;
  readonly done: boolean;
};

/** Why sealing stopped for good. */
export type Stopped =
  | { readonly why: 'fileChanged'; readonly file: string }
  | { readonly why: 'late' }
  | { readonly why: 'refused'; readonly refusals: readonly Said[] }
  | { readonly why: 'signedOut' }
  | { readonly why: 'failed'; readonly what: string };

export type FromWorker =
  | { readonly say: 'progress'; readonly parts: readonly PartProgress[] }
  | { readonly say: 'line'; readonly line: 'up' | 'down' }
  | { readonly say: 'sealed'; readonly manifest: string; readonly manifestHash: string }
  | { readonly say: 'stopped'; readonly stopped: Stopped };
