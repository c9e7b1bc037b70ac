import fc from 'fast-check';
import { expect, test } from 'vitest';
import { calendarOf } from '../kernel/calendar.ts';
import { phrase } from '../kernel/refusal.ts';
import { addDays, dayAt, daysBetween, instantText, startOfDay } from '../kernel/time.ts';
import { rulebook2026 } from '../rulebook/index.ts';
import { contentHash, filesRoot, publishAct } from './tender.act.ts';
import { exampleContent, exampleFacts, exampleIds, exampleLot } from './example.ts';
import { earliestDays, highestPrice, judgeTender, leastPriceWeight, pointsText } from './tender.rules.ts';
import { emptyDraft, TenderContent, TenderDraft, type LotContent, type ScoreItem } from './tender.schema.ts';
import { tenderingRefusals } from './tendering.refusals.ts';
import { mayMove } from './person.rules.ts';
import { challengeUntil, dueDatesOf, isDocumentsOpen } from './dates.rules.ts';

const judge = (over: Partial<TenderContent> = {}, facts = exampleFacts()) => judgeTender(exampleContent(over), facts);
const codes = (over: Partial<TenderContent> = {}, facts = exampleFacts()) =>
  judge(over, facts).refusals.map(({ code, field }) => `${code} ${field ?? ''}`);
const lotCodes = (over: Partial<LotContent>, more: Partial<TenderContent> = {}) =>
  codes({ lots: [exampleLot(over)], ...more });

test('lets a sound tender through without a word', () => {
  expect(judge()).toMatchObject({ refusals: [], hints: [] });
});

test('names every missing field of a fresh draft, and saves it nevertheless', () => {
  const draft = emptyDraft(
    { organisationId: exampleIds.purchaser, name: '', uscc: '', address: '', contact: '', phone: '' },
    null,
    '370200',
  );
  expect(TenderDraft.parse(draft)).toEqual(draft);
  const { content, refusals } = judgeTender(draft, exampleFacts());
  expect(content).toBeNull();
  expect(refusals.map(({ field }) => field)).toEqual(
    expect.arrayContaining([
      'title',
      'documentsFrom',
      'deadline',
      'lots.0.budget',
      'lots.0.deliveryDays',
      'purchaser.uscc',
    ]),
  );
  expect(new Set(refusals.map(({ code }) => code))).toEqual(new Set(['tender.incomplete']));
});

test('whatever may be published may be saved as a draft', () => {
  expect(TenderDraft.parse(exampleContent())).toEqual(exampleContent());
});

test('refuses a deadline one day too early and takes the twentieth day, rolled over a Sunday', () => {
  expect(codes({ deadline: '2026-11-22T01:30:00.000Z' })).toEqual(['tender.deadline-too-early deadline']);
  expect(judge({ deadline: '2026-11-22T01:30:00.000Z' }).refusals[0]?.facts).toEqual({
    earliest: '2026-11-23',
    days: 20,
  });
  expect(codes({ deadline: '2026-11-23T00:00:00.000Z' })).toEqual([]);
});

test('counts the twenty days at the place, not in Greenwich', () => {
  expect(codes({ deadline: '2026-11-22T16:00:00.000Z' })).toEqual([]);
  expect(codes({ deadline: '2026-11-22T15:59:59.999Z' })).toEqual(['tender.deadline-too-early deadline']);
});

test('counts from the issue of the documents where that is later than the notice', () => {
  expect(codes({ documentsFrom: '2026-11-04', documentsUntil: '2026-11-11' })).toEqual([
    'tender.deadline-too-early deadline',
  ]);
  expect(
    codes({ documentsFrom: '2026-11-04', documentsUntil: '2026-11-11', deadline: '2026-11-24T01:30:00.000Z' }),
  ).toEqual([]);
});

test('asks for five working days of documents, over weekend and holiday', () => {
  expect(codes({ documentsUntil: '2026-11-08' })).toEqual(['tender.documents-too-short documentsUntil']);
  const october = exampleFacts({ today: '2026-09-28' });
  const dates = { documentsFrom: '2026-09-28', deadline: '2026-11-02T01:30:00.000Z' };
  // 29, 30 September, then the holiday, then Thursday 8, Friday 9 and the worked Saturday 10 October.
  expect(codes({ ...dates, documentsUntil: '2026-10-09' }, october)).toEqual([
    'tender.documents-too-short documentsUntil',
  ]);
  expect(codes({ ...dates, documentsUntil: '2026-10-10' }, october)).toEqual([]);
});

