import type { G711PayloadType } from '@patchbay/common/g711';
import type { Logger } from '@patchbay/common/logger';
import type { SpeechDetectorOptions } from '../audio/level.ts';
import type { Wav } from '../audio/wav.ts';
import type { Incoming, SipEndpoint } from '../sip/endpoint.ts';
import { newCallId } from '../sip/ids.ts';
import { header, type SipRequest, type SipResponse } from '../sip/message.ts';
import { CallMedia, type Line, type MediaStats } from './call-media.ts';
import { Deferred } from './deferred.ts';
import { createInvite, type Dialog, type Transport } from './dialog.ts';
import type { DtmfTiming } from './dtmf.ts';
import type { HeardEvent, Utterance, WaitOptions } from './hearing.ts';
import type { MediaClock } from './media-clock.ts';
import { nowMs } from './now.ts';
import { OutgoingInvite, sendBye } from './outgoing-invite.ts';
import { PeerRequests } from './peer-requests.ts';
import { PhoneError, toPhoneError } from './phone-error.ts';
import type { Played } from './rtp-sender.ts';
import { sendReinvite } from './reinvite.ts';
import { Session } from './session.ts';
import { notifyOfTransfer } from './transfer.ts';

export interface CallOptions {
  /** A number (`+12025550101`) or a whole `sip:` URI. */
  to: string;
  from: string;
  /** Where the INVITE goes. */
  server: { host: string; port: number };
  /** In the order of preference. Default PCMA, PCMU. */
  payloadTypes?: readonly G711PayloadType[];
  /** Offer telephone events. Default true. */
  dtmf?: boolean;
  /** `false` sends no packet at all, as a phone behind a bad NAT. Default true. */
  sendRtp?: boolean;
  /** More headers of the INVITE, by name. */
  headers?: Readonly<Record<string, string>>;
  /** Send an INVITE without an offer: the peer makes it, and we answer in the ACK. */
  lateOffer?: boolean;
  /** Part of our packets that are lost on their way, 0 to 1. Default 0. */
  lossRatio?: number;
  /** A bad network for this call's packets. */
  line?: Line;
  /** Changes the offer before it is sent, for tests of bad or odd ones. */
  editOffer?: (sdp: string) => string;
  /** What becomes of a transfer that the peer asks for; without it none is taken. */
  transferStatus?: number;
  /** How speech is found in what is heard. */
  speech?: Omit<SpeechDetectorOptions, 'sampleRateHz'>;
  /** Keep both sides for {@link PhoneCall.recording}. Default true. */
  record?: boolean;
}

/** When each step happened, ms since the Unix epoch on the monotonic clock; absent if it did not. */
export interface CallTimes {
  invite?: number;
  /** First provisional response. */
  trying?: number;
  ringing?: number;
  answered?: number;
  firstRtp?: number;
  /** First speech heard. */
  firstAudible?: number;
  ended?: number;
}

export interface CallEnd {
  by: 'us' | 'peer' | 'refused' | 'cancelled';
  /** Final status of the INVITE, if there was one; 408 and 503 also stand for silence and no connection. */
  status?: number;
  reason?: string;
}

/** What a call needs of its telephone. */
export interface CallContext {
  endpoint: SipEndpoint;
  transport: Transport;
  clock: MediaClock;
  log: Logger;
  onEnded: (call: PhoneCall) => void;
  /** From now on nothing with its Call-ID is to be answered. */
  onVanished: (call: PhoneCall) => void;
}

/** One call from the dialling to its end. Made by `Telephone.call`. */
export class PhoneCall {
  /** Call-ID of its SIP messages. */
  readonly callId = newCallId();
  readonly #options: CallOptions;
  readonly #context: CallContext;
  readonly #media: CallMedia;
  readonly #session: Session;
  readonly #times: CallTimes = {};
  readonly #ringing = new Deferred<void>();
  readonly #answered = new Deferred<void>();
  readonly #ended = new Deferred<CallEnd>();
  #over = false;
  #transferTarget: string | undefined;
  #status: number | undefined;
  #invite: OutgoingInvite | undefined;
  #cancelling = false;
  #dialog: Dialog | undefined;
  #peer: PeerRequests | undefined;

