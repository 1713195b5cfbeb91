import { loadConfig } from './config.ts';
import { deploy } from './deploy.ts';

// Each export is a stack output.
export const { page, livekit, numbers, testCall, firewall, sysctl, dns, byHand } =
  deploy(loadConfig());