test('refuses documents before the notice, a deadline before their end, and a short notice', () => {
  expect(codes({}, exampleFacts({ today: '2026-11-03' }))).toEqual([
    'tender.documents-before-notice documentsFrom',
    'tender.documents-too-short documentsUntil',
  ]);
  expect(codes({ documentsUntil: '2026-11-23' })).toEqual(['tender.deadline-before-documents-end deadline']);
  expect(codes({ noticeDays: 4 })).toEqual(['tender.notice-too-short noticeDays']);
});

test('the earliest days obey the law whatever the day of publication', () => {
  const calendar = calendarOf();
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 700 }), fc.integer({ min: 0, max: 10 }), (offset, wait) => {
      const today = addDays('2025-01-01', offset);
      const from = addDays(today, wait);
      const { deadline, documentsUntil } = earliestDays({ today, from, calendar, rulebook: rulebook2026 });
      expect(daysBetween(from, deadline)).toBeGreaterThanOrEqual(20);
      expect(daysBetween(from, deadline)).toBeLessThanOrEqual(20 + 9);
      expect(calendar.isWorkingDay(deadline)).toBe(true);
      let working = 0;
      for (let day = addDays(from, 1); day <= documentsUntil; day = addDays(day, 1))
        if (calendar.isWorkingDay(day)) working += 1;
      expect(working).toBe(5);
      expect(calendar.isWorkingDay(documentsUntil)).toBe(true);
    }),
  );
});

test('refuses works, and a catalogue code of another category', () => {
  expect(codes({ category: 'works', catalogCode: 'B01' })).toContain('tender.works-not-here category');
  expect(codes({ catalogCode: 'C0101' })).toEqual(['tender.category-mismatch catalogCode']);
});

test('refuses codes of places and goods that no table knows', () => {
  expect(codes({}, exampleFacts({ isRegion: false, isCatalogued: false }))).toEqual([
    'tender.unknown-region regionCode',
    'tender.unknown-catalog catalogCode',
  ]);
});

test('takes a ceiling up to the budget and not a fen more', () => {
  expect(lotCodes({ ceiling: '348600000' })).toEqual([]);
  expect(lotCodes({ ceiling: '348600001' })).toEqual(['tender.ceiling-above-budget lots.0.ceiling']);
});

const items = (points: number): ScoreItem[] => [
  { id: 'a', name: '技术方案', kind: 'subjective', max: points, guidance: '说明' },
];

test('asks goods for 30 % of price and services for 10 %', () => {
  expect(lotCodes({ priceWeight: 29, items: items(7100) })).toEqual(['tender.price-weight-too-low lots.0.priceWeight']);
  expect(lotCodes({ priceWeight: 30, items: items(7000) })).toEqual([]);
  const service = { category: 'services', catalogCode: 'C0101' } as const;
  expect(lotCodes({ priceWeight: 9, items: items(9100) }, service)).toEqual([
    'tender.price-weight-too-low lots.0.priceWeight',
  ]);
  expect(lotCodes({ priceWeight: 10, items: items(9000) }, service)).toEqual([]);
});

test('asks for exactly 100 points, and says what the sum is', () => {
  expect(judge({ lots: [exampleLot({ items: items(6999) })] }).refusals).toEqual([
    { code: 'tender.scores-do-not-add-up', field: 'lots.0.items', facts: { sum: '99.99' } },
  ]);
  expect(lotCodes({ priceWeight: null, items: items(7000) })).toEqual([
    'tender.price-weight-missing lots.0.priceWeight',
  ]);
});

test('scores nothing where the lowest price wins', () => {
  expect(lotCodes({ method: 'lowestPrice', priceWeight: null, items: [] })).toEqual([]);
  expect(lotCodes({ method: 'lowestPrice', priceWeight: null })).toEqual(['tender.items-without-scoring lots.0.items']);
});