  constructor(options: CallOptions, context: CallContext) {
    this.#options = options;
    this.#context = context;
    this.#media = new CallMedia({
      host: context.endpoint.host,
      clock: context.clock,
      record: options.record ?? true,
      ...(options.speech ? { speech: options.speech } : {}),
      ...(options.line ? { line: options.line } : {}),
      ...(options.lossRatio === undefined ? {} : { lossRatio: options.lossRatio }),
      onListenerError: (err) => context.log.error({ err }, 'a listener of heard speech failed'),
    });
    const { payloadTypes, dtmf, sendRtp } = options;
    this.#session = new Session({
      address: context.endpoint.host,
      media: this.#media,
      ...(payloadTypes === undefined ? {} : { payloadTypes }),
      ...(dtmf === undefined ? {} : { dtmf }),
      ...(sendRtp === undefined ? {} : { sendRtp }),
    });
    this.#dial().catch((error: unknown) => {
      const failure = toPhoneError(error);
      this.#finish({ by: 'refused', reason: failure.reason }, failure);
    });
  }

  get times(): CallTimes {
    const { firstRtpMs } = this.#media;
    const { firstAudibleMs } = this.#media.hearing;
    return {
      ...this.#times,
      ...(firstRtpMs === undefined ? {} : { firstRtp: firstRtpMs }),
      ...(firstAudibleMs === undefined ? {} : { firstAudible: firstAudibleMs }),
    };
  }

  /** Resolves at the first 18x, or when answered without one; rejects with {@link PhoneError}. */
  get ringing(): Promise<void> {
    return this.#ringing.promise;
  }

  /** Resolves when answered; rejects with {@link PhoneError} when refused, cancelled or unusable. */
  get answered(): Promise<void> {
    return this.#answered.promise;
  }

  /** Resolves when the call is over; never rejects. */
  get ended(): Promise<CallEnd> {
    return this.#ended.promise;
  }

  /** Whom the peer wanted us to call instead, if it did. */
  get transferTarget(): string | undefined {
    return this.#transferTarget;
  }

  get stats(): MediaStats {
    return this.#media.stats;
  }

  /**
   * Speak a sound at 8 kHz, after what is being spoken. Resolves when it has left.
   * @throws {PhoneError} before the answer, or if the call ends meanwhile
   */
  play(samples8k: Int16Array): Promise<Played> {
    return this.#media.play(samples8k);
  }

  /**
   * Press keys (`0`–`9`, `*`, `#`, `A`–`D`). Resolves after the last.
   * @throws {PhoneError} before the answer, without telephone-event in it, or if the call ends meanwhile
   */
  sendDtmf(digits: string, timing?: DtmfTiming): Promise<void> {
    return this.#media.sendDtmf(digits, timing);
  }

  /** @returns a function that ends listening */
  onHeard(listener: (event: HeardEvent) => void): () => void {
    return this.#media.hearing.onHeard(listener);
  }

  /** See {@link Hearing.waitForSpeechStart}. */
  waitForSpeechStart(options?: WaitOptions): Promise<number> {
    return this.#media.hearing.waitForSpeechStart(options);
  }

  /** See {@link Hearing.nextUtterance}. */
  nextUtterance(options?: WaitOptions): Promise<Utterance> {
    return this.#media.hearing.nextUtterance(options);
  }

  /** Stop or go on sending packets, without a word to the peer. */
  setSendRtp(sendRtp: boolean): void {
    this.#session.setSendRtp(sendRtp);
  }

  /** Both sides on one time line, equally long, 8 kHz; what is there so far. */
  recording(): { startedAtMs: number | undefined; sent: Int16Array; heard: Int16Array } {
    return this.#media.recording();
  }

  /**
   * Ask the peer for other media: hold, resume, another codec (re-INVITE, RFC 3261 §14). Resolves
   * with the final status.
   * @param edit changes the offer before it is sent
   * @throws {PhoneError} before the answer
   */
  async reinvite(edit: (offer: string) => string): Promise<number> {
    const dialog = this.#dialog;
    if (!dialog || this.#over) throw new PhoneError('there is no call to change');
    const response = await sendReinvite(
      this.#context.endpoint,
      dialog,
      edit(this.#session.offer()),
    );
    if (response.status < 300 && !this.#over) this.#session.takeAnswer(response.body);
    return response.status;
  }

  /** The recording in stereo: we left, the peer right. */
  recordingWav(): Wav {
    const { sent, heard } = this.recording();
    return { sampleRateHz: 8_000, channels: [sent, heard] };
  }

  /** End the call: BYE, or CANCEL before the answer. Resolves when the peer has confirmed or given no answer. */
  async hangup(): Promise<void> {
    if (this.#over) return;
    if (this.#dialog) await this.#hangup(this.#dialog, new PhoneError('we hung up'));
    else await this.cancel();
  }

  /** Give up before the answer. Resolves when the call is over; an answer that crosses is ended with BYE. */
  async cancel(): Promise<void> {
    if (this.#over) return;
    if (this.#dialog) return this.hangup();
    this.#cancelling = true;
    if (this.#invite) this.#invite.cancel();
    else this.#finish({ by: 'cancelled' }, new PhoneError('cancelled before it was dialled'));
    await this.ended;
  }

  /** Be gone without a word, as when the power fails: no BYE, no packet, no answer to anything. */
  async vanish(): Promise<void> {
    if (this.#over) return;
    this.#context.onVanished(this);
    this.#invite?.abandon();
    this.#finish({ by: 'us', reason: 'vanished' }, new PhoneError('we vanished'));
    await this.ended;
  }

  /** A request of the peer with this call's Call-ID. */
  onRequest(incoming: Incoming): void {
    this.#peer?.onRequest(incoming);
  }

  onAck(ack: SipRequest): void {
    this.#peer?.onAck(ack);
  }

  /** Is a request with our Call-ID of our dialog? Before the answer nothing is. */
  matches(request: SipRequest): boolean {
    return this.#dialog?.matches(request) ?? false;
  }

  async #dial(): Promise<void> {
    const { endpoint, transport, log } = this.#context;
    const { to, from, server, headers, editOffer, lateOffer = false } = this.#options;
    const offer = this.#session.offer(await this.#media.open());
    const sdp = lateOffer ? '' : (editOffer?.(offer) ?? offer);
    const request = createInvite({
      to,
      from,
      server,
      transport,
      callId: this.callId,
      local: { host: endpoint.host, port: endpoint.portFor(transport) },
      ...(headers ? { headers } : {}),
      sdp,
    });
    this.#times.invite = nowMs();
    this.#invite = new OutgoingInvite({
      endpoint,
      log,
      request,
      hop: { protocol: transport, ...server },
      ...(lateOffer ? { answer: (theirs: string) => this.#session.takeOffer(theirs) } : {}),
      onProvisional: ({ status }) => this.#onProvisional(status),
      onAccepted: (dialog, response) => this.#onAccepted(dialog, response, request),
      onRefused: (status, reason) => this.#onRefused(status, reason),
    });
  }

  #onProvisional(status: number): void {
    this.#times.trying ??= nowMs();
    if (status === 100) return;
    this.#times.ringing ??= nowMs();
    this.#ringing.resolve();
  }

  #onAccepted(dialog: Dialog, response: SipResponse, invite: SipRequest): void {
    this.#status = response.status;
    this.#dialog = dialog;
    this.#peer = new PeerRequests({
      dialog,
      session: this.#session,
      timers: this.#context.endpoint.timers,
      contact: header(invite, 'contact') ?? '',
      ...this.#refers(dialog),
      onBye: () => this.#finish({ by: 'peer' }, new PhoneError('the peer hung up')),
      onNoAck: () => void this.hangup(),
    });
    try {
      if (!this.#options.lateOffer) this.#session.takeAnswer(response.body.toString());
      else this.#session.takeOffer(response.body.toString());
    } catch (error) {
      const reason = `unusable answer: ${toPhoneError(error).message}`;
      void this.#hangup(dialog, new PhoneError(reason, { status: response.status, cause: error }));
      return;
    }
    this.#times.answered = nowMs();
    this.#ringing.resolve();
    this.#answered.resolve();
  }

  #refers(dialog: Dialog): { onRefer?: (target: string) => void } {
    const status = this.#options.transferStatus;
    if (status === undefined) return {};
    return {
      onRefer: (target) => {
        this.#transferTarget = target;
        notifyOfTransfer(this.#context.endpoint, dialog, status);
      },
    };
  }

  #onRefused(status: number, reason: string): void {
    this.#status = status;
    const by = this.#cancelling ? 'cancelled' : 'refused';
    this.#finish({ by, reason }, new PhoneError(`${by}: ${status} ${reason}`, { status, reason }));
  }

  #hangup(dialog: Dialog, error: PhoneError): Promise<void> {
    const { endpoint, log } = this.#context;
    const confirmed = sendBye(endpoint, dialog, log);
    this.#finish({ by: 'us', reason: error.reason }, error);
    return confirmed;
  }

  /** The one end of every call. */
  #finish(end: CallEnd, error: PhoneError): void {
    if (this.#over) return;
    this.#over = true;
    this.#times.ended = nowMs();
    this.#peer?.close();
    this.#ringing.reject(error);
    this.#answered.reject(error);
    this.#context.onEnded(this);
    const status = this.#status === undefined ? {} : { status: this.#status };
    void this.#media.close(error).finally(() => this.#ended.resolve({ ...end, ...status }));
  }
}
