import { expect, it } from 'vitest';
import { Outbox } from './outbox.ts';

function scene() {
  const sent: string[] = [];
  const sink = (name: string) => ({
    send: (packet: Buffer, port: number, address: string) =>
      void sent.push(`${name} ${packet.toString()} ${address}:${port}`),
  });
  return { outbox: new Outbox(), sent, sink };
}

it('packets of one moment go together, in order, to where each belongs', () => {
  const { outbox, sent, sink } = scene();
  outbox.collect();
  outbox.post(sink('a'), Buffer.from('1'), 4_000, '192.0.2.1');
  outbox.post(sink('b'), Buffer.from('2'));
  expect(sent).toEqual([]);
  outbox.flush();
  expect(sent).toEqual(['a 1 192.0.2.1:4000', 'b 2 :0']);
  outbox.flush();
  expect(sent).toHaveLength(2);
});

it('between moments a packet goes at once', () => {
  const { outbox, sent, sink } = scene();
  outbox.post(sink('a'), Buffer.from('1'), 1, 'x');
  expect(sent).toEqual(['a 1 x:1']);
});
