/** One thing to do: verb + tender + until when. */
export type Task = {
  readonly id: string;
  /** The act: 答复质疑. */
  readonly verb: string;
  /** What it is about: the tender's title. */
  readonly subject: string;
  readonly to: string;
  readonly until?: string | undefined;
  readonly law?: string | undefined;
  /** A second line, e.g. the lot or number. */
  readonly note?: string | undefined;
};
