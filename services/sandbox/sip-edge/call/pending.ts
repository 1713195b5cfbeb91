/** Requests that an application has and has not finally answered. */
import { randomUUID } from 'node:crypto';
import { createResponse, type ResponseOptions } from '../../sip/build.ts';
import type { Incoming } from '../../sip/endpoint.ts';
import { newTag } from '../../sip/ids.ts';
import type { ServerTransaction } from '../../sip/server-tx.ts';
import { giveUpMs } from '../../sip/timers.ts';
import type { App } from '../app/server.ts';
import type { CallContext } from './context.ts';
import type { Dialog } from './dialog.ts';
import { ReliableResponses } from './reliable.ts';

export interface Pending extends Incoming {
  /** The transaction id that the application knows. */
  id: string;
  app: App;
  dialog: Dialog | undefined;
  /** Our tag, the same on every response (RFC 3261 §12.1.1). */
  toTag: string;
  reliable: ReliableResponses;
  /** Given up when it fires; stopped for an INVITE by its first response. */
  patience: NodeJS.Timeout;
}

export class PendingRequests {
  readonly #byId = new Map<string, Pending>();
  readonly #context: CallContext;

  constructor(context: CallContext) {
    this.#context = context;
  }

  get size(): number {
    return this.#byId.size;
  }

  /** Wait for this application's answer: 32 s, for the first one to an INVITE 64 s. */
  add(incoming: Incoming, app: App, dialog: Dialog | undefined): Pending {
    const { endpoint, log } = this.#context;
    const { method } = incoming.request;
    const invite = method === 'INVITE';
    const giveUp = () => {
      // An application may drop a stranger's INVITE on purpose; for others it is too late to answer
      // (RFC 4320 §4.2).
      log.info({ method }, 'an app did not answer a request');
      this.forget(pending);
      pending.transaction.terminate();
    };
    const pending: Pending = {
      ...incoming,
      id: randomUUID(),
      app,
      dialog,
      toTag: newTag(),
      reliable: new ReliableResponses(incoming.request, endpoint.timers),
      patience: setTimeout(giveUp, giveUpMs(endpoint.timers) * (invite ? 2 : 1)),
    };
    this.#byId.set(pending.id, pending);
    return pending;
  }

  get(id: string): Pending | undefined {
    return this.#byId.get(id);
  }

  all(): Pending[] {
    return [...this.#byId.values()];
  }

  ofTransaction(transaction: ServerTransaction): Pending | undefined {
    return this.all().find((pending) => pending.transaction === transaction);
  }

  /** The INVITE of theirs that is open in a dialog; there is one at most. */
  inviteIn(dialog: Dialog): Pending | undefined {
    return this.all().find((p) => p.dialog === dialog && p.request.method === 'INVITE');
  }

  forget(pending: Pending): void {
    clearTimeout(pending.patience);
    pending.reliable.stop();
    this.#byId.delete(pending.id);
  }

  /** Answer in the application's place; what it says later comes too late. */
  refuse(pending: Pending, status: number): void {
    this.forget(pending);
    answer(pending, status, { toTag: pending.toTag });
    if (pending.dialog?.state === 'early') this.#context.dialogs.remove(pending.dialog);
  }
}

/** Answer without asking anybody. */
export function answer(incoming: Incoming, status: number, options: ResponseOptions = {}): void {
  incoming.transaction.respond(createResponse(incoming.request, status, options));
}
