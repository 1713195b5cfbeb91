/**
 * Runs inside the page, before its own scripts: a microphone that says what the test gives it, and an
 * ear on everything WebRTC brings in. Serialised by Playwright, so it must not use anything outside
 * its own body. DOM types are not known here; the few used are described below.
 */
export function pageAudio(): void {
  /** Frames are handed over in lots of about this many samples (100 ms at 48 kHz). */
  const LOT_SAMPLES = 4_800;
  interface Node {
    connect(to: unknown): void;
  }
  interface Context {
    currentTime: number;
    resume(): Promise<void>;
    createMediaStreamDestination(): { stream: { getAudioTracks(): { clone(): unknown }[] } };
    createConstantSource(): Node & { start(): void };
    createGain(): Node & { gain: { value: number } };
    createBuffer(
      channels: number,
      length: number,
      rateHz: number,
    ): { duration: number; copyToChannel(data: Float32Array, channel: number): void };
    createBufferSource(): Node & { buffer: unknown; start(at: number): void; onended: () => void };
  }
  interface AudioFrame {
    numberOfFrames: number;
    sampleRate: number;
    copyTo(out: Float32Array, options: { planeIndex: number; format: string }): void;
    close(): void;
  }
  /** Of what is received (W3C webrtc-stats, RTCInboundRtpStreamStats). */
  interface Stats {
    type: string;
    kind?: string;
    jitterBufferDelay?: number;
    jitterBufferEmittedCount?: number;
  }
  interface PageWindow {
    AudioContext: new (options?: { sampleRate: number }) => Context;
    MediaStream: new (tracks: unknown[]) => unknown;
    MediaStreamTrackProcessor: new (options: { track: unknown; maxBufferSize: number }) => {
      readable: { getReader(): { read(): Promise<{ done: boolean; value?: AudioFrame }> } };
    };
    RTCPeerConnection: new (...args: unknown[]) => {
      addEventListener(name: string, f: unknown): void;
      getStats(): Promise<Map<string, Stats>>;
    };
    navigator: { mediaDevices: { getUserMedia(constraints: unknown): Promise<unknown> } };
    patchbayHeard(
      trackId: string,
      samplesBase64: string,
      rateHz: number,
      atMs: number,
    ): Promise<void>;
    patchbaySay(samplesBase64: string, rateHz: number): Promise<number>;
    patchbayHeldMs(): Promise<number | undefined>;
    btoa(text: string): string;
    atob(text: string): string;
  }
  const page = globalThis as unknown as PageWindow;

  const voice = new page.AudioContext({ sampleRate: 48_000 });
  const microphone = voice.createMediaStreamDestination();
  // A destination without a source gives no frames at all; a real microphone always does.
  const hum = voice.createConstantSource();
  const quiet = voice.createGain();
  quiet.gain.value = 0;
  hum.connect(quiet);
  quiet.connect(microphone);
  hum.start();

  page.navigator.mediaDevices.getUserMedia = async () => {
    await voice.resume();
    return new page.MediaStream(microphone.stream.getAudioTracks().map((track) => track.clone()));
  };

  page.patchbaySay = (samplesBase64, rateHz) => {
    const bytes = Uint8Array.from(page.atob(samplesBase64), (char) => char.charCodeAt(0));
    const samples = Float32Array.from(new Int16Array(bytes.buffer), (value) => value / 32_768);
    const buffer = voice.createBuffer(1, samples.length, rateHz);
    buffer.copyToChannel(samples, 0);
    const source = voice.createBufferSource();
    source.buffer = buffer;
    source.connect(microphone);
    return new Promise((resolve) => {
      source.onended = () => resolve(Date.now());
      source.start(voice.currentTime);
    });
  };

  const toBase64 = (samples: Int16Array): string =>
    page.btoa(
      Array.from(new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength), (byte) =>
        String.fromCharCode(byte),
      ).join(''),
    );

  /** Hand every frame of a track over, as the decoder gives them: no audio device in between. */
  const listen = async (track: { id: string }): Promise<void> => {
    const frames = new page.MediaStreamTrackProcessor({ track, maxBufferSize: 500 }).readable;
    const reader = frames.getReader();
    let lot = new Int16Array(LOT_SAMPLES);
    let filled = 0;
    let startedAtMs = 0;
    for (;;) {
      const { done, value: frame } = await reader.read();
      if (done || !frame) return;
      const floats = new Float32Array(frame.numberOfFrames);
      const rateHz = frame.sampleRate;
      frame.copyTo(floats, { planeIndex: 0, format: 'f32-planar' });
      frame.close();
      if (filled === 0) startedAtMs = Date.now();
      for (const value of floats) {
        lot[filled++] = Math.max(-32_768, Math.min(32_767, Math.round(value * 32_768)));
        if (filled < LOT_SAMPLES) continue;
        void page.patchbayHeard(track.id, toBase64(lot), rateHz, startedAtMs);
        lot = new Int16Array(LOT_SAMPLES);
        filled = 0;
        startedAtMs = Date.now();
      }
    }
  };

  // A track is announced again when its direction is negotiated again.
  const heardTracks = new Set<string>();
  const connections: { getStats(): Promise<Map<string, Stats>> }[] = [];
  const Original = page.RTCPeerConnection;
  page.RTCPeerConnection = class extends Original {
    constructor(...args: unknown[]) {
      super(...args);
      connections.push(this);
      this.addEventListener('track', (event: { track: { kind: string; id: string } }) => {
        if (event.track.kind !== 'audio' || heardTracks.has(event.track.id)) return;
        heardTracks.add(event.track.id);
        void listen(event.track);
      });
    }
  };
  /** How long the browser's jitter buffer held what it gave out, on average. */
  page.patchbayHeldMs = async () => {
    const reports = await Promise.all(connections.map((connection) => connection.getStats()));
    let [delayS, samples] = [0, 0];
    for (const stats of reports.flatMap((report) => [...report.values()])) {
      if (stats.type !== 'inbound-rtp' || stats.kind !== 'audio') continue;
      delayS += stats.jitterBufferDelay ?? 0;
      samples += stats.jitterBufferEmittedCount ?? 0;
    }
    return samples === 0 ? undefined : (delayS * 1_000) / samples;
  };
}
