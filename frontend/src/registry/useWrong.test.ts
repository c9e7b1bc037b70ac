import { expect, test } from 'vitest';
import { stillWrong } from './useWrong.ts';

const wrong = (field: string, code = 'request.malformed') => ({ code, field, sentence: field });

test('a field put right no longer says that it is wrong, what only the server judged stays', () => {
  const told = [wrong('organisation.name'), wrong('organisation.phone'), wrong('person.login', 'login.taken')];
  expect(stillWrong(told, [wrong('organisation.phone'), wrong('organisation.address')])).toEqual([
    wrong('organisation.phone'),
    wrong('person.login', 'login.taken'),
  ]);
});
