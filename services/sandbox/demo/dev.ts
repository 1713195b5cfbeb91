import { once } from 'node:events';
import { sandboxEnvironment } from '../config.ts';
import { LOCAL_NUMBERS, type Stack } from '../stack/stack.ts';
import { rebuildAgents } from './rebuild-agents.ts';
import { startLocalStack } from './setup.ts';

const DEFAULT_PAGE_PORT = 8_080;

function trunkLine({ trunkDoor }: Stack): string {
  if (!trunkDoor) return '';
  const { host, port } = trunkDoor.sip;
  return `  Trunk (SIP)   sip:${LOCAL_NUMBERS.bank}@${host}:${port}   bank, through LiveKit SIP\n`;
}

try {
  const { stack } = await startLocalStack({
    name: 'dev',
    trunkDoor: true,
    traces: true,
    ownSignals: true,
    apiPort: Number(sandboxEnvironment()['PORT'] ?? DEFAULT_PAGE_PORT),
    env: { agent: { AGENT_RELOAD: 'yes' } },
    print: console.log,
  });
  const agents = rebuildAgents((text) => console.log(`  ${text}`));
  const server = `${stack.sip.host}:${stack.sip.port}`;
  console.log(`
  Web page      ${stack.apiUrl}
  Phone (SIP)   sip:${LOCAL_NUMBERS.bank}@${server}   bank
                sip:${LOCAL_NUMBERS.support}@${server}   support
${trunkLine(stack)}  Call it       node services/sandbox/telephone/main.ts --to ${LOCAL_NUMBERS.bank} --server ${server} --say "what is my account balance"
  Token         curl -H 'Authorization: Bearer ${stack.accessKey}' '${stack.apiUrl}/api/getToken?agent=bank'
  Metrics       bridge ${stack.opsUrl('bridge')}/metrics   agent ${stack.opsUrl('agent')}/metrics   api ${stack.opsUrl('api')}/metrics
  LiveKit       ${stack.livekit.url}
  Each call     make trace CALL=<id>   make logs CALL=<id>   (without an id: the last calls)

Ctrl-C stops everything.`);
  await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
  console.log('\nStopping …');
  await agents.close();
  await stack.close();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
