/** All English messages, one folder each; a chunk of its own. */
export const messages = Object.fromEntries(
  Object.entries(import.meta.glob<{ en: object }>('../*/locale.en.ts', { eager: true })).map(([path, module]) => [
    path.split('/')[1] ?? '',
    module.en,
  ]),
);
