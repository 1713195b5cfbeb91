import type { JoinOptions, RoomEngine, RoomEvents, RoomLink } from '../room/link.ts';

/** A room without LiveKit: tests decide when each step succeeds. */
export class FakeRoom implements RoomEngine {
  readonly name = 'fake';
  readonly joining = Promise.withResolvers<void>();
  readonly publishing = Promise.withResolvers<void>();
  readonly attributes: Record<string, string>[] = [];
  readonly dtmf: string[] = [];
  readonly heardAudio: Int16Array[] = [];
  joined = 0;
  /** Somebody else has deleted it. */
  deleted = false;
  left = 0;
  options!: JoinOptions;
  events!: RoomEvents;

  constructor() {
    this.joining.promise.catch(() => undefined);
    this.publishing.promise.catch(() => undefined);
  }

  /** Somebody deletes it. */
  delete(): void {
    // Before a join there is nothing that could be deleted.
    if (!this.options) return;
    this.deleted = true;
    this.events.gone('deleted');
  }

  async join(options: JoinOptions, events: RoomEvents, signal: AbortSignal): Promise<RoomLink> {
    this.options = options;
    this.events = events;
    await this.joining.promise;
    this.joined += 1;
    const link: RoomLink = {
      participantSid: 'PA_fake',
      publishTrack: () => this.publishing.promise,
      publish: (samples) => void this.heardAudio.push(samples),
      sendDtmf: (digit) => void this.dtmf.push(digit),
      setAttributes: (attributes) => void this.attributes.push({ ...attributes }),
      leave: () => {
        this.left += 1;
        return Promise.resolve();
      },
    };
    if (signal.aborted) {
      await link.leave();
      throw new Error('given up');
    }
    return link;
  }
}
