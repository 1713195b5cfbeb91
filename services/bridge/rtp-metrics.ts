import { Counter, Histogram, type Registry } from 'prom-client';
import { DIRECTIONS, type Direction, type StretchQuality } from './rtp/quality-watch.ts';
import type { RtpReport } from './seats/tally.ts';

const LAG_BUCKETS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.04, 0.1, 0.2, 0.5];
const DELAY_BUCKETS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.02, 0.03, 0.04, 0.06, 0.08, 0.1, 0.2];
/** The steps of G.109: nearly all, many, some dissatisfied, satisfied, very satisfied. */
const MOS_BUCKETS = [1.5, 2, 2.58, 3.1, 3.6, 4.03, 4.2, 4.34, 4.41];
const JITTER_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2];
const ROUND_TRIP_BUCKETS = [0.005, 0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 1, 2];

/**
 * Make the metrics of all calls' audio, for what the processes that handle it report. `direction` is
 * `in` for what comes from phones, `out` for what phones report of what they are sent.
 */
export function rtpMetrics(registry: Registry): (report: RtpReport) => void {
  const registers = [registry];
  const counters = (name: string, help: string) => {
    const counter = new Counter({
      name: `patchbay_bridge_${name}`,
      help,
      labelNames: ['direction'],
      registers,
    });
    return { in: counter.labels('in'), out: counter.labels('out') };
  };
  const histograms = (name: string, help: string, buckets: number[]) => {
    const histogram = new Histogram({
      name: `patchbay_bridge_${name}`,
      help,
      labelNames: ['direction'],
      buckets,
      registers,
    });
    return { in: histogram.labels('in'), out: histogram.labels('out') };
  };
  const delay = (direction: Direction, help: string) =>
    new Histogram({
      name: `patchbay_bridge_${direction}_seconds`,
      help,
      buckets: DELAY_BUCKETS,
      registers,
    });
  const packets = counters('rtp_packets_total', 'RTP packets received from and sent to phones');
  const lost = counters('rtp_lost_total', 'RTP packets that were lost, or came too late');
  const late = counters('rtp_late_total', 'RTP packets that came too late to be played');
  const reordered = counters('rtp_reordered_total', 'RTP packets that came after a later one');
  const concealed = new Counter({
    name: 'patchbay_bridge_rtp_concealed_seconds_total',
    help: 'Sound made up for packets from phones that were lost or late',
    registers,
  });
  const jitter = histograms(
    'rtp_jitter_seconds',
    'Interarrival jitter (RFC 3550), every 5 s of a call',
    JITTER_BUCKETS,
  );
  const mos = histograms('mos', 'MOS by the E-model (G.107), every 5 s of a call', MOS_BUCKETS);
  const roundTrip = new Histogram({
    name: 'patchbay_bridge_rtp_round_trip_seconds',
    help: 'Round-trip time to the phone by RTCP, every 5 s of a call',
    buckets: ROUND_TRIP_BUCKETS,
    registers,
  });
  const oneWay = counters(
    'rtp_one_way_calls_total',
    'Calls in which one side heard nothing for 10 s: in is the agent, out the caller',
  );
  for (const direction of DIRECTIONS) oneWay[direction].inc(0);
  const discarded = new Counter({
    name: 'patchbay_bridge_rtp_discarded_total',
    help: 'Received packets that were not played, by reason',
    labelNames: ['reason'],
    registers,
  });
  const delayIn = delay('in', 'RTP received to frame handed to the room; one in ten is taken');
  const delayOut = delay('out', 'Frame received from the room to RTP sent; one in ten is taken');
  const clockLag = new Histogram({
    name: 'patchbay_bridge_rtp_clock_lag_seconds',
    help: 'How late the clock of all calls ran; one in ten is taken',
    buckets: LAG_BUCKETS,
    registers,
  });
  const stretchOver = (quality: StretchQuality) => {
    const { direction } = quality;
    lost[direction].inc(Math.max(0, quality.lost));
    late[direction].inc(quality.late);
    reordered[direction].inc(quality.reordered);
    concealed.inc(quality.concealedMs / 1_000);
    jitter[direction].observe(quality.jitterMs / 1_000);
    mos[direction].observe(quality.mos);
    if (quality.roundTripMs !== undefined && direction === 'in') {
      roundTrip.observe(quality.roundTripMs / 1_000);
    }
  };
  return (report) => {
    packets.in.inc(report.received);
    packets.out.inc(report.sent);
    for (const [reason, count] of report.discarded) discarded.inc({ reason }, count);
    for (const ms of report.delaysIn) delayIn.observe(ms / 1_000);
    for (const ms of report.delaysOut) delayOut.observe(ms / 1_000);
    for (const ms of report.clockLags) clockLag.observe(ms / 1_000);
    for (const quality of report.stretches) stretchOver(quality);
    for (const direction of report.oneWay) oneWay[direction].inc();
  };
}
