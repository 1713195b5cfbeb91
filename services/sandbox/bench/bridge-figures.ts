import type { PhoneReport, SideReport } from './bridge-load.ts';
import { percentile, spread, type Spread } from './percentile.ts';

/** One line of the bridge's benchmark; the shape of its JSON too. */
export interface BridgeFigures {
  engine: string;
  calls: number;
  cpuSecPerCallMinute: number;
  /** Phone → room. */
  inMs: Spread | undefined;
  /** Room → phone. */
  outMs: Spread | undefined;
  /** INVITE → 200. */
  setupMs: Spread | undefined;
  /** 200 → the first packet with the agent's voice in it, at the phone. */
  firstAudioMs: Spread | undefined;
  /** Ms between two packets to the phone; 20 is perfect. */
  pacingMs: { p99: number | undefined };
  lossPct: number;
  rssMb: number;
}

/** A burst that took longer was not heard. */
const LONGEST_MS = 500;

/** How long each burst took from one side to the other; those not heard are left out. */
export function delays(sent: readonly number[], heard: readonly number[]): number[] {
  return sent.flatMap((atMs) => {
    const arrivedMs = heard.find((time) => time > atMs);
    return arrivedMs === undefined || arrivedMs - atMs > LONGEST_MS ? [] : [arrivedMs - atMs];
  });
}

export interface Measured {
  engine: string;
  phones: readonly PhoneReport[];
  rooms: readonly SideReport[];
  /** When measuring began, on the shared clock. */
  sinceMs: number;
  minutes: number;
  cpuSec: number;
  rssMb: number;
}

/** Put the reports of both sides together. */
export function figuresOf(measured: Measured): BridgeFigures {
  const { phones, rooms, sinceMs } = measured;
  const since = (times: readonly number[]) => times.filter((time) => time >= sinceMs);
  const inMs: number[] = [];
  const outMs: number[] = [];
  phones.forEach((phone, index) => {
    const room = rooms[index];
    if (!room) return;
    inMs.push(...delays(since(phone.burstsSent), room.burstsHeard));
    outMs.push(...delays(since(room.burstsSent), phone.burstsHeard));
  });
  const gaps = phones.flatMap(({ gapsMs }) => gapsMs);
  const p99 = percentile(gaps, 0.99);
  const lost = phones.reduce((sum, phone) => sum + phone.lost, 0);
  const heard = phones.reduce((sum, phone) => sum + phone.framesHeard, 0);
  const cpuSecPerCallMinute = measured.cpuSec / measured.minutes / phones.length;
  return {
    engine: measured.engine,
    calls: phones.length,
    cpuSecPerCallMinute: Math.round(cpuSecPerCallMinute * 1_000) / 1_000,
    inMs: spread(inMs),
    outMs: spread(outMs),
    setupMs: spread(phones.map(({ setupMs }) => setupMs)),
    firstAudioMs: spread(phones.flatMap(({ firstAudioMs }) => firstAudioMs ?? [])),
    pacingMs: { p99: p99 === undefined ? undefined : Math.round(p99 * 10) / 10 },
    lossPct: Math.round((10_000 * lost) / Math.max(1, lost + heard)) / 100,
    rssMb: Math.round(measured.rssMb),
  };
}