test('asks an objective criterion for options whose best is its maximum', () => {
  const objective = (options: ScoreItem['options']): ScoreItem[] => [
    { id: 'a', name: '质保期', kind: 'objective', max: 7000, guidance: '', ...(options ? { options } : {}) },
  ];
  expect(lotCodes({ items: objective(undefined) })).toEqual([
    'tender.objective-without-options lots.0.items.0.options',
  ]);
  expect(
    lotCodes({
      items: objective([
        { id: 'x', label: '一', points: 0 },
        { id: 'y', label: '二', points: 6999 },
      ]),
    }),
  ).toEqual(['tender.objective-options-max lots.0.items.0.options']);
  expect(
    lotCodes({
      items: objective([
        { id: 'x', label: '一', points: 0 },
        { id: 'x', label: '二', points: 7000 },
      ]),
    }),
  ).toEqual(['tender.item-repeated lots.0.items.0.options.1.id']);
  expect(
    lotCodes({
      items: objective([
        { id: 'x', label: '一', points: 0 },
        { id: 'y', label: '二', points: 7000 },
      ]),
    }),
  ).toEqual([]);
});

test('asks a subjective criterion for guidance, gives it no options, and no criterion is worth nothing', () => {
  expect(lotCodes({ items: [{ id: 'a', name: '方案', kind: 'subjective', max: 7000, guidance: '' }] })).toEqual([
    'tender.subjective-without-guidance lots.0.items.0.guidance',
  ]);
  expect(
    lotCodes({
      items: [
        {
          id: 'a',
          name: '方案',
          kind: 'subjective',
          max: 7000,
          guidance: '说明',
          options: [{ id: 'x', label: '好', points: 7000 }],
        },
      ],
    }),
  ).toEqual(['tender.subjective-with-options lots.0.items.0.options']);
  expect(
    lotCodes({ items: [...items(7000), { id: 'b', name: '方案', kind: 'subjective', max: 0, guidance: '说明' }] }),
  ).toEqual(['tender.item-without-points lots.0.items.1.max']);
});

test.each([
  ['注册资本不低于 500 万元', '注册资本'],
  ['注 册 资 金 500 万元以上', '注册资金'],
  ['近三年营业收入平均 2000 万元', '营业收入'],
  ['资产总额不少于 1 亿元', '资产总额'],
  ['从业人员 100 人以上', '从业人员'],
  ['上年度净利润为正', '净利润'],
  ['年纳税额 100 万元', '年纳税额'],
  ['连续三年盈利', '盈利'],
  ['Registered capital of CNY 5 million', 'Registered capital'],
])('refuses a condition of scale and gives its word: %s', (text, word) => {
  const asked = judge({ lots: [exampleLot({ qualifications: [{ id: 'q', text, evidence: '' }] })] }).refusals;
  expect(asked).toEqual([{ code: 'tender.scale-condition', field: 'lots.0.qualifications.0.text', facts: { word } }]);
  const scored = exampleLot();
  scored.items[0] = {
    ...exampleLot().items[0],
    options: [
      { id: 'a', label: text, points: 1000 },
      { id: 'b', label: '无', points: 0 },
    ],
  } as ScoreItem;
  expect(judge({ lots: [scored] }).refusals.map(({ code, field }) => [code, field])).toEqual([
    ['tender.scale-condition', 'lots.0.items.0.options.0.label'],
  ]);
});

test('lets the conditions through that the law itself sets', () => {
  for (const text of [
    '依法缴纳税收和社会保障资金的良好记录',
    '具有履行合同所必需的设备和专业技术能力',
    '参加采购活动前三年内没有重大违法记录',
    '具有良好的商业信誉和健全的财务会计制度，提供资产负债表和利润分配表',
  ])
    expect(lotCodes({ qualifications: [{ id: 'q', text, evidence: '' }] })).toEqual([]);
});

test('hints at brands and regions, without refusing', () => {
  const { refusals, hints } = judge({
    need: '必须使用某某品牌服务器',
    lots: [exampleLot({ qualifications: [{ id: 'q', text: '在本市设有服务网点', evidence: '' }] })],
  });
  expect(refusals).toEqual([]);
  expect(hints).toEqual([
    { code: 'tender.hint-brand', field: 'need', facts: { word: '必须使用某某品牌' } },
    { code: 'tender.hint-region', field: 'lots.0.qualifications.0.text', facts: { word: '本市设有服务网点' } },
  ]);
});

