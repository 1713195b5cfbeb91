import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AcceptedAnswer } from './accepted-answer.ts';
import { createResponse } from './build.ts';
import { ClientTransaction } from './client-tx.ts';
import { field, header, type SipRequest } from './message.ts';
import { parseMessage } from './parse.ts';
import { ServerTransaction } from './server-tx.ts';
import { DEFAULT_TIMERS } from './timers.ts';

function request(method: string): SipRequest {
  return {
    kind: 'request',
    method,
    uri: 'sip:b@h',
    headers: [
      field('Via', 'SIP/2.0/UDP a;branch=z9hG4bK1'),
      field('From', '<sip:a@h>;tag=1'),
      field('To', '<sip:b@h>'),
      field('Call-ID', 'c'),
      field('CSeq', `1 ${method}`),
    ],
    body: Buffer.alloc(0),
  };
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

/** Times of everything sent, and what the user was told. */
function client(method: string, reliable: boolean) {
  const start = Date.now();
  const sent: string[] = [];
  const told: string[] = [];
  const fail: ((error: Error) => void)[] = [];
  const transaction = new ClientTransaction({
    request: request(method),
    reliable,
    timers: DEFAULT_TIMERS,
    send: (data, onError) => {
      const message = parseMessage(data);
      const what = message.kind === 'request' ? message.method : message.kind;
      sent.push(`${what}@${Date.now() - start}`);
      fail.push(onError);
    },
    onResponse: (response, again) => told.push(`${response.status}${again ? ' again' : ''}`),
    onTimeout: () => told.push('timeout'),
    onTransportError: (error) => told.push(error.message),
    onTerminated: () => told.push('over'),
  });
  const receive = (status: number) =>
    transaction.receive(createResponse(transaction.request, status, { toTag: 'x' }));
  return { transaction, sent, told, fail, receive };
}

describe('a request on its way', () => {
  it('is an INVITE sent again after T1, 2·T1, … until 64·T1 (timers A and B)', () => {
    const { sent, told } = client('INVITE', false);
    vi.advanceTimersByTime(40_000);
    const times = [0, 500, 1_500, 3_500, 7_500, 15_500, 31_500];
    expect(sent).toEqual(times.map((ms) => `INVITE@${ms}`));
    expect(told).toEqual(['timeout', 'over']);
  });

  it('is another request sent again with pauses of at most T2 (timers E and F)', () => {
    const { sent, told } = client('BYE', false);
    vi.advanceTimersByTime(40_000);
    const times = [0, 500, 1_500, 3_500, 7_500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500];
    expect(sent).toEqual(times.map((ms) => `BYE@${ms}`));
    expect(told).toEqual(['timeout', 'over']);
  });

  it.each(['INVITE', 'BYE'])('is sent once over TCP: %s', (method) => {
    const { sent, told } = client(method, true);
    vi.advanceTimersByTime(40_000);
    expect(sent).toHaveLength(1);
    expect(told).toEqual(['timeout', 'over']);
  });

  it('rings without end once something was heard', () => {
    const { sent, told, receive, transaction } = client('INVITE', false);
    receive(100);
    vi.advanceTimersByTime(3_600_000);
    receive(180);
    expect(sent).toHaveLength(1);
    expect(told).toEqual(['100', '180']);
    transaction.terminate();
  });

  it('slows down, but still ends, when a 1xx comes to a BYE', () => {
    const { sent, told, receive } = client('BYE', false);
    vi.advanceTimersByTime(100);
    receive(100);
    vi.advanceTimersByTime(40_000);
    expect(sent.slice(0, 3)).toEqual(['BYE@0', 'BYE@4100', 'BYE@8100']);
    expect(told).toEqual(['100', 'timeout', 'over']);
  });

  it('has its refusal acknowledged, each copy of it too (timer D)', () => {
    const { sent, told, receive } = client('INVITE', false);
    receive(486);
    vi.advanceTimersByTime(500);
    receive(486);
    expect(sent).toEqual(['INVITE@0', 'ACK@0', 'ACK@500']);
    vi.advanceTimersByTime(32_000);
    expect(told).toEqual(['486', 'over']);
  });

  it('hands up each copy of a 2xx, for the ACK is the user’s (timer M)', () => {
    const { sent, told, receive } = client('INVITE', false);
    receive(200);
    receive(200);
    receive(180);
    vi.advanceTimersByTime(32_000);
    expect(sent).toEqual(['INVITE@0']);
    expect(told).toEqual(['200', '200 again', 'over']);
  });

  it('absorbs late copies of the answer to a BYE (timer K)', () => {
    const { told, receive } = client('BYE', false);
    receive(200);
    receive(200);
    vi.advanceTimersByTime(5_000);
    receive(200);
    expect(told).toEqual(['200', 'over']);
  });

  it('fails once when it can’t be sent', () => {
    const { told, fail } = client('INVITE', false);
    fail[0]?.(new Error('refused'));
    fail[0]?.(new Error('refused'));
    expect(told).toEqual(['refused', 'over']);
  });

  it('makes a CANCEL with its own branch, Route and CSeq number', () => {
    const { transaction } = client('INVITE', true);
    transaction.request.headers.push(field('Route', '<sip:r;lr>'));
    const cancel = transaction.createCancel();
    expect(header(cancel, 'via')).toBe(header(transaction.request, 'via'));
    expect(header(cancel, 'route')).toBe('<sip:r;lr>');
    expect(header(cancel, 'cseq')).toBe('1 CANCEL');
    transaction.terminate();
  });
});

function server(method: string, reliable: boolean) {
  const start = Date.now();
  const sent: string[] = [];
  const told: string[] = [];
  const transaction = new ServerTransaction({
    request: request(method),
    reliable,
    timers: DEFAULT_TIMERS,
    send: (data) => {
      sent.push(`${data.toString().slice(8, 11)}@${Date.now() - start}`);
    },
    onTimeout: () => told.push('no ACK'),
    onTerminated: () => told.push('over'),
  });
  const respond = (status: number) =>
    transaction.respond(createResponse(transaction.request, status)) !== undefined;
  return { transaction, sent, told, respond };
}

describe('a request that came', () => {
  it('is answered again for each copy, also when the answer is final (timer J)', () => {
    const { transaction, sent, told, respond } = server('BYE', false);
    transaction.receiveAgain();
    expect(respond(200)).toBe(true);
    transaction.receiveAgain();
    expect(respond(500)).toBe(false);
    vi.advanceTimersByTime(32_000);
    transaction.receiveAgain();
    expect(sent).toEqual(['200@0', '200@0']);
    expect(told).toEqual(['over']);
  });

  it('is refused again and again until the ACK comes (timers G and I)', () => {
    const { transaction, sent, told, respond } = server('INVITE', false);
    respond(180);
    respond(486);
    vi.advanceTimersByTime(12_000);
    transaction.receiveAck();
    transaction.receiveAck();
    vi.advanceTimersByTime(4_999);
    expect(told).toEqual([]);
    vi.advanceTimersByTime(1);
    const times = [0, 500, 1_500, 3_500, 7_500, 11_500];
    expect(sent).toEqual(['180@0', ...times.map((ms) => `486@${ms}`)]);
    expect(told).toEqual(['over']);
  });

  it('gives up a refusal that nobody acknowledges (timer H)', () => {
    const { told, respond } = server('INVITE', true);
    respond(603);
    vi.advanceTimersByTime(32_000);
    expect(told).toEqual(['no ACK', 'over']);
  });

  it('is left to the user when it is accepted; copies get no answer (timer L)', () => {
    const { transaction, sent, told, respond } = server('INVITE', false);
    respond(200);
    transaction.receiveAgain();
    transaction.receiveAck();
    vi.advanceTimersByTime(32_000);
    expect(sent).toEqual(['200@0']);
    expect(told).toEqual(['over']);
  });
});

describe('a 2xx that waits for its ACK', () => {
  const answer = (reliable: boolean) => {
    const start = Date.now();
    const happened: (number | string)[] = [];
    const waiting = new AcceptedAnswer({
      reliable,
      timers: DEFAULT_TIMERS,
      resend: () => happened.push(Date.now() - start),
      onNoAck: () => happened.push(`gave up@${Date.now() - start}`),
    });
    return { waiting, happened };
  };

  it('is sent again until 64·T1 over UDP, only waited for over TCP', () => {
    const udp = answer(false);
    const tcp = answer(true);
    vi.advanceTimersByTime(60_000);
    expect(udp.happened.slice(0, 5)).toEqual([500, 1_500, 3_500, 7_500, 11_500]);
    expect(udp.happened.at(-1)).toBe('gave up@32000');
    expect(tcp.happened).toEqual(['gave up@32000']);
  });

  it('is silent after the ACK', () => {
    const { waiting, happened } = answer(false);
    vi.advanceTimersByTime(600);
    waiting.stop();
    vi.advanceTimersByTime(60_000);
    expect(happened).toEqual([500]);
  });
});
