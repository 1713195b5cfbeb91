import type { Logger } from '@patchbay/common/logger';
import type { LiveKitDeskOptions } from '../livekit/desk.ts';
import { BridgeLine } from './bridge-line.ts';
import type { Line } from './line.ts';
import { LiveKitLine } from './livekit-line.ts';
import { LiveKitPhones } from './livekit-phones.ts';
import type { Via } from './via.ts';

export interface LinesOptions {
  vias: readonly Via[];
  /** The bridges' key; config sees to it that there is one if it is needed. */
  bridgeKey: string | undefined;
  livekit: LiveKitDeskOptions;
  log: Logger;
}

/** The line of each way out, by its name. */
export function openLines({ vias, bridgeKey, livekit, log }: LinesOptions): Map<string, Line> {
  const open = (via: Via): Line => {
    switch (via.kind) {
      case 'bridge':
        return new BridgeLine({ url: via.url, key: bridgeKey ?? '', trunk: via.trunk });
      case 'livekit':
        return new LiveKitLine({ phones: new LiveKitPhones(livekit, via.trunk), log });
    }
  };
  return new Map(vias.map((via) => [via.name, open(via)]));
}