test('hints at a deadline at night, on a Saturday, or in a year without a calendar', () => {
  const hints = (deadline: string) => judge({ deadline }).hints.map(({ code }) => code);
  expect(hints('2026-11-23T09:00:00.000Z')).toEqual([]);
  expect(hints('2026-11-23T09:01:00.000Z')).toEqual(['tender.hint-deadline-hours']);
  expect(hints('2026-11-28T02:00:00.000Z')).toEqual(['tender.hint-deadline-hours']);
  expect(hints('2027-01-13T02:00:00.000Z')).toEqual(['tender.hint-calendar']);
});

test('asks for an officer on each side, each once, entitled, with a key that lasts', () => {
  const { inside, outside } = exampleIds.seats;
  expect(codes({ officers: [{ group: 'purchaser', seatId: inside }] })).toEqual(['tender.officers-missing officers']);
  expect(
    codes({
      officers: [
        { group: 'purchaser', seatId: inside },
        { group: 'purchaser', seatId: inside },
        { group: 'independent', seatId: outside },
      ],
    }),
  ).toEqual(['tender.officer-twice officers.1']);
  expect(
    codes({
      officers: [
        { group: 'purchaser', seatId: outside },
        { group: 'independent', seatId: inside },
      ],
    }),
  ).toEqual(['tender.officer-not-entitled officers.0', 'tender.officer-not-entitled officers.1']);
  const facts = exampleFacts();
  const short = facts.officers.map((officer) => ({ ...officer, keyUntil: new Date('2026-12-01T00:00:00.000Z') }));
  expect(codes({}, exampleFacts({ officers: short }))).toHaveLength(4);
  expect(
    codes({}, exampleFacts({ officers: facts.officers.map((officer) => ({ ...officer, keyUntil: null })) }))[0],
  ).toBe('tender.officer-without-key officers.0');
});

test('asks for the tender document, for qualifications, for lots in order, and for a notice of bearable length', () => {
  expect(codes({ attachments: [] })).toEqual(['tender.no-document attachments']);
  expect(lotCodes({ qualifications: [] })).toEqual(['tender.no-qualification lots.0.qualifications']);
  expect(codes({ lots: [exampleLot(), exampleLot({ no: 3 })] })).toEqual(['tender.lots-not-numbered lots.1.no']);
  expect(
    codes({ lots: Array.from({ length: 20 }, (_, at) => exampleLot({ no: at + 1, content: '长'.repeat(10_000) })) }),
  ).toEqual(['tender.too-long need']);
});

test('every sentence has a place for each fact that a rule gives, and no other', () => {
  const tried = [
    judge(
      { deadline: '2026-11-10T16:00:00.000Z', documentsUntil: '2026-11-03', noticeDays: 1 },
      exampleFacts({ today: '2026-11-03' }),
    ),
    judge({
      lots: [
        exampleLot({
          ceiling: '999900000000',
          priceWeight: 1,
          items: items(1),
          qualifications: [{ id: 'q', text: '注册资本', evidence: '指定品牌，本市企业' }],
        }),
      ],
    }),
  ].flatMap(({ refusals, hints }) => [...refusals, ...hints]);
  for (const { code, facts } of tried)
    for (const sentence of [tenderingRefusals[code].zh, tenderingRefusals[code].en])
      expect(phrase(sentence, facts)).not.toMatch(/[{}]/);
});

test('writes points as people read them', () => {
  expect([10_000, 1250, 1000, 5, 50, 0].map(pointsText)).toEqual(['100', '12.5', '10', '0.05', '0.5', '0']);
});

test('whoever composed or submitted does not check, and whoever checked does not publish', () => {
  const scopes = ['tender:compose', 'tender:check', 'tender:publish'] as const;
  const hands = { composer: 'a', submitter: 'b', checker: 'c' };
  const move = (
    name: 'confirm' | 'publish' | 'submitForCheck',
    state: 'draft' | 'checking' | 'checked',
    person: string,
  ) => mayMove(name, { state, person, scopes, hands }).map(({ code }) => code);
  expect(move('confirm', 'checking', 'a')).toEqual(['tender.check-by-same-person']);
  expect(move('confirm', 'checking', 'b')).toEqual(['tender.check-by-same-person']);
  expect(move('confirm', 'checking', 'c')).toEqual([]);
  expect(move('publish', 'checked', 'c')).toEqual(['tender.publish-by-checker']);
  expect(move('publish', 'checked', 'a')).toEqual([]);
  expect(move('publish', 'draft', 'a')).toEqual(['tender.move-not-allowed']);
  expect(mayMove('publish', { state: 'checked', person: 'a', scopes: ['tender:compose'], hands })).toEqual([
    { code: 'auth.not-allowed' },
  ]);
  expect(mayMove('archive', { state: 'published', person: 'a', scopes, hands })).toEqual([
    { code: 'auth.not-allowed' },
  ]);
});

