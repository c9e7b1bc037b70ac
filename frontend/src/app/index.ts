/** The app: what pages of every stage use beside the kit. How to write a page stands in ../ui/index.ts. */
export { addressOf, call, urlOf, type Answer, type Inputs, type Said } from './api.ts';
export { default as Asked } from './Asked.vue';
export { useClock } from './clock.store.ts';
export { hasCrypto } from './crypto.ts';
export { default as CryptoNotice } from './CryptoNotice.vue';
export { default as FileUploads } from './FileUploads.vue';
export { useHouse } from './house.store.ts';
export { useLine } from './line.ts';
export { useSession, type Me } from './session.store.ts';
export type { MenuEntry, TenderSection } from './stage.ts';
export { useAct } from './useAct.ts';
export { useAsk, type Asked as AskedState } from './useAsk.ts';
export { useUploads, type Sending, type StoredFile, type Uploads } from './uploads.ts';
export { usePage } from './usePage.ts';
