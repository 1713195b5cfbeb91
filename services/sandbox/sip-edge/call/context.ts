import type { Logger } from '@patchbay/common/logger';
import type { SipEndpoint } from '../../sip/endpoint.ts';
import type { App } from '../app/server.ts';
import type { DialogTable } from './dialog-table.ts';

/** What both halves of the edge's calls work with. */
export interface CallContext {
  endpoint: SipEndpoint;
  dialogs: DialogTable;
  log: Logger;
  /** The application whose turn it is for a method. */
  pick(method: string): App | undefined;
}
