/** A column of a DataTable. The unit belongs into the label: 预算（元）. */
export type Column = {
  readonly key: string;
  readonly label: string;
  readonly align?: 'right';
  readonly sortable?: boolean;
  /** Names its row: a row header. */
  readonly head?: boolean;
  /** Leads the row on a phone: full width, without its label. */
  readonly lead?: boolean;
};
