import type { DoorFigures, Spread } from './report.ts';

/** What callers of a door met, line by line; two figures are p50 and p95 unless the title says else. */
export const DOOR_LINES: readonly (readonly [
  title: string,
  cell: (door: DoorFigures) => string,
])[] = [
  ['Calls', ({ calls }) => String(calls)],
  ['Understood', ({ understood, calls }) => `${understood} of ${calls}`],
  ['Failed', ({ failed }) => String(failed)],
  ['Ringing after', ({ ringMs }) => spreadCell(ringMs)],
  ['Answered after', ({ answerMs }) => spreadCell(answerMs)],
  ['Greeting heard after', ({ greetingMs }) => spreadCell(greetingMs)],
  ['Mouth to ear', ({ mouthToEarMs }) => spreadCell(mouthToEarMs)],
  ['Silent after barge-in', ({ bargeInMs }) => spreadCell(bargeInMs)],
  ['MOS, mean / worst', ({ mos }) => (mos ? `${mos.mean} / ${mos.worst}` : '–')],
  ['Loss, mean / worst', ({ lossPct }) => (lossPct ? `${lossPct.mean} / ${lossPct.worst} %` : '–')],
  [
    'Jitter, mean / worst',
    ({ jitterMs }) => (jitterMs ? `${jitterMs.mean} / ${jitterMs.worst} ms` : '–'),
  ],
];

function spreadCell(spread: Spread | undefined): string {
  return spread ? `${spread.p50} / ${spread.p95} ms` : '–';
}
