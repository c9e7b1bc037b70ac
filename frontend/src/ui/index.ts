/**
 * THE KIT. Words of the design; knows contracts/kernel and the language, no stage.
 *
 * How a page is written
 * - A stage folder `src/<stage>/` has `index.ts` (exports `routes: RouteRecordRaw[]` and `menu: MenuEntry[]`),
 *   pages `SomethingPage.vue` (fetch) and panels (are given), `locale.zh.ts` + `locale.en.ts` (below). The app finds
 *   all of them by itself: no shared file to edit.
 * - Read:  `const { state, again } = useAsk(getTender, () => ({ params: { tenderId } }))`; show it with
 *   `<Asked :state="state" v-slot="{ value }">…</Asked>` (skeleton, refusal, stale line included). From '../app/index.ts'.
 * - Act:   `const { busy, problems, send } = useAct()`; `const done = await send(publishTender, { params, body })` gives the
 *   reply or undefined; `<ErrorSummary :problems="problems" />` on top and `:problems="problems"` on each Field.
 * - Say:   `const t = useT()` from '../locales/index.ts'; `t('bidding.seal.title')`. Server's refusals arrive as sentences.
 * - Page:  `usePage(() => ({ title }))` for the document title; `<div class="page">` (1200) or `page page-wide`; one h1 by
 *   PageHeader; `with-aside` = content + 344 px aside; `panel` = white box. Colours only by tokens: bg surface sunk ink ink2
 *   ink3 pri ok warn bad edge line tint warn-tint bad-tint ok-tint; sizes text-meta ui body read h3 h2 h1s h1 price count;
 *   breakpoints md (720), lg (1088), xl. No `style=` and no `:style` (CSP), no v-html, `no-print` hides on paper.
 * - A tender has one page (`/tenders/:tenderId`) for everybody; a stage adds to it by exporting `tenderSections: TenderSection[]`
 *   from its `index.ts` (component by `defineAsyncComponent`, given `tender: PublicTender`).
 * - Routes of signed-in roles: `meta: { clientOnly: true, access: ['bidder'], title: 'bidding.mine.title' }`.
 *
 * locale.zh.ts:  export const zh = { seal: { title: '封标递交' } };
 *                declare module '../locales/messages.ts' { interface Messages { bidding: typeof zh } }
 * locale.en.ts:  export const en: Translation<typeof zh> = { seal: { title: 'Seal and submit' } };
 *
 * Components
 * - Acts:     AppButton (kind primary|secondary|quiet|danger, busy, busyLabel, block), AppLink (to|href, button),
 *             Dialog (v-model:open, title, #acts), Tabs (tabs, #tab-<id>; clientOnly pages only), Pager, SearchBox
 * - Forms:    Field (label, name, hint, error, problems, optional, group) around one of TextInput, TextArea, MoneyInput
 *             (string of fen), NativeSelect, RadioGroup (Field group), DateTimeInput (UTC instant; `day`), FilePicker (@files);
 *             CheckBox brings its own label; ErrorSummary (problems)
 * - Lists:    DataTable (columns, rows, rowKey, caption, #cell-<key>), DefinitionList (items, #value-<key>), TaskList,
 *             EmptyState, SkeletonRows
 * - Time:     ServerClock, Countdown (until, form large|words), InstantText (at, form), DayText, Spine (items),
 *             Steps (horizontal), NowBox (now, next, #until); useServerNow() gives milliseconds
 * - Words:    Money (fen, form sign|plain|overview, capitals), StatusLight (kind ok|warn|bad|ring|none), Fingerprint
 *             (hex), Callout (info|ok|warn|bad), PageHeader (title, lead, #over, #acts), SectionHeading (title, note, #end),
 *             ProgressBar (segments), PrintFooter (path), BeaconLogo
 * - Plain:    instantWords, dayWords, moneyWords, sizeWords, countWords, remaining, problemOf
 */
export { default as AppButton } from './AppButton.vue';
export { default as Countdown } from './Countdown.vue';
export { default as Dialog } from './Dialog.vue';
export { default as Fingerprint } from './Fingerprint.vue';
export { default as AppLink } from './AppLink.vue';
export { default as Pager } from './Pager.vue';
export { default as Steps } from './Steps.vue';
export { default as Tabs } from './Tabs.vue';
export { default as BeaconLogo } from './BeaconLogo.vue';
export { default as Callout } from './Callout.vue';
export { default as CheckBox } from './CheckBox.vue';
export { default as DataTable } from './DataTable.vue';
export { default as DateTimeInput } from './DateTimeInput.vue';
export { default as DayText } from './DayText.vue';
export { default as DefinitionList } from './DefinitionList.vue';
export { default as EmptyState } from './EmptyState.vue';
export { default as ErrorSummary } from './ErrorSummary.vue';
export { default as Field } from './Field.vue';
export { default as FilePicker } from './FilePicker.vue';
export { default as InstantText } from './InstantText.vue';
export { default as Spine } from './Spine.vue';
export { default as MoneyInput } from './MoneyInput.vue';
export { default as Money } from './Money.vue';
export { default as NativeSelect } from './NativeSelect.vue';
export { default as NowBox } from './NowBox.vue';
export { default as PageHeader } from './PageHeader.vue';
export { default as PrintFooter } from './PrintFooter.vue';
export { default as ProgressBar } from './ProgressBar.vue';
export { default as RadioGroup } from './RadioGroup.vue';
export { default as SearchBox } from './SearchBox.vue';
export { default as SectionHeading } from './SectionHeading.vue';
export { default as ServerClock } from './ServerClock.vue';
export { default as SkeletonRows } from './SkeletonRows.vue';
export { default as StatusLight } from './StatusLight.vue';
export { default as TaskList } from './TaskList.vue';
export { default as TextArea } from './TextArea.vue';
export { default as TextInput } from './TextInput.vue';
export { countWords, moneyWords, sizeWords, type MoneyForm } from './amount.ts';
export { serverNowKey, useServerNow } from './clock.ts';
export { fieldId, problemOf, type Problem } from './field.ts';
export { dayWords, instantWords, weekdayWords, type InstantForm } from './instant.ts';
export { remaining, remainingWords } from './remaining.ts';
export type { SpineItem } from './spine.ts';
export type { Column } from './table.ts';
export type { Task } from './task.ts';
