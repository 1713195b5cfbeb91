import { quantile, sumIncrease, sumRate } from '../promql.ts';
import type { AlertRule, RuleGroup } from './rule.ts';

/** Ratios of fewer INVITEs than this in 5 minutes mean nothing. */
const LEAST_INVITES = 20;
const enoughInvites = `(patchbay:invites:rate5m * 300 > ${LEAST_INVITES})`;
const AGENT_READY = ['patchbay_bridge_agent_ready_seconds', 'patchbay_api_agent_ready_seconds'];

/** Whether calls come in, and are answered in time. */
export const CALL_ALERTS: RuleGroup<AlertRule> = {
  name: 'patchbay-calls',
  rules: [
    {
      alert: 'PartDown',
      expr: 'max by (part) (up{part!=""}) == 0',
      for: '2m',
      severity: 'critical',
      summary: 'No {{ $labels.part }} answers.',
    },
    {
      alert: 'NoCarrierPath',
      expr:
        'label_replace(max(patchbay_bridge_drachtio_connected) == 0, "door", "reach", "", "")' +
        ' or label_replace(max(livekit_sip_available) == 0, "door", "trunk", "", "")',
      for: '1m',
      severity: 'critical',
      summary: 'No phone call can come in by the door {{ $labels.door }}.',
    },
    {
      alert: 'AnswerRatioLow',
      expr: `patchbay:invites_answered:rate5m / patchbay:invites:rate5m < 0.95 and ${enoughInvites}`,
      for: '5m',
      severity: 'critical',
      summary:
        'Only {{ $value | humanizePercentage }} of phone calls by {{ $labels.door }} are answered.',
    },
    {
      alert: 'CarrierRefused',
      expr:
        `${sumRate('patchbay_bridge_invites_total', { range: '10m', match: 'status=~"5.."' })}` +
        ` / ${sumRate('patchbay_bridge_invites_total', { range: '10m' })} > 0.01` +
        ` and ${sumIncrease('patchbay_bridge_invites_total', { range: '10m' })} > ${LEAST_INVITES}`,
      for: '10m',
      severity: 'warning',
      summary: '{{ $value | humanizePercentage }} of INVITEs get a 5xx from us.',
    },
    {
      alert: 'AnswerSlow',
      expr: `${quantile(0.95, 'patchbay_bridge_answer_seconds', { range: '10m' })} > 6`,
      for: '10m',
      severity: 'warning',
      summary: 'Phones ring for {{ $value | humanizeDuration }} before we answer (p95).',
    },
    {
      alert: 'AgentNotReady',
      expr: AGENT_READY.map(
        (histogram) => `${quantile(0.95, histogram, { range: '5m', by: ['part'] })} > 4`,
      ).join(' or '),
      for: '5m',
      severity: 'warning',
      summary:
        'Agents take {{ $value | humanizeDuration }} to come (p95), seen by {{ $labels.part }}.',
    },
    {
      alert: 'AgentVeryLate',
      expr: AGENT_READY.map(
        (histogram) =>
          `${sumIncrease(`${histogram}_count`, { range: '5m', by: ['part'] })}` +
          ` - ${sumIncrease(`${histogram}_bucket`, { range: '5m', match: 'le=~"10(.0)?"', by: ['part'] })} > 0.5`,
      ).join(' or '),
      severity: 'warning',
      summary: 'Callers waited more than 10 s for their agent, seen by {{ $labels.part }}.',
    },
    {
      alert: 'CallsHung',
      expr:
        'max by (part) (patchbay_bridge_oldest_call_seconds > patchbay_bridge_longest_call_seconds + 60)' +
        ' or max by (part) (livekit_sip_calls_termination_failures) > 0',
      for: '5m',
      severity: 'warning',
      summary: 'Calls in {{ $labels.part }} do not end.',
    },
    {
      alert: 'RoomsOrphaned',
      // The API counts a web call from its token on, so this is never too few.
      expr:
        'sum(livekit_room_total) - (sum(patchbay_bridge_rooms_open) or vector(0))' +
        ' - (sum(patchbay_api_open_calls) or vector(0)) - (sum(livekit_sip_calls_active) or vector(0)) > 0',
      for: '5m',
      severity: 'warning',
      summary: '{{ $value }} rooms belong to no call.',
    },
    {
      alert: 'RoomsWithoutAgent',
      expr: 'sum(livekit_room_total) - sum(patchbay_agent_jobs_active) > 0',
      for: '2m',
      severity: 'critical',
      summary: '{{ $value }} callers wait in a room without an agent.',
    },
    {
      alert: 'AgentsDoubled',
      expr: 'sum(patchbay_agent_jobs_active) - sum(livekit_room_total) > 0',
      for: '2m',
      severity: 'warning',
      summary: '{{ $value }} more agents are at work than there are rooms.',
    },
    {
      alert: 'DrainTooLong',
      expr: 'max by (part, pod) (patchbay_bridge_draining) == 1',
      // 0.8 of an hour, the charts' default grace.
      for: '48m',
      severity: 'warning',
      summary: '{{ $labels.pod }} drains for long; its grace is nearly over.',
    },
    {
      alert: 'CallsCutByDrain',
      expr:
        `${sumIncrease('patchbay_bridge_calls_total', { range: '15m', match: 'result="drained"', by: ['part'] })} > 0.5 or ` +
        `${sumIncrease('patchbay_agent_jobs_total', { range: '15m', match: 'result="drained"', by: ['part'] })} > 0.5`,
      severity: 'warning',
      summary: 'A rollout of {{ $labels.part }} cut {{ $value | humanize }} calls.',
    },
  ],
};
