import { growing, type AlertCase, type Series } from './case.ts';

const tokens = (result: string, perMinute: number): Series => ({
  [`patchbay_api_token_requests_total{result="${result}"}`]: growing(perMinute),
  'patchbay_api_token_requests_total{result="issued"}': growing(60),
});

export const DOOR_CASES: Readonly<Record<string, AlertCase>> = {
  InviteFlood: {
    after: '15m',
    fires: {
      'patchbay_bridge_requests_turned_away_total{part="bridge",reason="scanner"}': growing(120),
    },
    quiet: {
      'patchbay_bridge_requests_turned_away_total{part="bridge",reason="scanner"}': growing(10),
    },
  },
  TokenAbuse: {
    after: '15m',
    fires: tokens('rate-limited', 120),
    quiet: tokens('rate-limited', 10),
  },
  TokensRefused: {
    after: '15m',
    fires: tokens('no-capacity', 5),
    quiet: tokens('rate-limited', 30),
  },
  CarrierLimitNear: {
    after: '10m',
    fires: { 'patchbay_bridge_invites_total{status="200"}': growing(180) },
    quiet: { 'patchbay_bridge_invites_total{status="200"}': growing(100) },
  },
};
