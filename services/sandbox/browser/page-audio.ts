/**
 * Runs inside the page, before its own scripts: a microphone that says what the test gives it, and an
 * ear on everything WebRTC brings in. Serialised by Playwright, so it must not use anything outside
 * its own body. DOM types are not known here; the few used are described below.
 */
export function pageAudio(): void {
  const CAPTURE_RATE_HZ = 8_000;
  const CAPTURE_SAMPLES = 256;
  interface Node {
    connect(to: unknown): void;
  }
  interface Context {
    currentTime: number;
    destination: unknown;
    resume(): Promise<void>;
    createMediaStreamDestination(): { stream: { getAudioTracks(): { clone(): unknown }[] } };
    createMediaStreamSource(stream: unknown): Node;
    createConstantSource(): Node & { start(): void };
    createGain(): Node & { gain: { value: number } };
    createBuffer(
      channels: number,
      length: number,
      rateHz: number,
    ): { duration: number; copyToChannel(data: Float32Array, channel: number): void };
    createBufferSource(): Node & { buffer: unknown; start(at: number): void; onended: () => void };
    createScriptProcessor(
      size: number,
      inputs: number,
      outputs: number,
    ): Node & {
      onaudioprocess: (event: {
        inputBuffer: { getChannelData(channel: number): Float32Array };
      }) => void;
    };
  }
  interface PageWindow {
    AudioContext: new (options?: { sampleRate: number }) => Context;
    MediaStream: new (tracks: unknown[]) => unknown;
    RTCPeerConnection: { prototype: { addEventListener(name: string, f: unknown): void } } & (new (
      ...args: unknown[]
    ) => { addEventListener(name: string, f: unknown): void });
    navigator: { mediaDevices: { getUserMedia(constraints: unknown): Promise<unknown> } };
    patchbayHeard(trackId: string, samplesBase64: string, atMs: number): Promise<void>;
    patchbaySay(samplesBase64: string, rateHz: number): Promise<number>;
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

  const Original = page.RTCPeerConnection;
  page.RTCPeerConnection = class extends Original {
    constructor(...args: unknown[]) {
      super(...args);
      this.addEventListener('track', (event: { track: { kind: string; id: string } }) => {
        if (event.track.kind !== 'audio') return;
        const ear = new page.AudioContext({ sampleRate: CAPTURE_RATE_HZ });
        const source = ear.createMediaStreamSource(new page.MediaStream([event.track]));
        const tap = ear.createScriptProcessor(CAPTURE_SAMPLES, 1, 1);
        tap.onaudioprocess = ({ inputBuffer }) => {
          const floats = inputBuffer.getChannelData(0);
          const shorts = Int16Array.from(floats, (value) =>
            Math.max(-32_768, Math.min(32_767, Math.round(value * 32_768))),
          );
          const text = String.fromCharCode(...new Uint8Array(shorts.buffer));
          const atMs = Date.now() - (1_000 * CAPTURE_SAMPLES) / CAPTURE_RATE_HZ;
          void page.patchbayHeard(event.track.id, page.btoa(text), atMs);
        };
        source.connect(tap);
        tap.connect(ear.destination);
        void ear.resume();
      });
    }
  };
}
