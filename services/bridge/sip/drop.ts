import type Srf from 'drachtio-srf';

interface AgentInternals {
  agent?: {
    mapServer?: Map<unknown, { pendingNetworkInvites?: Map<string, unknown> }>;
  };
  socket?: unknown;
}

/**
 * Leave an INVITE without an answer. drachtio-srf would remember it for ever, waiting for ours, so
 * a flood of them would fill the memory. The SIP server forgets it by itself after a while.
 */
export function dropSilently(request: Srf.SrfRequest): void {
  const { agent, socket } = request as unknown as AgentInternals;
  agent?.mapServer?.get(socket)?.pendingNetworkInvites?.delete(request.get('Call-ID'));
}
