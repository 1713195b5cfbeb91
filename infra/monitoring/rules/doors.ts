import { sumRate } from '../promql.ts';
import type { AlertRule, RuleGroup } from './rule.ts';

/** Exotel and most carriers take 200 calls a minute from a customer; at 0.8 of it one asks for more. */
const CALLS_PER_MINUTE = 160;

/** Who knocks at the doors, and how hard. */
export const DOOR_ALERTS: RuleGroup<AlertRule> = {
  name: 'patchbay-doors',
  rules: [
    {
      alert: 'InviteFlood',
      expr:
        `${sumRate('patchbay_bridge_requests_turned_away_total', { range: '5m', by: ['part'] })} > 1 or ` +
        `${sumRate('livekit_sip_invite_requests_raw', { range: '5m', by: ['part'] })}` +
        ` - ${sumRate('livekit_sip_invite_accepted', { range: '5m', by: ['part'] })} > 1`,
      for: '5m',
      severity: 'warning',
      summary:
        '{{ $value | humanize }} SIP requests a second are turned away by {{ $labels.part }}.',
    },
    {
      alert: 'TokenAbuse',
      expr: `${sumRate('patchbay_api_token_requests_total', { range: '5m', match: 'result=~"unauthenticated|wrong-origin|rate-limited|too-many-calls"' })} > 1`,
      for: '5m',
      severity: 'warning',
      summary: '{{ $value | humanize }} token requests a second are refused as abuse.',
    },
    {
      alert: 'TokensRefused',
      expr:
        `${sumRate('patchbay_api_token_requests_total', { range: '5m', match: 'result=~"no-capacity|agents-away|agents-unknown|livekit-away|internal-error"' })}` +
        ` / ${sumRate('patchbay_api_token_requests_total', { range: '5m', match: 'result!~"unauthenticated|wrong-origin|rate-limited|too-many-calls"' })} > 0.02`,
      for: '5m',
      severity: 'critical',
      summary: '{{ $value | humanizePercentage }} of web callers get no token.',
    },
    {
      alert: 'CarrierLimitNear',
      expr: `${sumRate('patchbay_bridge_invites_total', { range: '2m' })} * 60 > ${CALLS_PER_MINUTE}`,
      for: '2m',
      severity: 'warning',
      summary: '{{ $value | humanize }} phone calls a minute come in; carriers allow 200.',
    },
  ],
};
