/** Both halves of the edge's SIP side together: what comes from the network and from applications. */
import type { Logger } from '@patchbay/common/logger';
import { createResponse } from '../../sip/build.ts';
import type { EndpointHandlers, Incoming, SipEndpoint } from '../../sip/endpoint.ts';
import type { App, SipFrame } from '../app/server.ts';
import type { CallContext } from './context.ts';
import type { Dialog } from './dialog.ts';
import { DialogTable } from './dialog-table.ts';
import { hangUp } from './hang-up.ts';
import { PendingRequests } from './pending.ts';
import { Responder } from './responder.ts';
import { SessionTimers } from './session-timers.ts';
import { Uac } from './uac.ts';
import { Uas } from './uas.ts';

/** How many faults of a kind are logged before they are only counted. */
const LOGGED_FAULTS = 20;

/** Give {@link Calls.handlers} to the endpoint, then the endpoint to {@link Calls.start}. */
export class Calls {
  readonly handlers: EndpointHandlers;
  readonly #faults: Record<string, number> = {};
  readonly #dialogs = new DialogTable();
  readonly #pick: (method: string) => App | undefined;
  readonly #log: Logger;
  #parts: { uas: Uas; responder: Responder; uac: Uac; pending: PendingRequests } | undefined;

  /** @param pick the application whose turn it is for a method */
  constructor(pick: (method: string) => App | undefined, log: Logger) {
    this.#pick = pick;
    this.#log = log;
    this.handlers = {
      onRequest: (incoming) => this.#onRequest(incoming),
      onAck: (ack, flow, bytes) => this.#parts?.uas.onAck(ack, flow, bytes),
      onFault: (fault, detail) => this.#onFault(fault, detail),
      onSocketError: (error) => log.warn({ err: error }, 'the UDP socket reported an error'),
    };
  }

  start(endpoint: SipEndpoint): void {
    const context: CallContext = {
      endpoint,
      dialogs: this.#dialogs,
      log: this.#log,
      pick: this.#pick,
    };
    const pending = new PendingRequests(context);
    const end = (dialog: Dialog, reason: string) => hangUp(context, dialog, reason);
    const sessions = new SessionTimers(context, end);
    this.#parts = {
      uas: new Uas(context, pending, sessions, end),
      responder: new Responder(context, pending, sessions, end),
      uac: new Uac(context, sessions),
      pending,
    };
  }

  get dialogs(): number {
    return this.#dialogs.size;
  }

  /** Requests that wait for an application's answer. */
  get pending(): number {
    return this.#parts?.pending.size ?? 0;
  }

  /** What came that was not usable as SIP, by kind. */
  get faults(): Readonly<Record<string, number>> {
    return { ...this.#faults };
  }

  onFrame(app: App, frame: SipFrame): void {
    if (!this.#parts) return;
    const { responder, uac } = this.#parts;
    try {
      switch (frame.type) {
        case 'respond':
          return responder.onAppResponse(app, frame);
        case 'request':
          return uac.onAppRequest(app, frame);
        case 'request-in-dialog':
          return uac.onAppRequestInDialog(app, frame);
        case 'cancel':
          return uac.onAppCancel(app, frame);
      }
    } catch (error) {
      // Whatever one application writes must not end the calls of the others.
      this.#log.error({ err: error, type: frame.type }, 'a frame could not be carried out');
      const reason = `Server error: ${String(error).slice(0, 200)}`;
      app.send({ type: 'nok', to: frame.id, reason });
    }
  }

  /** An application is gone: 503 to who waits for it, BYE to who talks with it. */
  onGone(app: App): void {
    this.#parts?.uas.onAppGone(app);
    this.#parts?.uac.onAppGone(app);
  }

  /** End everything without waiting; from now on nothing is begun. Close the endpoint after it. */
  close(): void {
    const parts = this.#parts;
    this.#parts = undefined;
    parts?.uas.close();
    parts?.uac.close();
  }

  #onRequest(incoming: Incoming): void {
    if (!this.#parts) {
      incoming.transaction.respond(createResponse(incoming.request, 503));
      return;
    }
    try {
      this.#parts.uas.onRequest(incoming);
    } catch (error) {
      // Whatever one caller sends must not end the calls of the others.
      const { method } = incoming.request;
      this.#log.error({ err: error, method }, 'handling a request failed');
      incoming.transaction.respond(createResponse(incoming.request, 500));
    }
  }

  #onFault(fault: string, detail: string): void {
    const count = (this.#faults[fault] ?? 0) + 1;
    this.#faults[fault] = count;
    if (count <= LOGGED_FAULTS) {
      // The detail may hold numbers, so it stands under a name that is redacted.
      this.#log.warn({ fault, sipUri: detail, count }, 'not usable as SIP');
    }
  }
}
