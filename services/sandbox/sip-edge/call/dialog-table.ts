import { tagOf } from '../../sip/headers.ts';
import { header, type SipRequest } from '../../sip/message.ts';
import type { App } from '../app/server.ts';
import { dialogId, type Dialog } from './dialog.ts';

/** All dialogs, and which of them a message belongs to. */
export class DialogTable {
  readonly #byId = new Map<string, Dialog>();
  readonly #byCallId = new Map<string, Dialog>();

  get size(): number {
    return this.#byId.size;
  }

  add(dialog: Dialog): void {
    this.#byId.set(dialog.id, dialog);
    this.#byCallId.set(dialog.callId, dialog);
  }

  remove(dialog: Dialog): void {
    for (const answer of dialog.unacknowledged.values()) answer.stop();
    clearTimeout(dialog.sessionTimer?.timeout);
    if (this.#byId.get(dialog.id) === dialog) this.#byId.delete(dialog.id);
    if (this.#byCallId.get(dialog.callId) === dialog) this.#byCallId.delete(dialog.callId);
  }

  get(id: string): Dialog | undefined {
    return this.#byId.get(id);
  }

  ofCall(callId: string): Dialog | undefined {
    return this.#byCallId.get(callId);
  }

  ofApp(app: App): Dialog[] {
    return [...this.#byId.values()].filter((dialog) => dialog.app === app);
  }

  all(): Dialog[] {
    return [...this.#byId.values()];
  }

  /** The dialog of a request from the far end; both tags must be right (§12.2.2). */
  of(request: SipRequest): Dialog | undefined {
    const callId = header(request, 'call-id') ?? '';
    const fromTag = tagOf(header(request, 'from') ?? '') ?? '';
    const toTag = tagOf(header(request, 'to') ?? '') ?? '';
    const dialog =
      this.#byId.get(dialogId(callId, fromTag)) ?? this.#byId.get(dialogId(callId, toTag));
    return dialog?.localTag === toTag && dialog.remoteTag === fromTag ? dialog : undefined;
  }
}
