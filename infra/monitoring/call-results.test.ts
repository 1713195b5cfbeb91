import { CALL_RESULTS } from '@patchbay/common/call-record';
import { expect, it } from 'vitest';
import { CALL_RESULT_GROUPS, resultsMatch } from './call-results.ts';

it('every way a call can end is said to be good, failed, or not ours; none twice', () => {
  const grouped = Object.values(CALL_RESULT_GROUPS).flat();
  expect(new Set(grouped).size).toBe(grouped.length);
  expect([...grouped].sort()).toEqual([...CALL_RESULTS].sort());
});

it('groups become one matcher', () => {
  const { good, failed } = CALL_RESULT_GROUPS;
  expect(resultsMatch('good', 'failed')).toBe(`result=~"${[...good, ...failed].join('|')}"`);
});