test('gives the dates of a tender in their order, each to the end of its day', () => {
  const dates = dueDatesOf(
    {
      publishedAt: new Date('2026-11-02T01:00:00.000Z'),
      documentsFrom: '2026-11-02',
      documentsUntil: '2026-11-09',
      deadline: new Date('2026-11-23T01:30:00.000Z'),
      noticeDays: 5,
      rankedAt: new Date('2026-11-24T08:00:00.000Z'),
      awardedAt: new Date('2026-11-27T08:00:00.000Z'),
    },
    { calendar: calendarOf(), rulebook: rulebook2026 },
  );
  expect(dates.map(({ rule, until }) => [rule, until && dayAt(new Date(Date.parse(until) - 1))])).toEqual([
    ['lastChange', '2026-11-08'],
    ['notice', '2026-11-09'],
    ['documents', '2026-11-09'],
    ['deadline', '2026-11-23'],
    ['report', '2026-11-26'],
    ['decision', '2026-12-01'],
    ['resultNotice', '2026-12-01'],
    ['contract', '2026-12-28'],
  ]);
  expect(dates.find(({ rule }) => rule === 'decision')?.law).toBe('政府采购法实施条例 §43');
});

test('documents are open from 0:00 of the first to 24:00 of the last day, exclusive', () => {
  const days = { documentsFrom: '2026-11-02', documentsUntil: '2026-11-09' };
  const end = startOfDay('2026-11-10');
  expect(
    [new Date(startOfDay('2026-11-02').getTime() - 1), startOfDay('2026-11-02'), new Date(end.getTime() - 1), end].map(
      (at) => isDocumentsOpen(days, at),
    ),
  ).toEqual([false, true, true, false]);
});

test('one changed character changes the hash that is signed; file ids do not, names do', () => {
  const content = exampleContent();
  expect(contentHash({ ...content, summary: '采购病房监护仪 41 台。' })).not.toBe(contentHash(content));
  const [file] = content.attachments;
  if (!file) throw new Error('the example has a file');
  expect(filesRoot([{ ...file, fileId: exampleIds.agency }])).toBe(filesRoot([file]));
  expect(filesRoot([{ ...file, name: '另一个.pdf' }])).not.toBe(filesRoot([file]));
});

test('the publication act holds all that later documents name', () => {
  const keyring = { v: 'xinbiao/keyring/v1', suite: 'XB1', groups: [] } as never;
  const act = publishAct(
    { person: '周敏', organisation: '青澜市人民医院', uscc: '12100000400010275N' },
    {
      tender: { id: exampleIds.file, code: 'QL-ZC-2026-0001' },
      rulebook: '2026',
      content: exampleContent(),
      lots: [{ id: exampleIds.agency, no: 1 }],
      keyring,
      check: 'cd'.repeat(32),
      trust: { logKey: 'log.example+00000000+AA', policy: 'quorum none\n' },
    },
  );
  expect(act).toMatchObject({
    v: 'xinbiao/act/v1',
    type: 'tender.publish',
    deadline: '2026-11-23T01:30:00.000Z',
    contentHash: contentHash(exampleContent()),
    lots: [{ no: 1 }],
    trust: { policy: 'quorum none\n' },
  });
  expect(instantText(new Date(act.deadline))).toBe(act.deadline);
});

test('a price may reach the ceiling, or the budget where there is none', () => {
  expect(highestPrice({ budget: 100n, ceiling: 90n })).toBe(90n);
  expect(highestPrice({ budget: 100n, ceiling: null })).toBe(100n);
});

test('services need a tenth of price, goods three', () => {
  expect([leastPriceWeight('services', rulebook2026), leastPriceWeight('goods', rulebook2026)]).toEqual([10, 30]);
});

test('the documents may be challenged for seven working days from the end of the notice', () => {
  expect(challengeUntil('2026-09-24', { calendar: calendarOf(), rulebook: rulebook2026 })).toBe('2026-10-12');
});
