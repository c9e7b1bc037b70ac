/** Can this page seal, sign and check? Only on https or localhost, where browsers give WebCrypto. */
export const hasCrypto = (): boolean => typeof globalThis.crypto?.subtle?.digest === 'function';
